"""The packed dictionary is there for whatever comes first."""

import pytest

from retrieval import tokens
from retrieval.lexicon import Cutter


@pytest.fixture(autouse=True)
def just_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "CUTTER", Cutter())


@pytest.mark.parametrize("first", ["𥗠", "ð\U000f3fbf𥗠K", "々", "〇", "退货"])
def test_the_first_text_of_a_process_may_be_any(first: str) -> None:
    assert tokens.words_as_said(first, said=lambda word: 0)


def test_a_word_is_counted_before_any_text_was_cut() -> None:
    assert Cutter().lexicon.get("退货")
    assert Cutter().lexicon.total > 1_000_000

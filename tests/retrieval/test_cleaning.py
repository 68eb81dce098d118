"""Text that nobody could search for becomes text that everybody can."""

import pytest

from retrieval import clean_text


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("⽻绒服", "羽绒服"),
        ("客⼾", "客户"),
        ("延⻓6个⽉", "延长6个月"),
        ("Speciﬁcation, switched oﬀ", "Specification, switched off"),
    ],
)
def test_characters_that_only_look_right_become_the_right_ones(written: str, meant: str) -> None:
    assert clean_text(written) == meant


def test_full_width_and_traditional_characters_stay_as_the_author_wrote_them() -> None:
    assert clean_text("ＭＷ，戶外（退貨）㎡") == "ＭＷ，戶外（退貨）㎡"


def test_invisible_and_broken_characters_go() -> None:
    assert clean_text("a\x00b\u200bc\ud800d\r\ne") == "abcd\ne"

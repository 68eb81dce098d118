"""The golden questions can be trusted: what they expect stands in the documents that they name."""

from collections import Counter
from typing import Any

import pytest

from tests.demo.reading import SITES, documents_of, golden_of, settings_of, squeezed, text_of

NOT_ANSWERED = {"no_evidence", "handoff", "small_talk"}
KINDS = {"fact", "number", "condition", "exception", "followup", "code", "other_language"} | NOT_ANSWERED
TEXTS = {site: {path.stem: squeezed(text_of(path)) for path in documents_of(site)} for site in SITES}
ROWS = [pytest.param(site, row, id=row["id"]) for site in SITES for row in golden_of(site)]
ANSWERABLE = [param for param in ROWS if param.values[1]["answerable"]]


@pytest.mark.parametrize(("site", "row"), ROWS)
def test_rows_are_well_formed(site: str, row: dict[str, Any]) -> None:
    assert row["kind"] in KINDS
    assert row["language"] in {"zh", "en"}
    assert row["answerable"] == (row["kind"] not in NOT_ANSWERED) == bool(row["expected_documents"])
    assert bool(row.get("history")) == (row["kind"] == "followup")
    assert all(set(message) == {"role", "content"} for message in row.get("history", []))


@pytest.mark.parametrize(("site", "row"), ANSWERABLE)
def test_expected_texts_stand_in_the_expected_documents(site: str, row: dict[str, Any]) -> None:
    texts = [squeezed(text) for text in row["expected_text"]]
    documents = [TEXTS[site][stem] for stem in row["expected_documents"]]
    assert texts
    assert all(any(text in document for document in documents) for text in texts)
    assert all(any(text in document for text in texts) for document in documents)


@pytest.mark.parametrize(("site", "row"), ANSWERABLE)
def test_only_other_language_questions_expect_the_other_language(site: str, row: dict[str, Any]) -> None:
    same = {stem.endswith(f"-{row['language']}") for stem in row["expected_documents"]}
    assert same == {row["kind"] != "other_language"}


def test_other_language_questions_have_no_twin_to_answer_them() -> None:
    for site in SITES:
        for row in golden_of(site):
            if row["kind"] == "other_language":
                assert not {f"{stem[:-3]}-{row['language']}" for stem in row["expected_documents"]} & set(
                    TEXTS[site]
                )


def test_ids_and_questions_are_asked_once() -> None:
    rows = [row for site in SITES for row in golden_of(site)]
    assert len({row["id"] for row in rows}) == len(rows)
    for site in SITES:
        asked = [(row["question"], str(row.get("history"))) for row in golden_of(site)]
        assert len(set(asked)) == len(asked)


def test_the_shop_is_asked_enough_of_each_kind() -> None:
    rows = golden_of("shop")
    kinds = Counter(row["kind"] for row in rows)
    languages = Counter(row["language"] for row in rows)
    assert len(rows) >= 80
    assert min(languages["zh"], languages["en"]) >= 0.45 * len(rows)
    assert kinds["no_evidence"] >= 15
    assert kinds["followup"] >= 12
    assert kinds["handoff"] >= 8
    assert all(kinds[kind] >= 4 for kind in KINDS)


def test_expected_numbers_of_the_second_site_would_be_wrong_in_the_shop() -> None:
    """The same topic, another fact: an answer taken from the wrong site shows."""
    shop = TEXTS["shop"]["contact-hours-en"] + TEXTS["shop"]["refunds-en"] + TEXTS["shop"]["account-en"]
    wrong = ["8:00–21:00", "14 working days", "2 hours"]
    assert not [text for text in wrong if squeezed(text) in shop]


@pytest.mark.parametrize("site", SITES)
def test_each_suggested_question_is_an_answerable_golden_question(site: str) -> None:
    answered = {row["question"] for row in golden_of(site) if row["answerable"]}
    suggested = {
        question for questions in settings_of(site)["suggestions"].values() for question in questions
    }
    assert suggested <= answered

"""Which sentence answers, and whether any does: pages in another language, and what a page is called."""

from collections.abc import Sequence

import pytest

from dialogue.fit import DEFAULT_FIT
from dialogue.searching.evidence import asked, likelihood_of_evidence, rank
from dialogue.searching.gathering import gather
from dialogue.turns import Turn
from dialogue.understanding.asking import has_answer_to, tells_how
from dialogue.understanding.reading import understand
from retrieval import Passage, SearchResult
from tests.dialogue.test_answering import passage

LUGGAGE = "Each adult may take 20 kg. Skis are allowed from November to March."
LATE = "Compensation is paid when a train is more than an hour late."


def close_to(wanted: str, *, near: float = 0.5):
    """Texts that hold `wanted` are near the question, others are not."""

    def closeness(texts: Sequence[str]) -> list[float]:
        return [near if wanted in text else 0.1 for text in texts]

    return closeness


def found(question: str, *passages: Passage, closeness):
    def search(text: str, *, limit: int) -> SearchResult:
        return SearchResult(passages=passages[:limit], closeness=closeness)

    turn = Turn(question=question)
    return gather(understand(turn), turn=turn, search=search, limit=8, fit=DEFAULT_FIT).found[0]


PAGES = (passage(LUGGAGE, title="Luggage", relevance=0.25), passage(LATE, title="Delays", relevance=0.05))


def test_a_page_in_another_language_answers_when_it_is_close_in_meaning():
    one = found("行李最多能带多少公斤？", *PAGES, closeness=close_to("20 kg"))
    assert one.is_enough
    assert one.ranked[0].text == "Each adult may take 20 kg."
    assert one.needed == DEFAULT_FIT.evidence_needed_across


def test_a_page_in_another_language_that_is_not_close_does_not():
    faint = tuple(passage(LUGGAGE, title="Luggage", relevance=0.04) for _ in range(2))
    assert not found("能用医保卡买票吗", *faint, closeness=close_to("nothing")).is_enough


def test_names_in_another_language_do_not_make_a_page_foreign():
    page = passage("Heron (苍鹭 in Chinese) is our series of tents for hikers.", title="Heron tents")
    one = found("What is the Heron?", page, closeness=close_to("Heron"))
    assert not one.ranked[0].is_across(one.question)


def test_a_time_span_under_a_heading_about_what_was_asked_comes_before_any_other():
    question = asked("How long does a refund take?")
    pages = (
        passage("Refused parcels are kept for 10 days.", title="Parcels"),
        passage("It arrives within 5 days.", title="Refunds"),
    )
    assert rank(question, passages=pages)[0].passage.chunk.title == "Refunds"


def test_a_page_that_is_called_what_was_asked_comes_before_a_special_case():
    question = asked("怎么开发票？")
    special = passage("开电子发票要填姓名。", title="香港订单：关税、证件与发票")
    usual = passage("开电子发票要填姓名。", title="发票")
    ranked = rank(question, passages=(special, usual))
    scores = {one.passage.chunk.title: one.score for one in ranked}
    assert likelihood_of_evidence(question, ranked=ranked) > 0
    assert scores["发票"] > scores["香港订单：关税、证件与发票"]


@pytest.mark.parametrize(
    ("sentence", "does"),
    [
        ('Open "My orders" and press "Return".', True),
        ("在“我的订单—申请发票”里填写抬头。", True),
        ("You can cancel by phone until 18:00.", True),
        ('Under "Payments" you see them all.', True),
        ("Children under the age of six travel free.", False),
        ("Our shop was founded in 2014.", False),
        ("专用发票不能在应用里申请。", False),
    ],
)
def test_a_sentence_that_says_what_to_do_is_told_apart(sentence: str, does: bool) -> None:
    assert tells_how(sentence) == does


def test_a_row_of_a_table_has_its_unit_in_the_columns_name() -> None:
    assert has_answer_to("duration", sentence="Destination: Europe zone 1; Working days: 2–3")
    assert not has_answer_to("duration", sentence="Destination: Europe zone 1; Price: 2–3")

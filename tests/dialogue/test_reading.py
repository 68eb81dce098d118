"""The best sentences, read beside the question: what only stands near is no evidence, and what answers comes first."""

from collections.abc import Sequence

import pytest

from dialogue.fit import DEFAULT_FIT
from dialogue.searching.gathering import Found, gather
from dialogue.searching.reading import READ, asked_within
from dialogue.turns import Turn, Utterance
from dialogue.understanding.reading import understand
from dialogue.verifying.supporting import support_of
from retrieval import IndexUnavailable, Reader, SearchResult
from tests.dialogue.test_answering import passage

TERMS = "Lamps have a warranty of two years. Lamps can be returned within 30 days. Bulbs have no warranty."
QUESTION = "What does the warranty on lamps cost?"


def found(question: str, *texts: str, reader: Reader | None) -> Found:
    pages = tuple(passage(text, title="Lamps", relevance=0.6) for text in texts)

    def search(text: str, *, limit: int) -> SearchResult:
        return SearchResult(passages=pages[:limit], reader=reader)

    turn = Turn(question=question)
    return gather(understand(turn), turn=turn, search=search, limit=8, fit=DEFAULT_FIT).found[0]


def says_yes_to(wanted: str, read: list[str] | None = None) -> Reader:
    def reader(asked: str, texts: Sequence[str], *, waits: bool = True) -> list[float]:
        if read is not None:
            read.extend(texts)
        return [0.97 if wanted in text else 0.002 for text in texts]

    return reader


def test_what_no_sentence_answers_is_not_answered_however_near_they_are():
    assert found(QUESTION, TERMS, reader=None).is_enough
    unread = found(QUESTION, TERMS, reader=says_yes_to("nothing of it"))
    assert not unread.is_enough
    assert unread.is_spoken_of  # so that pages in another language need not be asked
    assert unread.read == pytest.approx(0.002)


def test_the_sentence_that_was_read_as_the_answer_comes_first():
    one = found("What about lamps that I send back?", TERMS, reader=says_yes_to("returned"))
    assert one.ranked[0].text == "Lamps can be returned within 30 days."
    assert one.is_enough


def test_a_sentence_is_read_under_its_title_and_only_a_few_are():
    read: list[str] = []
    found(
        QUESTION,
        *[f"Lamp {n} has a warranty of {n} years." for n in range(2, 14)],
        reader=says_yes_to("x", read),
    )
    assert len(read) == READ
    assert read[0].startswith("Lamps | Lamp")


def test_after_a_sentence_that_surely_answers_no_other_is_read():
    read: list[str] = []
    lamps = [f"Lamp {n} has a warranty of {n} years." for n in range(2, 14)]
    one = found(QUESTION, *lamps, reader=says_yes_to("Lamp", read))
    assert len(read) == 1
    assert one.read == pytest.approx(0.97)
    assert one.is_enough


def test_a_reader_with_too_much_to_do_is_done_without():
    def reader(asked: str, texts: Sequence[str], *, waits: bool = True) -> list[float]:
        raise IndexUnavailable("busy")

    one, plain = found(QUESTION, TERMS, reader=reader), found(QUESTION, TERMS, reader=None)
    assert (one.evidence, one.needed, one.read) == (plain.evidence, plain.needed, None)


class Crowded:
    """Reads for who waits; who does not finds it busy."""

    def __init__(self, first: float) -> None:
        self.first, self.read = first, 0

    def __call__(self, asked: str, texts: Sequence[str], *, waits: bool = True) -> list[float]:
        if not waits:
            raise IndexUnavailable("busy")
        likely = [self.first if self.read == 0 else 0.1, *[0.1 for _ in texts[1:]]]
        self.read += len(texts)
        return likely


def test_where_others_wait_nothing_is_read_after_a_sentence_that_likely_answers():
    lamps = [f"Lamp {n} has a warranty of {n} years." for n in range(2, 14)]
    likely, unlikely = Crowded(0.7), Crowded(0.3)
    one = found(QUESTION, *lamps, reader=likely)
    assert likely.read == 1
    assert one.read == pytest.approx(0.7)
    found(QUESTION, *lamps, reader=unlikely)
    assert unlikely.read == READ


def test_a_page_in_another_language_is_read_too():
    assert found("台灯保修多久？", TERMS, reader=says_yes_to("warranty of two years")).is_enough
    assert not found("台灯保修多久？", TERMS, reader=says_yes_to("nothing of it")).is_enough


PASSAGE = "Orders above £60 are delivered free of charge. We do not deliver to PO boxes."


@pytest.mark.parametrize(("likely", "supported"), [(0.99, True), (0.001, False)])
def test_what_a_reader_says_of_a_sentence_weighs_most(likely, supported):
    sentence = "Spend more than £60 and we bring it for nothing."
    one = support_of(
        sentence, passage=PASSAGE, topic="Delivery", reader=lambda _, texts, **__: [likely for _ in texts]
    )
    assert (one.supported, one.level) == (supported, "light")


def test_no_reader_is_asked_of_a_quotation_or_believed_against_the_facts():
    asked: list[str] = []

    def reader(sentence: str, texts: Sequence[str], *, waits: bool = True) -> list[float]:
        asked.append(sentence)
        return [0.99]

    assert support_of("We do not deliver to PO boxes.", passage=PASSAGE, reader=reader).level == "quote"
    assert not support_of("Orders above £80 are delivered free.", passage=PASSAGE, reader=reader).supported
    assert not asked


@pytest.mark.parametrize(
    ("sentence", "likely", "supported"),
    [
        ("There are two ways to pay: by card or by bank transfer.", 0.9, True),
        ("There are two ways to pay: by card or by bank transfer.", 0.6, False),
        ("There are 24 ways to pay: by card or by bank transfer.", 0.9, False),
        ("You pay two pounds by card or by bank transfer.", 0.9, False),
        ("付款方式有两种：刷卡或银行转账。", 0.9, True),
    ],
)
def test_a_count_that_stands_nowhere_is_the_readers_where_it_is_sure(sentence, likely, supported):
    passage = "You can pay by card or by bank transfer. 可以刷卡付款，也可以银行转账。"
    found = support_of(sentence, passage=passage, reader=lambda _, texts, **__: [likely for _ in texts])
    assert (found.supported, found.reason) == (supported, "" if supported else "facts")
    assert not support_of(sentence, passage=passage).supported


def test_a_check_whose_reader_has_too_much_to_do_goes_on_without():
    def reader(sentence: str, texts: Sequence[str], *, waits: bool = True) -> list[float]:
        raise IndexUnavailable("busy")

    sentence = "Free shipping starts once your order goes over £60."
    assert support_of(sentence, passage=PASSAGE, reader=reader) == support_of(sentence, passage=PASSAGE)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ((), "and on bulbs?"),
        ((("user", "Do lamps have a warranty?"),), "and on bulbs? (Do lamps have a warranty?)"),
        (
            (
                ("user", "Hello"),
                ("user", "Do lamps have a warranty?"),
                ("assistant", "Two years."),
                ("agent", "Yes."),
            ),
            "and on bulbs? (Do lamps have a warranty? Two years. Yes.)",
        ),
        ((("assistant", "How can I help?"),), "and on bulbs?"),
        ((("user", "a" * 500), ("assistant", "b" * 500)), f"and on bulbs? ({'a' * 100} {'b' * 139})"),
    ],
)
def test_a_question_is_read_with_what_was_said_last_behind_it(said, asked):
    assert asked_within("and on bulbs?", history=[Utterance(*one) for one in said]) == asked


def test_what_leans_on_what_was_said_before_is_read_with_it():
    asked: list[str] = []

    def search(text: str, *, limit: int) -> SearchResult:
        return SearchResult(passages=(passage(TERMS, title="Lamps", relevance=0.6),)[:limit], reader=reader)

    def reader(question: str, texts: Sequence[str], *, waits: bool = True) -> list[float]:
        asked.append(question)
        return [0.95 if "Bulbs" in text else 0.002 for text in texts]

    def found_for(turn: Turn) -> Found:
        return gather(understand(turn), turn=turn, search=search, limit=8, fit=DEFAULT_FIT).found[0]

    history = (Utterance("user", "How long is the warranty on lamps?"), Utterance("assistant", "Two years."))
    one = found_for(Turn(question="and on bulbs?", history=history))
    assert one.ranked[0].text == "Bulbs have no warranty."
    assert set(asked) == {"and on bulbs? (How long is the warranty on lamps? Two years.)"}


SOFA = passage("Sofas are brought to the room of your choice. It costs 59 euros.", title="Delivery of sofas")
PARKING = passage("Parking costs 3 euros an hour at our shop.", title="Parking")


def follow_up(said: str, question: str, *, read: dict[str, list[str]] | None, wanted: str) -> Found:
    def search(text: str, *, limit: int) -> SearchResult:
        pages = (SOFA, PARKING) if "sofa" in text else (PARKING,)
        return SearchResult(passages=pages[:limit], reader=reader if read is not None else None)

    def reader(asked: str, texts: Sequence[str], *, waits: bool = True) -> list[float]:
        assert read is not None
        read.setdefault(asked, []).extend(texts)
        return [0.97 if wanted in text else 0.002 for text in texts]

    turn = Turn(question=question, history=(Utterance("user", said), Utterance("assistant", "Yes.")))
    return gather(understand(turn), turn=turn, search=search, limit=8, fit=DEFAULT_FIT).found[0]


def test_what_may_lean_on_what_was_said_is_looked_up_both_ways_where_somebody_reads():
    asked = "do customers have to pay any money for bringing?"
    read: dict[str, list[str]] = {}
    one = follow_up("Do you bring a sofa upstairs?", asked, read=read, wanted="59 euros")
    assert one.is_enough
    assert one.ranked[0].text == "It costs 59 euros."
    assert list(read) == [f"{asked} (Do you bring a sofa upstairs? Yes.)"]
    shift = follow_up(
        "Do you bring a sofa upstairs?", "What does parking cost at your shop?", read={}, wanted="Parking"
    )
    assert shift.ranked[0].passage == PARKING


def test_without_a_reader_nothing_is_dragged_along():
    one = follow_up(
        "Do you bring a sofa upstairs?", "What does parking cost at your shop?", read=None, wanted=""
    )
    assert {candidate.passage.chunk.title for candidate in one.ranked} == {"Parking"}
    assert one.beside == ()

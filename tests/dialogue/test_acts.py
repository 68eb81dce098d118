"""What a message does beside asking, where no rule knows its words."""

from dataclasses import replace

import pytest

from dialogue import Answer, Finished, Turn, answer
from dialogue.understanding.acts import DEFAULT_ACTS
from retrieval import HomeEmbeddings, Passage, SearchResult
from tests.dialogue.test_answering import RETURNS, finds, passage

EMBEDDER = HomeEmbeddings()


def with_vectors(*passages: Passage, embedder: str = EMBEDDER.name):
    """A search that knows the vector of the question, as the real one does."""
    find = finds(*passages)

    def search(question: str, *, limit: int) -> SearchResult:
        found = find(question, limit=limit)
        return replace(found, vector=lambda: EMBEDDER.embed_query(question), embedder=embedder)

    return search


async def finish(question: str, *, search) -> Answer:
    async for event in answer(Turn(question=question), search=search, model=None):
        if isinstance(event, Finished):
            return event.answer
    raise AssertionError("an answer always ends with Finished")


TOLD = [
    ("asked_for_person", "算了，我不跟机器聊，让你们的人出面"),
    ("asked_for_person", "no software please, I would like to hear from one of you humans"),
    ("small_talk", "Brilliant, that's exactly what I needed, thanks a million!"),
    ("small_talk", "好的，我清楚了，非常感谢您的耐心解答！"),
    ("no_evidence", "does a person check the parcel?"),
    ("no_evidence", "智能客服能回答什么问题"),
    ("no_evidence", "一个人最多能带几件行李"),
    ("small_talk", "晚上好呀，今天忙不忙"),
    ("no_evidence", "今天天气怎么样"),
]


@pytest.mark.parametrize(("reason", "text"), TOLD)
async def test_it_is_heard_in_words_that_no_rule_knows(reason: str, text: str) -> None:
    done = await finish(text, search=with_vectors(passage("Lamps are warm.", title="Lamps", relevance=0.01)))
    assert done.reason == reason


async def test_anger_without_a_question_gets_an_apology_and_the_offer_of_a_person() -> None:
    done = await finish(
        "worst shop ever, I am furious!!!",
        search=with_vectors(passage("Lamps are warm.", title="Lamps", relevance=0.01)),
    )
    assert (done.decision, done.reason, done.offers_person) == ("handoff", "no_evidence", True)
    assert done.text.startswith("I'm very sorry about this.")


async def test_a_question_stays_one() -> None:
    done = await finish(
        "Thanks! How long does a refund take?", search=with_vectors(passage(RETURNS, title="Returns"))
    )
    assert done.decision == "answer"
    assert "5 business days" in done.text


async def test_vectors_of_another_embedder_say_nothing() -> None:
    done = await finish(
        TOLD[1][1],
        search=with_vectors(passage("Lamps are warm.", title="Lamps", relevance=0.01), embedder="another"),
    )
    assert done.reason == "no_evidence"


def test_the_fit_is_the_home_embedders() -> None:
    assert DEFAULT_ACTS.embedder == EMBEDDER.name
    assert {len(row) for row in DEFAULT_ACTS.weights.values()} == {EMBEDDER.dimensions}

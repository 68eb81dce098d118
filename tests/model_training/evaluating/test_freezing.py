"""What people did in conversations decides what is expected; what nobody judged expects nothing."""

from typing import Any

from model_training.evaluating import EvaluationRow, evaluation_rows, golden_rows
from model_training.records import parse_conversation
from retrieval import Chunk, Passage, SearchResult
from tests.model_training.evaluating.asked import passage

RETURNS = passage("a", "You can return a lamp within 21 days of delivery. We test each lamp by hand.")
GIFTS = passage("b", "Gift wrapping costs 3 euros per parcel.")
ASKED = {"role": "user", "content": "How many days do I have to return a lamp?"}
TOLD = "You can return a lamp within 21 days of delivery."


def assistant(content: str, **more: Any) -> dict[str, Any]:
    said = {
        "role": "assistant",
        "author": "assistant",
        "content": content,
        "model": "home",
        "decision": "answer",
    }
    return said | {"passages": [RETURNS, GIFTS]} | more


def agent(content: str, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "author": "agent", "content": content} | more


def rows_of(*messages: dict[str, Any], twins: float = 0.0) -> list[EvaluationRow]:
    record = {"id": "c1", "site": "s", "contact": "k", "language": "en", "messages": list(messages)}
    return evaluation_rows([parse_conversation(record)], twins=twins)


def test_an_unrated_answer_of_our_own_is_no_truth() -> None:
    assert rows_of(ASKED, assistant(TOLD)) == []


def test_an_answer_that_somebody_disliked_is_no_truth() -> None:
    assert rows_of(ASKED, assistant(TOLD, rating="down")) == []


def test_an_answer_that_somebody_liked_is_expected() -> None:
    (row,) = rows_of(ASKED, assistant(TOLD, rating="up"))
    assert (row.kind, row.expected.decision, row.expected.cites) == ("conversation", "answer", ("a",))
    assert TOLD in row.expected.answers
    assert [one["chunk_id"] for one in row.passages] == ["a", "b"]


def test_an_agents_answer_is_expected_of_the_question_before_the_wish_for_a_person() -> None:
    rows = rows_of(
        ASKED,
        assistant("Gift wrapping costs 3 euros per parcel.", rating="down"),
        {"role": "user", "content": "I want to talk to a human"},
        agent("A lamp can be returned within 21 days of delivery."),
    )
    answered, handed_over = sorted(rows, key=lambda row: row.kind)
    assert (answered.question, answered.expected.cites) == (ASKED["content"], ("a",))
    assert (handed_over.kind, handed_over.question) == ("handoff", "I want to talk to a human")


def test_what_an_agent_knew_and_no_page_says_is_to_be_refused() -> None:
    gave_up = assistant("That is not in our pages.", decision="handoff", reason="no_evidence")
    (row,) = rows_of(ASKED, gave_up, agent("Our chief engineer Bob is away until Monday."))
    assert (row.kind, row.expected.decision) == ("refusal", "handoff")


def test_what_an_agent_found_on_a_page_was_refused_wrongly() -> None:
    gave_up = assistant("That is not in our pages.", decision="handoff", reason="no_evidence")
    (row,) = rows_of(ASKED, gave_up, agent(TOLD))
    assert row.expected.decision == "answer"


def test_the_answers_of_a_public_set_are_expected() -> None:
    (row,) = rows_of(ASKED, {"role": "assistant", "content": TOLD, "passages": [RETURNS]})
    assert row.expected.answers[0] == TOLD


def test_history_is_what_was_said_before() -> None:
    hello = {"role": "user", "content": "Hello"}
    hi = {"role": "assistant", "author": "assistant", "content": "Hello! What can I do?"}
    (row,) = rows_of(hello, hi, ASKED, assistant(TOLD, rating="up"))
    assert [one["content"] for one in row.history] == ["Hello", "Hello! What can I do?"]


def test_a_twin_lacks_the_answer_and_all_that_says_it() -> None:
    again = passage("c", "As said: You can return a lamp within 21 days of delivery.")
    rows = rows_of(ASKED, assistant(TOLD, rating="up", passages=[RETURNS, again, GIFTS]), twins=1.0)
    twin = next(row for row in rows if row.kind == "refusal")
    assert [one["chunk_id"] for one in twin.passages] == ["b"]
    assert twin.group == "c1"


def test_golden_questions_keep_what_is_found_today() -> None:
    chunk = Chunk(id="x", document_id="7", external_id="returns-en", ordinal=0, text=TOLD, title="Returns")
    found = SearchResult(passages=(Passage(chunk=chunk, relevance=0.7, score=0.7),))
    golden = {"id": "g1", "question": "Days to return?", "language": "en", "answerable": True, "kind": "fact"}
    golden |= {"expected_documents": ["returns-en"], "expected_text": ["21 days"]}
    person = golden | {"id": "g2", "kind": "handoff", "answerable": False}
    unknown = golden | {"id": "g3", "kind": "no_evidence", "answerable": False}
    rows = golden_rows([golden, person, unknown], search=lambda _question, *, limit: found)
    assert [row.kind for row in rows] == ["golden", "handoff", "refusal"]
    assert (rows[0].expected.answers, rows[0].expected.cites) == (("21 days",), ("x",))
    assert rows[2].passages == rows[0].passages

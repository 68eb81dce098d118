"""A listed question is answered by its own answer, word for word; whatever is less than that goes the usual way."""

from dataclasses import replace

import pytest

from dialogue import Finished, Turn, answer
from dialogue.testing import ScriptedModel
from dialogue.verifying.citing import Citations
from retrieval import Chunk, Passage, SearchResult

ANSWER = "Yes. Write to *repairs* within 30 days:\n\n1. name your order\n2. add a photo"


def listed(*, text: str = ANSWER, language: str = "en", question: str = "Can a lamp be repaired?") -> Chunk:
    return Chunk(
        id="faq", document_id="d", ordinal=0, text=text, title="Repairs", language=language, question=question
    )


async def ask(
    question: str, chunk: Chunk, *, relevance: float = 0.9, refuse_below: float = 0.0
) -> tuple[str, str]:
    found = Passage(chunk=chunk, relevance=relevance, score=relevance)
    result = SearchResult(passages=(found,), word_for_word_from=0.8, refuse_below=refuse_below)
    model = ScriptedModel(replies=["NONE"])
    events = answer(Turn(question=question), search=lambda *a, **k: result, model=model)
    done = [event.answer async for event in events if isinstance(event, Finished)]
    return done[0].reason, done[0].text


async def test_its_answer_is_given_word_for_word_with_its_lines_and_one_mark() -> None:
    reason, text = await ask("Can you repair a lamp?", listed())
    assert reason == "on_file"
    assert text == "Yes. Write to \\*repairs\\* within 30 days:\n\n1. name your order\n2. add a photo [1]"


async def test_less_relevant_it_is_a_passage_like_any_other() -> None:
    assert (await ask("Can you repair a lamp?", listed(), relevance=0.79))[0] != "on_file"


async def test_a_document_is_never_recited() -> None:
    assert (await ask("Can you repair a lamp?", listed(question="")))[0] != "on_file"


async def test_nobody_is_answered_in_another_language() -> None:
    assert (await ask("台灯可以维修吗？", listed()))[0] != "on_file"


async def test_an_error_code_must_be_the_one_that_the_answer_is_about() -> None:
    chunk = listed(text="Descale the machine.", question="What does error E05 mean?")
    assert (await ask("What does error E05 mean?", chunk))[0] == "on_file"
    assert (await ask("What does error E06 mean?", chunk))[0] != "on_file"


@pytest.mark.parametrize(
    ("listed_question", "same", "near"),
    [
        ("Can a lamp be repaired?", "Could you repair my lamp?", "Can a kettle be repaired?"),
        ("Do you offer a student discount in Europe?", "Is there a student discount in Europe?", "Do you offer a student discount in China?"),
        ("Can the B600 run a fridge?", "Does the B600 run a fridge?", "Can the B1200 run a fridge?"),
        ("Can I pay within 30 days?", "May I pay within 30 days?", "Can I pay within 60 days?"),
        ("Can I return it?", "Can I return it?", "Why can't I return it?"),
        ("杭州店有停车场吗？", "杭州店有没有停车场", "上海店有停车场吗"),
        ("可以在保温杯上刻字吗？", "保温杯上可以刻字吗", "可以在帐篷上刻字吗"),
        ("会员日是哪天？", "请问会员日是哪天", "会员日打几折"),
    ],
)  # fmt: skip
async def test_whatever_the_question_names_must_be_named_there(
    listed_question: str, same: str, near: str
) -> None:
    chunk = listed(question=listed_question, language="", text="Yes. 是的。")
    assert (await ask(same, chunk))[0] == "on_file"
    assert (await ask(near, chunk))[0] != "on_file"


async def test_an_alias_names_it_too() -> None:
    chunk = replace(listed(), aliases=("Is a kettle worth repairing?",))
    assert (await ask("Can a kettle be repaired?", chunk))[0] == "on_file"


@pytest.mark.parametrize(("refuse_below", "refuses"), [(0.0, False), (0.5, False), (0.95, True)])
async def test_what_a_fit_calls_no_evidence_is_none(refuse_below: float, refuses: bool) -> None:
    chunk = listed(question="", text="A lamp can be repaired within 30 days.")
    reason, _ = await ask("Can a lamp be repaired?", chunk, refuse_below=refuse_below)
    assert (reason == "no_evidence") is refuses


def test_bullets_become_markdown_and_han_is_marked_without_a_gap() -> None:
    text = "可以：\n• 拍照\n2、寄回。"
    assert Citations().whole(listed(text=text)).text == "可以：\n- 拍照\n2、寄回。[1]"

"""A question that only a page in the other language answers is looked up in that language too."""

import pytest

from dialogue import Answer, Finished, Turn, Utterance, answer, rebuild_prompt
from dialogue.testing import ScriptedModel
from retrieval import Chunk, Passage, SearchResult

PARKING = (
    "Parking in the garage below the clinic is free for the first 3 hours. After that an hour costs 8 yuan."
)
WARDS = "病房探视时间为每天10:00至12:00。陪护人员请在护士站登记。"
ASKED = "停车要收费吗？"
TRANSLATED = "Is parking in the garage free?"


def page(text: str, *, title: str, language: str, relevance: float) -> Passage:
    chunk = Chunk(id=title, document_id=title, ordinal=0, text=text, title=title, language=language)
    return Passage(chunk=chunk, relevance=relevance, score=relevance)


class Pages:
    """One page in each language; each is found well in its own."""

    def __init__(self, *, languages: frozenset[str] = frozenset({"en", "zh"})) -> None:
        self.asked: list[str] = []
        self._languages = languages

    def __call__(self, question: str, *, limit: int) -> SearchResult:
        self.asked.append(question)
        speaks_of_it = "park" in question.lower()
        found = [
            page(PARKING, title="Parking", language="en", relevance=0.9 if speaks_of_it else 0.05),
            page(WARDS, title="住院探视", language="zh", relevance=0.1),
        ]
        found.sort(key=lambda one: -one.relevance)
        return SearchResult(passages=tuple(found[:1]), languages=self._languages)


async def ask(question: str, *, pages: Pages, model: ScriptedModel | None, history=()) -> Answer:
    turn = Turn(question=question, locale="zh-hans", history=history)
    events = [event async for event in answer(turn, search=pages, model=model)]
    (done,) = [event.answer for event in events if isinstance(event, Finished)]
    return done


async def test_what_only_an_english_page_answers_is_found_for_a_chinese_question() -> None:
    model = ScriptedModel(replies=[TRANSLATED, "[1]"])
    done = await ask(ASKED, pages=(pages := Pages()), model=model)
    assert pages.asked == [ASKED, TRANSLATED]
    assert done.decision == "answer"
    assert done.text.startswith("Parking in the garage below the clinic is free for the first 3 hours. [1]")
    assert done.trace["translated"] == {"question": TRANSLATED, "failure": ""}
    assert (done.trace["question"], done.trace["language"]) == (ASKED, "zh")
    assert done.timings["across"] >= 0
    assert rebuild_prompt(done.trace, chunks={})


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (ConnectionError("gone"), "unreachable"),
        ("", "silent"),
        ("停车免费吗？", "garbled"),
    ],
)
async def test_without_a_translation_it_stays_with_what_the_first_search_found(reply, failure) -> None:
    done = await ask(ASKED, pages=Pages(), model=ScriptedModel(replies=[reply]))
    assert (done.decision, done.reason, done.offers_person) == ("handoff", "no_evidence", True)
    assert done.trace["translated"] == {"question": "", "failure": failure}


async def test_a_translation_that_lost_a_number_is_not_looked_up() -> None:
    pages = Pages()
    await ask("停车 5 小时要多少钱？", pages=pages, model=ScriptedModel(replies=["Is parking free?"]))
    assert pages.asked == ["停车 5 小时要多少钱？"]


async def test_what_no_page_answers_in_either_language_is_not_answered() -> None:
    model = ScriptedModel(replies=["Do you offer laser eye surgery?"])
    done = await ask("你们做激光近视手术吗？", pages=Pages(), model=model)
    assert (done.decision, done.reason) == ("handoff", "no_evidence")
    assert "你们" not in done.text
    assert "帮助资料" in done.text


async def test_no_model_is_asked_where_all_pages_are_in_the_questions_language_or_none_is_served() -> None:
    model = ScriptedModel(replies=[TRANSLATED])
    await ask(ASKED, pages=Pages(languages=frozenset({"zh"})), model=model)
    assert model.prompts == []
    assert (await ask(ASKED, pages=Pages(), model=None)).reason == "no_evidence"


async def test_small_talk_and_thanks_are_not_translated() -> None:
    model = ScriptedModel(replies=[TRANSLATED])
    await ask("谢谢！", pages=Pages(), model=model)
    assert model.prompts == []


async def test_of_a_follow_up_both_are_translated_the_question_and_what_it_leans_on() -> None:
    history = (Utterance("user", "在哪里停车？"), Utterance("assistant", "抱歉，我们的帮助资料里没有找到。"))
    pages = Pages()
    model = ScriptedModel(replies=["Where can I park? And is it free?", "And is it free?", "[1]"])
    await ask("那是免费的吗？", pages=pages, model=model, history=history)
    assert pages.asked[-1] == "Where can I park? And is it free?"
    assert [str(prompt[-1].content) for prompt in model.prompts[:2]] == [
        "在哪里停车？ 那是免费的吗？",
        "那是免费的吗？",
    ]

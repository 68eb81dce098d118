"""Pairs of texts with what is true of them: does the text answer the question? Does it say what the sentence says?

From the shipped help pages with their questions and claims, from pairs that rules made of public data, and from public
question sets. Of a question every sentence of its page is a row: one answers, the others stand near. "Near" questions,
which their page does not answer, are what teaches to read. Of tables each row is a text. Some questions are in the other language than their page, some
follow on what was said before; some are seen with slips of the finger, some behind a talk about another matter. Pages whose number is divisible by four are held out. Seeded: two runs agree.
"""

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from dialogue.language.sentences import sentences_of
from dialogue.searching.reading import asked_within
from dialogue.turns import Utterance
from dialogue.verifying.nearest import nearest_sentences
from model_training.grounded_sets import GroundedSet, read_cmrc2018, read_mtrag_un, read_stackfaq
from model_training.judge_rows import CLAIM, CLAIMED, EXAMPLES, LONGEST, claims, is_held_out
from model_training.records import read_rows
from retrieval.cross_encoder import Task, placed
from retrieval.splitting import row_text

EACH = 400  # of what rules made, of one kind, language and verdict at most
EACH_HELD_OUT = 150
FAR = 4  # sentences of other pages, of each question
OTHERS = 5  # other sentences of a public document, of each question
HELD_OUT = 7  # every seventh public document
_HEADED = 0.5  # how often a sentence is read with the one before it, where it is trained on
_SLIPPED = 0.25  # how often a question that is trained on is seen with a slip, too
_TURNED = 0.15  # how often a question is seen behind a talk about something else on its page, too
ACROSS = "across_help_questions.jsonl"  # in the other language
FOLLOWING = "follow_up_questions.jsonl"  # on what was said before
TABLES = "table_help_pages.jsonl"

Page = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`group` is the question, or the claim's document. `origin` names the set, for the report."""

    task: Task
    asked: str
    text: str
    true: bool
    language: str
    group: str
    origin: str
    held_out: bool


def build(data: Path, *, pairs: Path, seed: int = 5) -> list[Row]:
    """`data` is the folder of public sets, `pairs` what `tests.benchmarks.support_pairs` wrote."""
    rnd = random.Random(seed)  # noqa: S311 - a choice of examples, not a secret
    return [
        *_of_help_pages(rnd=rnd),
        *_of_public_sets(data, rnd=rnd),
        *_of_claims(claims()),
        *_of_made(read_rows(pairs), rnd=rnd),
    ]


# --- does it answer? -------------------------------------------------------------------------------------------------


def _of_help_pages(*, rnd: random.Random) -> Iterator[Row]:
    names = (*(name for name, _ in CLAIMED), TABLES)
    pages = [page for name in names for page in read_rows(EXAMPLES / name)]
    more = [
        {row["id"]: row["questions"] for row in read_rows(EXAMPLES / name)} for name in (ACROSS, FOLLOWING)
    ]
    for page in pages:
        others = [one for one in pages if one["language"] == page["language"] and one is not page]
        questions = (*page["questions"], *(one for each in more for one in each.get(page["id"], ())))
        for number, question in enumerate(questions):
            group = f"{page['id']}.{number}"
            yield from _of_question(question, page=page, group=group, rnd=rnd)
            if question.get("history") and not is_held_out(page["id"]):
                bare = {
                    **question,
                    "history": [one for one in question["history"] if one["role"] == "user"][-1:],
                }
                yield from _of_question(bare, page=page, group=f"{group} unanswered", rnd=rnd)
            if not is_held_out(page["id"]) and rnd.random() < _SLIPPED:
                slipped = {**question, "q": _with_a_slip(question["q"], rnd=rnd)}
                yield from _of_question(slipped, page=page, group=f"{group} slipped", rnd=rnd)
            if not question.get("history") and rnd.random() < _TURNED:
                turned = {**question, "history": _talk_about(page, other_than=question, rnd=rnd)}
                yield from _of_question(turned, page=page, group=f"{group} turned", rnd=rnd)
            for other in rnd.sample(others, FAR):
                text, _ = rnd.choice(list(_sentences(other)))
                yield _asked(question, text=text, true=False, page=page, group=f"{group} far")


def _talk_about(page: Page, *, other_than: Mapping[str, Any], rnd: random.Random) -> list[dict[str, str]]:
    """Another question of the page and the sentence that answers it."""
    answered = [
        one
        for one in page["questions"]
        if one["answers"] and one is not other_than and not one.get("history")
    ]
    if not answered:
        return []
    before = rnd.choice(answered)
    section, sentence = before["answers"][0]
    reply = told_in(page["sections"][section])[sentence]
    return [{"role": "user", "content": before["q"]}, {"role": "assistant", "content": reply}]


def _of_question(question: Mapping[str, Any], *, page: Page, group: str, rnd: random.Random) -> Iterator[Row]:
    """Each sentence by itself, and some after the one before it: both happen."""
    right = {tuple(place) for place in question["answers"]}
    for (text, place), (whole, _) in zip(_sentences(page), _sentences(page, headed=True), strict=True):
        yield _asked(question, text=text, true=place in right, page=page, group=group)
        if not _has_tables(page) and whole != text and (is_held_out(page["id"]) or rnd.random() < _HEADED):
            yield _asked(question, text=whole, true=place in right, page=page, group=f"{group} headed")


def _with_a_slip(question: str, *, rnd: random.Random) -> str:
    """A letter too few, too many or in its neighbour's place, in small letters and without marks: as phones are typed on."""
    letters = re.sub(r"[^\w\s'£€$¥%-]", " ", question.lower()).split(" ")
    long = [
        place for place, word in enumerate(letters) if word.isascii() and word.isalpha() and len(word) > 4
    ]
    if long:
        place = rnd.choice(long)
        word, at = letters[place], rnd.randrange(1, len(letters[place]) - 2)
        ways = (word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:])
        swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        letters[place] = rnd.choice((*ways, swapped))
    return " ".join(letters).strip()


def _sentences(page: Page, *, headed: bool = False) -> Iterator[tuple[str, tuple[int, int]]]:
    for at, section in enumerate(page["sections"]):
        under = " > ".join((page["title"], section["heading"]))
        told = told_in(section)
        for number, text in enumerate(told):
            before = told[number - 1] if headed and number else ""
            yield placed(text, under=under, before=before), (at, number)


def told_in(section: Mapping[str, Any]) -> list[str]:
    """Its sentences, then the rows of its table, each as it is indexed."""
    table = section.get("table") or {"columns": (), "rows": ()}
    return [*section["sentences"], *(row_text(table["columns"], row) for row in table["rows"])]


def _has_tables(page: Page) -> bool:
    return any(section.get("table") for section in page["sections"])


def _asked(question: Mapping[str, Any], *, text: str, true: bool, page: Page, group: str) -> Row:
    return Row(
        task="answers",
        asked=_within_talk(question["q"], history=question.get("history", ())),
        text=text,
        true=true,
        language=page["language"],
        group=group,
        origin=_origin(question, page=page, group=group),
        held_out=is_held_out(page["id"]),
    )


def _origin(question: Mapping[str, Any], *, page: Page, group: str) -> str:
    if question.get("history"):
        return "turned" if group.endswith(" turned") else "follow-ups"
    if _has_tables(page):
        return "tables"
    return "across" if question["kind"] == "across" else "help pages"


def _within_talk(question: str, *, history: Sequence[Mapping[str, str]]) -> str:
    return asked_within(question, history=[Utterance(one["role"], one["content"]) for one in history])  # type: ignore[arg-type] # user or assistant


def _of_public_sets(data: Path, *, rnd: random.Random) -> Iterator[Row]:
    for read in (read_cmrc2018, read_stackfaq, read_mtrag_un):
        name = read.__name__.removeprefix("read_")
        yield from _of_public_set(read(data / name), language="zh" if name == "cmrc2018" else "en", rnd=rnd)


def _of_public_set(each: GroundedSet, *, language: str, rnd: random.Random) -> Iterator[Row]:
    for question in each.questions:
        document = each.documents[question.documents[0]]
        told = sentences_of(document.text)
        gold = {at for at, text in enumerate(told) if text in question.answer.split("\n")}
        if not gold:
            continue
        rest = [at for at in range(len(told)) if at not in gold]
        for at in (min(gold), *rnd.sample(rest, min(OTHERS, len(rest)))):
            yield Row(
                task="answers",
                asked=_within_talk(question.text, history=question.history),
                text=placed(told[at], under=document.title, before=told[at - 1] if at else ""),
                true=at in gold,
                language=language,
                group=f"{each.name}/{question.id}",
                origin=each.name,
                held_out=crc32(document.id.encode()) % HELD_OUT == 0,
            )


# --- does it say so? -------------------------------------------------------------------------------------------------


def _of_claims(found: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    for one in found:
        yield from _both_ways(one, origin="claims")


def _of_made(pairs: Iterable[Mapping[str, Any]], *, rnd: random.Random) -> Iterator[Row]:
    kinds: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for pair in pairs:
        if pair["kind"] != CLAIM and len(pair["passage"]) <= LONGEST:
            key = (pair["held_out"], pair["language"], pair["supported"], pair["kind"])
            kinds.setdefault(key, []).append(pair)
    for (held_out, *_), many in sorted(kinds.items(), key=lambda item: item[0]):
        for pair in rnd.sample(many, min(len(many), EACH_HELD_OUT if held_out else EACH)):
            yield from _both_ways(pair, origin="made by rules")


def _both_ways(pair: Mapping[str, Any], *, origin: str) -> Iterator[Row]:
    """Against the passage, and against its nearest sentences, as the support check reads it."""
    nearest = nearest_sentences(pair["sentence"], passage=pair["passage"])
    texts: Sequence[tuple[str, str]] = ((pair["passage"], f"{origin}, whole"), (nearest, origin))
    for passage, name in texts:
        yield Row(
            task="supports",
            asked=pair["sentence"],
            text=placed(passage, under=" > ".join(pair.get("title", "").split("\n"))),
            true=pair["supported"],
            language=pair["language"],
            group=pair.get("document", ""),
            origin=name,
            held_out=pair["held_out"],
        )

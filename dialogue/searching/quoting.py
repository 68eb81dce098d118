"""Ranked sentences → the few to put before the model, and the few to show when it does not help."""

import re
from collections.abc import Sequence

from dialogue.language.commanding import commanding_sentences
from dialogue.language.facts import facts_in
from dialogue.language.sentences import is_chinese, sentences_of
from dialogue.language.words import content_words, together
from dialogue.searching.evidence import Asked, Candidate

IN_PROMPT = 10  # sentences
PROMPT_CHARACTERS = {"zh": 420, "en": 1_100}  # of sentences: about 300 tokens
QUOTED = 2
NEARLY_AS_GOOD = 0.6
AS_GOOD_IN_OURS = (
    0.8  # of the best sentence's score, that one in the customer's language must have to be shown for it
)

# "Others pay" and 其他国家 name what they speak of themselves; so does IT.
_LEANS = re.compile(
    r"^(?:(?:however|but|(?-i:[Ii]t)|its|they|their|this|that|these|those|otherwise|in (?:this|that) case|also|"
    r"then|if not|if so|after that|in addition|the same|such)\b|"
    r"但(?!凡)|不过|否则|其(?![他它余实])|该|此|这|它|他(?!人)|同时|另外|此外|之后|随后|如需|如果不|逾期|"
    r"超过(?!\s?[\d一二两三四五六七八九十百千万半]))",
    re.IGNORECASE,
)
_LEADS = re.compile(r"[:：]\s*$")


def quotable(ranked: Sequence[Candidate]) -> list[Candidate]:
    """Without what speaks to the assistant: such a sentence reaches neither the model nor a customer."""
    return [one for one in ranked if one.position not in commanding_sentences(one.passage.chunk.text)]


def choose_for_prompt(ranked: Sequence[Candidate], *, language: str) -> list[Candidate]:
    """The best sentences, each with the one that it leans on, as far as the room goes."""
    room = PROMPT_CHARACTERS[language]
    chosen: dict[tuple[str, int], Candidate] = {}
    for candidate in ranked:
        for one in (*before(candidate, among=ranked), candidate):
            if one.key in chosen or len(chosen) == IN_PROMPT or (len(one.text) > room and chosen):
                continue
            chosen[one.key] = one
            room -= len(one.text)
    return list(chosen.values())


def choose_for_quote(ranked: Sequence[Candidate], *, question: Asked) -> list[Candidate]:
    """The best sentence, a second one in its language that is nearly as good, and what they lean on or lead to."""
    best = best_in_language(ranked, chinese=question.chinese)
    good = [best]
    good += [
        one
        for one in ranked
        if one is not best
        and one.score >= NEARLY_AS_GOOD * best.score
        and is_chinese(one.text) == is_chinese(best.text)
        and _is_of_the_same(one, as_one=best, question=question)
    ][: QUOTED - 1]
    return [one for picked in good for one in in_context(picked, among=ranked, question=question)]


def _is_of_the_same(other: Candidate, *, as_one: Candidate, question: Asked) -> bool:
    """Whether it speaks of all that the question names of the one's titles: of two machines' "E05" one is asked about."""
    named = content_words(_over(as_one))
    told = together(content_words(_over(other)), content_words(other.text))
    return all(told.match(word) for word in question.words.order if named.match(word))


def _over(candidate: Candidate) -> str:
    chunk = candidate.passage.chunk
    return " ".join((chunk.title, *chunk.heading_path, chunk.question))


def best_in_language(ranked: Sequence[Candidate], *, chinese: bool) -> Candidate:
    """In the customer's own language, unless only another one says it well."""
    ours = (one for one in ranked if is_chinese(one.text) == chinese)
    best = next(ours, ranked[0])
    return best if best.score >= AS_GOOD_IN_OURS * ranked[0].score else ranked[0]


def in_context(candidate: Candidate, *, among: Sequence[Candidate], question: Asked) -> list[Candidate]:
    """With the sentence that it refers back to, and with the list that it announces or the remedy that follows it."""
    follows = after(candidate, among=among)
    if not follows and "remedy" in question.kinds:
        follows = remedy(candidate, among=among)
    return [*before(candidate, among=among), candidate, *follows]


def remedy(candidate: Candidate, *, among: Sequence[Candidate]) -> list[Candidate]:
    """The next sentence, unless it goes on to another code, model or order than this one names."""
    named = {fact for fact in facts_in(candidate.text) if fact.kind == "identifier"}
    return [
        one
        for one in _at(candidate, position=candidate.position + 1, among=among)
        if all(fact.kind != "identifier" or fact in named for fact in facts_in(one.text))
    ]


def before(candidate: Candidate, *, among: Sequence[Candidate]) -> list[Candidate]:
    if not _LEANS.match(candidate.text):
        return []
    return _at(candidate, position=candidate.position - 1, among=among)


def after(candidate: Candidate, *, among: Sequence[Candidate]) -> list[Candidate]:
    if not _LEADS.search(candidate.text):
        return []
    rest = len(sentences_of(candidate.passage.chunk.text)) - candidate.position - 1
    return [
        one
        for step in range(1, min(rest, 4) + 1)
        for one in _at(candidate, position=candidate.position + step, among=among)
    ]


def _at(candidate: Candidate, *, position: int, among: Sequence[Candidate]) -> list[Candidate]:
    return [one for one in among if one.key == (candidate.passage.chunk.id, position)]

"""A question that nothing in its own language answers → the same question in the other language, looked up again.

Whoever writes help pages writes some in one language only. Over pages in both, an embedder brings those in the question's
own language, and its words meet none of the others; in translation both channels find as well as within one language.
The translation is the served model's and looks things up, nothing else: what is shown is a page's own words as ever.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from langchain_core.language_models import BaseChatModel

from dialogue.errors import ModelFailed
from dialogue.events import Language
from dialogue.fit import Fit
from dialogue.searching.gathering import Found, Gathered, gather
from dialogue.translating import translate_question
from dialogue.turns import AnswerLimits, Search, Turn
from dialogue.understanding.reading import Understanding, in_translation
from dialogue.writing.usage import Usage, added_up

logger = logging.getLogger(__name__)
_OTHER: dict[Language, Language] = {"en": "zh", "zh": "en"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """`question` is what was looked up; `gathered` None: it could not be translated, or nothing answers it either."""

    question: str = ""
    gathered: Gathered | None = None
    failure: str = ""
    usage: Usage = field(default_factory=dict)


def other_language(understood: Understanding, *, found: Sequence[Found]) -> Language | None:
    """The language to look in as well: none where something answers, or where all pages are in the question's own.

    Nor where pages in its own speak of it: those in another would say the same of it, in words that fewer understand.
    """
    other = _OTHER[understood.language]
    if not understood.readable or any(one.is_enough or one.is_spoken_of for one in found):
        return None
    return other if any(other in one.result.languages for one in found) else None


async def look_across(
    understood: Understanding,
    *,
    to: Language,
    turn: Turn,
    search: Search,
    model: BaseChatModel,
    limits: AnswerLimits,
    fit: Fit,
) -> Crossed:
    """Takes no longer than translating and searching may. Raises what the search raises."""
    try:
        asked, usage = await _translated(understood, to=to, model=model, within=limits.translating)
    except ModelFailed as error:
        logger.warning("A question was not translated: %s", error.code)
        return Crossed(failure=error.code)
    async with asyncio.timeout(limits.search):
        # Names that were spoken of stand in the other language's pages in that language, if at all.
        gathered = await asyncio.to_thread(
            gather, asked, turn=replace(turn, history=()), search=search, limit=limits.passages, fit=fit
        )
    is_answered = any(one.is_enough for one in gathered.found)
    return Crossed(question=asked.question, gathered=gathered if is_answered else None, usage=usage)


async def _translated(
    understood: Understanding, *, to: Language, model: BaseChatModel, within: float
) -> tuple[Understanding, Usage]:
    """What was asked just now apart, where the question stands behind an earlier one."""
    texts = dict.fromkeys((understood.question, understood.focus))
    told = await asyncio.gather(
        *(translate_question(text, to=to, model=model, within=within) for text in texts)
    )
    usage = added_up(used for _, used in told)
    return in_translation(understood, question=told[0][0], focus=told[-1][0]), usage

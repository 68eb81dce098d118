"""The question and the best sentences → the messages that the model gets.

What never changes stands first, the same bytes for every customer of a language, so that the model server's prefix
cache serves it; then the sentences, then the question. The texts are files under `prompts/`: a change of words is a
new version. Knows nothing of how sentences were chosen or of what becomes of the answer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from dialogue.events import Language
from dialogue.searching.evidence import Candidate
from dialogue.turns import Earlier

PROMPT_VERSION = "answer-1"
_PROMPTS = Path(__file__).parent.parent / "prompts"
_LABELS = {
    "zh": ("资料：", "问题：", "回答：", "《{title}》"),
    "en": ("Sources:", "Question: ", "Answer:", '"{title}"'),
}
_EARLIER = {
    "zh": "此前（仅供理解问题，不是资料）：客户问过“{asked}”。{outcome}",
    "en": 'Earlier (only to understand the question, not a source): the customer asked "{asked}". {outcome}',
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A numbered sentence of the prompt. `about` is the title and the heading of its passage."""

    number: int
    chunk_id: str
    position: int
    about: str
    text: str


@cache
def instructions(language: Language, *, version: str = PROMPT_VERSION) -> str:
    return (_PROMPTS / f"{version}.{language}.txt").read_text(encoding="utf-8").strip()


def number_sources(chosen: Sequence[Candidate]) -> tuple[Source, ...]:
    """In reading order, passage by passage, the best passage first."""
    order = sorted(chosen, key=lambda candidate: (candidate.rank, candidate.position))
    return tuple(
        Source(
            number=number,
            chunk_id=candidate.passage.chunk.id,
            position=candidate.position,
            about=_about(candidate),
            text=candidate.text,
        )
        for number, candidate in enumerate(order, start=1)
    )


def _about(candidate: Candidate) -> str:
    chunk = candidate.passage.chunk
    parts = [chunk.title, *chunk.heading_path[-1:]] if not chunk.question else [chunk.question]
    return " - ".join(dict.fromkeys(part for part in parts if part))


def build_prompt(
    question: str,
    *,
    sources: Sequence[Source],
    language: Language,
    version: str = PROMPT_VERSION,
    recalled: Earlier | None = None,
) -> list[BaseMessage]:
    """`question` stands alone: earlier turns are in it already, as far as it needs them.

    `recalled`: only for a question that points back to an episode before this one. It has no number, so it cannot be cited.
    """
    head, asks, answers, title = _LABELS[language]
    lines = [head]
    about = None
    for source in sources:
        if source.about != about:
            about = source.about
            lines.append(title.format(title=_as_data(about)))
        lines.append(f"[{source.number}] {_as_data(source.text)}")
    if recalled is not None:
        told = _EARLIER[language].format(asked=_as_data(recalled.asked), outcome=_as_data(recalled.outcome))
        lines.append(told.strip())
    lines += [f"{asks}{_as_data(question)}", answers]
    return [
        SystemMessage(content=instructions(language, version=version)),
        HumanMessage(content="\n".join(lines)),
    ]


def _as_data(text: str) -> str:
    """One line, and nothing that could pass for a turn of the chat template or for a thought."""
    text = re.sub(r"<\s*/?\s*think\s*>|<[|｜][^<>]{0,60}[|｜]>", " ", text)
    return re.sub(r"\s+", " ", text).strip()

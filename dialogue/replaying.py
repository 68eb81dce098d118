"""A stored trace → the very messages that the model got, and where the world has changed since."""

from collections.abc import Mapping
from typing import Any

from langchain_core.messages import BaseMessage

from dialogue.errors import CannotReplay
from dialogue.language.sentences import sentences_of
from dialogue.tracing import SHAPE, digest
from dialogue.turns import Earlier
from dialogue.verifying.supporting import default_support_fit
from dialogue.writing.prompting import PROMPT_VERSION, Source, build_prompt
from retrieval import Chunk


class RebuiltPrompt(list[BaseMessage]):
    """The messages, with sentences that say where they differ from what was sent, or from what would be sent now."""

    def __init__(self, messages: list[BaseMessage], *, differences: tuple[str, ...]) -> None:
        super().__init__(messages)
        self.differences = differences


def rebuild_prompt(trace: Mapping[str, Any], *, chunks: Mapping[str, Chunk]) -> RebuiltPrompt:
    """`chunks` are today's, by id. Raises CannotReplay for an answer that asked no model."""
    if trace.get("shape") != SHAPE or "sources" not in trace:
        raise CannotReplay("No prompt belongs to this answer: no model was asked to write it.")
    sources = [Source(**source) for source in trace["sources"]]
    version, recalled = trace["prompt_version"], trace.get("recalled")
    try:
        messages = build_prompt(
            trace["question"],
            sources=sources,
            language=trace["language"],
            version=version,
            recalled=Earlier(**recalled) if recalled else None,
        )
    except FileNotFoundError as error:
        raise CannotReplay(f"The prompt version {version} is not there any more.") from error
    return RebuiltPrompt(
        messages, differences=_differences(trace, sources=sources, messages=messages, chunks=chunks)
    )


def _differences(
    trace: Mapping[str, Any],
    *,
    sources: list[Source],
    messages: list[BaseMessage],
    chunks: Mapping[str, Chunk],
) -> tuple[str, ...]:
    found = [f"[{source.number}] {text}" for source in sources if (text := _change(source, chunks=chunks))]
    if digest(messages) != trace["prompt_digest"]:
        found.insert(
            0,
            "The rebuilt prompt is not the one that was sent: its texts have changed without a new version.",
        )
    if trace["prompt_version"] != PROMPT_VERSION:
        found.append(f"Prompt version {trace['prompt_version']} was used; {PROMPT_VERSION} is in use now.")
    version = trace.get("check", {}).get("version", "")
    if version and version != default_support_fit().version:
        found.append(f"Support check {version} was used; {default_support_fit().version} is in use now.")
    return tuple(found)


def _change(source: Source, *, chunks: Mapping[str, Chunk]) -> str:
    chunk = chunks.get(source.chunk_id)
    if chunk is None:
        return "The passage is not in the knowledge base any more."
    sentences = sentences_of(chunk.text)
    if source.position >= len(sentences) or sentences[source.position] != source.text:
        return "The passage says something else now."
    return ""

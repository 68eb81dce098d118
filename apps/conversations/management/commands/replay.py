"""The exact prompt behind an answer, rebuilt from what is stored."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from apps.conversations.models import Message, Trial
from apps.conversations.shell.commanding import PlainCommand
from apps.knowledge.chunk_store import SqlChunkStore
from dialogue import CannotReplay, RebuiltPrompt, rebuild_prompt


class Command(PlainCommand):
    help = "Prints the prompt that produced an answer, and where what it was made of has changed since."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("id", type=UUID, metavar="MESSAGE_ID", help="or the trace_id that `ask` printed")

    def run(self, *, id: UUID, **_: Any) -> None:
        trace, knowledge_base_id = find_trace(id)
        try:
            prompt = rebuild_prompt(trace, chunks=chunks_of(trace, knowledge_base_id=knowledge_base_id))
        except CannotReplay as error:
            raise CommandError(str(error)) from error
        facts = {
            "id": str(id),
            "messages": [{"role": role_of(one.type), "content": one.content} for one in prompt],
            "differences": list(prompt.differences),
            "model": trace.get("model", ""),
            "prompt_version": trace.get("prompt_version", ""),
            "check": trace.get("check", {}),
        }
        self.tell(facts, plainly=plainly(prompt))


def find_trace(id: UUID) -> tuple[dict[str, Any], UUID]:
    message = Message.objects.select_related("conversation__site").filter(pk=id).exclude(trace={}).first()
    if message is not None:
        return message.trace, message.conversation.site.knowledge_base_id
    trial = Trial.objects.select_related("site").filter(pk=id).first()
    if trial is None:
        raise CommandError(f"No answer with the id {id} has a trace.")
    return trial.trace, trial.site.knowledge_base_id


def chunks_of(trace: dict[str, Any], *, knowledge_base_id: UUID) -> Any:
    ids = [source["chunk_id"] for source in trace.get("sources", [])]
    return SqlChunkStore(knowledge_base_id).get(ids)


def role_of(type: str) -> str:
    return {"human": "user", "ai": "assistant"}.get(type, type)


def plainly(prompt: RebuiltPrompt) -> str:
    parts = [f"--- {role_of(one.type)}\n{one.content}" for one in prompt]
    differences = [f"! {difference}" for difference in prompt.differences]
    return (
        "\n".join([*parts, *differences]) if differences else "\n".join([*parts, "(exactly as it was sent)"])
    )

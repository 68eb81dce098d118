"""What a conversation came to so far, for whoever opens it: in the words that were said, so that nothing is made up.

Of this episode what was asked, what was answered and from what, what was not, and which action is wanted with what is known
for it. Of each earlier episode its first question and its end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.conversations.changes import facts_of
from apps.conversations.models import Conversation, Message, Resolution

QUESTION_CHARACTERS = 160
QUESTIONS = 3
EPISODES = 5


@dataclass(frozen=True, slots=True)
class Episode:
    asked: str
    resolution: Resolution


@dataclass(frozen=True, slots=True)
class Summary:
    asked: Sequence[str]  # the customer's last words, the oldest first
    sources: Sequence[str]  # the titles that answers rest on
    unanswered: Sequence[str]  # why an answer was none, by its code, each once
    intent: str  # the name of the action that is wanted
    slots: Mapping[str, Any]
    earlier: Sequence[Episode]

    @property
    def is_empty(self) -> bool:
        return not (self.asked or self.earlier)


def summary_of(conversation: Conversation) -> Summary:
    facts = facts_of(conversation)
    tried = facts["tried"]
    return Summary(
        asked=[_short(text) for text in facts["asked"][-QUESTIONS:]],
        sources=list(dict.fromkeys(title for one in tried for title in one["titles"])),
        unanswered=list(dict.fromkeys(one["reason"] for one in tried if one["reason"] and one["is_open"])),
        intent=facts.get("intent", ""),
        slots=facts.get("slots", {}),
        earlier=_earlier(conversation),
    )


def _earlier(conversation: Conversation) -> list[Episode]:
    """The latest first."""
    resolutions = conversation.resolutions.filter(episode__lt=conversation.episode).select_related("by")
    ends = list(resolutions.order_by("-episode")[:EPISODES])
    asked = conversation.messages.filter(sender=Message.Sender.CONTACT, private=False).exclude(text="")
    said = asked.filter(episode__in=[end.episode for end in ends]).order_by("-seq")
    first = dict(
        said.values_list("episode", "text")
    )  # of each the last that is read here, which is its first
    return [Episode(_short(first.get(end.episode, "")), end) for end in ends]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= QUESTION_CHARACTERS else f"{line[: QUESTION_CHARACTERS - 1]}…"

"""What the assistant remembers of earlier episodes: not word by word, only what was asked and what came of it.

By rule, from the rows: it works with the model down, and nothing is made up.
"""

import re
from collections.abc import Sequence
from itertools import groupby

from apps.conversations.models import Message
from apps.conversations.wording import say
from dialogue import Earlier, small_talk_in

EPISODES = 3
MESSAGES = 120  # of them, the latest: what an episode begins with may lie further back than anybody means
QUESTION_CHARACTERS = 160
TITLES = 2
CODE = re.compile(r"(?<![A-Za-z0-9-])(?=[A-Za-z-]*\d)[A-Za-z]{0,6}-?\d[A-Za-z0-9-]{3,23}(?![A-Za-z0-9])")


def recalled(question: Message, *, locale: str) -> tuple[Earlier, ...]:
    """The latest first. A first episode has none before it, and costs no query."""
    if question.episode <= 1:
        return ()
    rows = Message.objects.filter(
        conversation=question.conversation_id,
        episode__lt=question.episode,
        episode__gte=question.episode - EPISODES,
        private=False,
    ).exclude(text="")
    latest = list(rows.prefetch_related("citations").order_by("-seq")[:MESSAGES])
    episodes = [list(said) for _, said in groupby(reversed(latest), key=lambda row: row.episode)]
    told = (_summary(said, locale=locale) for said in reversed(episodes))
    return tuple(one for one in told if one.asked)


def _summary(said: Sequence[Message], *, locale: str) -> Earlier:
    theirs = [row.text for row in said if row.sender == Message.Sender.CONTACT]
    asked = next((text for text in theirs if not small_talk_in(text)), "")
    named = dict.fromkeys(code for text in theirs for code in CODE.findall(text))
    return Earlier(asked=_short(asked), outcome=_outcome(said, locale=locale), named=tuple(named))


def _outcome(said: Sequence[Message], *, locale: str) -> str:
    answers = [row for row in said if row.sender == Message.Sender.ASSISTANT]
    titles = list(dict.fromkeys(one.title for row in answers for one in row.citations.all()))[:TITLES]
    parts = [say("recalled_answered", locale=locale).format(titles=", ".join(titles))] if titles else []
    if any(row.sender == Message.Sender.AGENT for row in said):
        parts.append(say("recalled_person", locale=locale))
    return " ".join(parts) or say("recalled_nothing", locale=locale)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= QUESTION_CHARACTERS else f"{line[: QUESTION_CHARACTERS - 1]}…"

"""How content a customer was, asked once when an episode has ended: for the assistant and for the person apart."""

from django.db import transaction

from apps.conversations import queries
from apps.conversations.changes import lock, notify
from apps.conversations.errors import BadInput, NotPossibleNow
from apps.conversations.models import Conversation, Message, Rating
from apps.conversations.texts import is_storable

MAX_COMMENT = 2_000
Part = Rating.Part


def parts_of(conversation: Conversation) -> list[str]:
    """Who answered in the episode that is over, and has not been rated: the person first."""
    if conversation.status != Conversation.Status.RESOLVED:
        return []
    said = Message.objects.filter(conversation=conversation, episode=conversation.episode, private=False)
    answered = set(queries.saying_something(said).values_list("sender", flat=True))
    rated = set(conversation.ratings.filter(episode=conversation.episode).values_list("part", flat=True))
    return [str(part) for part in (Part.AGENT, Part.ASSISTANT) if part in answered and part not in rated]


@transaction.atomic
def rate(conversation: Conversation, *, score: int, comment: str = "", part: str = "") -> Rating:
    """Without a part: whoever stands first among those that can still be rated."""
    if not 1 <= score <= 5:
        raise BadInput("bad_score")
    if len(comment) > MAX_COMMENT:
        raise BadInput("too_long")
    if not is_storable(comment) or part not in ("", *Part.values):
        raise BadInput("bad_text")
    conversation = lock(conversation.pk)
    open_parts = parts_of(conversation)
    if not open_parts or (part and part not in open_parts):
        raise NotPossibleNow("nothing_to_rate")
    rating = Rating.objects.create(
        conversation=conversation,
        episode=conversation.episode,
        part=part or open_parts[0],
        score=score,
        comment=comment,
    )
    notify(conversation, seq=conversation.last_seq)
    return rating

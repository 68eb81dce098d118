"""Translations for agents: of what a customer wrote, and of what they are about to write. Nothing of it is kept."""

from uuid import UUID

from asgiref.sync import sync_to_async

from apps.conversations import queries
from apps.conversations.errors import BadInput, NotPossibleNow
from apps.conversations.models import Conversation, Message
from apps.conversations.replying.readiness import base_model
from apps.conversations.texts import is_storable
from dialogue import ModelFailed, Translation, language_of, translate

LANGUAGES = ("en", "zh")


def language_for(locale: str | None) -> str:
    return "zh" if (locale or "").lower().startswith("zh") else "en"


def needed_for(text: str, *, reader: str) -> str:
    """The language that this reader would need it in; empty when it is in that already, or in none at all."""
    to = language_for(reader)
    return to if language_of(text, locale=reader) != to else ""


async def translate_text(text: str, *, to: str) -> Translation:
    text = text.strip()
    if not text or len(text) > 8_000 or not is_storable(text) or to not in LANGUAGES:
        raise BadInput("nothing_to_translate")
    model = base_model()
    if model.is_down:
        raise NotPossibleNow("no_translation_now")
    try:
        return await translate(text, to="zh" if to == "zh" else "en", model=model.chat)
    except ModelFailed as error:
        raise NotPossibleNow("no_translation_now") from error


async def translate_message(conversation: Conversation, message_id: UUID, *, to: str) -> Translation:
    """Raises `Message.DoesNotExist` for a message of another conversation."""
    message: Message = await sync_to_async(queries.messages_for_member(conversation).get)(pk=message_id)
    return await translate_text(message.spoken_text, to=to)

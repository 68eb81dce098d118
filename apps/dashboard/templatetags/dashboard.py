"""Small things that templates need: names, times, figures, codes as sentences, and texts as safe HTML."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from apps.accounts import devices
from apps.actions.arguments import told as told_arguments
from apps.actions.models import Action, ActionCall
from apps.conversations.desk import assigning
from apps.conversations.models import Contact, Message, Site
from apps.conversations.wording import SENTENCES, say
from apps.dashboard import rendering
from apps.dashboard.desk import explaining
from apps.knowledge.models import Document
from apps.knowledge.naming import without_turns

register = template.Library()

HTML_LANGUAGES = {"zh-hans": "zh-Hans"}


@register.filter
def html_lang(locale: str) -> str:
    return HTML_LANGUAGES.get(locale, locale)


@register.filter
def action_title(action: Action) -> str:
    """In the language of the page, where the action has a title in it."""
    return action.title_in("zh-hans" if (get_language() or "").lower().startswith("zh") else "en")


@register.filter
def call_state(call: ActionCall) -> str:
    return str(ActionCall.State(call.state_now).label)


@register.filter
def call_values(call: ActionCall) -> list[str]:
    """What it was asked with, as people read it."""
    locale = "zh-hans" if (get_language() or "").lower().startswith("zh") else "en"
    return list(told_arguments(call.arguments, schema=call.action.schema, locale=locale).values())


@register.filter
def initials(name: str) -> str:
    """Two letters of a Western name; of a Chinese one its last two characters, as people there do."""
    words = without_turns(name).split()
    if len(words) == 1:
        (name,) = words
        return name[:2].upper() if name.isascii() else name[-2:]
    return "".join(word[0] for word in (words[0], words[-1])).upper() if words else "?"


@register.filter
def waited(since: datetime | None) -> str:
    """How long ago, in the coarsest unit that fits."""
    if since is None:
        return ""
    return in_words((timezone.now() - since).total_seconds())


@register.filter
def left(until: datetime | None) -> str:
    """How long until then."""
    return "" if until is None else in_words((until - timezone.now()).total_seconds())


def in_words(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes < 1:
        return _("now")
    if minutes < 60:
        return ngettext("%(n)d min", "%(n)d min", minutes) % {"n": minutes}
    if minutes < 24 * 60:
        return ngettext("%(n)d h", "%(n)d h", minutes // 60) % {"n": minutes // 60}
    return ngettext("%(n)d day", "%(n)d days", minutes // 1440) % {"n": minutes // 1440}


@register.filter
def contact_name(contact: Contact) -> str:
    """A customer who gave no name still needs one by which colleagues can speak of them. It turns nothing around it."""
    name = without_turns(contact.name).strip()
    return name or contact.email or _("Visitor %(id)s") % {"id": str(contact.pk)[:4].upper()}


@register.filter
def attributes_of(contact: Contact) -> list[tuple[str, str]]:
    """By name, as people read them; a database may have put them in an order of its own."""
    words = {True: _("Yes"), False: _("No")}
    return [
        (name, words[value] if isinstance(value, bool) else str(value))
        for name, value in sorted(contact.attributes.items())
    ]


# --- Figures -------------------------------------------------------------------------------------------------


@register.filter
def percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


@register.filter
def figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


@register.filter
def seconds(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{1000 * value:.0f} ms" if value < 1 else f"{value:.2f} s"


@register.filter
def unlocalized(value: float) -> str:
    """For attributes that programs read."""
    return str(value)


@register.filter
def device_name(agent: str) -> str:
    return devices.named(agent) or "–"


# --- Codes ---------------------------------------------------------------------------------------------------


@register.filter
def why_answered(code: str) -> str:
    return str(explaining.ANSWERS.get(code, code))


@register.filter
def why_withheld(code: str) -> str:
    return str(explaining.WITHHELD.get(code, code))


@register.filter
def decision_name(code: str) -> str:
    return str(explaining.DECISIONS.get(code, code))


@register.filter
def source_name(code: str) -> str:
    return str(explaining.SOURCES.get(code, code))


@register.filter
def failure_name(code: str) -> str:
    return str(explaining.FAILURES.get(code, code))


@register.filter
def degraded_name(code: str) -> str:
    return str(explaining.DEGRADED.get(code, code))


@register.filter
def strictness_name(code: str) -> str:
    return str(dict(Site.Strictness.choices).get(code, code))


@register.filter
def judge_absent(code: str) -> str:
    return str(explaining.JUDGE_ABSENT.get(code, code))


@register.filter
def level_name(code: str) -> str:
    return str(explaining.LEVELS.get(code, code))


@register.filter
def span_name(code: str) -> str:
    return str(explaining.SPANS.get(code, code))


@register.filter
def token_name(code: str) -> str:
    return str(explaining.TOKENS.get(code, code))


STATES = {
    Document.State.PENDING: ("waiting", "clock"),
    Document.State.INDEXING: ("agent", "retry"),
    Document.State.READY: ("ready", "check"),
    Document.State.FAILED: ("bad", "alert"),
}


@register.filter
def state_tone(state: str) -> str:
    return STATES[Document.State(state)][0]


@register.filter
def state_icon(state: str) -> str:
    return STATES[Document.State(state)][1]


# --- Texts ---------------------------------------------------------------------------------------------------


@register.filter
def said(message: Message) -> SafeString:
    """What was said: Markdown where we wrote it, plain lines where a person did."""
    numbers: Iterable[int] = (citation.number for citation in message.citations.all())
    if message.sender == Message.Sender.ASSISTANT:
        return rendering.answer(message.text, anchor=f"m-{message.pk}", numbers=set(numbers))
    return rendering.plain(message.text)


@register.filter
def line_of(message: Message) -> str:
    """A system line: what is for colleagues is told in the reader's language."""
    if facts := message.trace.get("assigned"):
        return assigning.told(facts, locale=get_language() or "en")
    return say(message.reason) if message.private and message.reason in SENTENCES else message.text


@register.filter
def marked(text: str, sources: Sequence[Mapping[str, str]]) -> SafeString:
    return rendering.marked(text, parts=[source["text"] for source in sources])

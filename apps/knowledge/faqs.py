"""Questions that people answered themselves: edited in the page, checked, and indexed like a file of rows.

Of two who edit the same one the second is told. Nothing goes live by itself: a draft is found by no search.
"""

import json
from dataclasses import asdict, dataclass

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.knowledge import services
from apps.knowledge.jobs import closing
from apps.knowledge.models import Audience, Document, Faq, IndexJob, KnowledgeBase, Origin
from apps.knowledge.services import KnowledgeError

LONGEST_QUESTION = 500
LONGEST_ANSWER = 1_500  # one passage: longer ones belong into a document
MOST_ALIASES = 30


class BadFaq(KnowledgeError):
    """A question without its answer, or more than is taken."""

    status = 422


class EditedMeanwhile(KnowledgeError):
    """Somebody else saved it after it was opened here."""


class FaqGone(KnowledgeError):
    """Somebody deleted it after it was opened here."""

    status = 404

    def __init__(self) -> None:
        sentence = _(
            "This question was deleted while you were editing it. Below is what you wrote: save it to add it anew."
        )
        super().__init__("gone", sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqText:
    """What a form holds."""

    question_en: str = ""
    question_zh: str = ""
    aliases_en: tuple[str, ...] = ()
    aliases_zh: tuple[str, ...] = ()
    answer_en: str = ""
    answer_zh: str = ""
    audience: str = Audience.PUBLIC
    origin: str = ""


def add_faq(base: KnowledgeBase, text: FaqText, *, by: User | None, live: bool) -> Faq:
    check(text, live=live)
    with transaction.atomic():
        faq = Faq.objects.create(knowledge_base=base, updated_by=by, state=_state(live), **_columns(text))
        _bring_up(faq, by=by)
    return faq


def save_faq(faq: Faq, text: FaqText, *, version: int, by: User | None, live: bool) -> Faq:
    """`version` is the one that was opened. Raises `EditedMeanwhile`, `BadFaq`."""
    check(text, live=live)
    with transaction.atomic():
        mine = Faq.objects.filter(pk=faq.pk, version=version)
        if not mine.update(version=version + 1):
            raise EditedMeanwhile("edited_meanwhile", _who_was_first(faq))
        faq.refresh_from_db()
        for name, value in _columns(text).items():
            setattr(faq, name, value)
        faq.state, faq.updated_by = _state(live), by
        faq.save()
        _bring_up(faq, by=by)
    return faq


def remove_faq(faq: Faq) -> None:
    with transaction.atomic():
        _take_down(faq)
        faq.delete()


def check(text: FaqText, *, live: bool) -> None:
    pairs = ((text.question_en, text.answer_en), (text.question_zh, text.answer_zh))
    if not any(question for question, _answer in pairs):
        raise BadFaq("no_question", _("Write the question, in at least one language."))
    if live and any(bool(question) != bool(answer) for question, answer in pairs):
        raise BadFaq("half", _("Each question needs an answer in its language, and each answer a question."))
    if any(len(question) > LONGEST_QUESTION for question, _answer in pairs):
        raise BadFaq("too_long", _("A question has at most %(n)d characters.") % {"n": LONGEST_QUESTION})
    if any(len(answer) > LONGEST_ANSWER for _question, answer in pairs):
        raise BadFaq(
            "too_long",
            _("An answer has at most %(n)d characters. Put longer texts into a document.")
            % {"n": LONGEST_ANSWER},
        )
    if max(len(text.aliases_en), len(text.aliases_zh)) > MOST_ALIASES:
        raise BadFaq("too_many", _("At most %(n)d other ways to ask are kept.") % {"n": MOST_ALIASES})


def rows_of(faq: Faq) -> list[dict[str, object]]:
    rows = []
    for language in ("en", "zh"):
        question, answer = getattr(faq, f"question_{language}"), getattr(faq, f"answer_{language}")
        if question and answer:
            aliases = getattr(faq, f"aliases_{language}")
            rows.append(
                {
                    "id": f"faq:{faq.pk}:{language}",
                    "question": question,
                    "aliases": aliases,
                    "answer": answer,
                    "language": language,
                }
            )
    return rows


def file_of(faq: Faq) -> str:
    return f"faq/{faq.pk}.jsonl"


def _bring_up(faq: Faq, *, by: User | None) -> None:
    """What searches find follows the row: indexed anew when it is live, taken out when it is not."""
    if faq.state != Faq.State.LIVE:
        _take_down(faq)
        return
    content = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows_of(faq))
    services.add_upload(
        faq.knowledge_base,
        file=ContentFile(content.encode()),
        name=file_of(faq),
        by=by,
        audience=faq.audience,
        origin=Origin.FAQ,
    )
    _documents(faq).update(audience=faq.audience)


def _take_down(faq: Faq) -> None:
    open_jobs = IndexJob.objects.filter(
        knowledge_base=faq.knowledge_base_id, upload__name=file_of(faq), state__in=IndexJob.OPEN_STATES
    )
    for job in open_jobs.select_related("upload"):
        closing.cancel(job, reason_code="cancelled")
    for document in _documents(faq):
        services.remove_document(document)


def _documents(faq: Faq) -> QuerySet[Document]:
    return Document.objects.filter(
        knowledge_base=faq.knowledge_base_id, external_id__startswith=f"faq:{faq.pk}:"
    )


def _who_was_first(faq: Faq) -> str:
    now = Faq.objects.select_related("updated_by").get(pk=faq.pk)
    who = now.updated_by.display_name if now.updated_by else _("Somebody")
    return _(
        "%(who)s saved this question while you were editing it. Below is what you wrote; open the question in "
        "another tab to compare, then save again to replace it."
    ) % {"who": who}


def _state(live: bool) -> str:
    return Faq.State.LIVE if live else Faq.State.DRAFT


def _columns(text: FaqText) -> dict[str, object]:
    return {**asdict(text), "aliases_en": list(text.aliases_en), "aliases_zh": list(text.aliases_zh)}

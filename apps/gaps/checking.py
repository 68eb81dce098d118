"""After an FAQ was made of a group and is indexed, some of the group's questions are asked again, as customers ask them.

By the very code of the hit test, before a model is asked. A question counts as answered when the answer cites this FAQ.
"""

import asyncio

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.conversations.models import Site
from apps.gaps.models import Gap, GapQuestion
from apps.gaps.placing import by_centrality, lock
from apps.knowledge.chunk_store import Reader
from apps.knowledge.faqs import file_of
from apps.knowledge.models import Audience, Faq, IndexJob
from apps.knowledge.quality.probing import probe
from dialogue import Turn

ASKED_AGAIN = 5  # of a group: the most central one of each language, then the latest


def check_answered(site: Site) -> int:
    """Returns how many groups were asked again."""
    due = Gap.objects.filter(
        ~Q(checked_version=F("faq__version")), site=site, faq__state=Faq.State.LIVE
    ).select_related("faq", "site")
    groups = [gap for gap in due if gap.faq and not _is_on_its_way(gap.faq)]
    for gap in groups:
        check(gap)
    return len(groups)


def check(gap: Gap) -> None:
    faq = gap.faq
    if faq is None:
        return
    version = faq.version
    verdicts = {question.pk: _is_answered(question, faq=faq, gap=gap) for question in ask_again(gap)}
    with transaction.atomic():
        lock(gap.site)
        mine = Gap.objects.filter(pk=gap.pk, faq=faq)
        now, answered = timezone.now(), bool(verdicts) and all(verdicts.values())
        changes = {"state": Gap.State.ANSWERED, "closed_at": now} if answered else {"state": Gap.State.OPEN}
        if not mine.update(checked_version=version, checked_at=now, **changes):
            return
        gap.questions.update(is_answered=None)
        for verdict in (True, False):
            pks = [pk for pk, said in verdicts.items() if said is verdict]
            gap.questions.filter(pk__in=pks).update(is_answered=verdict)


def ask_again(gap: Gap) -> list[GapQuestion]:
    """Each text once."""
    questions = list(gap.questions.order_by("-asked_at"))
    central: dict[str, GapQuestion] = {}
    for question in by_centrality(questions):
        central.setdefault(question.language, question)
    chosen = {question.text: question for question in [*central.values(), *questions]}
    return list(chosen.values())[:ASKED_AGAIN]


def _is_answered(question: GapQuestion, *, faq: Faq, gap: Gap) -> bool:
    locale = "zh-hans" if question.language == "zh" else "en"
    turn = Turn(question=question.text, site_name=gap.site.name, locale=locale)
    reader = Reader.VERIFIED if faq.audience == Audience.VERIFIED else Reader.CUSTOMER
    found = asyncio.run(probe(gap.site.knowledge_base_id, turn, reader=reader, today=gap.site.today))
    ours = f"faq:{faq.pk}:"
    documents = {
        passage.chunk.document_id
        for passage in found.passages
        if (passage.chunk.external_id or "").startswith(ours)
    }
    cited = {citation.document_id for citation in found.answer.citations}
    return found.decision == "answer" and bool(cited & documents)


def _is_on_its_way(faq: Faq) -> bool:
    """Not indexed yet, or not any more: what is asked then would be told too early."""
    jobs = IndexJob.objects.filter(knowledge_base=faq.knowledge_base_id, upload__name=file_of(faq))
    latest = jobs.order_by("-created_at").first()
    return latest is None or latest.state != IndexJob.State.DONE

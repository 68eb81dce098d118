"""A customer who is erased asked nothing: their questions go, and a group that was named by one gets another name."""

from django.db import transaction

from apps.conversations.models import Contact
from apps.gaps.models import Gap, GapQuestion
from apps.gaps.placing import by_centrality, lock, recentre


@transaction.atomic
def forget(contact: Contact) -> None:
    questions = GapQuestion.objects.filter(message__conversation__contact=contact)
    if not questions.exists():
        return
    lock(contact.site)
    texts = set(questions.values_list("text", flat=True))
    touched = list(Gap.objects.filter(questions__in=questions).distinct())
    questions.delete()
    for gap in touched:
        _mend(gap, without=texts)


def _mend(gap: Gap, *, without: set[str]) -> None:
    left = by_centrality(list(gap.questions.all()))
    if not left:
        gap.delete()
        return
    recentre(gap)
    if gap.name in without:
        gap.name = left[0].text
        gap.save(update_fields=["name"])

"""What people do with groups: name, merge, split, dismiss, take that back, and make an FAQ draft of one.

None of it embeds anything. Nothing that is made here answers a customer: a draft is found by no search.
"""

from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.gaps.models import Gap, GapQuestion
from apps.gaps.placing import by_centrality, lock, recentre
from apps.gaps.queries import answers_of
from apps.knowledge.faqs import LONGEST_ANSWER, LONGEST_QUESTION, FaqText, add_faq
from apps.knowledge.models import Faq

LONGEST_NAME = 500
MOST_ALIASES = 10  # of a draft, in each language: the most central


class GapError(Exception):
    """What a person asked for cannot be done."""

    status = 422

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


def rename(gap: Gap, name: str) -> None:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise GapError("bad_name", _("A name has 1 to %(n)d characters.") % {"n": LONGEST_NAME})
    Gap.objects.filter(pk=gap.pk).update(name=name)


@transaction.atomic
def merge(gap: Gap, others: Sequence[Gap]) -> None:
    """All questions come to `gap`, which keeps its name; the others are gone. An FAQ of theirs is kept if it has none."""
    lock(gap.site)
    gap.refresh_from_db()
    others = [other for other in others if other.pk != gap.pk and other.site_id == gap.site_id]
    if not others:
        raise GapError("nothing_to_merge", _("The other group is gone: somebody merged it a moment ago."))
    GapQuestion.objects.filter(gap__in=others).update(gap=gap, is_answered=None)
    gap.faq = gap.faq or next((other.faq for other in others if other.faq), None)
    # What was found out of each alone does not hold for all of them.
    gap.state, gap.closed_at, gap.checked_version, gap.checked_at = Gap.State.OPEN, None, 0, None
    gap.save()
    Gap.objects.filter(pk__in=[other.pk for other in others]).delete()
    recentre(gap)


@transaction.atomic
def split(gap: Gap, questions: Collection[GapQuestion]) -> Gap:
    """The chosen ones become a group of their own, named by the most central of them."""
    lock(gap.site)
    chosen = list(gap.questions.filter(pk__in=[question.pk for question in questions]))
    if not chosen or len(chosen) == gap.questions.count():
        raise GapError("nothing_to_split", _("Choose some of the questions, but not all."))
    made = Gap.objects.create(site=gap.site, name=chosen[0].text)
    GapQuestion.objects.filter(pk__in=[question.pk for question in chosen]).update(gap=made, is_answered=None)
    for one in (gap, made):
        recentre(one)
    rename(made, by_centrality(chosen)[0].text)
    made.refresh_from_db()
    return made


def dismiss(gaps: Collection[Gap]) -> None:
    """They come back when they are asked about again a few times (`sweeping.COMES_BACK_AFTER`)."""
    ids = [gap.pk for gap in gaps]
    Gap.objects.filter(pk__in=ids).update(state=Gap.State.DISMISSED, closed_at=timezone.now())


def bring_back(gaps: Collection[Gap]) -> None:
    ids = [gap.pk for gap in gaps]
    Gap.objects.filter(pk__in=ids, state=Gap.State.DISMISSED).update(state=Gap.State.OPEN, closed_at=None)


@transaction.atomic
def draft_faq(gap: Gap, *, by: User) -> Faq:
    """A draft made of the group: its most central questions, and what people answered. Asked twice it is the same one."""
    lock(gap.site)
    gap.refresh_from_db()
    if gap.faq is None:
        gap.faq = add_faq(gap.site.knowledge_base, draft_of(gap), by=by, live=False)
        gap.checked_version = 0
        gap.save(update_fields=["faq", "checked_version"])
    return gap.faq


def draft_of(gap: Gap) -> FaqText:
    asked, answers = {}, {}
    for language in ("en", "zh"):
        questions = by_centrality(list(gap.questions.filter(language=language)))
        asked[language] = list(dict.fromkeys(question.text[:LONGEST_QUESTION] for question in questions))
        said = answers_of(gap, language=language)
        answers[language] = said[0].answer[:LONGEST_ANSWER] if said else ""
    return FaqText(
        question_en=next(iter(asked["en"]), ""),
        question_zh=next(iter(asked["zh"]), ""),
        aliases_en=tuple(asked["en"][1 : 1 + MOST_ALIASES]),
        aliases_zh=tuple(asked["zh"][1 : 1 + MOST_ALIASES]),
        answer_en=answers["en"],
        answer_zh=answers["zh"],
        origin=_origin(gap),
    )


def _origin(gap: Gap) -> str:
    number = gap.questions.count()
    lines = [
        ngettext(
            "Asked %(n)d time without a good answer.", "Asked %(n)d times without a good answer.", number
        )
        % {"n": number}
    ]
    for language in ("en", "zh"):
        for question in answers_of(gap, language=language)[:1]:
            message = question.answered_in
            if message is not None:
                who = message.author.display_name if message.author else _("a colleague")
                lines.append(
                    _("The answer is what %(who)s wrote in conversation %(reference)s.")
                    % {"who": who, "reference": message.conversation.reference}
                )
    return "\n".join(lines)

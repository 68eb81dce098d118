"""Groups of one meaning: found, kept, merged, split, dismissed and asked about again."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from apps.conversations.models import Site
from apps.gaps import services
from apps.gaps.grouping import Centres
from apps.gaps.models import Gap, GapQuestion, GapSweep
from apps.gaps.queries import counted, gaps_of, trend_of
from apps.gaps.services import GapError
from apps.gaps.sweeping import COMES_BACK_AFTER, sweep
from tests.dashboard.seeding import make_site
from tests.gaps.conftest import BAGS, BAGS_ZH, SOLAR, ask, ask_all


def groups(site: Site) -> list[set[str]]:
    return [set(gap.questions.values_list("text", flat=True)) for gap in counted(gaps_of(site))]


def gap_about(site: Site, word: str) -> Gap:
    return Gap.objects.filter(site=site, questions__text__contains=word).distinct().get()


def test_what_means_the_same_is_one_group_the_most_asked_first(site: Site) -> None:
    ask_all(site)
    sweep(site)
    assert groups(site)[0] == set(BAGS)
    assert sorted(groups(site)[1:], key=sorted) == sorted([set(SOLAR), set(BAGS_ZH[:2])], key=sorted)


def test_a_group_keeps_its_id_and_name_as_questions_come(site: Site) -> None:
    ask(site, BAGS[0])
    sweep(site)
    before = Gap.objects.get()
    for text in (*BAGS[1:], *BAGS):
        ask(site, text)
    sweep(site)
    after = Gap.objects.get()
    assert (after.pk, after.name) == (before.pk, BAGS[0])
    assert after.questions.count() == 6


def test_a_sweep_that_finds_nothing_new_changes_nothing(site: Site) -> None:
    ask_all(site)
    sweep(site)
    before = list(Gap.objects.order_by("pk").values())
    sweep(site)
    assert list(Gap.objects.order_by("pk").values()) == before


def test_two_sites_with_one_question_have_a_group_each(site: Site) -> None:
    other = make_site("Northwind Cycles")
    for one in (site, other):
        ask(one, BAGS[0])
        sweep(one)
    assert Gap.objects.filter(site=site).count() == Gap.objects.filter(site=other).count() == 1


def test_only_one_worker_sweeps_a_site_at_a_time(site: Site) -> None:
    ask_all(site)
    GapSweep.objects.create(site=site, busy_until=timezone.now() + timedelta(minutes=1))
    sweep(site)
    assert not GapQuestion.objects.exists()
    GapSweep.objects.update(busy_until=timezone.now() - timedelta(seconds=1))
    sweep(site)
    assert Gap.objects.count() == 3


def test_vectors_of_another_embedder_are_made_anew_and_places_stay(site: Site) -> None:
    ask_all(site)
    sweep(site)
    before = groups(site)
    GapQuestion.objects.update(embedded_by="other", vector=b"")
    Gap.objects.update(embedded_by="other", centres=b"")
    ask(site, BAGS[0])
    sweep(site)
    assert groups(site) == before
    assert not GapQuestion.objects.filter(embedded_by="other").exists()


def test_groups_are_merged_by_hand_and_what_comes_later_follows(site: Site) -> None:
    ask_all(site)
    sweep(site)
    gap, other = gap_about(site, "gift"), gap_about(site, "礼品袋")
    services.merge(gap, [other])
    with pytest.raises(GapError, match="The other group is gone"):
        services.merge(gap, [])
    ask(site, BAGS_ZH[2], locale="zh-hans")
    sweep(site)
    gap.refresh_from_db()
    assert gap.name == BAGS[0]
    assert gap.questions.count() == 6
    assert Gap.objects.count() == 2


def test_a_group_is_split_by_hand_and_stays_so(site: Site) -> None:
    ask_all(site)
    sweep(site)
    gap = gap_about(site, "礼品袋")
    services.merge(gap_about(site, "gift"), [gap])
    whole = gap_about(site, "gift")
    made = services.split(whole, list(whole.questions.filter(language="zh")))
    sweep(site)
    assert set(made.questions.values_list("text", flat=True)) == set(BAGS_ZH[:2])
    assert made.name in BAGS_ZH
    assert whole.questions.count() == 3
    with pytest.raises(GapError):
        services.split(whole, list(whole.questions.all()))


def test_a_dismissed_group_comes_back_only_when_it_is_asked_about_again(site: Site) -> None:
    ask(site, BAGS[0])
    sweep(site)
    services.dismiss([Gap.objects.get()])
    for text in BAGS[: COMES_BACK_AFTER - 1]:
        ask(site, text, minutes=0)
    sweep(site)
    assert Gap.objects.get().state == "dismissed"
    ask(site, BAGS[-1], minutes=0)
    sweep(site)
    assert Gap.objects.get().state == "open"


def test_dismissing_is_taken_back(site: Site) -> None:
    ask_all(site)
    sweep(site)
    gaps = list(Gap.objects.all())
    services.dismiss(gaps)
    assert not gaps_of(site).filter(state="open").exists()
    services.bring_back(gaps)
    assert gaps_of(site).filter(state="open", closed_at=None).count() == 3


def test_a_group_without_questions_is_gone(site: Site) -> None:
    reply = ask(site, BAGS[0])
    sweep(site)
    reply.conversation.delete()
    sweep(site)
    assert not Gap.objects.exists()


def test_only_questions_of_a_reason_and_a_language_are_counted(site: Site) -> None:
    ask_all(site)
    sweep(site)
    assert [gap.asked for gap in counted(gaps_of(site), language="zh")] == [2]
    assert [gap.asked for gap in counted(gaps_of(site), reason="no_evidence")] == [3, 2, 2]
    assert list(counted(gaps_of(site), reason="thumb_down")) == []


def test_a_trend_tells_of_eight_weeks(site: Site) -> None:
    ask(site, BAGS[0], minutes=5)
    ask(site, BAGS[1], minutes=60 * 24 * 10)
    sweep(site)
    assert [week.asked for week in trend_of(Gap.objects.get())] == [0, 0, 0, 0, 0, 0, 1, 1]


def test_thousands_of_questions_are_placed_alike_in_any_batches() -> None:
    random = np.random.default_rng(3)
    topics = random.normal(size=(40, 32)).astype(np.float32)
    asked = [topics[number % 40] + 0.2 * random.normal(size=32).astype(np.float32) for number in range(4000)]
    centres = Centres(dimensions=32)
    places = [centres.place(vector) for vector in asked]
    assert centres.count == 40
    assert all(place == number % 40 for number, place in enumerate(places))
    again = Centres(centres.sums, dimensions=32)
    assert [again.place(vector) for vector in asked[:80]] == places[:80]

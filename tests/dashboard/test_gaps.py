"""Gaps in the dashboard: for operators of the site, in both languages, with every step taken back or told."""

import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from apps.gaps.models import Gap
from apps.gaps.sweeping import sweep
from apps.knowledge.models import Faq
from apps.knowledge.testing import indexes_in_memory
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk, open_desk, say
from tests.gaps.conftest import BAGS, BAGS_ZH, SOLAR, ask, ask_all


@pytest.fixture
def desk(db: None, bells: list[uuid.UUID]) -> Iterator[Desk]:
    with indexes_in_memory():
        opened = open_desk()
        opened.site.conversations.all().delete()
        yield opened


@pytest.fixture
def operator(desk: Desk, as_person: LogIn) -> Client:
    return as_person(desk.people["operator"])


def page(client: Client, desk: Desk, **query: object) -> str:
    return client.get(reverse("gap_list", args=[desk.site.pk]), query).content.decode()


def post(client: Client, desk: Desk, route: str, /, *ids: object, **form: object) -> str:
    address = reverse(route, args=[desk.site.pk, *ids])
    return client.post(address, form, follow=True).content.decode()


def gap_about(word: str) -> Gap:
    return Gap.objects.filter(questions__text__contains=word).distinct().get()


def test_an_empty_list_says_when_something_comes(operator: Client, desk: Desk) -> None:
    assert "Nothing was asked in vain yet." in page(operator, desk)


def test_groups_are_listed_filtered_and_opened(operator: Client, desk: Desk) -> None:
    ask_all(desk.site)
    sweep(desk.site)
    listed = page(operator, desk)
    assert listed.index(BAGS[0]) < listed.index(SOLAR[0])
    chinese = page(operator, desk, language="zh")
    assert BAGS_ZH[0] in chinese
    assert BAGS[0] not in chinese
    assert "No group here." in page(operator, desk, reason="thumb_down")
    opened = operator.get(reverse("gap", args=[desk.site.pk, gap_about("gift").pk])).content.decode()
    assert all(text in opened for text in BAGS)
    conversation = gap_about("gift").questions.first().message.conversation
    assert reverse("conversation", args=[desk.site.pk, conversation.pk]) in opened
    assert "Asked in each of the last eight weeks: 0, 0, 0, 0, 0, 0, 0, 3" in opened


def test_many_are_dismissed_at_once_and_that_is_taken_back(operator: Client, desk: Desk) -> None:
    ask_all(desk.site)
    sweep(desk.site)
    ids = [str(gap.pk) for gap in Gap.objects.all()]
    told = post(operator, desk, "sort_gaps", gap=ids, what="dismiss")
    assert "3 groups were dismissed." in told
    assert BAGS[0] in page(operator, desk, state="dismissed")
    assert BAGS[0] in post(operator, desk, "sort_gaps", gap=ids, what="bring_back")
    assert not Gap.objects.exclude(state="open").exists()


def test_groups_are_merged_renamed_and_split_by_hand(operator: Client, desk: Desk) -> None:
    ask_all(desk.site)
    sweep(desk.site)
    gap = gap_about("gift")
    told = post(operator, desk, "sort_gaps", gap=[str(gap.pk), str(gap_about("礼品袋").pk)], what="merge")
    assert "Merged." in told
    assert BAGS_ZH[0] in told
    assert "Gift bags" in post(operator, desk, "rename_gap", gap.pk, name=" Gift  bags ")
    assert "A name has 1 to 500 characters." in post(operator, desk, "rename_gap", gap.pk, name=" ")
    chinese = list(gap.questions.filter(language="zh").values_list("pk", flat=True))
    assert "a group of their own now" in post(operator, desk, "split_gap", gap.pk, question=chinese)
    assert "Choose some of the questions" in post(operator, desk, "split_gap", gap.pk)
    assert Gap.objects.count() == 3


def test_one_click_makes_a_draft_with_its_sources(operator: Client, desk: Desk) -> None:
    conversation = ask(desk.site, BAGS[0]).conversation
    say(conversation, "agent", "We sell gift bags from 2 EUR.", author=desk.people["agent"])
    sweep(desk.site)
    editor = post(operator, desk, "draft_gap", Gap.objects.get().pk)
    assert BAGS[0] in editor
    assert "We sell gift bags from 2 EUR." in editor
    assert "Mei Lin wrote in conversation" in editor
    assert reverse("conversation", args=[desk.site.pk, conversation.pk]) in editor
    assert Faq.objects.get().state == "draft"
    assert "FAQ draft" in page(operator, desk)


def test_an_agent_may_not_and_a_stranger_sees_nothing(desk: Desk, as_person: LogIn) -> None:
    ask_all(desk.site)
    sweep(desk.site)
    address = reverse("gap_list", args=[desk.site.pk])
    assert as_person(desk.people["agent"]).get(address).status_code == 403
    assert as_person(desk.stranger).get(address).status_code == 404


def test_a_group_of_another_site_can_be_neither_seen_nor_sorted_nor_merged(
    operator: Client, desk: Desk
) -> None:
    ask(desk.other_site, BAGS[0])
    sweep(desk.other_site)
    theirs = Gap.objects.get()
    ask(desk.site, SOLAR[0])
    sweep(desk.site)
    mine = gap_about("solar")
    assert BAGS[0] not in page(operator, desk)
    assert operator.get(reverse("gap", args=[desk.site.pk, theirs.pk])).status_code == 404
    assert "Choose a group first." in post(operator, desk, "sort_gaps", gap=str(theirs.pk), what="dismiss")
    post(operator, desk, "merge_gap", mine.pk, gap=str(theirs.pk))
    theirs.refresh_from_db()
    assert (theirs.state, theirs.questions.count(), mine.questions.count()) == ("open", 1, 1)


def test_the_pages_speak_chinese(operator: Client, desk: Desk) -> None:
    ask_all(desk.site)
    sweep(desk.site)
    operator.post(reverse("set_language"), {"locale": "zh-hans", "next": "/"})
    assert "知识缺口" in page(operator, desk)

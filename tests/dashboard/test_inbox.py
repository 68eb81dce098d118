"""The inbox: search, labels, order, snooze, promises, and many at once."""

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from pytest_django import DjangoAssertNumQueries

from apps.conversations import services
from apps.conversations.desk import expecting, finding, noting, sorting
from apps.conversations.models import Contact, Conversation, Handoff, Member, Message, SavedFilter, Site
from apps.knowledge.naming import without_turns
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk, say

HTMX = {"HX-Request": "true"}


@pytest.fixture
def agent(desk: Desk, as_person: LogIn) -> Client:
    return as_person(desk.people["agent"])


@pytest.fixture
def member(desk: Desk) -> Member:
    return Member.objects.select_related("site", "user").get(site=desk.site, user=desk.people["agent"])


def listed(client: Client, desk: Desk, **query: object) -> str:
    return client.get(reverse("conversation_list", args=[desk.site.pk]), query).content.decode()


def post(client: Client, route: str, desk: Desk, which: str, /, **fields: str) -> str:
    address = reverse(route, args=[desk.site.pk, desk.conversations[which].pk])
    return client.post(address, fields, headers=HTMX).content.decode()


def test_what_was_said_is_found_in_both_languages(agent: Client, desk: Desk) -> None:
    for conversation in desk.conversations.values():
        for row in conversation.messages.all():
            finding.index(row, site_id=desk.site.pk)
    assert "王小雨" in listed(agent, desk, q="优惠券")
    page = listed(agent, desk, q="blankets")
    assert "Tomás Rivera" in page
    assert "王小雨" not in page
    assert "Sofie Maes" in listed(agent, desk, q="invoice")  # resolved ones too
    assert "Nothing found." in listed(agent, desk, q="zeppelin")
    assert "Clara Hoffmann" in listed(agent, desk, q="clara")


@pytest.mark.parametrize("q", ['"', "<script>alert(1)</script>", "\x00", "a" * 10_000, "' OR 1=1"])
def test_a_search_for_garbage_is_shown_as_text(agent: Client, desk: Desk, q: str) -> None:
    page = agent.get(reverse("conversations", args=[desk.site.pk]), {"q": q}).content.decode()
    assert "<script>alert(1)" not in page


def test_unassigned_and_all(agent: Client, desk: Desk) -> None:
    unassigned = listed(agent, desk, view="unassigned")
    assert "Clara Hoffmann" in unassigned
    assert "Tomás Rivera" not in unassigned
    everything = listed(agent, desk, view="all")
    assert all(name in everything for name in ("Clara Hoffmann", "Tomás Rivera", "Sofie Maes"))


def test_priority_labels_and_order(agent: Client, desk: Desk) -> None:
    post(agent, "set_priority", desk, "mine", priority="2")
    post(agent, "label", desk, "mine", name="VIP <b>")
    page = listed(agent, desk, order="priority")
    assert page.index("Tomás Rivera") < page.index("Clara Hoffmann")
    assert "Urgent" in page
    assert "VIP &lt;b&gt;" in page
    assert "Clara Hoffmann" not in listed(agent, desk, label="VIP <b>")
    post(agent, "unlabel", desk, "mine", name="VIP <b>")
    assert "Tomás Rivera" not in listed(agent, desk, label="VIP <b>")


@pytest.mark.parametrize("priority", ["", "x", "9", "9" * 40])
def test_a_priority_that_is_none_is_told(agent: Client, desk: Desk, priority: str) -> None:
    assert "There is no such priority." in post(agent, "set_priority", desk, "mine", priority=priority)


def test_what_is_snoozed_is_out_of_the_way_until_the_customer_writes(agent: Client, desk: Desk) -> None:
    post(agent, "snooze", desk, "mine", hours="4")
    assert "Tomás Rivera" not in listed(agent, desk)
    assert "Tomás Rivera" not in listed(agent, desk, view="mine")
    assert "Tomás Rivera" in listed(agent, desk, view="snoozed")
    services.post_message(desk.conversations["mine"], client_msg_id="m", text="Hello?")
    assert "Tomás Rivera" in listed(agent, desk, view="mine")


def test_a_snooze_lasts_until_a_moment_of_the_browser_or_else_of_the_site(agent: Client, desk: Desk) -> None:
    Site.objects.filter(pk=desk.site.pk).update(zone="Asia/Shanghai")
    day = (timezone.now() + timedelta(days=2)).date().isoformat()
    for until, utc in ((f"{day}T01:30:00.000Z", "01:30"), (f"{day}T09:30", "01:30")):
        post(agent, "snooze", desk, "mine", hours="until", until=until)
        kept = Conversation.objects.get(pk=desk.conversations["mine"].pk).snoozed_until
        assert kept is not None
        assert kept.strftime("%Y-%m-%d %H:%M") == f"{day} {utc}"
    for until in ("", "tomorrow", "2020-01-01T09:30", f"{day[:4]}-13-45T99:99"):
        page = post(agent, "snooze", desk, "mine", hours="until", until=until)
        assert "Choose a time in the future, within a year." in page, until


def test_a_snooze_ends_by_itself(agent: Client, desk: Desk) -> None:
    Conversation.objects.update(snoozed_until=timezone.now() - timedelta(seconds=1))
    assert "Tomás Rivera" in listed(agent, desk, view="mine")


def test_a_promise_counts_down_and_then_is_late(agent: Client, desk: Desk) -> None:
    Site.objects.filter(pk=desk.site.pk).update(
        targets={"first_reply": 10, "next_reply": 30, "resolution": 60}
    )
    page = listed(agent, desk)
    assert "Due 2 min ago" in page  # Clara has waited for 12 minutes
    assert "Due in 5 min" in page  # 小雨 for 4, and a moment
    assert "Due in 27 min" in page  # Tomás wrote again 2 minutes ago
    context = reverse("context", args=[desk.site.pk, desk.conversations["waiting"].pk])
    assert "Due in 59 min" in agent.get(context).content.decode()
    Handoff.objects.update(created_at=timezone.now() - timedelta(minutes=63))
    assert "Due 3 min ago" in agent.get(context).content.decode()


def many(client: Client, desk: Desk, *which: str, **fields: str) -> str:
    ids = [str(desk.conversations[one].pk) for one in which]
    address = reverse("sort_many", args=[desk.site.pk])
    return client.post(address, {"ids": [*ids, "garbage"], **fields}, headers=HTMX).content.decode()


def test_many_are_sorted_at_once_and_what_cannot_be_is_counted(agent: Client, desk: Desk) -> None:
    page = many(agent, desk, "mine", "waiting", "theirs", what="resolve")
    assert "2 conversations changed. 1 could not be." in page
    assert Conversation.objects.get(pk=desk.conversations["theirs"].pk).status == "agent"
    assert "2 conversations changed." in many(agent, desk, "mine", "waiting", what="label", label="Autumn")
    assert "0 conversations changed. 1 could not be." in many(agent, desk, "mine", what="erase")
    assert "0 conversations changed. 1 could not be." in many(agent, desk, "mine", what="snooze:x")


def test_nothing_of_another_site_is_sorted_along(agent: Client, desk: Desk) -> None:
    contact = Contact.objects.create(site=desk.other_site)
    foreign = Conversation.objects.create(site=desk.other_site, contact=contact)
    address = reverse("sort_many", args=[desk.site.pk])
    page = agent.post(
        address, {"ids": [str(foreign.pk)], "what": "priority:2"}, headers=HTMX
    ).content.decode()
    assert "0 conversations changed." in page
    foreign.refresh_from_db()
    assert foreign.priority == 0


def test_a_note_stands_in_the_thread_and_its_customer_never_sees_it(agent: Client, desk: Desk) -> None:
    page = post(agent, "note", desk, "theirs", text="He is a VIP", client_msg_id="n1")
    assert "Note, for colleagues only" in page
    file = agent.get(reverse("transcript", args=[desk.site.pk, desk.conversations["theirs"].pk]))
    assert "VIP" not in file.content.decode()


def test_who_is_mentioned_is_told_until_they_have_looked(agent: Client, desk: Desk, as_person: LogIn) -> None:
    operator = as_person(desk.people["operator"])
    theirs, mine = desk.conversations["theirs"], desk.conversations["mine"]
    post(operator, "note", desk, "theirs", text="@MeiLin: a VIP", client_msg_id="n1")
    post(operator, "note", desk, "mine", text="@agent: he as well", client_msg_id="n2")
    waiting = reverse("waiting", args=[desk.site.pk])
    listed = reverse("conversation_list", args=[desk.site.pk])
    thread = reverse("thread", args=[desk.site.pk, theirs.pk])
    assert 'data-mentions="0"' in operator.get(waiting).content.decode()
    agent.get(thread)  # by a tab behind
    assert 'data-mentions="2"' in agent.get(waiting).content.decode()
    agent.get(thread, headers={"X-In-View": "1"})
    agent.get(reverse("conversation", args=[desk.site.pk, mine.pk]))
    assert 'data-mentions="0"' in agent.get(waiting).content.decode()
    page = agent.get(listed, {"view": "mentions"}).content.decode()
    assert (str(theirs.pk) in page, str(mine.pk) in page) == (True, True)
    assert "Nobody has mentioned you." in operator.get(listed, {"view": "mentions"}).content.decode()
    Conversation.objects.filter(pk=theirs.pk).update(status="resolved")
    assert str(theirs.pk) not in agent.get(listed, {"view": "mentions"}).content.decode()


def test_a_note_does_not_close_an_open_draft(agent: Client, desk: Desk) -> None:
    page = post(agent, "note", desk, "mine", text="I am looking into it", client_msg_id="n1")
    assert "Send as it is" in page


def test_a_transcript_is_a_file_of_what_was_said(agent: Client, desk: Desk) -> None:
    file = agent.get(reverse("transcript", args=[desk.site.pk, desk.conversations["mine"].pk]))
    assert file["Content-Type"].startswith("text/plain")
    assert desk.conversations["mine"].reference in file["Content-Disposition"]
    text = file.content.decode()
    assert "I ordered the wool blanket in sand, but a grey one came." in text
    assert "I don&#x27;t" not in text
    assert "working day leave our warehouse" not in text  # the draft was never sent


def test_a_take_over_can_be_undone_until_one_has_answered(agent: Client, desk: Desk) -> None:
    assert 'id="undo"' in post(agent, "take_over", desk, "waiting")
    assert 'id="undo"' not in post(agent, "undo", desk, "waiting")
    assert Conversation.objects.get(pk=desk.conversations["waiting"].pk).status == "waiting"
    post(agent, "take_over", desk, "waiting")
    assert 'id="undo"' not in post(agent, "reply", desk, "waiting", text="Hello", client_msg_id="a")


def test_an_answer_is_sent_and_the_conversation_resolved_in_one_stroke(agent: Client, desk: Desk) -> None:
    post(agent, "reply", desk, "mine", text="All done.", client_msg_id="a", then="resolve")
    assert Message.objects.get(text="All done.").sender == "agent"
    assert Conversation.objects.get(pk=desk.conversations["mine"].pk).status == "resolved"
    assert "You have this conversation now." not in post(agent, "undo", desk, "mine")
    assert Conversation.objects.get(pk=desk.conversations["mine"].pk).status == "agent"


def test_an_answer_that_is_sent_again_resolves_nothing_that_the_customer_wrote_since(
    agent: Client, desk: Desk
) -> None:
    """Its first response was lost on the way, and the page sends what it still shows."""
    answer = {"text": "All done.", "client_msg_id": "a", "then": "resolve"}
    post(agent, "reply", desk, "mine", **answer)
    services.post_message(desk.conversations["mine"], client_msg_id="b", text="One more thing?")
    post(agent, "reply", desk, "mine", **answer)
    assert Message.objects.filter(text="All done.").count() == 1
    assert Conversation.objects.get(pk=desk.conversations["mine"].pk).status == "assistant"


def test_phrases_are_kept_used_and_forgotten(agent: Client, desk: Desk, member: Member) -> None:
    keep = reverse("keep_phrase", args=[desk.site.pk])
    agent.post(keep, {"name": "/sorry", "text": "Sorry, {contact}. </script><b>"})
    page = agent.get(reverse("thread", args=[desk.site.pk, desk.conversations["mine"].pk])).content.decode()
    assert r"Sorry, Tom\u00e1s Rivera." in page
    assert "</script><b>" not in page
    refused = agent.post(keep, {"name": "no good", "text": "x"})
    assert refused.status_code == 422
    assert "no good" in refused.content.decode()
    assert [one.name for one in noting.phrases_of(member)] == ["sorry"]
    agent.post(reverse("forget_phrase", args=[desk.site.pk]), {"name": "sorry"})
    assert noting.phrases_of(member) == []


def test_one_says_whether_one_is_there(agent: Client, desk: Desk, member: Member) -> None:
    agent.get(reverse("waiting", args=[desk.site.pk]))
    agent.post(reverse("set_availability", args=[desk.site.pk]), {"available": "no"})
    member.refresh_from_db()
    assert member.seen_at is not None
    assert not member.is_available


def test_the_third_pane_shows_who_it_is_and_what_came_before(agent: Client, desk: Desk) -> None:
    first = desk.conversations["mine"]
    second = Conversation.objects.create(site=desk.site, contact=first.contact)
    say(second, "contact", "Me again")
    sorting.label(first, by=Member.objects.get(site=desk.site, user=desk.people["agent"]), name="Blankets")
    page = agent.get(reverse("context", args=[desk.site.pk, first.pk])).content.decode()
    assert first.reference in page
    assert str(second.pk) in page
    assert "Blankets" in page


NASTY = [
    "<img src=x onerror=alert(1)>",
    "{{7*7}}",
    "javascript:alert(1)",
    "\u202egnp.exe\u2066",
    "\u202e",
    "x" * 200,
]


@pytest.mark.parametrize("name", NASTY)
def test_a_name_that_a_customer_gives_is_shown_as_text(agent: Client, desk: Desk, name: str) -> None:
    mine = desk.conversations["mine"]
    Contact.objects.filter(pk=mine.contact_id).update(name=name)
    Handoff.objects.filter(conversation=mine).update(comment=name)
    shown = escape(without_turns(name)) or "Visitor"
    routes = [(route, mine.pk) for route in ("conversation", "context", "thread", "transcript")]
    for route, *ids in [*routes, ("conversations",)]:
        page = agent.get(reverse(route, args=[desk.site.pk, *ids]), {"as": "html"}).content.decode()
        assert route == "transcript" or shown in page, route
        assert "<img src=x" not in page
        assert ">49<" not in page
        assert 'href="javascript' not in page
        # What turns text around stands between marks that keep it to itself.
        assert "\u202e" not in re.sub(r"<bdi>.*?</bdi>", "", page, flags=re.DOTALL), route


def keep(client: Client, desk: Desk, name: str, query: str) -> HttpResponse:
    return client.post(f"{reverse('keep_filter', args=[desk.site.pk])}?{query}", {"name": name})


def test_a_filter_is_saved_used_replaced_and_forgotten(agent: Client, desk: Desk) -> None:
    answer = keep(agent, desk, " Refunds,  urgent ", "view=all&q=refund&order=priority&nonsense=1")
    assert answer["Location"].endswith("/conversations/?view=all&q=refund&order=priority")
    page = agent.get(answer["Location"]).content.decode()
    assert "Refunds, urgent" in page
    assert 'aria-label="Save this filter as"' not in page  # it is saved already
    keep(agent, desk, "Refunds, urgent", "view=mine")
    assert SavedFilter.objects.get().chosen == {"view": "mine"}
    agent.post(reverse("forget_filter", args=[desk.site.pk]), {"name": "Refunds, urgent"})
    assert not SavedFilter.objects.exists()


def test_a_filter_is_its_members_own(agent: Client, desk: Desk, as_person: LogIn) -> None:
    keep(agent, desk, "Mine alone", "view=mine")
    colleague = as_person(desk.people["operator"])
    assert "Mine alone" not in colleague.get(reverse("conversations", args=[desk.site.pk])).content.decode()
    colleague.post(reverse("forget_filter", args=[desk.site.pk]), {"name": "Mine alone"})
    assert SavedFilter.objects.count() == 1


@pytest.mark.parametrize("name", ["", "  ", "x" * 41, "a\u202eb"])
def test_a_name_that_is_no_name_keeps_no_filter(agent: Client, desk: Desk, name: str) -> None:
    answer = keep(agent, desk, name, "view=mine")
    assert answer.status_code == 422
    assert "A filter&#x27;s name has 1 to 40 characters." in answer.content.decode()
    assert not SavedFilter.objects.exists()


def test_twenty_filters_are_enough(agent: Client, desk: Desk, member: Member) -> None:
    SavedFilter.objects.bulk_create(SavedFilter(member=member, name=f"f{n}") for n in range(20))
    assert keep(agent, desk, "one more", "view=mine").status_code == 422
    assert keep(agent, desk, "f7", "view=mine").status_code == 302


def test_the_menu_says_when_somebody_waits_longer_than_promised(agent: Client, desk: Desk) -> None:
    address = reverse("waiting", args=[desk.site.pk])
    assert 'data-late="0"' in agent.get(address).content.decode()  # nothing was promised
    Site.objects.filter(pk=desk.site.pk).update(targets={"first_reply": 10})
    Conversation.objects.filter(site=desk.site, status="waiting").update(waiting_since=timezone.now())
    late = desk.conversations["waiting"]
    Conversation.objects.filter(pk=late.pk).update(waiting_since=timezone.now() - timedelta(minutes=11))
    told = agent.get(address).content.decode()
    assert 'data-late="1"' in told
    assert ", 1 longer than promised" in told
    assert 'data-late="1"' in agent.get(reverse("phrases", args=[desk.site.pk])).content.decode()


def test_a_long_line_costs_the_menu_one_query(
    desk: Desk, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    site = Site.objects.get(pk=desk.site.pk)
    site.targets = {"first_reply": 10}
    for number, conversation in enumerate(site.conversations.all()):
        since = timezone.now() - timedelta(minutes=8 + number)  # 8, 9, 10, 11 …
        Conversation.objects.filter(pk=conversation.pk).update(status="waiting", waiting_since=since)
    late = site.conversations.count() - 2
    assert late > 1
    with django_assert_num_queries(1):
        assert expecting.late_in_line(site) == late

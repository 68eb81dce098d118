"""Who is given whom: in turn, by language, skills and capacity; and who else when nobody fits in time."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.conversations import queries, services
from apps.conversations.desk import expecting, skills, sorting
from apps.conversations.desk.assigning import assign_waiting, told
from apps.conversations.desk.skills import Need
from apps.conversations.errors import BadInput
from apps.conversations.live import bells
from apps.conversations.models import Conversation, Handoff, Member, Message, Site, Skill
from tests.conversations.cast import Cast, say

Status = Conversation.Status


@pytest.fixture(autouse=True)
def no_bells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bells, "ring", lambda name, id: None)


@pytest.fixture
def shop(cast: Cast) -> Site:
    """It assigns, and Ada and Ben are there."""
    for member in (cast.agent, cast.second_agent):
        expecting.show_up(member)
    cast.shop.assigns = True
    cast.shop.save()
    return cast.shop


def now(conversation: Conversation) -> Conversation:
    return Conversation.objects.select_related("site", "assignee").get(pk=conversation.pk)


def waiting_in(cast: Cast, *, locale: str = "en", reason: str = "contact_asked") -> Conversation:
    conversation = services.start_conversation(cast.neighbour, locale=locale)
    services.request_handoff(conversation, reason=reason)
    return conversation


def change(member: Member, **fields: Any) -> None:
    Member.objects.filter(pk=member.pk).update(**fields)


def teach(member: Member, *names: str, by: Member) -> list[Skill]:
    skills.set_skills(member, names, by=by.user)
    return list(member.skills.all())


def line_in(conversation: Conversation) -> str:
    """Why it was given to somebody, as colleagues read it."""
    line: Message = conversation.messages.filter(sender="system").latest("seq")
    assert line.private
    return line.text


def test_who_waits_is_given_in_turn_by_language_and_capacity(cast: Cast, shop: Site) -> None:
    change(cast.agent, capacity=2)
    change(cast.second_agent, languages=["zh-hans"], capacity=1)
    first, chinese, second, third = (waiting_in(cast, locale=it) for it in ("en", "zh-hans", "en", "en"))
    assert assign_waiting(shop) == 3
    assert now(first).assignee == cast.agent.user
    assert now(chinese).assignee == cast.second_agent.user
    assert now(second).assignee == cast.agent.user
    assert now(third).status == Status.WAITING
    assert assign_waiting(shop) == 0
    assert line_in(chinese) == "Assigned to Ben: the next in turn who speaks Chinese."


def test_nobody_is_given_anything_who_is_not_there_or_where_it_is_not_wished(cast: Cast) -> None:
    waiting_in(cast)
    assert assign_waiting(cast.shop) == 0
    cast.shop.assigns = True
    cast.shop.save()
    assert assign_waiting(cast.shop) == 0


# --- Skills -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["reason", "label", "intent"])
def test_who_needs_a_skill_is_given_to_who_has_it(cast: Cast, shop: Site, kind: str) -> None:
    (repairs,) = teach(cast.second_agent, "Repairs", by=cast.operator)
    conversation = waiting_in(cast, reason="complaint")
    sorting.label(conversation, by=cast.agent, name="broken")
    Handoff.objects.update(facts={"intent": "return"})
    value = {"reason": "complaint", "label": "broken", "intent": "return"}[kind]
    skills.set_rules(shop, [Need(kind, value, repairs.pk)], intents=["return"], by=cast.operator.user)
    plain = waiting_in(cast)
    assert assign_waiting(shop) == 2
    assert now(conversation).assignee == cast.second_agent.user
    assert now(plain).assignee == cast.agent.user
    assert line_in(conversation) == "Assigned to Ben: the next in turn who speaks English and knows Repairs."


def test_who_needs_two_skills_is_given_to_nobody_who_has_one(cast: Cast, shop: Site) -> None:
    repairs, lamps = teach(cast.second_agent, "repairs", "lamps", by=cast.operator)
    teach(cast.agent, "LAMPS", by=cast.operator)
    assert cast.agent.skills.get() in (repairs, lamps)
    needs = [Need("reason", "complaint", one.pk) for one in (repairs, lamps)]
    skills.set_rules(shop, needs, intents=[], by=cast.operator.user)
    change(cast.second_agent, capacity=0)
    conversation = waiting_in(cast, reason="complaint")
    assert assign_waiting(shop) == 0
    change(cast.second_agent, capacity=1)
    assert assign_waiting(shop) == 1
    assert now(conversation).assignee == cast.second_agent.user


def test_a_rule_names_what_the_site_has(cast: Cast, shop: Site) -> None:
    (repairs,) = teach(cast.agent, "repairs", by=cast.operator)
    (theirs,) = teach(cast.foreign_agent, "repairs", by=cast.foreign_agent)
    sorting.label(cast.conversation, by=cast.agent, name="broken")
    for need in (
        Need("reason", "complaint", theirs.pk),
        Need("reason", "agent_took_over", repairs.pk),
        Need("label", "unheard of", repairs.pk),
        Need("intent", "fly", repairs.pk),
        Need("weather", "rain", repairs.pk),
    ):
        with pytest.raises(BadInput):
            skills.set_rules(shop, [need], intents=["return"], by=cast.operator.user)
    skills.set_rules(shop, [Need("label", "broken", repairs.pk)], intents=[], by=cast.operator.user)
    teach(cast.agent, by=cast.operator)
    assert list(skills.skills_of(shop)) == [repairs]  # a rule still asks for it
    skills.set_rules(shop, [], intents=[], by=cast.operator.user)
    assert not skills.skills_of(shop).exists()


@pytest.mark.parametrize("name", ["", " ", "x" * 41, "a\x00b", "a\u202eb"])
def test_a_skill_is_a_short_name(cast: Cast, name: str) -> None:
    with pytest.raises(BadInput):
        teach(cast.agent, name, by=cast.operator)


# --- Overflow -----------------------------------------------------------------------------------------------


def overflows(site: Site, *, minutes: int, to: Skill | None = None) -> None:
    site.overflow_minutes, site.overflow_to = minutes, to
    site.save()


def later(minutes: float) -> Any:
    return timezone.now() + timedelta(minutes=minutes)


def test_who_finds_nobody_fitting_in_time_is_given_to_others(cast: Cast, shop: Site) -> None:
    for member in (cast.agent, cast.second_agent):
        change(member, languages=["en"])
    overflows(shop, minutes=5)
    chinese = waiting_in(cast, locale="zh-hans")
    assert assign_waiting(shop, now=later(4)) == 0
    assert assign_waiting(shop, now=later(6)) == 1
    assert now(chinese).status == Status.AGENT
    name = now(chinese).assignee.display_name  # type: ignore[union-attr] # it has one
    expected = f"Assigned to {name}: for 5 working minutes nobody who speaks Chinese was free."
    assert line_in(chinese) == expected
    line = chinese.messages.get(sender="system")
    assert "5 个工作分钟内没有会说中文的同事有空" in told(line.trace["assigned"], locale="zh-hans")


def test_others_may_be_a_team_and_nobody_carries_more_than_they_can(cast: Cast, shop: Site) -> None:
    (second_line,) = teach(cast.second_agent, "second line", by=cast.operator)
    change(cast.agent, capacity=0)
    change(cast.second_agent, languages=["zh-hans"], capacity=1)
    overflows(shop, minutes=5, to=second_line)
    first, second = waiting_in(cast), waiting_in(cast)
    assert assign_waiting(shop, now=later(6)) == 1
    assert now(first).assignee == cast.second_agent.user
    assert now(second).status == Status.WAITING
    change(cast.agent, capacity=9, languages=["zh-hans"])  # free, and not of the team
    assert assign_waiting(shop, now=later(60)) == 0


def test_minutes_count_while_the_site_is_open(cast: Cast, shop: Site) -> None:
    change(cast.agent, languages=["zh-hans"])
    change(cast.second_agent, languages=["zh-hans"])
    overflows(shop, minutes=5)
    shop.hours = {"mon": [["09:00", "18:00"]]}
    shop.holidays = [(timezone.now() + timedelta(days=days)).date().isoformat() for days in range(-1, 3)]
    shop.save()
    waiting_in(cast)
    assert assign_waiting(shop, now=later(60)) == 0


# --- What is told -------------------------------------------------------------------------------------------


def test_the_reason_is_for_colleagues_and_no_answer_of_theirs(cast: Cast, shop: Site) -> None:
    say(cast.conversation, "Is anybody there?")
    services.request_handoff(cast.conversation)
    assert assign_waiting(shop) == 1
    conversation = now(cast.conversation)
    texts = [row.text for row in queries.messages_for_contact(conversation)]
    assert not any("Assigned" in text for text in texts)
    member = Member.objects.get(user=conversation.assignee, site=shop)
    services.reply_as_agent(conversation, by=member, text="Yes!", client_msg_id="a")
    assert not any("Assigned" in text for text in conversation.handoffs.get().facts["asked"])

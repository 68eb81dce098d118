"""Facts of episodes as they follow from conversations, and tallies and times as they follow from facts."""

from datetime import timedelta

import pytest

from apps.conversations.models import Conversation
from apps.numbers.deriving import derive
from apps.numbers.models import Episode
from apps.numbers.queries import Asked, rank, tallies, times, total
from apps.numbers.sweeping import sweep
from tests.dashboard.seeding import Desk
from tests.numbers.conftest import answer, begin, cite, days_ago, history, say

MONTH = Asked(since=days_ago(29).date(), until=days_ago(0).date())


def fact(conversation: Conversation, number: int = 1) -> Episode:
    return Episode.objects.get(conversation=conversation, number=number)


def test_an_episode_lasts_from_its_first_message_to_its_resolve(desk: Desk) -> None:
    told = history(desk.site)
    assert sweep(desk.site) == 4
    first, second = fact(told["returned"]), fact(told["returned"], 2)
    assert (first.resolved_by, first.resolution_seconds, first.handoff_reason) == ("both", 600, "no_evidence")
    assert (first.first_reply_seconds, first.person_seconds) == (6, 300)
    assert (first.agent_score, first.assistant_score) == (4, 2)
    assert first.reopened_at == second.started_at
    assert (second.resolved_at, second.first_reply_seconds, second.handoff_reason) == (None, 10, "")
    assert (first.tokens_in, first.tokens_out, first.model_seconds, second.tokens_in) == (3000, 200, 3, 500)


def test_silence_is_not_time_that_was_needed(desk: Desk) -> None:
    told = history(desk.site)
    sweep(desk.site)
    assert fact(told["quiet"]).resolution_seconds == 4


def test_a_reply_is_there_when_it_is_whole_and_one_that_failed_is_none(desk: Desk) -> None:
    at = days_ago(1)
    conversation = begin(desk.site, at=at)
    say(conversation, "agent", "Hello?", at=at - timedelta(seconds=30))
    say(conversation, "contact", "How long?", at=at)
    answer(conversation, at=at, seconds=2, state="failed", reason="reply_lost")
    answer(conversation, at=at, seconds=90)
    say(conversation, "agent", "Thirty days.", at=at + timedelta(seconds=40))
    sweep(desk.site)
    assert fact(conversation).first_reply_seconds == 40


def test_what_nobody_wrote_in_is_no_episode(desk: Desk) -> None:
    begin(desk.site, at=days_ago(1))
    sweep(desk.site)
    assert not Episode.objects.exists()


def test_an_action_is_the_intent(desk: Desk) -> None:
    conversation = begin(desk.site, at=days_ago(1))
    message = answer(conversation, at=days_ago(1), seconds=2, decision="act", reason="acted")
    message.trace |= {"action": {"name": "order_status"}, "language": "zh"}
    message.save()
    cite(message, "Orders")
    sweep(desk.site)
    assert (fact(conversation).intent, fact(conversation).language) == ("order_status", "zh-hans")


def test_days_are_the_sites_own(desk: Desk) -> None:
    told = history(desk.site)
    sweep(desk.site)
    quiet, opened = fact(told["quiet"]), fact(told["open"])
    assert (quiet.started_on, quiet.resolved_on) == (days_ago(10).date(), days_ago(9).date())
    assert opened.started_on == days_ago(3).date()


def test_tallies_over_a_history_made_by_hand(desk: Desk) -> None:
    history(desk.site)
    sweep(desk.site)
    whole = total(tallies(desk.site, asked=MONTH))
    wanted = {
        "started": 5,
        "replied": 5,
        "handed_over": 2,
        "met_person": 2,
        "left_open": 2,
        "reason_no_evidence": 1,
        "reason_contact_asked": 1,
        "reason_complaint": 0,
        "resolved": 3,
        "by_assistant": 1,
        "by_both": 1,
        "by_agent": 1,
        "judged": 2,
        "lasting": 1,
        "came_back": 1,
        "rated_assistant": 2,
        "content_assistant": 1,
        "rated_agent": 2,
        "content_agent": 1,
    }
    assert {name: whole[name] for name in wanted} == wanted
    assert (whole.sums["tokens_in"], whole.sums["tokens_out"], whole.sums["model_seconds"]) == (4000, 300, 5)


def test_times_are_values_that_were_measured(desk: Desk) -> None:
    history(desk.site)
    sweep(desk.site)
    found = times(desk.site, asked=MONTH)
    assert {name: (one.measured, one.median, one.p90) for name, one in found.items()} == {
        "replied": (5, 8, 65),
        "met_person": (2, 60, 300),
        "resolved": (3, 125, 600),
    }
    assert times(desk.other_site, asked=MONTH)["resolved"].median is None


@pytest.mark.parametrize(("share", "value"), [(0.5, 2), (0.9, 4), (0.1, 1), (1.0, 4)])
def test_the_nearest_rank(share: float, value: int) -> None:
    assert rank([1, 2, 3, 4], share) == value


def test_deriving_twice_changes_nothing_and_a_change_is_derived_again(desk: Desk) -> None:
    told = history(desk.site)
    sweep(desk.site)
    before = list(Episode.objects.order_by("pk").values())
    assert sweep(desk.site) == 0
    derive(list(Conversation.objects.select_related("site")))
    assert list(Episode.objects.order_by("pk").values()) == before
    say(told["open"], "agent", "We do.", at=days_ago(2))
    told["open"].changed_at = days_ago(-1)
    told["open"].save()
    assert sweep(desk.site) == 1

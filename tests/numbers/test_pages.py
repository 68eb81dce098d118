"""The numbers over HTTP: who may see them, what they say, what stands behind each of them, and the files."""

import csv
import io
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.audit.models import Entry
from apps.conversations.models import Member, Site
from apps.dashboard.numbers.tables import NAMES
from apps.numbers.figures import figures
from apps.numbers.models import Episode, Prices
from apps.numbers.sweeping import sweep
from tests.dashboard.seeding import Desk
from tests.numbers.conftest import days_ago, history, logged_in

SHOWN = ("numbers", "counted", "export_counted", "export_numbers")
PRICES = {"per_million_in": "10", "per_million_out": "100", "per_model_second": "0.01"}


@pytest.fixture
def told(desk: Desk) -> None:
    history(desk.site)
    sweep(desk.site)


def get(client: Client, desk: Desk, name: str = "numbers", **query: object) -> Any:
    return client.get(reverse(name, args=[desk.site.pk]), query)


def read(response: Any) -> list[list[str]]:
    content = b"".join(response.streaming_content).decode()
    assert content.startswith("\ufeff")
    return list(csv.reader(io.StringIO(content.removeprefix("\ufeff"))))


# --- Who may see them --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"), [("agent", 403), ("operator", 200), ("admin", 200), ("stranger", 404)]
)
def test_numbers_are_for_operators_of_the_site(desk: Desk, told: None, who: str, status: int) -> None:
    client = logged_in(desk, who)
    assert [get(client, desk, name).status_code for name in SHOWN] == [status] * len(SHOWN)
    saved = client.post(reverse("set_prices", args=[desk.site.pk]), {})
    assert saved.status_code == (422 if status == 200 else status)


def test_another_sites_conversations_are_never_counted(desk: Desk, told: None) -> None:
    stranger = logged_in(desk, "stranger")
    address = reverse("counted", args=[desk.other_site.pk])
    assert "0 conversations" in stranger.get(address).content.decode()
    assert (
        "There are no numbers yet."
        in stranger.get(reverse("numbers", args=[desk.other_site.pk])).content.decode()
    )


def test_sites_are_compared_where_one_may_see_their_numbers(desk: Desk, told: None) -> None:
    Member.objects.create(site=desk.other_site, user=desk.people["operator"], role="agent")
    lines = get(logged_in(desk, "operator"), desk, by="site").context["lines"]
    assert [line.name for line in lines] == ["Lantern & Loom"]
    Member.objects.filter(site=desk.other_site, user=desk.people["operator"]).update(role="operator")
    lines = get(logged_in(desk, "operator"), desk, by="site").context["lines"]
    assert [(line.name, line.cells[0].count) for line in lines] == [
        ("Lantern & Loom", 5),
        ("Northwind Cycles", 0),
    ]


# --- What they say -----------------------------------------------------------------------------------------------


def test_tiles_reasons_times_and_contentment(desk: Desk, told: None, operator: Client) -> None:
    shown = get(operator, desk).context
    tiles = {tile.cell.figure: (tile.cell.count, tile.cell.share) for tile in shown["tiles"]}
    assert tiles == {
        "started": (5, None),
        "resolved": (3, None),
        "by_assistant": (1, 1 / 3),
        "lasting": (1, 1 / 2),
        "handed_over": (2, 2 / 5),
    }
    assert {one.cell.figure: one.cell.share for one in shown["reasons"]} == {
        "reason_no_evidence": 0.5,
        "reason_contact_asked": 0.5,
    }
    assert [(figure, one.median, one.p90) for figure, _label, one in shown["times"]] == [
        ("replied", 8, 65),
        ("met_person", 60, 300),
        ("resolved", 125, 600),
    ]
    assert [(one.content.share, one.mean) for one in shown["contentment"]] == [(0.5, 3.5), (0.5, 3.5)]


def test_the_page_says_them_in_words(desk: Desk, told: None, operator: Client) -> None:
    html = " ".join(re.sub(r"<[^>]+>", " ", get(operator, desk).content.decode()).split())
    for words in (
        "33 % 1 of 3",
        "50 % 1 of 2",
        "40 % 2 of 5",
        "The knowledge base does not say",
        "60 s",
        "8.0 s",
    ):
        assert words in html, words
    assert "4,000 tokens read, 300 written, 5.0 s of the model" in html


def test_a_period_is_compared_with_the_one_before(desk: Desk, told: None, operator: Client) -> None:
    html = get(operator, desk, since=days_ago(5).date(), until=days_ago(0).date()).content.decode()
    assert "down from 3" in html  # started: two, after three in the six days before
    week = get(operator, desk, days=7).context
    assert (week["asked"].days, week["tiles"][0].cell.count) == (7, 2)


@pytest.mark.parametrize(
    ("query", "started"),
    [
        ({"language": "zh-hans"}, 1),
        ({"language": "en"}, 4),
        ({"intent": "Returns"}, 1),
        ({"intent": "-"}, 3),
        ({"model": "home-v1"}, 4),
        ({"model": "-"}, 1),
        ({"model": "\x00' OR 1=1"}, 0),
        ({"since": "nonsense", "until": "9999-99-99", "language": "xx", "days": "-1", "by": "nothing"}, 5),
        ({"since": "0001-01-01"}, 5),
    ],
)
def test_numbers_of_a_part(
    desk: Desk, told: None, operator: Client, query: dict[str, str], started: int
) -> None:
    assert get(operator, desk, **query).context["tiles"][0].cell.count == started


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("day", [days_ago(n).date().isoformat() for n in (3, 8, 9, 10)]),
        ("language", ["English", "简体中文"]),
        ("intent", ["Not known", "Delivery", "Returns"]),
        ("model", ["home-v1", "Not known"]),
    ],
)
def test_the_table_by(desk: Desk, told: None, operator: Client, by: str, names: list[str]) -> None:
    assert [line.name for line in get(operator, desk, by=by).context["lines"]] == names


def test_the_chart_has_each_day_and_beyond_a_quarter_each_week(
    desk: Desk, told: None, operator: Client
) -> None:
    chart = get(operator, desk, days=7).context["chart"]
    assert [[one.figure for one in bar.segments] for bar in chart.bars] == [[]] * 3 + [["by_agent"]] + [
        []
    ] * 3
    yearly = get(operator, desk, since=days_ago(300).date()).context["chart"]
    assert yearly.is_weekly
    assert sum(cell.count for bar in yearly.bars for cell in bar.cells) == 3


def test_cost_follows_the_prices_of_today(desk: Desk, told: None, operator: Client) -> None:
    assert get(operator, desk).context["cost_each"] is None
    address = reverse("set_prices", args=[desk.site.pk])
    given = {**PRICES, "currency": "cny", "quiet_hours": "12"}
    assert "Saved." in operator.post(address, given, follow=True).content.decode()
    shown = get(operator, desk)
    # 4,000 tokens read, 300 written, 5 seconds: 0.04 + 0.03 + 0.05, for three conversations.
    assert shown.context["cost_each"] == pytest.approx(0.04)
    assert "0.0400 CNY" in shown.content.decode()
    assert Site.objects.get(pk=desk.site.pk).quiet_hours == 12
    entry = Entry.objects.get(kind="settings_changed")
    assert (entry.site_id, entry.detail) == (desk.site.pk, "prices, quiet_hours")


def test_a_comma_of_thousands_is_none_of_tenths(desk: Desk, told: None, operator: Client) -> None:
    given = {"currency": "JPY", "quiet_hours": "12", "per_million_in": "1,200", "per_million_out": "0,15"}
    operator.post(reverse("set_prices", args=[desk.site.pk]), given)
    prices = Prices.objects.get(site=desk.site)
    assert (float(prices.per_million_in), float(prices.per_million_out)) == (1200, 0.15)


@pytest.mark.parametrize(
    "wrong",
    [
        {"per_million_in": "-1"},
        {"per_million_in": "NaN"},
        {"per_million_out": "1e99"},
        {"per_model_second": "dear"},
        {"currency": "€"},
        {"quiet_hours": "1000"},
        {"quiet_hours": "²"},
        {"quiet_hours": ""},
    ],
)
def test_a_price_that_is_none_is_refused_and_nothing_kept(
    desk: Desk, told: None, operator: Client, wrong: dict[str, str]
) -> None:
    given = {**PRICES, "currency": "EUR", "quiet_hours": "5"} | wrong
    refused = operator.post(reverse("set_prices", args=[desk.site.pk]), given)
    assert refused.status_code == 422
    assert "notice bad" in refused.content.decode()
    assert not Prices.objects.exists()
    assert Site.objects.get(pk=desk.site.pk).quiet_hours == 24


def test_an_empty_desk_says_when_numbers_come(desk: Desk, operator: Client) -> None:
    assert "There are no numbers yet." in get(operator, desk).content.decode()


def test_numbers_in_chinese(desk: Desk, told: None, operator: Client) -> None:
    operator.cookies.load({"django_language": "zh-hans"})
    html = get(operator, desk).content.decode()
    assert 'lang="zh-Hans"' in html
    assert get(operator, desk, "counted", figure="by_agent").status_code == 200


# --- What stands behind them -------------------------------------------------------------------------------------


def test_each_figure_counts_what_its_list_shows(desk: Desk, told: None, operator: Client) -> None:
    """Also the very address that stands at each number on the page."""
    assert set(figures(now=timezone.now())) == set(NAMES)
    for by in ("day", "language", "intent", "model", "site"):
        html = unescape(get(operator, desk, by=by).content.decode())
        links = re.findall(r'href="([^"]*numbers/conversations/\?[^"]+)">([\d,]+)<', html)
        assert len(links) > 15
        for address, number in links:
            assert operator.get(address).context["page"].paginator.count == int(number), address
        others = set(re.findall(r'href="([^"]*numbers/[^"]+)"', html)) - {address for address, _ in links}
        assert {operator.get(address).status_code for address in others} == {200}


def test_a_list_begins_with_the_slowest_where_it_is_about_time(
    desk: Desk, told: None, operator: Client
) -> None:
    page = get(operator, desk, "counted", figure="met_person").context["page"]
    assert [row.person_seconds for row in page] == [300, 60]


def test_no_figure_is_not_there(desk: Desk, told: None, operator: Client) -> None:
    assert get(operator, desk, "counted", figure="nonsense").status_code == 404
    assert get(operator, desk, "export_counted", figure="nonsense").status_code == 404


def test_a_customer_is_shown_as_text(desk: Desk, told: None, operator: Client) -> None:
    Episode.objects.update(intent="<img src=x onerror=alert(1)>{{7*7}}")
    for name in ("numbers", "counted"):
        html = get(operator, desk, name, by="intent").content.decode()
        assert "<img src=x" not in html
        assert "{{7*7}}" in html


# --- Files -------------------------------------------------------------------------------------------------------


def test_facts_are_taken_along_as_a_file(desk: Desk, told: None, operator: Client) -> None:
    header, *rows = read(get(operator, desk, "export_counted", figure="resolved"))
    found = [dict(zip(header, row, strict=True)) for row in rows]
    assert [row["resolution_seconds"] for row in found] == ["600.0", "125.0", "4.0"]
    assert found[0]["handoff_reason"] == "no_evidence"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " =", "＝"])
def test_no_cell_is_a_formula(desk: Desk, told: None, operator: Client, start: str) -> None:
    Episode.objects.update(intent=f"{start}cmd|' /C calc'!A0", model=f"{start}2+2")
    for name, query in (("export_counted", {}), ("export_numbers", {"by": "intent"})):
        cells = [cell for row in read(get(operator, desk, name, **query)) for cell in row]
        assert any("cmd|" in cell for cell in cells)
        assert not [cell for cell in cells if "cmd|" in cell and not cell.startswith("'")]


def test_the_table_as_a_file_can_be_divided_again(desk: Desk, told: None, operator: Client) -> None:
    header, *rows = read(get(operator, desk, "export_numbers", by="language"))
    english = dict(zip(header, rows[0], strict=True))
    assert (english["language"], english["by_assistant"], english["by_assistant_of"]) == ("English", "1", "2")

"""One's own log-in: second factor, forgotten password, and where one is logged in."""

from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts import second_factor
from apps.accounts.models import Device, User
from apps.dashboard.account.codes import CODES
from apps.dashboard.account.links import ASKED
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import PASSWORD, Desk
from tests.people.conftest import logged, mailed_link

GOOD = "three quiet mornings"


@pytest.fixture
def agent(desk: Desk) -> User:
    user = desk.people["agent"]
    user.email = "mei@example.org"
    user.save()
    return user


def log_in(client: Client, name: str = "agent", password: str = PASSWORD, **fields: str) -> Any:
    return client.post("/login/", {"username": name, "password": password, **fields})


def with_factor(user: User) -> tuple[pyotp.TOTP, list[str]]:
    """Set up a while ago, so that the codes of now are unused."""
    before = timezone.now() - timedelta(minutes=10)
    made = pyotp.TOTP(second_factor.show_new(user))
    return made, second_factor.confirm(user, code=made.at(before), now=before)


def give_code(client: Client, code: str) -> Any:
    return client.post("/login/code/", {"code": code})


# --- The second factor ------------------------------------------------------------------------------------------------


def test_a_second_factor_is_set_up_with_a_code_and_gives_ten_recovery_codes(
    desk: Desk, agent: User, as_person: LogIn
) -> None:
    client = as_person(agent)
    page = client.get("/account/second-factor/").content.decode()
    assert "<svg" in page
    secret = second_factor.show_new(agent)
    assert " ".join(secret[start : start + 4] for start in range(0, len(secret), 4)) in page
    assert client.post("/account/second-factor/", {"code": "000000x"}).status_code == 422
    assert not second_factor.has_second_factor(agent)
    answer = client.post("/account/second-factor/", {"code": pyotp.TOTP(secret).at(timezone.now())})
    assert answer.content.decode().count("<li><code>") == 10
    assert second_factor.has_second_factor(agent)
    assert client.get("/account/second-factor/").url == "/account/"
    assert "10 recovery codes are left" in client.get("/account/").content.decode()
    assert logged(desk.site) == [("Mei Lin", "second_factor_on", "")]


def test_with_a_second_factor_a_password_alone_opens_nothing(desk: Desk, agent: User) -> None:
    made, _codes = with_factor(agent)
    client, inbox = Client(), reverse("conversations", args=[desk.site.pk])
    assert log_in(client, next=inbox).url == "/login/code/"
    assert client.get(inbox).url.startswith("/login/")
    assert client.get("/account/").url.startswith("/login/")
    assert give_code(client, "000000x").status_code == 422
    code = made.at(timezone.now())
    assert give_code(client, f"{code[:3]} {code[3:]}").url == inbox
    assert client.get(inbox).status_code == 200


def test_a_code_is_not_good_a_second_time(agent: User) -> None:
    made, _codes = with_factor(agent)
    code = made.at(timezone.now())
    first, second = Client(), Client()
    log_in(first)
    log_in(second)
    assert give_code(first, code).status_code == 302
    assert give_code(second, code).status_code == 422
    assert second.get("/account/").url.startswith("/login/")
    assert give_code(second, made.at(timezone.now() + timedelta(seconds=30))).status_code == 302


def test_a_recovery_code_lets_in_once_and_stands_in_the_log(desk: Desk, agent: User) -> None:
    _made, codes = with_factor(agent)
    for status in (302, 422):
        client = Client()
        log_in(client)
        assert give_code(client, codes[0].upper()).status_code == status
    kinds = [kind for _who, kind, _subject in logged(desk.site)]
    assert kinds == ["recovery_code_used", "log_in", "log_in_failed"]


def test_too_many_wrong_codes_are_told_to_wait(agent: User) -> None:
    made, _codes = with_factor(agent)
    client = Client()
    log_in(client)
    for _ in range(CODES.attempts):
        assert give_code(client, "000000x").status_code == 422
    answer = give_code(client, made.at(timezone.now()))
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= CODES.seconds
    again = Client()
    log_in(again)
    assert give_code(again, made.at(timezone.now())).status_code == 429


def test_a_code_needs_a_password_before_it_and_the_password_of_then(agent: User) -> None:
    made, _codes = with_factor(agent)
    assert give_code(Client(), made.at(timezone.now())).url == "/login/"
    client = Client()
    log_in(client)
    agent.set_password(GOOD)
    agent.save()
    assert give_code(client, made.at(timezone.now())).url == "/login/"


def test_taking_it_away_and_new_codes_need_the_password(agent: User, as_person: LogIn) -> None:
    _made, codes = with_factor(agent)
    client = as_person(agent)
    for place in ("remove/", "codes/"):
        client.post(f"/account/second-factor/{place}", {"password": "wrong"})
    assert second_factor.has_second_factor(agent)
    assert second_factor.use_code(agent, codes[0], now=timezone.now())
    fresh = client.post("/account/second-factor/codes/", {"password": PASSWORD}).content.decode()
    assert fresh.count("<li><code>") == 10
    assert not any(code in fresh for code in codes)
    client.post("/account/second-factor/remove/", {"password": PASSWORD})
    assert not second_factor.has_second_factor(agent)
    assert log_in(Client()).url != "/login/code/"


# --- A forgotten password ---------------------------------------------------------------------------------------------


def forgot(name: str, client: Client | None = None) -> Any:
    return (client or Client()).post("/password/forgotten/", {"name": name})


def test_a_forgotten_password_is_set_anew_once_and_ends_every_session(
    desk: Desk, agent: User, as_person: LogIn
) -> None:
    logged_in = as_person(agent)
    forgot("MEI@example.org")
    assert mail.outbox[0].to == ["mei@example.org"]
    link = mailed_link()
    assert Client().get(link).status_code == 200
    assert Client().post(link, {"password": "short"}).status_code == 422
    assert Client().post(link, {"password": GOOD}).url == "/login/"
    assert logged_in.get("/account/").url.startswith("/login/")
    assert Client().post(link, {"password": "four quiet mornings"}).status_code == 404
    assert log_in(Client(), password=PASSWORD).status_code == 422
    assert log_in(Client(), password=GOOD).status_code == 302
    assert ("Mei Lin", "password_changed", "") in logged(desk.site)


def test_a_new_password_does_not_go_round_the_second_factor(agent: User) -> None:
    with_factor(agent)
    forgot("agent")
    Client().post(mailed_link(), {"password": GOOD})
    assert log_in(Client(), password=GOOD).url == "/login/code/"


@pytest.mark.parametrize("name", ["nobody", "nobody@example.org", "", "\x00", "a" * 5_000, "operator"])
def test_who_asks_for_nobody_is_told_the_same_and_no_mail_goes_out(agent: User, name: str) -> None:
    told = forgot("agent").content.decode()
    mail.outbox.clear()
    assert without_token(forgot(name).content.decode()) == without_token(told)
    assert not mail.outbox  # the operator has no address


def without_token(page: str) -> str:
    return "".join(line for line in page.splitlines() if "csrfmiddlewaretoken" not in line)


def test_who_joined_by_mail_and_took_another_address_is_found_by_their_user_name(agent: User) -> None:
    User.objects.filter(pk=agent.pk).update(username="mei@old.example")
    forgot("mei@old.example")
    assert mail.outbox[0].to == ["mei@example.org"]


def test_links_that_are_old_or_made_up_set_no_password(agent: User) -> None:
    for link in ("/password/MQ/garbage/", "/password/!!/x-y/", "/password/4pyT/x-y/"):
        assert Client().get(link).status_code == 404
        assert Client().post(link, {"password": GOOD}).status_code == 404


def test_asking_too_often_is_told_to_wait(agent: User) -> None:
    for number in range(ASKED.attempts):
        assert forgot("agent", Client(REMOTE_ADDR=f"192.0.2.{number}")).status_code == 200
    assert forgot("agent", Client(REMOTE_ADDR="192.0.2.99")).status_code == 429
    assert len(mail.outbox) == ASKED.attempts


# --- Where one is logged in, and one's own page -------------------------------------------------------------------------


def test_one_sees_where_one_is_logged_in_and_ends_it_there(desk: Desk, agent: User) -> None:
    home, work = Client(HTTP_USER_AGENT="Firefox on a desk"), Client(HTTP_USER_AGENT="Safari <b>in a bag</b>")
    log_in(home)
    log_in(work)
    page = home.get("/account/").content.decode()
    assert "Firefox on a desk" in page
    assert "Safari &lt;b&gt;in a bag&lt;/b&gt;" in page
    other = Device.objects.get(session_key=work.session.session_key)
    home.post(reverse("end_session", args=[other.pk]))
    assert work.get("/account/").url.startswith("/login/")
    assert home.get("/account/").status_code == 200


def test_all_other_sessions_end_together(agent: User) -> None:
    clients = [Client() for _ in range(3)]
    for client in clients:
        log_in(client)
    clients[0].post("/account/sessions/end-others/")
    assert clients[0].get("/account/").status_code == 200
    for client in clients[1:]:
        assert client.get("/account/").url.startswith("/login/")


def test_nobody_ends_somebody_elses_session(desk: Desk, agent: User, as_person: LogIn) -> None:
    mine, theirs = as_person(agent), as_person(desk.colleague)
    device = Device.objects.get(user=desk.colleague)
    assert mine.post(reverse("end_session", args=[device.pk])).status_code == 404
    assert theirs.get("/account/").status_code == 200


def test_a_changed_password_logs_out_elsewhere_and_not_here(agent: User) -> None:
    here, elsewhere = Client(), Client()
    log_in(here)
    log_in(elsewhere)
    here.post("/account/password/", {"password": "wrong", "new_password": GOOD})
    assert elsewhere.get("/account/").status_code == 200
    here.post("/account/password/", {"password": PASSWORD, "new_password": GOOD})
    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/").url.startswith("/login/")
    assert Device.objects.get(user=agent).session_key == here.session.session_key


def test_name_and_language_are_ones_own_to_change(agent: User, as_person: LogIn) -> None:
    client = as_person(agent)
    client.post("/account/profile/", {"name": "林美", "email": "mei@example.org", "locale": "zh-hans"})
    agent.refresh_from_db()
    assert (agent.display_name, agent.locale) == ("林美", "zh-hans")
    client.post("/account/profile/", {"name": "", "email": "mei@example.org", "locale": ""})
    agent.refresh_from_db()
    assert agent.display_name == "林美"


def test_one_says_whether_mentions_are_mailed(agent: User, as_person: LogIn) -> None:
    client = as_person(agent)
    box = '<input type="checkbox" name="mails_mentions" value="yes"'
    assert f"{box} checked>" in client.get("/account/").content.decode()
    client.post("/account/profile/", {"name": "Mei", "email": "mei@example.org", "locale": "en"})
    assert f"{box}>" in client.get("/account/").content.decode()
    agent.refresh_from_db()
    assert not agent.mails_mentions


def test_another_address_for_mails_needs_the_password(agent: User, as_person: LogIn) -> None:
    """Else whoever finds an open browser has a new password mailed to themselves."""
    client = as_person(agent)
    fields = {"name": "Mei", "email": "thief@example.org", "locale": "en"}
    for password, email in (
        ("", "mei@example.org"),
        ("wrong", "mei@example.org"),
        (PASSWORD, "thief@example.org"),
    ):
        answer = client.post("/account/profile/", {**fields, "password": password})
        assert (answer.status_code, 'value="thief@' in answer.content.decode()) == (
            (302, False) if password == PASSWORD else (422, True)
        )
        agent.refresh_from_db()
        assert agent.email == email


def test_an_address_of_somebody_else_cannot_be_taken(desk: Desk, agent: User, as_person: LogIn) -> None:
    as_person(desk.colleague).post(
        "/account/profile/", {"name": "子涵", "email": "Mei@example.org", "locale": "", "password": PASSWORD}
    )
    desk.colleague.refresh_from_db()
    assert desk.colleague.email == ""

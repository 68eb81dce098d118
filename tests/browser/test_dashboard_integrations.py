"""Admins make a token and keep a webhook, in a real browser."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import translation
from django.utils.translation import gettext as _
from playwright.sync_api import expect

from apps.integrations import delivering, outbox, webhooks
from apps.integrations.models import AccessToken, Delivery, Webhook
from tests.dashboard.browsing import PHONE, Enter, is_wider_than_its_window
from tests.dashboard.seeding import Desk
from tests.webhooks.receiver import Receiver, receiver  # noqa: F401 - a fixture

pytest_plugins = ["tests.services", "tests.dashboard.browsing"]
pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def delivered_when_told(monkeypatch: pytest.MonkeyPatch, settings: object) -> None:
    settings.WEBHOOKS_MAY_BE_PRIVATE = True  # type: ignore[attr-defined] # the receiver is on this machine
    monkeypatch.setattr(outbox, "deliver_soon", lambda webhook_id: None)


def path_of(office: Desk) -> str:
    return f"/dashboard/sites/{office.site.pk}/integrations/"


BOTH = pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])


@pytest.fixture
def language(locale: str) -> Iterator[None]:
    with translation.override("zh-hans" if locale == "zh-CN" else "en"):
        yield


@BOTH
@pytest.mark.usefixtures("language")
def test_a_token_is_made_shown_once_and_revoked_after_a_question(
    enter: Enter, office: Desk, locale: str
) -> None:
    page = enter("admin", path=path_of(office), locale=locale)
    form = page.locator("form", has_text=_("Make an access token"))
    form.get_by_label(_("What it is for")).fill("Shop's server")
    form.get_by_label(_("Read conversations")).check()
    form.get_by_role("button", name=_("Make a token")).click()
    shown = page.get_by_role("status", name=_("Access token")).locator("pre")
    expect(shown).to_contain_text("sdt_")
    page.goto(path_of(office))
    expect(page.locator(".people").first).to_contain_text(_("never used"))
    expect(page.locator("pre")).to_have_count(0)
    page.get_by_role("button", name=_("Revoke %(name)s") % {"name": "Shop's server"}).click()
    dialog = page.get_by_role("dialog")
    question = _("Revoke “%(name)s”? Programs that use it stop working at once.")
    expect(dialog).to_contain_text(question % {"name": "Shop's server"})
    dialog.get_by_role("button", name=_("Revoke")).click()
    expect(page.get_by_text(_("The token is revoked. It opens nothing any more."))).to_be_visible()
    assert not AccessToken.objects.exists()


@BOTH
@pytest.mark.usefixtures("language")
def test_a_webhook_is_added_and_its_test_arrives(
    enter: Enter,
    office: Desk,
    receiver: Receiver,  # noqa: F811
    locale: str,
) -> None:
    page = enter("admin", path=path_of(office), locale=locale)
    form = page.locator("form", has_text=_("Add a webhook"))
    form.get_by_label(_("Address")).fill(receiver.address)
    form.get_by_label(_("Resolved")).check()
    form.get_by_role("button", name=_("Add"), exact=True).click()
    expect(page.get_by_role("status", name=_("Signing secret")).locator("pre")).to_contain_text("whsec_")
    page.get_by_role("link", name=receiver.address).first.click()
    page.get_by_role("button", name=_("Send a test")).click()
    log = page.locator("#deliveries")
    expect(log).to_contain_text(_("Waiting"))
    delivering.deliver(Webhook.objects.get().pk)
    expect(log).to_contain_text(_("Delivered"))  # without a reload
    assert [one["kind"] for one in receiver.events] == ["test"]
    log.get_by_role("button", name=_("Send once more")).click()
    expect(page.get_by_text(_("It is sent once more."))).to_be_visible()


@pytest.mark.parametrize(
    ("locale", "scheme", "viewport"),
    [("zh-CN", "dark", {"width": 1280, "height": 800}), ("en-GB", "light", PHONE)],
    ids=["chinese-dark-desktop", "english-light-phone"],
)
def test_axe_finds_nothing(
    enter: Enter, office: Desk, scheme: str, viewport: dict[str, int], locale: str
) -> None:
    hook = webhooks.add_webhook(office.site, address=f"https://shop.example/{'x' * 300}", kinds=["message"])
    for state in Delivery.State.values:
        hook.deliveries.create(
            kind="test", state=state, reason="bad_status", status_code=500, tries=3, response="no " * 200
        )
    Webhook.objects.filter(pk=hook.pk).update(failures=3)
    page = enter("admin", path=path_of(office), color_scheme=scheme, viewport=viewport, locale=locale)
    for place in (path_of(office), f"{path_of(office)}webhooks/{hook.pk}/"):
        page.goto(place)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert not is_wider_than_its_window(page)

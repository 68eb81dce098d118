"""The closed loop through the dashboard: conversations → run → report → gate → deployed → the widget's answer → back.

All steps are the real ones, as processes, but the training itself, which needs the model environment and minutes; the
model server is a stand-in that takes adapters. The better version copies what the passages say, the worse says nothing.
"""

import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from pytest_django import Settings

from apps.conversations.models import Message
from apps.training import deploying, judging, running, tasks
from apps.training.models import Deployment, ModelVersion, TrainingRun
from apps.training.reading import end_of_log
from apps.training.testing import steps_stood_in
from model_training import recipes
from tests.browser.conftest import Widget
from tests.browser.stand_in_api import HostPage, serve
from tests.dashboard.browsing import PHONE, Enter, is_wider_than_its_window, until
from tests.dashboard.seeding import Desk
from tests.training.seeding import judged_version, open_shop
from tests.training.servers import ModelServer, model_server
from tests.training.test_runs import SHAPE

pytest_plugins = ["tests.services", "tests.dashboard.browsing"]
pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

# The stand-in copies or says nothing and knows no middle: only what the model itself wrote is weighed.
RECIPE = (
    "[evaluation]\ntwins = 0.0\nresamples = 200\nconfidence = 0.6\n"
    '[gate]\nmetric = "model_correctness"\nrows = 5\nguards = []\nstrict = []\n'
)
QUESTION = "Is the Plover jacket really rainproof?"
SLOW = 300_000  # milliseconds for the real steps on a busy machine


@pytest.fixture
def server(
    office: Desk, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ModelServer]:
    settings.TRAINING_DIR = tmp_path / "training"
    monkeypatch.setattr(recipes, "shape_of", lambda folder: SHAPE)
    monkeypatch.setattr(
        tasks.train, "apply_async", lambda args, **options: in_background(running.work_on, args[0])
    )
    monkeypatch.setattr(
        tasks.deploy, "apply_async", lambda args, **options: in_background(deploying.work_on, args[0])
    )
    with model_server() as server:
        settings.LLM_BASE_URL, settings.LLM_MODEL = server.url, "home"
        yield server


def in_background(work: Callable[[uuid.UUID], None], job_id: str) -> None:
    """As a trainer or a worker would, at once."""
    threading.Thread(target=work, args=[uuid.UUID(job_id)], daemon=True).start()


def at(office: Desk, path: str = "models/") -> str:
    return f"/dashboard/sites/{office.site.pk}/{path}"


def learn(page: Page, office: Desk) -> TrainingRun:
    """Starts a run as an operator does, and watches it to its end."""
    page.goto(at(office, "runs/new/"))
    expect(page.get_by_text("Conversations that may be learnt from")).to_be_visible()
    page.get_by_text("Change the recipe").click()
    page.get_by_label("Settings that differ from the profile").fill(RECIPE)
    page.get_by_role("button", name="Start the run").click()
    page.wait_for_url("**/runs/*/")
    number = uuid.UUID(page.url.rstrip("/").rpartition("/")[2])
    until(lambda: not TrainingRun.objects.get(pk=number).is_open, what="the run", seconds=SLOW / 1000)
    run = TrainingRun.objects.get(pk=number)
    assert run.state == "done", f"{run.step}: {run.reason}\n{end_of_log(run.folder)}"
    expect(page.locator(".page-top .pill")).to_contain_text("Done", timeout=20_000)
    return run


def deploy(page: Page, version: ModelVersion) -> None:
    page.get_by_role("link", name=version.name).first.click()
    page.get_by_role("button", name="Deploy", exact=True).click()
    page.wait_for_url("**/models/")
    expect(page.locator(".live-name")).to_contain_text(version.name, timeout=60_000)


@pytest.fixture
def customer(chromium: object, desk_server: str, office: Desk) -> Iterator[Callable[[], Widget]]:
    """A customer on the shop's page, each in a browser of their own."""
    host = HostPage()
    host.desk = desk_server
    contexts = []
    with serve(host) as port:
        office.site.origins = [f"http://127.0.0.1:{port}"]
        office.site.save()

        def visit() -> Widget:
            contexts.append(chromium.new_context(locale="en-GB", reduced_motion="reduce"))  # type: ignore[attr-defined]
            page = contexts[-1].new_page()
            page.goto(f"http://127.0.0.1:{port}/?site={office.site.key}")
            return Widget(page, []).open()

        yield visit
        for context in contexts:
            context.close()


def ask(widget: Widget) -> Message:
    """The settled answer's row."""
    before = widget.answers.count()
    widget.say(QUESTION)
    expect(widget.answers).to_have_count(before + 1, timeout=60_000)
    answers = Message.objects.filter(sender="assistant", in_reply_to__text=QUESTION)
    return answers.latest("created_at")


def test_the_loop_is_closed(
    enter: Enter, office: Desk, server: ModelServer, customer: Callable[[], Widget], tmp_path: Path
) -> None:
    open_shop(office.site, folder=tmp_path)
    better, worse = (judging.name_of(office.site, number=number) for number in (1, 2))
    server.modes |= {"home": "none", worse: "none"}
    page = enter("operator", path=at(office))
    page.get_by_role("link", name="Start a run").click()

    with steps_stood_in(only=("train",)):
        first = learn(page, office)
    expect(page.get_by_text("Passed the gate").first).to_be_visible()
    page.get_by_text("Read the answers side by side").click()
    expect(page.locator(".pair").first).to_be_visible()
    page.goto(at(office, f"runs/{first.pk}/"))
    deploy(page, first.version)
    answer = ask(customer())
    assert answer.trace["model"] == better
    page.goto(at(office, f"messages/{answer.pk}/trace/"))
    expect(page.get_by_role("link", name=better)).to_be_visible()

    with steps_stood_in(only=("train", "clean")):
        second = learn(page, office)
    expect(page.get_by_text("Refused by the gate").first).to_be_visible()
    expect(page.locator(".reasons")).to_contain_text("correctness")
    page.get_by_role("link", name=worse).first.click()
    page.get_by_role("button", name="Deploy", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("did not pass its gate")
    expect(page.get_by_role("alert")).to_contain_text("correctness")
    assert not Deployment.objects.filter(version=second.version).exists()

    page.goto(at(office))
    page.get_by_role("button", name="Roll back").click()
    page.get_by_role("dialog").get_by_role("button", name="Yes").click()
    expect(page.locator(".live-name")).to_contain_text("the base model", timeout=5_000)
    assert ask(customer()).trace["model"] == "home"


@pytest.mark.parametrize(
    ("locale", "scheme", "viewport"),
    [("zh-CN", "dark", {"width": 1280, "height": 800}), ("en-GB", "light", PHONE)],
    ids=["chinese-dark-desktop", "english-light-phone"],
)
def test_axe_finds_nothing_and_no_page_is_wider_than_its_window(
    enter: Enter, office: Desk, server: ModelServer, locale: str, scheme: str, viewport: dict[str, int]
) -> None:
    judged_version(office.site)
    refused = judged_version(office.site, number=2, passed=False)
    TrainingRun.objects.create(site=office.site, number=3, profile="home", state="proposed")
    page = enter("admin", path=at(office), locale=locale, color_scheme=scheme, viewport=viewport)
    places = [
        at(office),
        at(office, "runs/new/"),
        at(office, f"runs/{refused.run_id}/"),
        at(office, f"runs/{refused.run_id}/answers/"),
        at(office, f"models/{refused.pk}/"),
    ]
    for place in places:
        page.goto(place)
        results = Axe().run(page)
        assert results.violations_count == 0, f"{place}\n{results.generate_report()}"
        assert not is_wider_than_its_window(page), place

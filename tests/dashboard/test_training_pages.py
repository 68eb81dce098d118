"""The pages of models: what an operator sees and does, and what is refused with reasons."""

import re
import tarfile
import uuid
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from pytest_django import Settings

from apps.conversations.models import Contact, Site
from apps.training import tasks
from apps.training.models import AuditEntry, Deployment, Job, TrainingRun
from model_training import recipes
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk
from tests.training.seeding import helped, judged_version
from tests.training.test_runs import SHAPE

WHY = "The old one is broken for Chinese customers."


@pytest.fixture(autouse=True)
def alone(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.TRAINING_DIR = tmp_path / "training"
    settings.LLM_BASE_URL = "http://127.0.0.1:9/v1"
    monkeypatch.setattr(recipes, "shape_of", lambda folder: SHAPE)
    for task in (tasks.train, tasks.deploy):
        monkeypatch.setattr(task, "apply_async", lambda args, **options: None)


@pytest.fixture
def operator(desk: Desk, as_person: LogIn) -> Client:
    return as_person(desk.people["operator"])


def at(name: str, desk: Desk, **ids: object) -> str:
    return reverse(name, kwargs={"site_id": desk.site.pk, **ids})


def text_of(page: object) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))  # type: ignore[attr-defined]


def agreed(desk: Desk, count: int = 3) -> None:
    contact = Contact.objects.create(site=desk.site, may_train=True)
    for number in range(count):
        helped(desk.site, contact, [("contact", f"Question {number}?"), ("agent", "Yes.")])


# --- Seeing -------------------------------------------------------------------------------------------------------


def test_with_nothing_there_the_page_says_what_to_do(desk: Desk, operator: Client) -> None:
    page = text_of(operator.get(at("models", desk)))
    assert "No version yet." in page
    assert "the base model, as it came" in page
    assert "Roll back" not in page


@pytest.mark.parametrize("locale", ["en", "zh-hans"])
def test_every_page_opens_in_both_languages(desk: Desk, operator: Client, locale: str) -> None:
    version = judged_version(desk.site)
    other = judged_version(desk.site, number=2, passed=False)
    Deployment.objects.create(
        site=desk.site, version=version, state="done", stage="trial", share=20, finished_at=timezone.now()
    )
    TrainingRun.objects.create(site=desk.site, number=3, profile="home", state=Job.State.PROPOSED)
    AuditEntry.objects.create(site=desk.site, action="went_live", subject="x")
    run = {"run_id": version.run_id}
    places = [
        at("models", desk),
        at("new_run", desk),
        at("run", desk, **run),
        at("run_answers", desk, **run),
        at("version", desk, version_id=version.pk) + f"?with={other.pk}",
        at("version", desk, version_id=other.pk),
    ]
    for place in places:
        answer = operator.get(place, headers={"Accept-Language": locale})
        assert answer.status_code == 200, place
        chinese = len(re.findall("[一-鿿]", text_of(answer)))
        assert chinese > 60 if locale == "zh-hans" else chinese < 30, place


def test_a_run_shows_its_steps_its_curve_and_the_gates_reasons(desk: Desk, operator: Client) -> None:
    version = judged_version(desk.site, passed=False)
    answer = operator.get(at("run", desk, run_id=version.run_id))
    page = text_of(answer)
    assert "answer_correct fell from 0.80 to 0.40" in page
    assert "Refused by the gate" in page
    assert "Why conversations went exact duplicate 2" in page
    assert b'<polyline class="loss" points="' in answer.content
    assert b'<polyline class="heldout" points="' in answer.content


def test_a_run_under_way_asks_for_itself_again_and_a_finished_one_does_not(
    desk: Desk, operator: Client
) -> None:
    run = TrainingRun.objects.create(
        site=desk.site, number=1, profile="home", state=Job.State.RUNNING, step="train", done=3, total=9
    )
    address = at("run_live", desk, run_id=run.pk)
    assert address.encode() in operator.get(address).content
    assert b'max="9" value="3"' in operator.get(address).content
    TrainingRun.objects.update(state=Job.State.DONE)
    assert b"every 1s" not in operator.get(address).content


def test_files_that_are_no_json_or_of_another_shape_break_no_page(desk: Desk, operator: Client) -> None:
    version = judged_version(desk.site)
    folder = version.run.folder
    for name in ("report.json", "metrics.jsonl", "dataset/cleaned/report.json", "dataset/evaluation.jsonl"):
        (folder / name).write_text('[1, {"a"\n{"step": "x", "loss": null}\n"text"\n')
    (folder / "evaluation" / "champion.jsonl").write_bytes(b"\xff\xfe\n[]\n")
    for name in ("run", "run_live", "run_answers"):
        assert operator.get(at(name, desk, run_id=version.run_id)).status_code == 200


def test_a_report_may_do_nothing_in_our_origin(desk: Desk, operator: Client) -> None:
    version = judged_version(desk.site)
    answer = operator.get(at("run_report", desk, run_id=version.run_id, kind="cleaning"))
    policy = answer["Content-Security-Policy"]
    assert policy.startswith("sandbox;")
    assert "default-src 'none'" in policy
    assert "allow-" not in policy
    for kind in ("secret", "log"):
        assert operator.get(at("run_report", desk, run_id=version.run_id, kind=kind)).status_code == 404


def test_what_a_customer_wrote_is_text_on_our_pages(desk: Desk, operator: Client) -> None:
    version = judged_version(desk.site)
    row = '{"id":"q1","language":"en","question":"<script>alert(1)</script>","kind":"golden"}\n'
    (version.run.folder / "dataset" / "evaluation.jsonl").write_text(row)
    page = operator.get(at("run_answers", desk, run_id=version.run_id)).content
    assert b"<script>alert" not in page
    assert b"&lt;script&gt;alert" in page


def test_a_version_is_downloaded_as_it_was_judged_or_not_at_all(desk: Desk, operator: Client) -> None:
    version = judged_version(desk.site)
    address = at("download_version", desk, version_id=version.pk)
    content = b"".join(operator.get(address).streaming_content)  # type: ignore[attr-defined]
    with tarfile.open(fileobj=BytesIO(content)) as archive:
        assert f"{version.name}/adapter_model.safetensors" in archive.getnames()
    (version.folder / "adapter_model.safetensors").write_bytes(b"other")
    assert operator.get(address).status_code == 404


# --- Doing ----------------------------------------------------------------------------------------------------------


def test_an_operator_starts_a_run_after_seeing_what_it_takes(desk: Desk, operator: Client) -> None:
    agreed(desk)
    page = text_of(operator.get(at("run_estimate", desk), {"profile": "home", "cap": "20"}))
    assert "Conversations that may be learnt from 3" in page
    answer = operator.post(at("start_run", desk), {"profile": "home", "cap": "2", "consent": "given"})
    run = TrainingRun.objects.get()
    assert answer["Location"] == at("run", desk, run_id=run.pk)
    assert (run.started_by, run.source["cap"], run.predicted["conversations"]) == (
        desk.people["operator"],
        2,
        2,
    )


def test_three_mistakes_are_named_at_once_and_what_was_typed_is_kept(desk: Desk, operator: Client) -> None:
    agreed(desk)
    overrides = '[lora]\nrank = -1\n[optim]\nepochs = "many"\n[data]\norder = "backwards"\n'
    answer = operator.post(at("start_run", desk), {"profile": "home", "overrides": overrides})
    assert answer.status_code == 422
    page = text_of(answer)
    assert all(word in page for word in ("lora.rank", "optim.epochs", "data.order", "rank = -1"))


@pytest.mark.parametrize(
    "given",
    [{"since": "tomorrow"}, {"cap": "many"}, {"cap": "0"}, {"consent": "stolen"}, {"profile": "none"}],
)
def test_what_cannot_be_taken_is_refused(desk: Desk, operator: Client, given: dict[str, str]) -> None:
    agreed(desk)
    assert operator.post(at("start_run", desk), {"profile": "home"} | given).status_code == 422
    assert operator.get(at("run_estimate", desk), {"profile": "home"} | given).status_code == 200


def test_with_nothing_to_learn_from_the_form_says_so(desk: Desk, operator: Client) -> None:
    agreed(desk)
    later = (timezone.localdate() + timedelta(days=2)).isoformat()
    answer = operator.post(at("start_run", desk), {"profile": "home", "since": later})
    assert answer.status_code == 409
    assert "No resolved conversation may be learnt from yet" in text_of(answer)


def test_a_refused_version_answers_409_with_reasons(desk: Desk, operator: Client) -> None:
    version = judged_version(desk.site, passed=False)
    address = at("deploy", desk, version_id=version.pk)
    answer = operator.post(address, headers={"Accept": "application/json"})
    assert answer.status_code == 409
    error = answer.json()["error"]
    assert (error["code"], error["reasons"]) == (
        "gate_not_passed",
        ["answer_correct fell from 0.80 to 0.40 (margin 0.02)."],
    )
    page = operator.post(address)
    assert page.status_code == 409
    assert "answer_correct fell" in text_of(page)
    assert not Deployment.objects.exists()


def test_only_an_admin_is_asked_for_a_reason_and_may_override(
    desk: Desk, operator: Client, as_person: LogIn
) -> None:
    version = judged_version(desk.site, passed=False)
    address, page = at("deploy", desk, version_id=version.pk), at("version", desk, version_id=version.pk)
    assert b"override_reason" not in operator.get(page).content
    assert operator.post(address, {"override_reason": WHY}).status_code == 403
    admin = as_person(desk.people["admin"])
    assert b"override_reason" in admin.get(page).content
    assert admin.post(address, {"override_reason": WHY}).status_code == 302
    assert WHY in text_of(operator.get(at("models", desk)))


def test_a_second_deployment_answers_409(desk: Desk, operator: Client) -> None:
    first, second = judged_version(desk.site), judged_version(desk.site, number=2)
    asked = {"Accept": "application/json"}
    assert operator.post(at("deploy", desk, version_id=first.pk), headers=asked).status_code == 202
    answer = operator.post(at("deploy", desk, version_id=second.pk), headers=asked)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "deployment_under_way")


@pytest.mark.parametrize("share", ["0", "101", "half", "٣"])
def test_a_share_that_is_none_is_refused(desk: Desk, operator: Client, share: str) -> None:
    version = judged_version(desk.site)
    status = operator.post(at("deploy", desk, version_id=version.pk), {"share": share}).status_code
    assert status == 422 or share == "٣"


def test_a_rollback_is_one_click_and_says_when_there_is_nothing(desk: Desk, operator: Client) -> None:
    version = judged_version(desk.site)
    Deployment.objects.create(site=desk.site, version=version, state="done", stage="live")
    Site.objects.filter(pk=desk.site.pk).update(live_model=version.name)
    assert "Roll back" in text_of(operator.get(at("models", desk)))
    assert operator.post(at("rollback", desk)).status_code == 302
    assert Site.objects.get(pk=desk.site.pk).live_model == ""
    answer = operator.post(at("rollback", desk), headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "nothing_before")


def test_a_proposal_is_shown_and_dismissed(desk: Desk, operator: Client) -> None:
    run = TrainingRun.objects.create(
        site=desk.site, number=1, profile="home", state=Job.State.PROPOSED, predicted={"conversations": 240}
    )
    assert "240 new conversations may be learnt from" in text_of(operator.get(at("models", desk)))
    operator.post(at("cancel_run", desk, run_id=run.pk))
    run.refresh_from_db()
    assert run.state == Job.State.CANCELLED
    assert "240 new conversations" not in text_of(operator.get(at("models", desk)))


def test_a_proposal_of_another_site_cannot_be_taken(desk: Desk, operator: Client) -> None:
    agreed(desk)
    theirs = TrainingRun.objects.create(
        site=desk.other_site, number=1, profile="home", state=Job.State.PROPOSED
    )
    for proposal in (str(theirs.pk), str(uuid.uuid4()), "garbage"):
        given = {"profile": "home", "proposal": proposal}
        assert operator.post(at("start_run", desk), given).status_code == 404


def test_a_cancelled_run_can_go_on(desk: Desk, operator: Client) -> None:
    agreed(desk)
    operator.post(at("start_run", desk), {"profile": "home"})
    run = TrainingRun.objects.get()
    operator.post(at("cancel_run", desk, run_id=run.pk))
    assert "Go on" in text_of(operator.get(at("run", desk, run_id=run.pk)))
    operator.post(at("retry_run", desk, run_id=run.pk))
    run.refresh_from_db()
    assert run.state == Job.State.PENDING


def test_reasons_are_told_in_the_readers_language(desk: Desk, operator: Client) -> None:
    run = TrainingRun.objects.create(
        site=desk.site,
        number=1,
        profile="home",
        state="failed",
        reason_code="killed",
        reason="The step was ended.",
    )
    answer = operator.get(at("run", desk, run_id=run.pk), headers={"Accept-Language": "zh-hans"})
    with override("zh-hans"):
        assert "The step was ended." not in text_of(answer)


def test_the_trace_of_an_answer_links_to_the_version_that_wrote_it(desk: Desk, operator: Client) -> None:
    version = judged_version(desk.site)
    answer = desk.answer
    answer.trace = {**answer.trace, "model": version.name}
    answer.save()
    page = operator.get(at("trace", desk, message_id=answer.pk)).content.decode()
    assert at("version", desk, version_id=version.pk) in page

"""A version comes to customers only through its gate, and whatever goes wrong leaves what is live live."""

import shutil
import time
import uuid
from pathlib import Path

import pytest
from django.db import IntegrityError
from pytest_django import Settings

from apps.audit.models import Entry
from apps.conversations.models import Member, Message, Site
from apps.training import deploying, guarding, queries, services, serving
from apps.training.errors import BadRequest, CannotDeploy, NotYours
from apps.training.models import AuditEntry, Deployment, Evaluation, Job, ModelVersion
from model_training.artifacts import DONE, MANIFEST, publish, sha256_of
from tests.training.conftest import member
from tests.training.seeding import Cast, helped, judged_version
from tests.training.servers import ModelServer

pytestmark = pytest.mark.django_db(transaction=True)
Action = AuditEntry.Action


def version(cast: Cast, *, number: int = 1, passed: bool = True) -> ModelVersion:
    return judged_version(cast.site, number=number, passed=passed)


def by(cast: Cast, role: str = "operator") -> Member:
    return member(cast.site, cast.people[role])


def put_live(cast: Cast, wanted: ModelVersion, **options: object) -> Deployment:
    wanted.site.refresh_from_db()
    deployment = services.deploy(wanted, by=by(cast), **options)  # type: ignore[arg-type]
    deploying.work_on(deployment.pk)
    deployment.refresh_from_db()
    return deployment


def live(cast: Cast) -> str:
    return Site.objects.get(pk=cast.site.pk).live_model


def actions(cast: Cast) -> list[str]:
    return [entry.action for entry in queries.audit_of(cast.site)]


# --- Through the gate ------------------------------------------------------------------------------------------------


def test_a_version_that_passed_goes_live(cast: Cast, server: ModelServer, rung: list[uuid.UUID]) -> None:
    cast.site.suggestions = {"en": ["How long can I return things?"]}
    cast.site.save()
    deployment = put_live(cast, version(cast))
    assert (deployment.state, deployment.stage) == (Job.State.DONE, Deployment.Stage.LIVE), deployment.reason
    assert live(cast) == "lantern-v1"
    assert "lantern-v1" in server.adapters
    assert server.asked.count("lantern-v1") >= 1
    assert rung == [deployment.pk]
    assert actions(cast) == [Action.WENT_LIVE, Action.DEPLOY_ASKED]


def test_one_that_did_not_pass_is_refused_with_reasons(cast: Cast, server: ModelServer) -> None:
    with pytest.raises(CannotDeploy) as refusal:
        services.deploy(version(cast, passed=False), by=by(cast))
    assert refusal.value.status == 409
    assert refusal.value.reasons == ["answer_correct fell from 0.80 to 0.40 (margin 0.02)."]
    assert not Deployment.objects.exists()


def test_one_that_was_never_judged_is_refused(cast: Cast, server: ModelServer) -> None:
    unjudged = version(cast)
    Evaluation.objects.all().delete()
    with pytest.raises(CannotDeploy):
        services.deploy(unjudged, by=by(cast))


def test_an_override_takes_an_admin_and_a_reason_and_is_written_down(cast: Cast, server: ModelServer) -> None:
    refused = version(cast, passed=False)
    why = "The old one is broken for Chinese customers."
    with pytest.raises(NotYours):
        services.deploy(refused, by=by(cast), override_reason=why)
    with pytest.raises(BadRequest):
        services.deploy(refused, by=by(cast, "admin"), override_reason="ok")
    with pytest.raises(CannotDeploy):
        services.deploy(refused, by=by(cast, "admin"), override_reason="   ")
    services.deploy(refused, by=by(cast, "admin"), override_reason=why)
    entry = AuditEntry.objects.get(action=Action.GATE_OVERRIDDEN)
    assert (entry.reason, entry.by) == (why, cast.people["admin"])
    logged = Entry.objects.get(site_id=cast.site.pk, kind=Action.GATE_OVERRIDDEN)
    assert (logged.detail, logged.by_id, logged.subject) == (why, cast.people["admin"].pk, refused.name)


# --- What can go wrong ----------------------------------------------------------------------------------------------


def test_a_second_deployment_is_refused_while_one_is_under_way(cast: Cast, server: ModelServer) -> None:
    services.deploy(version(cast), by=by(cast))
    with pytest.raises(CannotDeploy, match="under way"):
        services.deploy(version(cast, number=2), by=by(cast))


def test_the_database_itself_keeps_it_to_one(cast: Cast) -> None:
    Deployment.objects.create(site=cast.site)
    with pytest.raises(IntegrityError):
        Deployment.objects.create(site=cast.site)


def test_with_the_server_down_what_is_live_stays_live(
    cast: Cast, server: ModelServer, settings: Settings
) -> None:
    put_live(cast, version(cast))
    settings.LLM_BASE_URL = "http://127.0.0.1:9/v1"
    failed = put_live(cast, version(cast, number=2))
    assert (failed.state, failed.reason_code) == (Job.State.FAILED, "model_server_down")
    assert live(cast) == "lantern-v1"
    assert actions(cast)[0] == Action.DEPLOY_FAILED


def test_a_server_that_dies_in_the_middle_leaves_what_is_live(cast: Cast, server: ModelServer) -> None:
    put_live(cast, version(cast))
    server.on_load = lambda: server.modes.update({"lantern-v2": "error"})
    failed = put_live(cast, version(cast, number=2))
    assert (failed.state, failed.reason_code) == (Job.State.FAILED, "smoke_failed")
    assert live(cast) == "lantern-v1"
    assert "lantern-v2" not in server.adapters


def test_a_server_that_goes_away_after_loading_leaves_what_is_live(
    cast: Cast, server: ModelServer, settings: Settings
) -> None:
    put_live(cast, version(cast))
    server.on_load = lambda: setattr(settings, "LLM_BASE_URL", "http://127.0.0.1:9/v1")
    failed = put_live(cast, version(cast, number=2))
    assert (failed.state, failed.reason_code) == (Job.State.FAILED, "model_server_down")
    assert live(cast) == "lantern-v1"
    settings.LLM_BASE_URL, server.on_load = server.url, None  # it is back
    assert put_live(cast, failed.version or version(cast)).state == Job.State.DONE


def test_what_the_server_refuses_to_load_is_told_in_its_words(cast: Cast, server: ModelServer) -> None:
    server.refuses = True
    failed = put_live(cast, version(cast))
    assert (failed.reason_code, live(cast)) == ("not_loaded", "")
    assert "bad rank" in failed.reason


@pytest.mark.parametrize("spoil", ["tampered", "truncated", "added", "manifest", "gone"])
def test_files_that_are_not_what_was_judged_are_never_named_to_the_server(
    cast: Cast, server: ModelServer, spoil: str
) -> None:
    wanted = version(cast)
    weights = wanted.folder / "adapter_model.safetensors"
    match spoil:
        case "tampered":
            weights.write_bytes(b"\x00" * weights.stat().st_size)
        case "truncated":
            weights.write_bytes(weights.read_bytes()[:-1])
        case "added":
            (wanted.folder / "training_args.bin").write_bytes(b"pickle")
        case "manifest":
            (wanted.folder / MANIFEST).write_text('{"origin": {}, "files": {}}')
        case "gone":
            shutil.rmtree(wanted.folder)
    failed = put_live(cast, wanted)
    assert (failed.state, failed.reason_code) == (Job.State.FAILED, "adapter_refused")
    assert server.adapters == {}


def test_a_worker_that_died_leaves_a_deployment_that_goes_on(cast: Cast, server: ModelServer) -> None:
    deployment = services.deploy(version(cast), by=by(cast))
    claimed = deploying.leasing.claim(Deployment, deployment.pk)
    assert claimed is not None
    deployment.refresh_from_db()
    deploying.work_on(deployment.pk)  # a second bell does nothing while the first worker has it
    assert live(cast) == ""


# --- Back ------------------------------------------------------------------------------------------------------------


def test_rollback_brings_back_what_was_live_before_step_by_step(cast: Cast, server: ModelServer) -> None:
    put_live(cast, version(cast))
    put_live(cast, version(cast, number=2))
    started = time.monotonic()
    done = services.rollback(cast.site, by=cast.people["operator"])
    assert time.monotonic() - started < 5
    assert (done.state, done.stage, live(cast)) == (Job.State.DONE, Deployment.Stage.LIVE, "lantern-v1")
    services.rollback(cast.site, by=None)
    assert live(cast) == ""
    with pytest.raises(CannotDeploy):
        services.rollback(cast.site, by=None)
    assert actions(cast)[0] == Action.ROLLED_BACK


def test_rollback_loads_what_a_restarted_server_has_forgotten(cast: Cast, server: ModelServer) -> None:
    put_live(cast, version(cast))
    put_live(cast, version(cast, number=2))
    server.adapters.clear()
    services.rollback(cast.site, by=None)
    assert "lantern-v1" in server.adapters


def test_rollback_works_with_the_server_down_and_ends_a_deployment_under_way(
    cast: Cast, server: ModelServer, settings: Settings
) -> None:
    put_live(cast, version(cast))
    waiting = services.deploy(version(cast, number=2), by=by(cast))
    settings.LLM_BASE_URL = "http://127.0.0.1:9/v1"
    services.rollback(cast.site, by=None)
    assert live(cast) == ""
    waiting.refresh_from_db()
    assert waiting.state == Job.State.CANCELLED


def test_a_restarted_server_gets_back_exactly_what_is_live(cast: Cast, server: ModelServer) -> None:
    put_live(cast, version(cast))
    version(cast, number=2)
    server.restart()
    assert serving.served_names() == {"home"}
    assert serving.keep_loaded() == ["lantern-v1"]
    assert serving.served_names() == {"home", "lantern-v1"}
    assert serving.keep_loaded() == []


def test_what_was_spoilt_meanwhile_is_not_brought_back(cast: Cast, server: ModelServer) -> None:
    wanted = version(cast)
    put_live(cast, wanted)
    (wanted.folder / "adapter_model.safetensors").write_bytes(b"x" * 32)
    server.adapters.clear()
    assert serving.keep_loaded() == []


# --- On trial -----------------------------------------------------------------------------------------------------------


def trial(cast: Cast, share: int = 20) -> Deployment:
    return put_live(cast, version(cast), share=share)


def test_a_trial_answers_a_share_and_what_is_live_the_rest(cast: Cast, server: ModelServer) -> None:
    deployment = trial(cast)
    site = Site.objects.get(pk=cast.site.pk)
    assert (deployment.stage, site.trial_model, site.trial_share) == (
        Deployment.Stage.TRIAL,
        "lantern-v1",
        20,
    )
    assert site.live_model == ""
    services.stop_trial(deployment, by=cast.people["operator"])
    assert Site.objects.get(pk=cast.site.pk).trial_model == ""
    with pytest.raises(CannotDeploy):
        services.stop_trial(deployment, by=cast.people["operator"])


def test_after_a_trial_it_goes_live_for_everybody(cast: Cast, server: ModelServer) -> None:
    deployment = trial(cast)
    assert deployment.version is not None
    put_live(cast, deployment.version)
    site = Site.objects.get(pk=cast.site.pk)
    assert (site.live_model, site.trial_model) == ("lantern-v1", "")
    deployment.refresh_from_db()
    assert deployment.stage == Deployment.Stage.REPLACED


@pytest.mark.parametrize("share", [0, 101, -5])
def test_a_share_is_a_share(cast: Cast, server: ModelServer, share: int) -> None:
    with pytest.raises(BadRequest):
        services.deploy(version(cast), by=by(cast), share=share)


def answered(cast: Cast, *, model: str, bad: int, good: int, since: Deployment) -> None:
    contact = cast.conversations["rated"].contact
    conversation = helped(cast.site, contact, [("assistant", "…")] * (bad + good))
    for number, message in enumerate(conversation.messages.all()):
        message.trace, message.settled_at = {"model": model}, since.finished_at
        message.decision, message.reason = "answer", "quoted_unsupported" if number < bad else "supported"
        message.save()


def test_a_trial_whose_answers_are_worse_ends_by_itself(cast: Cast, server: ModelServer) -> None:
    deployment = trial(cast)
    answered(cast, model="home", bad=3, good=37, since=deployment)
    answered(cast, model="lantern-v1", bad=12, good=18, since=deployment)
    assert [one.pk for one in guarding.stop_bad_trials()] == [deployment.pk]
    site = Site.objects.get(pk=cast.site.pk)
    assert (site.trial_model, site.live_model) == ("", "")
    entry = AuditEntry.objects.get(action=Action.TRIAL_STOPPED)
    assert entry.by is None
    assert "unsupported: 40% of 30" in entry.reason


@pytest.mark.parametrize(("bad", "good"), [(2, 28), (9, 6)], ids=["no worse", "too few to tell"])
def test_one_that_is_no_worse_or_hardly_seen_goes_on(
    cast: Cast, server: ModelServer, bad: int, good: int
) -> None:
    deployment = trial(cast)
    answered(cast, model="home", bad=3, good=37, since=deployment)
    answered(cast, model="lantern-v1", bad=bad, good=good, since=deployment)
    assert guarding.stop_bad_trials() == []
    assert Message.objects.filter(trace__model="lantern-v1").count() == bad + good


def test_an_adapter_for_another_base_is_refused(
    cast: Cast, server: ModelServer, settings: Settings, tmp_path: Path
) -> None:
    base = tmp_path / "models" / "home"
    base.mkdir(parents=True)
    (base / "config.json").write_text('{"hidden_size": 8}')
    settings.BASE_DIR = tmp_path
    wanted = judged_version(cast.site)
    publish(
        _copied(wanted, tmp_path / "copy"), target=wanted.folder, origin={"base_config_sha256": "ab" * 32}
    )
    wanted.manifest_sha256 = sha256_of(wanted.folder / MANIFEST)
    wanted.save()
    failed = put_live(cast, wanted)
    assert failed.reason_code == "adapter_refused"
    assert "another base" in failed.reason


def _copied(version: ModelVersion, draft: Path) -> Path:
    draft.mkdir()
    for path in version.folder.iterdir():
        if path.name not in (MANIFEST, DONE):
            shutil.copy(path, draft)
    return draft

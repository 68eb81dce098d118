"""A run goes through its steps, survives killed trainers, ends when it is told to, and says why when it fails."""

import os
import re
import signal
import threading
import time
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from apps.conversations.models import Site
from apps.training import judging, proposing, queries, running, services, sweeping
from apps.training.errors import BadRequest, CannotStart
from apps.training.models import AuditEntry, Evaluation, Job, ModelVersion, TrainingRun
from apps.training.reading import end_of_log
from apps.training.snapshotting import Source
from apps.training.testing import steps_stood_in
from model_training import recipes
from model_training.recipes import BaseShape
from tests.services import wait_for
from tests.training.seeding import Cast, judged_version
from tests.training.servers import ModelServer

SHAPE = BaseShape(
    architecture="Qwen2ForCausalLM",
    weights={"w": (8, 8)},
    hidden=8,
    layers=1,
    vocabulary=64,
    experts_at_work=1.0,
)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def base_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The home model's folder is a gigabyte that these tests do without."""
    monkeypatch.setattr(recipes, "shape_of", lambda folder: SHAPE)


def start(cast: Cast, **changes: str) -> TrainingRun:
    return services.start_run(
        cast.site, profile="home", source=Source(), by=cast.people["operator"], **changes
    )


def now(run: TrainingRun) -> TrainingRun:
    return TrainingRun.objects.get(pk=run.pk)


# --- Starting ----------------------------------------------------------------------------------------------------


def test_a_run_is_a_row_and_a_bell(cast: Cast, rung: list[uuid.UUID]) -> None:
    run = start(cast)
    assert (run.state, run.number, rung) == (Job.State.PENDING, 1, [run.pk])
    assert run.predicted["memory_mb"] > 0
    assert AuditEntry.objects.get().by == cast.people["operator"]


def test_all_faults_of_a_recipe_are_told_at_once(cast: Cast) -> None:
    overrides = '[lora]\nrank = -1\n[optim]\nepochs = "many"\n[data]\norder = "backwards"\n'
    with pytest.raises(BadRequest) as refusal:
        start(cast, overrides=overrides)
    said = "; ".join(refusal.value.reasons)
    assert all(word in said for word in ("rank", "epochs", "order"))
    assert not TrainingRun.objects.exists()


@pytest.mark.parametrize("overrides", ["rank = [", '[run]\nbase = "/etc"\n'])
def test_a_recipe_that_is_none_or_names_a_base_of_its_own_is_refused(cast: Cast, overrides: str) -> None:
    with pytest.raises(BadRequest):
        start(cast, overrides=overrides)


def test_with_nothing_to_learn_from_there_is_no_run(cast: Cast) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    with pytest.raises(CannotStart, match="conversation"):
        services.start_run(cast.site, profile="home", source=Source(since=tomorrow), by=None)


def test_one_run_at_a_time(cast: Cast) -> None:
    start(cast)
    with pytest.raises(CannotStart, match="under way"):
        start(cast)


def test_an_unknown_profile_is_refused(cast: Cast) -> None:
    with pytest.raises(BadRequest):
        services.start_run(cast.site, profile="../../etc/passwd", source=Source(), by=None)


# --- Going on ----------------------------------------------------------------------------------------------------


def test_a_run_ends_with_a_version_and_a_judgement(cast: Cast, server: ModelServer) -> None:
    run = start(cast)
    with steps_stood_in():
        running.work_on(run.pk)
    run = now(run)
    assert run.state == Job.State.DONE, (run.reason, end_of_log(run.folder))
    assert list(run.steps) == list(running.STEPS)
    assert run.dataset is not None
    assert run.dataset.rows == 3
    assert Evaluation.objects.get(run=run).passed
    version = ModelVersion.objects.get(run=run)
    assert version.name.startswith("lantern-loom-")
    assert version.name not in server.adapters  # not before somebody deploys it


def test_a_curriculum_measures_how_hard_rows_are_where_its_base_is_there(cast: Cast, tmp_path: Path) -> None:
    run, base = start(cast, overrides='[data]\norder = "curriculum"\n'), tmp_path / "base"
    run.config = re.sub('base = ".*"', f'base = "{base}"', run.config)
    assert "--base" not in running.command(running.STEPS["clean"], run)
    base.mkdir()
    (base / "config.json").write_text("{}")
    assert running.command(running.STEPS["clean"], run)[-2:] == ["--base", str(base)]
    run.config = run.config.replace("curriculum", "length")
    assert "--base" not in running.command(running.STEPS["clean"], run)


def test_a_gate_that_says_no_is_no_failure(cast: Cast, server: ModelServer) -> None:
    run = start(cast)
    with steps_stood_in(gate={"passed": False}):
        running.work_on(run.pk)
    assert now(run).state == Job.State.DONE
    assert queries.reasons_of(Evaluation.objects.get(run=run)) == [
        "answer_correct fell from 0.80 to 0.40 (margin 0.02)."
    ]


def test_what_is_finished_is_not_done_again(cast: Cast, server: ModelServer) -> None:
    run = start(cast)
    with steps_stood_in(train={"sentence": "Memory ran out."}) as orders:
        running.work_on(run.pk)
        failed = now(run)
        assert (failed.state, failed.reason, failed.reason_code) == (
            "failed",
            "Memory ran out.",
            "out_of_memory",
        )
        before = (run.folder / "dataset" / "snapshot.jsonl").stat().st_mtime_ns
        orders["train"] = {}
        services.retry_run(failed, by=cast.people["operator"])
        running.work_on(run.pk)
    assert now(run).state == Job.State.DONE
    assert (run.folder / "dataset" / "snapshot.jsonl").stat().st_mtime_ns == before


def test_a_step_that_breaks_ends_with_its_last_sentence(cast: Cast) -> None:
    run = start(cast)
    with steps_stood_in(clean={"code": 1, "says": "clean: all conversations are the same."}):
        running.work_on(run.pk)
    assert (now(run).state, now(run).reason) == ("failed", "clean: all conversations are the same.")


def test_conversations_of_one_contact_end_the_run_in_a_sentence(cast: Cast) -> None:
    run = start(cast)
    with steps_stood_in(only=("split", "train", "evaluate", "gate")):
        running.work_on(run.pk)
    assert (now(run).state, now(run).step, now(run).reason_code) == ("failed", "clean", "refused")
    assert "come from one contact" in now(run).reason


def test_a_killed_step_is_tried_three_times(cast: Cast) -> None:
    run = start(cast)
    with steps_stood_in(clean={"code": 137}):
        for _ in range(3):
            TrainingRun.objects.filter(pk=run.pk).update(not_before=None)
            running.work_on(run.pk)
    assert (now(run).state, now(run).tries, now(run).reason_code) == ("failed", 3, "killed")


def test_with_the_model_server_down_the_run_waits_and_keeps_what_it_has(
    cast: Cast, settings: Settings
) -> None:
    settings.LLM_BASE_URL = "http://127.0.0.1:9/v1"
    run = start(cast)
    with steps_stood_in():
        running.work_on(run.pk)
    waiting = now(run)
    assert (waiting.state, waiting.reason_code) == (Job.State.PENDING, "model_server_down")
    assert "train" in waiting.steps


def in_background(run: TrainingRun) -> threading.Thread:
    thread = threading.Thread(target=running.work_on, args=[run.pk], daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("deaf", [False, True])
def test_cancelling_ends_the_process_within_ten_seconds(cast: Cast, deaf: bool) -> None:
    run = start(cast)
    with steps_stood_in(clean={"seconds": 120, "deaf": deaf}):
        thread = in_background(run)
        wait_for(lambda: now(run).sentence == "Half of it", what="the step", seconds=60)
        number = int((run.folder / running.PROCESS).read_text())
        services.cancel_run(now(run), by=cast.people["operator"])
        asked = time.monotonic()
        thread.join(timeout=60)
        took = time.monotonic() - asked
    assert not thread.is_alive()
    assert not Path(f"/proc/{number}").exists()
    assert took < 10 + 5, "ten seconds, and five for a busy machine"
    assert now(run).state == Job.State.CANCELLED


def test_a_killed_trainers_run_goes_on_where_it_stood(cast: Cast, server: ModelServer) -> None:
    """The lease runs out, the sweeper puts it back, and the next attempt ends what the first left behind."""
    run = start(cast)
    with steps_stood_in(train={"seconds": 120}) as orders:
        claimed = running.leasing.claim(TrainingRun, run.pk)
        assert claimed is not None
        TrainingRun.objects.filter(pk=run.pk).update(
            steps={}, lease_until=timezone.now() - timedelta(seconds=1)
        )
        sweeping.release_lost()
        thread = in_background(run)
        wait_for(lambda: now(run).step == "train" and now(run).done == 1, what="the training", seconds=60)
        left = int((run.folder / running.PROCESS).read_text())
        # The trainer is gone without a word: its lease runs out while the process trains on.
        TrainingRun.objects.filter(pk=run.pk).update(
            state=Job.State.PENDING, attempt=10, lease_until=None, delivered_at=None
        )
        orders["train"] = {}
        running.end_leftover(run.folder)
        thread.join(timeout=30)
        running.work_on(run.pk)
    assert now(run).state == Job.State.DONE
    assert not Path(f"/proc/{left}").exists() or Path(f"/proc/{left}/stat").read_text().split()[2] == "Z"
    assert now(run).attempt == 11


def test_after_three_lost_trainers_the_run_has_failed(cast: Cast) -> None:
    run = start(cast)
    for _ in range(3):
        running.leasing.claim(TrainingRun, run.pk)
        TrainingRun.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        sweeping.release_lost()
    assert (now(run).state, now(run).reason_code) == ("failed", "worker_lost")


def test_a_lost_bell_is_rung_again(cast: Cast) -> None:
    run = start(cast)
    TrainingRun.objects.filter(pk=run.pk).update(
        delivered_at=None, created_at=timezone.now() - timedelta(minutes=2)
    )
    assert sweeping.due(TrainingRun) == [run.pk]


def test_a_strangers_process_of_the_same_number_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / running.PROCESS).write_text(f"{os.getpid()}\n")
    running.end_leftover(tmp_path)
    os.kill(os.getpid(), signal.SIG_DFL)
    assert not (tmp_path / running.PROCESS).exists()


def test_secrets_do_not_reach_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "quiet")
    monkeypatch.setenv("DATABASE_URL", "postgres://u:quiet@db/x")
    assert "quiet" not in str(running._environment())


# --- Proposals -----------------------------------------------------------------------------------------------------


def test_a_run_is_proposed_when_enough_has_come_and_only_once(cast: Cast, settings: Settings) -> None:
    settings.PROPOSE_RUN_AFTER = 4
    assert proposing.propose_run(cast.site) is None
    settings.PROPOSE_RUN_AFTER = 3
    run = proposing.propose_run(cast.site)
    assert run is not None
    assert run.state == Job.State.PROPOSED
    assert proposing.propose_run(cast.site) is None
    assert sweeping.due(TrainingRun) == []


def test_a_proposal_is_started_or_dismissed_by_a_person(
    cast: Cast, settings: Settings, rung: list[uuid.UUID]
) -> None:
    settings.PROPOSE_RUN_AFTER = 1
    run = proposing.propose_run(cast.site)
    started = services.start_run(
        cast.site, profile="home", source=Source(), by=cast.people["operator"], proposal=run
    )
    assert (started.pk, started.number, started.state) == (run and run.pk, 1, Job.State.PENDING)
    services.cancel_run(now(started), by=cast.people["operator"])
    with pytest.raises(CannotStart):
        services.cancel_run(now(started), by=cast.people["operator"])


def test_an_evaluation_is_told_the_files_of_a_champion_that_was_trained_here(cast: Cast) -> None:
    champion, challenger = judged_version(cast.site), judged_version(cast.site, number=2, name="lantern-v2")
    assert "--champion-adapter" not in judging.arguments(challenger.run)  # the base answers
    Site.objects.filter(pk=cast.site.pk).update(live_model=champion.name)
    told = judging.arguments(challenger.run)
    assert told[told.index("--champion-adapter") + 1] == str(champion.folder)

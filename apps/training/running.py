"""The work on one run: step after step, each a process of its own on the run's folder.

A step that is finished is written on the run's row and never done again, so a trainer that was killed goes on where it
stood (inside `train`, from the last complete checkpoint). Processes are watched: a run that was cancelled finds a file
`CANCEL` in its folder, then a signal, and is over within ten seconds.
"""

import logging
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError

from apps.training import judging, leasing, snapshotting
from apps.training.leasing import Heartbeat, LeaseLost
from apps.training.models import Dataset, Job, TrainingRun
from apps.training.reading import read_object
from apps.training.sentences import in_english
from apps.training.serving import ServerDown
from model_training import TrainingError, recipes
from model_training.cleaning import difficulty
from model_training.failures import FAILURE
from model_training.progress import CANCEL

logger = logging.getLogger(__name__)

LOOK_EVERY = 0.5  # seconds between two looks at a process
PATIENCE = 4.0  # seconds that a process has to end by itself, and again after it was asked
REFUSED, USAGE, CANCELLED = 1, 2, 3  # exit codes of a step
PROCESS = "step.pid"
# A judgement needs some dozen questions: a small site holds out a larger share of its conversations.
HELD_OUT, SMALLEST_SHARE, LARGEST_SHARE = 60, 0.1, 0.4
MAY_PASS = ("unreachable", "not_answering", "killed")  # what another attempt may find otherwise


class StepFailed(Exception):
    """A step said no, or broke. `again`: another attempt may help."""

    def __init__(self, code: str, sentence: str, *, again: bool = False) -> None:
        super().__init__(sentence)
        self.code, self.sentence, self.again = code, sentence, again


@dataclass(frozen=True, slots=True)
class Step:
    """`work` is done in this process; without it `python -m model_training.MODULE ARGUMENTS` is."""

    name: str
    work: Callable[[TrainingRun], None] | None = None
    arguments: Callable[[TrainingRun], Sequence[str]] | None = None


# --- The steps ----------------------------------------------------------------------------------------------------


def snapshot(run: TrainingRun) -> None:
    source = snapshotting.Source.of(run.source)
    taken = snapshotting.write_snapshot(run.site, run.folder / "dataset" / "snapshot.jsonl", source=source)
    if not taken.rows:
        raise StepFailed("nothing_to_learn", in_english("nothing_to_learn"))
    dataset = Dataset.objects.create(
        site=run.site,
        sha256=taken.sha256,
        rows=taken.rows,
        contacts=taken.contacts,
        left_out=dict(taken.left_out),
    )
    leasing.write(run, dataset=dataset)
    (run.folder / "config.toml").write_text(run.config, encoding="utf-8")


def _clean(run: TrainingRun) -> Sequence[str]:
    dataset = run.folder / "dataset"
    files = [str(dataset / "snapshot.jsonl"), str(dataset / "cleaned"), "--run", str(run.folder)]
    return [*files, *_measuring(recipes.parse(run.config))]


def _measuring(recipe: recipes.Recipe) -> Sequence[str]:
    """Only a curriculum needs to know how hard each row is for its base: on a CPU reading them all takes long."""
    base = Path(recipe.run.base)
    wanted = recipe.data.order == "curriculum" and difficulty.is_there(base)
    return ["--base", str(base)] if wanted else []


def _split(run: TrainingRun) -> Sequence[str]:
    dataset = run.folder / "dataset"
    share = min(LARGEST_SHARE, max(SMALLEST_SHARE, HELD_OUT / max(1, run.dataset.rows if run.dataset else 1)))
    return [
        str(dataset / "cleaned"),
        str(dataset / "snapshot.jsonl"),
        str(dataset),
        "--share",
        f"{share:.2f}",
    ]


def _only_folder(run: TrainingRun) -> Sequence[str]:
    return [str(run.folder)]


STEPS: Mapping[str, Step] = {
    step.name: step
    for step in (
        Step("snapshot", work=snapshot),
        Step("clean", arguments=_clean),
        Step("split", arguments=_split),
        Step("train", arguments=_only_folder),  # puts the conversations under the serving prompt first
        Step("load", work=judging.load_challenger),
        Step("evaluate", arguments=judging.arguments),
        Step("gate", arguments=_only_folder),
        Step("record", work=judging.record),
    )
}


def command(step: Step, run: TrainingRun) -> list[str]:
    assert step.arguments is not None, f"{step.name} is no process"  # noqa: S101
    return [sys.executable, "-m", f"model_training.{step.name}", *step.arguments(run)]


# --- One run -------------------------------------------------------------------------------------------------------


def work_on(run_id: uuid.UUID) -> None:
    """Does what is left of the run if it is due and nobody else has it, and writes down how it ended."""
    run = leasing.claim(TrainingRun, run_id)
    if run is None:
        logger.info("Run %s is not due, or somebody else's.", run_id)
        return
    try:
        with Heartbeat(run) as heartbeat:
            _go_through(run, heartbeat=heartbeat)
        leasing.close(run, state=Job.State.DONE, step="", sentence="")
    except LeaseLost:
        logger.info("Run %s was cancelled, or taken over by another worker.", run.pk)
    except StepFailed as error:
        logger.warning("Run %s: %s", run.pk, error)
        _end(run, error)
    except TrainingError as error:
        _end(run, StepFailed("refused", str(error)))
    except ServerDown as error:
        _end(run, StepFailed("model_server_down", str(error), again=True))
    except DatabaseError:
        raise  # nothing can be written down: the lease runs out, and the sweeper finds the run
    except OSError as error:
        _end(run, StepFailed("disk", f"{in_english('disk')} ({error.strerror})", again=True))
    except Exception:  # the edge of this worker: whatever it was, its owner gets a sentence
        logger.exception("Run %s failed.", run.pk)
        _end(run, StepFailed("unexpected", in_english("unexpected"), again=True))


def _go_through(run: TrainingRun, *, heartbeat: Heartbeat) -> None:
    run.folder.mkdir(parents=True, exist_ok=True)
    end_leftover(run.folder)
    (run.folder / CANCEL).unlink(missing_ok=True)
    for step in STEPS.values():
        if step.name not in run.steps:
            heartbeat.check()
            _do(step, run, heartbeat=heartbeat)


def _do(step: Step, run: TrainingRun, *, heartbeat: Heartbeat) -> None:
    started = time.monotonic()
    leasing.write(run, step=step.name, done=0, total=0, sentence="")
    note(run.folder, f"--- {step.name}")
    (run.folder / "progress.json").unlink(missing_ok=True)
    (run.folder / FAILURE).unlink(missing_ok=True)
    if step.work is not None:
        step.work(run)
    else:
        _run_step(step, run, heartbeat=heartbeat)
    # A process tells its last numbers as it ends: they are taken over with the step itself.
    seconds = round(time.monotonic() - started, 1)
    leasing.write(run, steps={**run.steps, step.name: {"seconds": seconds}})


def _run_step(step: Step, run: TrainingRun, *, heartbeat: Heartbeat) -> None:
    """A gate that says no has done its work."""
    judgement = run.folder / "gate.json"
    if step.name == "gate":
        judgement.unlink(missing_ok=True)
    try:
        run_process(command(step, run), run, heartbeat=heartbeat)
    except StepFailed:
        if step.name != "gate" or "passed" not in read_object(judgement):
            raise


def _end(run: TrainingRun, error: StepFailed) -> None:
    """Another attempt, or failed with its sentence."""
    note(run.folder, error.sentence)
    try:
        if error.again and run.tries < Job.MAX_TRIES:
            after = timedelta(seconds=10 * run.tries)
            leasing.give_back(run, after=after, reason_code=error.code, reason=error.sentence)
        else:
            leasing.close(run, state=Job.State.FAILED, reason_code=error.code, reason=error.sentence)
    except LeaseLost:
        logger.info("Run %s was ended by somebody else.", run.pk)


def note(folder: Path, line: str) -> None:
    """Into the log that a person reads."""
    try:
        with (folder / "log.txt").open("a", encoding="utf-8") as log:
            log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}\n")
    except OSError as error:
        logger.warning("The log of %s cannot be written: %s", folder, error)


# --- One process ------------------------------------------------------------------------------------------------------


def run_process(arguments: Sequence[str], run: TrainingRun, *, heartbeat: Heartbeat) -> None:
    """Raises StepFailed with the step's own sentence, or LeaseLost once its process is gone."""
    with (run.folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own modules, and ids of ours
            [*_dying_with_us(), *arguments],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            cwd=settings.BASE_DIR,
            env=_environment(),
            start_new_session=True,
        )
    (run.folder / PROCESS).write_text(f"{process.pid}\n")
    try:
        while process.poll() is None:
            time.sleep(LOOK_EVERY)
            _follow(run)
            heartbeat.check()
    finally:
        if process.poll() is None:
            _end_process(process, folder=run.folder)
        (run.folder / PROCESS).unlink(missing_ok=True)
    _follow(run)
    if process.returncode:
        raise _why_failed(run, code=process.returncode)


def _environment() -> dict[str, str]:
    """Secrets of the web application are nobody's business in a step, save the model server's key."""
    secret = ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "METRICS_TOKEN")
    kept = {name: value for name, value in os.environ.items() if name not in secret}
    return kept | {
        "LLM_API_KEY": settings.LLM_API_KEY,
        "PYTHONUNBUFFERED": "1",
    }


def _dying_with_us() -> list[str]:
    """So that a killed trainer leaves no process behind that trains on alone."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


def _follow(run: TrainingRun) -> None:
    """What the step tells of itself goes on the row."""
    told = read_object(run.folder / "progress.json")
    done, total = _count(told.get("done")), _count(told.get("total"))
    sentence = str(told.get("sentence") or "")[:300]
    if (done, total, sentence) != (run.done, run.total, run.sentence):
        leasing.write(run, done=done, total=total, sentence=sentence)


def _count(value: object) -> int:
    return min(max(int(value), 0), 2**31 - 1) if isinstance(value, int | float) else 0


def _end_process(process: "subprocess.Popen[bytes]", *, folder: Path) -> None:
    """Asked by file, then by signal, then ended. At most eight seconds."""
    (folder / CANCEL).write_text("")
    for number in (None, signal.SIGTERM, signal.SIGKILL):
        if number is not None:
            _signal_group(process.pid, number)
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            continue
        break
    _signal_group(process.pid, signal.SIGKILL)  # its children


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return


def end_leftover(folder: Path) -> None:
    """What an earlier attempt left running: two processes over one folder would spoil each other's work."""
    try:
        number = int((folder / PROCESS).read_text())
        command_line = Path(f"/proc/{number}/cmdline").read_bytes()
    except (OSError, ValueError):
        return
    if str(folder).encode() in command_line:  # the number may be a stranger's by now
        _signal_group(number, signal.SIGKILL)
    (folder / PROCESS).unlink(missing_ok=True)


def _why_failed(run: TrainingRun, *, code: int) -> Exception:
    failure = read_object(run.folder / FAILURE)
    if code == CANCELLED:
        return LeaseLost()
    if failure.get("sentence"):
        code_of, sentence = str(failure.get("code") or "refused")[:40], str(failure["sentence"])
        return StepFailed(code_of, sentence, again=code_of in MAY_PASS)
    if code < 0 or code in (128 + signal.SIGKILL, 128 + signal.SIGTERM):
        return StepFailed("killed", in_english("killed"), again=True)
    last = _last_line(run.folder)
    return StepFailed("refused" if code == REFUSED else "broken", last or in_english("broken"))


def _last_line(folder: Path) -> str:
    """What a step said last on its way out: one sentence, as the house's commands do."""
    lines = (folder / "log.txt").read_text(encoding="utf-8", errors="replace").splitlines()[-3:]
    said = [line.strip() for line in lines if line.strip() and not line.startswith(" ")]
    return said[-1][:500] if said else ""

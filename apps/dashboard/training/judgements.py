"""What a run did and how its model was judged, made readable: steps, curves, counts, figures, answers side by side.

Reads the run's folder through `apps.training.reading`: what is missing or of another shape is not shown.
"""

import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import FileResponse, Http404
from django.utils.translation import get_language

from apps.training import queries, running, serving
from apps.training.models import Evaluation, Job, ModelVersion, TrainingRun
from apps.training.reading import curve, end_of_log, last_metrics, read_lines, read_object
from apps.training.sentences import STEP_NAMES, sentence_of
from model_training import ArtifactRefused
from model_training.cleaning.reporting import REPORT_JSON, counts_in_words

WIDTH, HEIGHT, EDGE = 640, 200, 34  # of the curve, in its own units
A_PAGE = 20
LONGEST_CARD = 20_000


@dataclass(frozen=True)
class StepRow:
    name: str
    title: str
    state: str  # done, now, failed, waiting
    seconds: float | None


@dataclass(frozen=True)
class Curve:
    """Points in the units of the picture, ready for `<polyline>`."""

    train: str
    heldout: str
    highest: float
    lowest: float
    last_step: int


@dataclass(frozen=True)
class Pair:
    """A question, and what both said."""

    id: str
    question: str
    language: str
    kind: str
    expected: list[str]
    champion: Mapping[str, Any]
    challenger: Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """`low` and `high`: where the difference lies, with the evaluation's confidence."""

    name: str
    one: float | None
    other: float | None
    low: float | None = None
    high: float | None = None


def of_run(run: TrainingRun) -> dict[str, Any]:
    report = read_object(run.folder / "report.json")
    metrics = last_metrics(run.folder)
    evaluation = Evaluation.objects.filter(run=run).first()
    return {
        "run": run,
        "steps": steps_of(run),
        "sentence": sentence_of(run),
        "log": end_of_log(run.folder),
        "curve": curve_of(run),
        "metrics": metrics,
        "measured": report.get("measured") if isinstance(report.get("measured"), dict) else {},
        "cleaning": cleaning_of(run),
        "has_cleaning_report": (run.folder / "dataset" / "cleaned" / "report.html").is_file(),
        "has_training_report": (run.folder / "report.html").is_file(),
        "has_evaluation_report": (run.folder / "evaluation" / "report.html").is_file(),
        "has_answers": (run.folder / "evaluation" / "challenger.jsonl").is_file(),
        "evaluation": evaluation,
        "reasons": queries.reasons_of(evaluation) if evaluation else [],
        "figures": figures_of(evaluation),
        "version": ModelVersion.objects.filter(run=run).first(),
        "can_retry": run.state in (Job.State.FAILED, Job.State.CANCELLED) and run.reason_code != "dismissed",
    }


def steps_of(run: TrainingRun) -> list[StepRow]:
    rows = []
    for name in running.STEPS:
        finished = run.steps.get(name)
        state = "done" if finished is not None else "waiting"
        if finished is None and name == run.step:
            state = {"failed": "failed", "running": "now"}.get(run.state, "waiting")
        seconds = finished.get("seconds") if isinstance(finished, dict) else None
        rows.append(StepRow(name, str(STEP_NAMES[name]), state, seconds))
    return rows


def cleaning_of(run: TrainingRun) -> list[tuple[str, list[tuple[str, int]]]]:
    """Why rows were dropped or changed, and how many, in the reader's language."""
    report = read_object(run.folder / "dataset" / "cleaned" / REPORT_JSON)
    return counts_in_words(report, chinese=(get_language() or "").startswith("zh"))


def figures_of(evaluation: Evaluation | None) -> list[Figure]:
    """Each figure of champion and challenger, wherever in the gate's word the two stand side by side."""
    return list(_side_by_side(evaluation.metrics, name="")) if evaluation else []


def _side_by_side(metrics: Any, *, name: str) -> Iterator[Figure]:
    if not isinstance(metrics, dict):
        return
    one, other = metrics.get("champion"), metrics.get("challenger")
    if _is_figure(one) or _is_figure(other):
        yield Figure(name, *(_figure(metrics.get(key)) for key in ("champion", "challenger", "low", "high")))
        return
    for key, value in metrics.items():
        yield from _side_by_side(value, name=f"{name} · {key}" if name else str(key))


def _figure(value: Any) -> float | None:
    return float(value) if _is_figure(value) else None


def _is_figure(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def compare(one: ModelVersion, other: ModelVersion) -> list[Figure]:
    """The challenger's figures of both, each judged against the champion of its day."""
    left = {figure.name: figure.other for figure in figures_of(queries.evaluation_of(one))}
    right = {figure.name: figure.other for figure in figures_of(queries.evaluation_of(other))}
    return [Figure(name, left.get(name), right.get(name)) for name in {**left, **right}]


def curve_of(run: TrainingRun) -> Curve | None:
    train, heldout = curve(run.folder, name="loss"), curve(run.folder, name="heldout_loss")
    points = [*train, *heldout]
    if len(train) < 2:
        return None
    last = max(step for step, _ in points)
    values = [value for _, value in points]
    highest, lowest = max(values), min(values)

    def drawn(found: list[tuple[float, float]]) -> str:
        spread = (highest - lowest) or 1.0
        return " ".join(
            f"{EDGE + (WIDTH - 2 * EDGE) * step / (last or 1):.1f},"
            f"{EDGE / 2 + (HEIGHT - 1.5 * EDGE) * (highest - value) / spread:.1f}"
            for step, value in found
        )

    return Curve(drawn(train), drawn(heldout), highest, lowest, int(last))


# --- Answers ------------------------------------------------------------------------------------------------------------


def side_by_side(run: TrainingRun, *, page: str | None, language: str, everything: bool) -> dict[str, Any]:
    folder = run.folder
    champion = {str(row.get("id")): row for row in read_lines(folder / "evaluation" / "champion.jsonl")}
    challenger = {str(row.get("id")): row for row in read_lines(folder / "evaluation" / "challenger.jsonl")}
    if not challenger:
        raise Http404
    pairs = [
        _pair(
            row,
            champion=champion.get(str(row.get("id")), {}),
            challenger=challenger.get(str(row.get("id")), {}),
        )
        for row in read_lines(folder / "dataset" / "evaluation.jsonl")
        if not language or row.get("language") == language
    ]
    differing = [pair for pair in pairs if everything or differs(pair)]
    return {
        "page": Paginator(differing, A_PAGE).get_page(page),
        "differing": len(differing),
        "total": len(pairs),
        "language": language,
        "everything": everything,
        "query": f"language={language}" if language in ("en", "zh") else "",
    }


def _pair(row: Mapping[str, Any], *, champion: Mapping[str, Any], challenger: Mapping[str, Any]) -> Pair:
    expected = row.get("expected") if isinstance(row.get("expected"), dict) else {}
    answers = (expected or {}).get("answers")
    return Pair(
        id=str(row.get("id")),
        question=str(row.get("question", "")),
        language=str(row.get("language", "")),
        kind=str(row.get("kind", "")),
        expected=[str(one) for one in answers] if isinstance(answers, list) else [],
        champion=champion,
        challenger=challenger,
    )


def differs(pair: Pair) -> bool:
    return any(pair.champion.get(key) != pair.challenger.get(key) for key in ("decision", "text"))


# --- A version ------------------------------------------------------------------------------------------------------------


def card_of(version: ModelVersion) -> str:
    try:
        return (version.folder / "README.md").read_text(encoding="utf-8", errors="replace")[:LONGEST_CARD]
    except OSError:
        return ""


def as_download(version: ModelVersion) -> FileResponse:
    """The adapter as it was judged; anything else is not given away under its name."""
    try:
        serving.check_files(version)
    except ArtifactRefused:
        raise Http404 from None
    content = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    with tarfile.open(fileobj=content, mode="w") as archive:
        archive.add(version.folder, arcname=version.name)
    content.seek(0)
    return FileResponse(
        content, as_attachment=True, filename=f"{version.name}.tar", content_type="application/x-tar"
    )

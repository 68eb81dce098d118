"""A run folder, a champion and a challenger → `evaluation/`: both models' answers, the comparison and a page of it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from model_training.artifacts import sha256_of
from model_training.evaluating.asking import Served, ask_all
from model_training.evaluating.comparing import compare
from model_training.evaluating.freezing import FROZEN, freeze
from model_training.evaluating.judging import judge
from model_training.evaluating.reporting import page
from model_training.evaluating.settings import Settings, settings_of
from model_training.progress import Progress, write_progress

EVALUATION = Path("evaluation")
COMPARISON = EVALUATION / "comparison.json"
REPORT = EVALUATION / "report.html"


def evaluate(
    run: Path, *, champion: Served, challenger: Served, settings: Settings | None = None
) -> dict[str, Any]:
    """What `comparison.json` holds. Raises TrainingError: ServerFailed, RecordsInvalid, DataRefused, Cancelled …"""
    settings = settings or settings_of(run)
    progress = Progress(run)
    rows = freeze(run, settings=settings)
    given = {}
    for side, served in (("champion", champion), ("challenger", challenger)):
        progress.begin(f"evaluate_{side}", total=len(rows))
        given[side] = ask_all(
            rows,
            served=served,
            path=run / EVALUATION / f"{side}.jsonl",
            progress=progress,
            concurrency=settings.concurrency,
            patience=settings.patience,
        )
    judged = judge(rows, **given, settings=settings) if settings.judge_url else {}
    comparison = {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "set": {"file": FROZEN, "sha256": sha256_of(run / "dataset" / FROZEN)},
        "champion_model": champion.model,
        "challenger_model": challenger.model,
        "challenger_adapter": challenger.adapter,
        **compare(rows, **given, judged=judged, settings=settings),
    }
    _write(run / COMPARISON, json.dumps(comparison, ensure_ascii=False, indent=1) + "\n")
    _write(run / REPORT, page(comparison))
    write_progress(run, step="evaluate", done=len(rows), total=len(rows), sentence="Both models were asked.")
    return comparison


def read_comparison(run: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((run / COMPARISON).read_text(encoding="utf-8"))
    return found


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.writing")
    draft.write_text(text, encoding="utf-8", errors="replace")
    draft.replace(path)

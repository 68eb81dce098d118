"""The report of a training, for a person: `report.json` and `report.html`, with its curves drawn as SVG.

Made of what the training wrote (`training.json`, `metrics.jsonl`). Knows no torch.
"""

import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from model_training.recipes import Recipe
from model_training.records import read_rows

REPORT_JSON, REPORT_HTML, METRICS, TRAINING = "report.json", "report.html", "metrics.jsonl", "training.json"
_WIDTH, _HEIGHT, _EDGE = 640, 220, 36


def write_report(run: Path, *, recipe: Recipe) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((run / TRAINING).read_text(encoding="utf-8"))
    report = {"name": recipe.run.name, "profile": recipe.run.profile, "method": recipe.method.kind} | report
    path = run / METRICS
    metrics = list(read_rows(path)) if path.is_file() else []
    (run / REPORT_JSON).write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    (run / REPORT_HTML).write_text(_page(report, metrics=metrics), encoding="utf-8")
    return report


def _page(report: Mapping[str, Any], *, metrics: Sequence[Mapping[str, Any]]) -> str:
    loss = [(row["step"], row["loss"]) for row in metrics if "loss" in row]
    held = [(row["step"], row["heldout_loss"]) for row in metrics if "heldout_loss" in row]
    name = html.escape(str(report["name"]))
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{name}</title>
<style>body{{font:16px/1.5 system-ui;max-width:44rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}}
table{{border-collapse:collapse}}td,th{{padding:.2rem .8rem;text-align:left;border-bottom:1px solid #8884}}
svg{{max-width:100%;height:auto}}</style>
<h1>{name}</h1>
<p>{html.escape(_summary(report))}</p>
<h2>Predicted and measured</h2>
<table><tr><th></th><th>predicted</th><th>measured</th></tr>{_compared(report)}</table>
<h2>Loss</h2>
{_curves({"training": loss, "held out": held})}
</html>
"""


_WHY_DROPPED = {"too_long": "they are too long", "nothing_to_learn": "there is nothing to learn in them"}


def _summary(report: Mapping[str, Any]) -> str:
    used = report["rows"] - sum(report["rows_dropped"].values())
    parts = [f"{report['method']} on {used:,} rows, {report['steps']:,} of {report['planned_steps']:,} steps"]
    if report["stopped_early"]:
        parts.append("stopped early because the held-out loss became no better")
    if report["resumed_from_step"]:
        parts.append(f"taken up again at step {report['resumed_from_step']:,}")
    if report["skipped_steps"]:
        parts.append(f"{report['skipped_steps']:,} steps skipped because their gradient was no number")
    parts += [
        f"{count:,} rows left out because {_WHY_DROPPED[reason]}"
        for reason, count in report["rows_dropped"].items()
    ]
    return "; ".join(parts) + "."


def _compared(report: Mapping[str, Any]) -> str:
    predicted, measured = report["predicted"], report["measured"]
    lines = {"seconds": "time (s)", "memory_mb": "memory (MB)", "trained": "trained parameters"}
    return "".join(
        f"<tr><th>{words}</th><td>{predicted[key]:,}</td><td>{measured[key]:,}</td></tr>"
        for key, words in lines.items()
    )


def _curves(series: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    points = [point for curve in series.values() for point in curve]
    if not points:
        return "<p>No step was told.</p>"
    right, top = max(step for step, _ in points) or 1, max(value for _, value in points) or 1
    drawn = [
        _curve(curve, right=right, top=top, colour=colour)
        for curve, colour in zip(series.values(), ("#4a7ebb", "#c0504d"), strict=True)
        if curve
    ]
    axis = f'<text x="{_EDGE}" y="{_HEIGHT - 8}">step 0 to {right:,.0f}</text><text x="2" y="14">{top:.2f}</text>'
    told = ", ".join(f"{name} {curve[-1][1]:.3f}" for name, curve in series.items() if curve)
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="Loss over the steps; at the end: {told}" '
        f'font-size="12" fill="currentColor">{axis}{"".join(drawn)}</svg><p>At the end: {told}.</p>'
    )


def _curve(curve: Sequence[tuple[float, float]], *, right: float, top: float, colour: str) -> str:
    places = " ".join(
        f"{_EDGE + step / right * (_WIDTH - 2 * _EDGE):.1f},{_HEIGHT - _EDGE - value / top * (_HEIGHT - 2 * _EDGE):.1f}"
        for step, value in curve
    )
    return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="2"/>'

"""A comparison → one page that needs nothing but itself, to read beside the figures or to send to somebody."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from model_training.evaluating.scoring import METRICS

_STYLE = """
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8885;
vertical-align:top}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.up{color:#187a3c}.down{color:#b3261e}
@media(prefers-color-scheme:dark){.up{color:#6fd08c}.down{color:#ff8a80}}
details{margin:.4rem 0;border:1px solid #8885;border-radius:.4rem;padding:.4rem .8rem}.two{display:grid;gap:1rem;
grid-template-columns:1fr 1fr}@media(max-width:40rem){.two{grid-template-columns:1fr}}.scroll{overflow-x:auto}
p,summary,td{overflow-wrap:anywhere}
"""


def page(comparison: Mapping[str, Any]) -> str:
    names = [escape(comparison[f"{side}_model"]) for side in ("champion", "challenger")]
    title = f"{names[1]} against {names[0]}"
    tables = "".join(_table(part, comparison=comparison) for part in comparison["metrics"])
    differing = "".join(_pair(one, names=names) for one in comparison["differing"])
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width,initial-scale=1"><title>{title}</title><style>{_STYLE}</style>'
        f"<h1>{title}</h1><p>{comparison['rows']} questions, {escape(comparison['made_at'])}. "
        f"Set {escape(comparison['set']['sha256'][:16])}.</p>{tables}"
        f"<h2>Answers that differ: {len(comparison['differing'])}</h2>{differing}</html>\n"
    )


def _table(part: str, *, comparison: Mapping[str, Any]) -> str:
    rows = "".join(_rows(comparison["metrics"][part]))
    share = round(100 * comparison["confidence"])
    return (
        f"<h2>{'All questions' if part == 'all' else escape(part)}</h2><div class=scroll><table><tr><th>figure"
        f"<th class=n>champion<th class=n>challenger<th class=n>difference<th class=n>{share}% interval"
        f"<th class=n>rows<th>meaning{rows}</table></div>"
    )


def _rows(figures: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for name, figure in figures.items():
        gain = figure["difference"] * (1 if figure["better"] == "higher" else -1)
        colour = "up" if gain > 0 else "down" if gain < 0 else ""
        yield (
            f"<tr><td>{name}<td class=n>{figure['champion']:.3f}<td class=n>{figure['challenger']:.3f}"
            f'<td class="n {colour}">{figure["difference"]:+.3f}'
            f"<td class=n>{figure['low']:+.3f} … {figure['high']:+.3f}<td class=n>{figure['rows']}"
            f"<td>{escape(METRICS[name].meaning)}"
        )


def _pair(pair: Mapping[str, Any], *, names: list[str]) -> str:
    sides = "".join(
        f"<div><h3>{name}</h3>{_side(pair[side])}</div>"
        for name, side in zip(names, ("champion", "challenger"), strict=True)
    )
    accepted = " / ".join(pair["expected"].get("answers", ())) or pair["expected"]["decision"]
    return (
        f"<details><summary>{escape(pair['question'])} <small>{escape(pair['id'])}, {pair['kind']}</small></summary>"
        f"<p>Expected: {escape(accepted)}</p><div class=two>{sides}</div></details>"
    )


def _side(side: Mapping[str, Any]) -> str:
    verdict = '<span class="up">right</span>' if side["right"] else '<span class="down">not right</span>'
    return (
        f"<p>{verdict}, {escape(side['decision'])}, {escape(side['reason'])}</p><p>{escape(side['text'])}</p>"
        f"<p><small>The model wrote: {escape(side['raw'] or 'nothing')}</small></p>"
    )

"""How the cost of a search grows with the knowledge base, drawn from the figures of `make bench`.

    python -m tests.benchmarks.growth var/bench.json docs/images/speed-growth.svg

Both axes are logarithmic: a straight line that rises by a step with each step to the right would be linear growth.
"""

import argparse
import json
import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 640, 360, 70, 30, 310
LINES = {
    "search, embedder included (p50, ms)": (r"search in (\d+) chunks: p50", "#2f6f5e"),
    "search (p95, ms)": (r"search in (\d+) chunks: p95", "#b3572d"),
    "memory of Chroma and searcher (MB)": (r"memory at (\d+) chunks", "#4a5fa5"),
    "into the word index (s)": (r"(\d+) chunks into the word index", "#8a6d1f"),
    "vectors into Chroma (s)": (r"(\d+) vectors into Chroma", "#777777"),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("figures", type=Path)
    parser.add_argument("picture", type=Path)
    options = parser.parse_args()
    rows = json.loads(options.figures.read_text())
    rows = rows["rows"] if isinstance(rows, dict) else rows
    options.picture.write_text(drawn(points_in(rows)), encoding="utf-8")


def points_in(rows: Sequence[Mapping[str, object]]) -> dict[str, list[tuple[float, float]]]:
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in rows:
        for name, (pattern, _) in LINES.items():
            if found := re.match(pattern, str(row["what"])):
                points[name].append((float(found[1]), float(str(row["measured"]))))
    return points


def drawn(points: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    def x(size: float) -> float:
        return LEFT + (math.log10(size) - 3) / 2 * (WIDTH - LEFT - 250)

    def y(value: float) -> float:
        return BOTTOM - math.log10(max(value, 1)) / 4 * (BOTTOM - TOP)

    parts = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>']
    parts += [
        f'<path d="M{LEFT} {y(10**power):.0f}H{WIDTH - 250}" stroke="#dddddd"/>'
        f'<text x="{LEFT - 8}" y="{y(10**power) + 4:.0f}" text-anchor="end">{10**power:,}</text>'
        for power in range(5)
    ]
    parts += [
        f'<text x="{x(size):.0f}" y="{BOTTOM + 20}" text-anchor="middle">{size:,}</text>'
        for size in (1_000, 10_000, 100_000)
    ]
    parts.append(
        f'<text x="{(LEFT + WIDTH - 250) / 2:.0f}" y="{BOTTOM + 40}" text-anchor="middle">chunks</text>'
    )
    for place, (name, (_, colour)) in enumerate(LINES.items()):
        line = " ".join(f"{x(size):.1f},{y(value):.1f}" for size, value in sorted(points.get(name, ())))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        parts.append(f'<text x="{WIDTH - 240}" y="{TOP + 20 + 22 * place}" fill="{colour}">{name}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12" fill="#333333">\n' + "\n".join(parts) + "\n</svg>\n"
    )


if __name__ == "__main__":
    main()

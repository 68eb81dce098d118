"""What a page with the widget on it loads before the first click: bytes as sent, and from where."""

import argparse
import gzip
import json
import re
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks.measuring import Row, at_most

STATIC = Path(__file__).resolve().parents[2] / "apps" / "widget" / "static" / "widget"
_COMMENT = re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.MULTILINE | re.DOTALL)
_FOREIGN = re.compile(r"https?://(?!www\.w3\.org/)[\w.-]+")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    loader = (STATIC / "widget.js").read_bytes()
    rest = [file for file in STATIC.iterdir() if file.suffix in (".js", ".css") and file.name != "widget.js"]
    code = "\n".join(_COMMENT.sub("", file.read_text("utf-8")) for file in STATIC.rglob("*.js"))
    foreign = set(_FOREIGN.findall(code))
    rows = [
        at_most("widget before the first click, compressed", kilobytes(loader), "kB", goal=25),
        Row(
            "widget after it: the frame's scripts and styles",
            sum(kilobytes(f.read_bytes()) for f in rest),
            "kB",
        ),
        at_most("widget: addresses of others named in its scripts", len(foreign), "", goal=0),
    ]
    print(json.dumps([asdict(row) for row in rows]) if options.json else "\n".join(map(str, rows)))


def kilobytes(content: bytes) -> float:
    return len(gzip.compress(content, mtime=0)) / 1000


if __name__ == "__main__":
    main()

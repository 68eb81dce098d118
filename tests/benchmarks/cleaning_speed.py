"""How fast and in how much memory a cleaning runs: `python -m tests.benchmarks.cleaning_speed [--rows 5000]`.

Makes its own conversations, Chinese and English by turns, as long as those of public sets: sentences of words drawn with
the frequencies of language, so that no two are alike, between courtesies and the house's own phrases, which come again and
again. A fifth carries personal data, a tenth repeats an earlier conversation. Difficulty is left out. Pin it to two cores with
`taskset -c 0,1` to measure the goal: 200,000 conversations in an hour and four gigabytes.
"""

import argparse
import json
import os
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from model_training.cleaning.pipeline import clean
from model_training.progress import Progress
from model_training.records import write_rows
from retrieval import HomeEmbeddings, words_of
from tests.benchmarks.measuring import Row, at_least, at_most
from tests.benchmarks.planted.personal import MAKERS, items
from tests.benchmarks.planted.talks import pairs

_COURTESIES = {
    "en": (
        "Hello!",
        "Thank you for your patience.",
        "One moment please.",
        "You're welcome, have a nice day!",
    ),
    "zh": ("您好！", "请稍等，我帮您看一下。", "感谢您的耐心等待。", "不客气，祝您生活愉快！"),
}
_REPEATED_OF = 5_000  # conversations that may be repeated


class Maker:
    def __init__(self, *, rows: int, seed: int = 7) -> None:
        self._rows, self._rnd = rows, random.Random(seed)
        self._words = {language: _words(language) for language in ("en", "zh")}
        self._phrases = {language: [reply for _, reply in pairs(language)] for language in ("en", "zh")}
        self._items = {
            (language, kind): items(kind, language=language, rnd=self._rnd)
            for language in ("en", "zh")
            for kind in MAKERS
        }

    def conversations(self) -> Iterator[dict[str, Any]]:
        kept: list[list[dict[str, str]]] = []
        for number in range(self._rows):
            again = bool(kept) and self._rnd.random() < 0.1
            messages = self._rnd.choice(kept) if again else self._messages("zh" if number % 2 else "en")
            if not again and len(kept) < _REPEATED_OF:
                kept.append(messages)
            yield self._record(number, messages)

    def _record(self, number: int, messages: list[dict[str, str]]) -> dict[str, Any]:
        day = f"{self._rnd.randrange(1, 13):02d}-{self._rnd.randrange(1, 29):02d}"
        return {
            "id": f"c{number}",
            "site": "bench",
            "contact": f"k{self._rnd.randrange(self._rows // 3 + 2)}",
            "language": "",
            "started_at": f"2026-{day}T10:00:00+00:00",
            "messages": messages,
            "outcome": {"status": "resolved"},
            "consent": True,
            "provenance": {"source": "bench"},
        }

    def _messages(self, language: str) -> list[dict[str, str]]:
        said = [self._said(language, place) for place in range(self._rnd.choice((2, 4, 6, 8, 10, 12)))]
        said[0] = self._sentence(language)
        if self._rnd.random() < 0.2:
            kind = self._rnd.choice(list(MAKERS))
            said[0] += " " + next(self._items[language, kind])[1]
        return [
            {"role": "user" if place % 2 == 0 else "assistant", "content": text}
            for place, text in enumerate(said)
        ]

    def _said(self, language: str, place: int) -> str:
        drawn = self._rnd.random()
        if drawn < 0.15:
            return self._rnd.choice(_COURTESIES[language])
        phrase = f" {self._rnd.choice(self._phrases[language])}" if place % 2 and drawn < 0.3 else ""
        return self._sentence(language) + phrase

    def _sentence(self, language: str) -> str:
        words = self._words[language]
        chosen = [
            words[min(int(self._rnd.paretovariate(0.6)) - 1, len(words) - 1)]
            if self._rnd.random() < 0.3
            else self._rnd.choice(words)
            for _ in range(self._rnd.randrange(6, 24))
        ]
        return " ".join(chosen).capitalize() + "." if language == "en" else "".join(chosen) + "。"


def _words(language: str) -> list[str]:
    text = " ".join(said for pair in pairs(language) for said in pair)
    return list(dict.fromkeys(word for word in words_of(text) if word.isalpha()))


class Watch(Progress):
    """When each stage began; how much memory this process and its children had at most while it went on."""

    def __init__(self) -> None:
        super().__init__(None)
        self._stages: list[tuple[str, float, float]] = []
        self._peaks: dict[str, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def begin(self, step: str, *, total: int, sentence: str = "") -> None:
        self._stages.append((step, time.perf_counter(), _processor()))
        super().begin(step, total=total, sentence=sentence)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stages.append(("", time.perf_counter(), _processor()))
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._over.wait(0.2):
            if self._stages:
                step = self._stages[-1][0]
                self._peaks[step] = max(self._peaks.get(step, 0), _memory_mb())

    def table(self, *, rows: int) -> list[dict[str, Any]]:
        return [
            {
                "stage": step,
                "seconds": round(end - start, 1),
                "processor_seconds": round(used - before, 1),
                "rows_a_processor_second": round(rows / max(used - before, 1e-9)),
                "peak_mb": round(self._peaks.get(step, 0)),
            }
            for (step, start, before), (_, end, used) in zip(self._stages, self._stages[1:], strict=False)
        ]

    @property
    def processor_seconds(self) -> float:
        return self._stages[-1][2] - self._stages[0][2]

    @property
    def peak_mb(self) -> int:
        return round(max(self._peaks.values(), default=0))


def _processor() -> float:
    """Of this process, and of those children that have ended: a stage waits for its own."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _memory_mb() -> float:
    """What nobody else holds, of this process and its children: shared pages are counted once, with their holders' shares."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return sum(_pss_mb(number) for number in (str(os.getpid()), *children))


def _pss_mb(number: str) -> float:
    try:
        lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    rows: int
    megabytes: float
    seconds: float
    watch: Watch
    report: dict[str, Any]

    @property
    def rows_per_second(self) -> float:
        return self.rows / self.seconds


def measure(rows: int) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        snapshot = Path(folder) / "snapshot.jsonl"
        write_rows(snapshot, Maker(rows=rows).conversations())
        began = time.perf_counter()
        with Watch() as watch:
            target = Path(folder) / "cleaned"
            report = clean(snapshot, target=target, embedder=HomeEmbeddings(), progress=watch)
        seconds, megabytes = time.perf_counter() - began, snapshot.stat().st_size / 1e6
    return Measured(rows=rows, megabytes=megabytes, seconds=seconds, watch=watch, report=report)


def rows_of(measured: Measured) -> list[Row]:
    speed, size = round(measured.rows_per_second, 1), f"{measured.rows:,} conversations"
    return [
        at_least(f"cleaning {size} (200,000 in an hour is 55.6)", speed, "rows/s", goal=55.6),
        at_most(f"memory of a cleaning of {size}", measured.watch.peak_mb, "MB", goal=4096),
    ]


def tell(measured: Measured) -> None:
    for line in measured.watch.table(rows=measured.rows):
        print(json.dumps(line))
    told = {
        "rows": measured.rows,
        "megabytes": round(measured.megabytes, 1),
        "cores": len(os.sched_getaffinity(0)),
        "kept": measured.report["rows"]["sft"],
        "dropped": measured.report["dropped"],
        "personal_data": measured.report["personal_data"],
        "seconds": round(measured.seconds, 1),
        "processor_seconds": round(measured.watch.processor_seconds, 1),
        "rows_per_second": round(measured.rows_per_second, 1),
        "peak_mb": measured.watch.peak_mb,
        "minutes_for_200000_at_this_speed": round(200_000 / measured.rows_per_second / 60, 1),
    }
    print(json.dumps(told, indent=2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--json", action="store_true", help="for `make bench`")
    chosen = parser.parse_args()
    measured = measure(chosen.rows)
    if chosen.json:
        print(json.dumps([asdict(row) for row in rows_of(measured)]))
    else:
        tell(measured)


if __name__ == "__main__":
    main()

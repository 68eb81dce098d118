"""Labelled pairs → the rows that train the support check's judge: `python -m model_training.judge_rows PAIRS RUN`.

    python -m tests.benchmarks.support_pairs DATA pairs.jsonl       # or any file of such rows
    python -m model_training.judge_rows pairs.jsonl RUN
    python -m model_training.train RUN                              # RUN/config.toml: docs/training.md

PAIRS: {"passage", "title"?, "sentence", "supported", "kind", "language", "held_out"} a line. The judge is one more LoRA
of the base that answers: the same training, under a prompt of its own, whose answer is one word. Kinds of pairs that
rules make by the thousand are thinned, people's own words come more often, and "yes" is as frequent as "no" in each
language: otherwise it learns the mixture in place of the question. The shipped claims of `examples/` come on top: what
people would say, rightly and wrongly, of help pages; each once with each of three passages, since more often was learnt
by heart. Knows no torch.
"""

import argparse
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dialogue.verifying.judging import NO, YES, judge_prompt
from model_training.recipes import RENDERED
from model_training.records import read_rows, write_rows

EACH = {True: 300, False: 300}  # of one kind and language at most, where rules made them; supported or not
HELD_OUT = {True: 60, False: 60}
CLAIM = "claim"
PEOPLES_OWN = ("paraphrase", "paraphrase of a table")
TIMES = 2  # that they are seen
LONGEST = 1_600  # characters of a passage
EXAMPLES = Path(__file__).parent / "examples"
CLAIMED = (
    ("help_pages.jsonl", "help_claims.jsonl"),
    ("more_help_pages.jsonl", "more_help_claims.jsonl"),
    ("further_help_pages.jsonl", "further_help_claims.jsonl"),
    ("latest_help_pages.jsonl", "latest_help_claims.jsonl"),
)  # pages, and what is said of them

Pair = Mapping[str, Any]


def claims() -> Iterator[dict[str, Any]]:
    """Each as passages come: of its section, of that and the one behind it, and of the whole page.

    `fault` says what is wrong with it, where its writer said so; pages whose number is divisible by four are held out.
    """
    for pages, told in CLAIMED:
        known = {page["id"]: page for page in read_rows(EXAMPLES / pages)}
        for row in read_rows(EXAMPLES / told):
            page = known[row["page"]]
            for title, passage in _windows(page, place=row["section"]):
                for fault, sentence in _said_of(row):
                    yield {
                        "passage": passage,
                        "title": title,
                        "sentence": sentence,
                        "supported": fault is None,
                        "kind": CLAIM,
                        "fault": fault or "",
                        "language": page["language"],
                        "document": f"help/{page['id']}",
                        "held_out": is_held_out(page["id"]),
                    }


def is_held_out(page: str) -> bool:
    return int(page.rpartition("-")[2]) % 4 == 0


def _said_of(row: Mapping[str, Any]) -> Iterator[tuple[str | None, str]]:
    """What is wrong with it (None: nothing; "": its writer did not say) and the sentence."""
    yield from ((None, sentence) for sentence in row["supported"])
    for wrong in row["unsupported"]:
        yield ("", wrong) if isinstance(wrong, str) else (wrong[0], wrong[1])


def _windows(page: Mapping[str, Any], *, place: int) -> Iterator[tuple[str, str]]:
    """What stands above, and the text: running, in lines, or a whole page of paragraphs."""
    sections, gap = page["sections"], " " if page["language"] == "en" else ""
    running = [gap.join(section["sentences"]) for section in sections]
    yield f"{page['title']}\n{sections[place]['heading']}", running[place]
    yield page["title"], "\n".join(map(_in_lines, sections[place : place + 2]))
    yield page["title"], "\n".join(running)


def _in_lines(section: Mapping[str, Any]) -> str:
    return "\n".join((section["heading"], *section["sentences"]))


def rows_of(pairs: Iterable[Pair], *, each: Mapping[bool, int], rnd: random.Random) -> list[dict[str, Any]]:
    """Of what rules made as many of "yes" as of "no"; claims as they are, each once with each of its passages."""
    claimed: list[Pair] = []
    kinds: dict[tuple[str, bool, str, bool], list[Pair]] = defaultdict(list)
    for pair in pairs:
        if pair["kind"] == CLAIM:
            claimed.append(pair)
        elif len(pair["passage"]) <= LONGEST:
            kinds[pair["language"], pair["supported"], pair["kind"], _is_of_help(pair)].append(pair)
    sides: dict[tuple[str, bool], list[Pair]] = defaultdict(list)
    for (language, supported, kind, _), many in sorted(kinds.items()):
        times = TIMES if kind in PEOPLES_OWN and each is EACH else 1
        sides[language, supported] += rnd.sample(many * times, min(each[supported], len(many)) * times)
    chosen = [*_balanced(sides, rnd=rnd), *(pair for pair in claimed if len(pair["passage"]) <= LONGEST)]
    rows = [row_of(pair, name=f"{pair['language']}-{pair['kind']}-{n}") for n, pair in enumerate(chosen)]
    rnd.shuffle(rows)
    return rows


def _is_of_help(pair: Pair) -> bool:
    return str(pair.get("document", "")).startswith("help/")


def _balanced(sides: Mapping[tuple[str, bool], Sequence[Pair]], *, rnd: random.Random) -> Iterator[Pair]:
    for language in ("en", "zh"):
        yes, no = (sides.get((language, supported), ()) for supported in (True, False))
        for side in (yes, no):
            yield from rnd.sample(side, min(len(yes), len(no)))


def row_of(pair: Pair, *, name: str) -> dict[str, Any]:
    said = YES if pair["supported"] else NO
    return {
        "id": name,
        "prompt": judge_prompt(
            passage=pair["passage"], sentence=pair["sentence"], topic=pair.get("title", "")
        ),
        "completion": [{"role": "assistant", "content": said}],
        "language": pair["language"],
        "kind": pair["kind"],
    }


def build(pairs: Sequence[Pair], *, run: Path, seed: int = 0) -> dict[str, int]:
    """How many rows each side has."""
    rnd = random.Random(seed)  # noqa: S311 - a choice of examples, not a secret
    rendered = run / RENDERED
    rendered.mkdir(parents=True, exist_ok=True)
    train = rows_of((one for one in (*pairs, *claims()) if not one["held_out"]), each=EACH, rnd=rnd)
    # Training keeps the step that does best on these: held-out help pages are to measure by, not to choose by.
    held = rows_of((one for one in pairs if one["held_out"] and not _is_of_help(one)), each=HELD_OUT, rnd=rnd)
    return {
        "train": write_rows(rendered / "sft.jsonl", train),
        "heldout": write_rows(rendered / "heldout.jsonl", held),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m model_training.judge_rows",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("pairs", type=Path)
    parser.add_argument("run", type=Path, help="the run folder")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    counts = build(list(read_rows(chosen.pairs)), run=chosen.run, seed=chosen.seed)
    sys.stderr.write(f"judge_rows: {counts['train']:,} to train on, {counts['heldout']:,} held out\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Labelled pairs → the rows that train the support check's judge: `python -m model_training.judge_rows PAIRS RUN`.

    python -m tests.benchmarks.support_pairs DATA pairs.jsonl       # or any file of such rows
    python -m model_training.judge_rows pairs.jsonl RUN
    python -m model_training.train RUN                              # RUN/config.toml: docs/training.md

PAIRS: {"passage", "title"?, "sentence", "supported", "kind", "language", "held_out"} a line. The judge is one more LoRA
of the base that answers: the same training, under a prompt of its own, whose answer is one word. Kinds of pairs that
rules make by the thousand are thinned, people's own words come more often, and "yes" is as frequent as "no" in each
language: otherwise it learns the mixture in place of the question. The shipped claims of `examples/` come on top: what
people would say, rightly and wrongly, of help pages. Knows no torch.
"""

import argparse
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from dialogue.verifying.judging import NO, YES, judge_prompt
from model_training.recipes import RENDERED
from model_training.records import read_rows, write_rows

EACH = {
    True: 300,
    False: 300,
}  # supported or not: pairs of one kind and language at most, where rules made them
HELD_OUT = {True: 60, False: 60}
CLAIM = "claim"
PEOPLES_OWN = ("paraphrase", "paraphrase of a table", CLAIM)
TIMES = 2  # that they are seen
LONGEST = 1_600  # characters of a passage
EXAMPLES = Path(__file__).parent / "examples"
CLAIMED = (
    ("help_pages.jsonl", "help_claims.jsonl"),
    ("more_help_pages.jsonl", "more_help_claims.jsonl"),
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
    """As many of "yes" as of "no": of what rules made the more frequent is cut, of claims the rarer is repeated."""
    kinds: dict[tuple[str, bool, str, bool], list[Pair]] = defaultdict(list)
    for pair in pairs:
        if len(pair["passage"]) <= LONGEST:
            kinds[pair["language"], pair["supported"], pair["kind"], _is_of_help(pair)].append(pair)
    made: dict[tuple[str, bool], list[Pair]] = defaultdict(list)
    said: dict[tuple[str, bool], list[Pair]] = defaultdict(list)
    for (language, supported, kind, _), many in sorted(kinds.items()):
        times = TIMES if kind in PEOPLES_OWN and each is EACH else 1
        if kind == CLAIM:
            said[language, supported] += many * times
        else:
            made[language, supported] += rnd.sample(
                many * times, min(each[supported] * times, len(many) * times)
            )
    rows = [row for language in ("en", "zh") for row in _balanced(language, made=made, said=said, rnd=rnd)]
    rnd.shuffle(rows)
    return rows


def _is_of_help(pair: Pair) -> bool:
    return str(pair.get("document", "")).startswith("help/")


Sides = Mapping[tuple[str, bool], Sequence[Pair]]


def _balanced(language: str, *, made: Sides, said: Sides, rnd: random.Random) -> Iterator[dict[str, Any]]:
    fewer = min(len(made.get((language, supported), ())) for supported in (True, False))
    more = max(len(said.get((language, supported), ())) for supported in (True, False))
    for supported in (True, False):
        rules, claimed = made.get((language, supported), ()), said.get((language, supported), ())
        for number, pair in enumerate([*rnd.sample(rules, fewer), *islice(cycle(claimed), more)]):
            yield row_of(pair, name=f"{language}-{pair['kind']}-{int(supported)}-{number}")


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

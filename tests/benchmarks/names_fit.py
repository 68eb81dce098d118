"""Fits `model_training/cleaning/personal_data/tagging`: who is named, by what stands around.

    pip install --target PACKAGES --no-deps faker==40.63.0 mimesis==22.2.0      # names (MIT)
    python -m tests.benchmarks.names_fit PACKAGES --data ../shared/data [--try FOLDS] [--words /usr/share/dict]

From `names/train_*.jsonl`, `names/more_*.txt`, the planted sentences, and all of them with other names put in;
then from public talk about banks, trips and restaurants in which nobody is named. With `--try` nothing is written: each
line is tagged by a fit that has not seen it, and a table shows how many names are found and how many lines changed in vain at each
bias. `--words` makes `known_words.npz` anew first, of those names and of the words in small letters of Debian's `wamerican` and
`wbritish`.
"""

import argparse
import gzip
import json
import random
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from pydoc_data.topics import topics
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_training.cleaning.personal_data.names import find_by_rules
from model_training.cleaning.personal_data.tagging import tagger
from model_training.cleaning.personal_data.tagging.features import BITS, buckets_of
from model_training.cleaning.personal_data.tagging.known_words import FILE as KNOWN_WORDS
from model_training.cleaning.personal_data.tagging.known_words import packed
from model_training.cleaning.personal_data.tagging.sealed import write_sealed
from model_training.cleaning.personal_data.tagging.tagger import BEGINS, INSIDE, Weights, spans_of
from model_training.cleaning.personal_data.tagging.units import Units, is_chinese, units_of
from tests.benchmarks.names import crf
from tests.benchmarks.names.frames import Names, names_of_packages, with_other_names
from tests.benchmarks.names.labelled import Found, Labelled, marked, planted, read

LANGUAGES = ("en", "zh")
TIMES = {"en": 6, "zh": 4}  # other names a line
PENALTY = 2.0
ROUNDS = 40
PUBLIC = 700  # lines in which nobody is named
FEWEST = 2  # a bucket that fewer units fall into is left out
WEAKEST = 0.02  # as is a weight that is smaller
# How much a name is preferred to none, and how much more where the rules see one: a name that stays is worse than a word that
# goes, as long as some nineteen of twenty lines that are not made to tempt stay as they are; --try tells what else was to be had.
BIAS = {"en": (0.5, 0.5), "zh": (0.5, 0.5)}
_PLAIN = str.maketrans("øłıđ’", "olid'")


@dataclass(frozen=True, slots=True)
class Lines:
    """What a tagger learns from. `train` are held out by turns; to the rules `known` lines are no news."""

    train: Sequence[Labelled]
    more: Sequence[Labelled]
    known: Sequence[Labelled]
    nameless: Sequence[Labelled]

    @classmethod
    def of(cls, language: str, *, data: Path) -> "Lines":
        own = (read(f"train_{language}"), marked(f"more_{language}"), list(planted(language)))
        each = (*own, [Labelled(text, ()) for text in _public(language, data=data)])
        chinese = language == "zh"
        return cls(*([line for line in lines if is_chinese(line.text) == chinese] for lines in each))


def _public(language: str, *, data: Path) -> list[str]:
    """Every second conversation of the Chinese set, and half of Python's manual, is left to measure with."""
    if language == "en":
        texts = [row["text"] for row in _rows_of(data / "banking77" / "train.jsonl.gz")]
        pages = [topics[name] for name in sorted(topics)[::2]]
        manual = [part for page in pages for part in page.split("\n\n") if 40 < len(part) < 500]
        return random.Random(3).sample(texts, PUBLIC) + random.Random(3).sample(manual, PUBLIC)
    talks = list(_rows_of(data / "crosswoz" / "val.jsonl.gz"))[::2]
    texts = [turn["text"] for talk in talks for turn in talk["turns"]]
    return random.Random(3).sample(texts, PUBLIC)


def _rows_of(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def fit(learnt: Lines, *, language: str, wide: Names, seed: int = 1) -> Weights:
    """What the rules say of lines that they know is told in one of three cases only: elsewhere they are less sure."""
    rnd = random.Random(seed)
    draw = {"times": TIMES[language], "wide": wide, "chinese": language == "zh", "rnd": rnd}
    read_lines = [_units(line) for line in with_other_names([*learnt.train, *learnt.more], **draw)]
    read_lines += [
        _units(line, with_rules=rnd.random() < 1 / 3)
        for line in with_other_names(learnt.known, **(draw | {"times": TIMES[language] // 3}))
    ]
    read_lines += map(_units, learnt.nameless)
    pairs = [(line, tags) for line, tags in read_lines if line.places]
    buckets = np.concatenate([buckets_of(line.atoms, chinese=language == "zh") for line, _ in pairs])
    kept = np.flatnonzero(np.bincount(buckets.ravel(), minlength=1 << BITS) >= FEWEST)
    places = np.full(1 << BITS, len(kept))  # all others share the last, which is dropped again
    places[kept] = np.arange(len(kept))
    units = crf.Lines(
        places[buckets], np.concatenate([tags for _, tags in pairs]), [len(t) for _, t in pairs]
    )
    weights, steps = crf.fit(units, count=len(kept) + 1, penalty=PENALTY, rounds=ROUNDS)
    against_outside = (weights[:-1, 1:] - weights[:-1, :1]).astype(np.float32)
    against_outside[np.abs(against_outside) < WEAKEST] = 0
    all_buckets = np.zeros((1 << BITS, 2), dtype=np.float32)
    all_buckets[kept] = against_outside
    return Weights(all_buckets, steps.astype(np.float32), *BIAS[language])


def _units(line: Labelled, *, with_rules: bool = True) -> tuple[Units, NDArray[np.int64]]:
    by_rules = [(span.start, span.end) for span in find_by_rules(line.text)] if with_rules else []
    units = units_of(line.text, by_rules=by_rules)
    tags = np.zeros(len(units.places), dtype=np.int64)
    for start, end in line.names:
        inside = [n for n, place in enumerate(units.places) if place[0] < end and start < place[1]]
        tags[inside] = INSIDE
        tags[inside[:1]] = BEGINS
    return units, tags


def write(fits: dict[str, Weights]) -> None:
    """Each weight in a byte: as many 127ths of the largest."""
    kept: dict[str, NDArray[np.generic]] = {}
    for language, weights in fits.items():
        places = np.flatnonzero(weights.buckets.any(axis=1))
        scale = np.abs(weights.buckets).max() / 127
        kept |= {
            f"{language}_places": np.diff(places, prepend=0).astype(np.uint16),
            f"{language}_weights": np.round(weights.buckets[places] / scale).astype(np.int8),
            f"{language}_scale": np.float32(scale),
            f"{language}_steps": weights.steps,
            f"{language}_biases": np.array(BIAS[language], dtype=np.float32),
        }
    write_sealed(tagger.FILE, kept)


def write_known_words(names: Names, *, words: Path) -> None:
    english = {
        word
        for name in ("american-english", "british-english")
        for word in (words / name).read_text(encoding="utf-8").split()
        if word.islower() and "'" not in word
    }
    given, family = (packed(_spellings(one)) for one in (names.given, names.family))
    write_sealed(KNOWN_WORDS, {"given": given, "family": family, "english": packed(english)})


def _spellings(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield name.lower().translate(_PLAIN) if "’" in name else name.lower()
        bare = (letter for letter in unicodedata.normalize("NFD", name.lower()))
        yield "".join(letter for letter in bare if not unicodedata.combining(letter)).translate(_PLAIN)


def measure(lines: Lines, *, language: str, folds: int, wide: Names) -> None:
    shuffled = random.Random(5).sample(lines.train, len(lines.train))
    biases = [(bias, ruled) for bias in (0.0, 0.5, 1.0, 1.5, 2.0, 2.5) for ruled in (0.0, 1.0, 2.0)]
    found = {one: Found() for one in biases}
    by_rules = Found()
    for fold in range(folds):
        learnt = [line for number, line in enumerate(shuffled) if number % folds != fold]
        weights = fit(replace(lines, train=learnt), language=language, wide=wide)
        for line in shuffled[fold::folds]:
            units, ruled = _units(line)[0], list(find_by_rules(line.text))
            by_rules.add(line, [(span.start, span.end) for span in ruled])
            for bias, where_ruled in biases:
                biased = replace(weights, bias=bias, where_ruled=where_ruled)
                spans = spans_of(units, weights=biased, chinese=language == "zh")
                found[bias, where_ruled].add(line, [(span.start, span.end) for span in spans])
        print(json.dumps({"language": language, "held_out": fold + 1, "by": "rules alone"} | by_rules.told()))
        for (bias, where_ruled), one in found.items():
            told = {"language": language, "bias": bias, "where_ruled": where_ruled}
            print(json.dumps(told | one.told()), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("packages", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="public sets: banking77, crosswoz")
    parser.add_argument(
        "--try", type=int, dest="folds", default=0, help="how many parts to hold out by turns"
    )
    parser.add_argument("--words", type=Path)
    parser.add_argument("--language", choices=LANGUAGES, action="append")
    chosen = parser.parse_args()
    wide = names_of_packages(chosen.packages)
    if chosen.words:
        write_known_words(wide, words=chosen.words)
    if chosen.folds:
        for language in chosen.language or LANGUAGES:
            lines = Lines.of(language, data=chosen.data)
            measure(lines, language=language, folds=chosen.folds, wide=wide)
        return
    fits = {
        language: fit(Lines.of(language, data=chosen.data), language=language, wide=wide)
        for language in chosen.language or LANGUAGES
    }
    kept = {one: tagger.read_weights(tagger.FILE, language=one) for one in LANGUAGES if one not in fits}
    write(kept | fits)


if __name__ == "__main__":
    main()

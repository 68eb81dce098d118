"""The tagger of names: what it finds where no rule was made for it, and that only the fitted weights are opened."""

import random
from pathlib import Path

import numpy as np
import pytest

from model_training.cleaning.personal_data import scrub_text
from model_training.cleaning.personal_data.tagging import DamagedTagger, known_words, tagger
from model_training.cleaning.personal_data.tagging.known_words import packed, read_sets
from model_training.cleaning.personal_data.tagging.sealed import write_sealed
from model_training.cleaning.personal_data.tagging.tagger import (
    BEGINS,
    INSIDE,
    OUTSIDE,
    likeliest,
    read_weights,
)
from model_training.cleaning.personal_data.tagging.units import is_chinese, units_of
from tests.benchmarks.names import crf
from tests.benchmarks.names.frames import Names, with_other_names
from tests.benchmarks.names.labelled import Labelled

STEPS = np.zeros((3, 3), dtype=np.float32)


def test_an_inside_follows_only_a_beginning_or_an_inside() -> None:
    scores = np.array([[-1, 5], [3, 0], [0, 4], [-2, -2]], dtype=np.float32)
    assert likeliest(scores, steps=STEPS) == [OUTSIDE, BEGINS, INSIDE, OUTSIDE]


def test_units_are_words_and_chinese_characters() -> None:
    text = "Dave's 王小明, O'Neill"
    places = units_of(text, by_rules=[]).places
    assert [text[start:end] for start, end in places] == ["Dave", "'s", "王", "小", "明", ",", "O'Neill"]
    assert is_chinese(text)
    assert not is_chinese("Zoë")


@pytest.mark.parametrize("text", ["", " ", "\n\n", "😀", "[NAME]", "A\u0301", "\ud800"])
def test_texts_without_words_have_no_names(text: str) -> None:
    assert scrub_text(text).text == text


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("is bobby on shift today? he sorted my voucher", "is [NAME] on shift today? he sorted my voucher"),
        ("Tell Wojciech he can keep the ladder.", "Tell [NAME] he can keep the ladder."),
        ("The Tommy Hilfiger belt has no holes", "The Tommy Hilfiger belt has no holes"),
        ("The battery holds 20000 mAh, not 899元.", "The battery holds 20000 mAh, not 899元."),
        ("发票抬头写公司,联系人写欧阳靖", "发票抬头写公司,联系人写[NAME]"),
        ("麻烦跟配送员老周说一声", "麻烦跟配送员老[NAME]说一声"),
        ("张江店几点开", "张江店几点开"),
    ],
)
def test_who_is_named_is_told_by_what_stands_around(text: str, scrubbed: str) -> None:
    assert scrub_text(text).text == scrubbed


def test_a_fit_learns_which_tags_stand_where() -> None:
    buckets = np.array([[0], [1], [2], [0], [0], [1]])
    tags = np.array([OUTSIDE, BEGINS, INSIDE, OUTSIDE, OUTSIDE, BEGINS])
    weights, steps = crf.fit(crf.Lines(buckets, tags, [4, 2]), count=3, penalty=0.01, rounds=50)
    scores = (weights[buckets[:, 0], 1:] - weights[buckets[:, 0], :1]).astype(np.float32)
    assert likeliest(scores[:4], steps=steps.astype(np.float32)) == tags[:4].tolist()
    assert likeliest(scores[4:], steps=steps.astype(np.float32)) == tags[4:].tolist()


def test_other_names_stand_where_the_marked_ones_stood() -> None:
    line = Labelled("Tell Ana Ruiz and 王小明", ((5, 13), (18, 21)))
    wide = Names(["Zoë"], ["Okafor"])
    drawn = list(with_other_names([line], times=20, wide=wide, chinese=False, rnd=random.Random(1)))
    assert drawn[0] == line
    for one in drawn[1:]:
        (start, end), (begin, stop) = one.names
        assert one.text.lower() == f"tell {one.text[start:end]} and {one.text[begin:stop]}".lower()


@pytest.mark.parametrize("shipped", [tagger.FILE, known_words.FILE], ids=lambda file: file.name)
def test_a_file_that_is_not_the_one_that_was_made_is_refused(tmp_path: Path, shipped: Path) -> None:
    """One more byte, none that says which it is, and a seal that says nothing."""
    file, seal = tmp_path / shipped.name, tmp_path / f"{shipped.stem}.json"
    file.write_bytes(shipped.read_bytes() + b"x")
    for told in (None, "{}", "[", shipped.with_suffix(".json").read_text(encoding="utf-8")):
        if told is not None:
            seal.write_text(told, encoding="utf-8")
        with pytest.raises(DamagedTagger, match=shipped.name):
            read_weights(file, language="en") if shipped == tagger.FILE else read_sets(file)


def test_what_is_written_can_be_read_again(tmp_path: Path) -> None:
    write_sealed(tmp_path / "sets.npz", {name: packed(["anna", "li"]) for name in known_words.SETS})
    assert [len(members) for members in read_sets(tmp_path / "sets.npz")] == [2, 2, 2]

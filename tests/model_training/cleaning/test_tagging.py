"""The tagger of names: what it finds where no rule was made for it, and that only the fitted weights are opened."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

from model_training.cleaning.personal_data import scrub_text
from model_training.cleaning.personal_data.tagging import DamagedTagger, tagger
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


def test_weights_that_are_not_the_fitted_ones_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "weights.npz"
    file.write_bytes(tagger.FILE.read_bytes() + b"x")
    file.with_suffix(".json").write_text(json.dumps({"sha256": "0"}), encoding="utf-8")
    with pytest.raises(DamagedTagger):
        read_weights(file, language="en")

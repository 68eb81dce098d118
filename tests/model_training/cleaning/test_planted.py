"""The bars of a cleaning, on planted faults and personal data in conversations that no rule was made for.

`tests.benchmarks.cleaning_quality` measures the same with more rows, and with the project's own embedder.
"""

import random

import pytest

from tests.benchmarks.cleaning_quality import measure_faults, measure_items
from tests.benchmarks.cleaning_unseen import count
from tests.benchmarks.planted.personal import MAKERS
from tests.benchmarks.planted.talks import SOURCES
from tests.benchmarks.planted.unseen import HALVES, LATER
from tests.model_training.cleaning.test_weighing import ByFirstWord

NONE_LEFT = ("card", "phone", "mail", "id")


@pytest.mark.parametrize("source", SOURCES)
def test_planted_faults_are_found_and_good_rows_stay(source: str) -> None:
    rnd = random.Random(5)
    faults = measure_faults(SOURCES[source](120, rnd), embedder=ByFirstWord(), rnd=rnd)
    assert faults.share("exact") >= 0.98
    assert faults.share("near") >= 0.95
    assert faults.good_lost <= 0.03, faults.lost
    assert faults.usable_after >= 0.89


@pytest.mark.parametrize("language", ["en", "zh"])
def test_of_personal_data_in_unusual_spellings_nothing_is_left(language: str) -> None:
    rnd = random.Random(5)
    talks = SOURCES[language](50, rnd)
    left = {kind: measure_items(talks, kind=kind, language=language, count=200, rnd=rnd) for kind in MAKERS}
    assert [text for kind in NONE_LEFT for text in left[kind]] == []
    assert sum(map(len, left.values())) <= 0.03 * 200 * len(MAKERS), left


@pytest.mark.parametrize("language", ["en", "zh"])
def test_of_names_in_many_wordings_few_are_left_and_brands_and_places_stay(language: str) -> None:
    """How many are left of sentences that no rule has seen is more: docs/cleaning.md tells."""
    counted = [count(language=language, half=half) for half in (*HALVES, *LATER)]
    left = [text for one in counted for kind, text in one.left if kind == "name"]
    assert len(left) <= 0.05 * sum(one.planted["name"] for one in counted), left
    in_vain = [text for one in counted for text in one.in_vain]
    assert len(in_vain) <= 0.03 * sum(one.harmless for one in counted), in_vain
    assert [text for one in counted for kind, text in one.left if kind != "name"] == []

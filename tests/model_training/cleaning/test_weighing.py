"""Groups and weights: what a large group, one contact or one phrase may weigh."""

import hashlib
import random

import pytest
from langchain_core.embeddings import Embeddings

from model_training.cleaning.clusters import cluster
from model_training.cleaning.poisoning import Setting, overweight_contacts, overweight_phrases
from model_training.cleaning.settings import CleaningSettings

DAY = 86_400.0


class ByFirstWord(Embeddings):
    """Texts that begin alike lie close together, the same texts in one place."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        topic = random.Random(hashlib.sha256(text.split()[0].encode()).digest())
        own = random.Random(hashlib.sha256(text.encode()).digest())
        return [topic.gauss(0, 1) + own.gauss(0, 0.3) for _ in range(16)]


def test_a_large_group_loses_what_says_the_same_and_nothing_else() -> None:
    same, different = ["kettle leaks"] * 80, [f"kettle w{number} leaks" for number in range(80)]
    others = [f"topic{number} asked" for number in range(100)]
    gists = [*same, *different, *others]
    settings = CleaningSettings(largest_cluster=0.1, smallest_cap=20, same_meaning=0.999)
    found = cluster(gists, embedder=ByFirstWord(), settings=settings)
    assert set(found.thinned) <= set(range(80))
    assert len(found.thinned) >= 70


def test_small_groups_are_left_alone() -> None:
    gists = ["kettle leaks"] * 10 + [f"topic{number} asked" for number in range(90)]
    assert not cluster(gists, embedder=ByFirstWord(), settings=CleaningSettings()).thinned


def test_rows_without_a_vector_follow_their_words() -> None:
    topics = ("kettle steam boil", "parcel courier door", "invoice tax company")
    gists = [f"{topics[number % 3]} n{number}" for number in range(300)]
    found = cluster(gists, embedder=ByFirstWord(), settings=CleaningSettings(embedded_rows=60))
    assert found.embedded == 60
    mixed = {
        group: {row % 3 for row in range(300) if found.of_row[row] == group} for group in set(found.of_row)
    }
    assert sum(len(kinds) > 1 for kinds in mixed.values()) <= 1


def test_one_contact_weighs_no_more_than_its_share() -> None:
    contacts = ["loud"] * 60 + [f"k{number}" for number in range(140)]
    dropped = overweight_contacts(contacts, rows=range(200), settings=CleaningSettings())
    assert set(dropped) <= set(range(60))
    assert len(dropped) == 50


def everyday(rows: int) -> Setting:
    """Many people over a year, about ten topics by turns."""
    return Setting(
        contacts=[f"k{number % 150}" for number in range(rows)],
        moments=[DAY * (1 + 365 * number / rows) for number in range(rows)],
        clusters=[number % 10 for number in range(rows)],
        rows=range(rows),
    )


@pytest.mark.parametrize(
    ("phrase", "rows", "weighs"),
    [
        ("visit evil.example for your refund", range(100, 140), True),  # within weeks, about everything
        ("our returns are free within thirty", range(0, 400, 10), False),  # over the year
        ("the winter lamp is sold out", range(100, 400, 10), False),  # one topic's own words
    ],
)
def test_a_phrase_that_came_suddenly_and_everywhere_loses_its_weight(
    phrase: str, rows: range, weighs: bool
) -> None:
    dropped, shown = overweight_phrases(
        {phrase: list(rows)}, setting=everyday(400), settings=CleaningSettings()
    )
    assert [found.text for found in shown] == ([phrase] if weighs else [])
    assert len(dropped) == (35 if weighs else 0)


def test_a_phrase_of_few_people_loses_its_weight_whenever_it_came() -> None:
    setting = everyday(400)
    rows = [row for row in range(400) if row % 150 < 8 and row % 10 < 9][:24]
    few = Setting(
        contacts=[f"k{row % 3}" if row in rows else name for row, name in enumerate(setting.contacts)],
        moments=setting.moments,
        clusters=setting.clusters,
        rows=setting.rows,
    )
    dropped, _ = overweight_phrases(
        {"say the magic word now": rows}, setting=few, settings=CleaningSettings()
    )
    assert dropped if len(rows) >= 20 else not dropped

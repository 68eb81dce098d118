"""Misspelt words find what was meant; codes, names and what is known stay as they were asked."""

from pathlib import Path

import pytest

from retrieval import MemoryChunkStore, WordIndex
from retrieval.correcting import corrected, possible_slips
from retrieval.recall import Clock, Recall
from retrieval.relevance import DEFAULT_FIT
from retrieval.spelling import is_one_slip
from retrieval.testing import FakeEmbeddings, MemoryVectors
from retrieval.testing.contracts import make_chunk
from retrieval.texts import asked_words

TEXTS = {
    "warranty": "The lamp has a warranty of two years.",
    "shipping": "Shipping is free above 50 euros.",
    "refund": "A refund takes five days.",
    "code": "The error ERTEX means that the lamp is too hot. Model LX-4411.",
    "zh": "退款需要五天。Wi-Fi 密码在 receipt 上。",
}


@pytest.fixture
def store() -> MemoryChunkStore:
    return MemoryChunkStore([make_chunk(id, text=text, title="") for id, text in TEXTS.items()])


@pytest.fixture
def words(tmp_path: Path, store: MemoryChunkStore) -> WordIndex:
    index = WordIndex(tmp_path / "words")
    index.catch_up(store)
    return index


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("how long is the warrenty", "warranty"),
        ("shiping costs", "shipping"),
        ("when do I get my refnud?", "refund"),
        ("Refnud please", "refund"),
        ("我的refnud什么时候到", "refund"),
        ("reciept", "zh"),
    ],
)
def test_misspelt_words_find_what_was_meant(
    words: WordIndex, store: MemoryChunkStore, question: str, found: str
) -> None:
    asked = asked_words(question)
    assert [id for id, _ in words.search(asked, limit=1)] != [found]
    meant = corrected(asked, question=question, words=words, store=store)
    assert [id for id, _ in words.search(meant, limit=1)] == [found]


@pytest.mark.parametrize(
    "question",
    [
        "what does ERTEY mean",  # a code that is not here
        "LX-4412",
        "lx-4412 and w2378156",
        "is refnud-plus a plan",
        "refund and warranty",  # known
        "a lump in my throat",  # usual words
        "退宽需要几天",
    ],
)
def test_codes_names_and_usual_words_stay(words: WordIndex, store: MemoryChunkStore, question: str) -> None:
    asked = asked_words(question)
    assert corrected(asked, question=question, words=words, store=store) == asked


def test_only_what_a_live_chunk_says_is_meant(words: WordIndex) -> None:
    asked = asked_words("warrenty")
    assert corrected(asked, question="warrenty", words=words, store=MemoryChunkStore()) == asked


def test_search_corrects_its_words(tmp_path: Path, store: MemoryChunkStore) -> None:
    recall = Recall(
        store=store,
        vectors=MemoryVectors(),
        words=WordIndex(tmp_path / "of search"),
        embedder=FakeEmbeddings(),
        fit=DEFAULT_FIT,
    )
    found = recall("the warrenty", mode="words", clock=Clock())
    assert found.weights["warranty"].coverage > 0.9


def test_words_in_capitals_with_digits_or_marks_are_no_slips() -> None:
    asked = "QWERTZ iPhonee refnud e-reciept x1refnud reciept.pdf www.warrenty.com warrenty."
    assert set(possible_slips(asked).values()) == {"refnud", "warrenty"}


@pytest.mark.parametrize(
    ("one", "other", "is_slip"),
    [
        ("refnud", "refund", True),
        ("adress", "address", True),
        ("warrenty", "warranty", True),
        ("a", "b", True),
        ("same", "same", False),
        ("abcd", "badc", False),
        ("abc", "abcde", False),
        ("", "", False),
    ],
)
def test_one_slip(one: str, other: str, is_slip: bool) -> None:
    assert is_one_slip(one, other) is is_slip
    assert is_one_slip(other, one) is is_slip

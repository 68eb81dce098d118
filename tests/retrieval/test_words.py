"""The word index: what counts as a word, and the replica that keeps up with its store."""

import itertools
import multiprocessing
import shutil
from pathlib import Path

import pytest

from retrieval import CUTTER, MemoryChunkStore, WordIndex
from retrieval.testing.contracts import make_chunk
from retrieval.texts import asked_words
from retrieval.tokens import words_as_said, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Running cities", {"run", "citi"}),
        ("Error E-404", {"e-404", "e", "404"}),
        ("order #W2378156", {"w2378156"}),
        ("iPhone15 Pro", {"iphone15", "iphon", "15", "pro"}),
        ("v2.0.1", {"v2.0.1"}),
        ("怎么退货", {"退货"}),
        ("訂單退貨", {"订单", "退货"}),
        ("ＡＢＣ－１２３", {"abc-123", "abc", "123"}),
        ("C++ and C#", {"c++", "c#"}),
        ("the shop's", {"shop"}),
        ("Привет", {"привет"}),
    ],
)
def test_words_are_cut_the_way_people_ask(text: str, words: set[str]) -> None:
    assert words <= set(words_of(text))


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "!?。，", "\u200b"])
def test_text_without_words_has_none(text: str) -> None:
    assert words_of(text) == []


def test_question_keeps_its_stop_words_only_when_it_has_no_others() -> None:
    assert asked_words("How do I return it?") == ["return"]
    assert asked_words("What is it?") != []


@pytest.mark.parametrize(
    ("question", "said", "words"),
    [
        ("怎么开发票？", {"发票": 8, "开": 2}, ["怎么", "开", "发票"]),
        ("怎么开发票？", {"开发票": 2, "发票": 8, "开": 2}, ["怎么", "发票", "开发票"]),
        ("开发票据系统", {"开发": 9, "票据": 9, "系统": 9}, ["开发", "票据", "系统"]),
        ("卖滑雪板吗", {"板": 3}, ["卖", "滑雪板", "吗"]),
        ("开 invoice", {}, ["开", "invoic"]),
    ],
)
def test_chinese_question_is_cut_as_the_texts_are_written(
    question: str, said: dict[str, int], words: list[str]
) -> None:
    assert words_as_said(question, said=lambda word: said.get(word, 0)) == words


@pytest.fixture
def store() -> MemoryChunkStore:
    return MemoryChunkStore(
        [
            make_chunk("returns", text="Returns within 30 days."),
            make_chunk("delivery", text="Delivery of W2378156."),
        ]
    )


@pytest.fixture
def words(tmp_path: Path) -> WordIndex:
    return WordIndex(tmp_path / "words")


def found(words: WordIndex, question: str) -> list[str]:
    return [id for id, _ in words.search(asked_words(question), limit=10)]


def test_replica_finds_what_the_store_holds(store: MemoryChunkStore, words: WordIndex) -> None:
    assert words.catch_up(store) == store.revision()
    assert found(words, "returning") == ["returns"]
    assert found(words, "w2378156?") == ["delivery"]
    assert words.ids() == {"returns", "delivery"}


def test_replica_takes_chunks_in_and_out(store: MemoryChunkStore, words: WordIndex) -> None:
    words.catch_up(store)
    store.put([make_chunk("refunds", text="Refunds of returns.")], gone=["returns"])
    words.catch_up(store)
    assert found(words, "returns") == ["refunds"]


def test_title_counts_more_than_text(store: MemoryChunkStore, words: WordIndex) -> None:
    store.put(
        [
            make_chunk("titled", title="Invoices", text="Sent by mail."),
            make_chunk("text", text="Invoices by mail."),
        ]
    )
    words.catch_up(store)
    assert found(words, "invoices") == ["titled", "text"]


def test_an_faq_is_found_by_what_it_stands_under(store: MemoryChunkStore, words: WordIndex) -> None:
    hotels = {"alder": "Hotel Alder", "birch": "Hotel Birch"}
    store.put(
        [make_chunk(id, title=name, question="Is there wifi?", text="Yes.") for id, name in hotels.items()]
    )
    words.catch_up(store)
    assert found(words, "wifi at Hotel Birch") == ["birch", "alder"]


def test_weights_are_shares_of_what_was_asked(store: MemoryChunkStore, words: WordIndex) -> None:
    words.catch_up(store)
    weights = words.weigh(asked_words("returns 30 days"), ids=["returns", "delivery", "unknown"])
    assert set(weights) == {"returns", "delivery"}
    assert weights["returns"].coverage == pytest.approx(1, abs=0.001)
    assert weights["delivery"].coverage == 0
    assert 0 < weights["returns"].share < 1


def test_what_is_asked_about_counts_for_more_than_how_it_is_asked(
    store: MemoryChunkStore, words: WordIndex
) -> None:
    store.put(
        [
            make_chunk(
                "refunds", title="How long refunds take", text="A refund takes long. It may take days."
            ),
            make_chunk("times", title="Delivery times", text="Delivery by post. Delivery by van."),
        ]
    )
    words.catch_up(store)
    assert found(words, "How long does delivery take?")[0] == "times"
    assert found(words, "how long does it take")[0] == "refunds"


def test_another_process_sees_what_one_committed(store: MemoryChunkStore, tmp_path: Path) -> None:
    first, second = WordIndex(tmp_path / "words"), WordIndex(tmp_path / "words")
    first.catch_up(store)
    second.catch_up(store)
    store.put([make_chunk("invoice", text="Invoices by mail.")])
    first.catch_up(store)
    assert second.catch_up(store) == store.revision()
    assert found(second, "invoices") == ["invoice"]


def test_missing_replica_is_read_anew(store: MemoryChunkStore, words: WordIndex) -> None:
    words.catch_up(store)
    shutil.rmtree(words.folder)
    fresh = WordIndex(words.folder.parent)
    fresh.catch_up(store)
    assert fresh.ids() == {"returns", "delivery"}


@pytest.mark.parametrize("broken", ["meta.json", "*.store", "*.term", "*.idx"])
def test_broken_replica_is_read_anew(store: MemoryChunkStore, words: WordIndex, broken: str) -> None:
    words.catch_up(store)
    for file in list(words.folder.glob(broken)):
        file.unlink()
        file.write_bytes(b"not what it was")
    fresh = WordIndex(words.folder.parent)
    fresh.catch_up(store)
    assert found(fresh, "returns") == ["returns"]


def test_replica_ahead_of_its_store_is_read_anew(store: MemoryChunkStore, words: WordIndex) -> None:
    store.put([make_chunk("later", text="Later words.")])
    words.catch_up(store)
    older = MemoryChunkStore([make_chunk("returns", text="Returns within 30 days.")])
    assert words.catch_up(older) == older.revision()
    assert words.ids() == {"returns"}


def test_dropped_replica_leaves_nothing(store: MemoryChunkStore, words: WordIndex) -> None:
    words.catch_up(store)
    words.drop()
    words.drop()
    assert not words.folder.exists()
    assert words.catch_up(store) == store.revision()


def _catch_up(folder: Path, chunks: int) -> None:
    store = MemoryChunkStore([make_chunk(f"c{n}", text=f"word{n}") for n in range(chunks)])
    WordIndex(folder).catch_up(store)


def test_processes_that_catch_up_at_once_leave_one_whole_replica(tmp_path: Path) -> None:
    processes = [
        multiprocessing.get_context("spawn").Process(target=_catch_up, args=(tmp_path / "words", 50))
        for _ in range(2)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert len(WordIndex(tmp_path / "words").ids()) == 50


def test_the_small_dictionary_says_what_jiebas_own_says() -> None:
    """Every word and every beginning of one, and nothing of what lies between: they cut alike."""
    with CUTTER.get_dict_file() as lines:
        theirs, total = CUTTER.gen_pfdict(lines)
    CUTTER.check_initialized()
    assert total == CUTTER.total
    assert all(CUTTER.FREQ.get(word) == count for word, count in theirs.items())
    made_up = (a[0] + b for a, b in itertools.pairwise(theirs))
    assert all((word in CUTTER.FREQ) == (word in theirs) for word in made_up)

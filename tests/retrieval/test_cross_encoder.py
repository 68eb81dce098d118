"""The shipped cross-encoders read: what answers is told from what is near, and what is said from what is not."""

from pathlib import Path

import pytest

from retrieval import IndexUnavailable, cross_encoder, home_cross_encoder, placed
from retrieval.cross_encoder import Pace

WARRANTY = "Warranty > How long"
LAMPS = placed("Lamps come with a two-year warranty.", under=WARRANTY)
BULBS = placed("Bulbs and batteries wear out and are not part of it.", under=WARRANTY)
FREE = placed("Orders above £60 are delivered free of charge, except furniture.", under="Delivery")
免费 = placed("订单满99元免运费，家具除外。", under="配送")


def test_what_answers_ranks_above_what_is_near() -> None:
    answers = home_cross_encoder("answers")
    told, near = answers("how long is the warranty on a lamp", [LAMPS, BULBS])
    assert told > 0.5 > near
    unanswered = answers("can I extend the warranty on a lamp?", [LAMPS])[0]
    assert unanswered < told


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (FREE, "You pay nothing for delivery once you spend over £60, unless it is furniture.", "Furniture is delivered free above £60."),
        (免费, "除家具外，买够99元就不收运费。", "买满99元的家具也免运费。"),
    ],
)  # fmt: skip
def test_what_is_said_in_other_words_is_told_from_what_is_not(text: str, right: str, wrong: str) -> None:
    supports = home_cross_encoder("supports")
    assert supports(right, [text])[0] > supports(wrong, [text])[0]


def test_long_empty_and_broken_texts_are_read_too() -> None:
    answers = home_cross_encoder("answers")
    odd = ["", "\x00", "\ud800", "字" * 9_000, "a b " * 3_000]
    assert all(0 <= likely <= 1 for likely in answers("x" * 9_000, odd))


def test_a_network_that_is_not_there_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cross_encoder, "FOLDER", tmp_path)
    cross_encoder._loaded.cache_clear()
    try:
        with pytest.raises(IndexUnavailable, match="cannot be had"):
            home_cross_encoder("answers")
    finally:
        cross_encoder._loaded.cache_clear()


def test_who_comes_while_another_reads_goes_without_and_then_all_rest_a_while() -> None:
    pace = Pace(patience=0.0, rest=1e9)
    with pace.turn(), pytest.raises(IndexUnavailable), pace.turn():
        pass
    with pytest.raises(IndexUnavailable), pace.turn():
        pass


def test_who_comes_alone_is_never_sent_away() -> None:
    pace = Pace(patience=0.0, rest=1e9)
    for _ in range(3):
        with pace.turn():
            pass


def test_traditional_characters_are_read_as_simplified_ones() -> None:
    answers = home_cross_encoder("answers")
    text = [placed("跨行转账每笔手续费2元。", under="转账 > 费用")]
    assert answers("轉帳手續費多少", text) == answers("转帐手续费多少", text)


def test_who_does_not_wait_makes_no_crowd() -> None:
    pace = Pace(patience=1e9, rest=1e9)
    with pace.turn(), pytest.raises(IndexUnavailable), pace.turn(waits=False):
        pass
    with pace.turn():
        pass

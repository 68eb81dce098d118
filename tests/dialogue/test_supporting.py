"""The check by itself: one passage, one sentence, a level and a reason. The pairs about shops are measured elsewhere."""

import json
from pathlib import Path

import pytest

from dialogue.supporting import is_quote, support_of

SHOP = Path(__file__).parent / "support_shop.jsonl"
EN = (
    "Lamps may be returned within 21 days, if the bulb is unused. We refund £12.50 by bank transfer. "
    "Spare parts are sold online, in our shops and by phone. Model LX-7 takes a 40 W bulb."
)
ZH = "台灯签收后21天内可以退货，灯泡必须未使用。退款12.5元，通过银行转账退回。LX-7型号使用40瓦灯泡，保修两年，全国联保。"


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("Lamps may be returned within 21 days, if the bulb is unused.", EN),
        ("- lamps may be returned within 21 days if the bulb is unused", EN),
        ("We refund £12.50 by bank transfer. Spare parts are sold online, in our shops and by phone.", EN),
        ("退款１２.５元，通过银行转账退回", ZH),
        ("LX-7型号使用40瓦灯泡，保修两年。", ZH),
    ],
)
def test_the_passages_own_words_are_a_quote(sentence, passage):
    found = support_of(sentence, passage=passage, strictness="quotes")
    assert (found.supported, found.level) == (True, "quote")


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("Lamps may be returned within 21 days.", EN),  # its condition is missing
        ("We refund £1250 by bank transfer.", EN),
        ("We refund $12.50 by bank transfer.", EN),
        ("灯泡必须未使用。", ZH),  # of what?
        ("退款125元，通过银行转账退回", ZH),
    ],
)
def test_what_limits_or_differs_makes_it_no_quote(sentence, passage):
    assert not is_quote(sentence, passage=passage)


@pytest.mark.parametrize(
    ("sentence", "passage", "reason"),
    [
        ("Lamps may be returned within 30 days.", EN, "facts"),
        ("We refund €12.50 by bank transfer.", EN, "facts"),
        ("Model LX-9 takes a 40 W bulb.", EN, "facts"),
        ("Spare parts are not sold online.", EN, "negation"),
        ("Every customer gets a free cushion as a birthday present.", EN, "not_found"),
        ("台灯签收后30天内可以退货。", ZH, "facts"),
        ("退款12.5美元，通过银行转账退回。", ZH, "facts"),
        ("LX-7型号不使用40瓦灯泡。", ZH, "negation"),
    ],
)
def test_a_fault_is_caught_and_named(sentence, passage, reason):
    found = support_of(sentence, passage=passage)
    assert (found.supported, found.reason) == (False, reason)


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("You can return lamps within 21 days if the bulb is unused.", EN),
        ("Model LX-7 takes a bulb of 40 watts.", EN),
        ("台灯自签收起21天内能退货，灯泡必须未使用。", ZH),
    ],
)
def test_other_words_for_the_same_pass_the_light_level(sentence, passage):
    found = support_of(sentence, passage=passage, strictness="lenient")
    assert (found.supported, found.level) == (True, "light")
    assert not support_of(sentence, passage=passage, strictness="quotes").supported


def test_a_judge_decides_what_the_rules_leave_open():
    sentence = "Lamps go back within 21 days, the bulb unused and unopened."
    yes = support_of(sentence, passage=EN, judge=lambda *, passage, sentence: 0.9)
    no = support_of(sentence, passage=EN, judge=lambda *, passage, sentence: 0.1)
    assert (yes.supported, yes.level, no.supported) == (True, "judge", False)


def test_a_judge_cannot_talk_a_number_into_a_passage():
    assert not support_of("We refund £99.", passage=EN, judge=lambda *, passage, sentence: 1.0).supported


def test_a_judge_that_fails_leaves_it_to_the_light_level():
    def broken(*, passage: str, sentence: str) -> float:
        raise ConnectionError

    assert support_of("We refund £12.50 by a bank transfer.", passage=EN, judge=broken).level == "light"


def test_an_empty_passage_supports_nothing():
    assert not support_of("Lamps may be returned.", passage="").supported


def test_the_check_keeps_its_promises_about_shops():
    rows = [json.loads(line) for line in SHOP.read_text(encoding="utf-8").splitlines()]
    told = [(row, support_of(row["sentence"], passage=row["passage"], topic=row["title"])) for row in rows]
    wrong = [found for row, found in told if row["kind"] in ("number", "unit", "other passage")]
    assert wrong
    assert not any(found.supported for found in wrong)
    assert sum(found.supported for row, found in told if row["supported"]) >= 0.7 * sum(
        row["supported"] for row in rows
    )

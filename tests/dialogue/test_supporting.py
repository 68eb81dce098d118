"""The check by itself: one passage, one sentence, a level and a reason. How well it tells pairs apart is measured elsewhere."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dialogue.verifying.supporting import is_quote, support_of

BY_HAND = [Path(__file__).parent / f"support_{name}.jsonl" for name in ("shop", "trades")]
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
    ("sentence", "passage"),
    [
        ("Delivery takes 35 days.", "Delivery takes 3-5 days."),
        ("配送需要35天。", "配送需要3-5天。"),
        ("Store at 18 °C.", "Store at -18 °C."),
        ("请在18℃保存。", "请在-18℃保存。"),
        ("请在18度保存。", "请在零下18度保存。"),
        ("It costs 1250 €.", "It costs 12,50 €."),
        ("Take 12 cup of milk.", "Take 1/2 cup of milk."),
        ("Ages 312 pay half.", "Ages 3–12 pay half."),
        ("We open at 930.", "We open at 9:30."),
        ("每天9点00到1730营业。", "每天9点00到17:30营业。"),
    ],
)
def test_marks_between_digits_and_signs_before_them_count(sentence, passage):
    found = support_of(sentence, passage=passage, strictness="lenient")
    assert (found.supported, found.level) == (False, "light")


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("Delivery takes 3 – 5 days.", "- Delivery takes 3-5 days."),
        ("配送需要3~5天", "配送需要3-5天。"),
        ("Store at −18 °C.", "Store at -18 °C."),
        ("It costs $1250.", "It costs $1,250."),
        ("Open 9:00–17:30", "Open: 9:00 - 17:30."),
        ("Call 400-820-1234 - it is free", "Call 400–820–1234: it is free."),
    ],
)
def test_whichever_dash_stands_there_it_is_a_quote(sentence, passage):
    assert is_quote(sentence, passage=passage)


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
        ("签收后21天内，台灯可以退货，灯泡必须没用过。", ZH),
    ],
)
def test_other_words_for_the_same_pass_the_light_level(sentence, passage):
    found = support_of(sentence, passage=passage, strictness="lenient")
    assert (found.supported, found.level) == (True, "light")
    assert not support_of(sentence, passage=passage, strictness="quotes").supported


def test_a_judge_decides_what_the_rules_leave_open():
    sentence = "Lamps that are unused may be returned within 21 days."
    yes = support_of(sentence, passage=EN, judge=lambda *, passage, sentence: 0.9)
    no = support_of(sentence, passage=EN, judge=lambda *, passage, sentence: 0.01)
    assert (yes.supported, yes.level, no.supported) == (True, "judge", False)


def test_a_judge_cannot_talk_a_number_into_a_passage():
    assert not support_of("We refund £99.", passage=EN, judge=lambda *, passage, sentence: 1.0).supported


def test_a_judge_that_fails_leaves_it_to_the_light_level():
    def broken(*, passage: str, sentence: str) -> float:
        raise ConnectionError

    assert support_of("We refund £12.50 by a bank transfer.", passage=EN, judge=broken).level == "light"


def test_an_empty_passage_supports_nothing():
    assert not support_of("Lamps may be returned.", passage="").supported


TABLE = "| Weight | Europe | Overseas |\n|---|---|---|\n| up to 2 kg | $5 | $12 |\n| 2-10 kg | $9.50 | $31 |"
TABELLE = "| 重量 | 省内 | 省外 |\n|---|---|---|\n| 2公斤以内 | ¥8 | ¥12 |\n| 2-10公斤 | ¥15 | ¥35 |"


@pytest.mark.parametrize(
    ("right", "wrong", "passage"),
    [
        ("Up to 2 kg, Europe costs 5 dollars.", "Up to 2 kg, Europe costs 12 dollars.", TABLE),
        ("2 to 10 kg overseas: USD 31.", "2 to 10 kg overseas: USD 9.50.", TABLE),
        ("2公斤以内省内8元。", "2公斤以内省内12元。", TABELLE),
    ],
)
def test_a_cell_of_a_table_belongs_to_its_row_and_column(right, wrong, passage):
    likelihoods = [support_of(sentence, passage=passage).likelihood for sentence in (right, wrong)]
    assert likelihoods[0] > likelihoods[1]
    assert support_of(right, passage=passage, strictness="lenient").supported


@given(st.text(max_size=60), st.text(alphabet="|-: a1%点十五/.\n;，。成$", max_size=60))
@example("2 dollars for Fred", ";")
@example("", "。；")
@settings(max_examples=100, deadline=None)
def test_any_two_texts_get_a_verdict(sentence, passage):
    assert 0 <= support_of(sentence, passage=passage).likelihood <= 1
    assert 0 <= support_of(passage, passage=f"{sentence}\n{passage}").likelihood <= 1


def test_a_table_without_rows_gets_a_verdict_too():
    assert not support_of("Lamps may be returned.", passage="| a | b |\n|---|---|").supported


def test_a_share_is_no_amount():
    assert support_of("It costs 4 % of the amount.", passage="It costs at least $4.").reason == "facts"


@pytest.mark.parametrize("path", BY_HAND, ids=["shops", "other trades"])
def test_the_check_keeps_its_promises_about_pairs_written_by_hand(path):
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    told = [(row, support_of(row["sentence"], passage=row["passage"], topic=row["title"])) for row in rows]
    wrong = [found for row, found in told if row["kind"] in ("number", "other passage")]
    assert wrong
    assert not any(found.supported for found in wrong)
    assert sum(found.supported for row, found in told if row["supported"]) >= 0.6 * sum(
        row["supported"] for row in rows
    )

"""One sentence against a passage: what passes, and what is withheld for which reason."""

import pytest

from dialogue.searching.evidence import candidates_in
from dialogue.verifying.checking import check, cited_numbers, says_nothing, without_marks
from tests.dialogue.test_answering import passage

EN = passage(
    "Most items can be returned within 30 days of delivery. Swimwear and earrings cannot be returned once opened. "
    "You pay the return shipping of $4.95 unless the item is faulty. Refunds reach your card within 5 business days. "
    "Call 400-820-1234 from 9:00 to 18:00. Orders over $1,000 ship free. The kettle holds 1.5 litres and weighs 2 kg. "
    "Our shop at 12 Mill Lane opens on May 5, 2025. Write to help@mosswick.example. The battery lasts at least 12 hours. "
    "Only members may book the studio. Vouchers are valid for seven days.",
    title="Returns",
)
ZH = passage(
    "大部分商品签收后7天内可以无理由退货。内衣和定制商品不支持退货。退货运费10元由您承担，质量问题除外。"
    "退款在3个工作日内原路退回。订单满99元包邮。客服热线是400-820-1234，每天9:00至18:00接听。保修期为一年，电池保修6个月。"
    "新店将于2025年5月1日开业。仅限会员预约。学生可享9折优惠。水壶容量为1.5升。必须提供购买凭证。",
    title="退货说明",
)

SUPPORTED = """
Most items can be returned within 30 days of delivery.
You can return most items within 30 days.
Swimwear cannot be returned once opened.
No, swimwear cannot be returned once it has been opened.
Return shipping costs $4.95.
Refunds reach your card within five business days.
Call 400-820-1234.
Orders over $1000 ship free.
The kettle holds 1.5 litres.
The shop at 12 Mill Lane opens on 5 May 2025.
Vouchers are valid for 7 days.
Only members may book the studio.
The battery lasts at least twelve hours.
签收后七天内可以退货。
大部分商品在签收后7天内可以无理由退货。
退款会在三个工作日内原路退回。
定制商品不支持退货。
订单满99元包邮。
保修期为1年。
客服热线是400-820-1234。
新店2025年5月1日开业。
学生可享9折优惠。
水壶容量为１．５升。
必须提供购买凭证。
""".strip().splitlines()

PLANTED = [
    ("Most items can be returned within 60 days of delivery.", "facts"),
    ("Most items can be returned within 30 weeks of delivery.", "facts"),
    ("Most items can be returned after 30 days of delivery.", "facts"),
    ("All items can be returned within 30 days of delivery.", "qualifier"),
    ("Most items cannot be returned within 30 days of delivery.", "negation"),
    ("Swimwear can be returned once opened.", "negation"),
    ("Gift cards can be returned within 30 days of delivery.", "subject"),
    ("Return shipping costs €4.95.", "facts"),
    ("Return shipping costs $9.45.", "facts"),
    ("We pay the return shipping of $4.95.", "subject"),
    ("Refunds reach your card within 5 days.", "facts"),
    ("Refunds reach your card within 5 hours.", "facts"),
    ("Call 400-820-4321 from 9:00 to 18:00.", "facts"),
    ("Call 400-820-1234 from 9:00 to 20:00.", "facts"),
    ("Orders under $1,000 ship free.", "facts"),
    ("The kettle holds 1.5 kg.", "facts"),
    ("The kettle weighs 2 pounds.", "facts"),
    ("Our shop at 12 Mill Lane opens on May 6, 2025.", "facts"),
    ("Our shop at 12 Mill Lane opens on May 5, 2026.", "facts"),
    ("Write to help@mosswyck.example.", "facts"),
    ("The battery lasts at most 12 hours.", "facts"),
    ("Only members may book the kitchen and the pool.", "not_found"),
    ("You get a free gift with every order.", "not_found"),
    ("As a goodwill gesture we extend the warranty to lifetime for everyone.", "not_found"),
    ("签收后15天内可以退货。", "facts"),
    ("签收后7小时内可以退货。", "facts"),
    ("大部分商品签收后7天内不可以无理由退货。", "negation"),
    ("内衣和定制商品支持退货。", "negation"),
    ("退款在3天内原路退回。", "facts"),
    ("订单满99美元包邮。", "facts"),
    ("订单满199元包邮。", "facts"),
    ("退货运费10元由我们承担。", "subject"),
    ("保修期为两年。", "facts"),
    ("电池保修6年。", "facts"),
    ("新店将于2025年6月1日开业。", "facts"),
    ("客服热线是400-820-4321。", "facts"),
    ("学生可享8折优惠。", "facts"),
    ("水壶容量为1.5毫升。", "facts"),
    ("仅限学生预约。", "subject"),
    ("每位顾客都可以免费领取一台平板电脑。", "not_found"),
    ("可以提供购买凭证。", "qualifier"),
    ("所有商品签收后7天内可以无理由退货。", "qualifier"),
]


@pytest.fixture(scope="module")
def candidates():
    return candidates_in([EN, ZH])


@pytest.mark.parametrize("sentence", SUPPORTED)
def test_this_is_supported(sentence, candidates):
    verdict = check(without_marks(sentence), candidates=candidates)
    assert verdict.supported, verdict.reason


@pytest.mark.parametrize(("sentence", "reason"), PLANTED)
def test_this_is_withheld(sentence, reason, candidates):
    verdict = check(without_marks(sentence), candidates=candidates)
    assert not verdict.supported, [source.text for source in verdict.sources]
    assert verdict.reason in (reason, "not_found")


def test_what_stands_behind_a_sentence_is_the_passages_own(candidates):
    verdict = check("签收后七天内可以退货。", candidates=candidates)
    assert [source.text for source in verdict.sources] == ["大部分商品签收后7天内可以无理由退货。"]


def test_marks_lead_ins_and_bullets_are_not_part_of_a_sentence():
    assert without_marks("- **Sure!** According to the sources, it holds 2 l. [1][3]") == "it holds 2 l."
    assert cited_numbers("It holds 2 l. [1][3, 4]【5】") == (1, 3, 4, 5)


@pytest.mark.parametrize(
    "text", ["NONE", "none.", "没有。", "没有", "The sources do not mention this.", "抱歉，资料中没有说明。"]
)
def test_the_model_may_say_that_the_sources_do_not_tell(text):
    assert says_nothing(text)


@pytest.mark.parametrize(
    "text", ["Nonetheless it is free.", "没有货运时会通知您吗", "None of the tents has a floor of cotton."]
)
def test_a_sentence_that_begins_alike_is_a_sentence(text):
    assert not says_nothing(text)

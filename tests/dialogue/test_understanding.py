"""A turn and what is understood of it."""

import pytest

from dialogue import Earlier, Turn, Utterance, asks_back
from dialogue.understanding.reading import (
    is_readable,
    language_of,
    leans_on_history,
    small_talk_in,
    understand,
)
from dialogue.wording import say


def after(*questions: str, then: str, asked_back: bool = False) -> str:
    history = tuple(
        said
        for question in questions
        for said in (Utterance("user", question), Utterance("assistant", "…[1]"))
    )
    return understand(Turn(question=then, history=history, asked_back=asked_back)).question


LEANING = [
    ("退货需要多久？", "那运费呢？"),
    ("玄武600多重？", "它防水吗"),
    ("How much is the white kettle?", "and for the black one?"),
    ("How much is the white kettle?", "And the black?"),
    ("How heavy is the Basalt 600?", "Is it waterproof?"),
    ("Can I return shoes?", "how long do I have for that?"),
    ("Can I return shoes?", "why?"),
    ("保修多久？", "要是过了这个时间呢"),
    ("保修多久？", "为什么"),
    ("Do you ship to France?", "What about Italy?"),
    ("你们寄到香港吗", "澳门呢"),
    ("Do you ship to France?", "How long does it take?"),
    ("Do you have a shop in Leeds?", "Can I park there?"),
    ("Do you have a shop in Leeds?", "What is there?"),
    ("你们寄到香港吗", "可澳门呢"),
    ("发票怎么开", "可我没有税号"),
    ("发票怎么开", "可是要多久"),
]
STANDING = [
    ("退货需要多久？", "可以带宠物吗"),
    ("退货需要多久？", "可否开发票"),
    ("退货需要多久？", "可不可以自提"),
    ("退货需要多久？", "可乐打折吗"),
    ("退货需要多久？", "可用优惠券吗"),
    ("Can I return shoes?", "Is there a car park?"),
    ("Can I return shoes?", "Are there any student discounts?"),
    ("Can I return shoes?", "Will there be a sale in January?"),
    ("Can I return shoes?", "If there is a strike, do trains run?"),
    ("退货需要多久？", "会员积分怎么兑换成优惠券？"),
    ("退货需要多久？", "请问营业时间是几点到几点"),
    ("How much is the white kettle?", "Where can I find my invoice?"),
    ("Do you ship to France?", "Which payment methods do you accept?"),
    ("保修多久？", "另外请问怎么注销账号"),
]


@pytest.mark.parametrize(("before", "now"), LEANING)
def test_a_follow_up_takes_the_earlier_question_along(before, now):
    assert after(before, then=now) == f"{before} {now}"


@pytest.mark.parametrize(("before", "now"), STANDING)
def test_a_new_topic_drags_nothing_along(before, now):
    assert after(before, then=now) == now


EARLIER = (
    Earlier(asked="Do you ship to France?"),
    Earlier(asked="退货运费谁出？"),
    Earlier(asked="How heavy is the Basalt 600?", named=("MW20418833",)),
)


@pytest.mark.parametrize(
    ("now", "asked"),
    [
        ("What did you tell me last time?", "Do you ship to France?"),
        ("I asked about the Basalt before, is it waterproof?", "How heavy is the Basalt 600?"),
        ("上次说的退货运费现在还一样吗", "退货运费谁出？"),
        ("Is it waterproof?", ""),
        ("How long can I use it before I return it?", ""),
        ("发货之前可以取消吗", ""),
    ],
)
def test_only_words_that_say_so_point_back_to_an_earlier_episode(now: str, asked: str) -> None:
    understood = understand(Turn(question=now, earlier=EARLIER))
    assert (understood.recalled.asked if understood.recalled else "") == asked
    assert understood.question == f"{asked} {now}".strip()


def test_a_follow_up_of_a_follow_up_goes_back_to_the_topic():
    assert after("你们寄到香港吗", "澳门呢", then="多久能到") == "你们寄到香港吗 澳门呢 多久能到"


def test_an_answer_to_a_clarifying_question_is_read_with_the_question():
    assert after("退货", then="运费由谁承担的规定", asked_back=True).startswith("退货 ")


def test_thanks_in_between_are_no_topic():
    assert after("你们寄到香港吗", "谢谢", then="澳门呢") == "你们寄到香港吗 澳门呢"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("退款多久到账", "zh"),
        ("How long?", "en"),
        ("iPhone 15 有货吗", "zh"),
        ("coupon可以跟积分stack一起用吗", "zh"),
        ("What does 包邮 mean?", "en"),
        ("MW-TE-021 重量", "zh"),
        ("Samsung Galaxy Buds Pro 防水吗", "zh"),
        ("Nike Air Max 90 尺码", "zh"),
        ("HP LaserJet Pro MFP 卡纸", "zh"),
        ("页面提示 You do not have permission，我的订单是不是不能改了？", "zh"),
        ("Do you deliver to 北京市朝阳区建国路88号?", "en"),
        ("Where is the 发票 of my order", "en"),
        ("你们 deliver to London for free 吗", "zh"),
        ("Nike Air Max 90", "en"),
    ],
)
def test_the_language_is_the_questions_own(text, language):
    assert language_of(text, locale="en") == language_of(text, locale="zh-hans") == language


def test_without_letters_the_locale_decides():
    assert (language_of("???", locale="zh-hans"), language_of("123", locale="en")) == ("zh", "en")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("hi", "greeting"),
        ("Hello there!", "greeting"),
        ("你好", "greeting"),
        ("您好，在吗？", "greeting"),
        ("good morning", "greeting"),
        ("Thanks a lot!", "thanks"),
        ("谢谢你", "thanks"),
        ("好的，谢谢", "thanks"),
        ("再见", "goodbye"),
        ("bye bye", "goodbye"),
        ("你是机器人吗", "about_us"),
        ("Are you a bot?", "about_us"),
        ("👋 hi", "greeting"),
    ],
)
def test_small_talk_is_known(text, kind):
    assert small_talk_in(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "hi, where is my parcel",
        "你好，退款多久",
        "Thanks, and what about Italy?",
        "谢谢，那运费呢",
        "help with a return",
    ],
)
def test_a_question_with_manners_is_a_question(text):
    assert not small_talk_in(text)


@pytest.mark.parametrize(
    "text", ["", "   ", "???", "。。。", "aaaaaaa", "sdfghjkl", "😀😀", "哈哈哈哈哈", "\x00\x01"]
)
def test_noise_cannot_be_read(text):
    assert not understand(Turn(question=text)).readable


@pytest.mark.parametrize("text", ["refund", "退款", "E05", "运费", "rhythm", "12345678", "VAT", "how long?"])
def test_short_is_not_noise(text):
    assert is_readable(text)


def test_a_pasted_letter_is_cut_to_what_it_asks():
    letter = (
        "I bought a tent from you last year and I liked it. " * 100 + "Can I still get spare poles for it?"
    )
    assert understand(Turn(question=letter)).question == "Can I still get spare poles for it?"


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("I like it. ", "Why was I charged $12.50 for customs? Can I get it back?"),
        ("I like it. ", "Is https://shop.example.com/a.html?b=1 the right page?"),
        ("I like it. ", "Can Dr. Lee sign for it at 9.30 p.m. instead?"),
        ("东西我很喜欢。", "为什么收了我12.50元关税？"),
    ],
)
def test_a_point_within_a_number_or_a_link_cuts_no_question(told: str, asked: str) -> None:
    assert understand(Turn(question=told * 40 + asked)).question == asked


@pytest.mark.parametrize("text", ["Where can I find my invoice?", "会员积分怎么兑换成优惠券？"])
def test_a_whole_question_does_not_lean(text):
    assert not leans_on_history(text)


@pytest.mark.parametrize("what", ["unclear", "ambiguous"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_our_own_questions_back_are_known_again(what, language):
    assert asks_back(say(what, language=language, choices=("Returns", "Refunds")))
    assert not asks_back(say("no_evidence", language=language))

"""Two ways to write the same fact give equal facts, and facts that differ in anything do not."""

import pytest

from dialogue.language.facts import facts_in, is_same_time

SAME = [
    ("七天", "7天"),
    ("7-day", "seven days"),
    ("1,000元", "¥1000"),
    ("一千元", "1000块"),
    ("twenty-one days", "21 days"),
    ("百分之二十", "20%"),
    ("1.5 kg", "１．５公斤"),
    ("9:00 pm", "21:00"),
    ("早上九点半", "9:30"),
    ("May 5, 2024", "5 May 2024"),
    ("2024年5月1日", "2024-05-01"),
    ("至少3天", "at least 3 days"),
    ("7天内", "within 7 days"),
    ("满99元", "over 99 yuan"),
    ("https://a.example/b.", "a.example/b"),
    ("10万公里", "100,000 km"),
    ("半小时", "0.5 hours"),
    ("$5", "5 dollars"),
    ("USD 9.50", "$9.5"),
    ("RMB 35", "35元"),
    ("千分之五", "0.5%"),
    ("5‰", "0.5 percent"),
    ("三成", "30%"),
    ("百分之一点七五", "1.75%"),
    ("one and a half percent", "1.5%"),
    ("一点五公斤", "1.5 kg"),
    ("half an hour", "半小时"),
    ("31/12/2026", "31 December 2026"),
    ("12/31/2026", "2026年12月31日"),
    ("下午3点到5点", "15:00-17:00"),
    ("six in the evening", "18:00"),
    ("8 o'clock in the morning", "8 am"),
    ("ten at night", "22:00"),
    ("two at night", "2 am"),
    ("夜里十点", "22:00"),
    ("夜里2点", "2:00"),
    ("一百五的券", "150的券"),
    ("四千二百八", "4280"),
    ("一百零五元", "105元"),
    ("一万五元", "15000元"),
    ("四块一", "4.1元"),
    ("每天一块", "每天1元"),
    ("一米二的孩子", "1.2米的孩子"),
    ("两斤半", "2.5斤"),
    ("一成半", "15%"),
    ("22 点", "22:00"),
]
OTHER = [
    ("3天", "3个工作日"),
    ("5 km", "5 m"),
    ("5元", "5美元"),
    ("$5", "€5"),
    ("at least 3 days", "at most 3 days"),
    ("3天以上", "3天以下"),
    ("7天前", "7天后"),
    ("5 kg", "5 pounds"),
    ("9 am", "9 pm"),
    ("six in the morning", "18:00"),
    ("5月1日", "5月11日"),
    ("20%", "20"),
    ("400-820-1234", "400-820-1235"),
    ("A1234-B", "A1234-C"),
    ("1.5", "15"),
    ("2小时", "2天"),
    ("一个月", "一年"),
    ("13/12/2026", "14/12/2026"),
    ("千分之五", "5%"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_these_are_the_same_fact(one, other):
    assert facts_in(one) == facts_in(other) != ()


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_these_are_not(one, other):
    assert facts_in(one) != facts_in(other)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("六点停诊", "18:00", True),
        ("六点停诊", "6:00", True),
        ("六点半", "18:00", False),
        ("早上六点", "18:00", False),
        ("6:00", "18:00", False),
        ("下午六点", "18:00", True),
    ],
)
def test_an_hour_without_its_half_of_the_day_is_either(one, other, same):
    (one,), (other,) = facts_in(one), facts_in(other)
    assert is_same_time(one, other=other) is same
    assert is_same_time(other, other=one) is same


def test_both_ends_of_a_range_have_its_unit():
    for text in ("3-5 business days", "3到5个工作日", "3–5个工作日"):
        assert [(fact.value, fact.unit) for fact in facts_in(text)] == [
            ("3", "business day"),
            ("5", "business day"),
        ]


@pytest.mark.parametrize(
    "text",
    [
        "一般来说一起下单",
        "万一不合适",
        "一些商品",
        "this one is fine",
        "十分满意",
        "第二天送到",
        "一块寄回",
        "补那一块",
        "早一点预约",
        "百分百保证",
    ],
)
def test_words_that_look_like_numbers_are_none(text):
    assert facts_in(text) == ()


@pytest.mark.parametrize("text", ["1", "1,111", "一", "万", "一点一", "one ", "a-1-", "a.", "王"])
@pytest.mark.parametrize("end", ["", "天", "点", "%", "月1日"])
def test_a_message_of_nothing_but_numbers_is_read_to_its_end(text: str, end: str) -> None:
    """Once Python would not turn so many digits into a number, and read them anew from each of them."""
    assert isinstance(facts_in((text * 8_000)[:7_990] + end), tuple)

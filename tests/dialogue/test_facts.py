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
    ("one hundred and fifty dollars", "$150"),
    ("two thousand three hundred yuan", "2300元"),
    ("three hundred thousand euros", "300,000 €"),
    ("two million five hundred thousand", "2,500,000"),
    ("a million and a half", "1.5 million"),
    ("one thousand and one", "1001"),
    ("between one hundred and two hundred dollars", "between 100 and 200 dollars"),
    ("between one hundred and twenty and two hundred dollars", "between 120 and 200 dollars"),
    ("two dozen eggs", "24 eggs"),
    ("half a dozen eggs", "6 eggs"),
    ("two and a half hours", "2.5 hours"),
    ("2 and a half hours", "两个半小时"),
    ("an hour and a half", "1½ hours"),
    ("two years and a half", "两年半"),
    ("a year and a half", "一年半"),
    ("1 1/2 hours", "一个半小时"),
    ("1/2 day", "half a day"),
    ("every half hour", "every 0.5 hours"),
    ("three quarters of an hour", "0.75 hours"),
    ("一个半月", "1.5个月"),
    ("三天半的行程", "3.5天的行程"),
    ("三个月半价", "3个月"),
    ("一米八", "1米8"),
    ("1米75", "1.75米"),
    ("两三天", "2-3天"),
    ("三四百元", "300到400元"),
    ("十二三岁", "12至13岁"),
    ("half past nine", "九点半"),
    ("quarter past two", "两点一刻"),
    ("a quarter to three in the afternoon", "下午两点三刻"),
    ("下午两点一刻", "14:15"),
    ("八点二十分", "八点20分"),
    ("三点零五分", "三点05分"),
    ("9.30 am", "9:30"),
    ("noon", "12:00"),
    ("一刻钟", "15 minutes"),
    ("三百零五人", "305人"),
    ("一千零一", "1001"),
    ("两百元", "200元"),
    ("APR 19.9%", "19.9%"),
    ("Sep 15 days", "15 days"),
    ("二〇二六年五月一日", "2026-05-01"),
    ("1月5日至10日", "1月5日至1月10日"),
    ("Jan 5-10", "5 to 10 January"),
    ("每月15日", "the 15th of each month"),
    ("1000000元", "100万元"),
    ("¥1000000", "100万元"),
    ("13800138000", "138-0013-8000"),
    ("4.90 €", "€4.90"),
    ("4,90 €", "EUR 4.90"),
    ("€ 1.299,00", "1299欧元"),
    ("1 000 000 €", "€1,000,000"),
    ("99¢", "99 cents"),
    ("500毫克", "500 mg"),
    ("80㎡", "80平方米"),
    ("80 m²", "80 square metres"),
    ("120 km/h", "120公里/小时"),
    ("3千米", "3公里"),
    ("2千克", "2公斤"),
    ("3千元", "3000元"),
    ("1小时30分", "1 hour 30 minutes"),
    ("1小时30分钟", "90分钟"),
    ("2 years and 6 months", "两年零六个月"),
    ("三分之一", "a third of them"),
    ("四分之一", "25%"),
    ("百分之十到十五", "10%至15%"),
    ("零下18度", "minus 18 degrees"),
    ("-18 °C", "18 °C below zero"),
    ("温度-10℃至40℃", "-10 to 40 °C"),
    ("2°C -8°C", "2-8 °C"),
    ("不低于三成", "at least 30%"),
    ("no less than 4 weeks", "不少于4周"),
    ("不得超过7公斤", "up to 7 kg"),
    ("no later than 5 pm", "不晚于17:00"),
    ("v2.5.1", "2.5.1"),
    ("十一点半", "11点半"),
    ("晚上十一点", "23:00"),
    ("12 a.m.", "midnight"),
    ("晚上12点", "夜里十二点"),
    ("12 p.m.", "中午12点"),
    ("$5-10", "5 to 10 dollars"),
    ("¥100~200", "100至200元"),
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
    ("一年半", "一年"),
    ("一年半", "一年半年"),
    ("1½ hours", "2 hours"),
    ("half past nine", "9:00"),
    ("两点一刻", "两点"),
    ("三百零五", "300"),
    ("two dozen", "14"),
    ("500 mg", "500 g"),
    ("20 m2", "20 m"),
    ("120 km/h", "120 km"),
    ("-18 °C", "18 °C"),
    ("零下18度", "18度"),
    ("每月15日", "15天"),
    ("三分之一", "三分之二"),
    ("4.90 €", "4.90 $"),
    ("不低于三成", "低于三成"),
    ("2.5.1", "2.5.2"),
    ("上半年", "半年"),
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
    ("text", "read"),
    [
        ("sizes 36 38 40 42", [("36", ""), ("38", ""), ("40", ""), ("42", "")]),
        ("plates of 100 200 300", [("100", ""), ("200", ""), ("300", "")]),
        ("2 $5 vouchers", [("2", ""), ("5", "usd")]),
        ("5 € 10 days", [("5", "eur"), ("10", "day")]),
        ("five to seven days", [("5", "day"), ("7", "day")]),
        ("twenty to thirty dollars", [("20", "usd"), ("30", "usd")]),
        ("Only 5 may enter", [("5", "")]),
        ("1.2米至1.5米半票", [("1.2", "m"), ("1.5", "m")]),
        ("面额有10,20,50元", [("10", ""), ("20", ""), ("50", "cny")]),
        ("百分之三点十二", [("3", ""), ("12", "")]),
        ("call 020 7946 0958", [("02079460958", "")]),
        ("call 400-820-8820", [("4008208820", "")]),
        ("On 5 May we are shut", [("5-5", "")]),
        ("$5 to 10 people", [("5", "usd"), ("10", "")]),
        ("周三三点", [("3:00", "either half")]),
    ],
)
def test_what_looks_alike_is_read_for_what_it_is(text, read):
    assert [(fact.value, fact.unit) for fact in facts_in(text)] == read


@pytest.mark.parametrize(
    "text",
    [
        "一般来说一起下单",
        "a third party",
        "a pot and a half-empty box",
        "midnight blue",
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


@pytest.mark.parametrize(
    "text",
    ["1", "1,111", "一", "万", "一点一", "one ", "a-1-", "a.", "王", "a hundred and ", "两三", "1 1/2 "],
)
@pytest.mark.parametrize("end", ["", "天", "点", "%", "月1日"])
def test_a_message_of_nothing_but_numbers_is_read_to_its_end(text: str, end: str) -> None:
    """Once Python would not turn so many digits into a number, and read them anew from each of them."""
    assert isinstance(facts_in((text * 8_000)[:7_990] + end), tuple)

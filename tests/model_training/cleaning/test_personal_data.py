"""Personal data: planted items go, in many spellings, and what only looks like them stays.

The items are made here, with other people's usual ways of writing them; nothing of them stands in the recognisers' lists.
"""

import random
from collections.abc import Callable, Iterator

import pytest

from model_training.cleaning.personal_data import Kind, scrub_conversation, scrub_text
from model_training.records import parse_conversation
from tests.model_training.cleaning.conversations import talk

FULL_WIDTH = str.maketrans("0123456789@.", "０１２３４５６７８９＠．")
CHINESE = str.maketrans("0123456789", "零一二三四五六七八九")
FRAMES = (
    "{}",
    "您好，{}，麻烦处理一下",
    "我的是{}。",
    "Please use {} from now on, thanks.",
    "<p>Contact: <b>{}</b></p>",
    "({})",
    "旧的{}已经不用了！",
    "It used to be\n{}\nbut no longer.",
    "“{}”",
    "see: {};",
)


def luhn(digits: str) -> str:
    total = sum(
        sum(divmod(int(d) * 2, 10)) if place % 2 == 0 else int(d) for place, d in enumerate(digits[::-1])
    )
    return digits + str(-total % 10)


def identity(rnd: random.Random) -> str:
    body = f"{rnd.choice(('110105', '440305', '330106', '510107'))}{rnd.randrange(1950, 2005)}{rnd.randrange(1, 13):02d}{rnd.randrange(1, 29):02d}{rnd.randrange(1000):03d}"
    weights = [2**place % 11 for place in range(17, 0, -1)]
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def grouped(digits: str, *sizes: int, by: str) -> str:
    parts, start = [], 0
    for size in sizes:
        parts.append(digits[start : start + size])
        start += size
    return by.join([*parts, digits[start:]] if start < len(digits) else parts)


def mobiles(rnd: random.Random) -> Iterator[str]:
    digits = f"1{rnd.randrange(3, 10)}{rnd.randrange(10**9):09d}"
    yield from (digits, f"+86 {digits}", f"(+86){digits}", f"0086-{digits}", digits.translate(FULL_WIDTH))
    yield from (grouped(digits, 3, 4, by=by) for by in (" ", "-", ".", " - ", "\u00a0"))
    yield digits.translate(CHINESE)
    yield from (
        f"0{rnd.randrange(10, 30)}-{rnd.randrange(10**8):08d}",
        f"+44 20 7{rnd.randrange(100):02d}6 {rnd.randrange(10**4):04d}",
    )
    yield from (
        f"({rnd.randrange(200, 990)}) {rnd.randrange(200, 990)}-{rnd.randrange(10**4):04d}",
        f"+1.{rnd.randrange(200, 990)}.{rnd.randrange(200, 990)}.{rnd.randrange(10**4):04d}",
    )


def cards(rnd: random.Random) -> Iterator[str]:
    visa, union = luhn(f"4{rnd.randrange(10**14):014d}"), luhn(f"62{rnd.randrange(10**16):016d}")
    amex = luhn(f"37{rnd.randrange(10**12):012d}")
    yield from (visa, union, amex, visa.translate(FULL_WIDTH), visa.translate(CHINESE))
    yield from (grouped(visa, 4, 4, 4, 4, by=by) for by in (" ", "-", ".", "  "))
    yield from (grouped(amex, 4, 6, 5, by=" "), grouped(union, 6, by=" "), grouped(union, 4, 4, 4, 4, by=" "))


def mails(rnd: random.Random) -> Iterator[str]:
    name, host = (
        rnd.choice(("zhou.lan", "o_brien", "k-t", "lena+shop")) + str(rnd.randrange(99)),
        rnd.choice(("ex-ample", "mail7", "qq")),
    )
    yield from (
        f"{name}@{host}.com",
        f"{name}@{host}.co.uk",
        f"{name}@mail.{host}.cn",
        f"{name}@{host}.com".upper(),
    )
    yield from (
        f"{name} @ {host}.com",
        f"{name}(at){host}.com",
        f"{name}[at]{host}[dot]com",
        f"{name} at {host} dot com",
    )
    yield from (
        f"{name}@{host}.com".translate(FULL_WIDTH),
        f"{name}艾特{host}点com",
        f"{name} (at) {host} (dot) org",
    )


def identities(rnd: random.Random) -> Iterator[str]:
    number = identity(rnd)
    yield from (
        number,
        number.lower(),
        grouped(number, 6, 8, by=" "),
        grouped(number, 6, 4, 4, by="-"),
        number.translate(FULL_WIDTH),
    )


@pytest.mark.parametrize("made", [mobiles, cards, mails, identities])
def test_none_of_two_hundred_planted_items_is_left(made: Callable[[random.Random], Iterator[str]]) -> None:
    rnd = random.Random(41)
    items = [item for _ in range(60) for item in made(rnd)][:200]
    texts = [(item, rnd.choice(FRAMES).format(item)) for item in items]
    left = [text for item, text in texts if visible(item, in_text=scrub_text(text).text)]
    assert left == []


def visible(item: str, *, in_text: str) -> bool:
    """Whether the item or a telling part of it can still be read: four digits, or the name before the @."""
    digits = [character for character in item if character.isdigit() or character in "零一二三四五六七八九"]
    if len(digits) >= 7:
        shown = [
            character for character in in_text if character.isdigit() or character in "零一二三四五六七八九"
        ]
        return len(shown) > 3
    return item[:4].casefold() in in_text.casefold()


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (
            "My name is Ingvild Sæther and I live at 44 Marsh Lane, Flat 2, Leeds LS9 8AA.",
            {Kind.NAME, Kind.ADDRESS},
        ),
        ("收件人：慕容雪，地址：广东省深圳市南山区科技南路16号2栋301", {Kind.NAME, Kind.ADDRESS}),
        ("Dear Mr Okonkwo, your parcel is on its way.", {Kind.NAME}),
        ("我叫陶大宝，订单号 SO20260311778 一直没动静", {Kind.NAME, Kind.ORDER}),
        ("Order #A7731902 has not come, booking ref KQ7T2P neither.", {Kind.ORDER}),
        ("IBAN NL91 ABNA 0417 1643 00 please", {Kind.IBAN}),
        ("密码是 hunter22，验证码 338201", {Kind.SECRET}),
        ("出生日期：1988年7月2日，微信号 lan_zhou88", {Kind.BIRTHDAY, Kind.ACCOUNT}),
        ("我住在成都市武侯区人民南路四段11号，车牌川A8K2J6", {Kind.ADDRESS, Kind.PLATE}),
        ("Ship to 7 Rue des Lilas, 75011 Paris or PO Box 118", {Kind.ADDRESS}),
        ("the router's at 203.0.113.77", {Kind.IP}),
        ("it is oh seven seven double one nine four six two three", {Kind.PHONE}),
    ],
)
def test_each_kind_gets_its_own_placeholder(text: str, kinds: set[Kind]) -> None:
    scrubbed = scrub_text(text)
    assert set(scrubbed.found) >= kinds
    assert all(kind.placeholder in scrubbed.text for kind in kinds)


@pytest.mark.parametrize(
    "text",
    [
        "The battery holds 20000 mAh and the lamp costs $129.99 or 899元.",
        "We are open 9:00-18:00, from 2026-03-01 to 2026-05-31, version 12.4.1.",
        "Returns are free within 30 days; orders above 99 ship in 3-5 business days.",
        "保修24个月，水温40-60℃，周一至周五 09:00-17:30 有人值守。",
        "请先打开设置，点击网络，再选择5G频段，等待30秒。",
        "Press the button for 10 seconds until the red light blinks twice.",
        "尺寸是120x60x75厘米，承重150公斤，2026年新款。",
        "May I exchange it? I will be grateful. Mark the box as fragile, please.",
        "高兴为您服务，金额会在三到五个工作日退回。",
        "Look at the label: model KX-200, size 42, class A.",
        "On 24 November 2026 the price rose from 89.90 to 94.90 EUR.",
        "It was bought on 3 Mar. 2025, and we ship until 31 December 2026, Monday to Friday.",
    ],
)
def test_what_only_looks_like_personal_data_stays(text: str) -> None:
    assert scrub_text(text).text == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("SSN 078-05-1120 was on the form", "SSN [ID_NUMBER] was on the form"),
        ("My NI number is QQ 12 34 56 C, as asked", "My NI number is [ID_NUMBER], as asked"),
        ("My passport E 1234567 expired last May", "My passport [ID_NUMBER] expired last May"),
        ("IBAN DE89 3704 0044 0532 0130 00 for the refund", "IBAN [IBAN] for the refund"),
        ("order no. MW-20418 arrived broken", "order no. [ORDER] arrived broken"),
        ("Invoice nr. 2026-00817 is wrong", "Invoice nr. [ORDER] is wrong"),
        ("Call me on 07912 345 678 please.", "Call me on [PHONE] please."),
        ("You can reach me at +49 151 2345 6789 any time", "You can reach me at [PHONE] any time"),
        ("我的电话是 138 1234 5678，晚上打。", "我的电话是 [PHONE]，晚上打。"),
        ("电话是+8613812345678吗", "电话是[PHONE]吗"),  # its digits happen to add up as a card's
        ("旧的+44 20 7356 8882已经不用了！", "旧的[PHONE]已经不用了！"),
        ("电话 138-12345678 或 010 8888 6666", "电话 [PHONE] 或 [PHONE]"),
    ],
)
def test_a_number_goes_as_what_it_is_and_takes_no_words_with_it(text: str, left: str) -> None:
    assert scrub_text(text).text == left


def test_a_name_that_was_given_once_goes_everywhere() -> None:
    conversation = parse_conversation(
        talk(
            "c",
            "Where is my order?",
            "May I have your name, please?",
            "ottoline swann",
            "Thanks ottoline swann, it left today.",
        )
    )
    scrubbed, changes = scrub_conversation(conversation)
    assert [message.content for message in scrubbed.messages][2:] == [
        "[NAME]",
        "Thanks [NAME], it left today.",
    ]
    assert [place for place, _ in changes] == [2, 3]


def test_what_the_cited_passage_says_is_the_companys_own() -> None:
    row = talk("c", "怎么联系你们？我的电话是13911112222", "请拨打 400-820-1234，我们会回拨 13911112222。")
    row["messages"][1]["passages"] = [{"chunk_id": "d", "text": "热线：400-820-1234。示例号码 13911112222"}]
    scrubbed, _ = scrub_conversation(parse_conversation(row))
    assert scrubbed.messages[1].content == "请拨打 400-820-1234，我们会回拨 [PHONE]。"


def test_a_scrubbed_text_is_not_scrubbed_again() -> None:
    once = scrub_text("我叫林小满，电话13911112222").text
    assert scrub_text(once).text == once


@pytest.mark.parametrize("text", ["1", "id ", "A-", "Xx", "\n", "王伟", "我叫A", "a@"])
def test_a_text_of_one_thing_over_and_over_is_scrubbed_to_its_end(text: str) -> None:
    """Once each of its letters was where the rest was read anew: ten seconds for the longest message."""
    assert scrub_text((text * 8_000)[:8_000] + " mail me at ann@example.com").text.endswith("[EMAIL]")

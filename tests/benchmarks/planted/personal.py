"""Items of personal data in unusual ways of writing them, and sentences to put them in; Chinese and English.

`telling` are the parts of an item that must not be left to read; of digits not more than three in a row.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_DIGITS = re.compile(r"\d(?:[\s().\-/·]{0,3}\d){3,}")


@dataclass(frozen=True, slots=True)
class Item:
    kind: str
    language: str
    text: str
    telling: tuple[str, ...] = ()  # without any: its digits tell

    def left_in(self, text: str) -> bool:
        if self.telling:
            return any(part in text for part in self.telling)
        wide = text.translate({ord("０") + digit: str(digit) for digit in range(10)})
        return bool(_DIGITS.search(wide))


def luhn(body: str) -> str:
    total = sum(
        sum(divmod(int(d) * 2, 10)) if place % 2 == 0 else int(d) for place, d in enumerate(body[::-1])
    )
    return body + str(-total % 10)


def _number(rnd: random.Random, digits: int) -> str:
    return f"{rnd.randrange(10**digits):0{digits}d}"


# --- phones ---------------------------------------------------------------------------------------------------------


def _phones_zh(rnd: random.Random) -> list[str]:
    a, b, c = f"1{rnd.choice('3456789')}{rnd.randrange(10)}", _number(rnd, 4), _number(rnd, 4)
    line, other = f"{rnd.randrange(2, 9)}{_number(rnd, 3)}", _number(rnd, 4)
    area = rnd.choice(("010", "021", "0755", "0571", "0991"))
    return [
        f"{a}{b}{c}",
        f"{a} {b} {c}",
        f"{a}-{b}-{c}",
        f"{a}－{b}－{c}",
        f"{a}.{b}.{c}",
        f"+86{a}{b}{c}",
        f"+86 {a} {b} {c}",
        f"0086 {a}{b}{c}",
        f"0086-{a}-{b}{c}",
        f"（+86）{a} {b} {c}",
        f"86-{a}{b}{c}",
        f"{a}{b}{c}".translate(FULL_WIDTH),
        f"{a} {b[:2]} {b[2:]}{c[:1]} {c[1:]}",
        f"{area}-{line}{other}",
        f"{area} {line} {other}",
        f"（{area}）{line}-{other}",
        f"({area}){line}{other}转{rnd.randrange(100, 9999)}",
        f"{area}-{line}{other}-{rnd.randrange(100, 9999)}",
        f"{area}－{line} {other} 转 {rnd.randrange(10, 999)}",
        f"{area}-{line}{other} 分机{rnd.randrange(100, 999)}",
        f"+86 {area[1:]} {line} {other} 转{rnd.randrange(100, 999)}",
    ]


def _phones_en(rnd: random.Random) -> list[str]:
    a, b, c = str(rnd.randrange(201, 989)), str(rnd.randrange(200, 999)), _number(rnd, 4)
    return [
        f"{a}-{b}-{c}",
        f"({a}) {b}-{c}",
        f"{a}.{b}.{c}",
        f"{a} {b} {c}",
        f"+1 {a} {b} {c}",
        f"+1-{a}-{b}-{c}",
        f"001 {a} {b} {c}",
        f"1 ({a}) {b} {c}",
        f"({a}) {b}-{c} ext. {rnd.randrange(10, 999)}",
        f"{a}-{b}-{c} x{rnd.randrange(10, 9999)}",
        f"{a}.{b}.{c} extension {rnd.randrange(10, 999)}",
        f"+44 7{_number(rnd, 3)} {_number(rnd, 6)}",
        f"07{_number(rnd, 3)} {_number(rnd, 3)} {_number(rnd, 3)}",
        f"020 7{_number(rnd, 3)} {_number(rnd, 4)}",
        f"+44 (0)20 7{_number(rnd, 3)} {_number(rnd, 4)}",
        f"+49 30 {_number(rnd, 6)}-{rnd.randrange(10, 99)}",
        f"0049 (0)89 / {_number(rnd, 4)} {_number(rnd, 3)}",
        f"+33 6 {_number(rnd, 2)} {_number(rnd, 2)} {_number(rnd, 2)} {_number(rnd, 2)}",
        f"+61 4{_number(rnd, 2)} {_number(rnd, 3)} {_number(rnd, 3)}",
        f"+91 9{_number(rnd, 4)} {_number(rnd, 5)}",
        f"+86 138 {_number(rnd, 4)} {_number(rnd, 4)}",
        f"{a}{b}{c}",
    ]


# --- cards and identity numbers ----------------------------------------------------------------------------------------


def _cards(rnd: random.Random) -> list[str]:
    visa = luhn(f"4{_number(rnd, 14)}")
    master = luhn(f"5{rnd.randrange(1, 6)}{_number(rnd, 13)}")
    union = luhn(f"62{_number(rnd, 16)}")
    amex = luhn(f"3{rnd.choice('47')}{_number(rnd, 12)}")
    fours = [visa[place : place + 4] for place in range(0, 16, 4)]
    return [
        visa,
        master,
        union,
        amex,
        " ".join(fours),
        "  ".join(fours),
        "-".join(fours),
        ".".join(fours),
        "\u00a0".join(fours),
        "—".join(fours),
        "/".join(fours),
        " ".join(fours).translate(FULL_WIDTH),
        visa.translate(FULL_WIDTH),
        " ".join(master[place : place + 4] for place in range(0, 16, 4)),
        " ".join(union[place : place + 4] for place in range(0, 19, 4)),
        f"{union[:6]} {union[6:]}",
        f"{amex[:4]} {amex[4:10]} {amex[10:]}",
        f"{amex[:4]}-{amex[4:10]}-{amex[10:]}",
        " ".join(visa),
    ]


def chinese_id(rnd: random.Random) -> str:
    region = rnd.choice(("110105", "310112", "440305", "510107", "650102", "330106"))
    body = f"{region}{rnd.randrange(1945, 2008)}{rnd.randrange(1, 13):02d}{rnd.randrange(1, 29):02d}{_number(rnd, 3)}"
    weights = [2**place % 11 for place in range(17, 0, -1)]
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def _ids_zh(rnd: random.Random) -> list[str]:
    number = chinese_id(rnd)
    ending = next(one for one in iter(lambda: chinese_id(rnd), "") if one.endswith("X"))
    return [
        number,
        ending,
        ending.lower(),
        f"{ending[:17]}ｘ",
        f"{number[:6]} {number[6:14]} {number[14:]}",
        f"{number[:6]}-{number[6:14]}-{number[14:]}",
        f"{number[:3]} {number[3:6]} {number[6:10]} {number[10:14]} {number[14:]}",
        number.translate(FULL_WIDTH),
        f"{number[:6]}{rnd.randrange(45, 99)}{rnd.randrange(1, 13):02d}{rnd.randrange(1, 29):02d}{_number(rnd, 3)}",
    ]


def _ids_en(rnd: random.Random) -> list[str]:
    a, b, c = rnd.randrange(101, 665), rnd.randrange(10, 99), _number(rnd, 4)
    return [
        f"{a}-{b}-{c}",
        f"SSN {a} {b} {c}",
        f"AB {b} {b} {a % 90 + 10} C",
        f"passport {_number(rnd, 9)}",
        f"driver's license D{_number(rnd, 7)}",
    ]


# --- mail -------------------------------------------------------------------------------------------------------------


def _mails(rnd: random.Random) -> list[Item]:
    local = rnd.choice(("n.abara", "wei_zhou", "k-lindahl", "o.petrova", "xiaoyu")) + str(
        rnd.randrange(10, 99)
    )
    tag, host = rnd.choice(("+parcels", "+2026", "+a.b")), rnd.choice(("fjordpost", "lotus-mail", "uni-kiel"))
    said = [
        f"{local}@{host}.org",
        f"{local}{tag}@{host}.com",
        f"{local}@mx1.mail.{host}.co.uk",
        f"{local}{tag}@students.{host}.edu.cn",
        f"{local}@{host}.museum",
        f"<{local}@{host}.net>",
        f"mailto:{local}@{host}.io",
        f"{local} @ {host} . com",
        f"{local}＠{host}．com",
        f"{local} at {host} dot com",
        f"{local} AT {host} DOT org",
        f"{local} (at) {host} (dot) net",
        f"{local}[at]{host}[dot]com",
        f"{local} [at] mail [dot] {host} [dot] com",
        f"{local} {{at}} {host}.de",
        f"{local}(a){host}.com",
        f"{local}#{host}.com（#换成@）",
        f"{local}艾特{host}点com",
        f"{local.replace('.', ' dot ').replace('-', ' dash ')} at {host} dot com",
        f"{local.upper()}@{host.upper()}.COM",
    ]
    name = re.split(r"[.\-_ ]", local)[-1]
    return [Item("mail", "", text, (name, name.upper())) for text in said]


# --- names and addresses ------------------------------------------------------------------------------------------------


def _in_a_row(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_FIRST = _in_a_row(
    "Adaeze Torvald Priyanka Siobhan Lamont Ingeborg Mateusz Yolanda Hamish Keiko Oluwaseun Freya Dmitri Marisol "
    "Bartholomew Anneke Takumi Leilani Giuseppe Rosalind"
)
_LAST = _in_a_row(
    "Okonjo Bergqvist Raghunathan O'Flaherty Delacroix Wiśniewski Abernathy Fairweather Adeyemi Halvorsen Kuznetsov "
    "Villanueva Cholmondeley Nakagawa Kealoha Esposito Thackeray"
)
_NAMES_EN = (
    "My name is {}.",
    "this is {} speaking",
    "Please ask for Mr {last}.",
    "I already spoke with Mrs. {last} about it.",
    "Dr. {} signed the letter.",
    "The parcel is for my wife, {}.",
    "It is booked under the name {}.",
    "Kind regards,\n{}",
    "Hello, Ms {last} here.",
    "Contact person: {}",
    "Prof. {last} will collect it.",
    "The account belongs to {}.",
    "It's for my colleague {}.",
    "signed: {}",
    "Passenger {} missed the train.",
    "Please tell {} that it came.",
    "The invoice is made out to {}.",
    "Room for {}, two nights.",
    "My landlord is {}.",
    "from {} to you",
    "I am writing on behalf of {}.",
    "the driver, {}, was late",
    "You spoke with {} yesterday.",
    "{} here, room 12.",
    "Could {} call me back?",
    "Everything was arranged by {}.",
    "Put {} on the guest list, please.",
    "The ticket says {}.",
    "I believe {} wrote the note",
    "{first}'s suitcase is missing",
)
_SUR_ZH = _in_a_row("欧阳 司徒 上官 诸葛 钱 冯 许 潘 谭 汤 严 段 罗 谢 曹 邓 彭 曾 苏 魏 蒋 田")
_GIVEN_ZH = _in_a_row(
    "若兰 思远 浩然 雨桐 建国 晓东 梓涵 敏 志强 慧 嘉怡 立群 雅琴 一鸣 诗涵 国栋 丽娟 子轩 桂花 永强 欣 磊"
)
_NAMES_ZH = (
    "我叫{}。",
    "收件人{}",
    "联系人：{}",
    "姓名是{}，麻烦登记一下",
    "{last}女士让我来问的",
    "之前是{last}先生接待的我",
    "请找{last}经理",
    "预约人写{}就好",
    "用{}的名字订的",
    "我是{}，昨天打过电话",
    "户主{}，上个月办的",
    "签收人：{}",
    "麻烦转告{}",
    "我爱人{}来取",
    "开户名{}",
    "是{}订的",
    "{}的快递",
    "请{}回电",
    "乘客{}没赶上车",
    "由{}代领",
    "昨天跟{}聊过",
    "{}让我打这个电话",
    "都是{}安排的",
    "我女儿{}要一个座位",
    "{}太太付的现金",
    "此致，{}",
    "应该是{}写的条子",
    "{}的箱子不见了",
)


def _names_en(rnd: random.Random) -> list[Item]:
    first, last = rnd.choice(_FIRST), rnd.choice(_LAST)
    return [_name_en(frame, first=first, last=last) for frame in _NAMES_EN]


def _name_en(frame: str, *, first: str, last: str) -> Item:
    text = frame.format(f"{first} {last}", first=first, last=last)
    return Item("name", "en", text, (first,) if "{first}" in frame else (last,))


def _names_zh(rnd: random.Random) -> list[Item]:
    last, given = rnd.choice(_SUR_ZH), rnd.choice(_GIVEN_ZH)
    return [
        Item(
            "name",
            "zh",
            frame.format(last + given, last=last),
            (last + given, f"{last}女", f"{last}先", f"{last}经"),
        )
        for frame in _NAMES_ZH
    ]


def _addresses_en(rnd: random.Random) -> list[Item]:
    n, m, z = rnd.randrange(3, 480), rnd.randrange(2, 90), rnd.randrange(10001, 99000)
    said = [
        (f"{n} Harcourt Terrace, Flat {m}, Bristol BS{m % 9 + 1} 7AA", "Harcourt"),
        (f"Flat {m}, {n} Kelvin Grove, Glasgow G{m % 9 + 1} 7QT", "Kelvin"),
        (f"{n} N Halsted St, Apt {m}B, Chicago, IL {z}", "Halsted"),
        (f"{n} West 114th Street #{m}, New York, NY {z}", "114th"),
        (f"P.O. Box {z}, Auckland 1140", str(z)),
        (f"{m} Rue Oberkampf, 75011 Paris", "Oberkampf"),
        (f"Unit {m}, {n} Wattle Road, Fremantle WA 6160", "Wattle"),
        (f"Torstraße {n}, 10119 Berlin", "Torstra"),
        (f"c/o Miller, {n} Old Mill Lane, Apt. {m}, Portland, OR {z}-{n + 1000}", "Old Mill"),
        (f"{n} Baobab Avenue, Block {m}, Randburg 2194", "Baobab"),
    ]
    return [Item("address", "en", text, (tell,)) for text, tell in said]


def _addresses_zh(rnd: random.Random) -> list[Item]:
    n, m, r = rnd.randrange(3, 999), rnd.randrange(1, 40), rnd.randrange(101, 2699)
    said = [
        (f"浙江省杭州市余杭区文一西路{n}号{m}幢2单元{r}室", "文一西路"),
        (f"上海市徐汇区漕宝路{n}弄{m}号{r}", "漕宝路"),
        (f"广东省东莞市虎门镇博涌村{m}队{n}号", "博涌"),
        (f"北京市海淀区中关村南大街甲{n}号院{m}-{r}", "南大街"),
        (f"重庆渝北区龙溪街道红锦大道{n}号{m}栋{r}", "红锦"),
        (f"新疆乌鲁木齐市天山区解放南路{n}号{m}号楼", "解放南路"),
        (f"成都市武侯区科华北路{n}号附{m}号", "科华"),
        (f"陕西省西安市雁塔区翠华路{n}号水岸华庭{m}号楼{r}", "翠华"),
        (f"苏州工业园区星湖街{n}号{m}幢", "星湖"),
        (f"河北省保定市徐水区安肃镇西街村{n}号", "安肃"),
    ]
    return [Item("address", "zh", text, (tell,)) for text, tell in said]


# --- all of them ---------------------------------------------------------------------------------------------------------


def _plain(
    kind: str, language: str, made: Callable[[random.Random], list[str]]
) -> Callable[[random.Random], list[Item]]:
    return lambda rnd: [Item(kind, language, text) for text in made(rnd)]


MAKERS: dict[str, tuple[Callable[[random.Random], list[Item]], ...]] = {
    "phone": (_plain("phone", "zh", _phones_zh), _plain("phone", "en", _phones_en)),
    "card": (_plain("card", "", _cards),),
    "id": (_plain("id", "", _ids_zh), _plain("id", "en", _ids_en)),
    "mail": (_mails,),
    "name": (_names_zh, _names_en),
    "address": (_addresses_zh, _addresses_en),
}
_FRAMES = {
    "en": {
        "phone": ("You can reach me on {}.", "Best number in the evening: {}", "please ring {} before noon", "{} is my cell"),
        "card": ("I paid with {}.", "Take it from {} please", "the card is {}, valid for years"),
        "id": ("For the form: {}", "my ID is {}.", "{} - that is on the document"),
        "mail": ("Write to {} please.", "my address is {}, thanks", "cc {}"),
        "name": ("{}",),
        "address": ("It should go to {}.", "We moved to {}, by the way", "New address: {}", "The technician may come to {}"),
    },
    "zh": {
        "phone": ("打这个号码找我：{}。", "我的联系方式{}", "晚上七点后打{}", "{}是我爱人的手机"),
        "card": ("我是用{}付的款。", "卡号{}，麻烦查一下", "从这张卡扣：{}"),
        "id": ("登记用{}。", "身份证{}", "证件号码是{}，请核对"),
        "mail": ("发到{}就行。", "邮箱是{}", "抄送{}，谢谢"),
        "name": ("{}",),
        "address": ("请寄到{}。", "我家住{}", "新地址：{}", "师傅上门到{}就行"),
    },
}  # fmt: skip


def items(kind: str, *, language: str, rnd: random.Random) -> Iterator[tuple[Item, str]]:
    """Endlessly: an item and the sentence that holds it, in the language or in none."""
    makers = MAKERS[kind]
    while True:
        for maker in makers:
            for item in maker(rnd):
                if item.language in ("", language):
                    yield item, rnd.choice(_FRAMES[language][kind]).format(item.text)

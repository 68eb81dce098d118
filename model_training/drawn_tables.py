"""Made-up price lists and rules, with questions: what public question sets lack and help centres are full of.

A row of a table reads "Name: …; Price: …", and the rows beside it look almost the same: learning to pick the one that
was asked for is learning to read. All names and numbers are drawn; no shop's text is among them. Knows no torch.
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of table: its title, what its rows name, its columns with their questions and how a value is drawn."""

    title: str
    names: Sequence[str]
    key: str
    columns: Sequence[tuple[str, Sequence[str], Callable[[random.Random], str]]]
    ranges: bool = False  # rows name spans ("10–24 kg"); a question names a number in one


def _euro(rnd: random.Random) -> str:
    return f"€{rnd.randint(2, 180)}{rnd.choice(['', '.50', '.90'])}"


def _yuan(rnd: random.Random) -> str:
    return f"¥{rnd.randint(5, 900)}"


def _days(rnd: random.Random) -> str:
    first = rnd.randint(1, 9)
    return rnd.choice(
        [f"{first} days", f"{first}–{first + rnd.randint(1, 4)} working days", f"{first} weeks"]
    )


def _tian(rnd: random.Random) -> str:
    first = rnd.randint(1, 9)
    return rnd.choice([f"{first}天", f"{first}–{first + rnd.randint(1, 4)}个工作日", f"{first}周"])


def _yes(rnd: random.Random) -> str:
    return rnd.choice(["yes", "no", "only with a reservation"])


def _shi(rnd: random.Random) -> str:
    return rnd.choice(["可以", "不可以", "需预约"])


def _percent(rnd: random.Random) -> str:
    return f"{rnd.randint(2, 30)}%"


EN = (
    Kind("Library fees", ("Novels", "Films", "Board games", "Sheet music", "Laptops", "Microscopes", "Audiobooks"), "Item",
         (("Loan period", ("How long may I keep {n}?", "For how long can {n} be borrowed?"), _days),
          ("Late fee", ("What does it cost when {n} come back late?", "How much is the fine for {n}?"), _euro),
          ("Renewal", ("Can I renew {n}?", "Is it possible to extend {n}?"), _yes))),
    Kind("Laundry prices", ("Shirt", "Suit", "Curtain", "Blanket", "Wedding dress", "Duvet", "Rug"), "Piece",
         (("Price", ("How much is cleaning a {n}?", "What do you charge for a {n}?"), _euro),
          ("Ready after", ("When can I pick up my {n}?", "How many days does a {n} take?"), _days))),
    Kind("Hotel rooms", ("Single room", "Double room", "Attic room", "Family suite", "Garden room", "Tower suite"), "Room",
         (("Price per night", ("What does the {n} cost per night?", "How expensive is the {n}?"), _euro),
          ("Dogs", ("May my dog stay in the {n}?", "Are pets allowed in the {n}?"), _yes))),
    Kind("Ferry lines", ("Harbour line", "Island line", "Night line", "Lake line", "Canal line", "Coast line"), "Line",
         (("Ticket", ("How much is a ticket for the {n}?", "What is the fare on the {n}?"), _euro),
          ("Bicycles", ("Can I take a bicycle on the {n}?", "Does the {n} carry bikes?"), _yes))),
    Kind("Printing by quantity", ("10–24 copies", "25–49 copies", "50–99 copies", "100–249 copies", "250–499 copies"), "Quantity",
         (("Discount", ("We need {n}. What is the discount?", "How much cheaper is it per piece if I order {n}?"), _percent),
          ("Ready after", ("How long do {n} take?", "When would {n} be printed?"), _days)), ranges=True),
    Kind("Removals by weight", ("1–20 kg", "21–60 kg", "61–150 kg", "151–400 kg"), "Load",
         (("Fee", ("What do you charge for {n}?", "My things weigh {n}, what will it cost?"), _euro),
          ("Crew", ("How many people come for {n}?", "Who carries {n}?"), lambda rnd: f"{rnd.randint(1, 6)} people")), ranges=True),
    Kind("Swimming club levels", ("Dolphin", "Otter", "Seal", "Pike", "Heron"), "Level",
         (("Yearly fee", ("I'm at {n} level, what do I pay a year?", "How much is {n}?"), _euro),
          ("Guest passes", ("How many guests may a {n} bring?", "Guest passes for {n}?"), lambda rnd: f"{rnd.randint(1, 12)} a year"),
          ("Cancel up to", ("Until when can a {n} cancel a lane?", "{n}: how late can I cancel?"), _days))),
    Kind("Tool hire", ("Drill TX-40", "Sander QS-9", "Ladder L-310", "Mixer BM-2", "Saw HK-77"), "Tool",
         (("Deposit", ("What deposit do you take for the {n}?", "deposit {n}"), _euro),
          ("Weight", ("How heavy is the {n}?", "weight of {n}?"), lambda rnd: f"{rnd.randint(1, 40)}.{rnd.randint(1, 9)} kg"))),
)  # fmt: skip
ZH = (
    Kind("图书馆借阅规定", ("小说", "影碟", "桌游", "乐谱", "笔记本电脑", "显微镜", "有声书"), "物品",
         (("借期", ("{n}可以借多久？", "{n}几天内要还"), _tian),
          ("滞纳金", ("{n}还晚了要交多少钱？", "{n}逾期费用是多少"), _yuan),
          ("续借", ("{n}能续借吗？", "{n}可不可以延期"), _shi))),
    Kind("洗衣价目", ("衬衫", "西装", "窗帘", "毛毯", "婚纱", "羽绒被", "地毯"), "衣物",
         (("价格", ("洗一件{n}多少钱？", "{n}怎么收费"), _yuan), ("取件", ("{n}几天能洗好？", "{n}多久可以取"), _tian))),
    Kind("酒店客房", ("单人间", "双人间", "阁楼房", "家庭套房", "花园房", "塔楼套房"), "房型",
         (("每晚", ("{n}一晚多少钱？", "住{n}什么价格"), _yuan), ("宠物", ("{n}能带狗吗？", "{n}可以带宠物入住吗"), _shi))),
    Kind("轮渡航线", ("港口线", "海岛线", "夜航线", "湖区线", "运河线", "海岸线"), "航线",
         (("票价", ("{n}船票多少钱？", "坐{n}要多少钱"), _yuan), ("自行车", ("{n}能带自行车吗？", "{n}让不让带单车"), _shi))),
    Kind("印刷数量优惠", ("10–24份", "25–49份", "50–99份", "100–249份", "250–499份"), "数量",
         (("优惠", ("要印{n}，能便宜多少？", "{n}打几折"), lambda rnd: f"减{_percent(rnd)}"), ("工期", ("印{n}要多久？", "{n}几天能取"), _tian)), ranges=True),
    Kind("搬家费用", ("1–20公斤", "21–60公斤", "61–150公斤", "151–400公斤"), "重量",
         (("费用", ("一共{n}，搬一次多少钱？", "{n}怎么收费"), _yuan), ("人数", ("{n}来几个人搬？", "{n}派几个师傅"), lambda rnd: f"{rnd.randint(1, 6)}人")), ranges=True),
    Kind("游泳会员等级", ("海豚", "水獭", "海豹", "梭鱼", "苍鹭"), "等级",
         (("年费", ("{n}会员一年多少钱？", "我是{n}，年费多少"), _yuan), ("带人", ("{n}能带几个朋友？", "{n}一年可以带多少次客人"), lambda rnd: f"每年{rnd.randint(1, 12)}次"),
          ("取消期限", ("{n}最晚什么时候取消泳道？", "我是{n}会员，取消要提前多久"), _tian))),
    Kind("工具出租", ("电钻TX-40", "砂光机QS-9", "梯子L-310", "搅拌机BM-2", "电锯HK-77"), "工具",
         (("押金", ("租{n}押金多少？", "{n}要押多少钱"), _yuan), ("重量", ("{n}有多重？", "{n}几公斤"), lambda rnd: f"{rnd.randint(1, 40)}.{rnd.randint(1, 9)}公斤"))),
)  # fmt: skip


def draw(count: int, *, kinds: Mapping[str, Sequence[Kind]], rnd: random.Random) -> Iterator[Row]:
    """`count` conversation records, as many in each of the languages of `kinds`."""
    for number in range(count):
        language = sorted(kinds)[number % len(kinds)]
        yield _record(number, language=language, kinds=kinds[language], rnd=rnd)


def _record(number: int, *, language: str, kinds: Sequence[Kind], rnd: random.Random) -> Row:
    kind, *others = rnd.sample(list(kinds), k=rnd.randint(2, min(4, len(kinds))))
    lines, values = _table(kind, language=language, rnd=rnd)
    name = rnd.choice(list(values))
    _, questions, _ = rnd.choice(kind.columns)
    said = _within(name, rnd=rnd) if kind.ranges else name
    said = said if language == "zh" else said.lower()
    tables = [
        (kind.title, lines),
        *((other.title, _table(other, language=language, rnd=rnd)[0]) for other in others),
    ]
    passages = [
        _passage(f"{number}-{place}", title=title, lines=rows, relevance=round(0.9 / (place + 1), 3))
        for place, (title, rows) in enumerate(tables)
    ]
    question = {"role": "user", "author": "contact", "content": rnd.choice(questions).format(n=said)}
    answer = {"role": "assistant", "author": "agent", "content": values[name], "passages": passages}
    return {
        "id": f"tables:{number}",
        "site": "tables",
        "contact": f"tables:{number}",
        "language": language,
        "started_at": "",
        "messages": [question, answer],
        "outcome": {"status": "resolved", "resolved_by": "agent"},
        "consent": True,
        "provenance": {"source": "tables", "row": str(number)},
    }


def _within(span: str, *, rnd: random.Random) -> str:
    """ "10–24 kg" → "17 kg"."""
    low, high, unit = re.fullmatch(r"(\d+)–(\d+)(.*)", span).groups()  # type: ignore[union-attr] # kinds with ranges name spans
    return f"{rnd.randint(int(low), int(high))}{unit}"


def _table(kind: Kind, *, language: str, rnd: random.Random) -> tuple[list[str], dict[str, str]]:
    """The lines of some of a kind's rows, and name → its line."""
    colon, comma = ("：", "；") if language == "zh" else (": ", "; ")
    values = {
        name: comma.join(
            f"{column}{colon}{value}"
            for column, value in [
                (kind.key, name),
                *((head, draw_value(rnd)) for head, _, draw_value in kind.columns),
            ]
        )
        for name in rnd.sample(list(kind.names), k=rnd.randint(3, min(6, len(kind.names))))
    }
    return list(values.values()), values


def _passage(id: str, *, title: str, lines: Sequence[str], relevance: float) -> Row:
    return {
        "chunk_id": f"tables-{id}",
        "document_id": f"tables-{title}-{id}",
        "title": title,
        "heading_path": [],
        "url": "",
        "text": "\n".join(lines),
        "relevance": relevance,
    }

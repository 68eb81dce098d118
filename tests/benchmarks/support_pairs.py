"""Labelled pairs of a passage and a sentence, made from a folder of public data: is the sentence supported or not?

Supported: extracts, reformatted and trimmed extracts, and what people wrote from the passage's facts (questions with
their answers, agents' turns). Not supported: the same sentences with one thing changed, each kind by a rule of its own,
and sentences of other passages. A pair's document decides whether it is fitted on or held out. Seeded: two runs agree.

    python -m tests.benchmarks.support_pairs DATA pairs.jsonl     # for `model_training.judge_rows`
"""

import gzip
import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from zlib import crc32

from model_training.judge_rows import claims, is_held_out
from model_training.records import write_rows
from retrieval import STOP_WORDS, ParsedDocument, Section, split, split_sentences, words_of

LEAST, LONGEST = 12, 240  # characters of a sentence that is asked about
HELD_OUT = 3  # every third document
HELP = "help"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    passage: str
    title: str
    sentence: str
    supported: bool
    kind: str
    language: str
    document: str

    @property
    def held_out(self) -> bool:
        origin, _, name = self.document.partition("/")
        if origin == HELP:
            return is_held_out(name)
        return crc32(self.document.encode()) % HELD_OUT == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A passage with sentences that it supports: its own, and what people made of it."""

    document: str
    title: str
    text: str
    language: str
    own: tuple[str, ...]
    written: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        return self.document.partition("/")[0]

    @property
    def is_table(self) -> bool:
        return self.origin in ("sgd", "crosswoz")


def make_pairs(folder: Path) -> list[Pair]:
    return _pairs_of_all([*_articles(folder), *_agents_english(folder), *_agents_chinese(folder)])


def help_pairs() -> list[Pair]:
    """The same of the shipped help pages, and of what people rightly say of them: faults in words of their own."""
    sides: dict[tuple[bool, str], list[Source]] = defaultdict(list)
    for source in _sections():
        sides[is_held_out(source.document.partition("/")[2]), source.language].append(source)
    return [
        pair
        for sources in sides.values()
        for pair in _pairs_of_all(sources)
        if pair.sentence not in {text for source in sources for text in source.written}
        or pair.kind == "other passage"
    ]


def _pairs_of_all(sources: Sequence[Source]) -> list[Pair]:
    alike: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        alike[source.origin].append(source)
    return [pair for source in sources for pair in _pairs_of(source, others=alike[source.origin])]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


# --- sources ---------------------------------------------------------------------------------------------------------


def _articles(folder: Path) -> Iterator[Source]:
    answers = _answered(folder / "cmrc2018") | _referenced(folder / "mtrag_un")
    for name, language in (("cmrc2018", "zh"), ("mtrag_un", "en"), ("stackfaq", "en")):
        for row in _rows(folder / name / "corpus.jsonl.gz"):
            document = f"{name}/{row['title'] if name == 'mtrag_un' else row['_id']}"
            parsed = ParsedDocument(title=row["title"], sections=(Section(blocks=(row["text"],)),))
            for chunk in split(parsed, document_id=document)[:2]:
                own = tuple(text for text in split_sentences(chunk.text) if LEAST <= len(text) <= LONGEST)
                told = tuple(text for text, by in answers.get(row["_id"], ()) if by(chunk.text))
                if len(own) >= 2:
                    yield Source(
                        document=document,
                        title=row["title"],
                        text=chunk.text,
                        language=language,
                        own=own,
                        written=told,
                    )


_ASKS = re.compile(
    r"什么时候|什么时间|什么(?:地方|城市|国家)?|哪(?:里|儿|一年|年|个|位|一?[种家部支场]|些)|何时|何地|谁|多少|几(?=[个年人名位次天部家场])"
)


Told = dict[str, list[tuple[str, Callable[[str], bool]]]]


def _referenced(folder: Path) -> Told:
    """Sentences of people's answers, with the passages that most of their words are said in."""
    told: Told = defaultdict(list)
    answers = {
        row["_id"]: row for row in _rows(folder / "queries.jsonl.gz") if row["answerability"] == "ANSWERABLE"
    }
    for row in _rows(folder / "qrels.jsonl.gz"):
        for text in split_sentences(answers[row["q"]]["reference"]) if row["q"] in answers else ():
            if 30 <= len(text) <= LONGEST and not text.endswith(":"):
                told[row["d"]].append((text, lambda passage, text=text: _share(text, passage=passage) > 0.8))
    return told


def _share(text: str, *, passage: str) -> float:
    words, said = [word for word in words_of(text) if word not in STOP_WORDS], set(words_of(passage))
    return sum(word in said for word in words) / max(1, len(words))


def _answered(folder: Path) -> Told:
    """A person's question with the answer in the place of its asking word."""
    told: Told = defaultdict(list)
    texts = {row["_id"]: row for row in _rows(folder / "queries.jsonl.gz")}
    for row in _rows(folder / "qrels.jsonl.gz"):
        question, span = texts[row["q"]]["text"].rstrip("？?"), texts[row["q"]]["answer"][0].strip("。 ")
        asks = list(_ASKS.finditer(question))
        if len(asks) == 1 and len(span) <= 16 and "为什么" not in question and "是什么意思" not in question:
            after = question[asks[0].end() :]
            if asks[0].group() in ("多少", "几") or not re.match(r"\w", after):
                tail = after[1:] if after[:1] and span.endswith(after[:1]) else after
                said = f"{question[: asks[0].start()]}{span}{tail}。"
                told[row["d"]].append((said, lambda passage, span=span: span in passage))
    return told


def _agents_english(folder: Path) -> Iterator[Source]:
    """What an agent said from a service's answer; the passage is that answer as a table."""
    for number, row in enumerate(_rows(folder / "sgd" / "train.jsonl.gz")):
        for service in row["services"] if number % 3 == 0 else ():
            if service.startswith("Weather"):  # its slots ("precipitation: 4") do not say what people say
                continue
            known, said = _informed(row["turns"], service=service)
            if len(known) >= 3 and said:
                lines = tuple(
                    f"{slot.replace('_', ' ').capitalize()}: {value}" for slot, value in known.items()
                )
                yield Source(
                    document=f"sgd/{row['_id']}/{service}",
                    title=service.split("_")[0],
                    text="\n".join(lines),
                    language="en",
                    own=lines,
                    written=tuple(said[:3]),
                )


def _informed(turns: Sequence[dict[str, Any]], *, service: str) -> tuple[dict[str, str], list[str]]:
    """The slots that an agent told of a service, and the sentences that told nothing else."""
    known: dict[str, str] = {}
    said: list[str] = []
    for turn in turns:
        acts = [act for frame in turn["frames"] if frame["service"] == service for act in frame["acts"]]
        if turn["r"] != "agent" or not acts or any(act[0] not in ("INFORM", "OFFER") for act in acts):
            continue
        for _, slot, values in acts:
            known.setdefault(slot, ", ".join(values))
        if all(known[slot] == ", ".join(values) for _, slot, values in acts):
            said += [
                text
                for text in split_sentences(turn["text"])
                if re.search(r"\d|[A-Z]", text[1:]) and len(text) >= LEAST and not text.endswith("?")
            ]
    return known, said


def _agents_chinese(folder: Path) -> Iterator[Source]:
    for row in _rows(folder / "crosswoz" / "val.jsonl.gz"):
        known: dict[str, dict[str, str]] = defaultdict(dict)
        for number, domain, slot, value, _ in row["final_goal"]:
            known[f"{number}/{domain}"][slot] = "、".join(value) if isinstance(value, list) else str(value)
        for key, slots in known.items():
            said = _told(row["turns"], domain=key.partition("/")[2], slots=slots)
            if slots.get("名称") and len(slots) >= 3 and said:
                lines = tuple(f"{slot}：{value}" for slot, value in slots.items() if value)
                yield Source(
                    document=f"crosswoz/{slots['名称']}",
                    title=slots["名称"],
                    text="\n".join(lines),
                    language="zh",
                    own=lines,
                    written=tuple(said[:3]),
                )


def _told(turns: Sequence[dict[str, Any]], *, domain: str, slots: dict[str, str]) -> list[str]:
    """An agent's turns that say nothing but values of these slots."""
    return [
        turn["text"]
        for turn in turns
        if turn["r"] == "agent"
        and turn["acts"]
        and len(turn["text"]) >= LEAST
        and not re.search(r"[？?]|不|没|推荐|要求|条件|可以|可多|很", turn["text"])
        and any(re.search(r"[0-9]|店|路", str(act[3])) for act in turn["acts"])
        and all(
            act[0] == "Inform" and act[1] == domain and act[3] and act[3] in slots.get(act[2], "")
            for act in turn["acts"]
        )
    ]


def _sections() -> Iterator[Source]:
    """Sections of help pages as they are served, with the claims that they support."""
    rows: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in claims():
        if row["supported"] and "\n" in row["title"]:  # under its heading: of this section alone
            rows[row["document"], row["passage"]].append(row)
    for (document, passage), told in rows.items():
        yield Source(
            document=document,
            title=told[0]["title"],
            text=passage,
            language=told[0]["language"],
            own=tuple(text for text in split_sentences(passage) if LEAST <= len(text) <= LONGEST),
            written=tuple(row["sentence"] for row in told),
        )


# --- pairs -----------------------------------------------------------------------------------------------------------


def _pairs_of(source: Source, *, others: Sequence[Source]) -> Iterator[Pair]:
    draw = random.Random(f"{source.document}/{source.text[:40]}")
    stranger = draw.choice(others)
    while stranger.document == source.document:
        stranger = draw.choice(others)
    own = draw.sample(source.own, min(2, len(source.own)))
    supported = [("extract", text) for text in own]
    supported += [
        (kind, made)
        for text in own
        for kind, make in _KEEPING.items()
        if (made := make(text, draw)) and made != text
    ]
    supported += [
        ("paraphrase of a table" if source.is_table else "paraphrase", text) for text in source.written
    ]
    yield from (_pair(source, text, kind=kind, supported=True) for kind, text in supported)
    bases = [
        *(() if source.is_table else own),
        *source.written,
        *(text for kind, text in supported if kind in ("trim", "reordered") and not source.is_table),
    ]
    for text in bases:
        kinds = draw.sample(sorted(_BREAKING), len(_BREAKING))
        made = [(kind, _BREAKING[kind](text, source, stranger, draw)) for kind in kinds]
        for kind, broken in [(kind, broken) for kind, broken in made if broken and broken != text][:4]:
            yield _pair(source, broken, kind=kind, supported=False)
    for other in _neighbours(source, others=others, draw=draw)[: len(bases) // 2 + 1]:
        yield _pair(source, other, kind="other passage", supported=False)


def _pair(source: Source, sentence: str, *, kind: str, supported: bool) -> Pair:
    return Pair(
        passage=source.text,
        title=source.title,
        sentence=sentence,
        supported=supported,
        kind=kind,
        language=source.language,
        document=source.document,
    )


def _neighbours(source: Source, *, others: Sequence[Source], draw: random.Random) -> list[str]:
    """Sentences of other passages that share words with this one, and whose words are not all said here."""
    here = set(_words(source.text))
    sample = draw.sample(list(others), min(60, len(others)))
    same = [one for one in others if one.document == source.document and one.text != source.text][:3]
    pool = [
        text
        for one in [*sample, *same]
        if one.text != source.text
        for text in (one.written or one.own)
        if text not in source.text and (not source.is_table or _brings_news(text, to=source.text))
    ]
    shares = {
        text: sum(word in here for word in words) / len(words) for text in pool if (words := _words(text))
    }
    most = 0.6 if source.is_table else 0.8
    return [
        text for text in sorted(pool, key=lambda text: -shares.get(text, 0)) if shares.get(text, 1) < most
    ]


_words = lru_cache(maxsize=None)(words_of)


def _brings_news(text: str, *, to: str) -> bool:
    """Names a number that the table does not: two tables may well say the same."""
    return any(number not in to for number in re.findall(r"\d{2,}", text))


_DIGIT_HAN = "零一二三四五六七八九"


def _reformat(text: str, draw: random.Random) -> str:
    """The same in other signs: numerals, widths, percent."""
    made = re.sub(r"(\d+(?:\.\d+)?)%", r"\1 percent" if text.isascii() else r"百分之\1", text)
    if not text.isascii():
        made = re.sub(
            r"(?<![\d.])([2-9])(?=[个年天月人次家])", lambda one: _DIGIT_HAN[int(one.group())], made
        )
        made = re.sub(
            r"(?<![一二三四五六七八九十百千])([三四五六七八九])(?=[个年天月人次家])",
            lambda one: str(_DIGIT_HAN.index(one.group())),
            made,
        )
        return made.replace(",", "，").replace("(", "（").replace(")", "）").rstrip("。")
    return "- " + re.sub(r"(?<=\d),(?=\d{3})", "", made)


_CLAUSE_END = re.compile(r"[，,；;]\s*")
_CONDITIONS = re.compile(
    r"\b(?:if|unless|when|once|until|only|except|provided|as long as|after|before|without|for \w+ who|in case)\b"
    r"|如果|若|除非|只要|只有|仅|时[，,]|除|当|必须|凡|之前|之后|以前|以后"
)


def _trim(text: str, draw: random.Random) -> str:
    """Without its last clause, where what is left is a sentence that nothing limits."""
    if _CONDITIONS.search(text.lower()) or re.search(r"[（(]", text):
        return ""
    parts = _CLAUSE_END.split(text)
    if len(parts) < 3 or len("".join(parts[:-1])) < LEAST or re.match(r"(?:but|however|但|不过)", parts[-1]):
        return ""
    kept = text[: text.rindex(parts[-1])].rstrip("，,；; ")
    return kept + (text[-1] if not text[-1].isalnum() else "")


def _reorder(text: str, draw: random.Random) -> str:
    """A condition at the other end, or an enumeration in another order: the same is said."""
    if found := re.match(r"^(If|When|Once|Unless|After|Before) ([^,;]{8,90}), ([a-z][^;:]{12,}?)\.$", text):
        word, condition, rest = found.groups()
        return f"{rest[0].upper()}{rest[1:]} {word.lower()} {condition}."
    if found := re.search(r"([\u4e00-\u9fff]{2,8})、([\u4e00-\u9fff]{2,8})(?=[和及与、等])", text):
        return f"{text[: found.start()]}{found.group(2)}、{found.group(1)}{text[found.end() :]}"
    return ""


_SPARE = re.compile(
    r"\b(?:also|very|really|actually|just|simply|however,|additionally,|therefore,) |非常|十分|此外，|因此，|也(?=是|有|可)",
    re.IGNORECASE,
)


def _plainer(text: str, draw: random.Random) -> str:
    """Without words that add nothing, or with a courtesy before it."""
    made = _SPARE.sub("", text, count=2)
    if made == text:
        polite = (
            ("您好，", "是的，", "请注意，")
            if not text.isascii()
            else ("Yes, ", "Please note that ", "Sure, ")
        )
        return draw.choice(polite) + (
            text if not text.isascii() or text[:2].isupper() else text[0].lower() + text[1:]
        )
    return made[:1].upper() + made[1:]


_KEEPING: dict[str, Callable[[str, random.Random], str]] = {
    "reformat": _reformat,
    "trim": _trim,
    "reordered": _reorder,
    "plainer": _plainer,
}

_NUMBER = re.compile(
    r"(?<![\w.])\d+(?:[.,]\d+)*(?![\w])|(?<=[\u4e00-\u9fff])\d+(?:\.\d+)?(?=[\u4e00-\u9fff])"
)


def _change_number(text: str, source: Source, stranger: Source, draw: random.Random) -> str:
    found = list(_NUMBER.finditer(text))
    if not found:
        return ""
    one = draw.choice(found)
    digits = re.sub(r"\D", "", one.group())
    new = str(int(digits) + draw.choice((1, 2, 3, 5, 10, 20))) if len(digits) < 9 else digits[:-1] + "7"
    return "" if new in source.text else text[: one.start()] + new + text[one.end() :]


def _take_number(text: str, source: Source, stranger: Source, draw: random.Random) -> str:
    """A number of another line of the passage."""
    own = {one.group() for one in _NUMBER.finditer(text)}
    rest = sorted({one.group() for one in _NUMBER.finditer(source.text)} - own)
    rest = [one for one in rest if not any(one in number or number in one for number in own)]
    found = list(_NUMBER.finditer(text))
    if not rest or not found:
        return ""
    one = draw.choice(found)
    return text[: one.start()] + draw.choice(rest) + text[one.end() :]


_UNITS = (
    ("days", "weeks", "months", "hours"), ("years", "months"), ("minutes", "hours"), ("year", "month", "week"), ("miles", "feet"),
    ("kg", "pounds"), ("$", "€", "£"), ("percent", "points"), ("am", "pm"), ("million", "billion"), ("GB", "MB"),
    ("年", "个月", "天"), ("天", "小时", "周"), ("个月", "年", "周"), ("分钟", "小时"), ("小时", "分钟", "天"), ("公里", "米"), ("米", "厘米", "公里"),
    ("元", "美元", "角"), ("公斤", "克"), ("万", "亿", "千"), ("岁", "年"), ("%", "‰"),
)  # fmt: skip


def _change_unit(text: str, source: Source, stranger: Source, draw: random.Random) -> str:
    made = []
    for unit, *others in _UNITS:
        before, after = (r"(?<=\d)\s?", r"(?![a-z])") if unit != "$" and unit not in "€£" else ("", r"(?=\d)")
        for found in re.finditer(f"{before}{re.escape(unit)}{after}", text):
            gap = found.group()[: -len(unit)]
            made.append(text[: found.start()] + gap + draw.choice(others) + text[found.end() :])
    return draw.choice(made) if made else ""


_VERBS = re.compile(
    r"\b(is|are|was|were|can|will|would|should|must|may|could|does|did|has|have)\b(?! not|n't)", re.IGNORECASE
)
_VERBS_HAN = re.compile(
    r"(?<![不没未无])(可以|能够|会|是|有|支持|允许|需要|属于|位于|包括|能|成为|获得|参加)"
)


def _negate(text: str, source: Source, stranger: Source, draw: random.Random) -> str:
    for pattern, plain in (
        (r"\b(is|are|was|were|can|will|should|must|may|could|do|does|did)(?: not|n't)\b", r"\1"),
        (r"\bcannot\b", "can"),
        (r"不(?=[能可会是支允需属])|没(?=有)", ""),
    ):
        if re.search(pattern, text):
            return re.sub(pattern, plain, text, count=1)
    if source.language == "en":
        return _VERBS.sub(lambda one: f"{one.group()} not", text, count=1) if _VERBS.search(text) else ""
    found = _VERBS_HAN.search(text)
    if not found:
        return ""
    verb = found.group()
    no = "没" if verb == "有" else "没有" if verb in ("成为", "获得", "参加") else "不"
    return text[: found.start()] + no + verb + text[found.end() :]


_PAIRS_OF_OPPOSITES = (
    "before after", "increase decrease", "more less", "first last", "open closed", "free paid", "high low", "early late", "include exclude",
    "minimum maximum", "accept reject", "north south", "east west", "large small", "new old", "up down", "inside outside", "always never",
    "buy sell", "win lose", "higher lower", "largest smallest", "public private", "internal external", "success failure", "enable disable",
    "departing returning", "above below", "start end", "upper lower", "positive negative", "allow forbid", "most least", "increased decreased",
    "之前 之后", "以前 以后", "增加 减少", "最大 最小", "最高 最低", "第一 最后", "东部 西部", "南部 北部", "上升 下降", "支持 反对", "免费 收费", "公开 秘密",
    "开始 结束", "成功 失败", "男 女", "父 母", "左 右", "大型 小型", "新 旧", "主要 次要", "早期 晚期", "国内 国外", "接受 拒绝", "进口 出口", "胜 败",
    "长 短", "多 少", "高 低", "上游 下游", "买 卖",
)  # fmt: skip


def _oppose(text: str, source: Source, stranger: Source, draw: random.Random) -> str:
    made = []
    for pair in _PAIRS_OF_OPPOSITES:
        one, other = pair.split()
        for old, new in ((one, other), (other, one)):
            pattern = (
                rf"(?<![A-Za-z]){old}(?![a-z])"
                if old.isascii()
                else old
                if len(old) > 1
                else rf"{old}(?=[的性])"
            )
            if re.search(pattern, text):
                made.append(re.sub(pattern, new, text, count=1))
    return draw.choice(made) if made else ""


_NAME = re.compile(
    r"(?<=[a-z,] )[A-Z][\w'-]+(?: [A-Z][\w'-]+)*|[A-Z]{2,}\d*|《[^》]{2,20}》|[A-Za-z]{3,}(?=[\u4e00-\u9fff])"
)
_NAME_HAN = re.compile(
    r"[\u4e00-\u9fff]{2,6}(?:省|市|县|大学|公司|酒店|餐厅|学院|剧|公园|饭店|博物馆)|《[^》]{2,20}》|[A-Za-z]{3,}"
)


def _rename(text: str, source: Source, stranger: Source, draw: random.Random) -> str:
    names = _NAME if source.language == "en" else _NAME_HAN
    found = [one for one in names.finditer(text) if one.group() != "I"]
    new = [one.group() for one in names.finditer(stranger.text) if one.group() not in source.text]
    if not found or not new:
        return ""
    one = draw.choice(found)
    return text[: one.start()] + draw.choice(new) + text[one.end() :]


def _nouns(text: str) -> list[re.Match[str]]:
    if text.isascii() or not re.search(r"[\u4e00-\u9fff]", text):
        return list(
            re.finditer(
                r"(?<![A-Z])\b[a-z]{4,}(?:tion|ment|ness|ity|er|or|ing|age|ance|ist|ee|ice|ship|s)\b", text
            )
        )
    import jieba.posseg

    found, place = [], 0
    for word in jieba.posseg.cut(text):
        if word.flag == "n" and len(word.word) >= 2:
            found += list(re.compile(re.escape(word.word)).finditer(text, place))[:1]
        place += len(word.word)
    return found


def _swap_noun(text: str, source: Source, stranger: Source, draw: random.Random) -> str:
    found = _nouns(text)
    new = [one.group() for one in _nouns(stranger.text[:300]) if one.group() not in source.text]
    if not found or not new:
        return ""
    one = draw.choice(found)
    return text[: one.start()] + draw.choice(new) + text[one.end() :]


def _clauses(text: str, *, least: int) -> list[str]:
    return [part.strip(" 。.!！") for part in _CLAUSE_END.split(text) if len(part.strip()) >= least]


def _add_clause(text: str, source: Source, stranger: Source, draw: random.Random) -> str:
    chinese = source.language == "zh"
    parts = [part for own in stranger.own for part in _clauses(own, least=6 if chinese else 18)]
    if not parts:
        return ""
    added = draw.choice(parts)
    added = added if chinese else added[0].lower() + added[1:]
    joint, end = ("，并且" if draw.random() < 0.5 else "，", "。") if chinese else (", and ", ".")
    return text.rstrip("。.!！ ") + joint + added + end


_DROPPED = re.compile(
    r"(?:^|(?<=[,;] ))(?:[Ii]f|[Uu]nless|[Ww]hen|[Oo]nce|[Aa]fter|[Bb]efore|[Uu]ntil|[Pp]rovided)\b[^,;.]{6,80}, "
    r"| (?:if|unless|when|once|until|except|provided|as long as|only if|after|before)\b[^,;.]{6,80}(?=[.,;]|$)|\bonly "
    r"|(?:如果|若|除非|只要|只有|当|除了?)[^，,。]{3,24}(?:，|时|后|前|外)，?|仅限?|只(?=[能有在接支])"
)


def _drop_condition(text: str, source: Source, stranger: Source, draw: random.Random) -> str:
    found = list(_DROPPED.finditer(text))
    if not found:
        return ""
    one = draw.choice(found)
    made = (text[: one.start()] + text[one.end() :]).strip("，, ")
    return made[:1].upper() + made[1:] if len(made) >= LEAST else ""


_QUALIFIERS = (
    ("some", "all"), ("may", "must"), ("can", "must"), ("often", "always"), ("usually", "always"), ("most", "all"), ("many", "all"),
    ("several", "all"), ("sometimes", "always"), ("could", "will"), ("might", "will"), ("should", "may"), ("must", "may"), ("all", "some"),
    ("可以", "必须"), ("部分", "全部"), ("有些", "所有"), ("通常", "一律"), ("可能", "一定"), ("多数", "所有"), ("主要", "全部"), ("一些", "所有"),
    ("大部分", "全部"), ("必须", "可以"), ("经常", "始终"), ("曾", "一直"), ("一般", "一律"), ("之一", ""), ("约", ""), ("大约", ""),
)  # fmt: skip


def _change_qualifier(text: str, source: Source, stranger: Source, draw: random.Random) -> str:
    made = [
        re.sub(pattern, new, text, count=1)
        for old, new in _QUALIFIERS
        if re.search(pattern := rf"\b{old}\b" if old.isascii() else old, text)
    ]
    return draw.choice(made) if made else ""


def _mix(text: str, source: Source, stranger: Source, draw: random.Random) -> str:
    """Its first half, and the second half of a stranger's sentence."""
    other = draw.choice(stranger.own)
    cut = len(text) // 2
    if source.language == "en":
        return (
            " ".join(text.split()[: len(text.split()) // 2])
            + " "
            + " ".join(other.split()[len(other.split()) // 2 :])
        )
    return text[:cut] + other[len(other) // 2 :]


_BREAKING: dict[str, Callable[[str, Source, Source, random.Random], str]] = {
    "number": _change_number,
    "number of another line": _take_number,
    "unit": _change_unit,
    "negation": _negate,
    "opposite": _oppose,
    "name": _rename,
    "noun": _swap_noun,
    "added clause": _add_clause,
    "dropped condition": _drop_condition,
    "qualifier": _change_qualifier,
    "mixture": _mix,
}


def main() -> None:
    pairs = [*make_pairs(Path(sys.argv[1])), *help_pairs()]
    count = write_rows(Path(sys.argv[2]), (asdict(one) | {"held_out": one.held_out} for one in pairs))
    print(f"{count} pairs in {sys.argv[2]}")


if __name__ == "__main__":
    main()

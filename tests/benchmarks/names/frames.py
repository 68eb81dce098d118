"""Labelled lines with other names in their places, so that what is learnt is the frame, and with fewer capitals and marks.

Other names come from the lines themselves, from the recognisers' lists, and from the packages `faker` and `mimesis`, which only
a fit needs: `names_of_packages` reads them.
"""

import json
import random
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from model_training.cleaning.personal_data import chinese_names
from model_training.cleaning.personal_data.words_of_names import family_names, given_names, list_of
from tests.benchmarks.names.labelled import Labelled, Place

_LATIN_NAME = re.compile(r"[A-ZÀ-ÞŁŚŻŠČŽĐ][A-Za-zÀ-ɏḀ-ỿ'’\-]{1,19}")
_PARTICLES = frozenset("van von de der den la le bin al da dos del di el du ter zu of".split())  # noqa: SIM905
_SPELLED = re.compile(r"(?:\w-){2,}\w")
_PINYIN_FAMILY = "wang li zhang liu chen yang huang zhao wu zhou xu sun zhu hu guo he lin gao luo zheng liang xie tang deng han feng cao peng zeng xiao tian dong pan yuan cai jiang yu du ye cheng wei su lu ding shen yao fu zhong cui tan liao fan jin shi".split()  # noqa: SIM905
_PINYIN = "wei min jun li hua fang xin yi xiao ming jie yu hao ting na qiang lei yang yan ping gang bo ling mei lan jing tao chao peng fei long qing rong shan hui zhen guo jian cheng lin ya qi han rui ze zi tong jia".split()  # noqa: SIM905
_FAMILY = chinese_names.USUAL_SURNAMES + chinese_names.RARE_SURNAMES
_COMPOUND = chinese_names.COMPOUND_SURNAMES.split("|")
_GIVEN = sorted("".join(list_of("given_letters_zh")))
_LONGEST = 3
_FEWER_MARKS = str.maketrans(dict.fromkeys(",.!?，。！？", " "))
_WIDE_MARKS = str.maketrans(",!?:;", "，！？：；")


@dataclass(frozen=True, slots=True)
class Names:
    given: Sequence[str]
    family: Sequence[str]


@dataclass(slots=True)
class Pool:
    """Names to put in: `wide` are those of packages, the rest those of the lines."""

    wide: Names
    given: list[str] = field(default_factory=list)
    family: list[str] = field(default_factory=list)
    chinese_given: list[str] = field(default_factory=list)
    abroad: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, lines: Iterable[Labelled], *, wide: Names) -> "Pool":
        pool = cls(wide)
        for line in lines:
            for start, end in line.names:
                pool._take(line.text[start:end])
        return pool

    def _take(self, name: str) -> None:
        if not _is_han(name):
            first, *others = name.split()
            self.given.append(first.capitalize())
            self.family += others[-1:]
        elif "·" in name or len(name) > _LONGEST + 1:
            self.abroad.append(name)
        elif 2 <= len(name) <= _LONGEST and name[0] in _FAMILY:
            self.chinese_given.append(name[1:])


def names_of_packages(folder: Path) -> Names:
    """`folder` is where `pip install --target FOLDER faker==40.63.0 mimesis==22.2.0` put them."""
    given, family = set[str](), set[str]()
    for file in sorted((folder / "mimesis" / "datasets").glob("*/person.json")):
        told = json.loads(file.read_text(encoding="utf-8"))
        given |= _latin(told.get("names"))
        family |= _latin(told.get("surnames"))
    sys.path.insert(0, str(folder))
    for provider in sorted((folder / "faker" / "providers" / "person").glob("*_*/__init__.py")):
        if provider.parent.name.startswith("__"):
            continue
        lists = vars(import_module(f"faker.providers.person.{provider.parent.name}").Provider)
        for name, words in lists.items():
            if not isinstance(words, (tuple, list, dict, set)) or re.search("format|fix|parts", name):
                continue
            if re.search("first|middle|given", name):
                given |= _latin(words)
            elif re.search("last|surname|family", name):
                family |= _latin(words)
    return Names(sorted(given), sorted(family))


def _latin(words: object) -> set[str]:
    if isinstance(words, dict) and all(isinstance(each, list) for each in words.values()):
        return set().union(*map(_latin, words.values()))
    if not isinstance(words, (tuple, list, dict, set)):
        return set()
    parts = (part for word in words if isinstance(word, str) for part in word.split())
    return {part for part in parts if _LATIN_NAME.fullmatch(part)}


def with_other_names(
    lines: Sequence[Labelled], *, times: int, wide: Names, chinese: bool, rnd: random.Random
) -> Iterator[Labelled]:
    """Each line as it is, and `times` with other names."""
    pool = Pool.of(lines, wide=wide)
    for line in lines:
        yield line
        for _ in range(times):
            yield _roughened(_swapped(line, pool=pool, rnd=rnd), chinese=chinese, rnd=rnd)


def _swapped(line: Labelled, *, pool: Pool, rnd: random.Random) -> Labelled:
    text, end = "", 0
    places: list[Place] = []
    others: dict[str, str] = {}
    for start, stop in line.names:
        name = line.text[start:stop]
        if name not in others:
            others[name] = (_other_han if _is_han(name) else _other_latin)(name, pool=pool, rnd=rnd)
        text += line.text[end:start] + others[name]
        places.append((len(text) - len(others[name]), len(text)))
        end = stop
    return Labelled(text + line.text[end:], tuple(places))


def _roughened(line: Labelled, *, chinese: bool, rnd: random.Random) -> Labelled:
    drawn, text = rnd.random(), line.text
    if chinese and drawn < 0.15:
        text = text.translate(_FEWER_MARKS if drawn < 0.05 else _WIDE_MARKS)
    elif not chinese and drawn < 0.26:
        text = text.lower() if drawn < 0.22 else text.translate(_FEWER_MARKS).lower()
    return Labelled(text if len(text) == len(line.text) else line.text, line.names)


def _is_han(name: str) -> bool:
    return "\u3400" <= name[0] <= "\u9fff"


def _other_latin(name: str, *, pool: Pool, rnd: random.Random) -> str:
    """Written as the one before was: with a particle, in capitals, with an initial, joined by a hyphen."""
    parts = re.split(r"(\s+|/)", name)
    spots = [n for n, part in enumerate(parts) if part.strip("/ \t\n") and part.lower() not in _PARTICLES]
    fresh = _pinyin(rnd) if len(spots) == 2 and rnd.random() < 0.12 else []
    for number, spot in enumerate(spots):
        is_family = 0 < number == len(spots) - 1 or (len(spots) == 1 and rnd.random() < 0.15)
        word = fresh[number] if fresh else _latin_word(parts[spot], pool=pool, family=is_family, rnd=rnd)
        parts[spot] = _cased_like(parts[spot], word)
    return "".join(parts)


def _pinyin(rnd: random.Random) -> list[str]:
    family = rnd.choice(_PINYIN_FAMILY).capitalize()
    given = "".join(rnd.choice(_PINYIN) for _ in range(rnd.choice((1, 2, 2)))).capitalize()
    return [family, given] if rnd.random() < 0.6 else [given, family]


def _latin_word(old: str, *, pool: Pool, family: bool, rnd: random.Random) -> str:
    if len(old.strip(".")) <= 1:
        return rnd.choice("ABCDEFGHIJKLMNOPRSTVWYZ") + old[1:]
    word = _drawn(pool, family=family, rnd=rnd)
    if _SPELLED.fullmatch(old):
        return "-".join(re.sub("[^A-Z]", "", word.upper())[:8])
    if "-" in old and "-" not in word and rnd.random() < 0.6:
        return f"{word}-{_drawn(pool, family=family, rnd=rnd)}"
    return word


def _drawn(pool: Pool, *, family: bool, rnd: random.Random) -> str:
    own, wide = (pool.family, pool.wide.family) if family else (pool.given, pool.wide.given)
    listed = sorted(family_names() if family else given_names())
    drawn = rnd.random()
    if own and drawn < 0.35:
        return rnd.choice(own)
    return rnd.choice(wide) if wide and drawn < 0.75 else rnd.choice(listed).capitalize()


def _cased_like(old: str, word: str) -> str:
    if len(old) < 2 or _SPELLED.fullmatch(old):
        return word
    if old.islower() or old.isupper():
        return word.lower() if old.islower() else word.upper()
    return word[0].lower() + word[1:] if old[0].islower() else word


def _other_han(name: str, *, pool: Pool, rnd: random.Random) -> str:
    if name in _COMPOUND:
        return rnd.choice(_COMPOUND)
    if len(name) == 1:
        return _family(rnd) if name in _FAMILY else rnd.choice(_GIVEN)
    if "·" in name or len(name) > _LONGEST + 1:
        return rnd.choice(pool.abroad) if rnd.random() < 0.7 else name
    if name[:2] in _COMPOUND:
        return rnd.choice(_COMPOUND) + _given(len(name) - 2, pool=pool, rnd=rnd)
    if name[0] in _FAMILY and len(name) <= _LONGEST:
        size = len(name) - 1 if rnd.random() < 0.7 else _LONGEST + 1 - len(name)
        return _family(rnd) + _given(size, pool=pool, rnd=rnd)
    if len(name) != 2:
        return name
    return rnd.choice(_GIVEN) * 2 if name[0] == name[1] else _given(2, pool=pool, rnd=rnd)


def _family(rnd: random.Random) -> str:
    drawn = rnd.random()
    usual = chinese_names.USUAL_SURNAMES
    return rnd.choice(usual[:60] if drawn < 0.5 else usual if drawn < 0.93 else chinese_names.RARE_SURNAMES)


def _given(size: int, *, pool: Pool, rnd: random.Random) -> str:
    own = [given for given in pool.chinese_given if len(given) == size]
    return rnd.choice(own) if own and rnd.random() < 0.5 else "".join(rnd.choices(_GIVEN, k=size))

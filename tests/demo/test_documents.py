"""The demo's help centres hold what they promise, and say the same in both languages."""

import csv
import json
from pathlib import Path

import pytest

from tests.demo.reading import DEMO, documents_of, numbers_in, settings_of, text_of, twins

FAQ_FORMATS = {".csv", ".jsonl"}
SHOP = documents_of("shop")
LANGUAGE_TWINS = [*twins("shop"), *twins("second")]


def articles() -> list[Path]:
    return [path for path in SHOP if path.suffix not in FAQ_FORMATS]


def test_the_shop_has_more_than_forty_articles_in_either_language_together() -> None:
    chinese = [path for path in articles() if path.stem.endswith("-zh")]
    english = [path for path in articles() if path.stem.endswith("-en")]
    assert len(articles()) == len(chinese) + len(english) >= 44
    assert 0.4 <= len(chinese) / len(articles()) <= 0.6


@pytest.mark.parametrize(
    ("suffix", "least"),
    [(".md", 40), (".html", 2), (".txt", 2), (".pdf", 1), (".docx", 1), (".csv", 1), (".jsonl", 1)],
)
def test_every_format_is_there(suffix: str, least: int) -> None:
    assert len([path for path in SHOP if path.suffix == suffix]) >= least


def test_file_stems_name_one_document_each() -> None:
    for site in ("shop", "second"):
        stems = [path.stem for path in documents_of(site)]
        assert len(stems) == len(set(stems))


@pytest.mark.parametrize("path", articles(), ids=lambda path: path.name)
def test_articles_are_neither_stubs_nor_books(path: Path) -> None:
    text = text_of(path)
    size = len("".join(text.split())) if path.stem.endswith("-zh") else len(text.split())
    least, most = (280, 1000) if path.stem.endswith("-zh") else (150, 520)
    assert least <= size <= most


@pytest.mark.parametrize("pair", LANGUAGE_TWINS, ids=lambda pair: pair[0].stem)
def test_twins_state_the_same_numbers(pair: tuple[Path, Path]) -> None:
    chinese, english = pair
    assert numbers_in(text_of(chinese)) == numbers_in(text_of(english))


def test_enough_twins_are_compared_to_mean_something() -> None:
    assert len(twins("shop")) >= 20
    assert len(twins("second")) >= 2


@pytest.mark.parametrize(
    "path", [path for path in SHOP if path.suffix in {".pdf", ".docx"}], ids=lambda path: path.name
)
def test_binary_files_are_small(path: Path) -> None:
    assert path.stat().st_size < 300_000


def test_chinese_faq_has_questions_answers_and_aliases() -> None:
    rows = list(csv.DictReader((DEMO / "shop/documents/faq-zh.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) >= 15
    assert all(row["question"] and row["answer"] and row["aliases"].split("|") for row in rows)


def test_english_faq_has_questions_answers_and_aliases() -> None:
    rows = [
        json.loads(line)
        for line in (DEMO / "shop/documents/faq-en.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert len(rows) >= 15
    assert all(row["question"] and row["answer"] and row["aliases"] for row in rows)


@pytest.mark.parametrize("site", ["shop", "second"])
def test_site_settings_are_complete_in_both_languages(site: str) -> None:
    settings = settings_of(site)
    assert settings["locale"] in {"zh-hans", "en"}
    assert set(settings["greeting"]) == set(settings["suggestions"]) == {"zh-hans", "en"}
    assert {person["role"] for person in settings["people"]} == {"agent", "operator", "admin"}
    assert (DEMO / site / settings["documents"]).is_dir()


def test_nobody_works_for_both_sites() -> None:
    names = [person["username"] for site in ("shop", "second") for person in settings_of(site)["people"]]
    assert len(names) == len(set(names))

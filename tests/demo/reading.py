"""Reads the demo's files in the plainest way, apart from the product's own parser: a second opinion on them."""

import calendar
import csv
import html
import json
import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Any

import docx
import pypdf

DEMO = Path(__file__).parents[2] / "demo"
SITES = ("shop", "second")
MONTHS = calendar.month_name[1:]
# PDF printers write some Chinese characters as the radicals that look the same; NFKC leaves or mistakes these two.
LEFT_BY_NFKC = str.maketrans("⻓戶", "长户")


def documents_of(site: str) -> list[Path]:
    return sorted(path for path in (DEMO / site / "documents").iterdir() if path.is_file())


def settings_of(site: str) -> dict[str, Any]:
    return tomllib.loads((DEMO / site / "site.toml").read_text(encoding="utf-8"))


def golden_of(site: str) -> list[dict[str, Any]]:
    lines = (DEMO / site / "golden.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def text_of(path: Path) -> str:
    read = {".pdf": read_pdf, ".docx": read_docx, ".html": read_html, ".csv": read_csv}.get(
        path.suffix, read_plain
    )
    return unicodedata.normalize("NFKC", read(path)).translate(LEFT_BY_NFKC)


def read_plain(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def read_pdf(path: Path) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)


def read_docx(path: Path) -> str:
    document = docx.Document(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)


def read_html(path: Path) -> str:
    article = re.search(r"<article>.*</article>", read_plain(path), re.DOTALL)
    assert article, f"{path.name} has no article"
    return html.unescape(re.sub(r"<[^>]+>", " ", article[0]))


def read_csv(path: Path) -> str:
    rows = csv.DictReader(read_plain(path).splitlines())
    return "\n".join(f"{row['question']} {row['answer']} {row['aliases']}" for row in rows)


def squeezed(text: str) -> str:
    """Without spaces, line breaks and letter case: what a sentence says, however a format breaks its lines."""
    return re.sub(r"[\s*|]+", "", unicodedata.normalize("NFKC", text)).lower()


def numbers_in(text: str) -> set[str]:
    """Every figure a text states. Month names count as the figure that the other language writes."""
    for number, month in enumerate(MONTHS, start=1):
        text = (
            text if month == "May" else re.sub(rf"\b{month}\b", str(number), text)
        )  # "May" is mostly a verb
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    return set(re.findall(r"\d+(?:\.\d+)?", text))


def twins(site: str) -> list[tuple[Path, Path]]:
    """Documents whose names differ in their language only: they must state the same facts."""
    by_stem = {
        path.stem: path for path in documents_of(site) if not path.stem.startswith(("faq", "complaints"))
    }
    names = sorted(stem.removesuffix("-zh") for stem in by_stem if stem.endswith("-zh"))
    return [(by_stem[f"{name}-zh"], by_stem[f"{name}-en"]) for name in names if f"{name}-en" in by_stem]

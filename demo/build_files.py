"""Makes the demo's PDF and DOCX files from `shop/sources/`. Run once after a source has changed.

    python demo/build_files.py

Needs python-docx and Chromium. The files made are committed: nobody needs this to run the demo.
"""

import subprocess
import sys
from itertools import groupby
from pathlib import Path

import docx
from docx.document import Document

SHOP = Path(__file__).parent / "shop"


def print_pdf(source: Path, *, target: Path) -> None:
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    command += ["--no-pdf-header-footer", f"--print-to-pdf={target}", source.resolve().as_uri()]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 (our own files, by name)


def kind(line: str) -> str:
    if line.startswith("#"):
        return "heading"
    if line.startswith("|"):
        return "table"
    return "item" if line.startswith("- ") else "paragraph"


def add_table(document: Document, *, lines: list[str]) -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "---" not in line]
    table = document.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text


def write_docx(source: Path, *, target: Path) -> None:
    document = docx.Document()
    lines = [line for line in source.read_text(encoding="utf-8").splitlines() if line]
    document.core_properties.title = lines[0].lstrip("# ")
    for name, group in groupby(lines, key=kind):
        if name == "table":
            add_table(document, lines=list(group))
            continue
        for line in group:
            add_line(document, name=name, line=line)
    document.save(str(target))


def add_line(document: Document, *, name: str, line: str) -> None:
    if name == "heading":
        document.add_heading(line.lstrip("# "), level=line.count("#"))
    elif name == "item":
        document.add_paragraph(line.removeprefix("- "), style="List Bullet")
    else:
        document.add_paragraph(line)


def main() -> None:
    for source in sorted((SHOP / "sources").glob("*.html")):
        print_pdf(source, target=SHOP / "documents" / f"{source.stem}.pdf")
    for source in sorted((SHOP / "sources").glob("*.md")):
        write_docx(source, target=SHOP / "documents" / f"{source.stem}.docx")


if __name__ == "__main__":
    sys.exit(main())

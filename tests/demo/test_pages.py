"""The demo's pages carry the widget as a customer's page would, and nothing from anywhere else."""

import re
from pathlib import Path

import pytest

from tests.demo.reading import DEMO, SITES, settings_of

WIDGET = '<script async src="{{ADDRESS}}/widget.js" data-site="{{KEY}}"></script>'
SVG_NAMESPACE = "http://www.w3.org/2000/svg"


def page_of(site: str) -> Path:
    return DEMO / site / settings_of(site)["page"] / "index.html"


@pytest.mark.parametrize("site", SITES)
def test_page_carries_the_script_tag_once(site: str) -> None:
    page = page_of(site).read_text(encoding="utf-8")
    assert page.count(WIDGET) == page.count("{{ADDRESS}}") == page.count("{{KEY}}") == 1


@pytest.mark.parametrize("site", SITES)
def test_nothing_is_loaded_from_another_origin(site: str) -> None:
    for path in page_of(site).parent.rglob("*.*"):
        text = path.read_text(encoding="utf-8").replace(SVG_NAMESPACE, "")
        assert not re.search(r"https?://|(src|href)=\"//|@import", text), path.name


@pytest.mark.parametrize("site", SITES)
def test_assets_that_the_page_names_are_there(site: str) -> None:
    page = page_of(site)
    assets = re.findall(r"(?:src|href)=\"(assets/[^\"]+)\"", page.read_text(encoding="utf-8"))
    assert len(set(assets)) >= 3
    assert all((page.parent / asset).is_file() for asset in assets)


@pytest.mark.parametrize("site", SITES)
def test_each_text_stands_in_both_languages(site: str) -> None:
    page = page_of(site).read_text(encoding="utf-8")
    chinese = page.count('<span lang="zh-Hans">')
    assert chinese == page.count('<span lang="en">') >= 10

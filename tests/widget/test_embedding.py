"""What the desk serves for embedding: the loader, the frame page and its policies. These need no browser."""

import gzip

import pytest
from django.test import Client

from apps.conversations.models import Site
from apps.knowledge.models import KnowledgeBase
from apps.widget import embedding

BUDGET = 25 * 1024  # bytes, compressed, before the first click


@pytest.fixture
def site(db: None) -> Site:
    return Site.objects.create(
        name="Lantern <b>& Loom</b>",
        key="sd_lantern",
        locale="zh-hans",
        origins=[
            "https://shop.example",
            "http://localhost:8080",
            "https://x.example; script-src *",
            "*",
            "null",
        ],
        colour="#123456",
        knowledge_base=KnowledgeBase.objects.create(),
    )


def policy_of(response: object) -> dict[str, str]:
    policy = response["Content-Security-Policy"]  # type: ignore[index]
    return dict(part.strip().split(" ", 1) for part in policy.split(";"))


def test_frame_may_be_shown_by_the_sites_origins_and_nobody_else(client: Client, site: Site) -> None:
    response = client.get("/widget/frame/", {"site": site.key})
    policy = policy_of(response)
    assert policy["frame-ancestors"] == "https://shop.example http://localhost:8080"
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["base-uri"] == policy["form-action"] == "'none'"
    assert "X-Frame-Options" not in response
    assert response.cookies == {}
    assert response["Referrer-Policy"] == "same-origin"
    assert "microphone=()" in response["Permissions-Policy"]


def test_site_without_origins_is_shown_nowhere(client: Client, site: Site) -> None:
    Site.objects.update(origins=[])
    response = client.get("/widget/frame/", {"site": site.key})
    assert policy_of(response)["frame-ancestors"] == "'none'"


def test_frame_page_has_no_inline_script_or_style_and_escapes_names(client: Client, site: Site) -> None:
    page = client.get("/widget/frame/", {"site": site.key}).content.decode()
    assert "Lantern &lt;b&gt;&amp; Loom&lt;/b&gt;" in page
    assert "<style" not in page
    assert "style=" not in page
    assert page.count("<script") == 1
    assert 'data-colour="#123456"' in page
    assert 'data-hosts="shop.example localhost"' in page
    for module in embedding.MODULES:
        assert f'<link rel="modulepreload" href="/static/{module}">' in page


@pytest.mark.parametrize("key", ["", "sd_unknown", "sd\x00lantern", "'; drop"])
def test_unknown_site_is_told_in_both_languages(client: Client, site: Site, key: str) -> None:
    response = client.get("/widget/frame/", {"site": key})
    assert response.status_code == 404
    assert "没有找到" in response.content.decode()
    assert "There is no chat" in response.content.decode()
    assert policy_of(response)["script-src"] == "'self'"


def test_only_reading_is_possible(client: Client, site: Site) -> None:
    assert client.post("/widget.js").status_code == 405
    assert client.post("/widget/frame/", {"site": site.key}).status_code == 405


def test_loader_is_small_compressed_and_known_again(client: Client) -> None:
    response = client.get("/widget.js", headers={"Accept-Encoding": "gzip"})
    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response["Content-Encoding"] == "gzip"
    assert len(response.content) <= BUDGET
    assert gzip.decompress(response.content) == embedding.LOADER.read_bytes()
    again = client.get("/widget.js", headers={"If-None-Match": response["ETag"], "Accept-Encoding": "gzip"})
    assert again.status_code == 304


def test_nothing_comes_from_anywhere_else() -> None:
    for file in embedding.STATIC_FILES.iterdir():
        text = file.read_text(encoding="utf-8")
        assert "innerHTML" not in text
        for line in text.splitlines():
            if "://" in line:
                assert any(known in line for known in ("w3.org", "desk.example", "https?:")), line

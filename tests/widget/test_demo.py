"""The demo's pages carry this server's address and their site's key, and nothing outside their folder is served."""

import pytest
from django.http import Http404
from django.test import RequestFactory

from apps.widget import demo


@pytest.mark.parametrize("shop", ["shop", "second"])
def test_page_has_the_widget_of_its_site(rf: RequestFactory, shop: str) -> None:
    page = demo.page(rf.get(f"/demo/{shop}/"), shop).content.decode()  # type: ignore[attr-defined]
    assert 'src="http://testserver/widget.js"' in page
    assert f'data-site="sd_demo_{shop}"' in page
    assert "{{" not in page


@pytest.mark.parametrize(
    "file", ["../site.toml", "../../../manage.py", "nothing.html", "assets", "/etc/passwd"]
)
def test_nothing_else_is_served(rf: RequestFactory, file: str) -> None:
    with pytest.raises(Http404):
        demo.page(rf.get("/demo/shop/x"), "shop", file)

"""Websites are read, read again and forgotten as their pages are; robots.txt and caps are kept."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.knowledge.jobs import indexing
from apps.knowledge.models import Document, IndexJob, KnowledgeBase, Website
from apps.knowledge.searching import search
from apps.knowledge.websites import services as websites
from apps.knowledge.websites import visiting
from apps.knowledge.websites.fetching import Fetched, FetchRefused
from apps.knowledge.websites.progress import visit_of
from apps.knowledge.websites.services import plan
from apps.knowledge.websites.visiting import visit
from tests.knowledge.conftest import found

HELP = "https://shop.example/help/"
MENU = "<nav><a href='/cart'>Cart</a><a href='/help/returns'>Returns</a></nav>"
LONG = (
    "You can return every lamp within 30 days of delivery, as long as it is unused and in its own box. " * 4
)


def page(title: str, text: str, *, links: str = "") -> str:
    return (
        f"<html><head><title>{title}</title></head><body>{MENU}<main><article><h1>{title}</h1>"
        f"<p>{text}</p>{links}</article></main><footer>Imprint</footer></body></html>"
    )


class Web:
    """Pages by address; what was asked is kept."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {
            HELP: page(
                "Help", LONG.replace("lamp", "shelf"), links="<a href='returns'>R</a><a href='/x'>X</a>"
            ),
            f"{HELP}returns": page("Returns", LONG),
        }
        self.tags: dict[str, str] = {}
        self.broken: dict[str, str] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def __call__(self, url: str, *, headers: dict[str, str] | None = None) -> Fetched:
        self.asked.append((url, dict(headers or {})))
        if url in self.broken:
            raise FetchRefused(self.broken[url])
        if url not in self.pages:
            raise FetchRefused("gone")
        tag = self.tags.get(url, "")
        if tag and (headers or {}).get("If-None-Match") == tag:
            return Fetched(url=url, status=304)
        return Fetched(url=url, status=200, body=self.pages[url].encode(), headers={"etag": tag})


@pytest.fixture
def web() -> Web:
    return Web()


def work_all() -> None:
    for job in IndexJob.objects.filter(state="pending"):
        indexing.index_upload(job.pk)


def again(website: Website, web: Web) -> Website:
    Website.objects.update(next_visit_at=timezone.now() - timedelta(seconds=1))
    visit(website.pk, fetch=web, pause=0)
    work_all()
    website.refresh_from_db()
    return website


@pytest.fixture
def website(base: KnowledgeBase, web: Web) -> Website:
    made = websites.add_website(base, HELP, every_hours=24, audience="public")
    return again(made, web)


def test_a_page_leads_to_those_in_its_folder(web: Web) -> None:
    assert plan(HELP, fetch=web).pages == (HELP, f"{HELP}returns")


def test_a_sitemap_is_read_up_to_a_cap_and_only_of_its_own_host(web: Web) -> None:
    listed = [f"https://shop.example/p/{n}" for n in range(10_000)] + ["https://else.example/"]
    body = "".join(f"<url><loc>{url}</loc></url>" for url in listed)
    web.pages["https://shop.example/sitemap.xml"] = f"<urlset>{body}</urlset>"
    planned = plan("https://shop.example/sitemap.xml", fetch=web)
    assert (len(planned.pages), planned.listed, planned.is_cut) == (websites.MOST_PAGES, 10_000, True)


def test_robots_are_respected(web: Web) -> None:
    robots = "https://shop.example/robots.txt"
    web.pages[robots] = "User-agent: *\nDisallow: /help/returns"
    planned = plan(HELP, fetch=web)
    assert (planned.pages, planned.forbidden) == ((HELP,), 1)
    web.pages[robots] = "User-agent: SeekDeskBot\nDisallow: /"
    with pytest.raises(FetchRefused, match="robots"):
        plan(HELP, fetch=web)
    web.broken[robots] = "bad_answer"
    with pytest.raises(FetchRefused, match="bad_answer"):
        plan(HELP, fetch=web)


def test_pages_are_found_without_their_navigation_and_with_their_address(
    base: KnowledgeBase, website: Website
) -> None:
    first = search(base.pk, "return a lamp").passages[0].chunk
    assert (first.title, first.url) == ("Returns", f"{HELP}returns")
    assert not any("Cart" in text or "Imprint" in text for text in found(base, "cart imprint"))
    assert website.next_visit_at > timezone.now() + timedelta(hours=23)


def test_what_did_not_change_is_not_read_again(base: KnowledgeBase, web: Web, website: Website) -> None:
    web.tags = dict.fromkeys(web.pages, '"1"')
    again(website, web)
    jobs = IndexJob.objects.count()
    again(website, web)
    assert IndexJob.objects.count() == jobs
    assert web.asked[-1][1] == {"If-None-Match": '"1"'}


def test_a_changed_page_is_a_new_version_and_a_gone_one_is_forgotten(
    base: KnowledgeBase, web: Web, website: Website
) -> None:
    web.pages[f"{HELP}returns"] = page("Returns", LONG.replace("30", "60"))
    again(website, web)
    assert Document.objects.get(title="Returns").version == 2
    del web.pages[f"{HELP}returns"]
    again(website, web)
    assert not Document.objects.filter(title="Returns").exists()
    assert Document.objects.count() == 1
    web.pages[HELP] = page("Help", LONG).replace(MENU, "")
    counted = visit_of(again(website, web))
    assert (counted.found, counted.fetched, counted.indexed, counted.gone) == (1, 1, 1, 1)


def test_a_page_that_fails_for_now_goes_on_answering(base: KnowledgeBase, web: Web, website: Website) -> None:
    web.broken[f"{HELP}returns"] = "too_slow"
    again(website, web)
    assert Document.objects.filter(title="Returns").exists()
    assert website.pages.get(url=f"{HELP}returns").reason == "too_slow"
    web.broken[HELP] = "unreachable"
    assert again(website, web).reason == "unreachable"
    assert Document.objects.count() == 2


def test_a_log_in_page_is_told_apart(base: KnowledgeBase, web: Web, website: Website) -> None:
    web.pages[f"{HELP}returns"] = page("Log in", "Please log in.", links='<input type="password">')
    again(website, web)
    assert website.pages.get(url=f"{HELP}returns").reason == "login"
    assert Document.objects.filter(title="Returns").exists()


def test_a_removed_website_takes_its_pages_along(base: KnowledgeBase, website: Website) -> None:
    websites.remove_website(website)
    assert found(base, "return a lamp") == []


def test_a_website_that_is_removed_while_a_page_is_fetched_leaves_nothing_behind(
    base: KnowledgeBase, web: Web, website: Website
) -> None:
    web.pages[f"{HELP}returns"] = page("Returns", LONG.replace("30 days", "60 days"))

    def removes_it(url: str, *, headers: dict[str, str] | None = None) -> Fetched:
        if url.endswith("returns"):
            websites.remove_website(Website.objects.get(pk=website.pk))
        return web(url, headers=headers)

    Website.objects.update(next_visit_at=timezone.now())
    visit(website.pk, fetch=removes_it, pause=0)
    work_all()
    assert not Document.objects.filter(knowledge_base=base).exists()


def test_a_page_of_two_websites_goes_with_the_last_of_them(
    base: KnowledgeBase, web: Web, website: Website
) -> None:
    web.tags[f"{HELP}returns"] = '"1"'
    other = again(websites.add_website(base, f"{HELP}returns", every_hours=24, audience="public"), web)
    again(website, web)
    websites.remove_website(other)
    again(website, web)
    assert f"{HELP}returns" in {one.chunk.url for one in search(base.pk, "return a lamp").passages}
    websites.remove_website(website)
    assert not Document.objects.filter(knowledge_base=base).exists()


def test_whoever_asks_in_the_middle_of_a_visit_gets_another(
    base: KnowledgeBase, web: Web, website: Website
) -> None:
    def asks_again(url: str, *, headers: dict[str, str] | None = None) -> Fetched:
        if url.endswith("returns"):
            websites.visit_soon(website)
        return web(url, headers=headers)

    Website.objects.update(next_visit_at=timezone.now() - timedelta(seconds=1))
    visit(website.pk, fetch=asks_again, pause=0)
    assert visiting.due_websites() == [website.pk]
    again(website, web)
    assert visiting.due_websites() == []


def test_a_visit_has_one_worker(base: KnowledgeBase, web: Web, website: Website) -> None:
    Website.objects.update(next_visit_at=timezone.now(), lease_until=timezone.now() + timedelta(seconds=60))
    before = len(web.asked)
    visit(website.pk, fetch=web, pause=0)
    assert len(web.asked) == before
    assert visiting.due_websites() == []

"""Websites: which pages an address leads to, and what people ask for. Every fetch goes through `safe_fetch`.

Knows nothing of what a page says: visits are a worker's (`visiting.py`).
"""

import hashlib
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from django.db import transaction
from django.utils import timezone

from apps.knowledge import services
from apps.knowledge.jobs import closing
from apps.knowledge.models import Document, IndexJob, KnowledgeBase, WebPage, Website
from apps.knowledge.naming import clean_name
from apps.knowledge.websites.fetching import AGENT, Fetched, FetchRefused, checked, safe_fetch

MOST_PAGES = 500  # of one address
MOST_SITEMAPS = 20  # that a sitemap of sitemaps may lead to
Fetch = Callable[..., Fetched]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The pages that an address leads to; `listed` counts all that were named, `forbidden` what robots.txt keeps away."""

    pages: tuple[str, ...]
    listed: int
    forbidden: int

    @property
    def is_cut(self) -> bool:
        return self.listed - self.forbidden > len(self.pages)


class BadWebsite(services.KnowledgeError):
    """The address leads nowhere that is read, or is here already."""

    status = 422


# --- What an address leads to ------------------------------------------------------------------------------------


def plan(address: str, *, fetch: Fetch = safe_fetch) -> Plan:
    """Raises `FetchRefused`."""
    robots = robots_of(address, fetch=fetch)
    if not robots.can_fetch(AGENT, address):
        raise FetchRefused("robots")
    first = fetch(address)
    named = _listed(first, fetch=fetch) if is_sitemap(first) else _linked(first)
    host = urlsplit(first.url).netloc
    ours = [url for url in dict.fromkeys(named) if urlsplit(url).netloc == host]
    allowed = [url for url in ours if robots.can_fetch(AGENT, url)]
    if not allowed:
        raise FetchRefused("no_pages")
    return Plan(pages=tuple(allowed[:MOST_PAGES]), listed=len(ours), forbidden=len(ours) - len(allowed))


def robots_of(address: str, *, fetch: Fetch) -> RobotFileParser:
    """What the site asks of robots. A site without such a file allows all; one that cannot say allows nothing."""
    robots = RobotFileParser()
    try:
        answer = fetch(urljoin(checked(address), "/robots.txt"))
    except FetchRefused as error:
        if error.code not in ("gone", "wrong_content", "login"):
            raise
        robots.parse([])
    else:
        robots.parse(answer.body.decode("utf-8", "replace").splitlines())
    return robots


def is_sitemap(fetched: Fetched) -> bool:
    return b"<urlset" in fetched.body[:4_000] or b"<sitemapindex" in fetched.body[:4_000]


def _listed(fetched: Fetched, *, fetch: Fetch) -> list[str]:
    """The pages of a sitemap, and of the sitemaps that it names."""
    named, children = _locations(fetched.body)
    for child in children[:MOST_SITEMAPS]:
        named += _locations(fetch(child).body)[0]
    return _addresses(named, base=fetched.url)


def _locations(body: bytes) -> tuple[list[str], list[str]]:
    from lxml import etree  # type: ignore[import-untyped] # megabytes: only for who adds a website

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        raise FetchRefused("bad_answer") from None
    found = [str(one.text or "").strip() for one in root.iter("{*}loc")]
    return ([], found) if etree.QName(root).localname == "sitemapindex" else (found, [])


def _linked(fetched: Fetched) -> list[str]:
    """The page itself and what it links to in its own folder."""
    from lxml import etree, html

    folder = fetched.url.rpartition("/")[0] + "/"
    try:
        links = html.fromstring(fetched.body).xpath("//a/@href")
    except (etree.ParserError, ValueError):
        links = []
    named = _addresses([urljoin(fetched.url, str(link)) for link in links], base=fetched.url)
    return [fetched.url, *(url for url in named if url.startswith(folder))]


def _addresses(named: Sequence[str], *, base: str) -> list[str]:
    found = []
    for one in named:
        try:
            found.append(checked(urljoin(base, one)))
        except (FetchRefused, ValueError):
            continue
    return found


# --- What people ask for -----------------------------------------------------------------------------------------


def add_website(base: KnowledgeBase, address: str, *, every_hours: int, audience: str) -> Website:
    try:
        address = checked(address)
    except FetchRefused as error:
        raise BadWebsite(error.code, error.code) from error
    website, created = Website.objects.get_or_create(
        knowledge_base=base,
        address=address,
        defaults={"every_hours": every_hours, "audience": audience, "next_visit_at": timezone.now()},
    )
    if not created:
        raise BadWebsite("known", "known")
    return website


def visit_soon(website: Website) -> None:
    Website.objects.filter(pk=website.pk).update(next_visit_at=timezone.now())


def remove_website(website: Website) -> None:
    """With all its pages; a visit under way finds so, and takes back what it was about to bring."""
    base = website.knowledge_base_id
    with transaction.atomic():
        Website.objects.select_for_update().filter(pk=website.pk).first()
        names = list(website.pages.values_list("name", flat=True))
        website.delete()
    for name in names:
        retire_page(base, name)


def retire_page(knowledge_base_id: uuid.UUID, name: str) -> None:
    """One website has it no more; where another still reads it, it goes on answering."""
    others = WebPage.objects.filter(website__knowledge_base=knowledge_base_id, name=name)
    if not others.exists():
        forget_page(knowledge_base_id, name)


def forget_page(knowledge_base_id: uuid.UUID, name: str) -> None:
    open_jobs = IndexJob.objects.filter(
        knowledge_base=knowledge_base_id, upload__name=name, state__in=IndexJob.OPEN_STATES
    )
    for job in open_jobs:
        closing.cancel(
            job, reason_code="cancelled"
        )  # one that has just ended left the document that goes below
    for document in Document.objects.filter(knowledge_base=knowledge_base_id, external_id=name):
        services.remove_document(document)


def name_of(url: str) -> str:
    """Of the page's document: readable, and one of its own for each address."""
    parts = urlsplit(url)
    path = parts.path.strip("/") or "index"
    return clean_name(f"web/{parts.netloc}/{path[:150]}-{hashlib.sha256(url.encode()).hexdigest()[:8]}.md")

"""A visit of a website: what becomes of each page. For workers only: cleaning pages takes trafilatura.

A page is asked for with what it said of itself the last time; what did not change is left alone, what changed is a new
version of its document, what is gone is forgotten, and what merely failed goes on answering as it was.
"""

import time
import uuid
from datetime import timedelta
from urllib.parse import urlsplit

import trafilatura
from django.core.files.base import ContentFile
from django.db import IntegrityError
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from apps.knowledge import services
from apps.knowledge.models import Origin, WebPage, Website
from apps.knowledge.websites.fetching import Fetched, FetchRefused, safe_fetch
from apps.knowledge.websites.services import Fetch, forget_page, name_of, plan, retire_page

LEASE = timedelta(seconds=90)
PAUSE = 0.2  # seconds between two pages: a visitor, not a flood
LOGIN_SHOWS = 600  # characters: a page with a password field and less text than this is a log-in


class VisitLost(Exception):
    """The website was removed, or another worker visits it."""


def due_websites() -> list[uuid.UUID]:
    return list(_due().values_list("pk", flat=True)[:50])


def visit(website_id: uuid.UUID, *, fetch: Fetch = safe_fetch, pause: float = PAUSE) -> None:
    website = _claim(website_id)
    if website is None:
        return
    reason = ""
    try:
        planned = plan(website.address, fetch=fetch)
        for number, url in enumerate(planned.pages):
            _renew(website, done=number, total=len(planned.pages))
            _visit_page(website, url, fetch=fetch)
            time.sleep(pause)
        _renew(website, done=len(planned.pages), total=len(planned.pages))
        for page in website.pages.exclude(url__in=planned.pages):
            _retire(website, page)
    except FetchRefused as error:
        reason = error.code
    except VisitLost:
        return
    now = timezone.now()
    # Whoever asked in the middle of it, after a change of a page that was read already, asked for another visit.
    _held(website).filter(next_visit_at=website.next_visit_at).update(
        next_visit_at=now + timedelta(hours=website.every_hours)
    )
    _held(website).update(lease_until=None, visited_at=now, reason=reason)


def _visit_page(website: Website, url: str, *, fetch: Fetch) -> None:
    page = _page_at(website, url)
    asked = {"If-None-Match": page.etag, "If-Modified-Since": page.last_modified}
    try:
        fetched = fetch(url, headers={name: value for name, value in asked.items() if value})
        if fetched.status == 200:
            _take_in(website, page, fetched)
        page.reason = ""
    except FetchRefused as error:
        page.reason = error.code
        if error.code == "gone":
            forget_page(website.knowledge_base_id, page.name)
    except services.UploadRefused as error:
        page.reason = error.code[:40]
    page.visited_at = timezone.now()
    _check_is_there(website, page)
    page.save()


def _page_at(website: Website, url: str) -> WebPage:
    try:
        return WebPage.objects.get_or_create(website=website, url=url, defaults={"name": name_of(url)})[0]
    except IntegrityError as error:
        raise VisitLost from error  # removed a moment ago


def _check_is_there(website: Website, page: WebPage) -> None:
    """What a visit brought after its website was removed would answer for good, and stand in no list."""
    if not Website.objects.filter(pk=website.pk).exists():
        retire_page(website.knowledge_base_id, page.name)
        raise VisitLost


def _take_in(website: Website, page: WebPage, fetched: Fetched) -> None:
    services.add_upload(
        website.knowledge_base,
        file=ContentFile(text_of(fetched).encode()),
        name=page.name,
        audience=website.audience,
        origin=Origin.WEBSITE,
        url=page.url,
    )
    page.etag = fetched.headers.get("etag", "")[:300]
    page.last_modified = fetched.headers.get("last-modified", "")[:100]


def text_of(fetched: Fetched) -> str:
    """The page as Markdown, without its navigation."""
    source = fetched.body.decode(_charset(fetched), "replace")
    text = trafilatura.extract(
        source, url=fetched.url, output_format="markdown", include_links=False, include_images=False
    )
    if 'type="password"' in source.lower() and len(text or "") < LOGIN_SHOWS:
        raise FetchRefused("login")
    if not text or not text.strip():
        raise FetchRefused("no_text")
    metadata = trafilatura.extract_metadata(source)
    title = (metadata.title if metadata else "") or urlsplit(fetched.url).path
    return text if text.startswith("# ") else f"# {title}\n\n{text}"


def _charset(fetched: Fetched) -> str:
    given = fetched.headers.get("content-type", "").lower().partition("charset=")[2].strip(" \"'")
    try:
        "".encode(given or "utf-8")
    except LookupError:
        return "utf-8"
    return given or "utf-8"


def _retire(website: Website, page: WebPage) -> None:
    page.delete()
    _held(website).update(gone=F("gone") + 1)
    retire_page(website.knowledge_base_id, page.name)


def _due() -> QuerySet[Website]:
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    return Website.objects.filter(free, next_visit_at__lte=now)


def _claim(website_id: uuid.UUID) -> Website | None:
    website = _due().filter(pk=website_id).select_related("knowledge_base").first()
    if website is None:
        return None
    taken = (
        _due()
        .filter(pk=website_id, attempt=website.attempt)
        .update(
            attempt=F("attempt") + 1,
            lease_until=timezone.now() + LEASE,
            done=0,
            total=0,
            gone=0,
            reason="",
        )
    )
    if not taken:
        return None
    website.refresh_from_db()
    return website


def _held(website: Website) -> QuerySet[Website]:
    return Website.objects.filter(pk=website.pk, attempt=website.attempt)


def _renew(website: Website, *, done: int, total: int) -> None:
    if not _held(website).update(lease_until=timezone.now() + LEASE, done=done, total=total):
        raise VisitLost

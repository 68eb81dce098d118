"""The demo's sites, from the folders under `demo/`: made once, brought up to date every time."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.dispatch import Signal

from apps.conversations import services
from apps.conversations.models import Member, Site

loaded = Signal()  # with site and folder: rooms above load what is theirs
DEMO_FOLDER = settings.BASE_DIR / "demo"


@dataclass(frozen=True, slots=True)
class Login:
    username: str
    password: str
    role: str
    site: str


def demo_folders(folder: Path = DEMO_FOLDER) -> list[Path]:
    return sorted(file.parent for file in folder.glob("*/site.toml"))


def site_key(shop: str) -> str:
    """Public and the same on every machine, so that the demo's page can be a plain file."""
    return f"sd_demo_{shop}"


def read_site(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "site.toml").read_text(encoding="utf-8"))


def load_site(folder: Path) -> Site:
    told = read_site(folder)
    key = site_key(folder.name)
    if not Site.objects.filter(key=key).exists():
        services.create_site(name=told["name"], locale=told["locale"], key=key)
    site = Site.objects.get(key=key)
    site.name, site.locale, site.colour = told["name"], told["locale"], told["colour"]
    site.greeting, site.suggestions = told["greeting"], told["suggestions"]
    site.origins = own_origins()
    site.save()
    loaded.send(Site, site=site, folder=folder)
    return site


def own_origins() -> list[str]:
    """The demo's pages are served by us, under the names that a browser on this machine may use."""
    parts = urlsplit(settings.PUBLIC_URL)
    hosts = (
        {parts.hostname, "127.0.0.1", "localhost"}
        if settings.DEMO or not settings.IS_PUBLIC
        else {parts.hostname}
    )
    port = f":{parts.port}" if parts.port else ""
    return sorted(f"{parts.scheme}://{host}{port}" for host in hosts)


def load_people(folder: Path, *, site: Site) -> list[Login]:
    logins = []
    for told in read_site(folder)["people"]:
        user, created = get_user_model().objects.get_or_create(
            username=told["username"], defaults={"email": told["email"], "first_name": told["name"]}
        )
        if created:
            user.set_password(told["password"])
            user.save()
        services.add_member(site, user=user, role=Member.Role(told["role"]))
        logins.append(Login(told["username"], told["password"], told["role"], site.name))
    return logins

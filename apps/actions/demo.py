"""The demo's actions, from a site's `actions.toml`: kept up to date every time the demo is loaded."""

import hashlib
import hmac
import tomllib
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.actions import registry
from apps.actions.models import Action
from apps.conversations.models import Site


def load_actions(sender: object, *, site: Site, folder: Path, **_: Any) -> None:
    """Heard when the demo loads a site."""
    file = folder / "actions.toml"
    if file.exists():
        told = tomllib.loads(file.read_text(encoding="utf-8"))
        for row in told["actions"]:
            _keep(site, row, address=settings.PUBLIC_URL + told["address"])


def _keep(site: Site, row: dict[str, Any], *, address: str) -> None:
    """What an operator switched off stays off."""
    known = Action.objects.filter(site=site, name=row["name"]).first()
    kept = registry.keep_action(
        site, known=known, address=address, is_on=known.is_on if known else True, **row
    )
    Action.objects.filter(pk=kept.pk).update(secret=demo_secret())


def demo_secret() -> str:
    """Known to both sides without a file between them: the demo's orders service runs in this very process."""
    return hmac.new(settings.SECRET_KEY.encode(), b"demo orders", hashlib.sha256).hexdigest()

"""Who a visitor is: a signed token bound to site, contact and origin, and the identity that a site's server signed.

Nothing is stored. A token is good for two hours; for thirty days it can still be renewed into a new one for the
same contact.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.core import signing
from django.utils import timezone

from apps.conversations.attributes import Attributes, canonical
from apps.conversations.models import Contact, Site
from apps.widget.refusals import Refused

SALT = "apps.widget.visitor"
GOOD_FOR = timedelta(hours=2)
RENEWABLE_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Token:
    site_id: UUID
    contact_id: UUID
    origin: str


def issue(contact: Contact, *, origin: str) -> tuple[str, datetime]:
    """The token and when it expires."""
    content = {"site": str(contact.site_id), "contact": str(contact.pk), "origin": origin}
    return signing.dumps(content, salt=SALT), timezone.now() + GOOD_FOR


def read(text: str, *, age: timedelta = GOOD_FOR) -> Token:
    try:
        content = signing.loads(text, salt=SALT, max_age=age)
    except signing.SignatureExpired as error:
        raise Refused("token_expired") from error
    except (signing.BadSignature, ValueError) as error:
        raise Refused("token_invalid") from error
    return Token(UUID(content["site"]), UUID(content["contact"]), content["origin"])


def contact_to_renew(text: str, *, site: Site) -> Contact | None:
    """The contact of an earlier token of this site. Any other token begins a new, anonymous one: a browser with a
    stale or foreign token must still be able to ask, and learns nothing."""
    try:
        token = read(text, age=RENEWABLE_FOR)
    except Refused:
        return None
    if token.site_id != site.pk:
        return None
    return Contact.objects.filter(pk=token.contact_id, site=site).first()


def sign_identity(site: Site, *, user_id: str, exp: int, attributes: Attributes | None = None) -> str:
    """What a site's own server computes: HMAC-SHA256 over `site|user|exp`, in hexadecimal; with attributes over
    `site|user|exp|hash` (docs/decisions/widget-attributes-are-signed.md)."""
    parts = [site.key, user_id, str(exp)]
    if attributes is not None:
        parts.append(hashlib.sha256(canonical(attributes).encode()).hexdigest())
    return hmac.new(site.identity_secret.encode(), "|".join(parts).encode(), hashlib.sha256).hexdigest()


def check_identity(
    site: Site, *, user_id: str, exp: int, signature: str, attributes: Attributes | None = None
) -> None:
    expected = sign_identity(site, user_id=user_id, exp=exp, attributes=attributes)
    genuine = hmac.compare_digest(expected.encode(), signature.lower().encode())
    if not genuine or exp <= datetime.now(UTC).timestamp():
        raise Refused("identity_invalid")

"""A password that was forgotten is set anew by a link that comes by mail, once, within an hour."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _

from apps.accounts import devices
from apps.accounts.models import User

if TYPE_CHECKING:
    from django.db.models import QuerySet


def people_called(name: str) -> "QuerySet[User]":
    """By user name or by e-mail address, those who may log in."""
    return User.objects.filter(Q(username__iexact=name) | Q(email__iexact=name), is_active=True)


def mail_reset(user: User) -> None:
    """Says nothing to whoever asked, so that nobody learns who has a log-in here."""
    place = reverse(
        "set_password",
        args=[urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)],
    )
    with translation.override(user.locale or settings.LANGUAGE_CODE):
        subject = _("A new password for SeekDesk")
        body = _(
            "Somebody asked for a new password for %(name)s.\n\nSet it here, within an hour:\n%(link)s\n\n"
            "If it was not you, there is nothing to do: your password stays as it is."
        ) % {"name": user.username, "link": f"{settings.PUBLIC_URL}{place}"}
        EmailMessage(subject, body, to=[user.email]).send()


def person_for(encoded: str, token: str) -> User | None:
    """Whose password the link sets; None when it is no link of ours, was used, or is too old."""
    try:
        user = User.objects.filter(pk=int(urlsafe_base64_decode(encoded)), is_active=True).first()
    except (ValueError, OverflowError):
        return None
    return user if user and default_token_generator.check_token(user, token) else None


def fault_in(password: str, *, user: User) -> str:
    """Empty when it may be used."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


@transaction.atomic
def set_password(user: User, password: str, *, but: str | None = None) -> None:
    """Everybody who was logged in as this person is out, save the session of the key `but`."""
    user.set_password(password)
    user.save(update_fields=["password"])
    devices.end_others(user, but=but)

"""Invitations: made, mailed, sent again, revoked, and accepted once. The link is signed; no secret is stored."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.kinds import Kind
from apps.audit.recording import record
from apps.conversations.models import Member, Site
from apps.people.errors import BadRequest, LinkInvalid, NotPossible
from apps.people.models import VALID, Invitation, a_week_from_now, new_serial

SALT = "people.invitation"
LONGEST_EMAIL = 150  # a user name is no longer


def open_invitations(site: Site) -> QuerySet[Invitation]:
    return _open(site).select_related("by", "site")


def _open(site: Site) -> QuerySet[Invitation]:
    """Bare rows, which can be locked."""
    return Invitation.objects.filter(site=site, accepted_at=None, revoked_at=None)


@transaction.atomic
def invite(site: Site, *, email: str, role: str, by: Member) -> Invitation:
    """Inviting the same address again makes a new link, and the old one void."""
    email = _checked_email(email)
    if role not in Member.Role.values:
        raise BadRequest("bad_role", _("Choose one of the roles."))
    Site.objects.select_for_update().get(pk=site.pk)
    if (
        Member.objects.filter(site=site)
        .filter(Q(user__email__iexact=email) | Q(user__username__iexact=email))
        .exists()
    ):
        raise NotPossible("member_already", _("This person is a member already."))
    fresh = {"role": role, "by": by.user, "serial": new_serial(), "expires_at": a_week_from_now()}
    invitation, _made = _open(site).update_or_create(site=site, email=email, defaults=fresh)
    record(Kind.INVITED, site_id=site.pk, by=by.user, subject=email, detail=role)
    return invitation


def _checked_email(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise BadRequest("bad_email", _("This is no e-mail address.")) from error
    if len(email) > LONGEST_EMAIL or "\x00" in email:
        raise BadRequest("bad_email", _("This is no e-mail address."))
    return email


@transaction.atomic
def revoke(invitation: Invitation, *, by: Member) -> None:
    if open_invitations(invitation.site).filter(pk=invitation.pk).update(revoked_at=timezone.now()):
        record(Kind.INVITATION_REVOKED, site_id=invitation.site_id, by=by.user, subject=invitation.email)


# --- The link --------------------------------------------------------------------------------------------------------


def link_of(invitation: Invitation) -> str:
    token = signing.dumps([str(invitation.pk), invitation.serial], salt=SALT)
    return f"{settings.PUBLIC_URL}{reverse('invitation', args=[token])}"


def invitation_behind(token: str) -> Invitation:
    """Raises LinkInvalid: of used, revoked, old and made-up links nobody learns more than that."""
    try:
        given, serial = signing.loads(token, salt=SALT, max_age=VALID)
        found = Invitation.objects.select_related("site", "by").filter(
            pk=UUID(given), serial=serial, accepted_at=None, revoked_at=None, expires_at__gt=timezone.now()
        )
        invitation = found.first()
    except (signing.BadSignature, ValueError, TypeError):
        invitation = None
    if invitation is None:
        raise LinkInvalid("link_invalid", _("This invitation is no longer valid. Ask for a new one."))
    return invitation


def mail(invitation: Invitation) -> None:
    site = invitation.site
    with translation.override(site.locale):
        inviter = invitation.by.display_name if invitation.by else site.name
        subject = _("Join %(site)s on SeekDesk") % {"site": site.name}
        body = _(
            "%(inviter)s invites you to work at %(site)s.\n\nThe link is good once, for seven days:\n%(link)s\n"
        ) % {"inviter": inviter, "site": site.name, "link": link_of(invitation)}
        EmailMessage(" ".join(subject.split()), body, to=[invitation.email]).send()


# --- Accepting -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    name: str
    password: str


def log_in_of(invitation: Invitation) -> User | None:
    """Who has this address already, and joins with the log-in that they have."""
    address = Q(email__iexact=invitation.email) | Q(username__iexact=invitation.email)
    return User.objects.filter(address).first()


@transaction.atomic
def join(invitation: Invitation, *, user: User, address: str = "") -> Member:
    """A log-in that is there joins. Who is a member already keeps the higher of the two roles."""
    _use(invitation)
    return _enter(invitation, user=user, address=address)


def _enter(invitation: Invitation, *, user: User, address: str) -> Member:
    member, made = Member.objects.get_or_create(
        site=invitation.site, user=user, defaults={"role": invitation.role}
    )
    if not made and not member.may(Member.Role(invitation.role)):
        member.role = invitation.role
        member.save(update_fields=["role"])
    record(Kind.JOINED, site_id=invitation.site_id, by=user, detail=member.role, address=address)
    return member


@transaction.atomic
def join_as_new(invitation: Invitation, *, person: NewPerson, locale: str = "", address: str = "") -> User:
    """Raises BadRequest with all faults of the password."""
    _use(invitation)  # first: of two at once, the second must not find the name taken
    name = person.name.replace("\x00", "").strip()
    if not 1 <= len(name) <= 150:
        raise BadRequest("bad_name", _("Please tell your name, in at most 150 characters."))
    if log_in_of(invitation) is not None:
        raise NotPossible("has_log_in", _("You have a log-in already: log in and open this link again."))
    user = User(username=invitation.email, email=invitation.email, first_name=name, locale=locale)
    try:
        validate_password(person.password, user)
    except ValidationError as error:
        raise BadRequest("bad_password", " ".join(error.messages)) from error
    user.set_password(person.password)
    user.save()
    _enter(invitation, user=user, address=address)
    return user


def _use(invitation: Invitation) -> None:
    """Of two who come with the same link, one gets in."""
    unused = open_invitations(invitation.site).filter(
        pk=invitation.pk, serial=invitation.serial, expires_at__gt=timezone.now()
    )
    if not unused.update(accepted_at=timezone.now()):
        raise LinkInvalid("link_invalid", _("This invitation is no longer valid. Ask for a new one."))

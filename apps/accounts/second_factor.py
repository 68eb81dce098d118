"""One-time passwords (RFC 6238) and recovery codes. Each is good once, whoever asks at the same moment.

The secret is sealed with the server's key, so that a copy of the database alone makes no codes. The clock is passed in.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from typing import TYPE_CHECKING

import pyotp
import segno
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.encoding import force_bytes

from apps.accounts.errors import BadCode, BadPassword
from apps.accounts.models import RecoveryCode, SecondFactor, User

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

ISSUER = "SeekDesk"
STEP = 30  # seconds that a code is shown for
DRIFT = 1  # steps that a clock may be off, either way
CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that reads like another


def has_second_factor(user: User) -> bool:
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).exists()


# --- Setting up ---------------------------------------------------------------------------------------------------


def show_new(user: User) -> str:
    """A secret for an authenticator to scan; the same until it is confirmed. Nothing counts before."""
    factor, _ = SecondFactor.objects.get_or_create(
        user=user, defaults={"sealed_secret": _seal(pyotp.random_base32())}
    )
    if factor.confirmed_at:
        raise BadCode  # an authenticator that counts is never shown again
    return _open(factor)


def address_of(user: User, *, secret: str) -> str:
    """What an authenticator reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.email or user.username, issuer_name=ISSUER)


def drawn(address: str) -> str:
    """As SVG that stands in a page: no style of its own, dark on light."""
    return str(segno.make(address, error="m").svg_inline(scale=5, border=3, dark="#000", light="#fff"))


@transaction.atomic
def confirm(user: User, *, code: str, now: datetime) -> list[str]:
    """From now on a log-in asks for a code. Returns the recovery codes, which nobody can be told again."""
    factor = SecondFactor.objects.select_for_update().filter(user=user, confirmed_at=None).first()
    step = _step_of(code, secret=_open(factor), now=now) if factor else None
    if factor is None or step is None:
        raise BadCode
    factor.confirmed_at, factor.last_step = now, step
    factor.save(update_fields=["confirmed_at", "last_step"])
    return make_recovery_codes(user)


@transaction.atomic
def make_recovery_codes(user: User) -> list[str]:
    """Ten new ones; the old ones are good no longer."""
    codes = [_new_code() for _ in range(CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(code)) for code in codes)
    return codes


@transaction.atomic
def remove(user: User) -> None:
    SecondFactor.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()


def check_own_password(user: User, password: str) -> None:
    if not check_password(password, user.password):
        raise BadPassword


# --- Logging in -----------------------------------------------------------------------------------------------------


def use_code(user: User, code: str, *, now: datetime) -> bool:
    """Whether it was a recovery code. Raises BadCode; of two who bring the same code, one gets in."""
    code = "".join(code.split()).replace("-", "").lower()
    if code.isascii() and code.isdecimal():
        _use_password(user, code, now=now)
        return False
    unused = RecoveryCode.objects.filter(user=user, digest=_digest(code), used_at=None)
    if not unused.update(used_at=now):
        raise BadCode
    return True


def _use_password(user: User, code: str, *, now: datetime) -> None:
    factor = SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()
    step = _step_of(code, secret=_open(factor), now=now) if factor else None
    later = SecondFactor.objects.filter(user=user, last_step__lt=step or 0)
    if step is None or not later.update(last_step=step):
        raise BadCode


def _step_of(code: str, *, secret: str, now: datetime) -> int | None:
    """The half minute to which the code belongs; None when to none near by."""
    code = "".join(code.split())
    current = int(now.timestamp()) // STEP
    password = pyotp.TOTP(secret)
    near = range(current - DRIFT, current + DRIFT + 1)
    found = [
        step for step in near if hmac.compare_digest(password.generate_otp(step).encode(), code.encode())
    ]
    return found[-1] if found else None


# --- Secrets ----------------------------------------------------------------------------------------------------------


def _new_code() -> str:
    letters = "".join(secrets.choice(LETTERS) for _ in range(12))
    return "-".join((letters[:4], letters[4:8], letters[8:]))


def _digest(code: str) -> str:
    return salted_hmac("accounts.recovery", code.replace("-", ""), algorithm="sha256").hexdigest()


def _seal(secret: str) -> str:
    return str(_locks().encrypt(secret.encode()), "ascii")


def _open(factor: SecondFactor) -> str:
    return _locks().decrypt(factor.sealed_secret.encode()).decode()


def _locks() -> "MultiFernet":
    """A key that was replaced still opens, as long as the settings name it."""
    from cryptography.fernet import Fernet, MultiFernet  # 6 MB: only for who has a second factor

    keys = [force_bytes(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    digests = [hashlib.sha256(b"second factor|" + key).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])

"""One-time passwords and recovery codes: each is good once."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from apps.accounts import second_factor
from apps.accounts.errors import BadCode
from apps.accounts.models import RecoveryCode, SecondFactor, User

NOW = datetime(2026, 3, 1, 12, 0, 15, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def with_factor() -> tuple[User, pyotp.TOTP, list[str]]:
    user = User.objects.create_user("mei", email="mei@example.org")
    password = pyotp.TOTP(second_factor.show_new(user))
    return user, password, second_factor.confirm(user, code=password.at(NOW), now=NOW)


def test_a_code_is_good_once_and_for_a_clock_that_is_half_a_minute_off() -> None:
    user, password, _ = with_factor()
    with pytest.raises(BadCode):
        second_factor.use_code(user, password.at(NOW), now=NOW)  # it confirmed the authenticator
    later = NOW + timedelta(minutes=5)
    for wrong in ("", "000000x", "12", password.at(later - timedelta(minutes=2)), "١٢٣٤٥٦"):
        with pytest.raises(BadCode):
            second_factor.use_code(user, wrong, now=later)
    early = password.at(later - timedelta(seconds=30))
    assert second_factor.use_code(user, f"{early[:3]} {early[3:]}", now=later) is False
    with pytest.raises(BadCode):
        second_factor.use_code(user, early, now=later)
    assert second_factor.use_code(user, password.at(later), now=later) is False


def test_the_ten_recovery_codes_are_good_once_each_and_void_when_new_ones_are_made() -> None:
    user, _, codes = with_factor()
    assert len(set(codes)) == 10
    assert second_factor.use_code(user, codes[0].upper().replace("-", " "), now=NOW) is True
    with pytest.raises(BadCode):
        second_factor.use_code(user, codes[0], now=NOW)
    stranger = User.objects.create_user("stranger")
    with pytest.raises(BadCode):
        second_factor.use_code(stranger, codes[1], now=NOW)
    second_factor.make_recovery_codes(user)
    with pytest.raises(BadCode):
        second_factor.use_code(user, codes[1], now=NOW)


def test_neither_secret_nor_codes_can_be_read_from_the_database() -> None:
    user, password, codes = with_factor()
    assert password.secret not in SecondFactor.objects.get(user=user).sealed_secret
    stored = set(RecoveryCode.objects.values_list("digest", flat=True))
    assert not stored & {code.replace("-", "") for code in codes}


def test_nothing_is_asked_for_before_the_authenticator_is_confirmed_and_it_is_shown_no_more_after() -> None:
    user = User.objects.create_user("mei")
    secret = second_factor.show_new(user)
    assert second_factor.show_new(user) == secret
    assert not second_factor.has_second_factor(user)
    with pytest.raises(BadCode):
        second_factor.use_code(user, pyotp.TOTP(secret).at(NOW), now=NOW)
    second_factor.confirm(user, code=pyotp.TOTP(secret).at(NOW), now=NOW)
    assert second_factor.has_second_factor(user)
    with pytest.raises(BadCode):
        second_factor.show_new(user)
    second_factor.remove(user)
    assert not second_factor.has_second_factor(user)

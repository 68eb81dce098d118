"""People who log in."""

import pytest
from django.contrib.auth import authenticate

from apps.accounts.models import User


def test_person_is_shown_by_name_and_else_by_user_name() -> None:
    assert User(username="mei", first_name="Mei", last_name="Lin").display_name == "Mei Lin"
    assert User(username="mei").display_name == "mei"


@pytest.mark.django_db
def test_password_is_kept_as_an_argon2_hash() -> None:
    user = User.objects.create_user("mei", password="正确的马电池订书钉")
    assert user.password.startswith("argon2")
    assert authenticate(username="mei", password="正确的马电池订书钉") == user
    assert authenticate(username="mei", password="something else") is None

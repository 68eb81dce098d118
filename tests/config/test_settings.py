"""Settings complain loudly at the start, in a process of their own as at the real start."""

import os
import subprocess
import sys

import pytest

PRINT_ENGINE = """
import django
from django.conf import settings
django.setup()
print(settings.DATABASES["default"]["ENGINE"])
"""


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-c",
            PRINT_ENGINE,
        ],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "apps.config.settings", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_home_setup_needs_no_variable() -> None:
    started = start()
    assert started.returncode == 0, started.stderr
    assert "sqlite3" in started.stdout


def test_postgresql_works_by_setting_a_variable() -> None:
    assert "postgresql" in start(DATABASE_URL="postgresql://someone:secret@127.0.0.1:5/seekdesk").stdout


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"PUBLIC_URL": "https://desk.example"}, "set SECRET_KEY"),
        ({"ALLOWED_HOSTS": "desk.example"}, "set SECRET_KEY"),
        ({"PUBLIC_URL": "https://desk.example", "SECRET_KEY": "x" * 60, "DEBUG": "1"}, "leave DEBUG off"),
        ({"DEBUG": "perhaps"}, "DEBUG='perhaps' is neither yes nor no"),
        ({"CHROMA_URL": "127.0.0.1:8102"}, "CHROMA_URL='127.0.0.1:8102' must start with http://"),
        ({"REDIS_URL": "http://127.0.0.1"}, "must start with redis://"),
    ],
)
def test_start_is_refused_with_a_sentence(environment: dict[str, str], sentence: str) -> None:
    started = start(**environment)
    assert started.returncode != 0
    assert sentence in started.stderr


def test_public_host_with_a_key_of_its_own_starts() -> None:
    assert start(PUBLIC_URL="https://desk.example", SECRET_KEY="x" * 60).returncode == 0

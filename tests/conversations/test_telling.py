"""What is told after a commit: its failure is logged, and is not the failure of what was done."""

import logging

import pytest

from apps.conversations.changes import later


@pytest.mark.django_db(transaction=True)
def test_what_fails_after_the_commit_fails_alone(caplog: pytest.LogCaptureFixture) -> None:
    def fail(word: str) -> None:
        raise OSError(word)

    with caplog.at_level(logging.ERROR):
        later(fail, "the broker is gone")
    assert "the broker is gone" in caplog.text

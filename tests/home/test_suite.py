"""`make test` is two runs of pytest, told together."""

from collections import Counter

import pytest

from home import suite
from home.suite import NEEDS, Ran


def test_two_runs_are_summed_up_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    fast = Ran(0, Counter(passed=4_000, warnings=2), 100.0)
    real = Ran(1, Counter(passed=340, failed=1, rerun=1), 800.5)
    assert suite.told_together(fast, real) == 1
    assert (
        capsys.readouterr().out
        == "===== 1 failed, 4340 passed, 2 warnings, 1 rerun in 900.50s (0:15:00) =====\n"
    )


def test_a_run_that_fails_is_not_forgotten_when_the_next_passes() -> None:
    assert suite.told_together(Ran(2, Counter(errors=1), 1.0), Ran(0, Counter(passed=1), 1.0)) == 2


def test_what_cannot_run_here_is_named_and_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert suite.left_out(NEEDS[:2]) == " and not browser"
    assert "Chromium is missing" in capsys.readouterr().err

"""Why a step ended is written beside its run, and said where it cannot be written."""

import json
from pathlib import Path

import pytest

from model_training import DataRefused, ServerFailed
from model_training.failures import FAILURE, note_failure


def test_a_failure_has_a_code_and_a_sentence(tmp_path: Path) -> None:
    for error, code in ((DataRefused("没有数据。"), "refused"), (ServerFailed("没有数据。"), "unreachable")):
        note_failure(tmp_path, error=error)
        assert json.loads((tmp_path / FAILURE).read_text()) == {"code": code, "sentence": "没有数据。"}


def test_on_a_full_disk_it_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / FAILURE).symlink_to("/dev/full")  # each write to it says that the disk is full
    note_failure(tmp_path, error=DataRefused("No row is left."))
    assert "No row is left. ([Errno 28]" in capsys.readouterr().err

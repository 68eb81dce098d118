"""What is kept of a training, what it goes on from, and what another recipe left in its folder."""

from pathlib import Path

import pytest

from model_training.training import checkpoints

OLD, NEW = {"recipe": "old"}, {"recipe": "new"}


def publish(run: Path, *, step: int, origin: dict[str, str]) -> None:
    written = run / "checkpoints" / "working"
    written.mkdir(parents=True)
    (written / "adapter_model.safetensors").write_bytes(b"weights")
    checkpoints.publish(written, run=run, step=step, origin=origin)


def begin(run: Path, *, origin: dict[str, str]) -> Path | None:
    """As `course.train` does."""
    resumed = checkpoints.newest(run, origin=origin)
    checkpoints.clear_what_is_not_gone_on_from(run, resumed=resumed)
    return resumed


def kept(run: Path) -> list[str]:
    return sorted(path.name for path in (run / "checkpoints").iterdir())


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """As an old recipe leaves its folder when it is killed."""
    for step in (100, 200, 300):
        publish(tmp_path, step=step, origin=OLD)
    (tmp_path / "best").mkdir()
    (tmp_path / "metrics.jsonl").write_text('{"step": 100, "heldout_loss": 0.001}\n')
    return tmp_path


def test_the_two_youngest_are_kept(run: Path) -> None:
    assert kept(run) == ["step-000200", "step-000300"]


def test_what_another_recipe_left_is_cleared_before_the_first_step(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert begin(run, origin=NEW) is None
    assert (kept(run), (run / "metrics.jsonl").read_text(), (run / "best").exists()) == ([], "", False)
    assert "step-000200, step-000300" in capsys.readouterr().err
    publish(run, step=20, origin=NEW)
    assert kept(run) == ["step-000020"]
    assert begin(run, origin=NEW) == run / "checkpoints" / "step-000020"


def test_the_same_recipe_goes_on_with_all_that_it_told(run: Path) -> None:
    assert begin(run, origin=OLD) == run / "checkpoints" / "step-000300"
    assert kept(run) == ["step-000200", "step-000300"]
    assert (run / "metrics.jsonl").read_text()
    assert (run / "best").exists()


def test_what_lies_beyond_the_step_that_it_goes_on_from_is_cleared(run: Path) -> None:
    (run / "checkpoints" / "step-000300" / "adapter_model.safetensors").write_bytes(b"weighty")
    assert begin(run, origin=OLD) == run / "checkpoints" / "step-000200"
    assert kept(run) == ["step-000200"]


def test_a_new_folder_has_nothing_to_clear(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert begin(tmp_path, origin=NEW) is None
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().err == ""

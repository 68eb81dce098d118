"""A base that we made is opened only as we made it; one that somebody brought is taken as it is."""

from pathlib import Path

import pytest

from model_training import ArtifactRefused, artifacts

WEIGHTS = "model.safetensors"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (draft := tmp_path / "draft").mkdir()
    (draft / WEIGHTS).write_bytes(b"weights")
    artifacts.publish(draft, target=tmp_path / "base", origin={"file": "x"})
    return tmp_path / "base"


def test_a_base_of_ours_is_whole(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    artifacts.check_base(base)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (WEIGHTS, b"weighty", "sha256 differs"),
        (WEIGHTS, b"w", "another size"),
        ("manifest.json", b"{", "cannot be read"),
        ("manifest.json", b"{}", "cannot be read"),
    ],
)
def test_a_base_of_ours_that_was_changed_is_refused(
    base: Path, name: str, content: bytes, words: str
) -> None:
    (base / name).write_bytes(content)
    with pytest.raises(ArtifactRefused, match=words):
        artifacts.check_base(base)


@pytest.mark.parametrize("manifest", ["ours", "spoilt"])
def test_a_base_of_ours_that_was_never_finished_is_refused(base: Path, manifest: str) -> None:
    (base / "DONE").unlink()
    if manifest == "spoilt":
        (base / "manifest.json").write_text("{")
    with pytest.raises(ArtifactRefused, match="never finished"):
        artifacts.check_base(base)


@pytest.mark.parametrize("manifest", ["", '{"name": "somebody else\'s"}'])
def test_a_base_that_was_brought_is_taken_as_it_is_and_that_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], manifest: str
) -> None:
    (tmp_path / WEIGHTS).write_bytes(b"weights")
    if manifest:
        (tmp_path / "manifest.json").write_text(manifest)
    artifacts.check_base(tmp_path)
    assert "has no manifest of ours" in capsys.readouterr().err

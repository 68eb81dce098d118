"""The shipped networks: only the files that their manifests name are opened."""

import json
import shutil
from pathlib import Path

import pytest

from retrieval import IndexUnavailable
from retrieval.cross_encoder import FOLDER
from retrieval.networks import BASE, MANIFEST, NETWORK, Network, hash_of
from retrieval.packed_model import PackedModel


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One with a network in it that may be spoilt."""
    return Path(shutil.copytree(FOLDER, tmp_path / "network"))


def test_a_network_that_is_not_the_one_of_the_manifest_is_refused(folder: Path) -> None:
    network = folder / NETWORK
    network.write_bytes(network.read_bytes()[:-1] + b"!")
    with pytest.raises(IndexUnavailable, match="manifest"):
        Network(folder)


def test_a_file_that_is_no_network_is_refused(folder: Path) -> None:
    network, manifest = folder / NETWORK, folder / MANIFEST
    network.write_bytes(b"GGUF" + bytes(200))
    told = json.loads(manifest.read_text()) | {"sha256": hash_of(network)}
    manifest.write_text(json.dumps(told))
    with pytest.raises(IndexUnavailable, match="could not be loaded"):
        Network(folder)


def test_a_network_for_other_words_is_refused(folder: Path) -> None:
    words = folder / "words.bin"
    words.write_bytes(BASE.read_bytes()[:-1] + b"!")
    with pytest.raises(IndexUnavailable, match="does not fit"):
        Network(folder, base=words)


def test_a_folder_without_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IndexUnavailable, match="cannot be had"):
        Network(tmp_path)


def test_a_network_without_its_file_is_refused(folder: Path) -> None:
    (folder / NETWORK).unlink()
    with pytest.raises(IndexUnavailable, match="cannot be had"):
        Network(folder)


def test_words_of_another_kind_are_refused() -> None:
    with pytest.raises(IndexUnavailable):
        PackedModel(b"GGUF" + bytes(200))

"""An adapter gets to the model server only whole and under a new name; what is live stays live."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialogue.testing.stand_in import StandIn
from model_training import ArtifactRefused, ServerFailed
from model_training.adapters import check_adapter
from model_training.artifacts import publish
from model_training.recipes import base_fingerprint
from model_training.serving_adapters import (
    Server,
    load,
    load_and_try,
    main,
    smoke_test,
    unload,
)
from tests.model_training.evaluating.servers import Running, serving

NOBODY = Server(url="http://127.0.0.1:9/v1")


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (folder := tmp_path / "base").mkdir()
    (folder / "config.json").write_text('{"model_type": "qwen2"}')
    return folder


@pytest.fixture
def adapter(tmp_path: Path, base: Path) -> Path:
    return make(tmp_path, base=base)


def make(folder: Path, *, base: Path, more: str = "", kind: str = "LORA") -> Path:
    (draft := folder / "draft").mkdir()
    (draft / "adapter_config.json").write_text(json.dumps({"peft_type": kind, "r": 16}))
    (draft / "adapter_model.safetensors").write_bytes(b"weights")
    if more:
        (draft / more).write_bytes(b"more")
    publish(draft, target=folder / "adapter", origin={"base_config_sha256": base_fingerprint(base)})
    return folder / "adapter"


@pytest.fixture
def running() -> Iterator[Running]:
    with serving(StandIn()) as one:
        yield one


def test_a_whole_adapter_is_loaded_tried_and_taken_out(adapter: Path, base: Path, running: Running) -> None:
    server = Server(url=running.url)
    answers = load_and_try(adapter, name="shop-2", server=server, base=base)
    assert [done.reason for done in answers] == ["supported", "supported"]
    assert server.names() == {"home", "shop-2"}
    unload("shop-2", server=server)
    assert server.names() == {"home"}


def test_an_adapter_for_another_base_is_refused(adapter: Path, tmp_path: Path) -> None:
    (other := tmp_path / "other").mkdir()
    (other / "config.json").write_text('{"model_type": "llama"}')
    with pytest.raises(ArtifactRefused, match="another base model"):
        check_adapter(adapter, base=other)


def test_a_tampered_or_truncated_adapter_is_refused(adapter: Path) -> None:
    weights = adapter / "adapter_model.safetensors"
    weights.write_bytes(b"weighty")
    with pytest.raises(ArtifactRefused, match="sha256 differs"):
        check_adapter(adapter)
    weights.write_bytes(b"wei")
    with pytest.raises(ArtifactRefused, match="another size"):
        check_adapter(adapter)
    (adapter / "DONE").unlink()
    with pytest.raises(ArtifactRefused, match="never finished"):
        check_adapter(adapter)


@pytest.mark.parametrize("name", ["adapter_model.bin", "code.py"])
def test_files_that_could_run_are_refused(tmp_path: Path, base: Path, name: str) -> None:
    with pytest.raises(ArtifactRefused, match=name):
        check_adapter(make(tmp_path, base=base, more=name))


def test_a_folder_of_another_kind_or_too_high_a_rank_is_refused(
    tmp_path: Path, base: Path, adapter: Path
) -> None:
    with pytest.raises(ArtifactRefused, match="rank 16"):
        check_adapter(adapter, highest_rank=8)
    shutil.rmtree(adapter)
    with pytest.raises(ArtifactRefused, match="no LoRA adapter"):
        check_adapter(make(tmp_path, base=base, kind="IA3"))


def test_a_name_that_is_served_is_not_taken(adapter: Path, running: Running) -> None:
    with pytest.raises(ServerFailed, match="a new name"):
        load(adapter, name="home", server=Server(url=running.url))
    assert running.app.adapters == {}


def test_an_adapter_that_does_not_answer_is_taken_out_again(adapter: Path, running: Running) -> None:
    running.app.mode = "error"
    with pytest.raises(ServerFailed, match="not one token"):
        load_and_try(adapter, name="shop-2", server=Server(url=running.url))
    assert running.app.adapters == {}


def test_nobody_there_is_told(adapter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ServerFailed, match="does not answer"):
        load(adapter, name="shop-2", server=NOBODY)
    assert main(["load", str(adapter), "--url", NOBODY.url, "--name", "shop-2"]) == 1
    assert "does not answer (ConnectError)" in capsys.readouterr().err


def test_the_servers_own_words_are_told(tmp_path: Path, running: Running) -> None:
    server = Server(url=running.url)
    with pytest.raises(ServerFailed, match="No adapter found"):
        load(tmp_path, name="shop-2", server=server)
    with pytest.raises(ServerFailed, match="cannot be found") as failed:
        unload("shop-2", server=server)
    assert failed.value.code == "refused"


@pytest.mark.model
def test_the_real_server_tells_names_answers_and_refuses_like_the_stand_in(
    model_url: str, tmp_path: Path
) -> None:
    server = Server(url=model_url)
    assert "home" in server.names()
    assert all(done.trace["raw"] for done in smoke_test("home", server=server))
    for attempt in (
        lambda: load(tmp_path, name="nothing", server=server),
        lambda: unload("nothing", server=server),
    ):
        with pytest.raises(ServerFailed):
            attempt()
    assert "nothing" not in server.names()

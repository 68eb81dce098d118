"""The shipped profiles are whole, and a profile with faults names all of them."""

from pathlib import Path

import pytest

from model_training import ProfileInvalid
from model_training.profiles import FOLDER, Profile, available, load, serving_command
from model_training.profiles.__main__ import command_line, main

HOME = (FOLDER / "home.toml").read_text()


def load_text(text: str, *, folder: Path) -> Profile:
    (folder / "tried.toml").write_text(text)
    return load("tried", folder=folder)


@pytest.mark.parametrize("name", available())
def test_shipped_profile_is_whole_and_carries_its_own_serving_command_on_top(name: str) -> None:
    command = command_line(load(name))
    assert f"# Serve:  {command}\n" in (FOLDER / f"{name}.toml").read_text()


def test_the_promised_profiles_are_shipped() -> None:
    distilled = {f"deepseek-r1-distill-qwen-{size}" for size in ("1.5b", "7b", "32b")}
    assert set(available()) == {"home", "home-gpu", "deepseek-v2-lite-chat", "deepseek-v3"} | distilled


def test_models_that_think_aloud_are_served_with_a_reasoning_parser() -> None:
    command = serving_command(load("deepseek-r1-distill-qwen-7b"))
    assert command[command.index("--reasoning-parser") + 1] == "deepseek_r1"


def test_no_adapter_for_a_server_is_on_a_matrix_that_vllm_takes_apart() -> None:
    for name in available():
        profile = load(name)
        if profile.lora.max_rank:
            assert "kv_b_proj" not in profile.training["lora"]["targets"]


def test_several_gpus_mean_tensor_parallel() -> None:
    command = serving_command(load("deepseek-v3"))
    assert command[command.index("--tensor-parallel-size") + 1] == "8"
    assert "--enable-lora" not in command


def test_folder_name_and_port_of_the_command_can_be_chosen() -> None:
    command = serving_command(load("home"), model="/models/other", name="other", port=9000)
    assert "/models/other" in command
    assert command[command.index("--served-model-name") + 1] == "other"
    assert command[command.index("--port") + 1] == "9000"


def test_all_faults_of_shape_are_named_at_once(tmp_path: Path) -> None:
    text = HOME.replace('dtype = "float32"', "dtype = 32").replace("context_length = 4096", "contxt = 4096")
    with pytest.raises(ProfileInvalid) as caught:
        load_text(text + "\n[recipe]\n", folder=tmp_path)
    assert caught.value.faults == [
        "[recipe] is not a section of a profile",
        "model.contxt is not a setting",
        "model.context_length is missing",
        "model.dtype must be text",
    ]


def test_all_faults_of_sense_are_named_at_once(tmp_path: Path) -> None:
    text = (
        HOME.replace('"float32"', '"float8"')
        .replace("max_rank = 16", "max_rank = 4")
        .replace('"cpu"', '"gpu"')
    )
    with pytest.raises(ProfileInvalid) as caught:
        load_text(text, folder=tmp_path)
    assert len(caught.value.faults) == 4
    assert "model.dtype must be one of auto, bfloat16, float16, float32" in str(caught.value)


def test_a_number_is_not_taken_for_a_yes_or_no(tmp_path: Path) -> None:
    with pytest.raises(ProfileInvalid, match=r"lora\.rank must be a whole number"):
        load_text(HOME.replace("rank = 8 ", "rank = true "), folder=tmp_path)


def test_broken_toml_and_an_unknown_name_get_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ProfileInvalid, match="not TOML"):
        load_text("[model", folder=tmp_path)
    with pytest.raises(ProfileInvalid, match=r"there are .*home"):
        load("deepseek-r2")


def test_the_command_prints_a_line_to_paste_and_refuses_an_unknown_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["home"]) == 0
    assert capsys.readouterr().out.startswith("VLLM_CPU_NUM_OF_RESERVED_CPU=0 ")
    assert main(["nothing"]) == 1
    assert "there is none" in capsys.readouterr().err

"""A recipe is validated whole: a file with faults names all of them before anything is loaded."""

import json
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from model_training import ArtifactRefused, RecipeInvalid
from model_training.profiles import available
from model_training.recipes import BaseShape, draft, parse, predict, shape_of
from model_training.recipes.__main__ import main
from model_training.train import command, environment_of

HOME = draft(name="tried", profile="home")


def faults_of(text: str) -> list[str]:
    with pytest.raises(RecipeInvalid) as caught:
        parse(text)
    return caught.value.faults


@pytest.mark.parametrize("name", available())
@pytest.mark.parametrize("kind", ["sft", "kto", "dpo"])
def test_every_profile_carries_a_whole_recipe(name: str, kind: str) -> None:
    recipe = parse(draft(name="tried", profile=name, kind=kind))
    assert recipe.method.kind == kind
    assert recipe.accumulate >= 1


def test_a_short_file_is_filled_up_from_its_profile() -> None:
    recipe = parse('[run]\nname = "short"\nprofile = "home"\n[optim]\nlearning_rate = 1e-4\n')
    assert (recipe.lora.rank, recipe.optim.learning_rate, recipe.run.base) == (8, 1e-4, "models/home")


def test_three_mistakes_are_named_at_once() -> None:
    text = (
        HOME.replace("learning_rate = 0.0003", "learning_rate = 3.0")
        .replace('kind = "sft"', 'kind = "ppo"')
        .replace("rank = 8", 'rank = "eight"')
    )
    assert faults_of(text) == [
        "lora.rank must be a whole number, not 'eight'",
        "method.kind must be one of 'sft', 'kto', 'dpo'",
        "optim.learning_rate must lie between 0 and 0.1",
    ]


def test_unknown_sections_settings_and_profiles_are_named() -> None:
    text = '[run]\nname = "a"\nprofile = "deepseek-r9"\nspeed = 1\n[loras]\nrank = 8\n'
    told = "; ".join(faults_of(text))
    for words in (
        "deepseek-r9",
        "[loras] is not a section",
        "run.speed is not a setting",
        "[optim] is missing",
    ):
        assert words in told


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('quantize = ""', 'quantize = "nf4"', "lora.quantize needs hardware.device = 'gpu'"),
        ("rows_per_step = 8", "rows_per_step = 7", "must be a multiple of optim.rows_at_once"),
        ("processes = 1", "processes = 2", "hardware.processes must be 1 with strategy 'single'"),
        ("packing = false", "packing = true", "data.packing mixes lengths"),
        ("epochs = 2.0", "epochs = true", "optim.epochs must be a number, not True"),
        ("longest = 1024", "longest = 8", "data.longest must lie between 64 and 131072 tokens"),
        ('name = "tried"', 'name = " "', "run.name is empty"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(old: str, new: str, fault: str) -> None:
    assert old in HOME
    assert any(fault in told for told in faults_of(HOME.replace(old, new)))


def test_sections_of_other_steps_may_stand_in_the_file() -> None:
    assert parse(HOME + "\n[gate]\nmargin = 0.01\n[evaluation]\nquestions = 20\n").run.name == "tried"


def test_no_toml_and_a_section_that_is_no_table_get_a_sentence() -> None:
    assert "it is not TOML" in faults_of("[run")[0]
    assert "the section [run] is missing" in faults_of("run = 1")


def test_names_with_quotes_survive_the_draft() -> None:
    assert parse(draft(name='a "b" \\ c', profile="home", base='/x/"y"')).run.name == 'a "b" \\ c'


def test_the_command_prints_a_file_to_start_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["home"]) == 0
    assert parse(capsys.readouterr().out).run.profile == "home"
    assert main(["deepseek-r9"]) == 1
    assert "there is none" in capsys.readouterr().err


def make_base(folder: Path, *, weights: dict[str, list[int]]) -> Path:
    folder.mkdir()
    config = {
        "architectures": ["Qwen2ForCausalLM"],
        "hidden_size": 64,
        "num_hidden_layers": 2,
        "vocab_size": 100,
    }
    (folder / "config.json").write_text(json.dumps(config))
    header = json.dumps(
        {name: {"dtype": "BF16", "shape": shape, "data_offsets": [0, 0]} for name, shape in weights.items()}
    )
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header.encode())
    return folder


def test_parameters_are_counted_from_the_headers(tmp_path: Path) -> None:
    weights = {"model.embed_tokens.weight": [100, 64], "model.layers.0.self_attn.q_proj.weight": [64, 64]}
    shape = shape_of(make_base(tmp_path / "base", weights=weights))
    assert shape.parameters == 100 * 64 + 64 * 64
    assert shape.trained_by(parse(HOME)) == 8 * (64 + 64)


def test_prediction_grows_with_rows_and_shrinks_with_checkpointing(tmp_path: Path) -> None:
    base = make_base(tmp_path / "base", weights={"model.layers.0.self_attn.q_proj.weight": [64, 64]})
    shape, recipe = shape_of(base), parse(HOME)
    few, many = predict(recipe, shape=shape, rows=[500] * 16), predict(recipe, shape=shape, rows=[500] * 160)
    assert (few.steps, many.steps) == (4, 40)
    assert many.tokens == 10 * few.tokens
    lean = parse(HOME.replace("gradient_checkpointing = false", "gradient_checkpointing = true"))
    assert (
        predict(lean, shape=shape, rows=[1000] * 16).memory_mb
        < predict(recipe, shape=shape, rows=[1000] * 16).memory_mb
    )


def test_several_gpus_are_started_by_one_launcher_on_any_free_port() -> None:
    recipe = parse(draft(name="tried", profile="deepseek-r1-distill-qwen-32b"))
    words = " ".join(command(Path("run"), recipe=recipe, python=Path("python")))
    assert words.startswith("python -m accelerate.commands.launch --num_processes 2 --num_machines 1")
    assert "--main_process_port 0 --mixed_precision bf16 --use_fsdp" in words
    assert words.endswith("-m model_training.training run")


@pytest.mark.parametrize(
    ("profile", "sizes", "longest", "measured_mb"),
    [
        ("deepseek-r1-distill-qwen-1.5b", (1_777_088_000, 1536, 28, 151_936), 752, 26_289),
        ("deepseek-v2-lite-chat", (15_706_484_224, 2048, 27, 102_400), 902, 31_489),
        ("home-gpu", (494_032_768, 896, 24, 151_936), 730, 51_616),
    ],
)
def test_memory_foretold_is_what_a_training_on_a_gpu_took_and_a_little_more(
    profile: str, sizes: tuple[int, int, int, int], longest: int, measured_mb: int
) -> None:
    parameters, hidden, layers, vocabulary = sizes
    shape = BaseShape(
        architecture="",
        weights={"model.embed_tokens.weight": (parameters, 1)},
        hidden=hidden,
        layers=layers,
        vocabulary=vocabulary,
        experts_at_work=1.0,
    )
    recipe = parse(draft(name="tried", profile=profile))
    told = predict(recipe, shape=shape, rows=[longest] * 64).memory_mb
    assert measured_mb <= told <= 1.08 * measured_mb


def test_packed_rows_take_fewer_steps_and_the_same_tokens(tmp_path: Path) -> None:
    base = make_base(tmp_path / "base", weights={"model.layers.0.self_attn.q_proj.weight": [64, 64]})
    packed = parse(
        HOME.replace('order = "length"', 'order = "random"').replace("packing = false", "packing = true")
    )
    found = predict(packed, shape=shape_of(base), rows=[512] * 64)  # two rows in each sequence of 1,024
    assert (found.steps, found.tokens) == (8, 2 * 32 * 1024)


def test_a_folder_without_safetensors_is_no_base(tmp_path: Path) -> None:
    with pytest.raises(ArtifactRefused, match="not a model folder"):
        shape_of(tmp_path)
    (tmp_path / "config.json").write_text('{"architectures": ["Qwen2ForCausalLM"]}')
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(ArtifactRefused, match="no safetensors"):
        shape_of(tmp_path)


@pytest.mark.parametrize(
    ("device", "strategy", "visible", "seen"),
    [
        ("cpu", "single", "0,1", ""),
        ("gpu", "single", None, "0"),
        ("gpu", "single", "2,3", "2"),
        ("gpu", "ddp", "2,3", "2,3"),
    ],
)
def test_a_training_of_one_process_sees_one_gpu(
    device: str, strategy: str, visible: str | None, seen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    recipe = parse(HOME)
    hardware = replace(recipe.hardware, device=device, strategy=strategy)
    assert environment_of(replace(recipe, hardware=hardware))["CUDA_VISIBLE_DEVICES"] == seen

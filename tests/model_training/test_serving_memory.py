"""What serving takes is summed from a model's own files: full heads, grouped heads, latent attention, adapters' room."""

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from model_training.profiles import load
from model_training.serving_memory import main, serving_memory

GROUPED: dict[str, Any] = {"architectures": ["Qwen2ForCausalLM"], "num_hidden_layers": 24, "vocab_size": 100}
GROUPED |= {"hidden_size": 896, "num_attention_heads": 14, "num_key_value_heads": 2}
LATENT: dict[str, Any] = {
    "architectures": ["DeepseekV2ForCausalLM"],
    "num_hidden_layers": 27,
    "vocab_size": 100,
}
LATENT |= {"hidden_size": 2048, "num_attention_heads": 16, "num_key_value_heads": 16}
LATENT |= {"kv_lora_rank": 512, "qk_rope_head_dim": 64}


def make_base(folder: Path, *, config: dict[str, Any], weights: dict[str, list[int]]) -> Path:
    (folder / "config.json").write_text(json.dumps(config))
    told = {
        name: {"dtype": "BF16", "shape": shape, "data_offsets": [0, 0]} for name, shape in weights.items()
    }
    header = json.dumps(told).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    return folder


def test_weights_cache_and_room_for_adapters_of_grouped_heads(tmp_path: Path) -> None:
    weights = {"model.embed_tokens.weight": [1000, 896], "model.layers.0.self_attn.q_proj.weight": [896, 896]}
    memory = serving_memory(load("home-gpu"), base=make_base(tmp_path, config=GROUPED, weights=weights))
    assert memory.weights == 2 * (1000 * 896 + 896 * 896)
    assert memory.cache_of_a_token == 24 * 2 * 2 * 64 * 2
    assert memory.adapters == 2 * 16 * (896 + 896) * 2  # two of rank 16, in two bytes
    assert memory.answers_at_once(4096) == memory.tokens // 4096 > 0


def test_latent_attention_keeps_one_vector_a_layer_and_experts_get_no_room(tmp_path: Path) -> None:
    weights = {
        "model.layers.1.self_attn.o_proj.weight": [2048, 2048],
        "model.layers.1.self_attn.kv_b_proj.weight": [4096, 512],
        "model.layers.1.mlp.experts.0.gate_proj.weight": [1408, 2048],
    }
    base = make_base(tmp_path, config=LATENT, weights=weights)
    memory = serving_memory(load("deepseek-v2-lite-chat"), base=base)
    assert memory.cache_of_a_token == 27 * (512 + 64) * 2
    assert memory.adapters == 2 * 32 * (2048 + 2048) * 2


def test_the_command_prints_the_sums_and_refuses_a_folder_without_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = make_base(tmp_path, config=GROUPED, weights={"model.norm.weight": [896]})
    assert main(["home-gpu", "--base", str(base)]) == 0
    assert "12,288 bytes of cache a token" in capsys.readouterr().out
    assert main(["home-gpu", "--base", str(tmp_path / "none")]) == 1
    assert "not a model folder" in capsys.readouterr().err

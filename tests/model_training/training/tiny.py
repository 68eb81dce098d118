"""Makes a tiny random model of an architecture, with a tokenizer and chat template as the home model has them.

Runs in the model environment: `python tiny.py ARCHITECTURE FOLDER`. With `broken` as a third word, its weights are no numbers.
"""

import sys
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SMALL: dict[str, Any] = {
    "vocab_size": 512,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}
LATENT: dict[str, Any] = {
    "kv_lora_rank": 16, "qk_nope_head_dim": 8, "qk_rope_head_dim": 8, "v_head_dim": 8, "num_key_value_heads": 4,
    "n_routed_experts": 4, "n_shared_experts": 1, "num_experts_per_tok": 2, "moe_intermediate_size": 32,
    "first_k_dense_replace": 1, "n_group": 1, "topk_group": 1,
}  # fmt: skip
ARCHITECTURES: dict[str, tuple[str, dict[str, Any]]] = {
    "Qwen2ForCausalLM": ("qwen2", {"num_key_value_heads": 2, "tie_word_embeddings": True}),
    "DeepseekV2ForCausalLM": ("deepseek_v2", LATENT | {"q_lora_rank": None}),
    "DeepseekV3ForCausalLM": ("deepseek_v3", LATENT | {"q_lora_rank": 16}),
}


def tokenizer() -> PreTrainedTokenizerFast:
    bytes_only = Tokenizer(models.BPE())
    bytes_only.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_only.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bytes_only.train_from_iterator(["a refund takes five days"], trainer)
    # As a tokenizer made from a GGUF may have it: the wrong token is named as the end.
    return PreTrainedTokenizerFast(
        tokenizer_object=bytes_only,
        eos_token="<|endoftext|>",
        pad_token="<|endoftext|>",
        chat_template=TEMPLATE,
    )


def make(architecture: str, folder: Path, *, broken: bool = False, no_number_for: str = "") -> None:
    """`broken`: nothing it says is a number. `no_number_for`: so it is where this text is read."""
    torch.manual_seed(0)
    kind, own = ARCHITECTURES[architecture]
    if no_number_for:
        own = own | {"tie_word_embeddings": False}  # it may still be weighed as a word to say
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **SMALL | own))
    if broken:
        model.model.norm.weight.data[:] = float("nan")
    if no_number_for:
        for token in tokenizer()(no_number_for)["input_ids"]:
            model.model.embed_tokens.weight.data[token] = float("nan")
    model.save_pretrained(folder)
    tokenizer().save_pretrained(folder)


if __name__ == "__main__":
    make(sys.argv[1], Path(sys.argv[2]), broken="broken" in sys.argv[3:])

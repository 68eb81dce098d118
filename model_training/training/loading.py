"""A base model with an adapter upon it, as the recipe wants it. Only safetensors are opened, and no code of a base's."""

from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model, prepare_model_for_kbit_training
from transformers import AutoModelForCausalLM, AutoTokenizer

from model_training.adapters import check_adapter
from model_training.recipes import Recipe
from model_training.recipes.prediction import ALL_LINEAR
from model_training.training.encoding import end_of_turn


def load_tokenizer(base: Path) -> Any:
    """Its end is the chat template's, so that a trained model stops where its turn ends."""
    tokenizer = AutoTokenizer.from_pretrained(base, local_files_only=True)
    tokenizer.eos_token = end_of_turn(tokenizer)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_base(base: Path, *, recipe: Recipe) -> Any:
    options: dict[str, Any] = {"dtype": getattr(torch, recipe.optim.precision)}
    if recipe.lora.quantize:
        options["quantization_config"] = _four_bits(recipe)
    if recipe.hardware.device == "gpu" and recipe.hardware.strategy in ("single", "ddp"):
        options["device_map"] = {"": torch.cuda.current_device()}
    model = AutoModelForCausalLM.from_pretrained(
        base, local_files_only=True, use_safetensors=True, trust_remote_code=False, **options
    )
    model.config.use_cache = False
    return model


def _four_bits(recipe: Recipe) -> Any:
    from transformers import BitsAndBytesConfig  # the package behind it is there on GPU hosts only

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=recipe.lora.quantize,
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=getattr(torch, recipe.optim.precision),
        bnb_4bit_quant_storage=getattr(torch, recipe.optim.precision),  # so that FSDP can shard it
    )


def with_adapter(model: Any, *, recipe: Recipe) -> Any:
    """A new adapter, or the one to go on from. What is trained is kept in 32 bits, whatever the base is in."""
    if recipe.lora.quantize:
        model = prepare_model_for_kbit_training(
            model, use_gradient_checkpointing=recipe.optim.gradient_checkpointing
        )
    if recipe.method.start:
        start = Path(recipe.method.start)
        check_adapter(start, base=Path(recipe.run.base))
        return PeftModel.from_pretrained(model, start, is_trainable=True)
    targets = recipe.lora.targets
    return get_peft_model(
        model,
        LoraConfig(
            r=recipe.lora.rank,
            lora_alpha=recipe.lora.alpha,
            lora_dropout=recipe.lora.dropout,
            target_modules=ALL_LINEAR if targets == [ALL_LINEAR] else targets,
            task_type="CAUSAL_LM",
        ),
        autocast_adapter_dtype=True,
    )

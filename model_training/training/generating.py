"""What a model writes to rendered rows, greedily and in batches: for a GPU host on which no server runs.

    python -m model_training.training.generating ROWS.jsonl BASE OUT.jsonl [--adapter A] [--bits int8|fp8]
    python -m model_training.training.generating ROWS.jsonl BASE OUT.jsonl --adapter JUDGE --words yes no

ROWS have `id` and `prompt`, as `render` makes them. OUT has {"id", "text", "tokens"} a line; with --words, {"id",
"likelihood"}: how likely the first word is against the second as the beginning of the answer. --bits reckons with
weights and inputs as an eight-bit server has them: rounded to eight bits, multiplied in sixteen.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

from model_training import artifacts
from model_training.adapters import check_adapter
from model_training.compressing import in_eight_bits
from model_training.errors import TrainingError
from model_training.records import read_rows, write_rows
from model_training.training.loading import load_tokenizer

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
AT_ONCE = 128
LONGEST_ANSWER = 200  # tokens

Row = Mapping[str, Any]


def load(base: Path, *, adapter: Path | None, bits: str = "") -> Any:
    kind = torch.bfloat16 if DEVICE == "cuda" else torch.float32
    model = AutoModelForCausalLM.from_pretrained(
        base, dtype=kind, local_files_only=True, use_safetensors=True
    )
    if adapter is not None:
        check_adapter(adapter, base=base)
        model = PeftModel.from_pretrained(model, adapter).merge_and_unload()
    if bits:
        _round_off(model, bits=bits)
    return model.to(DEVICE).eval()


def _round_off(model: Any, *, bits: str) -> None:
    for name, layer in model.named_modules():
        if name.endswith("_proj"):
            layer.weight.data = _rounded(layer.weight.data, bits=bits)
            layer.register_forward_pre_hook(lambda _, given: (_rounded(given[0], bits=bits),))


def _rounded(values: torch.Tensor, *, bits: str) -> torch.Tensor:
    """Rows with a scale of their own: an output channel's weights, or what a token brings in."""
    small, scale = in_eight_bits(values.reshape(-1, values.shape[-1]), kind=bits)
    return (small.float() * scale).to(values.dtype).reshape(values.shape)


def written(
    rows: Sequence[Row], *, model: Any, tokenizer: Any, longest: int = LONGEST_ANSWER
) -> Iterator[dict[str, Any]]:
    for batch in _batches(rows, tokenizer=tokenizer):
        asked = _asked(batch, tokenizer=tokenizer)
        with torch.inference_mode():
            said = model.generate(
                **asked,
                max_new_tokens=longest,
                do_sample=False,
                repetition_penalty=1.0,
                eos_token_id=tokenizer.eos_token_id,
                pad_token_id=tokenizer.pad_token_id,
            )
        for row, ids in zip(batch, said[:, asked["input_ids"].shape[1] :].tolist(), strict=True):
            text = tokenizer.decode(ids, skip_special_tokens=True).strip()
            ended = tokenizer.eos_token_id in ids
            tokens = ids.index(tokenizer.eos_token_id) + 1 if ended else len(ids)
            yield {"id": row["id"], "text": text, "tokens": tokens, "ended": ended}


def weighed(
    rows: Sequence[Row], *, words: Sequence[str], model: Any, tokenizer: Any
) -> Iterator[dict[str, Any]]:
    first = [tokenizer(word, add_special_tokens=False)["input_ids"][0] for word in words]
    for batch in _batches(rows, tokenizer=tokenizer):
        with torch.inference_mode():
            said = model(**_asked(batch, tokenizer=tokenizer), logits_to_keep=1).logits[:, -1, first].float()
        for row, share in zip(batch, said.softmax(-1)[:, 0].tolist(), strict=True):
            yield {"id": row["id"], "likelihood": round(share, 6)}


def _batches(rows: Sequence[Row], *, tokenizer: Any) -> Iterator[Sequence[Row]]:
    """Like lengths together."""
    ordered = sorted(rows, key=lambda row: len(_prompt(row, tokenizer=tokenizer)))
    for start in range(0, len(ordered), AT_ONCE):
        yield ordered[start : start + AT_ONCE]


def _prompt(row: Row, *, tokenizer: Any) -> str:
    prompt: str = tokenizer.apply_chat_template(row["prompt"], tokenize=False, add_generation_prompt=True)
    return prompt


def _asked(batch: Sequence[Row], *, tokenizer: Any) -> Any:
    prompts = [_prompt(row, tokenizer=tokenizer) for row in batch]
    tokenizer.padding_side = "left"
    return tokenizer(prompts, add_special_tokens=False, padding=True, return_tensors="pt").to(DEVICE)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m model_training.training.generating",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("rows", type=Path)
    parser.add_argument("base", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--adapter", type=Path)
    parser.add_argument("--bits", choices=("int8", "fp8"), default="")
    parser.add_argument("--words", nargs=2, default=())
    parser.add_argument("--longest", type=int, default=LONGEST_ANSWER, help="tokens of an answer")
    parser.add_argument("--every", type=int, default=1, help="only each n-th row")
    chosen = parser.parse_args(arguments)
    try:
        rows = list(read_rows(chosen.rows))[:: chosen.every]
        artifacts.check_base(chosen.base)
        tokenizer = load_tokenizer(chosen.base)
        model = load(chosen.base, adapter=chosen.adapter, bits=chosen.bits)
    except TrainingError as error:
        sys.stderr.write(f"generating: {error}\n")
        return 1
    started, parts = time.monotonic(), {"model": model, "tokenizer": tokenizer}
    made = (
        weighed(rows, words=chosen.words, **parts)
        if chosen.words
        else written(rows, longest=chosen.longest, **parts)
    )
    count = write_rows(chosen.out, made)
    sys.stderr.write(f"generating: {count:,} rows in {time.monotonic() - started:.1f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

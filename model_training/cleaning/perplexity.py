"""How hard each reply is for a base model: `python -m model_training.cleaning.perplexity ROWS OUT MODEL`.

A program of its own for the model environment, the only one here that knows torch. Each row of ROWS is `{"id",
"messages"}` that ends with the reply; OUT gets `{"id", "perplexity"}` for each, in the same order. Only the reply's tokens
count, under the model's own chat template. Says on standard output how many rows are done.
"""

import argparse
import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

_LONGEST = 512  # tokens: the reply and as much of what was said before it as fits
_BATCH = 8
_IGNORED = -100


def measure(rows: Sequence[Mapping[str, Any]], *, folder: Path) -> Iterator[float]:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device)
    for start in range(0, len(rows), _BATCH):
        pairs = [_tokens(row["messages"], tokenizer=tokenizer) for row in rows[start : start + _BATCH]]
        yield from _perplexities(pairs, model=model, device=device)


def _tokens(messages: Sequence[Mapping[str, str]], *, tokenizer: Any) -> tuple[list[int], int]:
    """The last tokens of the conversation, and how many of them are the reply."""
    before = tokenizer.apply_chat_template(messages[:-1], tokenize=False, add_generation_prompt=True)
    prompt = tokenizer(before, add_special_tokens=False)["input_ids"]
    reply = tokenizer(messages[-1]["content"], add_special_tokens=False)["input_ids"][: _LONGEST // 2]
    return [*prompt, *reply][-_LONGEST:], max(1, len(reply))


def _perplexities(pairs: Sequence[tuple[list[int], int]], *, model: Any, device: str) -> list[float]:
    longest = max(len(tokens) for tokens, _ in pairs)
    ids = torch.zeros((len(pairs), longest), dtype=torch.long)
    seen = torch.zeros_like(ids)
    labels = torch.full_like(ids, _IGNORED)
    for place, (tokens, reply) in enumerate(pairs):
        ids[place, : len(tokens)] = torch.tensor(tokens)
        seen[place, : len(tokens)] = 1
        labels[place, len(tokens) - reply : len(tokens)] = ids[place, len(tokens) - reply : len(tokens)]
    with torch.inference_mode():
        logits = model(input_ids=ids.to(device), attention_mask=seen.to(device)).logits[:, :-1].float()
    wanted = labels[:, 1:].to(device)
    losses = torch.nn.functional.cross_entropy(
        logits.transpose(1, 2), wanted, ignore_index=_IGNORED, reduction="none"
    )
    counts = (wanted != _IGNORED).sum(dim=1).clamp(min=1)
    return [math.exp(min(20.0, float(loss))) for loss in losses.sum(dim=1) / counts]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m model_training.cleaning.perplexity", description=__doc__)
    for name in ("rows", "out", "model"):
        parser.add_argument(name, type=Path)
    chosen = parser.parse_args(arguments)
    rows = [json.loads(line) for line in chosen.rows.read_text(encoding="utf-8").splitlines()]
    with chosen.out.open("w", encoding="utf-8") as file:
        for done, (row, value) in enumerate(
            zip(rows, measure(rows, folder=chosen.model), strict=True), start=1
        ):
            file.write(json.dumps({"id": row["id"], "perplexity": round(value, 3)}) + "\n")
            if done % _BATCH == 0 or done == len(rows):
                sys.stdout.write(f"{done}\n")
                sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())

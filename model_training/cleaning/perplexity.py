"""How hard each reply is for a base model: `python -m model_training.cleaning.perplexity ROWS OUT MODEL`.

A program of its own for the model environment, the only one here that knows torch. Each row of ROWS is `{"id",
"messages"}` that ends with the reply; OUT gets `{"id", "perplexity"}` for each, in the same order. Only the reply's tokens
count, under the model's own chat template. Says on standard output how many rows are done.
"""

import argparse
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from model_training import artifacts
from model_training.errors import ArtifactRefused
from model_training.records import read_rows, write_row

_LONGEST = 512  # tokens: the reply and as much of what was said before it as fits
_WINDOW = 512  # rows that are read at once, so that like lengths come together
_AT_ONCE = 2_048  # tokens, padding among them: a computer's memory holds the words that may follow each
_DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


@dataclass(frozen=True, slots=True)
class Asked:
    """The last tokens of a conversation, of which the last `reply` are the reply."""

    tokens: Sequence[int]
    reply: int


class Judge:
    """Only safetensors are opened, and no code of a model's. Raises ArtifactRefused for a folder that was changed."""

    def __init__(self, folder: Path) -> None:
        artifacts.check_base(folder)
        options = {"local_files_only": True, "trust_remote_code": False}
        self._tokenizer = AutoTokenizer.from_pretrained(folder, **options)
        # Sixteen bits are slower than thirty-two on most computers without a GPU.
        kind = torch.bfloat16 if _DEVICE == "cuda" else torch.float32
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=kind, use_safetensors=True, **options)
        self._model = model.eval().to(_DEVICE)

    def perplexities(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, float]]:
        """Place in `rows` and perplexity, the shortest rows first."""
        asked = [self._asked(row["messages"]) for row in rows]
        order = sorted(range(len(rows)), key=lambda place: len(asked[place].tokens))
        for batch in _batches(order, asked=asked):
            yield from zip(batch, self._of([asked[place] for place in batch]), strict=True)

    def _asked(self, messages: Sequence[Mapping[str, str]]) -> Asked:
        before = self._tokenizer.apply_chat_template(
            messages[:-1], tokenize=False, add_generation_prompt=True
        )
        prompt = self._ids(before)
        reply = self._ids(messages[-1]["content"])[: _LONGEST // 2]
        return Asked([*prompt, *reply][-_LONGEST:], max(1, len(reply)))

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    def _of(self, batch: Sequence[Asked]) -> list[float]:
        """Padded on the left: all replies end together, and only their words are weighed against all others."""
        longest = max(len(one.tokens) for one in batch)
        ids = torch.tensor([[0] * (longest - len(one.tokens)) + [*one.tokens] for one in batch])
        seen = torch.tensor([[0] * (longest - len(one.tokens)) + [1] * len(one.tokens) for one in batch])
        kept = max(one.reply for one in batch) + 1
        with torch.inference_mode():
            logits = self._model(
                input_ids=ids.to(_DEVICE), attention_mask=seen.to(_DEVICE), logits_to_keep=kept
            ).logits
            return [
                _perplexity(row[-one.reply - 1 : -1], one) for row, one in zip(logits, batch, strict=True)
            ]


def _perplexity(logits: torch.Tensor, asked: Asked) -> float:
    said = torch.tensor(asked.tokens[-asked.reply :], device=logits.device)[-len(logits) :]
    return math.exp(min(20.0, float(torch.nn.functional.cross_entropy(logits.float(), said))))


def _batches(order: Sequence[int], *, asked: Sequence[Asked]) -> Iterator[list[int]]:
    """Of rows in the order of their lengths: each batch is as long as its last row."""
    batch: list[int] = []
    for place in order:
        if batch and (len(batch) + 1) * len(asked[place].tokens) > _AT_ONCE:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def write_perplexities(rows: Path, *, out: Path, judge: Judge) -> None:
    unread, done = iter(read_rows(rows)), 0
    with out.open("w", encoding="utf-8") as file:
        while window := list(islice(unread, _WINDOW)):
            found: dict[int, float] = {}
            for place, value in judge.perplexities(window):
                found[place] = value
                _tell(done + len(found))
            for place, row in enumerate(window):
                write_row(file, {"id": row["id"], "perplexity": round(found[place], 3)})
            done += len(window)


def _tell(done: int) -> None:
    sys.stdout.write(f"{done}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m model_training.cleaning.perplexity", description=__doc__)
    for name in ("rows", "out", "model"):
        parser.add_argument(name, type=Path)
    chosen = parser.parse_args(arguments)
    try:
        judge = Judge(chosen.model)
    except ArtifactRefused as error:
        sys.stderr.write(f"{error}\n")
        return 1
    write_perplexities(chosen.rows, out=chosen.out, judge=judge)
    return 0


if __name__ == "__main__":
    sys.exit(main())

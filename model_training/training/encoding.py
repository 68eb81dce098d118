"""Rendered rows → token ids and labels. The loss is on the answer alone, and the last label is the end of the turn.

The end of a turn is taken from the chat template, never from the tokenizer's own idea of an end: a tokenizer made from
a GGUF file may name another token, and a model trained with that one never stops.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from model_training.errors import DataRefused

IGNORED = -100


def texts_of(
    row: Mapping[str, Any], *, answer: Sequence[Mapping[str, str]], tokenizer: Any
) -> tuple[str, str]:
    """The prompt as the server writes it, and the answer up to and with the end of its turn."""
    prompt = tokenizer.apply_chat_template(row["prompt"], tokenize=False, add_generation_prompt=True)
    whole = tokenizer.apply_chat_template([*row["prompt"], *answer], tokenize=False)
    content = answer[-1]["content"]
    start = whole.rfind(content)
    if start < 0:
        raise DataRefused(
            "This chat template does not write an answer as it is given; it cannot be trained with."
        )
    return prompt, content + whole[start + len(content) :].rstrip("\n")


def encode(row: Mapping[str, Any], *, tokenizer: Any) -> dict[str, list[int]]:
    prompt, answer = texts_of(row, answer=row["completion"], tokenizer=tokenizer)
    asked = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    answered = tokenizer(answer, add_special_tokens=False)["input_ids"]
    return {"input_ids": asked + answered, "labels": [IGNORED] * len(asked) + answered}


def encode_preference(row: Mapping[str, Any], *, tokenizer: Any, kind: str) -> dict[str, Any]:
    """As texts that carry the template's marks already: TRL adds nothing to what ends with the end of the turn."""
    names = ("chosen", "rejected") if kind == "dpo" else ("completion",)
    texts = {name: texts_of(row, answer=row[name], tokenizer=tokenizer) for name in names}
    encoded = {name: answer for name, (_, answer) in texts.items()} | {"prompt": texts[names[0]][0]}
    return encoded | ({"label": bool(row["label"])} if kind == "kto" else {})


def end_of_turn(tokenizer: Any) -> str:
    """The token with which the chat template ends an answer."""
    question = {"prompt": [{"role": "user", "content": "1"}]}
    _, answer = texts_of(question, answer=[{"role": "assistant", "content": "2"}], tokenizer=tokenizer)
    ids = tokenizer(answer, add_special_tokens=False)["input_ids"]
    token: str = tokenizer.convert_ids_to_tokens(ids[-1])
    if answer == "2" or len(ids) < 2:
        raise DataRefused("This chat template ends an answer with nothing: a model could not learn to stop.")
    return token


def in_order(
    examples: Iterable[dict[str, Any]], *, order: str, buckets: Sequence[int], seed: int
) -> list[dict[str, Any]]:
    """For "curriculum" bucket after bucket, the easiest first, and inside a bucket in a drawn order: neighbours of
    exactly one difficulty would be alike. Rows without a bucket (0) stand with the middle one."""
    examples = list(examples)
    if order != "curriculum":
        return examples
    known = sorted(bucket for bucket in buckets if bucket)
    middle = known[len(known) // 2] if known else 0
    drawn = random.Random(seed)  # noqa: S311 - an order, not a secret
    ranks = [(bucket or middle, drawn.random()) for bucket in buckets]
    return [examples[place] for place in sorted(range(len(examples)), key=ranks.__getitem__)]

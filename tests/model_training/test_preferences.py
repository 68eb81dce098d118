"""What a model wrote becomes rows to prefer by; labelled pairs become rows of the judge."""

import random
from typing import Any

from dialogue.verifying.judging import NO, YES
from model_training.judge_rows import EACH, claims, rows_of
from model_training.preferences import dpo_rows, is_right, kto_rows

ROWS: list[dict[str, Any]] = [
    {"id": name, "prompt": [{"role": "user", "content": name}], "completion": [{"role": "assistant", "content": said}]}
    for name, said in (("a", "Five days. [2]"), ("b", "NONE"), ("c", "By card. [1]"), ("d", "At night. [3]"))
]  # fmt: skip
OUTPUTS = {"a": "Five days. [2]", "b": "Ten days. [1]", "c": "NONE"}


def text(said: list[dict[str, str]]) -> str:
    return said[0]["content"]


def test_dpo_learns_the_right_answer_against_the_models_own_mistake() -> None:
    rows = list(dpo_rows(ROWS, outputs=OUTPUTS))
    assert [(text(row["chosen"]), text(row["rejected"])) for row in rows] == [
        ("NONE", "Ten days. [1]"),
        ("By card. [1]", "NONE"),
    ]


def test_kto_has_as_many_liked_answers_as_others() -> None:
    rows = list(kto_rows(ROWS, outputs=OUTPUTS))
    assert sorted(row["label"] for row in rows) == [False, False, True, True]
    assert all(row["label"] == is_right(known, text=text(row["completion"])) for row in rows for known in ROWS if known["id"] == row["id"])  # fmt: skip


def pair(number: int, *, supported: bool, kind: str) -> dict[str, Any]:
    return {
        "passage": f"Tents cost {number} EUR.",
        "title": "Tents",
        "sentence": f"A tent is {number} EUR.",
        "supported": supported,
        "kind": kind,
        "language": "en",
    }


def test_the_judge_hears_yes_as_often_as_no_and_one_word_is_its_answer() -> None:
    pairs = [pair(n, supported=True, kind="extract") for n in range(40)]
    pairs += [pair(n, supported=False, kind="number") for n in range(9)]
    rows = rows_of(pairs, each=EACH, rnd=random.Random(0))
    assert sorted(text(row["completion"]) for row in rows) == [NO] * 9 + [YES] * 9
    passage, _, sentence = rows[0]["prompt"][-1]["content"].partition("Sentence: ")
    assert passage.startswith("Passage:\nTents\n")  # first, so that a prefix cache keeps it
    assert sentence.startswith("A tent is")


def test_claims_are_neither_cut_nor_repeated_where_yes_and_no_are_made_even() -> None:
    pairs = [pair(n, supported=n < 3, kind="claim") for n in range(8)]
    pairs += [pair(n, supported=n < 10, kind="number") for n in range(9, 14)]
    rows = rows_of(pairs, each=EACH, rnd=random.Random(0))
    assert sorted(text(row["completion"]) for row in rows) == [NO] * 6 + [YES] * 4


def test_claims_are_in_words_of_their_own_and_every_fourth_of_the_newer_pages_is_held_out() -> None:
    told = list(claims())
    assert len(told) == 3 * (163 + 214 + 858 + 1100 + 3516 + 4400 + 2453 + 2927)
    assert not [one["sentence"] for one in told if one["supported"] and one["sentence"] in one["passage"]]
    held_out = {one["document"] for one in told if one["held_out"]}
    assert len(held_out) == 20 + 74 + 60
    assert all(int(page[-2:]) % 4 == 0 for page in held_out)


def test_a_claim_is_held_against_running_text_lines_and_the_whole_page() -> None:
    said = [one for one in claims() if one["sentence"].startswith("Any car in the fleet")]
    assert [one["fault"] for one in said] == ["quantifier"] * 3
    assert [one["title"].count("\n") for one in said] == [1, 0, 0]
    assert ["only.\nWe hold" in one["passage"] for one in said] == [False, True, False]
    assert ["Extra miles" in one["passage"] for one in said] == [False, True, True]

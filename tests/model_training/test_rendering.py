"""Conversations become rows under the very prompt that serves, and targets that are sentences of their sources."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dialogue import Finished, Turn, answer
from dialogue.testing import ScriptedModel
from model_training import render
from model_training.records import write_rows
from model_training.rendering import NOTHING, passages_of, render_dpo, render_kto, render_sft
from retrieval import SearchResult
from tests.model_training.training.conversations import FACTS, conversation, passage

ALL = [conversation(name, number=number) for number in range(12) for name in FACTS]


def completion(row: dict[str, Any]) -> str:
    return str(row["completion"][0]["content"])


def answers(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["kind"] == "answer"]


@pytest.mark.parametrize("name", FACTS)
async def test_the_prompt_is_the_one_that_serves_byte_for_byte(name: str) -> None:
    names = (name, *(other for other in FACTS if other != name))
    passages = [passage(other, relevance=0.9 - 0.1 * place) for place, other in enumerate(names[:4])]
    record = conversation(name, passages=passages)
    model = ScriptedModel(replies=["NONE"])
    search = lambda question, *, limit: SearchResult(passages=tuple(passages_of(passages)))  # noqa: E731
    turn = Turn(question=FACTS[name][0], locale="zh-hans" if record["language"] == "zh" else "en")
    async for event in answer(turn, search=search, model=model):
        if isinstance(event, Finished):
            break
    served = [
        {"role": {"human": "user"}.get(one.type, one.type), "content": one.content}
        for one in model.prompts[0]
    ]
    assert answers(render_sft([record]).rows)[0]["prompt"] == served


@pytest.mark.parametrize("name", FACTS)
def test_the_target_is_a_line_of_the_prompt_with_its_number(name: str) -> None:
    row = answers(render_sft([conversation(name), *ALL]).rows)[0]
    text, _, number = completion(row).removesuffix("]").rpartition("[")
    assert text.strip() == FACTS[name][1]
    assert f"[{number}] {FACTS[name][1]}" in row["prompt"][-1]["content"].splitlines()


def test_a_free_answer_becomes_the_sentences_that_it_stands_on() -> None:
    record = conversation(
        "refund", answer="Sure! A refund takes five working days, it goes to the card that paid."
    )
    assert "A refund takes five working days. [" in completion(answers(render_sft([record, *ALL]).rows)[0])


@pytest.mark.parametrize("name", ["refund", "发票"])
def test_a_question_that_its_page_does_not_answer_teaches_to_say_so(name: str) -> None:
    record = conversation(name, unanswerable=True)
    record["messages"][-1]["content"] = ""
    rows = render_sft([record, *ALL]).rows
    row = next(row for row in rows if row["id"].startswith(f"{record['id']}#"))
    assert completion(row) == NOTHING[row["language"]]
    assert row["kind"] == "none"


def test_an_answer_that_stands_on_nothing_is_left_out_with_its_reason() -> None:
    rendering = render_sft([conversation("refund", answer="Let me ask my colleagues about the moon.")])
    assert rendering.rows == []
    assert rendering.dropped == {"no sentence of its passages says what the answer says": 1}


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"passages": []}, "there are no passages with it"),
        ({"rating": "down"}, "the customer did not like it"),
    ],
)
def test_what_teaches_nothing_is_left_out_with_its_reason(said: dict[str, Any], reason: str) -> None:
    rendering = render_sft([conversation("refund", **said)])
    assert (rendering.rows, rendering.dropped) == ([], {reason: 1})


def test_some_questions_come_again_without_their_answer_in_both_languages() -> None:
    rows = [row for row in render_sft(ALL).rows if row["kind"] == "none"]
    assert {row["language"] for row in rows} == {"zh", "en"}
    for row in rows:
        assert completion(row) == NOTHING[row["language"]]
        fact = FACTS[row["id"].partition("-")[0]][1]
        assert fact not in row["prompt"][-1]["content"]
    assert 0.05 < len(rows) / len(ALL) < 0.45


def test_few_passages_get_strangers_beside_them() -> None:
    row = answers(render_sft(ALL).rows)[0]
    assert row["prompt"][-1]["content"].count('"About ') == 4


def test_the_same_seed_gives_the_same_rows() -> None:
    assert render_sft(ALL, seed=3).rows == render_sft(ALL, seed=3).rows
    assert render_sft(ALL, seed=3).rows != render_sft(ALL, seed=4).rows


def test_what_was_said_before_is_part_of_the_question() -> None:
    record = conversation("refund")
    record["messages"] = [
        {"role": "user", "author": "contact", "content": "I returned a helmet."},
        {"role": "assistant", "author": "assistant", "content": "Thank you."},
        {"role": "user", "author": "contact", "content": "And when is it refunded?"},
        {
            "role": "assistant",
            "author": "agent",
            "content": FACTS["refund"][1],
            "passages": [passage("refund")],
        },
    ]
    assert (
        "I returned a helmet. And when is it refunded?"
        in render_sft([record]).rows[0]["prompt"][-1]["content"]
    )


def preference(**sides: str) -> dict[str, Any]:
    record = conversation("refund")
    said = {name: [{"role": "assistant", "content": text}] for name, text in sides.items()}
    return {
        "id": "p",
        "language": "en",
        "prompt": record["messages"][:1],
        "passages": [passage("refund")],
    } | said


def test_an_edit_is_preferred_to_the_draft_where_they_stand_on_different_sentences() -> None:
    _, fact, beside = FACTS["refund"]
    row = render_dpo([preference(chosen=fact, rejected=beside)]).rows[0]
    assert row["chosen"][0]["content"].startswith(fact)
    assert row["rejected"][0]["content"].startswith(beside)
    same = render_dpo([preference(chosen=fact, rejected=f"{fact} [1]")])
    assert same.dropped == {"the edit stands on the same sentences as the draft": 1}


@pytest.mark.parametrize("liked", [True, False])
def test_a_rated_answer_keeps_its_label(liked: bool) -> None:
    row = render_kto([preference(completion=FACTS["refund"][1]) | {"label": liked}]).rows[0]
    assert row["label"] is liked
    assert completion(row).startswith(FACTS["refund"][1])


@pytest.mark.parametrize("render", [render_dpo, render_kto])
def test_preferences_without_passages_are_left_out(render: Callable[..., Any]) -> None:
    row = preference(chosen="a", rejected="b", completion="c") | {"label": True, "passages": []}
    assert render([row]).dropped == {"there are no passages with it": 1}


def test_what_is_watched_and_what_is_held_out_are_rendered_beside_what_is_learnt(tmp_path: Path) -> None:
    sides = {"train/sft": "refund", "validation": "parcel", "heldout": "invoice"}
    for side, name in sides.items():
        (path := tmp_path / "dataset" / f"{side}.jsonl").parent.mkdir(parents=True, exist_ok=True)
        write_rows(path, [conversation(name)])
    rendered = render.render(tmp_path)
    assert {kind: len(done.rows) for kind, done in rendered.items()} == dict.fromkeys(
        ("validation", "heldout", "sft"), 1
    )
    assert (tmp_path / "dataset" / "rendered" / "validation.jsonl").is_file()

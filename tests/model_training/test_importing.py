"""Importing: each format becomes records that say where they came from; what is none is told."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from model_training.import_set import main
from model_training.records import Conversation, read_conversations

ASKED = {"role": "user", "content": "Is it waterproof?"}
REPLIED = {"role": "assistant", "content": "Down to ten metres."}
TURNS = [
    {"from": "system", "value": "Be kind."},
    {"from": "human", "value": ASKED["content"]},
    {"from": "gpt", "value": REPLIED["content"]},
]


def imported(tmp_path: Path, name: str, *rows: Any, options: tuple[str, ...] = ()) -> list[Conversation]:
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert main([name, str(source), str(tmp_path / "out.jsonl"), *options]) == 0
    return list(read_conversations(tmp_path / "out.jsonl"))


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("openai", {"messages": [{"role": "system", "content": "Be kind."}, ASKED, REPLIED]}),
        (
            "openai",
            {
                "messages": [
                    {"role": "user", "content": [{"type": "text", "text": ASKED["content"]}]},
                    REPLIED,
                ]
            },
        ),
        ("sharegpt", {"conversations": TURNS}),
        ("trl", {"messages": [ASKED, REPLIED]}),
        ("trl", {"prompt": [ASKED], "completion": [REPLIED]}),
        ("trl", {"prompt": ASKED["content"], "completion": REPLIED["content"]}),
    ],
)
def test_each_format_becomes_the_same_conversation(tmp_path: Path, name: str, row: Any) -> None:
    (conversation,) = imported(tmp_path, name, row)
    assert [(message.role, message.content) for message in conversation.messages] == [
        ("user", ASKED["content"]),
        ("assistant", REPLIED["content"]),
    ]
    assert conversation.provenance["source"] == name
    assert len(conversation.provenance["sha256"]) == 64
    assert conversation.language == "en"


def test_preferences_become_thumbs_and_drafts(tmp_path: Path) -> None:
    thumb, pair = imported(
        tmp_path,
        "trl",
        {"prompt": [ASKED], "completion": [REPLIED], "label": False},
        {"prompt": [ASKED], "chosen": [REPLIED], "rejected": [{"role": "assistant", "content": "No idea."}]},
    )
    assert thumb.messages[-1].rating == "down"
    assert (pair.messages[-1].draft, pair.messages[-1].author) == ("No idea.", "agent")


def test_a_file_that_is_one_array_is_read(tmp_path: Path) -> None:
    source = tmp_path / "in.json"
    source.write_text(json.dumps([{"id": "a", "conversations": TURNS}]))
    assert main(["sharegpt", str(source), str(tmp_path / "out.jsonl")]) == 0
    assert [c.id for c in read_conversations(tmp_path / "out.jsonl")] == ["sharegpt:a"]


def test_one_contact_brings_no_more_than_the_cap_and_nobody_without_consent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"id": str(n), "contact": "k", "messages": [ASKED, REPLIED]} for n in range(5)]
    rows.append({"id": "x", "contact": "l", "messages": [ASKED, REPLIED], "consent": False})
    assert len(imported(tmp_path, "openai", *rows, options=("--cap", "3"))) == 3
    told = json.loads(capsys.readouterr().out)
    assert told == {"rows": 3, "over_cap": 2, "without_consent": 1, "malformed": 0}


def test_a_public_set_of_questions_brings_its_passages(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    files = {
        "corpus": [{"_id": "p", "title": "鲸", "text": "鲸是哺乳动物。它们用肺呼吸。"}],
        "queries": [{"_id": "q", "text": "鲸用什么呼吸？", "answer": ["肺"]}],
        "qrels": [{"q": "q", "d": "p", "s": 1}],
    }
    for name, rows in files.items():
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    assert main(["cmrc2018", str(folder), str(tmp_path / "out.jsonl")]) == 0
    (conversation,) = read_conversations(tmp_path / "out.jsonl")
    assert conversation.messages[-1].content == "它们用肺呼吸。"
    assert conversation.messages[-1].passages[0]["chunk_id"] == "p"
    assert conversation.provenance["licence"] == "CC BY-SA 4.0"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("alpaca", "{}\n", "neither a format nor a set"),
        ("banking77", "{}\n", "no replies"),
        ("openai", "", "no conversation"),
        ("openai", '{"messages": [{"role": "user", "content": "hi"}]}\n', "only one side speaks"),
        ("openai", '{"messages": [{"role": "robot", "content": "hi"}]}\n', "from 'robot'"),
        ("sharegpt", '{"messages": []}\n', "no messages"),
        ("trl", '{"text": "hi"}\n', "neither messages"),
        ("trl", "{broken\n", "not JSON"),
        ("star", "", "is missing"),
    ],
)
def test_what_cannot_be_imported_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str, sentence: str
) -> None:
    (tmp_path / "in.jsonl").write_text(content)
    assert main([name, str(tmp_path / "in.jsonl"), str(tmp_path / "out.jsonl")]) == 1
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out.jsonl").exists()

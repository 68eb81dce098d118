"""Records: what is read comes back as it was, and what is none is told with its line and the reason."""

import gzip
import json
from pathlib import Path

import pytest

from model_training import records
from model_training.errors import RecordsInvalid
from model_training.records import as_json, parse_conversation, read_conversations, read_lines, write_rows

WHOLE = {
    "id": "c1",
    "site": "shop",
    "contact": "k1",
    "language": "zh",
    "started_at": "2026-03-01T10:00:00+00:00",
    "messages": [
        {"role": "user", "content": "怎么退货？", "author": "contact"},
        {
            "role": "assistant",
            "content": "七天内可以退货。",
            "author": "agent",
            "passages": [{"chunk_id": "d:0", "text": "七天内可以退货。"}],
            "rating": "up",
            "draft": "可以退货。",
        },
    ],
    "outcome": {"status": "resolved", "resolved_by": "agent"},
    "consent": True,
    "provenance": {"source": "desk"},
}


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_record_comes_back_as_it_was() -> None:
    assert as_json(parse_conversation(WHOLE)) == WHOLE


def test_a_file_is_read_packed_or_not_without_its_blank_lines(tmp_path: Path) -> None:
    plain = write(tmp_path / "a.jsonl", "\ufeff" + json.dumps(WHOLE), "", "   ", json.dumps(WHOLE))
    packed = tmp_path / "a.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert [line.number for line in read_lines(plain)] == [1, 4]
    assert list(read_conversations(packed)) == list(read_conversations(plain))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": "c1", "messages": [', "not JSON"),
        ("[1, 2]", "not a JSON object"),
        ("[" * 100_000, "not JSON"),
        ('{"messages": [{"role": "user", "content": "hi"}]}', "no id"),
        ('{"id": "c1"}', "no messages"),
        ('{"id": "c1", "messages": []}', "no messages"),
        ('{"id": "c1", "messages": ["hi"]}', "message 1: not an object"),
        ('{"id": "c1", "messages": [{"role": "system", "content": "x"}]}', "message 1: role is 'system'"),
        ('{"id": "c1", "messages": [{"role": "user", "content": 5}]}', "message 1: content is not a text"),
        (
            '{"id": "c1", "messages": [{"role": "user", "content": "x", "author": "agent"}]}',
            "cannot speak as 'user'",
        ),
        ('{"id": "c1", "consent": "yes", "messages": [{"role": "user", "content": "x"}]}', "consent"),
        ('{"id": "c1", "messages": [{"role": "user", "content": "x", "passages": [1]}]}', "passages"),
    ],
)
def test_what_is_no_record_is_told_with_its_line_and_the_reason(
    tmp_path: Path, line: str, reason: str
) -> None:
    path = write(tmp_path / "a.jsonl", json.dumps(WHOLE), line)
    with pytest.raises(RecordsInvalid, match="line 2: ") as refusal:
        list(read_conversations(path))
    assert reason in str(refusal.value)


def test_of_a_line_as_long_as_a_disk_only_the_beginning_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "LONGEST_LINE", 2_000)
    path = write(tmp_path / "a.jsonl", "[" * 50_000, json.dumps(WHOLE), "[" * 4_000, json.dumps(WHOLE))
    assert max(len(text) for _, text in records.numbered_lines(path)) <= 4_001
    read = [records.read_line(text, number=number) for number, text in records.numbered_lines(path)]
    assert [(line.number, bool(line.conversation)) for line in read] == [
        (1, False),
        (2, True),
        (3, False),
        (4, True),
    ]
    assert "longer than 2,000 characters" in read[0].fault


def test_a_missing_file_and_a_broken_archive_are_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(RecordsInvalid, match="no such file"):
        list(read_lines(tmp_path / "absent.jsonl"))
    (tmp_path / "broken.jsonl.gz").write_bytes(gzip.compress(b"x" * 1000)[:20])
    with pytest.raises(RecordsInvalid, match="cannot be read"):
        list(read_lines(tmp_path / "broken.jsonl.gz"))


def test_half_a_character_does_not_stop_a_file_from_being_written(tmp_path: Path) -> None:
    write_rows(tmp_path / "a.jsonl", [{"text": "\ud83d"}])
    assert json.loads((tmp_path / "a.jsonl").read_text())["text"] == "?"


def test_a_file_that_could_not_be_finished_is_not_there(tmp_path: Path) -> None:
    def rows():  # type: ignore[no-untyped-def]
        yield {"a": 1}
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        write_rows(tmp_path / "a.jsonl", rows())
    assert not (tmp_path / "a.jsonl").exists()

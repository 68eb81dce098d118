"""Conversations → records: what is taken, what is left out and why, and what an answer stood on."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from apps.conversations import services as conversations
from apps.knowledge.searching import index_of
from apps.training.snapshotting import Source, count_usable, write_snapshot
from model_training.records import read_conversations
from tests.training.seeding import Cast, helped


def taken(cast: Cast, path: Path, source: Source = Source()) -> dict[str, dict]:  # type: ignore[type-arg] # noqa: B008
    write_snapshot(cast.site, path, source=source)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return {row["provenance"]["conversation"]: row for row in rows}


def test_only_whoever_agreed_is_learnt_from(cast: Cast, tmp_path: Path) -> None:
    snapshot = write_snapshot(cast.site, tmp_path / "snapshot.jsonl", source=Source())
    assert (snapshot.rows, snapshot.contacts, snapshot.left_out["no_consent"]) == (3, 1, 2)
    assert count_usable(cast.site, source=Source()) == 3


def test_whoever_was_not_asked_counts_only_if_chosen_and_a_refusal_always(cast: Cast, tmp_path: Path) -> None:
    rows = taken(cast, tmp_path / "snapshot.jsonl", Source(consent="not_refused"))
    assert str(cast.conversations["unasked"].pk) in rows
    assert str(cast.conversations["refused"].pk) not in rows


def test_a_later_refusal_counts_for_what_was_said_before(cast: Cast) -> None:
    conversations.note_consent(cast.conversations["rated"].contact, may_train=False)
    assert count_usable(cast.site, source=Source()) == 0


def test_nobody_shapes_the_model_alone(cast: Cast, tmp_path: Path) -> None:
    snapshot = write_snapshot(cast.site, tmp_path / "snapshot.jsonl", source=Source(cap=2))
    assert (snapshot.rows, snapshot.left_out["over_cap"]) == (2, 1)
    assert count_usable(cast.site, source=Source(cap=2)) == 2


def test_what_is_older_is_left_out(cast: Cast) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert count_usable(cast.site, source=Source(since=tomorrow)) == 0
    assert Source.of(Source(since=date(2026, 1, 2), cap=5).stored()) == Source(since=date(2026, 1, 2), cap=5)


def test_an_answer_brings_its_passages_its_thumb_and_its_model(cast: Cast, tmp_path: Path) -> None:
    row = taken(cast, tmp_path / "snapshot.jsonl")[str(cast.conversations["rated"].pk)]
    answer = row["messages"][1]
    assert (answer["rating"], answer["model"], answer["decision"]) == ("up", "home", "answer")
    assert "30 days" in answer["passages"][0]["text"]
    assert row["outcome"] == {"status": "resolved", "resolved_by": "assistant"}


def test_an_edited_draft_brings_both_wordings(cast: Cast, tmp_path: Path) -> None:
    answer = taken(cast, tmp_path / "snapshot.jsonl")[str(cast.conversations["edited"].pk)]["messages"][1]
    assert (answer["content"], answer["draft"], answer["author"]) == (
        "It costs you 6.90 EUR.",
        "It is free.",
        "agent",
    )


def test_a_persons_answer_gets_the_passages_that_the_sites_search_finds(cast: Cast, tmp_path: Path) -> None:
    index = index_of(cast.site.knowledge_base_id)
    index.add(list(index.store.changes_since(0).live))
    answer = taken(cast, tmp_path / "snapshot.jsonl")[str(cast.conversations["by_agent"].pk)]["messages"][1]
    assert any("free within the country" in passage["text"] for passage in answer["passages"])


def test_the_file_is_made_of_records_and_the_same_again_has_the_same_hash(cast: Cast, tmp_path: Path) -> None:
    first = write_snapshot(cast.site, tmp_path / "a.jsonl", source=Source())
    assert len(list(read_conversations(tmp_path / "a.jsonl"))) == 3
    assert write_snapshot(cast.site, tmp_path / "b.jsonl", source=Source()).sha256 == first.sha256
    helped(cast.site, cast.conversations["rated"].contact, [("contact", "One more?"), ("agent", "Yes.")])
    assert write_snapshot(cast.site, tmp_path / "c.jsonl", source=Source()).sha256 != first.sha256


def test_private_words_and_other_sites_stay_out(cast: Cast, tmp_path: Path) -> None:
    taken(cast, tmp_path / "snapshot.jsonl")
    text = (tmp_path / "snapshot.jsonl").read_text()
    assert '"Ada"' not in text
    assert count_usable(cast.other, source=Source()) == 0


@pytest.mark.parametrize("status", ["assistant", "waiting"])
def test_what_is_not_resolved_is_not_taken(cast: Cast, status: str) -> None:
    cast.conversations["rated"].status = status
    cast.conversations["rated"].save()
    assert count_usable(cast.site, source=Source()) == 2

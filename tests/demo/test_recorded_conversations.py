"""The demo's recorded conversations: enough of each kind to try the model loop with, and true to the documents."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from apps.conversations.models import Contact, Conversation, Feedback, Message
from apps.conversations.shell.recorded import load_recorded
from apps.training.snapshotting import Source, count_usable
from home.addresses import ROOT
from model_training.records import read_conversations
from tests.dashboard.seeding import make_site, ready_document

FILE = ROOT / "demo" / "shop" / "conversations.jsonl"
ROWS: list[dict[str, Any]] = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
SAID = [message for row in ROWS for message in row["messages"]]


def test_there_are_enough_of_each_kind() -> None:
    assert len(list(read_conversations(FILE))) == len(ROWS) >= 80
    languages = Counter(row["language"] for row in ROWS)
    assert min(languages["zh"], languages["en"]) >= 40
    assert sum("draft" in said for said in SAID) >= 10
    assert min(Counter(said.get("rating") for said in SAID)[rating] for rating in ("up", "down")) >= 10
    assert sum(said["author"] == "agent" for said in SAID) >= 30
    assert any(row["consent"] is False for row in ROWS)


def test_every_passage_is_a_sentence_of_its_document() -> None:
    for said in SAID:
        for passage in said.get("passages", []):
            document = (ROOT / "demo" / "shop" / "documents" / passage["document"]).read_text(
                encoding="utf-8"
            )
            written = json.dumps(passage["text"], ensure_ascii=False)[1:-1]
            assert passage["text"] in document or written in document, passage


@pytest.mark.django_db
def test_they_are_loaded_once_with_what_people_made_of_them(tmp_path: Path) -> None:
    site = make_site("Mosswick")
    text = "Gift wrapping costs:\n¥15 or €4 per item, free for Summit members."
    ready_document(
        site, name="gift-en.md", title="Gifts", language="en", headings=["Gifts"], text=text, by=None
    )
    assert load_recorded(site, FILE) == len(ROWS)
    assert load_recorded(site, FILE) == 0
    assert Conversation.objects.filter(site=site, status="resolved").count() == len(ROWS)
    assert Feedback.objects.filter(rating="up").count() >= 10
    assert Message.objects.filter(from_draft__isnull=False).count() >= 10
    assert Contact.objects.filter(may_train=False).exists()
    cited = Message.objects.filter(citations__title="Gifts")
    assert all("passages" in message.trace for message in cited)
    assert count_usable(site, source=Source()) >= 80

"""The commands: what they print, their batch files, and how they end."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from apps.conversations import tasks
from apps.conversations.models import Member, Site, Trial
from apps.conversations.replying import answering
from apps.conversations.shell import filling
from dialogue import default_support_fit
from dialogue.testing import ScriptedModel
from tests.conversations.cast import FACTS, Cast, teach
from tests.conversations.test_answering import FakeServing

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(autouse=True)
def no_worker_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "PATIENCE", 0)
    monkeypatch.setattr(filling, "LOOK_EVERY", 0.01)


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch) -> FakeServing:
    served = FakeServing(ScriptedModel(replies=["[1]"]))
    monkeypatch.setattr(answering, "model_of", lambda site, **_: served)
    return served


@pytest.fixture
def learned(cast: Cast) -> Cast:
    teach(cast.shop, FACTS)
    return cast


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[Any]:
    call_command(*arguments)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def batch(tmp_path: Path, *rows: Any) -> str:
    file = tmp_path / "questions.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    file.write_text("\n".join(lines), encoding="utf-8")
    return str(file)


def rows_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_site_is_founded(transactional_db: None, capsys: pytest.CaptureFixture[str]) -> None:
    (told,) = run(
        capsys, "create_site", "苔屋", "--locale", "zh-hans", "--origin", "https://a.example", "--json"
    )
    site = Site.objects.get(key=told["site_key"])
    assert (site.name, site.locale, site.origins) == ("苔屋", "zh-hans", ["https://a.example"])


def test_site_with_a_wrong_origin_is_refused_in_one_sentence(transactional_db: None) -> None:
    with pytest.raises(CommandError, match="origin"):
        call_command("create_site", "Shop", "--origin", "not a url")


def test_unknown_site_is_told(transactional_db: None) -> None:
    with pytest.raises(CommandError, match="no site with the key"):
        call_command("search", "--site", "sd_nobody", "anything")


def test_documents_are_indexed_here_when_no_worker_takes_them(
    cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "help").mkdir()
    (tmp_path / "help" / "returns.md").write_text("# Returns\n\nYou can return any item within 30 days.")
    (tmp_path / "help" / ".hidden").write_text("not for us")
    (tmp_path / "faq.jsonl").write_text(json.dumps(FACTS[1]))
    arguments = ["add_documents", "--site", cast.shop.key, str(tmp_path), "--wait", "--json"]
    (told,) = run(capsys, *arguments)
    assert {one["external_id"]: one["state"] for one in told["documents"]} == {
        "help/returns.md": "ready",
        "delivery": "ready",
    }
    (again,) = run(capsys, *arguments)
    assert all(job["unchanged"] for job in again["jobs"])


def test_refused_files_are_named_and_the_others_are_taken(
    cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.md").write_text("")
    (tmp_path / "good.md").write_text("# Returns\n\nWithin 30 days.")
    with pytest.raises(CommandError, match=r"empty\.md"):
        call_command("add_documents", "--site", cast.shop.key, str(tmp_path), "--wait", "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["refused"][0]["code"] == "empty"
    assert [one["state"] for one in told["documents"]] == ["ready"]


def test_search_batch_keeps_going_over_bad_rows(
    learned: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    questions = batch(
        tmp_path,
        {"id": "a", "question": "return an item"},
        "not json",
        {"id": "c"},
        {"id": 4, "question": "退货"},
        [],
        "",
    )
    out = tmp_path / "out" / "passages.jsonl"
    call_command("search", "--site", learned.shop.key, "--questions", questions, "--out", str(out))
    rows = rows_of(out)
    assert [row["id"] for row in rows] == ["a", "2", "c", "4", "5"]
    assert rows[0]["passages"][0]["external_id"] == "returns"
    assert set(rows[0]["passages"][0]) >= {
        "document_id",
        "external_id",
        "title",
        "text",
        "relevance",
        "dense",
        "words",
    }
    assert rows[1]["error"]["code"] == "bad_row"
    assert rows[2]["error"]["code"] == "bad_row"


def test_a_spoilt_line_spoils_no_other(
    learned: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    questions = tmp_path / "questions.jsonl"
    said = [{"role": "customer", "content": "hi"}]
    rows: list[Any] = [
        {"id": "same", "question": "return an item"},
        {"id": "same", "question": "return an item", "history": [{"role": "system", "content": "x"}]},
        {"id": "long", "question": "x" * 8_001},
        {"id": "role", "question": "return", "history": said},
        {"id": None, "question": "return an item"},
        {"id": "empty", "question": "  "},
        {"id": "nul", "question": "a\x00b"},
    ]
    lines = [json.dumps(row).encode() for row in rows]
    questions.write_bytes(
        b"\xef\xbb\xbf" + b"\n".join([*lines, b'{"id": "bytes", "question": "\xff"}', b"{"])
    )
    out = tmp_path / "out.jsonl"
    call_command("search", "--site", learned.shop.key, "--questions", str(questions), "--out", str(out))
    found = {row["id"]: row.get("error", {}).get("message", "") for row in rows_of(out)}
    assert [row["id"] for row in rows_of(out)] == [
        "same",
        "same",
        "long",
        "role",
        "5",
        "empty",
        "nul",
        "bytes",
        "9",
    ]
    assert found["same"] == found["5"] == ""
    assert "8001 characters" in found["long"]
    assert "'customer'" in found["role"]
    assert all(found[one] for one in ("empty", "nul", "bytes", "9"))
    with pytest.raises(CommandError, match="questions itself"):
        call_command(
            "search", "--site", learned.shop.key, "--questions", str(questions), "--out", str(questions)
        )
    assert questions.read_bytes().startswith(b"\xef\xbb\xbf{")
    (tmp_path / "none.jsonl").write_text("\n")
    with pytest.raises(CommandError, match="no question"):
        call_command("ask", "--site", learned.shop.key, "--questions", str(tmp_path / "none.jsonl"))
    with pytest.raises(CommandError, match="says something"):
        call_command("ask", "--site", learned.shop.key, " ")


def test_batch_in_which_every_row_failed_fails(cast: Cast, tmp_path: Path) -> None:
    questions = batch(tmp_path, "not json")
    with pytest.raises(CommandError):
        call_command("search", "--site", cast.shop.key, "--questions", questions)


def test_question_or_file_but_not_neither(cast: Cast) -> None:
    with pytest.raises(CommandError):
        call_command("ask", "--site", cast.shop.key)


def test_answers_are_the_chats_own_and_can_be_replayed(
    learned: Cast, serving: FakeServing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history = [
        {"role": "system", "content": "You are"},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": [{"type": "text", "text": "Hi!"}]},
    ]
    questions = batch(
        tmp_path,
        {"id": "a", "question": "Within how many days can I return any item?"},
        {"id": "b", "question": "Within how many days can I return any item?", "history": history},
        {"id": "c", "question": "x", "history": "none"},
    )
    out = tmp_path / "answers.jsonl"
    call_command("ask", "--site", learned.shop.key, "--questions", questions, "--out", str(out))
    rows = rows_of(out)
    assert [row["id"] for row in rows] == ["a", "b", "c"]
    assert rows[0]["decision"] == "answer"
    assert "30 days" in rows[0]["text"]
    assert rows[0]["citations"][0]["external_id"] == "returns"
    assert set(rows[0]) >= {"withheld", "reason", "timings", "usage", "trace_id"}
    assert rows[2]["error"]["code"] == "bad_row"
    capsys.readouterr()
    (replayed,) = run(capsys, "replay", rows[0]["trace_id"], "--json")
    assert [one["role"] for one in replayed["messages"]] == ["system", "user"]
    assert replayed["differences"] == []
    assert replayed["messages"][1]["content"] == serving.chat.prompts[0][1].content


def test_replay_says_where_the_world_has_changed(
    learned: Cast, serving: FakeServing, capsys: pytest.CaptureFixture[str]
) -> None:
    (row,) = run(
        capsys, "ask", "--site", learned.shop.key, "Within how many days can I return any item?", "--json"
    )
    teach(learned.shop, [{**FACTS[0], "text": "You can return any item within 14 days."}])
    (replayed,) = run(capsys, "replay", row["trace_id"], "--json")
    assert "within 30 days" in replayed["messages"][1]["content"]
    assert replayed["differences"]


def test_a_sites_strictness_decides_and_is_told(
    learned: Cast, serving: FakeServing, capsys: pytest.CaptureFixture[str]
) -> None:
    Site.objects.filter(pk=learned.shop.pk).update(strictness="quotes", asks_judge=True)
    (row,) = run(
        capsys, "ask", "--site", learned.shop.key, "Within how many days can I return any item?", "--json"
    )
    (replayed,) = run(capsys, "replay", row["trace_id"], "--json")
    assert (replayed["check"]["strictness"], replayed["check"]["version"]) == (
        "quotes",
        default_support_fit().version,
    )
    Trial.objects.update(trace={**Trial.objects.get().trace, "check": {"version": "support-0"}})
    (replayed,) = run(capsys, "replay", row["trace_id"], "--json")
    assert any("support-0" in said for said in replayed["differences"])


def test_replay_of_what_is_not_there(transactional_db: None) -> None:
    with pytest.raises(CommandError, match="No answer"):
        call_command("replay", "00000000-0000-0000-0000-000000000000")


def test_answer_without_a_model_says_so(
    learned: Cast, serving: FakeServing, capsys: pytest.CaptureFixture[str]
) -> None:
    serving.is_down = True
    (row,) = run(
        capsys, "ask", "--site", learned.shop.key, "Within how many days can I return any item?", "--json"
    )
    assert (row["reason"], row["notice"]) == ("quoted_model_down", "model_unavailable")
    with pytest.raises(CommandError, match="no model was asked"):
        call_command("replay", row["trace_id"])
    assert Trial.objects.count() == 1


def test_demo_is_loaded_once_and_brought_up_to_date(
    transactional_db: None, knowledge: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = tmp_path / "shop"
    (shop / "documents").mkdir(parents=True)
    (shop / "documents" / "returns.md").write_text("# Returns\n\nWithin 30 days.")
    (shop / "site.toml").write_text(
        'name = "Shop"\nlocale = "en"\ndocuments = "documents"\ncolour = "#112233"\n'
        '[greeting]\nen = "Hello"\n[suggestions]\nen = ["Returns?"]\n'
        '[[people]]\nusername = "mei"\nname = "Mei"\nemail = "mei@shop.example"\nrole = "agent"\npassword = "demo-mei-1"\n'
    )
    arguments = ["load_demo", "--folder", str(tmp_path), "--json"]
    (first,) = run(capsys, *arguments)
    (second,) = run(capsys, *arguments)
    assert first == second
    (site,) = first["sites"]
    assert (site["site_key"], site["documents"], site["failed"]) == ("sd_demo_shop", 1, [])
    assert Member.objects.get().user.check_password("demo-mei-1")
    assert Site.objects.get().suggestions_in("en") == ["Returns?"]


def test_answers_outside_conversations_are_forgotten_after_a_month(cast: Cast) -> None:
    old, young = (
        Trial.objects.create(site=cast.shop, question=text, decision="answer", reason="supported")
        for text in ("old", "young")
    )
    Trial.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))
    tasks.forget_old_trials()
    assert list(Trial.objects.all()) == [young]

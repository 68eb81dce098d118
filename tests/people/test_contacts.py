"""What is kept of a customer: exported whole, and erased everywhere. Owner (admin), colleague, stranger."""

import json
import uuid
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.conversations.desk import finding
from apps.conversations.models import (
    Attachment,
    Contact,
    Conversation,
    Handoff,
    Member,
    Message,
    Rating,
    Site,
    Words,
)
from apps.gaps.models import Gap, GapQuestion
from apps.integrations.models import AccessToken, Receipt
from apps.knowledge.models import LabelledQuestion, QualityRun
from apps.people import data_jobs, keeping
from apps.people.models import DataJob
from apps.training import forgetting, snapshotting
from apps.training.models import Erasure, Job, TrainingRun
from apps.training.snapshotting import Source
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk, say
from tests.people.conftest import Ask, logged

NEVER = "Do you ship the wool blanket to Iceland?"


@pytest.fixture(autouse=True)
def folders(settings: Settings, tmp_path: Path) -> None:
    settings.TRAINING_DIR = tmp_path / "training"


@pytest.fixture
def admin(desk: Desk, as_person: LogIn) -> Client:
    return as_person(desk.people["admin"])


@pytest.fixture
def customer(desk: Desk) -> Contact:
    """Clara, of whom something is kept in every place."""
    conversation = desk.conversations["waiting"]
    clara = conversation.contact
    question = say(conversation, "contact", NEVER)
    say(conversation, "agent", "She is a collector; be kind.", author=desk.colleague, private=True)
    for row in conversation.messages.all():
        finding.index(row, site_id=desk.site.pk)
    Attachment.objects.create(
        conversation=conversation,
        message=question,
        sender="contact",
        file=ContentFile(b"%PDF-1.7", name="crack.pdf"),
        name="crack.pdf",
        kind="pdf",
        size=8,
    )
    Rating.objects.create(conversation=conversation, episode=1, part="assistant", score=2, comment="Slow.")
    Handoff.objects.filter(conversation=conversation).update(email="clara.private@example.org")
    ask_in_vain(desk.site, question)
    label(desk.site, question=NEVER)
    return clara


def ask_in_vain(site: Site, message: Message) -> None:
    gap = Gap.objects.create(site=site, name=message.text)
    GapQuestion.objects.create(
        site=site, gap=gap, message=message, text=message.text, language="en", asked_at=message.created_at
    )


def label(site: Site, **fields: Any) -> LabelledQuestion:
    return LabelledQuestion.objects.create(knowledge_base=site.knowledge_base, **fields)


def run_with(site: Site, contact: Contact, *, state: str, number: int = 1) -> TrainingRun:
    """A run whose files hold a row of the contact and one of somebody else."""
    run = TrainingRun.objects.create(
        site=site, number=number, profile="home", state=state, steps={"snapshot": {"seconds": 1}}
    )
    theirs = contact.conversations.get()
    rows = [
        {"id": f"{theirs.pk}-1", "contact": str(contact.pk), "text": NEVER},
        {"id": "another", "text": "x"},
    ]
    for name in ("dataset/snapshot.jsonl", "dataset/cleaned/sft.jsonl", "evaluation/challenger.jsonl"):
        path = run.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return run


def work() -> DataJob:
    """A worker does what was asked for last."""
    job = DataJob.objects.latest("created_at")
    data_jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.reason) == ("done", "")
    return job


# --- Looking up ---------------------------------------------------------------------------------------------------------


def test_customers_are_found_by_name_address_and_number(desk: Desk, admin: Client, customer: Contact) -> None:
    address = reverse("contacts", args=[desk.site.pk])
    for text in ("clara", "CLARA@example.org", customer.external_id, str(customer.pk)):
        page = admin.get(address, {"q": text}).content.decode()
        assert "Clara Hoffmann" in page
        assert "王小雨" not in page
    assert "Nobody found." in admin.get(address, {"q": "\x00'; DROP"}).content.decode()
    theirs = Contact.objects.create(site=desk.other_site, name="Clara Elsewhere")
    assert theirs.name not in admin.get(address).content.decode()


def test_a_customers_page_shows_names_as_text(desk: Desk, admin: Client, customer: Contact) -> None:
    bad = "<img onerror=x>{{7*7}}" + "长" * 150
    Contact.objects.filter(pk=customer.pk).update(name=bad, attributes={bad[:40]: bad, "paid": False})
    pane = reverse("context", args=[desk.site.pk, desk.conversations["waiting"].pk])
    for place in (reverse("contact", args=[desk.site.pk, customer.pk]), pane):
        page = admin.get(place).content.decode()
        assert "<img onerror" not in page
        assert "{{7*7}}" in page
        assert "<bdi>paid</bdi></dt>" in page
        assert "<bdi>No</bdi>" in page


def test_only_admins_are_led_there_from_a_conversation(desk: Desk, admin: Client, as_person: LogIn) -> None:
    conversation = desk.conversations["waiting"]
    place = reverse("context", args=[desk.site.pk, conversation.pk])
    link = reverse("contact", args=[desk.site.pk, conversation.contact_id])
    assert link in admin.get(place).content.decode()
    assert link not in as_person(desk.colleague).get(place).content.decode()


# --- Export -------------------------------------------------------------------------------------------------------------


def test_the_export_holds_everything_that_is_kept(
    desk: Desk, admin: Client, customer: Contact, post: Ask
) -> None:
    run_with(desk.site, customer, state=Job.State.DONE)
    Contact.objects.filter(pk=customer.pk).update(attributes={"plan": "gold"})
    post(admin, "export_contact", customer.pk)
    job = work()
    answer = admin.get(reverse("export_file", args=[desk.site.pk, job.pk]))
    assert answer["Content-Disposition"].startswith('attachment; filename="customer-')
    text = b"".join(answer.streaming_content).decode()
    kept = json.loads(text)
    assert kept["contact"]["email"] == "clara@example.org"
    assert kept["contact"]["attributes"] == {"plan": "gold"}
    (conversation,) = kept["contact"]["conversations"]
    assert conversation["ratings"][0]["comment"] == "Slow."
    assert conversation["handoffs"][0]["email"] == "clara.private@example.org"
    said = {message["text"]: message for message in conversation["messages"]}
    assert said[NEVER]["gap_question"]["text"] == NEVER
    (attachment,) = said[NEVER]["attachments"]
    assert (attachment["name"], b64decode(attachment["file"])) == ("crack.pdf", b"%PDF-1.7")
    assert said["She is a collector; be kind."]["author"] == "子涵"
    assert any("citations" in message for message in conversation["messages"])
    assert [row["question"] for row in kept["labelled_questions"]] == [NEVER]
    assert kept["training_runs"] == [1]
    assert "王小雨" not in text
    assert logged(desk.site) == [
        ("Amara Okafor", kind, str(customer.pk)) for kind in ("contact_exported", "export_taken")
    ]


# --- Erasure ------------------------------------------------------------------------------------------------------------


def erase(post: Ask, admin: Client, contact: Contact) -> Any:
    answer = post(admin, "erase_contact", contact.pk, sure="yes")
    if answer.status_code == 302:
        work()
    return answer


@pytest.mark.django_db(transaction=True)
def test_an_erased_customer_is_nowhere_any_more_and_others_stay(
    desk: Desk, admin: Client, customer: Contact, post: Ask
) -> None:
    others = Message.objects.exclude(conversation__contact=customer).count()
    (file,) = keeping.files_of(customer)
    assert file.storage.exists(file.name)
    answer = erase(post, admin, customer)
    assert answer.url == reverse("data_jobs", args=[desk.site.pk])
    page = admin.get(answer.url).content.decode()
    assert str(customer.pk) in page
    assert "Clara" not in page
    assert not Contact.objects.filter(pk=customer.pk).exists()
    assert not Conversation.objects.filter(contact_id=customer.pk).exists()
    assert Message.objects.count() == others
    assert not file.storage.exists(file.name)
    assert not Words.objects.filter(words__contains="iceland").exists()
    member = Member.objects.get(site=desk.site, user=desk.people["admin"])
    assert not finding.found_in(member, "iceland").exists()
    assert not Gap.objects.filter(site=desk.site).exists()
    assert not LabelledQuestion.objects.exists()
    entries = logged(desk.site)
    assert entries == [("Amara Okafor", "contact_erased", str(customer.pk))]
    assert "Clara" not in str(entries)
    assert post(admin, "erase_contact", customer.pk, sure="yes").status_code == 404


def test_without_the_tick_nobody_is_erased(desk: Desk, admin: Client, customer: Contact, post: Ask) -> None:
    answer = post(admin, "erase_contact", customer.pk)
    assert answer.status_code == 422
    assert "Tick the box first" in answer.content.decode()
    assert Contact.objects.filter(pk=customer.pk).exists()


def test_colleagues_and_strangers_neither_read_nor_erase(
    desk: Desk, customer: Contact, post: Ask, as_person: LogIn
) -> None:
    for who, status in ((desk.colleague, 403), (desk.people["operator"], 403), (desk.stranger, 404)):
        client = as_person(who)
        assert client.get(reverse("contact", args=[desk.site.pk, customer.pk])).status_code == status
        assert post(client, "export_contact", customer.pk).status_code == status
        assert erase(post, client, customer).status_code == status
    theirs = as_person(desk.stranger).post(
        reverse("erase_contact", args=[desk.other_site.pk, customer.pk]), {"sure": "yes"}
    )
    assert theirs.status_code == 404
    assert Contact.objects.filter(pk=customer.pk).exists()


def test_a_group_of_questions_loses_theirs_and_is_named_by_another(
    desk: Desk, admin: Client, customer: Contact, post: Ask
) -> None:
    gap = Gap.objects.get(name=NEVER)
    other = say(desk.conversations["resolved"], "contact", "Is Iceland on your list?")
    GapQuestion.objects.create(
        site=desk.site, gap=gap, message=other, text=other.text, language="en", asked_at=other.created_at
    )
    erase(post, admin, customer)
    gap.refresh_from_db()
    assert gap.name == "Is Iceland on your list?"
    assert gap.questions.count() == 1


def test_labelled_questions_go_that_carry_their_words_and_reports_name_them_no_more(
    desk: Desk, admin: Client, customer: Contact, post: Ask
) -> None:
    own = LabelledQuestion.objects.get()
    history = [{"role": "user", "content": "Thanks, it is order 48213."}]
    label(desk.site, question="When does it come?", history=history)
    label(desk.site, question="Write to clara@example.org please")
    kept = label(desk.site, question="How long is the warranty?")
    label(desk.other_site, question=NEVER)
    misses = [{"id": str(own.pk), "question": NEVER}, {"id": str(kept.pk), "question": kept.question}]
    run = QualityRun.objects.create(
        knowledge_base=desk.site.knowledge_base, kind="fit", report={"before": {"misses": misses}}
    )
    erase(post, admin, customer)
    assert list(LabelledQuestion.objects.filter(knowledge_base=desk.site.knowledge_base)) == [kept]
    assert LabelledQuestion.objects.filter(knowledge_base=desk.other_site.knowledge_base).count() == 1
    run.refresh_from_db()
    assert run.report == {"before": {"misses": misses[1:]}}


def test_answers_kept_for_repeated_requests_go(
    desk: Desk, admin: Client, customer: Contact, post: Ask
) -> None:
    member = Member.objects.get(site=desk.site, user=desk.people["admin"])
    token = AccessToken.objects.create(site=desk.site, name="Shop", hash="x", beginning="x", member=member)
    Receipt.objects.create(token=token, key="1", request="x", body=f'{{"contact_id": "{customer.pk}"}}')
    Receipt.objects.create(token=token, key="2", request="x", body="{}")
    erase(post, admin, customer)
    assert [row.key for row in Receipt.objects.all()] == ["2"]


# --- Datasets -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[uuid.UUID]]:
    bells: list[uuid.UUID] = []
    monkeypatch.setattr("apps.conversations.live.bells.ring", lambda name, id: bells.append(id))
    return bells  # type: ignore[return-value] # the list is the fixture


@pytest.mark.django_db(transaction=True)
def test_rows_of_finished_runs_are_cut_out(
    desk: Desk, admin: Client, customer: Contact, post: Ask, rung: list[uuid.UUID]
) -> None:
    run = run_with(desk.site, customer, state=Job.State.DONE)
    untouched = run_with(desk.other_site, customer, state=Job.State.DONE)
    erase(post, admin, customer)
    assert rung == [DataJob.objects.get().pk, Erasure.objects.get().pk]
    forgetting.cut_out(rung[1])
    for path in run.folder.rglob("*.jsonl"):
        assert [json.loads(line)["id"] for line in path.read_text().splitlines()] == ["another"]
    assert NEVER in (untouched.folder / "dataset" / "snapshot.jsonl").read_text()
    run.refresh_from_db()
    assert (run.state, run.steps) == (Job.State.DONE, {"snapshot": {"seconds": 1}})
    erasure = Erasure.objects.get()
    assert erasure.done_at is not None
    assert erasure.conversations == []
    assert forgetting.due() == []


@pytest.mark.parametrize("state", [Job.State.RUNNING, Job.State.PENDING, Job.State.FAILED])
def test_a_run_that_is_not_finished_collects_its_conversations_anew(
    desk: Desk, admin: Client, customer: Contact, post: Ask, state: str
) -> None:
    run = run_with(desk.site, customer, state=state)
    (run.folder / "step.pid").write_text("1")
    erase(post, admin, customer)
    erasure = Erasure.objects.get()
    forgetting.cut_out(erasure.pk)
    run.refresh_from_db()
    assert run.state in (Job.State.CANCELLED, Job.State.FAILED)
    assert run.steps == {}
    assert not list(run.folder.rglob("*.jsonl"))
    erasure.refresh_from_db()
    assert erasure.done_at is None  # its process may still write
    (run.folder / "step.pid").unlink()
    forgetting.cut_out(erasure.pk)
    erasure.refresh_from_db()
    assert erasure.done_at is not None


def test_a_snapshot_holds_nobody_who_is_erased(desk: Desk, tmp_path: Path) -> None:
    """Not even one whose rows came back with an old copy of the database."""
    conversation = desk.conversations["resolved"]
    source, path = Source(consent="not_refused"), tmp_path / "snapshot.jsonl"
    assert snapshotting.write_snapshot(desk.site, path, source=source).rows == 1
    Erasure.objects.create(site=desk.site, contact_id=conversation.contact_id)
    taken = snapshotting.write_snapshot(desk.site, path, source=source)
    assert (taken.rows, taken.left_out["erased"]) == (0, 1)


# --- Tables that come later ---------------------------------------------------------------------------------------------


def test_whatever_hangs_on_a_customer_is_found_by_its_foreign_key(customer: Contact) -> None:
    """So a table that comes later is exported, and its files are removed, without being named here."""
    rows = {type(row).__name__ for row in keeping.rows_below([customer], seen=set())}
    assert {"Contact", "Conversation", "Message", "Citation", "Handoff", "Rating", "GapQuestion"} <= rows
    assert "Words" not in rows  # a copy of the messages' texts

"""Exports and erasures as jobs: asked for, done once, resumed after a kill, offered for a day to the one who asked."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from apps.conversations.models import Contact, Conversation, Member
from apps.people import contacts, data_jobs, tasks
from apps.people.models import DataJob
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk, make_person, start
from tests.people.conftest import Ask, logged

State = DataJob.State
WHO = "Amara Okafor"


class Killed(BaseException):
    """Nothing of ours hears of it."""


@pytest.fixture(autouse=True)
def folders(settings: Settings, tmp_path: Path) -> None:
    settings.TRAINING_DIR, settings.MEDIA_ROOT = tmp_path / "training", tmp_path / "uploads"


@pytest.fixture
def admin(desk: Desk, as_person: LogIn) -> Client:
    return as_person(desk.people["admin"])


@pytest.fixture
def customer(desk: Desk) -> Contact:
    return desk.conversations["waiting"].contact


def ask(desk: Desk, customer: Contact, kind: str = "export", *, who: str = "admin") -> DataJob:
    by = Member.objects.get(site=desk.site, user=desk.people[who])
    return data_jobs.ask(customer, kind=kind, by=by, address="192.0.2.1")


def fresh(job: DataJob) -> DataJob:
    return DataJob.objects.get(pk=job.pk)


def files(settings: Settings) -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).glob("exports/**/*") if path.is_file()]


def killed_in(module: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*args: object, **others: object) -> None:
        raise Killed

    monkeypatch.setattr(module, name, die)


def lapse(job: DataJob) -> None:
    """Its worker is gone for so long that another may have it."""
    DataJob.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


# --- Asking, and taking -------------------------------------------------------------------------------------------------


def test_what_is_asked_for_twice_is_one_job(desk: Desk, customer: Contact) -> None:
    job = ask(desk, customer)
    assert ask(desk, customer) == job
    assert ask(desk, customer, "erasure") != job
    data_jobs.run(job.pk)
    assert ask(desk, customer) != job


def test_the_page_tells_how_far_it_is_and_offers_the_file_to_who_asked(
    desk: Desk, admin: Client, customer: Contact, post: Ask, as_person: LogIn
) -> None:
    page, part = (reverse(name, args=[desk.site.pk]) for name in ("data_jobs", "data_job_list"))
    assert "Nothing was asked for yet." in admin.get(page).content.decode()
    assert post(admin, "export_contact", customer.pk).url == page
    job = DataJob.objects.get()
    assert "Waiting" in admin.get(part).content.decode()
    DataJob.objects.update(state=State.RUNNING, done=1, total=3)
    assert '<progress max="3" value="1"' in admin.get(part).content.decode()
    DataJob.objects.update(state=State.PENDING)
    data_jobs.run(job.pk)
    address = reverse("export_file", args=[desk.site.pk, job.pk])
    assert address in admin.get(part).content.decode()
    other = as_person(make_person("another", site=desk.site, role="admin"))
    assert address not in other.get(part).content.decode()
    assert other.get(address).status_code == 404
    assert as_person(desk.colleague).get(address).status_code == 403
    assert as_person(desk.stranger).get(address).status_code == 404
    kept = json.loads(b"".join(admin.get(address).streaming_content))
    assert kept["contact"]["name"] == customer.name


def test_after_a_day_the_file_is_gone(
    desk: Desk, admin: Client, customer: Contact, settings: Settings
) -> None:
    job = ask(desk, customer)
    data_jobs.run(job.pk)
    assert len(files(settings)) == 1
    address = reverse("export_file", args=[desk.site.pk, job.pk])
    DataJob.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert admin.get(address).status_code == 404
    assert "The file is gone." in admin.get(reverse("data_jobs", args=[desk.site.pk])).content.decode()
    tasks.sweep_data_jobs()
    assert files(settings) == []


@pytest.mark.django_db(transaction=True)
def test_an_erased_customer_is_in_no_file_that_was_exported_before(
    desk: Desk, customer: Contact, settings: Settings
) -> None:
    finished = ask(desk, customer)
    data_jobs.run(finished.pk)
    waiting = ask(desk, customer)
    data_jobs.run(ask(desk, customer, "erasure").pk)
    assert files(settings) == []
    assert not fresh(finished).is_offered
    assert (fresh(waiting).state, fresh(waiting).reason) == ("failed", "gone")
    assert not Contact.objects.filter(pk=customer.pk).exists()


# --- Cut off ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["export", "erasure"])
def test_a_job_that_was_killed_is_done_by_the_next_worker_and_once(
    desk: Desk, customer: Contact, monkeypatch: pytest.MonkeyPatch, settings: Settings, kind: str
) -> None:
    job = ask(desk, customer, kind)
    with monkeypatch.context() as cut:
        killed_in(data_jobs, "_close", cut)  # at the very end, when all but the last word is written
        with pytest.raises(Killed):
            data_jobs.run(job.pk)
    assert Contact.objects.filter(pk=customer.pk).exists()
    assert logged(desk.site) == []
    data_jobs.run(job.pk)  # the lease still holds
    assert fresh(job).state == State.RUNNING
    lapse(job)
    DataJob.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    assert data_jobs.due_jobs() == [job.pk]
    data_jobs.run(job.pk)
    assert (fresh(job).state, fresh(job).attempt) == (State.DONE, 2)
    assert len(files(settings)) == (kind == "export")
    assert Contact.objects.filter(pk=customer.pk).exists() == (kind == "export")
    entry = "contact_exported" if kind == "export" else "contact_erased"
    assert logged(desk.site) == [(WHO, entry, str(customer.pk))]


def test_one_who_is_killed_three_times_ends_with_a_sentence(
    desk: Desk, admin: Client, customer: Contact, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    job = ask(desk, customer)
    killed_in(contacts, "_beside", monkeypatch)
    for _ in range(DataJob.MAX_TRIES):
        with pytest.raises(Killed):
            data_jobs.run(job.pk)
        lapse(job)
    data_jobs.run(job.pk)
    tasks.sweep_data_jobs()
    assert (fresh(job).state, fresh(job).attempt) == (State.FAILED, 3)
    page = admin.get(reverse("data_jobs", args=[desk.site.pk])).content.decode()
    assert "It was begun three times and never ended." in page
    assert files(settings) == []


def test_a_worker_that_was_thought_dead_writes_nothing_any_more(
    desk: Desk, customer: Contact, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """Another has taken the job over while it was still at it, and is done."""
    for number in range(2):
        Conversation.objects.create(site=desk.site, contact=customer, last_seq=number)
    job = ask(desk, customer)
    whole = contacts.exported

    def slowly(contact: Contact, *, tick: contacts.Tick) -> Iterator[str]:
        monkeypatch.setattr(contacts, "exported", whole)
        for part in whole(contact, tick=lambda done, total: None):
            if fresh(job).attempt == 1:
                lapse(job)
                data_jobs.run(job.pk)
            yield part

    monkeypatch.setattr(contacts, "exported", slowly)
    data_jobs.run(job.pk)
    assert (fresh(job).state, fresh(job).attempt) == (State.DONE, 2)
    (file,) = files(settings)
    assert default_storage.path(fresh(job).file) == str(file)
    assert logged(desk.site) == [(WHO, "contact_exported", str(customer.pk))]


def test_what_goes_wrong_is_tried_again_soon(
    desk: Desk, customer: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ask(desk, customer)
    with monkeypatch.context() as away:
        away.setattr(default_storage, "save", lambda *args: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            data_jobs.run(job.pk)
    assert fresh(job).lease_until < timezone.now() + timedelta(seconds=30)
    lapse(job)
    data_jobs.run(job.pk)
    assert fresh(job).state == State.DONE


def test_a_job_for_somebody_who_is_gone_says_so(desk: Desk, admin: Client, customer: Contact) -> None:
    job = ask(desk, customer, "erasure")
    customer.delete()
    data_jobs.run(job.pk)
    assert fresh(job).state == State.FAILED
    page = admin.get(reverse("data_jobs", args=[desk.site.pk])).content.decode()
    assert "This customer is erased already." in page


def test_nobody_is_exported_at_another_site(desk: Desk, post: Ask, admin: Client) -> None:
    theirs = start(desk.other_site, name="Their customer").contact
    assert post(admin, "export_contact", theirs.pk).status_code == 404
    job = ask(desk, theirs)
    data_jobs.run(job.pk)
    assert (fresh(job).state, fresh(job).reason) == (State.FAILED, "gone")

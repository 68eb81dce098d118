"""The log of who did what: it is added to, in the transaction of what it records, and never changed."""

import uuid

import pytest
from django.db import DatabaseError, connection, transaction

from apps.accounts.models import User
from apps.audit.kinds import Kind
from apps.audit.models import Entry
from apps.audit.queries import Filter, entries_of, people_in
from apps.audit.recording import record

SITE, OTHER = uuid.uuid4(), uuid.uuid4()
pytestmark = pytest.mark.django_db


def test_an_entry_is_never_changed_and_never_deleted() -> None:
    entry = record(Kind.INVITED, site_id=SITE, subject="mei@example.org")
    for attempt in (entry.save, entry.delete, Entry.objects.all().delete):
        with pytest.raises(TypeError):
            attempt()
    with pytest.raises(TypeError):
        Entry.objects.update(subject="somebody else")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET subject = 'somebody else'")
    assert Entry.objects.get().subject == "mei@example.org"


def test_what_was_not_done_is_not_recorded() -> None:
    @transaction.atomic
    def half_done() -> None:
        record(Kind.INVITED, site_id=SITE)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        half_done()
    assert not Entry.objects.exists()


def test_an_entry_outlives_the_person_that_it_names() -> None:
    mei = User.objects.create_user("mei", first_name="Mei", last_name="Lin")
    record(Kind.ROLE_CHANGED, site_id=SITE, by=mei)
    mei.delete()
    assert Entry.objects.get().who == "Mei Lin"


def test_the_log_of_a_site_is_filtered_by_person_kind_and_day_and_shows_no_other_site() -> None:
    mei, jon = User.objects.create_user("mei"), User.objects.create_user("jon")
    record(Kind.INVITED, site_id=SITE, by=mei)
    last = record(Kind.JOINED, site_id=SITE, by=jon)
    record(Kind.INVITED, site_id=OTHER, by=mei)
    assert [one.kind for one in entries_of(SITE)] == ["joined", "invited"]
    assert [one.who for one in entries_of(SITE, chosen=Filter(person=mei.pk))] == ["mei"]
    assert entries_of(SITE, chosen=Filter(kind="joined")).get() == last
    assert entries_of(SITE, chosen=Filter(day=last.at.date())).count() == 2
    assert people_in(SITE) == [(jon.pk, "jon"), (mei.pk, "mei")]


def test_text_that_is_too_long_or_cannot_be_stored_is_cut() -> None:
    entry = record("a_new_kind", site_id=None, subject="a\x00" + "b" * 400, detail="c" * 9_000)
    assert (len(entry.subject), len(entry.detail), entry.what, entry.who) == (
        300,
        2_000,
        "a_new_kind",
        "SeekDesk",
    )

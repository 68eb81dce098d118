"""FAQs in the dashboard: written in both languages, kept as drafts or live, and never lost between two editors."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from apps.knowledge.models import Faq, IndexJob
from apps.knowledge.sentences import SENTENCES
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk

FORM = {
    "question_en": "Can a lamp be repaired?",
    "answer_en": "Yes.",
    "aliases_en": "Do you fix lamps?\n\nLamp broken\r\n",
    "question_zh": "台灯可以维修吗？",
    "answer_zh": "可以。",
}


@pytest.fixture
def operator(desk: Desk, as_person: LogIn) -> Client:
    return as_person(desk.people["operator"])


def post(client: Client, desk: Desk, name: str, *ids: object, **form: object) -> object:
    return client.post(reverse(name, args=[desk.site.pk, *ids]), form)


def page_of(client: Client, desk: Desk, **query: str) -> str:
    return client.get(reverse("faq_list", args=[desk.site.pk]), query).content.decode()


def test_an_empty_list_tells_what_to_do_next(operator: Client, desk: Desk) -> None:
    assert "Begin with what customers ask most." in page_of(operator, desk)


def test_one_is_written_in_both_languages_and_goes_live(operator: Client, desk: Desk) -> None:
    post(operator, desk, "add_faq", **FORM, state="live")
    faq = Faq.objects.get()
    assert (faq.state, faq.updated_by) == ("live", desk.people["operator"])
    assert faq.aliases_en == ["Do you fix lamps?", "Lamp broken"]
    assert IndexJob.objects.filter(upload__name=f"faq/{faq.pk}.jsonl").exists()
    assert "Can a lamp be repaired?" in page_of(operator, desk, q="维修", state="live")
    documents = operator.get(reverse("document_list", args=[desk.site.pk])).content.decode()
    assert f"faq:{faq.pk}" not in documents


def test_a_draft_is_kept_without_a_job(operator: Client, desk: Desk) -> None:
    post(operator, desk, "add_faq", question_en="Later?", state="draft")
    assert Faq.objects.get().state == "draft"
    assert not IndexJob.objects.filter(upload__origin="faq").exists()


def test_a_form_that_is_refused_keeps_what_was_typed(operator: Client, desk: Desk) -> None:
    answer = post(operator, desk, "add_faq", question_en="Only a question", state="live")
    assert answer.status_code == 422
    assert "Only a question" in answer.content.decode()
    assert "Each question needs an answer in its language" in answer.content.decode()


def test_the_second_editor_is_told_and_loses_nothing(operator: Client, desk: Desk, as_person: LogIn) -> None:
    post(operator, desk, "add_faq", **FORM, state="live")
    faq = Faq.objects.get()
    admin = as_person(desk.people["admin"])
    post(admin, desk, "save_faq", faq.pk, **FORM | {"answer_en": "Theirs."}, state="live", version=1)
    mine = FORM | {"answer_en": "Mine."}
    told = post(operator, desk, "save_faq", faq.pk, **mine, state="live", version=1)
    assert told.status_code == 409
    page = told.content.decode()
    assert "Amara Okafor saved this question while you were editing it." in page
    assert "Mine." in page
    faq.refresh_from_db()
    assert faq.answer_en == "Theirs."
    post(operator, desk, "save_faq", faq.pk, **mine, state="live", version=2)
    faq.refresh_from_db()
    assert (faq.answer_en, faq.version) == ("Mine.", 3)


def test_what_was_written_stays_when_the_question_was_deleted_meanwhile(operator: Client, desk: Desk) -> None:
    post(operator, desk, "add_faq", **FORM, state="live")
    faq = Faq.objects.get()
    post(operator, desk, "delete_faq", faq.pk)
    told = post(operator, desk, "save_faq", faq.pk, **FORM | {"answer_en": "Mine."}, state="live", version=1)
    page = told.content.decode()
    assert told.status_code == 404
    assert "This question was deleted while you were editing it." in page
    assert "Mine." in page
    assert f'action="{reverse("add_faq", args=[desk.site.pk])}"' in page


def test_why_one_was_not_indexed_is_told_in_the_readers_language(operator: Client, desk: Desk) -> None:
    post(operator, desk, "add_faq", **FORM, state="live")
    faq = Faq.objects.get()
    failed = {"state": "failed", "reason_code": "file_gone", "reason": "Gone."}
    IndexJob.objects.filter(upload__name=f"faq/{faq.pk}.jsonl").update(**failed)
    operator.cookies["django_language"] = "zh-hans"
    page = operator.get(reverse("faq", args=[desk.site.pk, faq.pk])).content.decode()
    assert "Gone." not in page
    with translation.override("zh-hans"):
        assert str(SENTENCES["file_gone"]) in page


def test_one_is_deleted(operator: Client, desk: Desk) -> None:
    post(operator, desk, "add_faq", **FORM, state="live")
    post(operator, desk, "delete_faq", Faq.objects.get().pk)
    assert not Faq.objects.exists()
    assert not IndexJob.objects.filter(upload__origin="faq", state="pending").exists()


def test_lists_and_pages_tell_when_one_is_indexed(operator: Client, desk: Desk) -> None:
    post(operator, desk, "add_faq", **FORM, state="live")
    faq = Faq.objects.get()
    rows = reverse("faq_rows", args=[desk.site.pk])
    state = reverse("faq_state", args=[desk.site.pk, faq.pk])
    page = operator.get(reverse("faq", args=[desk.site.pk, faq.pk])).content.decode()
    assert "It is being indexed." in page
    assert state in page
    assert "Being indexed" in page_of(operator, desk)
    assert rows in operator.get(rows).content.decode()
    IndexJob.objects.update(state="failed", reason_code="worker_lost")
    assert "Could not be indexed" in operator.get(state).content.decode()
    assert str(SENTENCES["worker_lost"])[:30] in operator.get(rows).content.decode()
    job = IndexJob.objects.get(upload__name=f"faq/{faq.pk}.jsonl")
    assert reverse("retry_job", args=[desk.site.pk, job.pk]) in operator.get(state).content.decode()
    assert job.upload.name not in operator.get(reverse("documents", args=[desk.site.pk])).content.decode()
    again = post(operator, desk, "retry_job", job.pk)
    assert again["Location"] == reverse("faq_list", args=[desk.site.pk])
    job.refresh_from_db()
    assert job.is_open
    IndexJob.objects.update(state="done")
    for address in (rows, state):
        settled = operator.get(address).content.decode()
        assert address not in settled
        assert "indexed" not in settled

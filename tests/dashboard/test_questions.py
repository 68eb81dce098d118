"""Labelled questions in the dashboard: the list, one of them, files in and out, measurements and fits."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.knowledge.models import FittedFile, KnowledgeBase, LabelledQuestion, QualityRun
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk

FIGURES = {"questions": 2, "answerable": 1, "hit_1": 0.5, "hit_5": 1.0, "mrr": 0.7, "ndcg": 0.8}
FIGURES |= {"refused_rightly": 1.0, "refused_wrongly": 0.1, "auroc": None}


@pytest.fixture
def operator(desk: Desk, as_person: LogIn, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr("apps.knowledge.tasks.ring_run", lambda run_id: None)
    return as_person(desk.people["operator"])


def page_of(client: Client, desk: Desk, **query: str) -> str:
    return client.get(reverse("labelled_questions", args=[desk.site.pk]), query).content.decode()


def post(client: Client, desk: Desk, name: str, *ids: object, **form: object) -> object:
    return client.post(reverse(name, args=[desk.site.pk, *ids]), form)


def measured(base: KnowledgeBase, **changes: object) -> QualityRun:
    overall = {**FIGURES, **changes}
    report = {"overall": overall, "by_language": {"en": overall}, "by_label": {"–": overall}, "misses": []}
    return QualityRun.objects.create(
        knowledge_base=base, kind="measure", state="done", report=report, fit_version="home-1"
    )


def test_an_empty_list_tells_what_to_do_next(operator: Client, desk: Desk) -> None:
    page = page_of(operator, desk)
    assert "There are no labelled questions yet." in page
    assert reverse("hit_test", args=[desk.site.pk]) in page


def test_a_question_is_added_edited_and_deleted(operator: Client, desk: Desk) -> None:
    post(operator, desk, "add_question", question="Can I return it?", right="returns-en.md", label="returns")
    row = LabelledQuestion.objects.get()
    assert (row.right, row.label, row.language) == (["returns-en.md"], "returns", "en")
    assert "Can I return it?" in page_of(operator, desk, label="returns")
    assert "No question matches." in page_of(operator, desk, label="other")
    post(operator, desk, "save_question", row.pk, question="Until when?", right="", earlier="Lamp?\n> Yes.")
    row.refresh_from_db()
    assert (row.question, row.right) == ("Until when?", [])
    assert [said["role"] for said in row.history] == ["user", "assistant"]
    post(operator, desk, "delete_question", row.pk)
    assert not LabelledQuestion.objects.exists()


def test_a_form_that_is_refused_keeps_what_was_typed(operator: Client, desk: Desk) -> None:
    answer = post(operator, desk, "add_question", question="Mine?", right="nowhere.md")
    assert answer.status_code == 422
    assert "There is no document “nowhere.md”." in answer.content.decode()
    assert "Mine?" in answer.content.decode()


def test_a_file_goes_in_and_comes_out(operator: Client, desk: Desk) -> None:
    file = SimpleUploadedFile("q.jsonl", '{"question": "退货？", "right": ["returns-zh.md"]}\n'.encode())
    assert post(operator, desk, "import_questions", file=file).status_code == 302
    answer = operator.get(reverse("export_questions", args=[desk.site.pk]))
    assert "退货？" in b"".join(answer.streaming_content).decode()
    assert "attachment" in answer["Content-Disposition"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty."),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b'{"question": "a", "right": []}\n{', "Line 2: This is not valid JSON."),
    ],
)
def test_a_broken_file_is_told_by_line_and_reason(
    operator: Client, desk: Desk, content: bytes, sentence: str
) -> None:
    answer = post(operator, desk, "import_questions", file=SimpleUploadedFile("q.jsonl", content))
    assert answer.status_code == 422
    assert sentence in answer.content.decode() or not content
    assert not LabelledQuestion.objects.exists()


def test_figures_are_held_against_the_last_run(operator: Client, desk: Desk) -> None:
    measured(desk.site.knowledge_base)
    measured(desk.site.knowledge_base, hit_1=0.75, refused_wrongly=0.2)
    page = page_of(operator, desk)
    assert "0.750" in page
    assert page.count(">better<") == 1
    assert page.count(">worse<") == 1


def test_a_run_is_started_shown_and_stopped(operator: Client, desk: Desk) -> None:
    LabelledQuestion.objects.create(knowledge_base=desk.site.knowledge_base, question="Lisbon?")
    post(operator, desk, "start_quality_run", kind="measure")
    run = QualityRun.objects.get()
    QualityRun.objects.update(state="running", done=3, total=9)
    assert "3 / 9" in page_of(operator, desk)
    post(operator, desk, "stop_quality_run", run.pk)
    run.refresh_from_db()
    assert run.state == "cancelled"


def test_without_questions_nothing_is_measured_and_it_says_why(operator: Client, desk: Desk) -> None:
    answer = operator.post(
        reverse("start_quality_run", args=[desk.site.pk]), {"kind": "measure"}, follow=True
    )
    assert "There are no labelled questions yet. Add or import some first." in answer.content.decode()


def test_a_fit_is_applied_and_taken_back(operator: Client, desk: Desk) -> None:
    base = desk.site.knowledge_base
    figures = {"ndcg": 0.7, "hit_1": 0.6, "brier": 0.2, "auroc": 0.8}
    values = {"dense_weight": 0.5, "refuse_below": 0.0, "word_for_word_from": 0.8}
    report = {
        "before": {**figures, "fit": values},
        "after": {**figures, "ndcg": 0.8, "fit": values},
        "questions": 40,
    }
    run = QualityRun.objects.create(knowledge_base=base, kind="fit", state="done", report=report)
    content = {"version": "own-1", "dense_weight": 0.5, "cosine_span": 0.5, "widening": 0.5, "relevance": {}}
    fitted = FittedFile.objects.create(knowledge_base=base, run=run, version="own-1", content=content)
    assert "own-1" in page_of(operator, desk)
    post(operator, desk, "apply_fit", fitted.pk)
    assert "Go back to the shipped fit" in page_of(operator, desk)
    post(operator, desk, "revert_fit")
    assert "Go back to the shipped fit" not in page_of(operator, desk)


def test_a_failed_run_says_what_to_do(operator: Client, desk: Desk) -> None:
    QualityRun.objects.create(
        knowledge_base=desk.site.knowledge_base, kind="fit", state="failed", reason="too_few:3:20"
    )
    assert "at least 20 labelled questions that have an answer; there are 3." in page_of(operator, desk)

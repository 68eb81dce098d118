"""Labelled questions are kept and read; measurements count what is true; a fit is proposed, applied and taken back."""

import json
import uuid

import pytest

from apps.knowledge.models import FittedFile, KnowledgeBase, LabelledQuestion, QualityRun
from apps.knowledge.quality import running
from apps.knowledge.quality import services as quality
from apps.knowledge.quality.labelling import BadLabels, Label, export_labels, import_labels, mark, save_label
from apps.knowledge.quality.tasks import do_run
from apps.knowledge.searching import fit_of, search
from retrieval import DEFAULT_FIT
from tests.knowledge.conftest import index, rows

THINGS = ("lamp", "wool blanket", "kettle", "desk", "chair", "mirror", "carpet")
DEEDS = ("returned", "repaired", "washed")


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.knowledge.tasks.ring_run", lambda run_id: None)


@pytest.fixture
def shop(base: KnowledgeBase) -> KnowledgeBase:
    """21 articles, a question to each, and five questions that nothing answers."""
    articles = [(thing, deed) for thing in THINGS for deed in DEEDS]
    index(
        base,
        rows(
            *(
                {
                    "id": f"{thing}-{deed}",
                    "title": thing,
                    "text": f"The {thing} can be {deed} within {n} days.",
                }
                for n, (thing, deed) in enumerate(articles, start=10)
            )
        ),
        name="articles.jsonl",
    )
    for thing, deed in articles:
        save_label(
            base, Label(question=f"Can the {thing} be {deed}?", right=(f"{thing}-{deed}",), label=deed)
        )
    for n in range(5):
        save_label(base, Label(question=f"Who won the football match of season {n} in Lisbon?"))
    return base


def run(base: KnowledgeBase, kind: QualityRun.Kind) -> QualityRun:
    started = quality.start_run(base, kind=kind)
    do_run(str(started.pk))
    started.refresh_from_db()
    return started


def test_a_measurement_counts_what_is_found_and_what_is_refused(shop: KnowledgeBase) -> None:
    done = run(shop, QualityRun.Kind.MEASURE)
    assert (done.state, done.done, done.total) == ("done", 26, 26)
    overall = done.report["overall"]
    assert (overall["questions"], overall["answerable"]) == (26, 21)
    assert overall["hit_1"] > 0.9
    assert overall["hit_1"] <= overall["hit_5"] <= 1
    assert overall["refused_rightly"] == 1
    assert overall["auroc"] > 0.9
    assert set(done.report["by_label"]) == {"–", "returned", "repaired", "washed"}
    assert done.fit_version == DEFAULT_FIT.version


def test_a_wrong_label_is_a_miss(base: KnowledgeBase) -> None:
    index(base, "# Lamps\n\nA lamp can be returned within 30 days.", name="lamps.md")
    index(base, "# Kettles\n\nA kettle is descaled with vinegar.", name="kettles.md")
    save_label(base, Label(question="Can a lamp be returned?", right=("kettles.md",)))
    done = run(base, QualityRun.Kind.MEASURE)
    assert done.report["overall"]["hit_1"] == 0
    assert done.report["misses"][0]["question"] == "Can a lamp be returned?"


def test_a_follow_up_is_measured_with_its_earlier_turns(base: KnowledgeBase) -> None:
    index(base, "# Lamps\n\nA lamp can be returned within 30 days.", name="lamps.md")
    history = ({"role": "user", "content": "Can a lamp be returned?"},)
    save_label(base, Label(question="and how long?", history=history, right=("lamps.md",)))
    assert run(base, QualityRun.Kind.MEASURE).report["overall"]["hit_1"] == 1


def test_a_fit_is_proposed_applied_recorded_and_taken_back(shop: KnowledgeBase) -> None:
    done = run(shop, QualityRun.Kind.FIT)
    assert done.state == "done", done.reason
    fitted = FittedFile.objects.get(run=done)
    assert search(shop.pk, "lamp").fit_version == DEFAULT_FIT.version
    assert 0 < done.report["after"]["ndcg"] <= 1
    assert done.report["after"]["brier"] <= done.report["before"]["brier"]
    assert fitted.content["refuse_below"] > 0
    quality.apply_fit(fitted)
    assert search(shop.pk, "lamp").fit_version == fitted.version
    assert fit_of(shop.pk).dense_weight == fitted.content["dense_weight"]
    quality.use_shipped_fit(shop)
    assert search(shop.pk, "lamp").fit_version == DEFAULT_FIT.version


def test_too_few_questions_are_not_fitted(base: KnowledgeBase) -> None:
    index(base, "# Lamps\n\nA lamp can be returned within 30 days.", name="lamps.md")
    save_label(base, Label(question="Can a lamp be returned?", right=("lamps.md",)))
    done = run(base, QualityRun.Kind.FIT)
    assert (done.state, done.reason) == ("failed", "too_few:1:20")


def test_one_run_at_a_time_and_none_without_questions(base: KnowledgeBase) -> None:
    with pytest.raises(quality.CannotMeasure, match="no labelled questions"):
        quality.start_run(base, kind=QualityRun.Kind.MEASURE)
    save_label(base, Label(question="Lisbon?"))
    first = quality.start_run(base, kind=QualityRun.Kind.MEASURE)
    with pytest.raises(quality.CannotMeasure, match="under way"):
        quality.start_run(base, kind=QualityRun.Kind.FIT)
    quality.stop_run(first)
    do_run(str(first.pk))
    first.refresh_from_db()
    assert (first.state, first.report) == ("cancelled", {})


def test_a_run_that_was_stopped_in_the_middle_writes_nothing(base: KnowledgeBase) -> None:
    save_label(base, Label(question="Lisbon?"))
    started = quality.start_run(base, kind=QualityRun.Kind.MEASURE)
    claimed = running.claim(started.pk)
    assert claimed is not None
    assert running.claim(started.pk) is None
    quality.stop_run(started)
    with pytest.raises(running.RunLost):
        running.Ticker(claimed)(1, 1)
    assert not running.finish(claimed, report={"overall": {}}, fit_version="x")


def test_what_is_exported_can_be_imported(shop: KnowledgeBase) -> None:
    lines = list(export_labels(shop))
    before = {row.question: row.right for row in LabelledQuestion.objects.all()}
    LabelledQuestion.objects.all().delete()
    assert import_labels(shop, lines) == 26
    assert {row.question: row.right for row in LabelledQuestion.objects.all()} == before
    assert import_labels(shop, lines) == 26
    assert LabelledQuestion.objects.count() == 26


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("7", "not an object"),
        ('{"question": "a"}', "“right” is missing"),
        ('{"right": []}', "question is missing"),
        ('{"question": 7, "right": []}', "must be a text"),
        ('{"question": "a", "right": "x"}', "list of document ids"),
        ('{"question": "a", "right": ["nowhere.md"]}', "no document “nowhere.md”"),
        ('{"question": "a", "right": ["x"], "wrong": ["x"]}', "both right and wrong"),
        ('{"question": "a", "right": [], "history": [{"role": "system"}]}', "“history” must be"),
        ('{"question": "a", "right": [], "language": "fr"}', "en or zh"),
    ],
)
def test_a_broken_file_is_refused_whole_with_line_and_reason(
    base: KnowledgeBase, line: str, reason: str
) -> None:
    good = json.dumps({"question": "Lisbon?", "right": []})
    with pytest.raises(BadLabels, match=reason) as refused:
        import_labels(base, [good, "", line])
    assert "Line 3" in str(refused.value) or "nowhere" in line
    assert not LabelledQuestion.objects.exists()


def test_marks_add_up_and_the_last_word_counts(base: KnowledgeBase) -> None:
    index(base, "# Lamps\n\nA lamp can be returned.", name="lamps.md")
    index(base, "# Desks\n\nA desk can be returned.", name="desks.md")
    mark(base, Label(question="Lamp back?", right=("lamps.md",)))
    row = mark(base, Label(question="Lamp back?", wrong=("desks.md",)))
    assert (row.right, row.wrong) == (["lamps.md"], ["desks.md"])
    row = mark(base, Label(question="Lamp back?", wrong=("lamps.md",)))
    assert (row.right, row.wrong) == ([], ["desks.md", "lamps.md"])
    assert LabelledQuestion.objects.count() == 1


def test_a_lost_run_is_rung_for_again_and_given_up_after_three_workers(base: KnowledgeBase) -> None:
    save_label(base, Label(question="Lisbon?"))
    started = quality.start_run(base, kind=QualityRun.Kind.MEASURE)
    for attempt in (1, 2, 3):
        claimed = running.claim(started.pk)
        assert claimed is not None
        assert claimed.attempt == attempt
        QualityRun.objects.update(lease_until="2020-01-01T00:00Z", created_at="2020-01-01T00:00Z")
    assert running.due_runs() == []
    running.give_up_lost()
    started.refresh_from_db()
    assert (started.state, started.reason) == ("failed", "worker_lost")
    assert running.claim(uuid.uuid4()) is None

"""The routes of the pages where knowledge is kept, and rows for their ids, for `test_access.py`. All are operators'."""

import uuid

from apps.conversations.models import Site
from apps.gaps.models import Gap
from apps.knowledge.models import (
    Document,
    DocumentVersion,
    Faq,
    FittedFile,
    LabelledQuestion,
    QualityRun,
    Website,
)
from retrieval import DEFAULT_FIT

SHOWN = (
    "hit_test",
    "labelled_questions",
    "quality_state",
    "new_question",
    "labelled_question",
    "export_questions",
    "embedder",
    "embedder_state",
    "document_version",
    "faq_list",
    "new_faq",
    "faq",
    "faq_rows",
    "faq_state",
    "website_list",
    "websites_state",
    "gap_list",
    "gap",
)
CHANGED = (
    "mark_passages",
    "add_question",
    "save_question",
    "delete_question",
    "import_questions",
    "start_quality_run",
    "stop_quality_run",
    "apply_fit",
    "switch_embedder",
    "take_embedder_back",
    "cancel_embedder",
    "revert_fit",
    "set_document",
    "bring_back",
    "add_faq",
    "save_faq",
    "delete_faq",
    "add_website",
    "visit_website",
    "delete_website",
    "sort_gaps",
    "draft_gap",
    "rename_gap",
    "merge_gap",
    "split_gap",
)
# What these are given stands in the form, which is empty here.
NOTHING_GIVEN = {
    "add_website": 422,
    "add_faq": 422,
    "save_faq": 422,
    "mark_passages": 400,
    "add_question": 422,
    "save_question": 422,
    "import_questions": 422,
    "draft_gap": 422,
}


def knowledge_ids(site: Site) -> dict[str, uuid.UUID | int]:
    """A row of each kind."""
    base = site.knowledge_base
    fit = {"dense_weight": 0.5, "refuse_below": 0.0, "word_for_word_from": 0.8}
    report = {"questions": 30, "before": {"fit": fit}, "after": {"fit": fit}}
    run = QualityRun.objects.create(knowledge_base=base, kind="fit", report=report)
    fitted = FittedFile.objects.create(
        knowledge_base=base, run=run, version=DEFAULT_FIT.version, content={"version": "x"}
    )
    question = LabelledQuestion.objects.create(knowledge_base=base, question="Where is it?")
    faq = Faq.objects.create(knowledge_base=base, question_en="Where is it?", answer_en="Here.")
    document = Document.objects.filter(knowledge_base=base, version__gt=0).earliest("created_at")
    DocumentVersion.objects.create(document=document, number=1, upload=document.upload, text="Here.")
    return {
        "quality_run_id": run.pk,
        "fit_id": fitted.pk,
        "question_id": question.pk,
        "faq_id": faq.pk,
        "number": 1,
        "gap_id": Gap.objects.create(site=site, name="Where is it?").pk,
        "website_id": Website.objects.create(knowledge_base=base, address="https://shop.example/").pk,
    }

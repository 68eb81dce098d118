"""The addresses of the pages where operators keep the knowledge, below a site's."""

from django.urls import URLPattern, URLResolver, include, path

from apps.dashboard import documents, embedder, faq, gaps, hit_test, questions, websites

in_document: list[URLPattern | URLResolver] = [
    path("readers/", documents.set_document, name="set_document"),
    path("versions/<int:number>/", documents.document_version, name="document_version"),
    path("versions/<int:number>/bring-back/", documents.bring_back, name="bring_back"),
]

in_knowledge: list[URLPattern | URLResolver] = [
    path("documents/<uuid:document_id>/", include(in_document)),
    path("faq/", faq.faq_list, name="faq_list"),
    path("faq/new/", faq.new_faq, name="new_faq"),
    path("faq/add/", faq.add_faq, name="add_faq"),
    path("faq/<uuid:faq_id>/", faq.faq, name="faq"),
    path("faq/<uuid:faq_id>/save/", faq.save_faq, name="save_faq"),
    path("faq/<uuid:faq_id>/delete/", faq.delete_faq, name="delete_faq"),
    path("websites/", websites.website_list, name="website_list"),
    path("websites/add/", websites.add_website, name="add_website"),
    path("websites/<uuid:website_id>/visit/", websites.visit_website, name="visit_website"),
    path("websites/<uuid:website_id>/delete/", websites.delete_website, name="delete_website"),
    path("gaps/", gaps.gap_list, name="gap_list"),
    path("gaps/sort/", gaps.sort_gaps, name="sort_gaps"),
    path("gaps/<uuid:gap_id>/", gaps.gap, name="gap"),
    path("gaps/<uuid:gap_id>/draft/", gaps.draft_gap, name="draft_gap"),
    path("gaps/<uuid:gap_id>/rename/", gaps.rename_gap, name="rename_gap"),
    path("gaps/<uuid:gap_id>/merge/", gaps.merge_gap, name="merge_gap"),
    path("gaps/<uuid:gap_id>/split/", gaps.split_gap, name="split_gap"),
    path("hit-test/", hit_test.hit_test, name="hit_test"),
    path("hit-test/mark/", hit_test.mark_passages, name="mark_passages"),
    path("questions/", questions.labelled_questions, name="labelled_questions"),
    path("questions/quality/", questions.quality_state, name="quality_state"),
    path("questions/new/", questions.new_question, name="new_question"),
    path("questions/add/", questions.add_question, name="add_question"),
    path("questions/import/", questions.import_questions, name="import_questions"),
    path("questions/export/", questions.export_questions, name="export_questions"),
    path("questions/runs/", questions.start_quality_run, name="start_quality_run"),
    path("questions/runs/<uuid:quality_run_id>/stop/", questions.stop_quality_run, name="stop_quality_run"),
    path("questions/fits/revert/", questions.revert_fit, name="revert_fit"),
    path("questions/fits/<int:fit_id>/apply/", questions.apply_fit, name="apply_fit"),
    path("embedder/", embedder.embedder, name="embedder"),
    path("embedder/state/", embedder.embedder_state, name="embedder_state"),
    path("embedder/switch/", embedder.switch_embedder, name="switch_embedder"),
    path("embedder/back/", embedder.take_embedder_back, name="take_embedder_back"),
    path("embedder/cancel/", embedder.cancel_embedder, name="cancel_embedder"),
    path("questions/<uuid:question_id>/", questions.labelled_question, name="labelled_question"),
    path("questions/<uuid:question_id>/save/", questions.save_question, name="save_question"),
    path("questions/<uuid:question_id>/delete/", questions.delete_question, name="delete_question"),
]

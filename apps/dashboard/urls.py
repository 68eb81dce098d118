"""The addresses of agents and operators."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from apps.dashboard import account, documents, live, traces
from apps.dashboard.action_urls import in_actions
from apps.dashboard.desk_urls import in_desk
from apps.dashboard.integrations_urls import in_integrations
from apps.dashboard.knowledge_urls import in_knowledge
from apps.dashboard.numbers_urls import in_numbers
from apps.dashboard.people_urls import in_people, of_accounts
from apps.dashboard.settings_urls import in_settings
from apps.dashboard.training_urls import in_training

in_site: list[URLPattern | URLResolver] = [
    path("events/", live.stream, name="events"),
    path("", include(in_desk)),
    path("messages/<uuid:message_id>/trace/", traces.trace, name="trace"),
    path("", include(in_training)),
    path("", include(in_people)),
    path("", include(in_settings)),
    path("", include(in_numbers)),
    path("", include(in_integrations)),
    path("", include(in_actions)),
    path("documents/", documents.documents, name="documents"),
    path("documents/list/", documents.document_list, name="document_list"),
    path("documents/upload/", documents.upload, name="upload"),
    path("documents/<uuid:document_id>/", documents.document, name="document"),
    path("documents/<uuid:document_id>/file/", documents.document_file, name="document_file"),
    path("documents/<uuid:document_id>/delete/", documents.delete_document, name="delete_document"),
    path("jobs/<uuid:job_id>/retry/", documents.retry_job, name="retry_job"),
    path("jobs/<uuid:job_id>/cancel/", documents.cancel_job, name="cancel_job"),
    path("", include(in_knowledge)),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="dashboard"), name="home"),
    path("login/", account.log_in, name="log_in"),
    path("logout/", account.log_out, name="log_out"),
    path("", include(of_accounts)),
    path("language/", account.set_language, name="set_language"),
    path("dashboard/", account.dashboard, name="dashboard"),
    path("dashboard/sites/<uuid:site_id>/", include(in_site)),
]

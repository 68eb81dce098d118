"""The addresses of agents and operators."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from apps.dashboard.account import entrance
from apps.dashboard.desk import live, traces
from apps.dashboard.desk.action_urls import in_actions
from apps.dashboard.desk.urls import in_desk
from apps.dashboard.integrations.urls import in_integrations
from apps.dashboard.knowledge.urls import in_knowledge
from apps.dashboard.numbers.urls import in_numbers
from apps.dashboard.people.urls import in_people, of_accounts
from apps.dashboard.settings.urls import in_settings
from apps.dashboard.training.urls import in_training

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
    path("", include(in_knowledge)),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="dashboard"), name="home"),
    path("login/", entrance.log_in, name="log_in"),
    path("logout/", entrance.log_out, name="log_out"),
    path("", include(of_accounts)),
    path("language/", entrance.set_language, name="set_language"),
    path("dashboard/", entrance.dashboard, name="dashboard"),
    path("dashboard/sites/<uuid:site_id>/", include(in_site)),
]

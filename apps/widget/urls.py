"""The customers' addresses: the HTTP API, the embeddable script and its frame, the demo's pages."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from apps.widget import attachments, demo, edge, embedding
from apps.widget.api import api

edge.answer_errors_of(api)

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/widget/v1/", include((edge.urls_of(api), "widget"))),
    *attachments.urlpatterns,
    *embedding.urlpatterns,
    *(demo.urlpatterns if settings.DEMO else []),
]

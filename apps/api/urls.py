"""The addresses of other programs."""

from django.urls import URLPattern, URLResolver, include, path

from apps.api import edge, openai, rest
from apps.api.openai_errors import as_openai
from apps.api.rest_errors import as_rest

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include((edge.urls_of(rest.api, render=as_rest), "rest"))),
    path("v1/", include((edge.urls_of(openai.api, render=as_openai), "openai"))),
]

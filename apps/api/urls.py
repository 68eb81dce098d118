"""The addresses of other programs."""

from django.urls import URLPattern, URLResolver, include, path

from apps.api import edge, openai
from apps.api.openai_errors import as_openai

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", include((edge.urls_of(openai.api, render=as_openai), "openai"))),
]

"""Every sentence that the apps mark for translation is there in Chinese, and the compiled file says the same."""

import re

import pytest
from django.utils import translation

from apps.locale import catalogue

pytestmark = pytest.mark.parametrize("language", catalogue.LANGUAGES)
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]")


def test_every_sentence_is_translated(language: str) -> None:
    kept = catalogue.read_catalogue(language)
    said = {(message.id, message.context) for message in catalogue.said_by_sources() if message.id}
    known = {(message.id, message.context) for message in kept if message.id}
    assert said - known == set(), "run: python -m apps.locale.catalogue"
    assert known - said == set(), "run: python -m apps.locale.catalogue"
    assert catalogue.untranslated(kept) == []


def test_the_compiled_file_is_made_of_the_written_one(language: str) -> None:
    compiled = catalogue.catalogue_path(language).with_suffix(".mo").read_bytes()
    assert compiled == catalogue.compiled(catalogue.read_catalogue(language))


def test_a_translation_fills_in_the_same_values(language: str) -> None:
    for message in catalogue.read_catalogue(language):
        sources = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
        wanted = set(PLACEHOLDER.findall(sources[-1]))
        assert all(set(PLACEHOLDER.findall(string)) == wanted for string in strings), message.id


def test_django_finds_it(language: str) -> None:
    with translation.override("zh-hans"):
        assert translation.gettext("Conversations") == "会话"

"""The addresses of the numbers, below a site's."""

from django.urls import URLPattern, URLResolver, path

from apps.dashboard import numbers

in_numbers: list[URLPattern | URLResolver] = [
    path("numbers/", numbers.numbers, name="numbers"),
    path("numbers/conversations/", numbers.counted, name="counted"),
]

"""The addresses of the numbers, below a site's."""

from django.urls import URLPattern, URLResolver, path

from apps.dashboard import numbers

in_numbers: list[URLPattern | URLResolver] = [
    path("numbers/", numbers.numbers, name="numbers"),
    path("numbers/conversations/", numbers.counted, name="counted"),
    path("numbers/conversations/export/", numbers.export_counted, name="export_counted"),
    path("numbers/export/", numbers.export_numbers, name="export_numbers"),
    path("numbers/prices/", numbers.set_prices, name="set_prices"),
]

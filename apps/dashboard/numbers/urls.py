"""The addresses of the numbers, below a site's."""

from django.urls import URLPattern, URLResolver, path

from apps.dashboard.numbers import figures

in_numbers: list[URLPattern | URLResolver] = [
    path("numbers/", figures.numbers, name="numbers"),
    path("numbers/conversations/", figures.counted, name="counted"),
    path("numbers/conversations/export/", figures.export_counted, name="export_counted"),
    path("numbers/export/", figures.export_numbers, name="export_numbers"),
    path("numbers/prices/", figures.set_prices, name="set_prices"),
]

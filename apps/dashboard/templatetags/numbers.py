"""Small things that the pages of numbers need: durations, money, changes, and addresses of what is behind a number."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from apps.conversations.models import Locale
from apps.dashboard.numbers.periods import query_of
from apps.dashboard.numbers.tables import NAMES, Cell, Tile
from apps.numbers.queries import Asked

register = template.Library()


@register.filter
def lasted(seconds: float | None) -> str:
    """In the coarsest unit that still tells enough."""
    if seconds is None:
        return "–"
    if seconds < 120:
        return _("%(n)s s") % {"n": number_format(round(seconds, 1) if seconds < 10 else round(seconds))}
    if seconds < 7200:
        return _("%(n)d min") % {"n": round(seconds / 60)}
    if seconds < 48 * 3600:
        return _("%(n).1f h") % {"n": seconds / 3600}
    return _("%(n).1f days") % {"n": seconds / 86400}


@register.filter
def money(value: float | None, currency: str) -> str:
    """With as many decimals as say something: answers cost fractions of a cent."""
    if value is None:
        return "–"
    places = 2 if value >= 0.1 or not value else 4 if value >= 0.001 else 6
    return f"{number_format(value, decimal_pos=places)} {currency}"


@register.filter
def counted(number: float) -> str:
    return number_format(number, force_grouping=True)


@register.filter
def mean(value: float | None) -> str:
    return "–" if value is None else number_format(value, decimal_pos=1)


@register.filter
def figure_name(figure: str) -> str:
    return str(NAMES[figure])


@register.filter
def language_name(locale: str) -> str:
    return str(dict(Locale.choices).get(locale, locale))


@register.filter
def change(tile: Tile) -> str:
    """Against the period before; nothing where there was none."""
    if not tile.was.count and not tile.was.of:
        return ""
    share, was = tile.cell.share, tile.was.share
    now, before = (tile.cell.count, tile.was.count) if share is None or was is None else (share, was)
    told = counted(tile.was.count) if was is None or share is None else f"{100 * was:.0f} %"
    if now > before:
        return _("up from %(n)s") % {"n": told}
    return _("down from %(n)s") % {"n": told} if now < before else _("as before")


@register.simple_tag
def behind(site_id: Any, asked: Asked, cell: Cell | str) -> str:
    """The address of the conversations that a number counts."""
    figure = cell if isinstance(cell, str) else cell.figure
    return f"{reverse('counted', args=[site_id])}?{query_of(asked, figure=figure)}"

"""What tokens and seconds of a model cost a site, at the prices of today: facts hold no money."""

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from django.db import transaction

from apps.audit.kinds import Kind
from apps.audit.recording import record
from apps.conversations.errors import BadInput
from apps.conversations.models import Site
from apps.conversations.services import set_quiet_hours
from apps.numbers.models import Prices
from apps.numbers.queries import Tally

if TYPE_CHECKING:
    from apps.accounts.models import User

MILLION = 1_000_000
HIGHEST = Decimal(1_000_000)
THOUSANDS = re.compile(r"[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
PLACES = {"per_million_in": 4, "per_million_out": 4, "per_model_second": 6}


def prices_of(site: Site) -> Prices:
    return Prices.objects.filter(site=site).first() or Prices(site=site)


def cost(tally: Tally, *, prices: Prices) -> float | None:
    """Of all episodes that were resolved; None while no price is known."""
    if not (prices.per_million_in or prices.per_million_out or prices.per_model_second):
        return None
    tokens_in, tokens_out = tally.sums["tokens_in"], tally.sums["tokens_out"]
    return (
        float(prices.per_million_in) * tokens_in / MILLION
        + float(prices.per_million_out) * tokens_out / MILLION
        + float(prices.per_model_second) * tally.sums["model_seconds"]
    )


def cost_each(tally: Tally, *, prices: Prices) -> float | None:
    """Per episode that was resolved."""
    whole = cost(tally, prices=prices)
    return whole / tally["resolved"] if whole is not None and tally["resolved"] else None


@transaction.atomic
def set_up(site: Site, *, by: "User", currency: str, quiet_hours: str, **given: str) -> None:
    """Prices, and when silence resolves. Raises BadInput, and then nothing is kept."""
    currency = currency.strip().upper()
    if len(currency) != 3 or not (currency.isascii() and currency.isalpha()):
        raise BadInput("bad_price")
    values = {name: _price(given.get(name, ""), places=places) for name, places in PLACES.items()}
    if not (quiet_hours.isascii() and quiet_hours.isdecimal() and len(quiet_hours) < 5):
        raise BadInput("bad_quiet_hours")
    set_quiet_hours(site, hours=int(quiet_hours))
    Prices.objects.update_or_create(site=site, defaults={"currency": currency, **values})
    record(Kind.SETTINGS_CHANGED, site_id=site.pk, by=by, subject=site.name, detail="prices, quiet_hours")


def _price(text: str, *, places: int) -> Decimal:
    """A comma is that of `0,15`, but in `1,200` it is that of thousands, as English and Chinese write them."""
    text = text.strip()
    text = text.replace(",", "" if THOUSANDS.fullmatch(text) else ".")
    try:
        price = Decimal(text or "0")
    except InvalidOperation as error:
        raise BadInput("bad_price") from error
    if not price.is_finite() or not 0 <= price <= HIGHEST:
        raise BadInput("bad_price")
    return round(price, places)

"""How long the page of numbers computes: `python -m tests.benchmarks.numbers_speed [--episodes 100000]`.

Makes so many episodes in thirty days and as many in the thirty before, in a database of its own: SQLite in a temporary
folder, or with --database any other that may be filled. Every figure of the page is asked for, as a request does.
"""

import argparse
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from tests.benchmarks.measuring import Row, at_most

GOAL = 300  # ms
RUNS = 5
REASONS = ["", "", "", "no_evidence", "contact_asked", "complaint"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--episodes", type=int, default=100_000)
    parser.add_argument("--database", default="")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATABASE_URL"] = options.database or f"sqlite:///{folder}/numbers.sqlite3"
        rows = measured(options.episodes)
    print(json.dumps([asdict(row) for row in rows]) if options.json else "\n".join(map(str, rows)))


def measured(number: int) -> list[Row]:
    import django  # the database is chosen when settings are read, which is now

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.config.settings")
    django.setup()
    site = filled(number)
    from apps.numbers import queries
    from apps.numbers.queries import Asked

    asked = Asked(since=site.today - timedelta(days=29), until=site.today)
    parts: dict[str, Callable[[], Any]] = {
        "tallies by day": lambda: queries.tallies(site, asked=asked, only=queries.DAILY),
        "the period before": lambda: queries.tallies(site, asked=asked.before, only=queries.COMPARED),
        "reasons": lambda: queries.tallies(site, asked=asked, by="handoff_reason", only=("started",)),
        "times, median and p90": lambda: queries.times(site, asked=asked),
        "what the form offers": lambda: queries.known_in(site, asked=asked),
    }
    taken = {name: taken_by(call) for name, call in parts.items()}
    rows = [Row(f"numbers of {number} episodes: {name}", ms, "ms") for name, ms in taken.items()]
    return [*rows, at_most(f"numbers of {number} episodes: all", sum(taken.values()), "ms", goal=GOAL)]


def taken_by(call: Callable[[], Any]) -> float:
    """Median, in milliseconds."""
    runs = []
    for _ in range(RUNS):
        began = time.perf_counter()
        call()
        runs.append(1000 * (time.perf_counter() - began))
    return statistics.median(runs)


def filled(number: int) -> Any:
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from apps.conversations import services
    from apps.numbers.models import Episode

    call_command("migrate", verbosity=0)
    site = services.create_site(name="Numbers")
    conversation = services.start_conversation(services.welcome_stranger(site, locale="en"))
    now, chance = timezone.now(), random.Random(1)

    def episode(place: int) -> Episode:
        started = now - timedelta(days=60 * (1 - place / (2 * number)))
        resolved = started + timedelta(hours=chance.expovariate(1 / 5)) if chance.random() < 0.9 else None
        reason = chance.choice(REASONS)
        return Episode(
            site=site,
            conversation=conversation,
            number=place + 1,
            language=chance.choice(["en", "zh-hans"]),
            intent=f"Page {int(chance.expovariate(0.1))}",
            model=chance.choice(["home", "home-v1"]),
            started_at=started,
            started_on=started.date(),
            first_reply_seconds=round(chance.expovariate(0.2), 1),
            handoff_reason=reason,
            person_seconds=round(chance.expovariate(0.002), 1) if reason else None,
            resolved_at=resolved,
            resolved_on=resolved.date() if resolved else None,
            resolved_by=chance.choice(["assistant", "both", "agent"]) if resolved else "",
            resolution_seconds=round((resolved - started).total_seconds(), 1) if resolved else None,
            tokens_in=chance.randrange(4000),
            tokens_out=chance.randrange(400),
            model_seconds=round(chance.random() * 9, 3),
            assistant_score=chance.choice([None, None, 3, 5]),
            derived_from=now,
        )

    Episode.objects.bulk_create((episode(place) for place in range(2 * number)), batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as a database does by itself
    return site


if __name__ == "__main__":
    main()

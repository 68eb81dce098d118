"""A site's questions → its groups. What has its place keeps it; only what is new, or of another embedder, is worked on.

Embedding comes before the transaction that places: nothing slow happens under the lock of the site's groups.
"""

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from django.db import transaction
from langchain_core.embeddings import Embeddings

from apps.conversations.models import Site
from apps.gaps.grouping import Centres, loaded, loaded_rows, stored, unit
from apps.gaps.models import Gap, GapQuestion, GapSweep
from retrieval import fingerprint
from retrieval.embedding import Array, embed_question

AT_ONCE = 500


def embed_new(site: Site, *, embedder: Embeddings) -> int:
    """Vectors for the questions that have none of this embedder. Returns how many. Raises `IndexUnavailable`."""
    mark, done = fingerprint(embedder), 0
    rows = GapQuestion.objects.filter(site=site).exclude(embedded_by=mark).order_by("pk")
    while some := list(rows[:AT_ONCE]):
        for row in some:
            row.vector = stored(unit(embed_question(row.text, embedder=embedder)))
            row.embedded_by = mark
        GapQuestion.objects.bulk_update(some, ["vector", "embedded_by"])
        done += len(some)
    for gap in Gap.objects.filter(site=site).exclude(embedded_by=mark):
        recentre(gap)
    return done


def place_new(site: Site, *, embedder: Embeddings) -> int:
    """Returns how many questions found their place."""
    mark, placed = fingerprint(embedder), 0
    while some := _place_some(site, mark=mark, dimensions=len(_any_vector(site, mark=mark))):
        placed += some
    return placed


@transaction.atomic
def _place_some(site: Site, *, mark: str, dimensions: int) -> int:
    lock(site)
    waiting = GapQuestion.objects.filter(site=site, gap=None, embedded_by=mark).order_by("asked_at", "pk")
    questions = list(waiting[:AT_ONCE])
    if not questions:
        return 0
    gaps = list(Gap.objects.filter(site=site, embedded_by=mark).order_by("created_at", "pk"))
    known = {gap.pk for gap in gaps}
    sums = [loaded_rows(gap.centres, dimensions=dimensions) for gap in gaps]
    owners = [gap for gap, rows in zip(gaps, sums, strict=True) for _row in rows]
    centres = Centres([row for rows in sums for row in rows], dimensions=dimensions)
    moved: dict[uuid.UUID, Gap] = {}
    for question in questions:
        place = centres.place(loaded(question.vector))
        if place == len(owners):
            owners.append(Gap(site=site, name=question.text, embedded_by=mark))
        question.gap = owners[place]
        moved[owners[place].pk] = owners[place]
    _keep_centres(moved, centres=centres, owners=owners)
    Gap.objects.bulk_create([gap for pk, gap in moved.items() if pk not in known])
    Gap.objects.bulk_update([gap for pk, gap in moved.items() if pk in known], ["centres"])
    GapQuestion.objects.bulk_update(questions, ["gap"])
    return len(questions)


def _keep_centres(gaps: Mapping[uuid.UUID, Gap], *, centres: Centres, owners: Sequence[Gap]) -> None:
    rows: dict[uuid.UUID, list[Array]] = defaultdict(list)
    for owner, row in zip(owners, centres.sums, strict=True):
        rows[owner.pk].append(row)
    for pk, gap in gaps.items():
        gap.centres = stored(np.stack(rows[pk]))


def _any_vector(site: Site, *, mark: str) -> Array:
    row = GapQuestion.objects.filter(site=site, gap=None, embedded_by=mark).only("vector").first()
    return loaded(row.vector) if row else np.zeros(0, dtype=np.float32)


def recentre(gap: Gap) -> None:
    """After questions came or went by hand, or by another embedder. What is far apart gets centres of its own.

    So a question that is like one part of what people merged still finds the whole.
    """
    rows = list(gap.questions.order_by("asked_at", "pk").values_list("vector", "embedded_by"))
    marks = {mark for _vector, mark in rows}
    if len(marks) != 1 or marks == {""}:
        return  # the next sweep embeds them and comes here again
    vectors = [loaded(vector) for vector, _mark in rows]
    centres = Centres(dimensions=len(vectors[0]))
    for vector in vectors:
        centres.place(vector)
    gap.centres, gap.embedded_by = stored(centres.sums), marks.pop()
    gap.save(update_fields=["centres", "embedded_by"])


def by_centrality(questions: Sequence[GapQuestion]) -> list[GapQuestion]:
    """The one nearest to the middle of all of them first. Those without a vector stand last."""
    marks = Counter(question.embedded_by for question in questions if question.embedded_by)
    if not marks:
        return list(questions)
    mark = marks.most_common(1)[0][0]
    vectors = {question.pk: loaded(question.vector) for question in questions if question.embedded_by == mark}
    middle = unit(np.sum(list(vectors.values()), axis=0))
    near = {pk: float(middle @ vector) for pk, vector in vectors.items()}
    return sorted(questions, key=lambda question: (-near.get(question.pk, -1.0), question.pk))


def alike(gap: Gap, *, limit: int = 5) -> list[Gap]:
    """The nearest groups that are not dismissed, for people who merge."""
    first = gap.questions.filter(embedded_by=gap.embedded_by).only("vector").first()
    if first is None or not gap.embedded_by:
        return []
    dimensions = len(loaded(first.vector))
    mine = [unit(row) for row in loaded_rows(gap.centres, dimensions=dimensions)]
    others = Gap.objects.filter(site=gap.site_id, embedded_by=gap.embedded_by).exclude(pk=gap.pk)
    near: list[tuple[float, uuid.UUID, Gap]] = []
    for other in others.exclude(state=Gap.State.DISMISSED):
        theirs = [unit(row) for row in loaded_rows(other.centres, dimensions=dimensions)]
        near.append((-max(float(one @ two) for one in mine for two in theirs), other.pk, other))
    return [other for _far, _pk, other in sorted(near)[:limit]]


def lock(site: Site) -> GapSweep:
    """Inside a transaction: whoever changes a site's groups does so alone."""
    GapSweep.objects.get_or_create(site=site)
    return GapSweep.objects.select_for_update().get(site=site)

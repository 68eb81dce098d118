"""Cleaned rows → what is trained on, what is watched meanwhile, and what is held out. No contact stands in two of them.

The held-out side is taken from the newest conversations, by whole contacts: a model is judged on people whom it never
met, at a time that it did not see. By its loss on the validation side the best checkpoint is chosen: chosen on the rows
that judge it, a model would look better than it is. Knows nothing of what the rows mean.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_training.artifacts import sha256_of
from model_training.errors import DataRefused
from model_training.records import moment_of, read_rows, write_rows

KINDS = ("sft.jsonl", "dpo.jsonl", "kto.jsonl")
HELDOUT, VALIDATION, MANIFEST, TRAIN = "heldout.jsonl", "validation.jsonl", "manifest.json", "train"
SHARE, VALIDATION_SHARE = 0.1, 0.05
MOST = 1_000  # held-out conversations: more only make an evaluation longer
# Conversations: a loss over fewer tells one checkpoint from another by chance, and each look at more costs time.
ENOUGH_WATCHED, MOST_WATCHED = 20, 300
FEWEST_CONTACTS = 2


@dataclass(frozen=True, slots=True)
class Voice:
    """A contact, how many conversations it has, and when it last wrote."""

    name: str
    rows: int
    last: float


def split(cleaned: Path, *, snapshot: Path, target: Path, share: float = SHARE) -> dict[str, Any]:
    """Writes `train/`, both `.jsonl` beside it and `manifest.json` in `target`; returns the manifest. Raises `DataRefused`."""
    held = choose_contacts(read_rows(cleaned / KINDS[0]), share=share)
    watched = choose_watched(read_rows(cleaned / KINDS[0]), held=held)
    (target / TRAIN).mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        learnt = (row for row in _rows(cleaned / kind) if _contact(row) not in held | watched)
        write_rows(target / TRAIN / kind, learnt)
    for name, side in ((HELDOUT, held), (VALIDATION, watched)):
        write_rows(target / name, (row for row in read_rows(cleaned / KINDS[0]) if _contact(row) in side))
    return write_manifest(target, snapshot=snapshot)


def choose_contacts(rows: Iterable[dict[str, Any]], *, share: float) -> set[str]:
    """Contacts for the held-out side: those heard last, until the share is reached, never all of them."""
    voices = _voices(rows)
    if len(voices) < FEWEST_CONTACTS:
        raise DataRefused(
            "All conversations come from one contact: none can be held out that the training does not know."
            if voices
            else "No row is left that could be split."
        )
    total = sum(voice.rows for voice in voices)
    wanted = max(1, min(MOST, round(total * share)))
    held: set[str] = set()
    rows_held = 0
    for voice in sorted(voices, key=lambda voice: (-voice.last, _mix(voice.name))):
        # A contact that would fill the held-out side many times over is better trained on.
        if rows_held < wanted and (voice.rows <= 2 * wanted or not held) and voice.rows <= total / 2:
            held.add(voice.name)
            rows_held += voice.rows
    if not held:
        raise DataRefused(
            "One contact has more than half of all conversations: nothing sensible can be held out."
        )
    return held


def choose_watched(rows: Iterable[dict[str, Any]], *, held: AbstractSet[str]) -> set[str]:
    """Contacts for the validation side: drawn, so that what is newest is learnt. None where there are too few of them."""
    voices = [voice for voice in _voices(rows) if voice.name not in held]
    total = sum(voice.rows for voice in voices)
    wanted = min(MOST_WATCHED, max(round(total * VALIDATION_SHARE), min(ENOUGH_WATCHED, total // 10)))
    watched: set[str] = set()
    rows_watched = 0
    for voice in sorted(voices, key=lambda voice: _mix(voice.name)):
        if rows_watched < wanted and rows_watched + voice.rows <= 2 * wanted:
            watched.add(voice.name)
            rows_watched += voice.rows
    return watched


def write_manifest(target: Path, *, snapshot: Path) -> dict[str, Any]:
    sides = {name: target / name for name in (HELDOUT, VALIDATION)}
    files = {**sides, **{f"{TRAIN}/{kind}": target / TRAIN / kind for kind in KINDS}}
    manifest = {
        "snapshot": _described(snapshot),
        "files": {name: _described(path) for name, path in files.items()},
    }
    draft = target / f"{MANIFEST}.writing"
    draft.write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    draft.replace(target / MANIFEST)
    return manifest


def _described(path: Path) -> dict[str, Any]:
    sources: Counter[str] = Counter()
    for row in _rows(path):
        sources[_source(row)] += 1
    return {"sha256": sha256_of(path), "rows": sources.total(), "sources": dict(sorted(sources.items()))}


def _source(row: dict[str, Any]) -> str:
    provenance = row.get("provenance")
    return str(row.get("source") or (provenance.get("source") if isinstance(provenance, dict) else "") or "")


def _voices(rows: Iterable[dict[str, Any]]) -> list[Voice]:
    counts: Counter[str] = Counter()
    last: dict[str, float] = {}
    for row in rows:
        name, moment = _contact(row), moment_of(str(row.get("started_at") or ""))
        counts[name] += 1
        last[name] = max(last.get(name, 0.0), moment.timestamp() if moment else 0.0)
    return [Voice(name, count, last[name]) for name, count in counts.items()]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    return read_rows(path) if path.exists() else iter(())


def _contact(row: dict[str, Any]) -> str:
    """Who wrote; a conversation without a contact is a voice of its own."""
    return str(row.get("contact") or f"conversation {row.get('conversation') or row.get('id')}")


def _mix(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", errors="replace")).hexdigest()

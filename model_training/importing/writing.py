"""Rows of a format or a set → a file of records, with provenance, consent and a cap per contact."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_training.cleaning.languages import language_of
from model_training.errors import DataRefused, RecordsInvalid
from model_training.importing.formats import FORMATS
from model_training.importing.public_sets import SETS, WITHOUT_REPLIES
from model_training.records import Conversation, as_json, parse_conversation, read_rows, write_rows

CAP = 50  # conversations of one contact
RECORDS = "records"
_KNOWN = ("contact", "site", "language", "started_at", "outcome", "consent")
_MALFORMED_SHARE = 0.2


@dataclass(slots=True)
class Imported:
    """How many came in, how many contacts had too many, how many did not consent, and which rows were none."""

    rows: int = 0
    over_cap: int = 0
    without_consent: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)


def names() -> list[str]:
    return [RECORDS, *FORMATS, *SETS]


def import_set(name: str, source: Path, *, target: Path, site: str = "import", cap: int = CAP) -> Imported:
    """Raises `DataRefused` for an unknown or unusable set, `RecordsInvalid` where too many rows are none."""
    imported = Imported()
    target.parent.mkdir(parents=True, exist_ok=True)
    rows = _from_set(name, source) if name in SETS else _from_format(name, source)
    draft = target.with_name(f"{target.name}.importing")
    try:
        imported.rows = write_rows(draft, _records(rows, name=name, site=site, cap=cap, imported=imported))
        seen = imported.rows + len(imported.faults)
        if len(imported.faults) > _MALFORMED_SHARE * seen:
            raise RecordsInvalid(path=source, faults=imported.faults)
        if not imported.rows:
            raise DataRefused(f"{source} holds no conversation that could be imported.")
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return imported


def _records(
    rows: Iterator[tuple[int, Any]], *, name: str, site: str, cap: int, imported: Imported
) -> Iterator[Mapping[str, Any]]:
    per_contact: Counter[str] = Counter()
    for number, row in rows:
        try:
            conversation = _record(row, name=name, site=site, number=number)
        except ValueError as error:
            imported.faults.append((number, str(error)))
            continue
        per_contact[conversation.contact] += 1
        if not conversation.consent:
            imported.without_consent += 1
        elif per_contact[conversation.contact] > cap:
            imported.over_cap += 1
        else:
            yield as_json(conversation)


def _from_set(name: str, folder: Path) -> Iterator[tuple[int, Any]]:
    return enumerate(SETS[name].read(folder), start=1)


def _from_format(name: str, source: Path) -> Iterator[tuple[int, Any]]:
    if name in WITHOUT_REPLIES:
        raise DataRefused(f"{name} has no replies that a model could learn from.")
    if name not in (RECORDS, *FORMATS):
        raise DataRefused(f"{name!r} is neither a format nor a set; there are {', '.join(names())}.")
    return _whole_or_lines(source)


def _whole_or_lines(source: Path) -> Iterator[tuple[int, Any]]:
    """A JSON array, as ShareGPT's files are, or an object a line."""
    if source.is_file() and source.suffix == ".json":
        try:
            rows = json.loads(source.read_text(encoding="utf-8-sig"))
        except ValueError as error:
            raise RecordsInvalid(path=source, faults=[(0, f"not JSON ({error})")]) from error
        return enumerate(rows if isinstance(rows, list) else [rows], start=1)
    return enumerate(read_rows(source), start=1)


def _record(row: Any, *, name: str, site: str, number: int) -> Conversation:
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    sha256 = hashlib.sha256(
        json.dumps(row, sort_keys=True, default=str).encode("utf-8", errors="replace")
    ).hexdigest()
    provenance_given = row.get("provenance")
    given = provenance_given if isinstance(provenance_given, dict) else {}
    origin = {"origin": SETS[name].origin, "licence": SETS[name].licence} if name in SETS else {}
    provenance = {"source": name, "row": str(number), "sha256": sha256, **origin, **given}
    if name == RECORDS:
        return parse_conversation(row | {"provenance": provenance})
    messages = FORMATS[name](row) if name in FORMATS else row["messages"]
    if {message["role"] for message in messages} != {"user", "assistant"}:
        raise ValueError("only one side speaks")
    identity = str(row.get("id") or row.get("conversation_id") or f"{number}-{sha256[:8]}")
    known = {key: row[key] for key in _KNOWN if key in row}
    said = " ".join(str(message["content"]) for message in messages)
    return parse_conversation(
        {
            "id": f"{name}:{identity}",
            "site": site,
            "contact": f"{name}:{identity}",
            "language": language_of(said),
            "started_at": "",
            "outcome": {"status": "resolved", "resolved_by": "agent"},
            "consent": True,
            **known,
            "messages": messages,
            "provenance": provenance,
        }
    )

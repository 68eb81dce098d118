"""The whole cleaning: a snapshot in, a folder of rows and a report out.

Conversations are streamed: the snapshot is judged (1), what stays is compared (2), read again, freed of personal data and
laid aside (3), weighed (4), and written in the order of its difficulty (5). Between the passes only prints, questions and
a few words about each row are remembered. With many rows the passes over text run in several processes.
"""

import json
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from langchain_core.embeddings import Embeddings

from model_training.cleaning import difficulty, duplicates, poisoning
from model_training.cleaning.clusters import Clusters, cluster
from model_training.cleaning.difficulty import BaseModel
from model_training.cleaning.judging import Judged, judged_lines, scrubbed_rows
from model_training.cleaning.ledger import Ledger
from model_training.cleaning.personal_data import scrub_text
from model_training.cleaning.poisoning import Phrase, PhraseCounter, Setting
from model_training.cleaning.reporting import write_report
from model_training.cleaning.rows import dpo_rows, kto_rows, sft_row
from model_training.cleaning.rules import Reason
from model_training.cleaning.settings import CleaningSettings
from model_training.errors import DataRefused, RecordsInvalid
from model_training.progress import Progress
from model_training.records import (
    Conversation,
    open_to_write,
    parse_conversation,
    read_rows,
    write_row,
    write_rows,
)

SFT, DPO, KTO = "sft.jsonl", "dpo.jsonl", "kto.jsonl"
_LENGTHS = (20, 50, 100, 200, 400, 800)
_CLUSTERS_SHOWN = 25


@dataclass(slots=True)
class Table:
    """What is remembered of every conversation that passed the rules, a place each."""

    rows: list[Judged] = field(default_factory=list)
    alive: list[int] = field(default_factory=list)  # places, in order
    read: int = 0
    provenance: set[str] = field(default_factory=set)  # the keys that any row has
    steps: dict[str, int] = field(default_factory=dict)

    def drop(self, found: Mapping[int, str], *, reason: Reason, step: str, ledger: Ledger) -> None:
        for place, detail in found.items():
            row = self.rows[place]
            ledger.drop(row.name, reason=reason, step=step, line=row.line, detail=detail)
        self.alive = [place for place in self.alive if place not in found]
        self.steps[step] = len(self.alive)

    def like(self, found: Mapping[int, int]) -> dict[int, str]:
        return {place: f"like {self.rows[earlier].name}" for place, earlier in found.items()}


def clean(
    snapshot: Path,
    *,
    target: Path,
    embedder: Embeddings,
    settings: CleaningSettings | None = None,
    base: BaseModel | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Returns the report. Raises `RecordsInvalid`, `DataRefused`, `DifficultyFailed`, `Cancelled`."""
    settings, progress = settings or CleaningSettings(), progress or Progress(None)
    target.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=".cleaning-", dir=target))
    try:
        with Ledger(target) as ledger:
            table = _read(snapshot, ledger=ledger, settings=settings, progress=progress)
            _drop_duplicates(table, ledger=ledger, settings=settings, progress=progress)
            groups = _group(table, embedder=embedder, ledger=ledger, settings=settings, progress=progress)
            laid_aside = workshop / "scrubbed.jsonl"
            _scrub(snapshot, target=laid_aside, table=table, ledger=ledger, progress=progress)
            phrases = _weigh(
                laid_aside, table=table, groups=groups, ledger=ledger, settings=settings, progress=progress
            )
            written = _write(
                laid_aside,
                target=target,
                table=table,
                ledger=ledger,
                settings=settings,
                base=base,
                progress=progress,
            )
            report = _report(
                table, ledger=ledger, groups=groups, phrases=phrases, written=written, settings=settings
            )
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    write_report(target, report)
    return report


# --- 1: rules --------------------------------------------------------------------------------------------------------


def _read(snapshot: Path, *, ledger: Ledger, settings: CleaningSettings, progress: Progress) -> Table:
    table, seen, faults = Table(), set[str](), list[tuple[int, str]]()
    contacts: set[str] = set()
    progress.begin("rules", total=0)
    for judged in judged_lines(snapshot, settings=settings):
        table.read += 1
        progress.tell(table.read, sentence=f"{table.read:,} conversations read")
        if judged.dropped == Reason.MALFORMED:
            faults.append((judged.line, judged.detail))
        else:
            contacts.add(judged.contact or f"conversation {judged.name}")
        reason = judged.dropped or (Reason.REPEATED_ID if judged.name in seen else "")
        if reason:
            ledger.drop(judged.name, reason=reason, step="rules", line=judged.line, detail=judged.detail)
            continue
        seen.add(judged.name)
        table.provenance.update(judged.provenance)
        table.alive.append(len(table.rows))
        table.rows.append(judged)
    table.steps = {"read": table.read, "rules": len(table.alive)}
    _refuse_unusable(
        snapshot, table=table, faults=faults, contacts=contacts, ledger=ledger, settings=settings
    )
    return table


def _refuse_unusable(
    snapshot: Path,
    *,
    table: Table,
    faults: Sequence[tuple[int, str]],
    contacts: set[str],
    ledger: Ledger,
    settings: CleaningSettings,
) -> None:
    if not table.read:
        raise DataRefused(f"{snapshot} is empty: there is nothing to learn from.")
    if len(faults) > settings.malformed_share * table.read:
        raise RecordsInvalid(path=snapshot, faults=faults)
    if len(contacts) == 1 and table.read > 1:
        raise DataRefused(
            f"All {table.read:,} conversations come from one contact: a model would learn one voice."
        )
    if not table.alive:
        most = ", ".join(f"{reason} {number:,}" for reason, number in ledger.dropped.most_common(3))
        raise DataRefused(f"None of {table.read:,} conversations can be learnt from ({most}).")


# --- 2: likeness -----------------------------------------------------------------------------------------------------


def _drop_duplicates(table: Table, *, ledger: Ledger, settings: CleaningSettings, progress: Progress) -> None:
    progress.begin("duplicates", total=len(table.alive))
    prints = [row.print for row in table.rows if row.print]
    exact = duplicates.exact_duplicates(prints)
    table.drop(table.like(exact), reason=Reason.EXACT_DUPLICATE, step="duplicates", ledger=ledger)
    near = duplicates.near_duplicates(prints, rows=table.alive, settings=settings, tell=progress.tell)
    table.drop(table.like(near), reason=Reason.NEAR_DUPLICATE, step="duplicates", ledger=ledger)
    if len(table.alive) == 1 and len(table.rows) > 1:
        raise DataRefused(
            f"All {len(table.rows):,} usable conversations say the same: that is one, not a dataset."
        )


def _group(
    table: Table, *, embedder: Embeddings, ledger: Ledger, settings: CleaningSettings, progress: Progress
) -> Clusters:
    gists = [table.rows[place].gist for place in table.alive]
    progress.begin("clusters", total=min(len(gists), settings.embedded_rows))
    groups = cluster(gists, embedder=embedder, settings=settings, tell=progress.tell)
    for place, number in zip(table.alive, groups.of_row, strict=True):
        table.rows[place].cluster = number
    thinned = {table.alive[row]: table.alive[earlier] for row, earlier in groups.thinned.items()}
    table.drop(table.like(thinned), reason=Reason.CLUSTER, step="clusters", ledger=ledger)
    return groups


# --- 3: personal data ------------------------------------------------------------------------------------------------


def _scrub(snapshot: Path, *, target: Path, table: Table, ledger: Ledger, progress: Progress) -> None:
    """Lays the surviving conversations aside, in their order, each with its place."""
    wanted = {table.rows[place].line: place for place in table.alive}
    progress.begin("personal data", total=len(wanted))
    with open_to_write(target) as file:
        for done, (line, record, changes) in enumerate(scrubbed_rows(snapshot, lines=wanted.keys())):
            progress.tell(done)
            write_row(file, {"place": wanted[line], "record": record})
            for message, kinds in changes:
                ledger.scrubbed(record["id"], message=message, kinds=kinds)


def _laid_aside(path: Path, *, alive: Sequence[int]) -> Iterator[tuple[int, Conversation]]:
    wanted = set(alive)
    for row in read_rows(path):
        if row["place"] in wanted:
            yield row["place"], parse_conversation(row["record"])


# --- 4: weight -------------------------------------------------------------------------------------------------------


def _weigh(
    laid_aside: Path,
    *,
    table: Table,
    groups: Clusters,
    ledger: Ledger,
    settings: CleaningSettings,
    progress: Progress,
) -> list[Phrase]:
    contacts = [row.contact for row in table.rows]
    heavy = poisoning.overweight_contacts(contacts, rows=table.alive, settings=settings)
    table.drop(heavy, reason=Reason.CONTACT_WEIGHT, step="poisoning", ledger=ledger)
    counter = PhraseCounter()
    progress.begin("poisoning", total=2 * len(table.alive))
    for done, (_, conversation) in enumerate(_laid_aside(laid_aside, alive=table.alive)):
        progress.tell(done)
        counter.hear(conversation)
    rows_of = poisoning.tally(
        _frequent(laid_aside, table=table, counter=counter, settings=settings, progress=progress)
    )
    setting = Setting(
        contacts=contacts,
        moments=[row.moment for row in table.rows],
        clusters=[row.cluster for row in table.rows],
        rows=table.alive,
    )
    dropped, phrases = poisoning.overweight_phrases(rows_of, setting=setting, settings=settings)
    table.drop(dropped, reason=Reason.PHRASE_WEIGHT, step="poisoning", ledger=ledger)
    return phrases


def _frequent(
    laid_aside: Path, *, table: Table, counter: PhraseCounter, settings: CleaningSettings, progress: Progress
) -> Iterator[tuple[int, set[str]]]:
    """Row after row: all rows' phrases at once would be as much text as the file itself."""
    for done, (place, conversation) in enumerate(_laid_aside(laid_aside, alive=table.alive)):
        progress.tell(len(table.alive) + done)
        yield place, counter.frequent(conversation, least=settings.phrase_rows)


# --- 5: difficulty and writing ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class Written:
    """What went into the files."""

    rows: Counter[str] = field(default_factory=Counter)
    unlearnt: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    lengths: Counter[str] = field(default_factory=Counter)
    perplexities: dict[str, float] = field(default_factory=dict)
    buckets: dict[str, int] = field(default_factory=dict)


def _write(
    laid_aside: Path,
    *,
    target: Path,
    table: Table,
    ledger: Ledger,
    settings: CleaningSettings,
    base: BaseModel | None,
    progress: Progress,
) -> Written:
    written = Written()
    if base is None:
        sys.stderr.write(
            "clean: no base model was named, so difficulty is not measured and rows keep their order\n"
        )
    else:
        _measure(laid_aside, table=table, base=base, settings=settings, written=written, progress=progress)
    progress.begin("writing", total=len(table.alive))
    order = _ordered(table, buckets=written.buckets)
    with _Files(target) as files:
        for done, (place, conversation) in enumerate(_in_order(laid_aside, order=order)):
            progress.tell(done)
            _write_rows(
                files, conversation, row=table.rows[place], table=table, ledger=ledger, written=written
            )
    return written


def _measure(
    laid_aside: Path,
    *,
    table: Table,
    base: BaseModel,
    settings: CleaningSettings,
    written: Written,
    progress: Progress,
) -> None:
    rows = laid_aside.with_name("to_measure.jsonl")
    learnt = (
        row
        for place, conversation in _laid_aside(laid_aside, alive=table.alive)
        if (row := sft_row(conversation, unlearnt=table.rows[place].unlearnt, extra={}))
    )
    count = write_rows(rows, map(difficulty.row_to_measure, learnt))
    progress.begin("difficulty", total=count)
    written.perplexities = difficulty.measure(rows, model=base, tell=progress.tell)
    found = difficulty.buckets_of(list(written.perplexities.values()), buckets=settings.buckets)
    written.buckets = dict(zip(written.perplexities, found, strict=True))


def _ordered(table: Table, *, buckets: Mapping[str, int]) -> list[int]:
    """From easy to hard, but each file begins with a row that shows all its columns: loaders look no further."""
    order = sorted(table.alive, key=lambda place: (buckets.get(table.rows[place].name, 0), place))
    leads = {
        lead
        for kind in ("sft", "kto", "dpo")
        if (lead := next((place for place in order if kind in table.rows[place].shows), None)) is not None
    }
    return sorted(order, key=lambda place: place not in leads)


def _in_order(laid_aside: Path, *, order: Sequence[int]) -> Iterator[tuple[int, Conversation]]:
    """Out of the file in any order, without holding it: each line's beginning is remembered."""
    with laid_aside.open("rb") as file:
        begins: dict[int, int] = {}
        at = 0
        for line in file:
            begins[json.loads(line)["place"]] = at
            at += len(line)
        for place in order:
            file.seek(begins[place])
            yield place, parse_conversation(json.loads(file.readline())["record"])


class _Files:
    """The three files of rows, each whole or not there."""

    def __init__(self, target: Path) -> None:
        self._target = target

    def __enter__(self) -> Self:
        self._open = {name: open_to_write(self._draft(name)) for name in (SFT, DPO, KTO)}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name, file in self._open.items():
            file.close()
            if error is None:
                self._draft(name).replace(self._target / name)
            else:
                self._draft(name).unlink()

    def write(self, name: str, row: Mapping[str, Any]) -> None:
        write_row(self._open[name], row)

    def _draft(self, name: str) -> Path:
        return self._target / f"{name}.writing"


def _write_rows(
    files: _Files, conversation: Conversation, *, row: Judged, table: Table, ledger: Ledger, written: Written
) -> None:
    provenance = {key: str(conversation.provenance.get(key, "")) for key in sorted(table.provenance)}
    conversation = replace(conversation, provenance=provenance)
    extra = {"cluster": row.cluster, "bucket": written.buckets.get(row.name, 0)}
    perplexity = {"difficulty": written.perplexities.get(row.name)}
    learnt = sft_row(conversation, unlearnt=row.unlearnt, extra=extra | perplexity)
    if learnt:
        files.write(SFT, learnt)
        _count(learnt, row=row, ledger=ledger, written=written)
    for rated in kto_rows(conversation, extra=extra):
        files.write(KTO, rated)
        written.rows["kto"] += 1
    for edited in dpo_rows(conversation, extra=extra):
        files.write(DPO, edited)
        written.rows["dpo"] += 1


def _count(learnt: Mapping[str, Any], *, row: Judged, ledger: Ledger, written: Written) -> None:
    written.rows["sft"] += 1
    written.languages[learnt["language"] or "?"] += 1
    for place, message in enumerate(learnt["messages"]):
        if message["learn"]:
            written.lengths[_length(message["content"])] += 1
        elif message["role"] == "assistant":
            written.unlearnt[message["why_not"]] += 1
            ledger.not_learnt(row.name, message=place, reason=message["why_not"])


def _length(text: str) -> str:
    return next((f"≤ {most}" for most in _LENGTHS if len(text) <= most), f"> {_LENGTHS[-1]}")


# --- the report ------------------------------------------------------------------------------------------------------


def _report(
    table: Table,
    *,
    ledger: Ledger,
    groups: Clusters,
    phrases: Sequence[Phrase],
    written: Written,
    settings: CleaningSettings,
) -> dict[str, Any]:
    contacts = [row.contact for row in table.rows]
    return {
        "rows": {
            "read": table.read,
            **{kind: written.rows[kind] for kind in ("sft", "kto", "dpo")},
            "dropped": ledger.dropped.total(),
            "changed": len(ledger.changed_rows),
        },
        "steps": table.steps,
        "dropped": dict(ledger.dropped.most_common()),
        "replies_not_learnt": dict(written.unlearnt.most_common()),
        "personal_data": dict(ledger.changed.most_common()),
        "languages": dict(written.languages.most_common()),
        "reply_lengths": dict(
            sorted(written.lengths.items(), key=lambda item: (item[0][0], int(item[0][2:])))
        ),
        "difficulty": _difficulty_report(written, settings=settings),
        "clusters": [
            {"number": c.number, "rows": c.rows, "example": scrub_text(c.example).text}
            for c in groups.clusters[:_CLUSTERS_SHOWN]
        ],
        "rows_embedded": groups.embedded,
        "outliers": [scrub_text(text).text for text in groups.outliers],
        "phrases": [{"rows": len(phrase.rows), "text": phrase.text, "why": phrase.why} for phrase in phrases],
        "contacts": dict(poisoning.heaviest(contacts, rows=table.alive)),
        "settings": asdict(settings),
    }


def _difficulty_report(written: Written, *, settings: CleaningSettings) -> dict[str, Any]:
    if not written.perplexities:
        return {
            "measured": False,
            "sentence": "Not measured: no base model was named. Rows keep the order in which they came.",
            "sentence_zh": "未测量：没有指定基础模型，样本保持原有顺序。",
        }
    by_bucket = {
        bucket: [value for name, value in written.perplexities.items() if written.buckets[name] == bucket]
        for bucket in range(1, settings.buckets + 1)
    }
    return {
        "measured": True,
        "buckets": [
            {"bucket": bucket, "rows": len(values), "from": min(values), "to": max(values)}
            for bucket, values in by_bucket.items()
            if values
        ],
    }

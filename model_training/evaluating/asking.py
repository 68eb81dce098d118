"""A set of questions to one served model, through `dialogue.answer`, several at a time; each answer is kept at once.

A row that was answered already is not asked again, unless the model is another, or what checks its answers. A model that cannot be reached ends it with a clear failure: that is
no bad answer. Knows nothing of scores.
"""

import asyncio
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO

from langchain_core.language_models import BaseChatModel

from dialogue import Answer, AnswerLimits, Finished, answer, connect
from dialogue.answering import failures
from dialogue.fit import DEFAULT_FIT
from dialogue.verifying.supporting import default_support_fit
from dialogue.writing.prompting import PROMPT_VERSION
from model_training.errors import ServerFailed
from model_training.evaluating.picking import Pick, picks_of
from model_training.evaluating.rows import EvaluationRow
from model_training.progress import Progress

TRIES = 4
PAUSE = 0.2  # seconds before the second try; each further one waits three times as long
NO_MODEL = ("unreachable", "refused")  # failures that say nothing about how good the model is


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A model as it is asked: a name at an OpenAI-compatible address. `key` is never written anywhere.

    `adapter` is the fingerprint of the folder that is served by this name, where it is known: a name outlives its files.
    """

    url: str
    model: str
    adapter: str = ""
    key: str = field(default="", repr=False)

    def connect(self, *, timeout: float) -> BaseChatModel:
        return connect(base_url=self.url, api_key=self.key, model=self.model, timeout=timeout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What came of one row. `picks` are the sentences that the model itself chose, whatever became of them.

    `fits` are the versions of the numbers by which `dialogue` ranked and checked. What an older version of ours wrote
    has neither `url` nor `fits`, and so is nobody's answer of today.
    """

    id: str
    digest: str
    model: str
    decision: str
    reason: str
    source: str
    text: str
    cites: tuple[str, ...] = ()
    asked_model: bool = False
    refused: bool = False  # the model itself said that the sources do not tell
    raw: str = ""
    failure: str = ""
    picks: tuple[Pick, ...] = ()
    withheld: tuple[Mapping[str, str], ...] = ()
    intent: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)
    usage: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    first_sentence: float | None = None
    prompt_version: str = PROMPT_VERSION
    url: str = ""
    adapter: str = ""
    fits: str = ""


def fits_of_today() -> str:
    return f"{DEFAULT_FIT.version} {default_support_fit().version}"


def given_of(data: Mapping[str, Any]) -> Given:
    picks = tuple(Pick(**one) for one in data["picks"])
    return replace(Given(**data), picks=picks, cites=tuple(data["cites"]), withheld=tuple(data["withheld"]))


def read_given(path: Path) -> list[Given]:
    """Whole lines only: a last line that a killed process left half written is asked again."""
    if not path.is_file():
        return []
    given = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            given.append(given_of(json.loads(line)))
        except (ValueError, TypeError, KeyError):
            continue
    return given


def ask_all(
    rows: Sequence[EvaluationRow],
    *,
    served: Served,
    path: Path,
    progress: Progress,
    concurrency: int = 4,
    patience: float = 120.0,
) -> list[Given]:
    """The answers in the order of the rows. Raises ServerFailed, Cancelled."""
    known = {one.id: one for one in read_given(path) if _is_by(one, served=served)}
    kept = [known[row.id] for row in rows if row.id in known and known[row.id].digest == row.digest]
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, kept)
    done = {one.id: one for one in kept}
    open_rows = [row for row in rows if row.id not in done]
    if open_rows:
        asking = _Asking(served, path=path, progress=progress, patience=patience, done=done)
        asyncio.run(asking.ask(open_rows, concurrency=concurrency))
    return [done[row.id] for row in rows]


def _is_by(given: Given, *, served: Served) -> bool:
    """Of this very model, asked and checked as today."""
    asked = (given.model, given.url, given.adapter, given.prompt_version, given.fits)
    return asked == (served.model, served.url, served.adapter, PROMPT_VERSION, fits_of_today())


def _write(path: Path, given: Sequence[Given]) -> None:
    draft = path.with_name(f"{path.name}.writing")
    draft.write_text("".join(map(_line, given)), encoding="utf-8", errors="replace")
    os.replace(draft, path)


def _line(given: Given) -> str:
    return json.dumps(asdict(given), ensure_ascii=False) + "\n"


class _Asking:
    """One pass over the rows that are still open."""

    def __init__(
        self, served: Served, *, path: Path, progress: Progress, patience: float, done: dict[str, Given]
    ) -> None:
        self.served, self.path, self.progress, self.done = served, path, progress, done
        self.limits = AnswerLimits(first_token=patience, between_tokens=patience, total=patience)
        self.patience = patience

    async def ask(self, rows: Sequence[EvaluationRow], *, concurrency: int) -> None:
        waiting = list(reversed(rows))
        model = self.served.connect(timeout=self.patience)
        with self.path.open("a", encoding="utf-8", errors="replace") as file:
            try:
                async with asyncio.TaskGroup() as group:
                    watching = group.create_task(self._watch())
                    workers = [
                        group.create_task(self._work(waiting, model=model, file=file))
                        for _ in range(concurrency)
                    ]
                    await asyncio.gather(*workers)
                    watching.cancel()
            except ExceptionGroup as errors:
                raise errors.exceptions[0] from None

    async def _watch(self) -> None:
        """Also while every question waits for a slow model, somebody may want it to stop."""
        while True:
            self.progress.tell(len(self.done), sentence=f"{self.served.model}: {len(self.done)} answered")
            await asyncio.sleep(1)

    async def _work(self, waiting: list[EvaluationRow], *, model: BaseChatModel, file: TextIO) -> None:
        while waiting:
            row = waiting.pop()
            given = await self._given(row, model=model)
            file.write(_line(given))
            file.flush()
            self.done[row.id] = given

    async def _given(self, row: EvaluationRow, *, model: BaseChatModel) -> Given:
        for attempt in range(TRIES):
            started = time.monotonic()
            done = await answered(row, model=model, limits=self.limits)
            if not _failed_to_ask(done):
                return given(row, done=done, served=self.served, seconds=time.monotonic() - started)
            await asyncio.sleep(PAUSE * 3**attempt)
        raise ServerFailed(
            f"The model {self.served.model!r} at {self.served.url} does not answer "
            f"({done.trace.get('failure') or 'unreachable'}); "
            f"{len(self.done)} answers are kept, and the rest is asked when this is started again."
        )


async def answered(row: EvaluationRow, *, model: BaseChatModel, limits: AnswerLimits) -> Answer:
    failures.note(model, failed=False)  # here nobody is spared a wait: every row is put to the model
    done: Answer | None = None
    async for event in answer(row.turn, search=row.search, model=model, limits=limits, hand=row.hand):
        if isinstance(event, Finished):
            done = event.answer
    if done is None:
        raise AssertionError("An answer always ends with Finished.")
    return done


def _failed_to_ask(done: Answer) -> bool:
    """The server's failure, or no question at all: other answers had just failed. A silent model is a bad one."""
    skipped = done.reason == "quoted_model_down" and "raw" not in done.trace
    return skipped or done.trace.get("failure") in NO_MODEL


def given(row: EvaluationRow, *, done: Answer, served: Served, seconds: float) -> Given:
    trace = done.trace
    picks, refused = picks_of(trace.get("raw", ""), trace=trace, row=row)
    asked_for = trace.get("action", {})
    return Given(
        id=row.id,
        digest=row.digest,
        model=served.model,
        url=served.url,
        adapter=served.adapter,
        fits=fits_of_today(),
        decision=done.decision,
        reason=done.reason,
        source=done.source,
        text=done.text,
        cites=tuple(citation.chunk_id for citation in done.citations),
        asked_model="raw" in trace,
        refused=refused,
        raw=trace.get("raw", ""),
        failure=trace.get("failure", ""),
        picks=picks,
        withheld=tuple({"text": one.text, "reason": one.reason} for one in done.withheld),
        intent=asked_for.get("name", ""),
        slots=dict(asked_for.get("arguments", {})),
        usage=dict(done.usage),
        seconds=round(seconds, 4),
        first_sentence=done.timings.get("first_sentence"),
    )

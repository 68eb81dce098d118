"""What is asked of both models and what is expected of them: one row a question, with its passages frozen.

Knows files and shapes; nothing of where rows come from or how an answer is scored.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from dialogue import Turn, Utterance
from dialogue.events import Language
from model_training.errors import RecordsInvalid
from model_training.evaluating.acting import RecordingHand, offer_of
from model_training.records import read_rows, write_rows
from model_training.rendering import passages_of
from retrieval import SearchResult

Kind = Literal["conversation", "golden", "safety", "refusal", "handoff", "action"]
Decision = Literal["answer", "clarify", "handoff", "act"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """`answers`: any one of them will do. `must_not`: texts that no answer may hold, whatever else it says.

    `intent`: the name of one of the row's offers; `slots`: what was told of it, by the slots' names."""

    decision: Decision
    answers: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()  # chunk ids, any one of them will do
    must_not: tuple[str, ...] = ()
    intent: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRow:
    """`group` names what hangs together: rows of one conversation are one draw in the intervals.

    `offers`: the actions that the site has, as `dialogue.Offer` names their parts."""

    id: str
    language: Language
    question: str
    expected: Expected
    kind: Kind
    history: tuple[Mapping[str, str], ...] = ()
    passages: tuple[Mapping[str, Any], ...] = ()
    offers: tuple[Mapping[str, Any], ...] = ()

    @property
    def hand(self) -> RecordingHand | None:
        return RecordingHand(self.offers) if self.offers else None

    @property
    def group(self) -> str:
        return self.id.partition("#")[0]

    @property
    def turn(self) -> Turn:
        said = tuple(
            Utterance("user" if one["role"] == "user" else "assistant", one["content"])
            for one in self.history
        )
        return Turn(question=self.question, history=said, locale="zh-hans" if self.language == "zh" else "en")

    def search(self, _question: str, *, limit: int) -> SearchResult:
        """The row's own passages, whatever is looked for: both models see the same."""
        return SearchResult(passages=tuple(passages_of(self.passages))[:limit])

    def as_json(self) -> dict[str, Any]:
        return {key: _plain(value) for key, value in asdict(self).items()}

    @property
    def digest(self) -> str:
        """Names the row's content: an answer to another row of this id is no answer to this one."""
        text = json.dumps(self.as_json(), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: plain for key, one in value.items() if (plain := _plain(one)) not in ("", [], {})}
    return [_plain(one) for one in value] if isinstance(value, tuple | list) else value


def row_of(data: Mapping[str, Any]) -> EvaluationRow:
    """Raises ValueError with all that is wrong."""
    if faults := _faults_of(data):
        raise ValueError("; ".join(faults))
    expected = data["expected"]
    return EvaluationRow(
        id=data["id"],
        language=data["language"],
        question=data["question"],
        kind=data["kind"],
        history=tuple(data.get("history") or ()),
        passages=tuple(data.get("passages") or ()),
        offers=tuple(data.get("offers") or ()),
        expected=Expected(
            decision=expected["decision"],
            answers=tuple(expected.get("answers") or ()),
            cites=tuple(expected.get("cites") or ()),
            must_not=tuple(expected.get("must_not") or ()),
            intent=expected.get("intent") or "",
            slots=expected.get("slots") or {},
        ),
    )


def _faults_of(data: Mapping[str, Any]) -> list[str]:
    expected = data.get("expected")
    expected = expected if isinstance(expected, Mapping) else {}
    wrong = {
        "no id": not _is_text(data.get("id")),
        "language is neither zh nor en": data.get("language") not in get_args(Language),
        "no question": not _is_text(data.get("question")),
        f"kind is none of {', '.join(get_args(Kind))}": data.get("kind") not in get_args(Kind),
        "history is not a list of messages": not _all(data.get("history"), keys=("role", "content")),
        "passages are not objects with chunk_id and text": not _all(
            data.get("passages"), keys=("chunk_id", "text")
        ),
        f"expected.decision is none of {', '.join(get_args(Decision))}": expected.get("decision")
        not in get_args(Decision),
    }
    wrong |= {
        f"expected.{key} is not a list of texts": not _texts(expected.get(key))
        for key in ("answers", "cites", "must_not")
    }
    wrong["offers are not objects with a name and slots"] = not _offers(data.get("offers"))
    offered = [one.get("name") for one in data.get("offers") or () if isinstance(one, Mapping)]
    wrong["expected.intent is none of the offers' names"] = bool(expected.get("intent")) and (
        expected["intent"] not in offered
    )
    return [fault for fault, is_so in wrong.items() if is_so]


def _offers(value: object) -> bool:
    if value is None:
        return True
    try:
        return isinstance(value, list | tuple) and bool([offer_of(one) for one in value] or True)
    except (TypeError, KeyError, ValueError, AttributeError):
        return False


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _texts(value: object) -> bool:
    return value is None or (isinstance(value, list | tuple) and all(isinstance(one, str) for one in value))


def _all(value: object, *, keys: Sequence[str]) -> bool:
    if value is None:
        return True
    return isinstance(value, list | tuple) and all(
        isinstance(one, dict) and all(isinstance(one.get(key), str) for key in keys) for one in value
    )


def read_evaluation(path: Path) -> list[EvaluationRow]:
    """The whole set, or all that is wrong with it. An id that comes twice would make one answer serve two rows."""
    rows: dict[str, EvaluationRow] = {}
    faults: list[tuple[int, str]] = []
    for number, data in enumerate(read_rows(path), start=1):
        try:
            row = row_of(data)
        except ValueError as error:
            faults.append((number, str(error)))
            continue
        if row.id in rows:
            faults.append((number, f"the id {row.id} came before"))
        rows[row.id] = row
    if not rows and not faults:
        faults = [(0, "there is not one question in it")]
    if faults:
        raise RecordsInvalid(path=path, faults=faults)
    return list(rows.values())


def write_evaluation(path: Path, rows: Iterable[EvaluationRow]) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_rows(path, (row.as_json() for row in rows))

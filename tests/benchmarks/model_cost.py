"""What is resolved without a person, and what one resolved conversation costs: ways to ask one model.

    python -m tests.benchmarks.model_cost --set golden.jsonl --url http://127.0.0.1:8101/v1 --base home --tuned NAME \\
        --every 4 --out cost.jsonl
    python -m tests.benchmarks.model_cost --set golden.jsonl --tokenizer models/home --out cost.jsonl \\
        --outputs plain=plain.jsonl base=base.jsonl tuned=tuned.jsonl

`plain` puts the whole history and whole chunks before the base model and shows what it writes, `plain-tuned` before the tuned
one; `base` and `tuned` go through `dialogue.answer`, once always asking the model and once, as `base-sure` and `tuned-sure`,
quoting what leaves no doubt (QUOTE_FROM). All see the same passages; `saved` is what a resolved question costs less than with `plain`. Tokens are counted by the server's own tokenizer, or by one that lies here, and
priced in three kinds: read, read again from the prefix cache (the fixed beginning, in whole blocks; the plain way has
none), and written. With --outputs a way takes what a model wrote elsewhere ({"id", "text"} a line; see model_guard), and
no server is needed; --write-plain writes the plain way's prompts for that. Answers are kept in --out: started again, only
what is missing is asked. Nothing here is a test.
"""

import argparse
import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import httpx
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from tokenizers import Tokenizer

from dialogue import AnswerLimits, connect, rebuild_prompt
from dialogue.testing import ScriptedModel
from dialogue.verifying.checking import says_nothing
from model_training.evaluating import EvaluationRow, read_evaluation
from model_training.evaluating.asking import NO_MODEL, answered
from model_training.evaluating.scoring import RIGHT, correctness
from model_training.records import write_rows
from tests.benchmarks.model_guard import read_outputs

PATIENT = AnswerLimits(first_token=300, between_tokens=300, total=300)
PLAINLY = ("plain", "plain-tuned")
SURE = "-sure"  # ends the name of a way that quotes what leaves no doubt
QUOTE_FROM = 0.8  # as the settings have it
PLAIN = (
    "You are the customer service assistant of a company. Answer the customer in the customer's language, by the "
    "documents below only. If they do not hold the answer, write only: NONE.\n\nDocuments:\n\n{documents}"
)
ROLES = {"human": "user", "ai": "assistant", "system": "system"}


@dataclass(frozen=True, kw_only=True)
class Tokens:
    read: int = 0
    again: int = 0  # read from the prefix cache; not in `read`
    written: int = 0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    id: str
    way: str
    language: str
    answerable: bool
    answered: bool
    right: bool
    text: str
    tokens: Tokens


class Counter(Protocol):
    def of_text(self, text: str, *, model: str) -> int: ...

    def of_prompt(self, messages: Sequence[BaseMessage], *, model: str) -> tuple[int, int]:
        """All of it, and what of its fixed beginning the cache holds."""


class ServersCounter:
    """The server's own tokenizer."""

    def __init__(self, url: str, *, block: int) -> None:
        self._client = httpx.Client(base_url=url.removesuffix("/v1"), timeout=60)
        self._block = block

    def of_text(self, text: str, *, model: str) -> int:
        return self._count({"model": model, "prompt": text, "add_special_tokens": False}) if text else 0

    def of_prompt(self, messages: Sequence[BaseMessage], *, model: str) -> tuple[int, int]:
        whole, head = self._prompt(messages, model=model), self._prompt(messages[:1], model=model)
        return whole, head // self._block * self._block

    def _prompt(self, messages: Sequence[BaseMessage], *, model: str) -> int:
        told = [{"role": ROLES[one.type], "content": one.content} for one in messages]
        return self._count({"model": model, "messages": told, "add_generation_prompt": True})

    def _count(self, body: Mapping[str, Any]) -> int:
        return int(self._client.post("/tokenize", json=body).raise_for_status().json()["count"])


class OwnCounter:
    """A tokenizer that lies here, of a model whose turns are ChatML (the home model, Qwen and its kin)."""

    _AROUND, _OPENING = (
        5,
        3,
    )  # tokens: <|im_start|>, role, line · text · <|im_end|>, line; and the answer's opening

    def __init__(self, folder: Path, *, block: int) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._block = block

    def of_text(self, text: str, *, model: str) -> int:
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def of_prompt(self, messages: Sequence[BaseMessage], *, model: str) -> tuple[int, int]:
        lengths = [self._AROUND + self.of_text(str(one.content), model=model) for one in messages]
        return sum(lengths) + self._OPENING, lengths[0] // self._block * self._block


def plain_prompt(row: EvaluationRow) -> list[BaseMessage]:
    documents = "\n\n".join(f"# {one.get('title', '')}\n{one['text']}" for one in row.passages)
    history = "".join(
        f"{'Customer' if said['role'] == 'user' else 'Assistant'}: {said['content']}\n"
        for said in row.history
    )
    return [
        SystemMessage(content=PLAIN.format(documents=documents)),
        HumanMessage(content=f"{history}{row.question}"),
    ]


class Asker:
    """One way to ask one model. `recorded`: what it wrote to each question elsewhere, by the same prompt, if anything."""

    def __init__(
        self,
        url: str,
        *,
        model: str,
        counter: Counter,
        recorded: Mapping[str, str] | None,
        limits: AnswerLimits,
    ) -> None:
        self._url, self._model, self._counter = url, model, counter
        self._recorded, self._limits = recorded, limits

    def _connect(self, row: EvaluationRow) -> BaseChatModel:
        if self._recorded is not None:  # a question to which nothing was written was turned away
            return ScriptedModel(replies=[self._recorded.get(row.id, "NONE")], chunk=1_000)
        return connect(base_url=self._url, api_key="", model=self._model, timeout=300)

    async def plainly(self, row: EvaluationRow) -> tuple[str, Tokens]:
        messages = plain_prompt(row)
        text = str((await self._connect(row).ainvoke(messages, max_tokens=300)).content)
        read, _ = self._counter.of_prompt(messages, model=self._model)
        return text, Tokens(read=read, written=self._counter.of_text(text, model=self._model))

    async def through_dialogue(self, row: EvaluationRow) -> tuple[str, Tokens]:
        """No text where nothing was answered."""
        done = await answered(row, model=self._connect(row), limits=self._limits)
        if done.trace.get("failure") in NO_MODEL:
            raise SystemExit(f"{self._model} at {self._url} does not answer: {done.trace['failure']}")
        text = done.text if done.decision == "answer" else ""
        if "raw" not in done.trace:
            return text, Tokens()
        read, again = self._counter.of_prompt(rebuild_prompt(done.trace, chunks={}), model=self._model)
        written = self._counter.of_text(done.trace["raw"], model=self._model)
        return text, Tokens(read=read - again, again=again, written=written)


async def outcome_of(row: EvaluationRow, *, way: str, asker: Asker) -> Outcome:
    text, tokens = await (asker.plainly(row) if way in PLAINLY else asker.through_dialogue(row))
    is_answered = bool(text.strip()) and not says_nothing(text)
    return Outcome(
        id=row.id,
        way=way,
        language=row.language,
        answerable=bool(row.expected.answers),
        answered=is_answered,
        right=is_answered and bool(row.expected.answers) and correctness(text, row=row) >= RIGHT,
        text=text,
        tokens=tokens,
    )


def table(outcomes: Sequence[Outcome], *, prices: Mapping[str, float]) -> list[dict[str, Any]]:
    lines = []
    for language in ("all", "en", "zh"):
        spoken = [one for one in outcomes if language in (one.language, "all")]
        by_way = {
            way: _line(way, language, outcomes=[one for one in spoken if one.way == way], prices=prices)
            for way in dict.fromkeys(one.way for one in outcomes)
        }
        lines += [line | {"saved": _saved(line, by_way.get("plain"))} for line in by_way.values()]
    return lines


def _saved(line: Mapping[str, Any], plain: Mapping[str, Any] | None) -> float | None:
    """The share of the plain way's cost of a resolved question that this way does without."""
    cost, usual = line["cost_per_1000_resolved"], plain and plain["cost_per_1000_resolved"]
    return round(1 - cost / usual, 3) if cost and usual else None


def _line(
    way: str, language: str, *, outcomes: Sequence[Outcome], prices: Mapping[str, float]
) -> dict[str, Any]:
    answerable = [one for one in outcomes if one.answerable]
    resolved = sum(one.right for one in answerable)
    cost = sum(getattr(one.tokens, kind) * prices[kind] for one in outcomes for kind in prices) / 1e6
    return {
        "way": way,
        "language": language,
        "questions": len(outcomes),
        "answerable": len(answerable),
        "resolved": resolved,
        "resolved_share": round(resolved / len(answerable), 3) if answerable else None,
        "answered_wrongly": sum(one.answered and not one.right for one in outcomes),
        "read": sum(one.tokens.read for one in outcomes),
        "again": sum(one.tokens.again for one in outcomes),
        "written": sum(one.tokens.written for one in outcomes),
        "cost_per_1000_resolved": round(1000 * cost / resolved, 4) if resolved else None,
    }


def read_outcomes(path: Path) -> list[Outcome]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    rows = [json.loads(line) for line in lines if line.endswith("}")]
    return [Outcome(**{**row, "tokens": Tokens(**row["tokens"])}) for row in rows]


def _askers(chosen: argparse.Namespace) -> dict[str, Asker]:
    """A way without a model to ask, and without what one wrote elsewhere, is left out."""
    written = {pair.partition("=")[0]: read_outputs(Path(pair.partition("=")[2])) for pair in chosen.outputs}
    counter: Counter = (
        OwnCounter(chosen.tokenizer, block=chosen.block)
        if chosen.tokenizer
        else ServersCounter(chosen.url, block=chosen.block)
    )
    names = {"plain": chosen.base, "plain-tuned": chosen.tuned, "base": chosen.base, "tuned": chosen.tuned}
    askers = {}
    for way in chosen.ways.split(","):
        kind = way.removesuffix(SURE)
        limits = replace(PATIENT, quote_from=QUOTE_FROM) if way.endswith(SURE) else PATIENT
        recorded = written.get(kind)
        if recorded is not None or (chosen.url and names[kind]):
            model = names[kind] or kind
            askers[way] = Asker(chosen.url, model=model, counter=counter, recorded=recorded, limits=limits)
    return askers


async def run(chosen: argparse.Namespace) -> list[Outcome]:
    rows = [row for row in read_evaluation(chosen.set) if row.passages][chosen.start :: chosen.every]
    if chosen.write_plain:
        write_rows(chosen.write_plain, map(_plain_row, rows))
    done = read_outcomes(chosen.out)
    known = {(one.way, one.id) for one in done}
    gate = asyncio.Semaphore(chosen.at_once)

    async def one(way: str, asker: Asker, row: EvaluationRow) -> None:
        async with gate:
            outcome = await outcome_of(row, way=way, asker=asker)
        done.append(outcome)
        with chosen.out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(outcome), ensure_ascii=False) + "\n")

    for way, asker in _askers(chosen).items():
        missing = [row for row in rows if (way, row.id) not in known]
        await asyncio.gather(*(one(way, asker, row) for row in missing))
    return [outcome for outcome in done if outcome.id in {row.id for row in rows}]


def _plain_row(row: EvaluationRow) -> dict[str, Any]:
    told = [{"role": ROLES[one.type], "content": one.content} for one in plain_prompt(row)]
    return {"id": row.id, "prompt": told}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--set", type=Path, required=True, help="frozen questions (golden_set makes them)")
    parser.add_argument(
        "--url", default="", help="an OpenAI-compatible address that also has /tokenize, as vLLM has"
    )
    parser.add_argument(
        "--tokenizer", type=Path, help="a model folder whose tokenizer counts in place of a server's"
    )
    parser.add_argument("--base", default="", help="the base model's name there")
    parser.add_argument("--tuned", default="", help="the tuned model's name there")
    parser.add_argument(
        "--outputs", nargs="*", default=[], metavar="WAY=FILE", help="what was written elsewhere"
    )
    parser.add_argument("--write-plain", type=Path, help="write the plain way's prompts there")
    parser.add_argument("--ways", default="plain,plain-tuned,base,tuned,base-sure,tuned-sure")
    parser.add_argument("--every", type=int, default=1, help="only each n-th question")
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--at-once", type=int, default=1, help="questions under way")
    parser.add_argument(
        "--block", type=int, default=16, help="tokens in a block of the prefix cache (128 on a CPU)"
    )
    parser.add_argument("--price-read", type=float, default=0.27, help="of a million tokens, in any currency")
    parser.add_argument("--price-again", type=float, default=0.07)
    parser.add_argument("--price-written", type=float, default=1.10)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    if not chosen.url and not chosen.tokenizer:
        parser.error("name a server (--url) or a tokenizer (--tokenizer)")
    prices = {"read": chosen.price_read, "again": chosen.price_again, "written": chosen.price_written}
    for line in table(asyncio.run(run(chosen)), prices=prices):
        print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    main()

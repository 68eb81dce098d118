"""A teacher's answers in the place of people's: the questions of conversations, put to a larger model.

The teacher gets the very prompt that serves. Its answer counts only if it stands on sentences of that prompt; what it
does not find there, or makes up, teaches nothing. Any OpenAI-compatible address will do. Knows no torch.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx

from model_training.errors import TeacherFailed
from model_training.rendering import CannotRender, Question, passages_of, turn_before

ASKED_AT_ONCE = 8
LONGEST_ANSWER = 2_048  # tokens, thinking included
_SECONDS = 120.0
_THOUGHT = re.compile(r"^.*?</think>", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Teacher:
    url: str
    model: str
    api_key: str = ""

    def answer(self, prompt: Sequence[Mapping[str, str]], *, client: httpx.Client) -> str:
        """Raises TeacherFailed. What it thinks aloud is left out."""
        body = {"model": self.model, "messages": list(prompt), "temperature": 0, "max_tokens": LONGEST_ANSWER}
        headers = {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        try:
            response = client.post(f"{self.url.rstrip('/')}/chat/completions", json=body, headers=headers)
            response.raise_for_status()
            text = response.json()["choices"][0]["message"]["content"] or ""
        except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
            raise TeacherFailed(f"The teacher at {self.url} gave no answer: {error!r}.") from error
        return _THOUGHT.sub("", text).strip()


@dataclass(slots=True)
class Distilled:
    records: list[dict[str, Any]] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


def distill(records: Sequence[Mapping[str, Any]], *, teacher: Teacher) -> Distilled:
    """The records with the teacher's answer as their last message, those without a grounded one left out."""
    distilled = Distilled()
    with (
        httpx.Client(timeout=_SECONDS) as client,
        ThreadPoolExecutor(ASKED_AT_ONCE) as pool,
    ):
        for record, reason in pool.map(lambda one: _taught(one, teacher=teacher, client=client), records):
            if record is None:
                distilled.dropped[reason] += 1
            else:
                distilled.records.append(record)
    return distilled


def _taught(
    record: Mapping[str, Any], *, teacher: Teacher, client: httpx.Client
) -> tuple[dict[str, Any] | None, str]:
    number = next(iter(_answered(record)), None)
    if number is None:
        return None, "there are no passages with it"
    said = record["messages"][number]
    try:
        turn = turn_before(record["messages"], number=number, language=record.get("language", ""))
        question = Question.over(passages_of(said["passages"]), turn=turn)
    except CannotRender as reason:
        return None, str(reason)
    answer = teacher.answer(question.prompt, client=client)
    standing = question.stands_on(answer)
    if not standing:
        return None, "the teacher's answer stands on no sentence"
    content = "\n".join(one.text for one in standing)
    taught = {"role": "assistant", "author": "assistant", "content": content, "model": teacher.model}
    messages = [*record["messages"][:number], taught | {"passages": said["passages"]}]
    provenance = {**(record.get("provenance") or {}), "teacher": teacher.model}
    return {**record, "messages": messages, "provenance": provenance}, ""


def _answered(record: Mapping[str, Any]) -> Iterator[int]:
    """The messages with passages, the last one first."""
    for number in range(len(record["messages"]) - 1, -1, -1):
        if record["messages"][number]["role"] == "assistant" and record["messages"][number].get("passages"):
            yield number

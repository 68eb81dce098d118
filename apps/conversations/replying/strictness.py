"""How strictly a site has its answers checked, and the judge that it may have asked beside.

The judge is an adapter at the model server, under a name of its own (JUDGE_MODEL). One that is not served, is down or
fails is left alone until a probe finds it; meanwhile the light check decides, and the trace says so.
"""

from functools import lru_cache
from typing import Literal

import httpx
from django.conf import settings

from apps.conversations.models import Site
from apps.conversations.replying.readiness import judge_model
from apps.knowledge.embedding.cross_encoders import cross_encoder
from dialogue import Answer, ServedJudge, Strictness, SupportCheck

JudgeState = Literal["served", "not_served", "unreachable"]
LOOK_SECONDS = 1.5


def check_of(site: Site) -> SupportCheck:
    """As it is now. The judge counts as served until it fails an answer or a probe."""
    strictness: Strictness = site.strictness  # type: ignore[assignment] # one of them, by the form that saved it
    reader = cross_encoder("supports")
    if not site.asks_judge:
        return SupportCheck(strictness=strictness, reader=reader)
    if judge_model().is_down:
        return SupportCheck(strictness=strictness, reader=reader, absent="not_served")
    judge = _judge(settings.LLM_BASE_URL, settings.JUDGE_MODEL, patience=settings.JUDGE_TIMEOUT)
    return SupportCheck(strictness=strictness, reader=reader, judge=judge, patience=settings.JUDGE_TIMEOUT)


@lru_cache(maxsize=4)
def _judge(url: str, model: str, *, patience: float) -> ServedJudge:
    """One for all answers of a process: its connections are kept open."""
    return ServedJudge(url=url, model=model, key=settings.LLM_API_KEY, timeout=patience)


def note_judge(answer: Answer) -> None:
    """A judge that gave no verdict is not asked for the next customers until it answers again."""
    if answer.trace.get("check", {}).get("absent") in ("unreachable", "refused", "slow"):
        judge_model().went_down()


def judge_state() -> JudgeState:
    """Whether the model server names the judge among what it serves; for people, who can wait a moment."""
    headers = {"Authorization": f"Bearer {settings.LLM_API_KEY}"}
    try:
        told = httpx.get(f"{settings.LLM_BASE_URL}/models", headers=headers, timeout=LOOK_SECONDS)
        names = {str(one["id"]) for one in told.raise_for_status().json()["data"]}
    except (httpx.HTTPError, ValueError, LookupError, TypeError):
        return "unreachable"
    return "served" if settings.JUDGE_MODEL in names else "not_served"

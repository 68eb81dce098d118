"""How an answer came about, as JSON: enough to explain it and to rebuild its prompt. Never what was thought aloud."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import BaseMessage

from dialogue.crossing import Crossed
from dialogue.events import Withheld
from dialogue.fit import Fit
from dialogue.searching.evidence import Candidate
from dialogue.searching.gathering import Found, merged, passages_of
from dialogue.turns import Earlier
from dialogue.understanding.reading import Understanding
from dialogue.understanding.requesting import Request
from dialogue.verifying.picking import Picked, SupportCheck
from dialogue.verifying.supporting import default_support_fit
from dialogue.writing.prompting import PROMPT_VERSION, Source
from retrieval import Passage

SHAPE = 1  # of the trace itself


class Trace:
    """Grows while the answer does; `data` is what is stored."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {"shape": SHAPE}

    def understood(self, understood: Understanding) -> None:
        self.data |= {
            "question": understood.question,
            "asked": understood.focus,
            "language": understood.language,
            "wants_person": understood.wants_person,
        }

    def found(self, found: Sequence[Found], *, fit: Fit) -> None:
        """For several questions: all passages, and the figures of the one with the most evidence."""
        best = max(found, key=lambda one: one.evidence)
        result = best.result
        self.data |= {
            "fit_version": result.fit_version,
            "knowledge_revision": result.revision,
            "refuse_below": result.refuse_below,
            "word_for_word_from": result.word_for_word_from,
            "degraded": list(result.degraded),
            "reranker": result.reranker,
            "passages": [_passage(passage) for passage in passages_of(found)],
            "dialogue_fit": fit.version,
            "evidence": round(best.evidence, 4),
            "evidence_needed": best.needed,
            "read": None if best.read is None else round(best.read, 4),
            "sentences": [_sentence(one) for one in merged(found)[:6]],
        }

    def crossed(self, crossed: Crossed) -> None:
        self.data["translated"] = {"question": crossed.question, "failure": crossed.failure}

    def prompted(
        self,
        messages: Sequence[BaseMessage],
        *,
        sources: Sequence[Source],
        model: str,
        recalled: Earlier | None = None,
    ) -> None:
        if recalled is not None:
            self.data["recalled"] = {"asked": recalled.asked, "outcome": recalled.outcome}
        self.data |= {
            "model": model,
            "prompt_version": PROMPT_VERSION,
            "prompt_digest": digest(messages),
            "sources": [
                {
                    "number": one.number,
                    "chunk_id": one.chunk_id,
                    "position": one.position,
                    "about": one.about,
                    "text": one.text,
                }
                for one in sources
            ],
        }

    def checking(self, checking: SupportCheck) -> None:
        """`absent`: why a judge that the site wants was not asked, or not any more."""
        self.data["check"] = {
            "strictness": checking.strictness,
            "version": default_support_fit().version,
            "judge": checking.judge.name if checking.judge else "",
            "absent": checking.absent,
            "sentences": self.data.get("check", {}).get("sentences", []),
        }

    def checked(self, sentence: str, *, picked: Picked) -> None:
        support = picked.support
        if support is not None:
            self.data["check"]["sentences"].append(
                {
                    "text": sentence,
                    "level": support.level,
                    "likelihood": round(support.likelihood, 4),
                    "reason": picked.reason,
                    "replaced": bool(picked.reason and picked.shown),
                    "judge_failed": support.judge_failed,
                }
            )

    def wrote(self, text: str, *, failure: str) -> None:
        self.data |= {"raw": text, "failure": failure}

    def requested(self, request: Request) -> None:
        self.data["action"] = {
            "name": request.offer.name,
            "arguments": dict(request.arguments),
            "missing": request.missing.name if request.missing else "",
        }

    def withheld(self, withheld: Sequence[Withheld]) -> None:
        self.data["withheld"] = [
            {"text": one.text, "reason": one.reason, "citation": one.citation} for one in withheld
        ]


def _passage(passage: Passage) -> dict[str, Any]:
    chunk = passage.chunk
    return {
        "chunk_id": chunk.id,
        "document_id": chunk.document_id,
        "external_id": chunk.external_id,
        "title": chunk.title,
        "relevance": round(passage.relevance, 4),
        "score": round(passage.score, 4),
        "dense": None if passage.dense is None else round(passage.dense, 4),
        "words": None if passage.words is None else round(passage.words, 4),
        "reranked": None if passage.reranked is None else round(passage.reranked, 4),
    }


def _sentence(candidate: Candidate) -> dict[str, Any]:
    return {
        "chunk_id": candidate.passage.chunk.id,
        "position": candidate.position,
        "score": round(candidate.score, 4),
        "text": candidate.text,
    }


def digest(messages: Sequence[BaseMessage]) -> str:
    """Names a prompt: two prompts with one digest are the same, byte for byte."""
    written = json.dumps([[message.type, message.content] for message in messages], ensure_ascii=False)
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:16]

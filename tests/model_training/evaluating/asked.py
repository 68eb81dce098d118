"""Small rows and answers, for tests of what is made of them."""

from typing import Any

from model_training.evaluating import EvaluationRow, Expected, Given


def passage(chunk_id: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "chunk_id": chunk_id,
        "document_id": f"doc-{chunk_id}",
        "title": "Page",
        "relevance": 0.8,
        "text": text,
    } | more


def row(name: str = "r1", **more: Any) -> EvaluationRow:
    return EvaluationRow(
        **{
            "id": name,
            "language": "en",
            "question": "How many days do I have to return a lamp?",
            "kind": "golden",
            "passages": (
                passage("a", "You can return a lamp within 21 days of delivery. We test each lamp."),
                passage("b", "Gift wrapping costs 3 euros per parcel.", relevance=0.2),
            ),
            "expected": Expected(decision="answer", answers=("21 days",), cites=("a",)),
        }
        | more
    )


def given(asked: EvaluationRow, text: str = "", **more: Any) -> Given:
    return Given(
        **{
            "id": asked.id,
            "digest": asked.digest,
            "model": "home",
            "decision": "answer",
            "reason": "supported",
            "source": "model",
            "text": text,
        }
        | more
    )

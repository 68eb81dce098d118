"""Two models, one frozen set of questions, one comparison.

In the order in which it happens: `rows` (what a question and its expectation are) → `freezing` (held-out
conversations, golden questions and the shipped safety questions become the set) → `asking` (each row through
`dialogue.answer` with exactly its own passages) → `scoring` → `comparing` → `reporting`. Knows no Django, no torch and
no knowledge base: the same set gives the same figures on every host that serves the models.
"""

from model_training.evaluating.asking import Given, Served, ask_all, read_given
from model_training.evaluating.comparing import compare
from model_training.evaluating.evaluation import COMPARISON, EVALUATION, evaluate
from model_training.evaluating.freezing import (
    action_rows,
    evaluation_rows,
    freeze,
    golden_rows,
    safety_rows,
)
from model_training.evaluating.rows import EvaluationRow, Expected, read_evaluation, write_evaluation
from model_training.evaluating.scoring import METRICS, Metric, score
from model_training.evaluating.settings import Settings

__all__ = [
    "COMPARISON",
    "EVALUATION",
    "METRICS",
    "EvaluationRow",
    "Expected",
    "Given",
    "Metric",
    "Served",
    "Settings",
    "action_rows",
    "ask_all",
    "compare",
    "evaluate",
    "evaluation_rows",
    "freeze",
    "golden_rows",
    "read_evaluation",
    "read_given",
    "safety_rows",
    "score",
    "write_evaluation",
]

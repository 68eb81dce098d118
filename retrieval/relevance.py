"""How likely a passage is to hold what was asked for: one number between 0 and 1.

The raw cosine of a small embedder separates right from wrong badly, and BM25 has no scale. So relevance is fitted on
labelled questions (`retrieval.fitting`) as a logistic regression over a few features and shipped as a small file, with
one row of weights for each set of channels that may have answered.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.resources import files
from pathlib import Path

from retrieval.fusion import Candidate

BEST_FEW = 5  # finds that may be right and so tell nothing about the background
USUAL_BACKGROUND = 0.1  # of the home embedder
USUAL_COUNTS_AS = 10  # finds; a small shop has hardly a background of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What was fitted: how channels are fused, and per kind of search the weight of each feature of relevance."""

    version: str
    dense_weight: float
    cosine_span: float
    widening: float
    relevance: Mapping[str, Mapping[str, float]]
    refuse_below: float = 0.0  # passages that are all less relevant than this are no evidence
    word_for_word_from: float = 0.8  # a listed question as relevant as this is answered by its own answer

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def load_fit(text: str) -> Fit:
    return Fit(**json.loads(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a question's candidates have in common: they are judged against it."""

    background: float  # the cosine that any passage has to this question
    asked: int  # how many words the question asks by
    chinese: bool


def features_of(candidate: Candidate, *, setting: Setting) -> dict[str, float]:
    """What relevance is judged by."""
    cosine = setting.background if candidate.dense is None else candidate.dense
    return {
        "one": 1.0,
        "cosine": cosine,
        "above_background": cosine - setting.background,
        "share": candidate.share,
        "coverage": candidate.coverage,
        "covered_words": candidate.coverage * math.log1p(setting.asked),
        "few_words": 1 / (1 + setting.asked),
        "chinese": float(setting.chinese),
        "chinese_coverage": setting.chinese * candidate.coverage,
        "chinese_cosine": setting.chinese * cosine,
    }


def judge(candidate: Candidate, *, setting: Setting, weights: Mapping[str, float]) -> float:
    """The relevance of one candidate."""
    features = features_of(candidate, setting=setting)
    total = sum(weights.get(name, 0.0) * value for name, value in features.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def background_of(cosines: Sequence[float]) -> float:
    """The mean cosine of what the dense channel found below its best few; near the usual one where there is little."""
    rest = sorted(cosines, reverse=True)[BEST_FEW:]
    return (sum(rest) + USUAL_BACKGROUND * USUAL_COUNTS_AS) / (len(rest) + USUAL_COUNTS_AS)


DEFAULT_FIT = load_fit((files("retrieval") / "fitted" / "default.json").read_text(encoding="utf-8"))


def default_fit(embedder: str) -> Fit:
    """What is used until somebody fits anew: that of the home embedder, or that one borrowed, which its name says."""
    return replace(DEFAULT_FIT, version=f"{DEFAULT_FIT.version} for {embedder}") if embedder else DEFAULT_FIT

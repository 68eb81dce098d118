"""The fitted numbers of dialogue: weights and thresholds in one small versioned file.

`tests/benchmarks/dialogue_fit.py` writes it from labelled questions; what it means stands in `evidence.py`.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_FITS = Path(__file__).parent / "fits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    version: str
    sentence: Mapping[str, float]  # weights: does this sentence answer the question?
    sentence_closely: Mapping[str, float]  # the same where meaning was compared too
    sentence_across: Mapping[str, float]  # the same for a page in another language than the question's
    evidence: Mapping[str, float]  # weights: do these passages answer it at all?
    evidence_closely: Mapping[str, float]
    evidence_across: Mapping[str, float]
    evidence_needed: float
    evidence_needed_when_said: float  # where one passage, with its title, says every word of the question
    evidence_needed_across: float  # where every page that was found is in another language than the question
    evidence_needed_beside: (
        float  # where the best sentence's page is, beside others in the question's language
    )
    evidence_needed_when_refused: float  # the same after the model said that the sources do not tell
    read: Mapping[str, float]  # weights: the same sentence, when a reader has read it beside the question
    read_across: Mapping[str, float]  # the same of a page in another language than the question's
    evidence_read: Mapping[str, float]  # and whether there is evidence, by the best that was read
    evidence_read_across: Mapping[str, float]
    evidence_needed_when_read: float
    guard: float  # the share of the best sentence's score that a picked sentence must have
    overlap: float  # share of a sentence's words that one passage sentence must say
    overlap_of_several: float  # the same when it takes neighbouring sentences together

    def answers(self, features: Mapping[str, float]) -> float:
        """How likely a sentence with these features answers the question."""
        return _likelihood(self.sentence, features=features)

    def answers_closely(self, features: Mapping[str, float]) -> float:
        return _likelihood(self.sentence_closely, features=features)

    def answers_across(self, features: Mapping[str, float]) -> float:
        return _likelihood(self.sentence_across, features=features)

    def is_close_evidence(self, features: Mapping[str, float]) -> float:
        return _likelihood(self.evidence_closely, features=features)

    def is_evidence_across(self, features: Mapping[str, float]) -> float:
        return _likelihood(self.evidence_across, features=features)

    def answers_as_read(self, score: float, *, read: float, across: bool) -> float:
        """A sentence's score and what a reader says of it → one score."""
        weights = self.read_across if across else self.read
        return _likelihood(weights, features={"score": logit(score), "read": logit(read)})

    def is_evidence_as_read(self, evidence: float, *, read: float, across: bool) -> float:
        weights = self.evidence_read_across if across else self.evidence_read
        return _likelihood(weights, features={"evidence": logit(evidence), "read": logit(read)})

    def needed(self, *, said: bool) -> float:
        return self.evidence_needed_when_said if said else self.evidence_needed

    def needed_across(self, *, beside: bool) -> float:
        """More where the knowledge base speaks the customer's language too: there it would say what it has to say."""
        return self.evidence_needed_beside if beside else self.evidence_needed_across

    def is_evidence(self, features: Mapping[str, float]) -> float:
        """How likely the answer is in the passages."""
        return _likelihood(self.evidence, features=features)


def logit(probability: float) -> float:
    probability = min(max(probability, 0.001), 0.999)
    return math.log(probability / (1 - probability))


def _likelihood(weights: Mapping[str, float], *, features: Mapping[str, float]) -> float:
    total = weights["bias"] + sum(weights.get(name, 0.0) * value for name, value in features.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def read_fit(path: Path) -> Fit:
    return Fit(**json.loads(path.read_text(encoding="utf-8")))


DEFAULT_FIT = read_fit(_FITS / "dialogue-7.json")

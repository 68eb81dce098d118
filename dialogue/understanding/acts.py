"""What a message does beside asking: calls for a person, greets, thanks, vents. By meaning, beside the rules.

Rules know wordings; this knows what a wording is close to: the vector that the search has of the message anyway, weighed by a
small fitted file (`tests/benchmarks/acts_fit.py` writes it, from sentences that people wrote for it and from public
messages). It speaks up only when it is sure, costs nothing, and is silent where another embedder searches: then the rules
are all there is.
"""

import contextlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import mul
from pathlib import Path
from typing import Literal

from dialogue.turns import Search
from dialogue.understanding.parting import asks
from dialogue.understanding.persons import asks_about_persons
from retrieval import IndexUnavailable, SearchResult

Act = Literal["person", "greeting", "thanks", "goodbye", "about_us", "complaint", "other"]
LONGEST = 160  # characters; a longer message does more than one thing
_FITS = Path(__file__).parent.parent / "fits"
_GREETS = re.compile(  # how greetings begin, and whom those ask about that put a question
    r"^(?:hi|hey|hello|hiya|howdy|yo|(?:good )?(?:morning|afternoon|evening|day))\b|^(?:早|嗨|哈[喽啰罗]|(?:早上|上午|中午|下午|晚上)好)"
    r"|\b(?:you|u|ya|things|everyone|everybody|it going|what'?s up)\b|[你您]|大家|最近|有人",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActsFit:
    """`weights` have one number for each place of a vector of `embedder`; `needed` is how sure it must be of an act."""

    version: str
    embedder: str
    weights: Mapping[Act, Sequence[float]]
    bias: Mapping[Act, float]
    needed: Mapping[Act, float]

    def act_of(self, vector: Sequence[float]) -> Act:
        """ "other" where no act is sure enough."""
        likely = self.likelihoods(vector)
        best = max(likely, key=lambda act: likely[act])
        return best if likely[best] >= self.needed.get(best, 1.0) else "other"

    def likelihoods(self, vector: Sequence[float]) -> dict[Act, float]:
        scores = {act: bias + sum(map(mul, self.weights[act], vector)) for act, bias in self.bias.items()}
        top = max(scores.values())
        shares = {act: math.exp(score - top) for act, score in scores.items()}
        total = sum(shares.values())
        return {act: share / total for act, share in shares.items()}


def read_acts_fit(path: Path) -> ActsFit:
    return ActsFit(**json.loads(path.read_text(encoding="utf-8")))


def act_of(text: str, *, search: Search, searched: str, result: SearchResult) -> Act:
    """`result` is what was found for `searched`; another search is only made where those were not the words of `text`."""
    if len(text) > LONGEST or result.embedder != DEFAULT_ACTS.embedder:
        return "other"
    with contextlib.suppress(IndexUnavailable):  # the embedder went away: the rules have spoken
        act = _act_in(result if searched == text else search(text, limit=1))
        return "other" if _asks_after_all(text, act=act) else act
    return "other"


def _asks_after_all(text: str, *, act: Act) -> bool:
    """ "How is the weather today?" is near "how are you today?", and no greeting; "must I call an agent?" is no wish for one."""
    if act == "person":
        return asks_about_persons(text)
    return act == "greeting" and asks(text) and not _GREETS.search(text)


def _act_in(result: SearchResult) -> Act:
    return DEFAULT_ACTS.act_of(result.vector()) if result.vector else "other"


DEFAULT_ACTS = read_acts_fit(_FITS / "acts-1.json")

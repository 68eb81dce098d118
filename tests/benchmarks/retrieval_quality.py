"""How well retrieval ranks and how well it knows what it does not know, on public labelled sets.

    python -m tests.benchmarks.retrieval_quality --data FOLDER [--cache FILE] [--fit OUT.json] [--json]

Each set is judged by a fit that has not seen it. `--fit` fits on all sets and writes the file that the package ships. Short
questions are fitted on too (`short_sets.py`, half "fit"); how they fare is measured by `short_questions`.
"""

import argparse
import hashlib
import json
import pickle
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings
from sklearn.metrics import brier_score_loss, roc_auc_score

from retrieval import DEFAULT_FIT, Fit, HomeEmbeddings
from retrieval.fitting import (
    Example,
    LabelledSet,
    Tried,
    examples_of,
    fit_sets,
    ndcg,
    reduce_set,
    try_settings,
)
from retrieval.relevance import judge
from tests.benchmarks.retrieval_sets import load_sets, load_strangers
from tests.benchmarks.short_sets import load_short_sets

SMALL = (6, 20)  # documents of the reduced copies of each set
THRESHOLDS = (0.15, 0.5)
RRF = 60


class RememberedEmbeddings(Embeddings):
    """Another embedder's vectors, kept in a file between runs."""

    def __init__(self, embedder: Embeddings, *, path: Path | None) -> None:
        self._embedder = embedder
        self._path = path
        self._known: dict[str, list[float]] = (
            pickle.loads(path.read_bytes()) if path and path.exists() else {}
        )

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        new = [text for text in dict.fromkeys(texts) if self._key("d", text) not in self._known]
        for text, vector in zip(new, self._embedder.embed_documents(new), strict=True):
            self._known[self._key("d", text)] = vector
        return [self._known[self._key("d", text)] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        key = self._key("q", text)
        if key not in self._known:
            self._known[key] = self._embedder.embed_query(text)
        return self._known[key]

    def save(self) -> None:
        if self._path:
            self._path.write_bytes(pickle.dumps(self._known))

    def _key(self, kind: str, text: str) -> str:
        return kind + hashlib.sha256(text.encode()).hexdigest()


def main() -> None:
    options = _options()
    embedder = RememberedEmbeddings(HomeEmbeddings(), path=options.cache)
    sets = load_sets(options.data)
    examples: dict[str, list[Example]] = {}
    for labelled in [*sets, *(reduce_set(each, documents=size) for size in SMALL for each in sets)]:
        print(f"searching {labelled.name}", file=sys.stderr)
        strangers = _strangers(labelled, sets=sets, outside=load_strangers(options.data))
        examples[labelled.name] = examples_of(
            labelled, strangers=strangers, embedder=embedder, fit=DEFAULT_FIT
        )
        embedder.save()
    for each in load_short_sets(options.data, half="fit"):
        print(f"searching {each.name}", file=sys.stderr)
        examples[each.name] = examples_of(each.labelled(), strangers=[], embedder=embedder, fit=DEFAULT_FIT)
        embedder.save()
    tried = try_settings(examples, start=DEFAULT_FIT)
    if options.fit:
        fit_sets(examples, tried=tried, version=options.version, start=DEFAULT_FIT).save(options.fit)
    rows = [_row(each.name, examples=examples, tried=tried) for each in sets]
    rows.append(
        {
            "set": "mean",
            **{name: float(np.mean([row[name] for row in rows])) for name in rows[0] if name != "set"},
        }
    )
    _show(rows, as_json=options.json)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--fit", type=Path)
    parser.add_argument("--version", default="home-2")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _strangers(labelled: LabelledSet, *, sets: Sequence[LabelledSet], outside: Sequence[str]) -> list[str]:
    """Questions of collections of another kind, and those that belong nowhere."""
    own = _family(labelled.name)
    others = [
        text for each in sets if _family(each.name) != own for text in list(each.questions.values())[:60]
    ]
    return others if own == "poisoned" else [*others, *outside]


def _family(name: str) -> str:
    """Sets made of the same data, or that could answer one another's questions."""
    first = re.split(r"[/_ ]", name)[0]
    return {"banking77": "services", "clinc150": "services", "star": "services"}.get(first, first)


def _row(name: str, *, examples: dict[str, list[Example]], tried: Tried) -> dict[str, float | str]:
    seen = {other: each for other, each in examples.items() if _family(other) != _family(name)}
    fit = fit_sets(seen, tried=tried, version="left out", start=DEFAULT_FIT)
    asked = [each for each in examples[name] if each.right]
    ranked = {
        "words": lambda each: _by(
            each, lambda id: each.found.weights[id].score if id in each.found.weights else 0
        ),
        "dense": lambda each: _by(each, lambda id: each.found.dense.get(id, -1)),
        "rrf": _reciprocal_ranks,
        "fixed 0.6": _fixed_weight,
        "ours": lambda each: [candidate.id for candidate in each.ranking(fit)],
    }
    row: dict[str, float | str] = {"set": name}
    for what, rank in ranked.items():
        row[what] = float(np.mean([ndcg(_documents(each, rank(each)), each.right) for each in asked]))
    return row | _relevance(examples[name], fit=fit)


def _relevance(examples: Sequence[Example], *, fit: Fit) -> dict[str, float]:
    """AUC of the best passage's relevance: right ones against strangers', and against the same questions unanswered."""
    tops = [(_top(each, fit=fit), bool(each.right)) for each in examples]
    right = [relevance for (relevance, is_right), answered in tops if answered and is_right]
    foreign = [relevance for (relevance, _), answered in tops if not answered]
    emptied = [_top(each.without_right(), fit=fit)[0] for each in examples if each.right]
    all_tops = [(relevance, is_right) for (relevance, is_right), _ in tops] + [
        (value, False) for value in emptied
    ]
    return {
        "auc foreign": float(roc_auc_score([1] * len(right) + [0] * len(foreign), right + foreign)),
        "auc emptied": float(roc_auc_score([1] * len(right) + [0] * len(emptied), right + emptied)),
        "brier": float(
            brier_score_loss([is_right for _, is_right in all_tops], [value for value, _ in all_tops])
        ),
        **{
            f"{what}>{threshold}": float(np.mean([value > threshold for value in values]))
            for threshold in THRESHOLDS
            for what, values in (("right", right), ("foreign", foreign), ("emptied", emptied))
        },
    }


def _top(example: Example, *, fit: Fit) -> tuple[float, bool]:
    ranking = example.ranking(fit)
    if not ranking:
        return 0.0, False
    judged = [
        judge(each, setting=example.found.setting, weights=fit.relevance[example.found.kind])
        for each in ranking[:3]
    ]
    best = int(np.argmax(judged))
    return judged[best], example.is_right(ranking[best].id)


def _by(example: Example, score: Callable[[str], float]) -> list[str]:
    return sorted((candidate.id for candidate in example.found.candidates()), key=lambda id: (-score(id), id))


def _reciprocal_ranks(example: Example) -> list[str]:
    found = example.found
    dense = {id: rank for rank, id in enumerate(sorted(found.dense, key=lambda id: -found.dense[id]))}
    scored = [
        id
        for id in sorted(found.weights, key=lambda id: -found.weights[id].score)
        if found.weights[id].score > 0.1
    ]
    words = {id: rank for rank, id in enumerate(scored)}
    return _by(example, lambda id: sum(1 / (RRF + ranks[id]) for ranks in (dense, words) if id in ranks))


def _fixed_weight(example: Example) -> list[str]:
    dense = _scaled(dict(example.found.dense))
    words = _scaled({id: weight.score for id, weight in example.found.weights.items()})
    return _by(example, lambda id: 0.6 * dense.get(id, 0) + 0.4 * words.get(id, 0))


def _scaled(scores: dict[str, float]) -> dict[str, float]:
    least, greatest = min(scores.values(), default=0), max(scores.values(), default=0)
    return {id: (score - least) / ((greatest - least) or 1) for id, score in scores.items()}


def _documents(example: Example, ids: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(example.document_of[id] for id in ids))


def _show(rows: Sequence[dict[str, float | str]], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(rows))
        return
    print("".join(name.rjust(13) for name in rows[0]))
    for row in rows:
        print(
            "".join((value if isinstance(value, str) else f"{value:.3f}").rjust(13) for value in row.values())
        )


if __name__ == "__main__":
    main()

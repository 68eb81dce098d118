"""What a reader's word weighs beside what words and meaning say: the `read` numbers of `dialogue/fits/dialogue-7.json`.

    python -m tests.benchmarks.reading_fit [--share 0.3] [--of tables]

Over the held-out help pages, four to a knowledge base, which the shipped cross-encoder never saw: how often the first sentence
answers, how well evidence tells questions that are answered from near ones, before and after reading, weights that
were fitted for both, and what each threshold would refuse; the same of tables, and of follow-ups. Prints; the numbers are chosen from it by hand.
"""

import argparse
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from dialogue.fit import DEFAULT_FIT, logit
from dialogue.searching.gathering import look as look_at
from dialogue.searching.reading import READ, text_of
from dialogue.understanding.reading import understand
from model_training.cross_encoding.rows import FOLLOWING, TABLES
from model_training.judge_rows import CLAIMED, EXAMPLES
from retrieval import HomeEmbeddings, KnowledgeIndex, SearchResult, home_cross_encoder
from tests.benchmarks.dialogue_sets import Row, followed_sets, help_sets, says, turn_of


@dataclass(frozen=True, kw_only=True)
class Seen:
    language: str
    answered: bool
    evidence: float
    needed: float
    scores: list[float]
    read: list[float]
    right: list[bool]


def look(*, share: float, of: str) -> Iterator[Seen]:
    rnd, reader = random.Random(3), home_cross_encoder("answers")
    for index, rows in _sets(of):
        for row in (one for one in rows if rnd.random() < share):
            turn = turn_of(row)
            search = partial(_found_in, index)
            found = look_at(understand(turn), turn=turn, search=search, limit=8, fit=DEFAULT_FIT)
            if not found.ranked:
                continue
            best = found.ranked[:READ]
            yield Seen(
                language=row["language"],
                answered=row["answerable"],
                evidence=found.evidence,
                needed=found.needed,
                scores=[one.score for one in best],
                read=reader(found.asked, [text_of(one) for one in best]),
                right=[says(one.text, row=row) for one in best],
            )


def _sets(of: str) -> Iterator[tuple[KnowledgeIndex, list[Row]]]:
    embedder = HomeEmbeddings()
    if of == "follow-ups":
        latest = EXAMPLES / CLAIMED[-1][0]
        yield from followed_sets(EXAMPLES / FOLLOWING, pages=latest, held_out=True, embedder=embedder)
    else:
        for pages in (TABLES,) if of == "tables" else (name for name, _ in CLAIMED):
            yield from help_sets(EXAMPLES / pages, held_out=True, embedder=embedder)


def _found_in(index: KnowledgeIndex, question: str, *, limit: int) -> SearchResult:
    return index.search(question, limit=limit)


def tell(seen: list[Seen]) -> None:
    for language in ("en", "zh"):
        own = [one for one in seen if one.language == language]
        found = [one for one in own if any(one.right)]
        answered = [one.answered for one in own]
        print(
            f"{language}: {len(own)} questions; the first sentence is right in {_first(found, weight=0):.3f}, "
            f"read: {_first(found, weight=1):.3f}; answered against near: "
            f"{roc_auc_score(answered, [one.evidence for one in own]):.3f}, "
            f"read: {roc_auc_score(answered, [max(one.read) for one in own]):.3f}"
        )
    pairs = [
        (logit(score), logit(read), right)
        for one in seen
        if one.answered
        for score, read, right in zip(one.scores, one.read, one.right, strict=True)
    ]
    _fit("a sentence: score, read", pairs)
    likely = _fit(
        "evidence: evidence, read",
        [(logit(one.evidence), logit(max(one.read)), one.answered) for one in seen],
    )
    answered = np.array([one.answered for one in seen])
    now = np.array([one.evidence >= one.needed for one in seen])
    print(
        f"unread: refused {1 - now[answered].mean():.3f} of the answered, answers {now[~answered].mean():.3f} of the near"
    )
    shipped = np.array(
        [DEFAULT_FIT.is_evidence_as_read(one.evidence, read=max(one.read), across=False) for one in seen]
    )
    for name, chance in (("fitted", likely), ("shipped", shipped)):
        for needed in (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6):
            refused, near = (chance[answered] < needed).mean(), (chance[~answered] >= needed).mean()
            print(f"{name}, {needed}: refused {refused:.3f} of the answered, answers {near:.3f} of the near")


def _first(found: list[Seen], *, weight: int) -> float:
    return float(
        np.mean(
            [
                one.right[
                    int(
                        np.argmax(
                            [
                                logit(s) + 1.1 * weight * logit(r)
                                for s, r in zip(one.scores, one.read, strict=True)
                            ]
                        )
                    )
                ]
                for one in found
            ]
        )
    )


def _fit(name: str, rows: list[tuple[float, float, bool]]) -> np.ndarray:
    table, right = np.array([row[:2] for row in rows]), [row[2] for row in rows]
    model = LogisticRegression(C=10).fit(table, right)
    print(name, model.coef_[0].round(2), model.intercept_.round(2))
    return np.asarray(model.predict_proba(table)[:, 1])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--share", type=float, default=1.0, help="of the questions")
    parser.add_argument("--of", choices=("pages", "tables", "follow-ups"), default="pages")
    chosen = parser.parse_args()
    tell(list(look(share=chosen.share, of=chosen.of)))


if __name__ == "__main__":
    main()

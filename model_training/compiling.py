"""Weights → a network for ONNX Runtime: matrices in eight bits, which a processor multiplies several times as fast.

What goes into a matrix is rounded as well, a whole text on one scale (dynamic quantisation). A few channels are far larger
than the others, which would all become nothing. So the largest are multiplied apart, unrounded (LLM.int8, Dettmers et al., 2022),
and of the others half of what they are larger is moved into the matrix beforehand (SmoothQuant, Xiao et al., 2023), both by the
peaks that they reach with texts like those to come. Weights use seven of the bits: a processor without instructions of its
own for this adds two products in sixteen bits, and eight would not fit.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

from retrieval.networks import BASE, MANIFEST, NETWORK, hash_of

Array = np.ndarray[Any, Any]
Weights = Mapping[str, Array]
Peaks = Mapping[str, Array]  # of what goes into each matrix, by its name: the largest of each channel

STEPS = 64  # on either side of nothing
APART = 8  # channels: measured, four times as many bring a tenth
MOVED = 0.5  # of the size of a channel, into the matrix: measured; with none apart it was .75, and three times as much was lost
LEAST = 1e-3  # of a peak, and of a weight
OURS = "com.microsoft"  # operators that ONNX Runtime has beside the standard's
HEADS = 12  # of attention, as e5-small has
VECTORS, OUT = "vectors", "out"


def publish(
    weights: Weights, *, texts: Iterable[Array], folder: Path, name: str, base: Path = BASE
) -> dict[str, Any]:
    """Writes the network and the manifest that names its hash, and what it goes with: `base`, the file of words.

    `texts`, each (tokens, width), tell how large what goes into the matrices gets. Versions count on from the folder's."""
    network = compiled(weights, peaks=peaks_of(weights, texts=texts))
    (folder / NETWORK).write_bytes(network)
    manifest = folder / MANIFEST
    before = json.loads(manifest.read_text(encoding="utf-8"))["version"] if manifest.exists() else "-0"
    told = {
        "version": f"{name}-{int(before.rpartition('-')[2]) + 1}",
        "layers": sum(name.endswith(".q.b") for name in weights),
        "sha256": hashlib.sha256(network).hexdigest(),
        "base_sha256": hash_of(base),
    }
    manifest.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return told


def compiled(weights: Weights, *, peaks: Peaks) -> bytes:
    """A file: (1, tokens, width) → (1, tasks), or the mean vector (1, width) where the weights have no head."""
    drawn = _Drawing(weights, peaks=peaks)
    return bytes(drawn.model((OUT,)).SerializeToString())


def peaks_of(weights: Weights, *, texts: Iterable[Array]) -> Peaks:
    """With these texts, each (tokens, width), and nothing rounded."""
    drawn = _Drawing(weights)
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(drawn.model(drawn.into.values()).SerializeToString(), options)
    found = {name: np.zeros(1, np.float32) for name in drawn.into}
    for text in texts:
        reached = session.run(list(drawn.into.values()), {VECTORS: text[None]})
        for name, one in zip(found, reached, strict=True):
            found[name] = np.maximum(found[name], np.abs(one).max((0, 1)))
    return found


class _Drawing:
    """The graph, as far as it is drawn. With peaks its matrices are rounded; `into`: what goes into each, by its name."""

    def __init__(self, weights: Weights, *, peaks: Peaks | None = None) -> None:
        self._weights, self._peaks = weights, peaks
        self._nodes: list[onnx.NodeProto] = []
        self._kept: dict[str, Array] = {}
        self.into: dict[str, str] = {}
        self._width = weights["emb.ln.w"].size
        self._mean = self._keep("mean", np.full((self._width, 1), 1 / self._width))
        self._draw()

    def model(self, outputs: Iterable[str]) -> onnx.ModelProto:
        graph = helper.make_graph(
            self._nodes,
            "network",
            [helper.make_tensor_value_info(VECTORS, TensorProto.FLOAT, [1, "tokens", self._width])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
            [numpy_helper.from_array(array, name) for name, array in self._kept.items()],
        )
        versions = [helper.make_opsetid("", 18), helper.make_opsetid(OURS, 1)]
        return helper.make_model(graph, opset_imports=versions, ir_version=9)

    def _draw(self) -> None:
        x = self._normed(VECTORS, "emb.ln")
        for number in range(sum(name.endswith(".q.b") for name in self._weights)):
            x = self._layer(x, f"l{number}.")
        tokens = self._keep("tokens", np.array([1]))
        if "head.w" not in self._weights:
            self._add("ReduceMean", x, tokens, keepdims=0, out=OUT)
            return
        vector = self._add("LpNormalization", self._add("ReduceMean", x, tokens, keepdims=0))
        head = self._keep("head.w", self._weights["head.w"].T)
        self._add("Gemm", vector, head, self._keep("head.b", self._weights["head.b"]), out=OUT)

    def _layer(self, x: str, layer: str) -> str:
        asked = self._matrix(x, layer + "qkv", [layer + name for name in "qkv"])
        parts = [f"{layer}{name}" for name in ("query", "key", "value")]
        self._nodes.append(helper.make_node("Split", [asked], parts, axis=-1, num_outputs=3))
        read = self._add("MultiHeadAttention", *parts, ours=True, num_heads=HEADS)
        x = self._normed(self._add("Add", self._matrix(read, layer + "ao"), x), layer + "aln")
        inner = self._matrix(x, layer + "fi", biased=False)
        bent = self._add(
            "BiasGelu", inner, self._keep(layer + "fi.b", self._weights[layer + "fi.b"]), ours=True
        )
        return self._normed(self._add("Add", self._matrix(bent, layer + "fo"), x), layer + "oln")

    def _normed(self, x: str, name: str) -> str:
        """A layer normalisation in steps: ONNX Runtime's own, in one, takes two and a half times as long."""
        apart = self._add("Sub", x, self._add("MatMul", x, self._mean))
        spread = self._add("Sqrt", self._add("MatMul", self._add("Mul", apart, apart), self._mean))
        scale, shift = (self._keep(f"{name}.{part}", self._weights[f"{name}.{part}"]) for part in "wb")
        return self._add("Add", self._add("Mul", self._add("Div", apart, spread), scale), shift)

    def _matrix(self, x: str, name: str, parts: Iterable[str] = (), *, biased: bool = True) -> str:
        """`parts`: matrices beside each other, in place of the one of that name."""
        self.into[name] = x
        own = list(parts) or [name]
        weight = np.concatenate([self._weights[f"{part}.w"].astype(np.float32) for part in own]).T
        bias = np.concatenate([self._weights[f"{part}.b"] for part in own])
        biases = [self._keep(f"{name}.bias", bias)] if biased else []
        if self._peaks is not None:
            return self._rounded_product(x, weight, name=name, biases=biases)
        product = self._add("MatMul", x, self._keep(f"{name}.w", weight))
        return self._add("Add", product, *biases) if biases else product

    def _rounded_product(self, x: str, weight: Array, *, name: str, biases: list[str]) -> str:
        peaks = self._peaks[name]  # type: ignore[index] # only drawn with them
        largest = np.sort(np.argsort(peaks)[-APART:])
        smaller = _smaller(peaks, weight)
        moved = weight * smaller[:, None]
        moved[largest] = 0
        smaller[largest] = np.inf
        rest = self._add("Mul", x, self._keep(f"{name}.smaller", 1 / smaller))
        rounded, steps = _rounded(moved)
        kept = self._keep(f"{name}.w", rounded), self._keep(f"{name}.steps", steps)
        nothing = self._keep(f"{name}.nothing", np.zeros(len(steps), np.int8))
        product = self._add("DynamicQuantizeMatMul", rest, *kept, nothing, *biases, ours=True)
        apart = self._add("Gather", x, self._keep(f"{name}.largest", largest), axis=-1)
        return self._add(
            "Add", product, self._add("MatMul", apart, self._keep(f"{name}.apart", weight[largest]))
        )

    def _add(self, kind: str, *inputs: str, out: str = "", ours: bool = False, **told: Any) -> str:
        out = out or f"{kind} {len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [out], domain=OURS if ours else "", **told))
        return out

    def _keep(self, name: str, array: Array) -> str:
        is_number = np.issubdtype(array.dtype, np.floating)
        self._kept[name] = np.ascontiguousarray(array, np.float32 if is_number else None)
        return name


def _smaller(peaks: Array, weight: Array) -> Array:
    """By how much each channel gets smaller before the matrix, and its row larger."""
    rows = np.abs(weight).max(1).clip(LEAST)
    return np.asarray(peaks.clip(LEAST) ** MOVED / rows ** (1 - MOVED))


def _rounded(weight: Array) -> tuple[Array, Array]:
    """In whole steps, and how large one is in each column."""
    steps = np.abs(weight).max(0) / STEPS
    return np.round(weight / steps).astype(np.int8), steps

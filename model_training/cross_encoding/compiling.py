"""Weights → a network for ONNX Runtime: matrices in eight bits, which a processor multiplies several times as fast.

What goes into a matrix is rounded as well, a whole text on one scale (dynamic quantisation). A few channels are far larger
than the others, which would all become nothing; so most of their size is moved into the matrix beforehand (SmoothQuant, Xiao
et al., 2023), by the peaks that they reach with texts like those to come. Weights use seven of the bits: a processor
without instructions of its own for this adds two products in sixteen bits, and eight would not fit.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

Array = np.ndarray[Any, Any]
Weights = Mapping[str, Array]
Peaks = Mapping[str, Array]  # of what goes into each matrix, by its name: the largest of each channel

STEPS = 64  # on either side of nothing
MOVED = 0.75  # of the size of a channel, into the matrix: measured, .5 loses most of it and .85 is no better
LEAST = 1e-3  # of a peak, and of a weight
OURS = "com.microsoft"  # operators that ONNX Runtime has beside the standard's
VECTORS, LOGITS = "vectors", "logits"


def compiled(weights: Weights, *, heads: int, peaks: Peaks) -> bytes:
    """A file: (1, tokens, width) → (1, tasks). `heads`: of attention."""
    drawn = _Drawing(weights, heads=heads, peaks=peaks)
    return bytes(drawn.model((LOGITS,)).SerializeToString())


def peaks_of(weights: Weights, *, heads: int, texts: Iterable[Array]) -> Peaks:
    """With these texts, each (tokens, width), and nothing rounded."""
    drawn = _Drawing(weights, heads=heads)
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

    def __init__(self, weights: Weights, *, heads: int, peaks: Peaks | None = None) -> None:
        self._weights, self._heads, self._peaks = weights, heads, peaks
        self._nodes: list[onnx.NodeProto] = []
        self._kept: dict[str, Array] = {}
        self.into: dict[str, str] = {}
        self._width = weights["emb.ln.w"].size
        self._mean = self._keep("mean", np.full((self._width, 1), 1 / self._width))
        self._draw()

    def model(self, outputs: Iterable[str]) -> onnx.ModelProto:
        graph = helper.make_graph(
            self._nodes,
            "cross_encoder",
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
        vector = self._add(
            "LpNormalization", self._add("ReduceMean", x, self._keep("tokens", np.array([1])), keepdims=0)
        )
        head = self._keep("head.w", self._weights["head.w"].T)
        self._add("Gemm", vector, head, self._keep("head.b", self._weights["head.b"]), out=LOGITS)

    def _layer(self, x: str, layer: str) -> str:
        asked = self._matrix(x, layer + "qkv", [layer + name for name in "qkv"])
        parts = [f"{layer}{name}" for name in ("query", "key", "value")]
        self._nodes.append(helper.make_node("Split", [asked], parts, axis=-1, num_outputs=3))
        read = self._add("MultiHeadAttention", *parts, ours=True, num_heads=self._heads)
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
        if self._peaks is None:
            product = self._add("MatMul", x, self._keep(f"{name}.w", weight))
            return self._add("Add", product, *biases) if biases else product
        smaller = _moved(self._peaks[name], weight)
        x = self._add("Mul", x, self._keep(f"{name}.smaller", 1 / smaller))
        rounded, steps = _rounded(weight * smaller[:, None])
        kept = self._keep(f"{name}.w", rounded), self._keep(f"{name}.steps", steps)
        nothing = self._keep(f"{name}.nothing", np.zeros(len(steps), np.int8))
        return self._add("DynamicQuantizeMatMul", x, *kept, nothing, *biases, ours=True)

    def _add(self, kind: str, *inputs: str, out: str = "", ours: bool = False, **told: Any) -> str:
        out = out or f"{kind} {len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [out], domain=OURS if ours else "", **told))
        return out

    def _keep(self, name: str, array: Array) -> str:
        is_number = np.issubdtype(array.dtype, np.floating)
        self._kept[name] = np.ascontiguousarray(array, np.float32 if is_number else None)
        return name


def _moved(peaks: Array, weight: Array) -> Array:
    """By how much each channel gets smaller before the matrix, and its row larger."""
    rows = np.abs(weight).max(1).clip(LEAST)
    return np.asarray(peaks.clip(LEAST) ** MOVED / rows ** (1 - MOVED))


def _rounded(weight: Array) -> tuple[Array, Array]:
    """In whole steps, and how large one is in each column."""
    steps = np.abs(weight).max(0) / STEPS
    return np.round(weight / steps).astype(np.int8), steps

"""The cross-encoder in torch: the embedder's layers, their weights rounded to four bits as the engine will have them.

Rounding happens in every forward pass and is passed over by the gradient ("straight through"), so that what is trained is what is
shipped: a rounding afterwards costs more than the training brings. Word vectors and places stay as they are.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model_training.cross_encoding.blocks import BLOCK, packed_blocks

HEADS = 12
TINY = 1e-12  # of the norms
LENGTH = 19.6  # of a vector before its head: about what the embedder's have, the square root of their width
UNSEEN = -1e4  # in place of what a text does not have
MATRICES = (
    "q",
    "k",
    "v",
    "ao",
    "fi",
    "fo",
)  # query, key, value, attention's output; into and out of the feed-forward
NORMS = ("aln", "oln")
Tensors = Mapping[str, np.ndarray[Any, Any]]


class Rounded(torch.autograd.Function):  # type: ignore[misc] # torch lives in the model environment, without types here
    """(blocks, 32) → the same in sixteen steps a block, from its largest weight."""

    @staticmethod
    def forward(_: Any, blocks: Tensor) -> Tensor:
        scales, steps = packed_blocks(blocks)
        return (steps - 8) * scales

    @staticmethod
    def backward(_: Any, slope: Tensor) -> Tensor:
        return slope


class Layer(nn.Module):  # type: ignore[misc]
    def __init__(self, tensors: Tensors, *, number: int, width: int, inner: int) -> None:
        super().__init__()
        shapes = {"fi": (width, inner), "fo": (inner, width)}
        for name in MATRICES:
            matrix = nn.Linear(*shapes.get(name, (width, width)))
            _fill(matrix, tensors, name=f"l{number}.{name}")
            self.add_module(name, matrix)
        for name in NORMS:
            norm = nn.LayerNorm(width, TINY)
            _fill(norm, tensors, name=f"l{number}.{name}")
            self.add_module(name, norm)

    def matrices(self) -> list[nn.Linear]:
        return [self.get_submodule(name) for name in MATRICES]

    def forward(self, x: Tensor, *, seen: Tensor, weights: Sequence[Tensor], dropout: float) -> Tensor:
        """(texts, tokens, width) → the same."""
        query, key, value, output, into, out = (
            (weight, matrix.bias.to(weight.dtype))
            for weight, matrix in zip(weights, self.matrices(), strict=True)
        )
        drop = dropout if self.training else 0.0
        read = F.scaled_dot_product_attention(
            *(_by_heads(F.linear(x, *one)) for one in (query, key, value)), attn_mask=seen, dropout_p=drop
        )
        read = F.linear(read.transpose(1, 2).reshape(x.shape), *output)
        x = self.get_submodule("aln")(x + F.dropout(read, drop))
        return self.get_submodule("oln")(x + F.dropout(F.linear(F.gelu(F.linear(x, *into)), *out), drop))


class Network(nn.Module):  # type: ignore[misc]
    """Tokens (texts, tokens) of so many `lengths` → two logits a text: does it answer, does it support."""

    def __init__(self, words: Tensor, tensors: Tensors, *, layers: int, dropout: float) -> None:
        super().__init__()
        width, inner = words.shape[1], tensors["l0.fi.b"].size
        self.words = nn.Embedding.from_pretrained(words, freeze=True)
        self.register_buffer("places", torch.tensor(tensors["emb.pos"]).view(-1, width))
        self.register_buffer("kind", torch.tensor(tensors["emb.type"]).view(-1, width)[0])
        self.norm = nn.LayerNorm(width, TINY)
        _fill(self.norm, tensors, name="emb.ln")
        self.layers = nn.ModuleList(
            Layer(tensors, number=number, width=width, inner=inner) for number in range(layers)
        )
        self.head = nn.Linear(width, 2)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        self.dropout = dropout

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        longest = tokens.shape[1]
        has = torch.arange(longest, device=tokens.device)[None] < lengths[:, None]
        x = self.norm(self.words(tokens) + self.places[:longest] + self.kind)
        x = F.dropout(x, self.dropout, self.training)
        weights = self._rounded()
        hidden = torch.zeros(has.shape, dtype=weights[0].dtype, device=has.device)
        seen = hidden.masked_fill(~has, UNSEEN)[:, None, None, :]
        for number, layer in enumerate(self.layers):
            own = weights[number * len(MATRICES) : (number + 1) * len(MATRICES)]
            x = layer(x, seen=seen, weights=own, dropout=self.dropout)
        counted = has[..., None].to(x.dtype)
        vector = F.normalize(((x * counted).sum(1) / counted.sum(1)).float(), dim=-1)
        return self.head(vector * LENGTH)

    def _rounded(self) -> list[Tensor]:
        """Of all layers at once: hundreds of small steps would keep a GPU waiting."""
        matrices = [one.weight for layer in self.layers for one in layer.matrices()]
        flat = Rounded.apply(torch.cat([one.reshape(-1, BLOCK) for one in matrices]))
        if torch.is_autocast_enabled():
            flat = flat.bfloat16()
        parts = flat.split([one.numel() // BLOCK for one in matrices])
        return [part.reshape(one.shape) for part, one in zip(parts, matrices, strict=True)]


def _by_heads(x: Tensor) -> Tensor:
    texts, tokens, _ = x.shape
    return x.view(texts, tokens, HEADS, -1).transpose(1, 2)


def _fill(module: nn.Module, tensors: Tensors, *, name: str) -> None:
    weight = module.get_parameter("weight")
    weight.data = torch.tensor(tensors[f"{name}.w"]).view(weight.shape)
    module.get_parameter("bias").data = torch.tensor(tensors[f"{name}.b"])

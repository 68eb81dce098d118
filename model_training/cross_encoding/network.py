"""The cross-encoder in torch: the embedder's first layers, and a head. Word vectors and places stay as they are."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

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

    def forward(self, x: Tensor, *, seen: Tensor, dropout: float) -> Tensor:
        """(texts, tokens, width) → the same."""
        query, key, value, output, into, out = (self.get_submodule(name) for name in MATRICES)
        drop = dropout if self.training else 0.0
        read = F.scaled_dot_product_attention(
            *(_by_heads(one(x)) for one in (query, key, value)), attn_mask=seen, dropout_p=drop
        )
        read = output(read.transpose(1, 2).reshape(x.shape))
        x = self.get_submodule("aln")(x + F.dropout(read, drop))
        return self.get_submodule("oln")(x + F.dropout(out(F.gelu(into(x))), drop))


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
        mask_dtype = (
            torch.get_autocast_dtype(x.device.type) if torch.is_autocast_enabled(x.device.type) else x.dtype
        )
        hidden = torch.zeros(has.shape, dtype=mask_dtype, device=has.device)
        seen = hidden.masked_fill(~has, UNSEEN)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, seen=seen, dropout=self.dropout)
        counted = has[..., None].to(x.dtype)
        vector = F.normalize(((x * counted).sum(1) / counted.sum(1)).float(), dim=-1)
        return self.head(vector * LENGTH)


def _by_heads(x: Tensor) -> Tensor:
    texts, tokens, _ = x.shape
    return x.view(texts, tokens, HEADS, -1).transpose(1, 2)


def _fill(module: nn.Module, tensors: Tensors, *, name: str) -> None:
    weight = module.get_parameter("weight")
    weight.data = torch.tensor(tensors[f"{name}.w"]).view(weight.shape)
    module.get_parameter("bias").data = torch.tensor(tensors[f"{name}.b"])

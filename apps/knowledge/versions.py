"""What a document said before: its last versions, and how two of them differ."""

import bisect
import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from apps.knowledge.models import Document, DocumentVersion
from retrieval import Chunk

KEPT = 10  # versions of each document
AROUND = 2  # unchanged lines shown around a change
MOST_BETWEEN = 4_000  # lines in which what stands more than once is compared; longer parts count as rewritten


@dataclass(frozen=True, slots=True)
class DiffLine:
    kind: Literal["same", "added", "removed", "gap"]
    text: str


def keep_versions(documents: Iterable[tuple[Document, Sequence[Chunk]]]) -> None:
    """Runs in the transaction in which the versions go live."""
    for document, chunks in documents:
        is_whole_file = document.external_id == document.upload.name
        DocumentVersion.objects.update_or_create(
            document=document,
            number=document.version,
            defaults={"upload": document.upload if is_whole_file else None, "text": text_of(chunks)},
        )
        DocumentVersion.objects.filter(document=document, number__lte=document.version - KEPT).delete()


def text_of(chunks: Sequence[Chunk]) -> str:
    """The document as it was cut, each heading said once."""
    parts: list[str] = []
    path: tuple[str, ...] = ()
    for chunk in chunks:
        if tuple(chunk.heading_path) != path:
            path = tuple(chunk.heading_path)
            parts.append(" › ".join(path))
        parts += [part for part in (chunk.question, chunk.text) if part]
    return "\n\n".join(part for part in parts if part)


def differences(before: str, after: str) -> list[DiffLine]:
    """Line by line; what stayed the same is left out but for a little around each change."""
    old, new = before.split("\n"), after.split("\n")
    lines: list[DiffLine] = []
    for group in _Lines(old, new).get_grouped_opcodes(AROUND):
        if lines:
            lines.append(DiffLine("gap", ""))
        for tag, start, end, new_start, new_end in group:
            if tag == "equal":
                lines += [DiffLine("same", text) for text in old[start:end]]
                continue
            lines += [DiffLine("removed", text) for text in old[start:end]]
            lines += [DiffLine("added", text) for text in new[new_start:new_end]]
    return lines


class _Lines(difflib.SequenceMatcher[str]):
    """Looks for lines that stand once in either text first, and only between two of them for others.

    `difflib` alone takes minutes for a manual of three thousand paragraphs, which have an empty line between each two.
    """

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        super().__init__(None, old, new)
        self.old, self.new = old, new

    def get_matching_blocks(self) -> list[difflib.Match]:
        blocks: list[difflib.Match] = []
        start = new_start = 0
        for place, new_place in [*_anchors(self.old, self.new), (len(self.old), len(self.new))]:
            blocks += _between(self.old[start:place], self.new[new_start:new_place], at=(start, new_start))
            blocks.append(difflib.Match(place, new_place, min(1, len(self.old) - place)))
            start, new_start = place + 1, new_place + 1
        return _joined(blocks)


def _between(old: Sequence[str], new: Sequence[str], *, at: tuple[int, int]) -> list[difflib.Match]:
    if not old or not new or len(old) + len(new) > MOST_BETWEEN:
        return []
    found = difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return [difflib.Match(at[0] + one.a, at[1] + one.b, one.size) for one in found if one.size]


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Where lines that stand once in either text stand, as many as are in the same order in both."""
    places, new_places = _standing_once(old), _standing_once(new)
    pairs = [(place, new_places[line]) for line, place in places.items() if line in new_places]
    ends: list[int] = []  # the smallest place at which so many of them in order may end
    last: list[int] = []  # which pair that is
    before: list[int] = []
    for number, (_place, new_place) in enumerate(pairs):
        length = bisect.bisect_left(ends, new_place)
        ends[length : length + 1] = [new_place]
        last[length : length + 1] = [number]
        before.append(last[length - 1] if length else -1)
    chain, number = [], last[-1] if last else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def _standing_once(lines: Sequence[str]) -> dict[str, int]:
    counts = Counter(lines)
    return {line: place for place, line in enumerate(lines) if counts[line] == 1}


def _joined(blocks: Iterable[difflib.Match]) -> list[difflib.Match]:
    """Blocks that touch are one; the last has no length, as `difflib` has it."""
    joined: list[difflib.Match] = []
    for one in blocks:
        last = joined[-1] if joined else None
        if last and last.size and (last.a + last.size, last.b + last.size) == (one.a, one.b) and one.size:
            joined[-1] = difflib.Match(last.a, last.b, last.size + one.size)
        else:
            joined.append(one)
    return joined

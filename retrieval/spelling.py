"""Slips of the finger: a letter too many, too few, another one, or two in each other's place. Knows no index."""


def is_one_slip(one: str, other: str) -> bool:
    """Whether they differ, and by one slip only."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = _alike(one, other)
    one, other = one[start:], other[start:]
    end = _alike(one[::-1], other[::-1])
    one, other = one[: len(one) - end], other[: len(other) - end]
    is_swapped = len(one) == 2 and one == other[::-1]
    return is_swapped or (len(one) <= 1 and len(other) <= 1)


def _alike(one: str, other: str) -> int:
    """How many letters they begin with alike."""
    length = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        length += 1
    return length

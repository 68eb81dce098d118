"""A model's text as it streams → the text without what it thinks aloud.

Handles tags that are split over chunks, that never close, and an opening tag that stood in the prompt (R1 templates
open it), so that only the closing one is ever seen. What is thought leaves no trace.
"""

_OPEN, _CLOSE = "<think>", "</think>"


class ThoughtFilter:
    """Feed it chunks; it gives back what may be read. Text before a lone closing tag is thought, too.

    That last rule needs patience: `opened` says that the prompt has opened the tag, so that everything up to the
    closing one is held back. Without it a closing tag empties what was given before: see `retracted`.
    """

    def __init__(self, *, opened: bool = False) -> None:
        self.thinking = opened
        self.retracted = False  # a closing tag came without an opening one: what was given so far was thought
        self._held = ""

    def feed(self, chunk: str) -> str:
        self._held += chunk
        given = ""
        while True:
            tag = _CLOSE if self.thinking else _first_tag(self._held)
            before, found, after = self._held.partition(tag)
            if not found:
                keep = _partial_tag(self._held)
                ready, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
                return given + ("" if self.thinking else ready)
            if tag == _CLOSE and not self.thinking:
                self.retracted, given = True, ""
            elif not self.thinking:
                given += before
            self.thinking, self._held = tag == _OPEN, after

    def end(self) -> str:
        """What was held back because it could have been the beginning of a tag."""
        rest, self._held = self._held, ""
        return "" if self.thinking else rest


def _first_tag(text: str) -> str:
    opening, closing = text.find(_OPEN), text.find(_CLOSE)
    if closing != -1 and (opening == -1 or closing < opening):
        return _CLOSE
    return _OPEN


def _partial_tag(text: str) -> int:
    """How many last characters may be the beginning of a tag."""
    return max(
        (size for tag in (_OPEN, _CLOSE) for size in range(1, len(tag)) if text.endswith(tag[:size])),
        default=0,
    )

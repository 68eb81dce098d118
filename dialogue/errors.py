"""What can go wrong in dialogue. The tree is drawn in the package's docstring."""


class DialogueError(Exception):
    """Anything that this package raises on purpose."""


class ModelFailed(DialogueError):
    """The model gave nothing usable. `code`: unreachable, refused, silent, slow, garbled, looping."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class JudgeFailed(DialogueError):
    """A judge gave no verdict. `code`: unreachable, refused, slow, garbled."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ActionFailed(DialogueError):
    """What was asked for could not be done, or nobody knows whether it was. Raised by a `Hand`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class CannotReplay(DialogueError):
    """A trace that holds no prompt, or one of an unknown shape."""

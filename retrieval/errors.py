"""What can go wrong in retrieval. The tree is drawn in the package's docstring."""


class RetrievalError(Exception):
    """Anything that this package raises on purpose."""


class ParseError(RetrievalError):
    """A file that cannot become documents. `code` is for programs, the message for the file's owner."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.message = message
        self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        return _parse_error, (self.message, self.code)


def _parse_error(message: str, code: str) -> ParseError:
    return ParseError(message, code=code)


class IndexUnavailable(RetrievalError):
    """A cache (Chroma, the word index, the embedder) does not answer now. Trying again can help."""


class EmbedderRefuses(IndexUnavailable):
    """The embedder answers, but not with vectors that can be used. Trying again helps only after somebody saw to it."""

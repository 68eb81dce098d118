"""A file on its way to the disk: measured, hashed and capped while it streams. Nothing of it stays in memory."""

import hashlib
from collections.abc import Iterator

from django.core.files.base import File

HEAD = 64 * 1024  # bytes kept to tell the type


class TooLarge(Exception):
    """More bytes came than are taken."""


class MeasuredFile(File):
    """Passes a file's bytes on, once, and knows afterwards what went through."""

    def __init__(self, file: File, *, largest: int) -> None:
        super().__init__(file)
        self._source = file
        self._largest = largest
        self._hash = hashlib.sha256()
        self.head = b""
        self.length = 0

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        for data in self._source.chunks(chunk_size):
            self.length += len(data)
            if self.length > self._largest:
                raise TooLarge
            self._hash.update(data)
            self.head += data[: HEAD - len(self.head)] if len(self.head) < HEAD else b""
            yield data

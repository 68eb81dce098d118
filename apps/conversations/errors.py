"""What can be refused in a conversation. Each carries a code, a sentence and an HTTP status.

ConversationError
├── BadInput       422   what was given cannot be taken: empty, too_long, bad_text, …
├── NotThere       404   what was named is not there, or is somebody else's: no_such_file
├── NotPossibleNow 409   the state forbids it: client_msg_id_reused, with_another_agent, …
├── TooLargeFile   413   file_too_large
├── UnsupportedFile 415  file_kind
└── TooOften       429   transcript_too_often; `retry_after` in seconds
    └── TooManyFiles     too_many_files_now
"""

from typing import ClassVar

from apps.conversations.wording import say


class ConversationError(Exception):
    status: ClassVar[int] = 400

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def sentence(self) -> str:
        return say(self.code)

    def __str__(self) -> str:
        return self.sentence


class BadInput(ConversationError):
    status = 422


class NotThere(ConversationError):
    status = 404


class NotPossibleNow(ConversationError):
    status = 409


class TooLargeFile(ConversationError):
    status = 413


class UnsupportedFile(ConversationError):
    status = 415


class TooOften(ConversationError):
    status = 429

    def __init__(self, code: str, *, retry_after: int) -> None:
        super().__init__(code)
        self.retry_after = retry_after


class TooManyFiles(TooOften):
    """Of one customer, in an hour."""

"""What can be refused in a conversation. Each carries a code, a sentence and an HTTP status.

ConversationError
├── BadInput       422   what was given cannot be taken: empty, too_long, bad_text, …
├── NotPossibleNow 409   the state forbids it: client_msg_id_reused, with_another_agent, …
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


class NotPossibleNow(ConversationError):
    status = 409

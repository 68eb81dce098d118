"""What can be refused about people. Each carries a code, a sentence and an HTTP status.

PeopleError
├── BadRequest     422   what was given cannot be taken
├── NotPossible    409   the state forbids it: the last admin, a member already
└── LinkInvalid    404   an invitation that is used, revoked, too old, or none of ours
"""

from typing import ClassVar


class PeopleError(Exception):
    status: ClassVar[int] = 400

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


class BadRequest(PeopleError):
    status = 422


class NotPossible(PeopleError):
    status = 409


class LinkInvalid(PeopleError):
    status = 404

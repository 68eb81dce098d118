"""What can be refused about models. Each carries a code, a sentence and an HTTP status.

TrainingRefused
├── BadRequest        422   what was given cannot be taken: no_such_profile, bad_share, bad_recipe, …
├── CannotStart       409   nothing to learn from, or a run is under way already
├── CannotDeploy      409   gate_not_passed, deployment_under_way, model_server_down, adapter_refused, …
└── NotYours          403   an override is an admin's
"""

from typing import ClassVar


class TrainingRefused(Exception):
    status: ClassVar[int] = 409

    def __init__(self, code: str, sentence: object, *, reasons: list[str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence
        self.reasons = reasons or []

    def __str__(self) -> str:
        return str(self.sentence)


class BadRequest(TrainingRefused):
    status = 422


class CannotStart(TrainingRefused):
    pass


class CannotDeploy(TrainingRefused):
    pass


class NotYours(TrainingRefused):
    status = 403

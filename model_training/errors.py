"""The errors of this package; `model_training` draws them as a tree."""

from collections.abc import Sequence
from pathlib import Path


class TrainingError(Exception):
    """Carries one sentence that a person at a terminal can act on."""


class DownloadFailed(TrainingError):
    pass


class ArtifactRefused(TrainingError):
    pass


class ProfileInvalid(TrainingError):
    def __init__(self, *, name: str, faults: list[str]) -> None:
        self.faults = faults
        super().__init__(f"The model profile {name!r} cannot be used: " + "; ".join(faults) + ".")


class RecordsInvalid(TrainingError):
    def __init__(self, *, path: Path, faults: Sequence[tuple[int, str]]) -> None:
        """`faults` are line numbers, 0 for the file itself, and what is wrong there."""
        self.faults = list(faults)
        named = "; ".join(f"line {line}: {fault}" if line else fault for line, fault in self.faults[:3])
        more = f"; and {len(self.faults) - 3:,} more" if len(self.faults) > 3 else ""
        super().__init__(f"{path} cannot be used: {named}{more}.")


class DataRefused(TrainingError):
    """Conversations that no model should be made from: none, one voice only, all the same."""


class Cancelled(TrainingError):
    """Somebody asked for it; not a failure."""


class RecipeInvalid(TrainingError):
    def __init__(self, *, name: str, faults: Sequence[str]) -> None:
        self.faults = list(faults)
        super().__init__(f"{name} cannot be used: " + "; ".join(self.faults) + ".")


class TrainingFailed(TrainingError):
    """`code` is for programs: disk_full, out_of_memory, loss_not_a_number, killed, failed."""

    def __init__(self, sentence: str, *, code: str = "failed") -> None:
        self.code = code
        super().__init__(sentence)


class ServerFailed(TrainingError):
    """A model server cannot be reached or refuses what is asked of it. `code`: unreachable, refused, not_answering."""

    def __init__(self, sentence: str, *, code: str = "unreachable") -> None:
        self.code = code
        super().__init__(sentence)


class TeacherFailed(TrainingError):
    """The model that shall be learnt from gave no answer."""

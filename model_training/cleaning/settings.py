"""What may be chosen about cleaning; a TOML file is checked whole, and all its faults are named at once."""

import dataclasses
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_training.errors import TrainingError


class SettingsInvalid(TrainingError):
    def __init__(self, *, path: Path, faults: list[str]) -> None:
        self.faults = faults
        super().__init__(f"{path} cannot be used: " + "; ".join(faults) + ".")


@dataclass(frozen=True, slots=True, kw_only=True)
class CleaningSettings:
    languages: tuple[str, ...] = ("zh", "en")
    shortest_question: int = 2  # letters that the customer must have written in all
    longest_message: int = 8_000  # characters; the widget takes no more
    most_messages: int = 200
    malformed_share: float = 0.2  # of the lines; a file with more was made wrong, and is refused
    near_duplicate: float = 0.6  # how much of two conversations' shingles must be common
    near_with_other_numbers: float = (
        0.85  # the same where their numbers differ: numbers are what answers are about
    )
    embedded_rows: int = 2_000  # at most so many gists are embedded (a core reads some twenty a second); the others follow their words
    largest_cluster: float = 0.2  # of all rows; of larger clusters the rows that say most nearly the same go
    smallest_cap: int = 50  # no cluster is thinned below so many rows
    same_meaning: float = 0.97  # cosine from which on two rows of a large cluster say the same
    contact_share: float = 0.05  # of all rows that one contact may weigh
    contact_rows: int = 10  # which every contact may have, however few rows there are
    phrase_rows: int = 20  # a phrase in fewer rows has no weight
    buckets: int = 5  # of difficulty


def read_settings(path: Path | None) -> CleaningSettings:
    if path is None:
        return CleaningSettings()
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsInvalid(path=path, faults=[str(error)]) from error
    faults = [fault for key, value in given.items() if (fault := _fault_of(key, value))]
    if faults:
        raise SettingsInvalid(path=path, faults=faults)
    chosen: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in given.items()
    }
    return CleaningSettings(**chosen)


def _fault_of(key: str, value: Any) -> str:
    fields = {field.name: field.default for field in dataclasses.fields(CleaningSettings)}
    if key not in fields:
        return f"{key} is no setting (there are {', '.join(fields)})"
    expected = fields[key]
    if isinstance(expected, tuple):
        whole = isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)
        return "" if whole else f"{key} must be a list of texts"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"{key} must be a number"
    if isinstance(expected, int):
        return "" if isinstance(value, int) and value > 0 else f"{key} must be a whole number above 0"
    return "" if 0 < value <= 1 else f"{key} must lie between 0 and 1"

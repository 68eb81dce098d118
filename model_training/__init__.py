"""Run folder in, run folder out: models are prepared, described and (later) trained here.

The only room that knows torch, and only in modules that run in the model environment (`.venv-model`);
everything else here imports without it. Knows no Django and reads no settings.

    TrainingError
    ├── DownloadFailed     the parts of the home model could not be had
    ├── ArtifactRefused    a folder or file is incomplete, or is not what its hash says
    ├── ProfileInvalid     a model profile has faults; all of them are named at once
    ├── RecordsInvalid     a file is not made of conversation records; told with lines and reasons
    ├── DataRefused        conversations that no model should be made from
    ├── RecipeInvalid      a run's config.toml has faults; all of them are named at once
    ├── TeacherFailed      the model that shall be learnt from gave no answer
    ├── TrainingFailed     a training ended before its time; its code says how
    ├── ServerFailed       a model server cannot be reached, or refuses; what was live there still is
    └── Cancelled          somebody asked for it (exit code 3)
"""

from model_training.errors import (
    ArtifactRefused,
    Cancelled,
    DataRefused,
    DownloadFailed,
    ProfileInvalid,
    RecipeInvalid,
    RecordsInvalid,
    ServerFailed,
    TeacherFailed,
    TrainingError,
    TrainingFailed,
)

__all__ = [
    "ArtifactRefused",
    "Cancelled",
    "DataRefused",
    "DownloadFailed",
    "ProfileInvalid",
    "RecipeInvalid",
    "RecordsInvalid",
    "ServerFailed",
    "TeacherFailed",
    "TrainingError",
    "TrainingFailed",
]

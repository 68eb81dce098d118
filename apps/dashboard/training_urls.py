"""The addresses of models and of the runs that make them."""

from django.urls import URLPattern, URLResolver, path

from apps.dashboard import training

RUN = "runs/<uuid:run_id>/"
VERSION = "models/<uuid:version_id>/"

in_training: list[URLPattern | URLResolver] = [
    path("models/", training.models, name="models"),
    path("models/list/", training.model_list, name="model_list"),
    path("models/rollback/", training.rollback, name="rollback"),
    path("models/stop-trial/", training.stop_trial, name="stop_trial"),
    path(VERSION, training.version, name="version"),
    path(f"{VERSION}deploy/", training.deploy, name="deploy"),
    path(f"{VERSION}download/", training.download_version, name="download_version"),
    path("runs/new/", training.new_run, name="new_run"),
    path("runs/estimate/", training.run_estimate, name="run_estimate"),
    path("runs/start/", training.start_run, name="start_run"),
    path(RUN, training.run, name="run"),
    path(f"{RUN}live/", training.run_live, name="run_live"),
    path(f"{RUN}reports/<slug:kind>/", training.run_report, name="run_report"),
    path(f"{RUN}answers/", training.run_answers, name="run_answers"),
    path(f"{RUN}cancel/", training.cancel_run, name="cancel_run"),
    path(f"{RUN}retry/", training.retry_run, name="retry_run"),
]

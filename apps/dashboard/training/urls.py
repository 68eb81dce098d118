"""The addresses of models and of the runs that make them."""

from django.urls import URLPattern, URLResolver, path

from apps.dashboard.training import models

RUN = "runs/<uuid:run_id>/"
VERSION = "models/<uuid:version_id>/"

in_training: list[URLPattern | URLResolver] = [
    path("models/", models.models, name="models"),
    path("models/list/", models.model_list, name="model_list"),
    path("models/rollback/", models.rollback, name="rollback"),
    path("models/stop-trial/", models.stop_trial, name="stop_trial"),
    path(VERSION, models.version, name="version"),
    path(f"{VERSION}deploy/", models.deploy, name="deploy"),
    path(f"{VERSION}download/", models.download_version, name="download_version"),
    path("runs/new/", models.new_run, name="new_run"),
    path("runs/estimate/", models.run_estimate, name="run_estimate"),
    path("runs/start/", models.start_run, name="start_run"),
    path(RUN, models.run, name="run"),
    path(f"{RUN}live/", models.run_live, name="run_live"),
    path(f"{RUN}reports/<slug:kind>/", models.run_report, name="run_report"),
    path(f"{RUN}answers/", models.run_answers, name="run_answers"),
    path(f"{RUN}cancel/", models.cancel_run, name="cancel_run"),
    path(f"{RUN}retry/", models.retry_run, name="retry_run"),
]

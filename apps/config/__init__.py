"""How the rooms are put together: settings, addresses, error pages, Celery. Nobody imports this room."""

# Celery's shared tasks find their broker through the application that is made here.
from apps.config.celery import app as celery_app

__all__ = ["celery_app"]

"""The Celery application. Tasks live beside their rows, in each app's `tasks.py`."""

import os

from celery import Celery

from retrieval.absent import absent

# Where cryptography is there, redis takes it along to ask whether certificates were revoked, which nobody here does: 6 MB.
with absent("cryptography"):
    import redis  # noqa: F401 # once imported it stays as it is

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.config.settings")

app = Celery("seekdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

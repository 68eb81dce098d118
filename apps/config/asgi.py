"""What the ASGI server runs: `uvicorn apps.config.asgi:application`."""

import gc
import os

from django.core.asgi import get_asgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.config.settings")
pages = get_asgi_application()

from apps.config.lanes import Lanes  # noqa: E402 - Django's set-up comes first

# New objects after which the garbage collector looks for circles, and how often it looks at older ones: its defaults are
# for small programs. An answer makes some ten thousand objects.
COLLECTED_AFTER = (5_000, 10, 10)

application = Lanes(pages)
get_resolver().url_patterns  # noqa: B018 - loads the views now, and not for the first visitor
# What start-up has made stays. Else the collector goes through all of it again and again: a third of an answer's time.
gc.collect()
gc.freeze()
gc.set_threshold(*COLLECTED_AFTER)

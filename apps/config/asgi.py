"""What the ASGI server runs: `uvicorn apps.config.asgi:application`."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.config.settings")
pages = get_asgi_application()

from apps.config.lanes import Lanes  # noqa: E402 - Django's set-up comes first

application = Lanes(pages)

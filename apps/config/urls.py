"""Every address of the product, by room."""

from django.urls import include, path

from apps.config import health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("", include("apps.api.urls")),
    path("", include("apps.widget.urls")),
    path("", include("apps.dashboard.urls")),
]

handler404 = "apps.config.errors.not_found"
handler500 = "apps.config.errors.server_error"

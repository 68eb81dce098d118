"""The addresses of a site's settings."""

from django.urls import URLPattern, URLResolver, path

from apps.dashboard import settings_pages

in_settings: list[URLPattern | URLResolver] = [
    path("settings/", settings_pages.site_settings_page, name="site_settings"),
    path("settings/face/", settings_pages.save_face, name="save_face"),
    path("settings/origins/", settings_pages.save_origins, name="save_origins"),
    path("settings/identity-secret/", settings_pages.renew_identity_secret, name="renew_identity_secret"),
    path("settings/hours/", settings_pages.save_hours, name="save_hours"),
    path("settings/promises/", settings_pages.save_promises, name="save_promises"),
    path("settings/assignment/", settings_pages.save_assignment, name="save_assignment"),
    path("settings/check/", settings_pages.save_check, name="save_check"),
    path("settings/skills/", settings_pages.save_skill_rules, name="save_skill_rules"),
]

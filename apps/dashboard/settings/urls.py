"""The addresses of a site's settings."""

from django.urls import URLPattern, URLResolver, path

from apps.dashboard.settings import forms

in_settings: list[URLPattern | URLResolver] = [
    path("settings/", forms.site_settings_page, name="site_settings"),
    path("settings/face/", forms.save_face, name="save_face"),
    path("settings/origins/", forms.save_origins, name="save_origins"),
    path("settings/identity-secret/", forms.renew_identity_secret, name="renew_identity_secret"),
    path("settings/hours/", forms.save_hours, name="save_hours"),
    path("settings/promises/", forms.save_promises, name="save_promises"),
    path("settings/assignment/", forms.save_assignment, name="save_assignment"),
    path("settings/check/", forms.save_check, name="save_check"),
    path("settings/skills/", forms.save_skill_rules, name="save_skill_rules"),
]

"""The addresses of the registry of actions."""

from django.urls import URLPattern, URLResolver, path

from apps.dashboard.desk import actions

in_actions: list[URLPattern | URLResolver] = [
    path("actions/", actions.action_list, name="action_list"),
    path("actions/new/", actions.new_action, name="new_action"),
    path("actions/add/", actions.add_action, name="add_action"),
    path("actions/<uuid:action_id>/", actions.action, name="action"),
    path("actions/<uuid:action_id>/save/", actions.save_action, name="save_action"),
    path("actions/<uuid:action_id>/switch/", actions.switch_action, name="switch_action"),
    path("actions/<uuid:action_id>/secret/", actions.rotate_action_secret, name="rotate_action_secret"),
]

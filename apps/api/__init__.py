"""The face for other programs: a REST API at `/api/v1/`, and OpenAI's chat completions at `/v1/`. Knows no pages.

A program shows an access token (`apps.integrations.tokens`). The token decides the site, and its scopes what it may do there.
"""

"""Pages about other programs: access tokens and webhooks."""

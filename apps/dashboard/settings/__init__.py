"""Pages of a site's settings."""

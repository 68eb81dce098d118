"""Pages about how the desk does."""

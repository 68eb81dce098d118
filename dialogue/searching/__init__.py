"""A turn → what was found for it, and which of its sentences may be quoted. The second step of an answer."""

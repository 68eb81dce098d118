"""A person's own pages: the way in, the second factor, password, sessions."""

"""The error of the home setup."""


class HomeError(Exception):
    """One sentence for the person at the terminal."""

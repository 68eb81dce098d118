"""A package that is done without while another one is imported."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def absent(package: str) -> Iterator[None]:
    """Who imports it meanwhile gets an ImportError, unless it is loaded already."""
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment] # what Python itself understands as "not there"
    try:
        yield
    finally:
        del sys.modules[package]

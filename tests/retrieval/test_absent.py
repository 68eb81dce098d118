"""A package can be done without while another is imported; afterwards it is there again."""

import importlib
import importlib.util
import sys

import pytest

from retrieval.absent import absent


def test_who_imports_it_meanwhile_goes_without() -> None:
    sys.modules.pop("this", None)
    with absent("this"), pytest.raises(ImportError):
        importlib.import_module("this")
    assert importlib.util.find_spec("this") is not None
    assert "this" not in sys.modules


def test_what_is_loaded_already_stays() -> None:
    with absent("json"):
        assert importlib.import_module("json") is sys.modules["json"]
    assert sys.modules["json"] is not None


def test_it_is_there_again_where_the_import_failed() -> None:
    sys.modules.pop("this", None)
    with pytest.raises(RuntimeError), absent("this"):
        raise RuntimeError
    assert "this" not in sys.modules

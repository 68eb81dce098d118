"""The adapters that come with the product are whole: each file is what its manifest says."""

from pathlib import Path

import pytest

from model_training import artifacts

DEMO = Path(__file__).parents[2] / "demo"


@pytest.mark.parametrize("name", ["adapter", "judge"])
def test_a_shipped_adapter_is_what_its_manifest_says(name: str) -> None:
    assert artifacts.check(DEMO / name, thorough=True)["profile"] == "home"

"""A machine that cannot serve the model is told why, in a sentence."""

from home.machine import why_not_serve
from model_training.profiles import load

HOME = load("home")
ENOUGH = 16 * 1024**3


def test_a_processor_with_avx2_and_enough_memory_will_do() -> None:
    assert why_not_serve(HOME, features=frozenset({"avx2"}), free_bytes=ENOUGH, machine="x86_64") == ""
    assert why_not_serve(HOME, features=frozenset(), free_bytes=ENOUGH, machine="aarch64") == ""


def test_a_missing_feature_and_too_little_memory_are_named() -> None:
    old = why_not_serve(HOME, features=frozenset({"avx"}), free_bytes=ENOUGH, machine="x86_64")
    assert old == "the processor has no AVX2, which the model server needs"
    small = why_not_serve(HOME, features=frozenset({"avx2"}), free_bytes=2 * 1024**3, machine="x86_64")
    assert small == "the model needs 7 GB of free memory, and 2.0 GB are free"

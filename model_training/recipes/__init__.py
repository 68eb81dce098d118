"""Recipes: how a model is trained. `config.toml` of a run, filled up from its profile, validated whole.

A run's file names what differs; everything else comes from the profile's `[training]`. All faults of both are named
at once, before anything is loaded. `python -m model_training.recipes PROFILE` prints a file to start from.
Knows no torch.
"""

from model_training.recipes.config import (
    CONFIG,
    Data,
    Hardware,
    Lora,
    Method,
    Optim,
    Recipe,
    Run,
    draft,
    load,
    parse,
)
from model_training.recipes.origin import RENDERED, base_fingerprint, origin_of
from model_training.recipes.prediction import BaseShape, Prediction, predict, shape_of

__all__ = [
    "CONFIG",
    "RENDERED",
    "BaseShape",
    "Data",
    "Hardware",
    "Lora",
    "Method",
    "Optim",
    "Prediction",
    "Recipe",
    "Run",
    "base_fingerprint",
    "draft",
    "load",
    "origin_of",
    "parse",
    "predict",
    "shape_of",
]

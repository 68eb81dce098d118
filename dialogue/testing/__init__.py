"""Fakes that ship with the library: a scripted chat model, and (`stand_in`) a model server that can misbehave."""

from dialogue.testing.scripted import ScriptedModel

__all__ = ["ScriptedModel"]

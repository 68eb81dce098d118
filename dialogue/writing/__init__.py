"""Sentences and a model → the model's text, as it streams. The fourth step, after `dialogue.deciding`."""

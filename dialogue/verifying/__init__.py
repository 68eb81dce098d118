"""The model's sentences against the passages, and the citations of what stands. The last step of an answer."""

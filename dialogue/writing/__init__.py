"""Sentences and a model → the model's text, as it streams. The fourth step, after `dialogue.deciding`."""

from retrieval.absent import absent

# Where aiohttp is there, openai takes it along for a client that nobody here uses: 6 MB of each process.
with absent("aiohttp"):
    import openai  # noqa: F401 # once imported it stays as it is

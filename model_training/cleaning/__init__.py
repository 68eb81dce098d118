"""Conversations in, what a model may learn from out; every row that was dropped or changed has its reason.

The steps stand in the order in which they run: `rules` → `duplicates` → `clusters` → `personal_data` → `poisoning` →
`difficulty`; `pipeline` leads through them and `reporting` draws what happened. Each step can be called by itself.
Knows no Django; only `perplexity`, a program of its own for the model environment, knows torch.
"""

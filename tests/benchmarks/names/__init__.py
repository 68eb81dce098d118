"""Sentences in which every name of a private person is marked, and what a tagger of names is fitted with.

train_*.jsonl   what it learns from: {"text", "names", "others"}; the others look like names and are none
blind_*.jsonl   written by other hands at the same time, read by nobody, counted only
labelled.py     where the names of a line stand, how many of them somebody has found
frames.py       the same sentences with other names in them
crf.py          the fit
"""

"""Names by their surroundings: a linear tagger (a conditional random field) over words and Chinese characters.

    known_words.py  which words are names, places or plain English, in one small file
    sealed.py       the files of numbers, and the hashes that they are held against
    units.py        a text as units, and what is known of each by itself
    features.py     what is known of a unit and its neighbours together, as numbers of buckets
    tagger.py       the weights of the buckets, and the likeliest tags of a text

What it learns from, and how, stands in tests/benchmarks/names_fit.py.
"""

from model_training.cleaning.personal_data.tagging.sealed import DamagedTagger
from model_training.cleaning.personal_data.tagging.tagger import find_tagged

__all__ = ["DamagedTagger", "find_tagged"]

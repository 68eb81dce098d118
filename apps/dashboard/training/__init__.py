"""Pages of models: what answers, what was trained, how it was judged."""

"""How good retrieval is: labelled questions, the hit test, measurements and fits."""

"""How the desk does: facts of each episode in a table, rates when they are asked for.

deriving.py    conversations → facts, one row an episode
sweeping.py    what changed is derived again; a worker's
figures.py     what each figure counts: the one place where it is defined
queries.py     facts → tallies, by day or language or …, and times
pricing.py     what tokens and seconds of a model cost a site
"""

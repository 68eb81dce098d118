"""What customers asked in vain: collected from conversations, grouped by meaning, answered by an FAQ, and asked again.

    collecting.py   conversations → questions, without personal data
    proposing.py    what people answered to them
    grouping.py     vectors → groups (knows no rows)
    placing.py      questions into the groups of their site
    checking.py     a group that an FAQ was made of is asked again, by the code of the hit test
    sweeping.py     all of these in turn, for one site; a worker's

GapError   what a person asked for cannot be done; carries a code, a sentence and an HTTP status
"""

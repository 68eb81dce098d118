"""The home setup: all of SeekDesk on one machine, without root and without Docker.

`make` calls it. `home.install` runs with any Python 3.11 and makes the environments; the rest runs in `.venv`:
`addresses` says which processes are ours and where, `processes` what each of them runs, `supervision` keeps them
running, `stages` does what a person asks for. Knows nothing of Django's rows: it calls `manage.py` as people do.

    HomeError          one sentence for the person at the terminal
"""

"""Other people's conversations → records: known formats (`formats`) and public sets (`public_sets`).

`importing.import_set` leads: it caps what one contact may bring, leaves out whoever did not consent, and notes on every
record where it came from. Knows no cleaning: what comes in is what was there.
"""

from model_training.importing.writing import Imported, import_set, names

__all__ = ["Imported", "import_set", "names"]

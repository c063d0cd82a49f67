"""The evaluation's cases: phrasings, tools, schemas and words that no training template has. The trainer never imports this.

Nothing here is shared with `training.data`, not even the way words are invented; `training/check_heldout.py` proves the gap.
"""

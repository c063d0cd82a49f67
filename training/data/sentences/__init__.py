"""Sentences with the fields that they fill: wordings, and (key names | kind) of each value."""

from . import life, notes, plain, roles, verbs_a_l, verbs_m_z, work
from .lists import LISTS

#: Wordings with a place for each value, and the fields in the order of the places.
WORDED = (*plain.PLAIN, *work.WORK, *life.LIFE, *verbs_a_l.A_TO_L, *verbs_m_z.M_TO_Z, *notes.NOTES, *roles.ROLES)

__all__ = ["LISTS", "WORDED"]

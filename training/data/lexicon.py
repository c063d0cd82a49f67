"""All words of content that the banks of sentences know, for texts where only the words count and not their sense."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .fields import people, places, things
from .sentences import WORDED

LITTLE = frozenset(
    """this that with from have been were will when what which where whom whose into over under after before about their they them your than then there here
    would could should does just very much many more most some only also back down because until every other""".split()
)


def _texts() -> Iterable[str]:
    for wordings, keys in WORDED:
        yield from wordings
        yield from (names for names, _ in keys)
    for bank in (people, places, things):
        for _, names, _, clauses, questions in bank.FIELDS:
            yield names
            yield from (*clauses, *questions)


#: Alphabetically, in lower case, of four to twelve letters.
LEXICON = sorted(
    {word for text in _texts() for word in re.findall(r"[a-z]{4,12}", re.sub(r"\{\w\}", " ", text).replace("_", " "))}
    - LITTLE
)

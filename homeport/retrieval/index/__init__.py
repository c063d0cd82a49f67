"""The index of chunks: what ingestion puts in, and the search that finds it.

- `rows`: chunks in and out of the database, within a transaction;
- `search`: the chunks that fit a question best;
- `view`: what a process keeps in memory of a store that is searched;
- `part`, `slab`, `file`: what is computed with, in memory or in the file that a large store has;
- `build`: makes that file.
"""

from __future__ import annotations

from homeport.retrieval.index.rows import add_chunks, content, count, hide, remove, set_attributes
from homeport.retrieval.index.search import Hit, Search

__all__ = ["Hit", "Search", "add_chunks", "content", "count", "hide", "remove", "set_attributes"]

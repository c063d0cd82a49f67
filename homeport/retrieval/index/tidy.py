"""Removes the files of stores that are no more. Light: also for a server that never searches."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, select

from homeport.retrieval.tables import chunk_stores


def remove_dead(connection: Connection, folder: Path, spared: str = "") -> None:
    """Remove what is in `folder` of stores without chunks; `spared` is one that is just being worked on.

    The folder is looked at first: a store that comes meanwhile is not taken for a dead one.
    """
    if not folder.is_dir():
        return
    paths = [path for path in folder.iterdir() if path.suffix in (".index", ".lock", ".partial")]
    known = {spared, *connection.execute(select(chunk_stores.c.vector_store_id)).scalars()} if paths else set()
    for path in paths:
        if path.name.partition(".")[0] not in known:
            path.unlink(missing_ok=True)

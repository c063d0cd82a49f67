"""Jobs that are begun as they are enqueued: the process that makes one often has a worker with nothing to do.

Such a job is written as claimed. It needs no second transaction to be found, and dies as any other claim: when its
lease runs out, it is somebody else's.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection

from homeport.jobs import leases
from homeport.jobs.leases import Claim
from homeport.jobs.queue import enqueue


class Room(Struct, frozen=True):
    """A place that a worker keeps for a job that is about to be enqueued (`Worker.room`), if it has one."""

    worker: str | None = None  # its name
    lease_s: float = 0.0

    def enqueue(self, connection: Connection, kind: str, payload: Any, *, project_id: str) -> tuple[str, Claim | None]:
        """Have `payload` done as `queue.enqueue` does. Returns the job's id, and its claim if it is begun when this
        transaction commits. Where others of its kind wait it is not: it must not pass them.
        """
        if self.worker is not None:
            claim = leases.start(connection, self.worker, kind, payload, self.lease_s, project_id=project_id)
            if claim is not None:
                return claim.job.id, claim
        return enqueue(connection, kind, payload, project_id=project_id), None


NOWHERE = Room()
Rooms = Callable[
    [str], AbstractContextManager[Room]
]  # a kind of jobs → a place for one, for as long as the block lasts

"""the event logs of vector stores and their batches, which nobody reads, go"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    streams = sa.table("event_streams", sa.column("id", sa.String))
    events = sa.table("events", sa.column("stream_id", sa.String))
    of_stores = sa.or_(*(streams.c.id.startswith(prefix, autoescape=True) for prefix in ("vs_", "vsfb_")))
    op.execute(sa.delete(events).where(events.c.stream_id.in_(sa.select(streams.c.id).where(of_stores))))
    op.execute(sa.delete(streams).where(of_stores))

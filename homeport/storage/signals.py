"""Wake-ups: who waits for a change hears of it when it is committed, in this process or in another.

A topic is a short string without line breaks that ends in an id (`events:run_123`) or is a constant (`jobs`). A signal
says "look again" and nothing else: it may come twice, and whoever wakes reads the tables. **It may also be lost** (a
process dies between its commit and the signal, a connection breaks), so nobody waits for one for ever:

    with database.signals.subscribe(topic) as changed:
        while True:
            changed.clear()  # before reading: a signal that comes meanwhile is not lost
            … read the tables …
            await wait(changed)  # signalled, or time to look all the same

In process a signal sets an `asyncio.Event`. Between replicas it is PostgreSQL's NOTIFY (`storage.notify`), between
processes on one SQLite file a datagram (`storage.neighbours`); both carry topics only, after the commit.

Within the process what was committed can be handed over itself (`hand`, `Signals.receive`): whoever waits there need
not read it back from the tables.
"""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from msgspec import Struct, field
from sqlalchemy import Connection

LOOK_AGAIN_S = 1.5  # how long a lost signal may go unnoticed
EVERYTHING = "*"  # the topic of who no longer knows which
_KEY = "homeport_signals"  # in Connection.info, for the length of a transaction


class News(Struct):
    """What is told of a transaction once it is committed: the topics to wake, and what is handed over in process."""

    topics: set[str] = field(default_factory=set)  # to be woken, here and elsewhere
    handed: list[tuple[str, Any]] = field(default_factory=list)  # here
    handed_topics: set[str] = field(default_factory=set)  # to be woken elsewhere, where nothing can be handed over


def signal(connection: Connection, topic: str) -> None:
    """Wake whoever waits for `topic` once this transaction commits, and not if it does not."""
    connection.info.setdefault(_KEY, News()).topics.add(topic)


def hand(connection: Connection, topic: str, what: Any, *, elsewhere: bool = True) -> None:
    """Give `what` to whoever receives `topic` in this process once this transaction commits; it wakes nobody else here.
    `elsewhere`: it is a signal to other processes.
    """
    news = connection.info.setdefault(_KEY, News())
    news.handed.append((topic, what))
    if elsewhere:
        news.handed_topics.add(topic)


def take(connection: Connection) -> News | None:
    """What this transaction is to tell, which is forgotten by this. For `Database` only."""
    news: News | None = connection.info.pop(_KEY, None)
    return news


async def wait(event: asyncio.Event, at_most_s: float = LOOK_AGAIN_S) -> None:
    """Until the event is set, or for as long as a lost signal may go unnoticed."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(at_most_s):
            await event.wait()


class Receiver(Protocol):
    """`receive` is called on the event loop with what is handed over, or with None at a signal: look at the tables.
    It must not raise.
    """

    def receive(self, what: Any) -> None: ...


class Signals:
    """The waiting side. Lives on one event loop."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._receivers: dict[str, list[weakref.ref[Receiver]]] = {}

    @contextlib.contextmanager
    def subscribe(self, topic: str) -> Iterator[asyncio.Event]:
        """An event that is set at each signal for `topic`. Clear it *before* reading the tables: none is lost then."""
        event = asyncio.Event()
        self._waiting.setdefault(topic, set()).add(event)
        try:
            yield event
        finally:
            waiting = self._waiting[topic]
            waiting.discard(event)
            if not waiting:
                del self._waiting[topic]

    def receive(self, topic: str, receiver: Receiver) -> None:
        """Hand over to `receiver` for as long as somebody else holds it."""
        receivers = self._receivers.setdefault(topic, [])

        def forget(gone: weakref.ref[Receiver]) -> None:
            receivers.remove(gone)
            if not receivers and self._receivers.get(topic) is receivers:
                del self._receivers[topic]

        receivers.append(weakref.ref(receiver, forget))

    def deliver(self, handed: Iterable[tuple[str, Any]]) -> None:
        for topic, what in handed:
            for reference in tuple(self._receivers.get(topic, ())):
                if (receiver := reference()) is not None:
                    receiver.receive(what)

    def wake(self, topics: Iterable[str]) -> None:
        for topic in topics:
            for event in self._waiting.get(topic, ()):
                event.set()
            self.deliver([(topic, None)])
            if topic == EVERYTHING:
                self.wake_all()

    def wake_all(self) -> None:
        """Signals may have been missed: everyone looks."""
        self.wake({*self._waiting, *self._receivers})

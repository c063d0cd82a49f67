"""The replicas of an engine: which one is asked next, and what is known of their health.

A request goes to the replica with the fewest requests under way. One that fails is left alone by its circuit breaker;
one that takes no connections is asked for its models in the background, so that its return costs nobody a request and
shows in `healthy` without any.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from functools import partial
from time import monotonic

from homeport.config import EngineConfig, TimeoutsConfig
from homeport.engines.breaker import Breaker
from homeport.engines.http_client import ConnectFailed, HttpClient, HttpError
from homeport.errors import ApiError, EngineError, Overloaded, RateLimitError

logger = logging.getLogger(__name__)

LONGEST_RETRY_AFTER_S = 2.0  # a peer that asks for a longer pause is not waited for: the caller is told instead
_PAUSE_S = 0.05  # before the same replica is asked a second time; doubles
_PROBE_S = 0.5  # before a replica that took no connection is probed; doubles
_LONGEST_PROBE_S = 30.0
_ROOT_CONNECTIONS = 16
BLAMED = frozenset({502, 503, 504, 529})  # statuses that say that the replica itself is in trouble
AGAIN = BLAMED | {408, 425, 429, 500}  # statuses after which another try may do better


class Replica:
    """One peer. `pending`: requests and streams under way."""

    def __init__(self, url: str, config: EngineConfig, timeouts: TimeoutsConfig, headers: dict[str, str]) -> None:
        self.url = url

        def connect_to(base_url: str, max_connections: int) -> HttpClient:
            return HttpClient(
                base_url,
                headers=headers,
                max_connections=max_connections,
                connect_timeout_s=timeouts.connect_s,
                verify_tls=config.verify_tls,
            )

        self.client = connect_to(url, config.max_connections)
        beside = url.rstrip("/").removesuffix("/v1")
        self._connect_beside = partial(connect_to, beside, min(_ROOT_CONNECTIONS, config.max_connections))
        self._root: HttpClient | None = None
        self.breaker = Breaker()
        self.pending = 0
        self.troubled = False  # the last thing we heard of it was a failure
        self.unreachable = False
        self.problem = ""

    @property
    def root(self) -> HttpClient:
        """What lives beside the API's prefix, not under it: tokenizers and the like."""
        if self._root is None:
            self._root = self._connect_beside()
        return self._root

    def worked(self) -> None:
        """It answered. Called where `troubled` is set; cheap to skip otherwise."""
        if self.unreachable or self.breaker.state != "closed":
            logger.info("%s is back", self.url)
        self.troubled = self.unreachable = False
        self.breaker.success()

    def failed(self, problem: str, *, unreachable: bool) -> None:
        was_closed = self.breaker.state == "closed"
        self.troubled = True
        self.unreachable = unreachable
        self.problem = problem
        self.breaker.failure()
        if was_closed and self.breaker.state == "open":
            logger.warning("%s is left alone for a while: %s", self.url, problem)

    async def close(self) -> None:
        await self.client.close()
        if self._root is not None:
            await self._root.close()


class Attempt:
    """The tries of one request: whom to ask next, or whether to give up."""

    def __init__(self, replicas: Replicas, first: Replica, started_s: float) -> None:
        self._replicas = replicas
        self._tried = [first]
        self._started_s = started_s

    async def next(self, error: ApiError, status: int | None, retry_after_s: float | None) -> Replica:
        """The replica to ask now, after a pause where it has been asked already. Raises `error` when it is final.

        `status`: of the peer's answer; None when there was none. Nothing of the answer has been passed on.
        """
        replicas = self._replicas
        if not _worth_another_try(error, status) or len(self._tried) > replicas.retries:
            raise error
        other = replicas.choose(self._tried)
        if other is None:
            pause_s = _PAUSE_S * 2 ** (len(self._tried) - 1) * (0.5 + random.random())
            if retry_after_s is not None:
                pause_s = max(pause_s, retry_after_s)
            elif isinstance(error, RateLimitError):
                raise error  # a limit does not go away in milliseconds
            if pause_s > LONGEST_RETRY_AFTER_S or monotonic() - self._started_s + pause_s > replicas.patience_s:
                raise error
            await asyncio.sleep(pause_s)
            other = replicas.choose(())
            if other is None:
                raise error
        self._tried.append(other)
        return other


def _worth_another_try(error: ApiError, status: int | None) -> bool:
    if status is not None:
        return status in AGAIN
    if isinstance(error, EngineError):
        return error.retryable
    return isinstance(error, Overloaded | RateLimitError)  # but no timeout: the time is spent


class Replicas:
    """All replicas of one engine."""

    def __init__(self, name: str, config: EngineConfig, timeouts: TimeoutsConfig, headers: dict[str, str]) -> None:
        urls = dict.fromkeys(url.rstrip("/") for url in (*filter(None, [config.url]), *config.urls))
        self._name = name
        self.all = [Replica(url, config, timeouts, headers) for url in urls]
        self._only = self.all[0] if len(self.all) == 1 else None
        self._turn = 0
        self.retries = config.retries
        self.patience_s = timeouts.answer_s
        self._connect_s = timeouts.connect_s
        self._probes: dict[Replica, asyncio.Task[None]] = {}

    def choose(self, tried: list[Replica] | tuple[()] = ()) -> Replica | None:
        """The one with the fewest requests under way among those that are well and not yet tried; in turn if equal.

        The caller tells it the outcome: `worked`, `failed` or `breaker.abandoned`.
        """
        if self._only is not None:
            return self._only if not tried and self._only.breaker.allow() else None
        self._turn += 1
        ready = [replica for replica in self.all if replica not in tried and replica.breaker.ready()]
        if not ready:
            return None
        start = self._turn % len(ready)
        best = min(ready[start:] + ready[:start], key=lambda replica: replica.pending)
        best.breaker.allow()
        return best

    def healthy(self) -> bool:
        return any(not replica.unreachable and replica.breaker.state != "open" for replica in self.all)

    def retry_after_s(self) -> float:
        return min(replica.breaker.retry_after_s for replica in self.all)

    def problem(self) -> str:
        return next((replica.problem for replica in self.all if replica.problem), "")

    def blame(self, replica: Replica, error: HttpError | None, problem: str) -> None:
        """A request to `replica` failed in a way that says something about it."""
        replica.failed(problem, unreachable=isinstance(error, ConnectFailed))
        if replica.unreachable and replica not in self._probes:
            task = asyncio.create_task(self._probe(replica), name=f"{self._name}: probe {replica.url}")
            self._probes[replica] = task
            task.add_done_callback(lambda _: self._probes.pop(replica, None))

    async def close(self) -> None:
        for task in list(self._probes.values()):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for replica in self.all:
            await replica.close()

    async def _probe(self, replica: Replica) -> None:
        """Ask for the models, at growing intervals, until there is an answer."""
        pause_s = _PROBE_S
        while replica.unreachable:
            await asyncio.sleep(pause_s * (0.75 + 0.5 * random.random()))
            pause_s = min(_LONGEST_PROBE_S, 2 * pause_s)
            with contextlib.suppress(HttpError):
                await replica.client.request("GET", "/models", timeout_s=self._connect_s)
                replica.worked()

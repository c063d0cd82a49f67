"""Many small questions to the database, asked together: whoever asks while a batch runs shares the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class Batches(Generic[Q, A]):
    """`answer` takes up to `limit` questions and gives as many answers, in their order.

    An exception among the answers is for its asker alone; one that `answer` raises is for all.
    """

    def __init__(
        self, answer: Callable[[Sequence[Q]], Awaitable[Sequence[A | Exception]]], limit: int, pause_s: float = 0.0
    ) -> None:
        """`pause_s`: between batches. The first after a silence is asked at once."""
        self._answer = answer
        self._limit = limit
        self._pause_s = pause_s
        self._asked: list[tuple[Q, asyncio.Future[A]]] = []
        self._task: asyncio.Task[None] | None = None

    async def ask(self, question: Q) -> A:
        return await self.put(question)

    def put(self, question: Q) -> asyncio.Future[A]:
        """As `ask`, for who doesn't wait."""
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._asked.append((question, future))
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return future

    async def _run(self) -> None:
        while self._asked:
            batch, self._asked = self._asked[: self._limit], self._asked[self._limit :]
            try:
                answers = await self._answer([question for question, _ in batch])
            except Exception as error:
                answers = [error] * len(batch)
            for (_, future), answer in zip(batch, answers, strict=True):
                if future.done():
                    continue  # its asker was cancelled
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)
            if self._pause_s and len(self._asked) < self._limit:
                await asyncio.sleep(self._pause_s)
        self._task = None

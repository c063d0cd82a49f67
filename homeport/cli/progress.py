"""A progress bar."""

from __future__ import annotations

import sys
import time

import click

from homeport.cli.table import size


class Bar:
    """A progress bar on a terminal's stderr; elsewhere nothing."""

    REFRESH_S = 0.1
    WIDTH = 30

    def __init__(self, label: str, unit: str | None = None) -> None:
        """`unit`: what is counted ("files"); by default bytes."""
        self.label = label
        self.unit = unit
        self.shown = sys.stderr.isatty()
        self.started_s = time.monotonic()
        self.drawn_s = 0.0
        self.first: int | None = None  # bytes there were at the start: they say nothing about the speed
        self.last: tuple[int, int | None] = (0, None)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *exc: object) -> None:
        self.done()

    def __call__(self, have: int, total: int | None) -> None:
        if not self.shown:
            return
        self.first = have if self.first is None else min(self.first, have)
        self.last = have, total
        now_s = time.monotonic()
        if now_s - self.drawn_s >= self.REFRESH_S:
            self.drawn_s = now_s
            self._draw()

    def done(self) -> None:
        if self.shown and self.first is not None:
            self._draw()
            click.echo(err=True)
        self.shown = False

    def _draw(self) -> None:
        have, total = self.last
        speed = (have - (self.first or 0)) / max(time.monotonic() - self.started_s, 1e-3)
        if total:
            filled = self.WIDTH * have // total
            bar = f"{'█' * filled}{'░' * (self.WIDTH - filled)} {100 * have // total:3}%"
            amount = (
                f"{bar}  {size(have)} of {size(total)}"
                if self.unit is None
                else f"{bar}  {have} of {total} {self.unit}"
            )
        else:
            amount = size(have)
        left = f"  {_clock((total - have) / speed)} left" if total and speed > 0 and have < total else ""
        rate = f"  {size(speed)}/s" if self.unit is None else ""
        click.echo(f"\r\x1b[K{self.label}  {amount}{rate}{left}", nl=False, err=True)


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"

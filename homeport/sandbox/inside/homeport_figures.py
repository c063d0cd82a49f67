"""matplotlib's backend inside the sandbox: figures that are shown, saved or left open at the end come out as images."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from typing import Any

from homeport_worker import send_image
from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

_OF_A_FORMAT = ("backend", "metadata", "pil_kwargs")  # options of savefig that PNG may not take
_saved: dict[Figure, bytes] = {}  # what figures looked like when they were saved, as PNG, until they are sent


class FigureManager(FigureManagerBase):
    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:
        """`plt.show()`: send all open figures and close them, as a notebook does."""
        for manager in Gcf.get_all_fig_managers():
            send(manager.canvas.figure)


class FigureCanvas(FigureCanvasAgg):
    """What pyplot looks for in a backend."""


def is_figure(value: Any) -> bool:
    return isinstance(value, Figure)


def send(figure: Figure) -> None:
    """Send a figure as it is now, and close it."""
    picture = io.BytesIO()
    _savefig(figure, picture, format="png")
    _saved.pop(figure, None)
    Gcf.destroy_fig(figure)
    send_image(picture.getvalue(), "image/png")


def finish() -> None:
    """At the end of a call: send the figures that are open still, and those that were only saved."""
    FigureManager.pyplot_show()
    while _saved:
        send_image(_saved.pop(next(iter(_saved))), "image/png")


def _savefig_and_note(figure: Figure, fname: Any, **options: Any) -> None:
    _savefig(figure, fname, **options)
    if not isinstance(fname, str | os.PathLike):
        return
    options = {name: value for name, value in options.items() if name not in _OF_A_FORMAT}
    picture = io.BytesIO()
    with suppress(Exception):  # the file is there: the code has what it asked for
        _savefig(figure, picture, **{**options, "format": "png"})
        _saved[figure] = picture.getvalue()


FigureCanvasAgg.manager_class = FigureManager  # type: ignore[assignment,unused-ignore]  # code may choose Agg itself
_savefig = Figure.savefig
Figure.savefig = _savefig_and_note  # type: ignore[method-assign,assignment,unused-ignore]

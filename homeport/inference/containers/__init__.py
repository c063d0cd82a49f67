"""Containers: where the code interpreter runs, with files that stay.

The files are rows and blobs (`storage.containers`). A process that runs code has a copy of them on its disk, brought up
to date before a call and read after it, so that any process can make the next call; only the interpreter's variables
live in one of them.

    container = await containers.owned(project_id, "conv_…", file_ids=[…])   # or: await containers.use(project_id, id)
    async for event in containers.run(project_id, container.id, code, key="run_…:ci_…"):
        ...                                                                  # Logs | Plot, …, Ran

    containers  what there is: containers and their files
    calls       code that runs in them, and the copies it works on
"""

from homeport.inference.containers.calls import OUTPUT, Calls, Plot, Ran, Written
from homeport.inference.containers.containers import SWEEP, SWEEP_EVERY_S, Containers
from homeport.sandbox import Logs

__all__ = ["OUTPUT", "SWEEP", "SWEEP_EVERY_S", "Calls", "Containers", "Logs", "Plot", "Ran", "Written"]

"""The code interpreter's sandbox: Python with state, in a cage of bubblewrap, seccomp and limits.

    sandboxes = Sandboxes(folder)                       # one per server
    sandbox = sandboxes.sandbox("cntr_…")               # one per container; nothing runs until it is used
    await sandbox.put("sales.csv", data)
    result = await sandbox.run("import pandas …")       # or: async for event in sandbox.stream(code)
    await sandboxes.close()

Nothing ever runs outside the cage: where it can't be built, `SandboxUnavailable` says what to install.
"""

from homeport.sandbox.events import Event, File, Finished, Image, Limits, Logs, Result, Status
from homeport.sandbox.probe import Protections, probe
from homeport.sandbox.sandbox import Sandbox
from homeport.sandbox.sandboxes import Sandboxes

__all__ = [
    "Event",
    "File",
    "Finished",
    "Image",
    "Limits",
    "Logs",
    "Protections",
    "Result",
    "Sandbox",
    "Sandboxes",
    "Status",
    "probe",
]

"""`python -m benchmarks [gateway|embedded|hangup|files|interpreter …]`: run the named benchmarks, or all."""

from __future__ import annotations

import sys

from benchmarks import (
    embedded,
    files,
    gateway,
    hangup,
    ingest,
    interpreter,
    jobs,
    retrieval_quality,
    runs,
    runs_at_once,
    search,
    storage,
)

ALL = {
    "gateway": gateway.main,
    "embedded": embedded.main,
    "hangup": hangup.main,
    "files": files.main,
    "ingest": ingest.main,
    "interpreter": interpreter.main,
    "jobs": jobs.main,
    "retrieval_quality": retrieval_quality.main,
    "runs": runs.main,
    "runs_at_once": runs_at_once.main,
    "search": search.main,
    "storage": storage.main,
}


def main() -> int:
    names = sys.argv[1:] or list(ALL)
    unknown = [name for name in names if name not in ALL]
    if unknown:
        print(f"there is no benchmark {unknown[0]}; there are: {', '.join(ALL)}", file=sys.stderr)
        return 2
    for name in names:
        ALL[name]()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""`python -m homeport.engines.minilm SOURCE TARGET`: make the GGUF file TARGET of the weights in directory SOURCE."""

from __future__ import annotations

import sys
from pathlib import Path

from homeport.engines.minilm.weights import WeightsError


def main(source: str, target: str) -> int:
    try:
        from homeport.engines.minilm.write_gguf import write_gguf

        write_gguf(Path(source), Path(target))
    except (WeightsError, OSError, ImportError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""`python -m benchmarks` lists what can be measured; `python -m benchmarks NAME` measures it.

`python -m benchmarks quick` measures all that ends within a few minutes.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from retnet_core.errors import RetNetError

HELPERS = ("__init__", "__main__", "timing")
QUICK = ("forms", "reading", "asking")


def names() -> list[str]:
    """Every file here that measures something."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return [file.stem for file in files if file.stem not in HELPERS]


def main(arguments: list[str]) -> int:
    chosen = {"quick": QUICK}.get(arguments[0], arguments[:1]) if arguments else ()
    if chosen and set(chosen) <= set(names()):
        try:
            for name in chosen:
                import_module(f"benchmarks.{name}").main(arguments[1:])
        except RetNetError as error:
            sys.exit(str(error))
        return 0
    for name in names():
        said = import_module(f"benchmarks.{name}").__doc__ or ""
        print(f"python -m benchmarks {name:10} {said.splitlines()[0]}")
    return 2 if arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

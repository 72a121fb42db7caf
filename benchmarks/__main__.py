"""`python -m benchmarks` lists what can be measured; `python -m benchmarks NAME` measures it.

`python -m benchmarks quick` measures all that ends within a few minutes.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from retnet_core.errors import RetNetError

QUICK = ("forms", "reading", "extracting", "asking")


def names() -> list[str]:
    """Every file here that measures something: those with a main of their own."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    own = [file for file in files if not file.stem.startswith("_")]
    return [file.stem for file in own if "\ndef main(" in file.read_text(encoding="utf-8")]


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

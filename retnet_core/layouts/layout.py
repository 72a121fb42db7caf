"""What every layout is made of, and how an option that cannot be honoured is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from retnet_core.config import RetNetConfig
from retnet_core.errors import InvalidCheckpoint
from retnet_core.tensors import Shape

MOST_HEADS = 1024  # a hostile config must not fill the memory with exponents
LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Where one weight lies: the name and shape of a stored tensor, and what is made of it.

    stored None: nowhere, the weight is all ones. change None: the tensor itself.
    """

    stored: str | None
    shape: Shape
    change: Callable[[Tensor], Tensor] | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """One config.json understood.

    name: as people call it. places: from our names and their shapes, and the names in the files,
    to the place of every weight. spare: stored tensors that may be there and are not needed.
    """

    name: str
    config: RetNetConfig
    places: Callable[[Mapping[str, Shape], Collection[str]], dict[str, Place]]
    spare: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a config.json, each read with the type that it must have."""

    values: Mapping[str, Any]

    def count(self, name: str, absent: int | None = None) -> int:
        """A whole number above 0."""
        value = self.values.get(name)
        value = absent if value is None else value
        if type(value) is not int or value < 1:
            raise InvalidCheckpoint(f"the option {name} must be a whole number, not {_json(value)}")
        return value

    def number(self, name: str, absent: float) -> float:
        """A number above 0."""
        value = self.values.get(name)
        value = absent if value is None else value
        if type(value) not in (int, float) or not 0 < value < float("inf"):
            raise InvalidCheckpoint(
                f"the option {name} must be a number above 0, not {_json(value)}"
            )
        return float(value)

    def flag(self, name: str, absent: bool) -> bool:
        """True or false."""
        value = self.values.get(name)
        value = absent if value is None else value
        if type(value) is not bool:
            raise InvalidCheckpoint(f"the option {name} must be true or false, not {_json(value)}")
        return value

    def require(self, allowed: Mapping[str, tuple[object, ...]], known: Collection[str]) -> None:
        """Refuse values outside those allowed, and unknown options that are not plainly off.

        An option nobody here knows may change the mathematics: to load the weights without it
        would give a model that runs and is another one.
        """
        for name, value in self.values.items():
            if name in allowed and value not in allowed[name]:
                possible = " or ".join(map(_json, allowed[name]))
                raise InvalidCheckpoint(
                    f"its option {name} is {_json(value)}, and only {possible} is supported"
                )
            if name not in allowed and name not in known and value not in (None, False, [], {}):
                raise InvalidCheckpoint(f"its option {name} ({_json(value)}) is not known here")


def share(whole: float, parts: int, what: str) -> int:
    """The width of each of so many equal parts."""
    width = round(whole)
    if abs(width - whole) > 1e-6 or width % parts:
        raise InvalidCheckpoint(f"{what} of {whole:g} cannot be cut evenly for {parts} heads")
    return width // parts


def exponents(heads: int) -> tuple[float, ...]:
    """The paper's: 5, 6, 7, ... (eq. 8)."""
    if heads > MOST_HEADS:
        raise InvalidCheckpoint(f"{heads} heads are more than the {MOST_HEADS} that are possible")
    return tuple(5.0 + head for head in range(heads))


def _json(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"

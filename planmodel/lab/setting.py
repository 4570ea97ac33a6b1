"""What the bench remembers: the scenario under edit, and what a driver said before its sliders were moved."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from planmodel.scenario import Scenario, Shock

Entry = TypeVar("Entry", bound=Hashable)


@dataclass(frozen=True)
class Origin:
    """What a driver showed and said in the open years before its sliders were moved: growth, path and shocks."""

    shown: Mapping[int, float]
    paths: Mapping[tuple[str, int], tuple[float, float]]
    shocks: tuple[Shock, ...]


@dataclass(frozen=True)
class Setting:
    """Everything that an undo brings back.

    `loaded` is the scenario as it was loaded. `shapes` says of a driver whose path was drawn by one number: its
    shape and that number, points of growth. `origins` says of a driver whose sliders were moved what was there before.
    """

    scenario: Scenario
    loaded: Scenario
    as_of: int
    shapes: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)


def in_order(entries: Iterable[Entry], order: Iterable[Entry]) -> list[Entry]:
    """Return entries in an order; those that it does not know come last."""
    known = list(order)
    return sorted(entries, key=lambda entry: known.index(entry) if entry in known else len(known))

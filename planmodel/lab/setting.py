"""What the bench remembers: the scenario under edit, and what a driver said before its sliders were moved."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from planmodel.scenario.scenario import Scenario, Shock

Entry = TypeVar("Entry", bound=Hashable)
Value = TypeVar("Value")


@dataclass(frozen=True)
class Origin:
    """What a driver showed and said in the open years before its sliders were moved: growth, path and shocks.

    `moved` are the years whose sliders were moved since.
    """

    shown: Mapping[int, float]
    paths: Mapping[tuple[str, int], tuple[float, float]]
    shocks: tuple[Shock, ...]
    moved: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Setting:
    """Everything that an undo brings back.

    `loaded` is the scenario as it was loaded. `shapes` says of a driver whose path was drawn by one number: its
    shape and that number, points of growth. `origins` says of a driver whose sliders were moved what was there before,
    `replaced` which of its shocks a path took the place of.
    """

    scenario: Scenario
    loaded: Scenario
    as_of: int
    shapes: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    replaced: Mapping[str, tuple[Shock, ...]] = field(default_factory=dict)

    def concerns(self, driver: str, variable: str, year: int) -> bool:
        """Whether an entry of the scenario is about a driver's open years."""
        return variable == driver and year > self.as_of

    def returned(self, driver: str) -> Setting:
        """Return the setting in which a driver says what it said before its sliders were moved."""
        origin, scenario = self.origins[driver], self.scenario
        others = {key: path for key, path in scenario.paths.items() if not self.concerns(driver, *key)}
        paths = {**others, **origin.paths}
        shocks = [s for s in scenario.shocks if not self.concerns(driver, s.variable, s.year)]
        left = tuple(s for s in self.replaced.get(driver, ()) if s not in origin.shocks)
        return replace(
            self,
            scenario=replace(
                scenario,
                paths={key: paths[key] for key in in_order(paths, self.loaded.paths)},
                shocks=tuple(in_order([*shocks, *origin.shocks], self.loaded.shocks)),
            ),
            origins=without(self.origins, driver),
            replaced={**self.replaced, driver: left},
        )


def in_order(entries: Iterable[Entry], order: Iterable[Entry]) -> list[Entry]:
    """Return entries in an order; those that it does not know come last."""
    known = list(order)
    return sorted(entries, key=lambda entry: known.index(entry) if entry in known else len(known))


def without(entries: Mapping[str, Value], name: str) -> dict[str, Value]:
    """Return entries without one."""
    return {key: value for key, value in entries.items() if key != name}


def exact(shown: float, known: Iterable[float], decimals: int) -> float:
    """Return the first of the known values that a control shows like this one; without one, the value itself.

    A control knows its value in tenths or hundredths: back where it was, it means what it was, 1.75 for 1.8.
    """
    alike = (value for value in known if round(value, decimals) == round(shown, decimals))
    return next(alike, shown)

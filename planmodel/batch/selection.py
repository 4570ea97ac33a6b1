"""Which scenarios a command works on: by name, folder, pattern, or all points of a grid."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from planmodel.base import messages
from planmodel.base.problems import InputError, Problem, Problems, nearest, phrase
from planmodel.batch.file_names import safe_name
from planmodel.model.model import Model
from planmodel.plan.names import resolve
from planmodel.plan.plan import Plan
from planmodel.plan.variables import plan_drivers
from planmodel.questions.odds.marginal import probabilities
from planmodel.scenario.checks import HIGHEST_GROWTH, LOWEST_GROWTH
from planmodel.scenario.scenario import Scenario, combine, load_scenario, resolve_scenario, scenario_names
from planmodel.show.labels import signed

# A grid with more points is a slip of the pen: at 50 scenarios a second it would take more than half an hour.
MOST_POINTS = 100_000


def select_scenarios(texts: Iterable[str], plan: Plan) -> list[str]:
    """Return the scenarios that texts name: each a name (or names joined by ``+``), a file, a folder, or a pattern.

    A pattern (``slowdown_*``, ``mine/*.yaml``) is one of names, or of files where it holds a separator or ends in
    ``.yaml``. Every scenario comes once, in the order of the texts.

    Raises
    ------
    InputError
        If a folder or a pattern has no scenario.
    """
    found: dict[str, None] = {}
    problems = Problems("scenario")
    for text in texts:
        chosen = _selected(text, plan)
        if not chosen:
            problems.add("", repr(text), phrase("expected.some_scenario"))
        found |= dict.fromkeys(chosen)
    problems.check()
    return list(found)


def _selected(text: str, plan: Plan) -> list[str]:
    path = Path(text)
    if path.is_dir() and text not in scenario_names(plan):
        return sorted(map(str, path.glob("*.yaml")))
    if not any(sign in text for sign in "*?[") or path.is_file():
        return [resolve_scenario(text, plan)]
    if text.endswith(".yaml") or "/" in text:
        start = Path(path.anchor) if path.anchor else Path()
        return sorted(map(str, start.glob(str(path.relative_to(path.anchor)))))
    return [name for name in scenario_names(plan) if fnmatchcase(name, text)]


# Decimals of a growth rate (% a year) in a grid, and so in names.
DECIMALS = 4


@dataclass(frozen=True)
class Axis:
    """One driver of a grid and the growth rates (% a year) that it takes."""

    driver: str
    growths: tuple[float, ...]


def read_axis(text: str, plan: Plan) -> Axis:
    """Read ``driver=low:high:points``, e.g. ``city_credit=4:10:7``: seven even steps from 4 to 10 % a year.

    Raises
    ------
    InputError
        If it is not of that form, or names no driver of the plan.
    """
    problems = Problems("--grid")
    driver, _, rest = text.partition("=")
    drivers = plan_drivers(plan)
    driver = resolve(driver, drivers, plan, "--grid")
    if driver not in drivers:
        found = phrase("found.unknown", kind=phrase("kind.driver"), name=repr(driver))
        known = phrase("expected.one_of", names=", ".join(drivers))
        problems.add("", found, known, nearest(driver, drivers))
    parts = rest.split(":")
    try:
        low, high, points = float(parts[0]), float(parts[1]), int(parts[2])
    except (ValueError, IndexError):
        low = high = math.nan
        points = 0
    fits = len(parts) == 3 and LOWEST_GROWTH <= low <= high <= HIGHEST_GROWTH
    if not fits or not 1 <= points <= MOST_POINTS or (low == high) != (points == 1):
        expected = phrase("expected.axis", lowest=f"{LOWEST_GROWTH:g}", highest=f"{HIGHEST_GROWTH:g}")
        problems.add(driver, repr(rest), expected)
    problems.check()
    growths = tuple(round(float(growth), DECIMALS) for growth in np.linspace(low, high, points))
    if len(set(growths)) < points:
        problems.add(driver, repr(rest), phrase("expected.points_apart", gap=f"{10.0**-DECIMALS:g}"))
    problems.check()
    return Axis(driver, growths)


def axis_text(text: str, plan: Plan) -> str:
    """Return the text of an axis with its driver's code, where it is written by its name."""
    driver, sign, rest = text.partition("=")
    return f"{resolve(driver, plan_drivers(plan), plan, '--grid')}{sign}{rest}"


class Grid(Sequence[Scenario]):
    """Every point of a grid: in the open years each driver grows at one of its rates, all else as in `base`.

    Points are made when they are asked for, so that a large grid takes no more room than a small one.
    """

    def __init__(self, axes: Sequence[Axis], base: Scenario, model: Model) -> None:
        self.axes, self.base, self.model = tuple(axes), base, model

    def __len__(self) -> int:
        return math.prod(len(axis.growths) for axis in self.axes)

    @overload
    def __getitem__(self, place: int) -> Scenario: ...
    @overload
    def __getitem__(self, place: slice) -> list[Scenario]: ...
    def __getitem__(self, place: int | slice) -> Scenario | list[Scenario]:
        """Return a point, or several; the last axis moves fastest."""
        if isinstance(place, slice):
            return [self.point(self.growths(n)) for n in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        return self.point(self.growths(place % len(self)))

    def growths(self, place: int) -> dict[str, float]:
        """Return the growth rate of each driver at a point."""
        sizes = [len(axis.growths) for axis in self.axes]
        places = np.unravel_index(place, sizes)
        return {axis.driver: axis.growths[int(n)] for axis, n in zip(self.axes, places, strict=True)}

    def point(self, growths: Mapping[str, float]) -> Scenario:
        """Return the scenario in which each driver grows at its rate."""
        plan, base = self.model.plan, self.base
        years = range(self.model.as_of + 1, plan.target_year + 1)
        paths = {(driver, year): (growth, 0.0) for driver, growth in growths.items() for year in years}
        words = "_".join(f"{driver}_{_in_name(growth)}" for driver, growth in growths.items())
        name = safe_name(words if base.name == "baseline" else f"{base.name}_{words}")
        both = combine([base, Scenario(name, paths=paths)])
        titles = {}
        for lang in messages.WHOLE:
            said = [
                f"{plan.label(driver, '', lang)} {signed(format(growth, 'g'))}%"
                for driver, growth in growths.items()
            ]
            if base.name != "baseline":
                said.insert(0, base.heading(lang))
            titles[lang] = messages.text("list_clauses", lang).join(said)
        return replace(both, name=name, title=titles, description=base.description, author=base.author)


def grid_scenarios(texts: Sequence[str], model: Model, on: str = "baseline") -> Grid:
    """Return the grid of some axes, each as `read_axis` reads it, over a scenario.

    Raises
    ------
    InputError
        If an axis is wrong or comes twice, or if the grid has more than 100,000 points.
    """
    axes = [read_axis(text, model.plan) for text in texts]
    names = [axis.driver for axis in axes]
    for name in names:
        if names.count(name) > 1:
            raise InputError(
                [Problem("--grid", "", phrase("found.twice", name=name), phrase("expected.each_driver_once"))]
            )
    grid = Grid(axes, load_scenario(on, model.plan), model)
    if len(grid) > MOST_POINTS:
        found = phrase("found.points", n=f"{len(grid):,}")
        raise InputError([Problem("--grid", "", found, phrase("expected.at_most", n=f"{MOST_POINTS:,}"))])
    return grid


def idle_drivers(grid: Grid) -> list[str]:
    """Return the drivers of a grid that move no target: its first and last rate give the same probabilities."""
    start = grid.growths(0) if len(grid) else {}

    def odds(growths: Mapping[str, float]) -> NDArray[np.float64]:
        return probabilities(grid.model.run(grid.point(growths)))

    ends = {
        axis.driver: start | {axis.driver: axis.growths[-1]} for axis in grid.axes if len(axis.growths) > 1
    }
    return [name for name, end in ends.items() if np.array_equal(odds(start), odds(end), equal_nan=True)]


def _in_name(growth: float) -> str:
    """Return a number as a name may hold it: -2.5 is m2p5."""
    return f"{growth:.{DECIMALS}f}".rstrip("0").rstrip(".").replace("-", "m").replace(".", "p")

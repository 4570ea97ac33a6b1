"""The response of a target's odds to two drivers: a map over their growth, with the line of even odds.

The map uses the single normal with the outlook's mean and covariance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planmodel.base import columns
from planmodel.base.problems import InputError, Problem, phrase
from planmodel.law.gaussian import Array
from planmodel.law.law import PERCENT
from planmodel.model.goals import has_bounds
from planmodel.model.model import Model
from planmodel.model.outlook import Outlook
from planmodel.questions.stress.given_growth import GivenGrowth
from planmodel.questions.stress.margins import driver_codes, goal_number

POINTS = 21

# The default range: so many standard deviations of a driver's average growth on either side of its median.
HALF_WIDTH = 2.5


@dataclass(frozen=True, eq=False, repr=False)
class HeatMap:
    """Odds of a target by the constant growth of two drivers in the open years.

    `table` has growth_x, growth_y (% a year) and probability; `break_even` has growth_x, growth_y where the odds are
    even (the median meets the target), within the range of the map; `expected` is the outlook's own median growth of
    the two drivers in these years (x, y).
    """

    outlook: Outlook
    target: str
    driver_x: str
    driver_y: str
    years: tuple[int, int]
    table: pd.DataFrame
    break_even: pd.DataFrame
    expected: tuple[float, float]
    rises: bool

    def __repr__(self) -> str:
        return f"HeatMap({self.target!r}, {self.driver_x} × {self.driver_y}, {len(self.table)} points)"


def heat_map(
    outlook: Outlook | Model,
    target: str,
    driver_x: str,
    driver_y: str,
    growth_x: Sequence[float] | None = None,
    growth_y: Sequence[float] | None = None,
) -> HeatMap:
    """Return a target's odds over the constant growth of two drivers in the years after `as_of`.

    Both drivers take the given growth in every open year and whatever moves with them follows, as if a scenario
    said so; what the outlook's scenario says about these two drivers in these years is replaced. All points share one
    covariance, so the map is one conditioning.

    Parameters
    ----------
    outlook : Outlook or Model
        A model stands for its baseline.
    target : str
        ``indicator.area``.
    driver_x, driver_y : str
        Two drivers of the plan.
    growth_x, growth_y : sequence of float, optional
        Growth in % a year, rising; by default 21 points over the driver's median ± 2.5 s.d.

    Raises
    ------
    InputError
        If a name is unknown, the drivers are the same, no year is open, the grid does not rise, or the outlook carries
        bounds.
    """
    outlook = outlook.run() if isinstance(outlook, Model) else outlook
    number = goal_number(outlook, target)
    target = outlook.model.goals.names[number]
    driver_x, driver_y = driver_codes(outlook, (driver_x, driver_y))
    free = _without_paths(outlook, driver_x, driver_y)
    given = GivenGrowth.of(free, number, (driver_x, driver_y))
    expected, spread = _average_growth(free, (driver_x, driver_y))
    grids = [
        _grid(given, expected[n], spread[n], f"growth_{axis}")
        for n, (given, axis) in enumerate(zip((growth_x, growth_y), "xy", strict=True))
    ]
    x, y = (axis.ravel() for axis in np.meshgrid(*grids, indexing="ij"))
    probability = given.probability(x, y)
    table = columns.frame("heat_map", {"growth_x": x, "growth_y": y, "probability": probability})
    cells = probability.reshape(len(grids[0]), -1)
    return HeatMap(
        outlook,
        target,
        driver_x,
        driver_y,
        (outlook.as_of + 1, outlook.plan.target_year),
        table,
        _line(given, grids[0], grids[1], cells),
        (expected[0], expected[1]),
        bool(cells[:, -1].sum() > cells[:, 0].sum()),
    )


def _line(given: GivenGrowth, x: Array, y: Array, cells: Array) -> pd.DataFrame:
    """Return where the odds are even, for those x at which they cross one half within the map."""
    crossed = (cells.min(axis=1) < 0.5) & (cells.max(axis=1) > 0.5)
    nearest = y[np.argmin(np.abs(cells - 0.5), axis=1)]
    even = given.break_even(x[crossed], nearest[crossed]) if crossed.any() else x[crossed]
    line = columns.frame("heat_map.break_even", {"growth_x": x[crossed], "growth_y": even})
    inside = line["growth_y"].between(y[0], y[-1])
    return line[inside].reset_index(drop=True)


def _without_paths(outlook: Outlook, *drivers: str) -> Outlook:
    """Return the outlook without its scenario's paths of some drivers, after checking that the question makes sense."""
    wrong = []
    if len(set(drivers)) < len(drivers):
        wrong.append(
            Problem(
                "heat map", "drivers", phrase("found.twice", name=drivers[0]), phrase("expected.two_drivers")
            )
        )
    if outlook.as_of >= outlook.plan.target_year:
        found = phrase("found.outlook_as_of", year=outlook.as_of)
        expected = phrase("expected.as_of_with_year_left", year=outlook.plan.target_year)
        wrong.append(Problem(phrase("place.heat_map"), "", found, expected))
    if has_bounds(outlook.bounds):
        wrong.append(
            Problem(
                phrase("place.heat_map"),
                "",
                phrase("found.outlook_with_bounds"),
                phrase("expected.without_bounds"),
            )
        )
    if wrong:
        raise InputError(wrong)
    kept = (
        path
        for path in outlook.paths
        if path.subject.quantity.name not in drivers or path.subject.year <= outlook.as_of
    )
    return replace(outlook, paths=tuple(kept))


def _grid(given: Sequence[float] | None, center: float, sd: float, name: str) -> Array:
    if given is None:
        # Half points read well on an axis; a driver without spread still gets a range.
        half = max(HALF_WIDTH * sd, 1.0)
        return np.linspace(np.floor(2 * (center - half)) / 2, np.ceil(2 * (center + half)) / 2, POINTS)
    grid = np.asarray(given, dtype=float)
    if grid.ndim != 1 or len(grid) < 2 or not np.all(np.diff(grid) > 0) or not grid[0] > -PERCENT:
        found = f"{list(given)[:6]}"
        raise InputError([Problem(phrase("place.heat_map"), name, found, phrase("expected.rising_growth"))])
    return grid


def _average_growth(outlook: Outlook, drivers: tuple[str, str]) -> tuple[list[float], list[float]]:
    """Return the drivers' median average growth in the open years, and its standard deviation (% a year)."""
    until, since = outlook.plan.target_year, outlook.as_of
    rows, base = outlook.model.law.growth_rows(drivers, [until], since=since)
    years = until - since
    growth = np.exp((rows @ outlook.mean - base) / years)
    sd = np.sqrt(np.maximum(np.diag(rows @ outlook.cov @ rows.T), 0.0)) / years
    return (PERCENT * (growth - 1)).tolist(), (PERCENT * growth * sd).tolist()

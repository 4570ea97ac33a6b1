"""What sliders do to an outlook: one run of the model a slider; every setting after that is arithmetic.

A driver's slider adds points to its growth in every open year: as a shock, or where the scenario gives the
driver's path, by moving the path. Either shifts the mean in proportion and leaves the covariance. A measure's
slider is its intensity z: its effect shifts the mean by z and widens the covariance by z². So

    mean(s) = mean + Σ s·shift,    cov(s) = cov + Σ s²·spread    (spread is 0 for drivers),

which is exact: every setting is a scenario that the model could run, and `Live.scenario` returns it.

The page computes with the single normal that has the outlook's mean and covariance.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from planmodel.base.frames import rows_of
from planmodel.law.gaussian import Array, FrozenArrays
from planmodel.law.law import PERCENT
from planmodel.law.quantity import Moments, probability_above
from planmodel.model.model import Model
from planmodel.model.outlook import Outlook
from planmodel.plan.variables import plan_drivers
from planmodel.scenario.scenario import Scenario, Shock

# A driver's slider spans this many standard deviations of its mean growth over the open years, in whole points.
SPAN, NARROWEST, WIDEST = 2.0, 2, 15


@dataclass(frozen=True)
class Slider:
    """A driver's extra growth (points a year) or a measure's intensity (0 to 1), and where it starts."""

    kind: str
    name: str
    low: float
    high: float
    step: float
    start: float


@dataclass(frozen=True, eq=False)
class Live(FrozenArrays):
    """An outlook as a function of its sliders.

    The arrays hold (U, X) of every quantity (targets, denominators, drivers) in every year, the sliders at 0.
    """

    model: Model
    scenario: Scenario
    sliders: tuple[Slider, ...]
    mean: Array  # (quantities, years, 2)
    cov: Array  # (quantities, years, 2, 2)
    shift: Array  # (sliders, quantities, years, 2)
    spread: Array  # (sliders, quantities, years, 2, 2)

    @classmethod
    def of(cls, model: Model, scenario: Scenario) -> Live:
        """Run the model once with every slider at 0, and once with each at 1."""
        sliders = (*_drivers(model, scenario), *_measures(model, scenario))
        empty = np.zeros(0)
        live = cls(model, scenario, sliders, empty, empty, empty, empty)
        settings = np.zeros(len(sliders))
        mean, cov = live.law(settings)
        laws = [live.law(alone) for alone in np.eye(len(sliders))]
        shift = np.reshape([one - mean for one, _ in laws], (len(sliders), *mean.shape))
        spread = np.reshape([one - cov for _, one in laws], (len(sliders), *cov.shape))
        # What a driver's slider changes in the covariance is rounding.
        spread[[slider.kind == "driver" for slider in sliders]] = 0.0
        return replace(live, mean=mean, cov=cov, shift=shift, spread=spread)

    @property
    def start(self) -> Array:
        """The settings that give the scenario itself."""
        return np.array([slider.start for slider in self.sliders])

    @property
    def open_years(self) -> list[int]:
        """The years that sliders move."""
        return _open_years(self.model)

    def at(self, settings: Array) -> tuple[Array, Array]:
        """Return mean and covariance of (U, X) of every quantity and year at these settings."""
        mean = self.mean + np.tensordot(settings, self.shift, 1)
        return mean, self.cov + np.tensordot(settings**2, self.spread, 1)

    def probabilities(self, settings: Array) -> Array:
        """Return the probability of each target that the model can speak about, in the plan's order."""
        goals, (mean, cov) = self.model.goals, self.at(settings)
        places = [self.model.quantities.index(quantity) for quantity in goals.quantities]
        moments = Moments.of(mean[places, -1], cov[places, -1])
        above = probability_above(goals.quantities, moments, goals.levels)
        return goals.reached(above)

    def law(self, settings: Array) -> tuple[Array, Array]:
        """Return the same as `at`, by running the model."""
        return _read(self.model.run(self.scenario_at(settings)))

    def scenario_at(self, settings: Array) -> Scenario:
        """Return the scenario that the sliders stand for."""
        paths, shocks = dict(self.scenario.paths), list(self.scenario.shocks)
        measures = dict(self.scenario.measures)
        for slider, value in zip(self.sliders, map(float, settings), strict=True):
            if slider.kind == "measure":
                measures[slider.name] = value
                continue
            for year in self.open_years if value else ():
                path = paths.get((slider.name, year))
                if path is None:
                    shocks.append(Shock(slider.name, year, value))
                else:
                    paths[slider.name, year] = (faster(path[0], value), path[1])
        used = {name: value for name, value in measures.items() if value}
        return replace(self.scenario, paths=paths, shocks=tuple(shocks), measures=used)


def faster(growth: float, points: float) -> float:
    """Return growth (% a year) with points of log growth added, as a shock adds them."""
    return PERCENT * ((1 + growth / PERCENT) * math.exp(points / PERCENT) - 1)


def _open_years(model: Model) -> list[int]:
    return list(range(model.as_of + 1, model.plan.target_year + 1))


def _drivers(model: Model, scenario: Scenario) -> Iterator[Slider]:
    """Return a slider for each driver, as wide as the driver's growth is uncertain without the scenario."""
    open_years = _open_years(model)
    if not open_years:
        return
    outlook = model.run(replace(scenario, paths={}, shocks=(), measures={}))
    for driver in plan_drivers(model.plan):
        deviation = PERCENT * _growth_deviation(outlook, driver, len(open_years))
        most = float(min(max(math.ceil(SPAN * deviation), NARROWEST), WIDEST))
        yield Slider("driver", driver, -most, most, 0.1, 0.0)


def _growth_deviation(outlook: Outlook, driver: str, years: int) -> float:
    """Return the standard deviation of a driver's mean log growth over the last `years` years."""
    until = outlook.plan.target_year
    row = outlook.model.law.growth_row(driver, until, since=until - years)[0] / years
    return math.sqrt(max(float(row @ outlook.cov @ row), 0.0))


def _measures(model: Model, scenario: Scenario) -> Iterator[Slider]:
    """Return a slider for each measure with an effect.

    A measure that moves a driver is left out where the scenario gives a driver's path: the path would undo
    part of the effect, which is then not proportional to the intensity.
    """
    if not _open_years(model):
        return
    given = any(year > model.as_of for _, year in scenario.paths)
    drivers = set(plan_drivers(model.plan)) if given else set()
    effects = rows_of(model.effects)
    undone = {row["measure"] for row in effects if row["variable"] in drivers}
    for measure in dict.fromkeys(row["measure"] for row in effects):
        if measure not in undone:
            yield Slider("measure", measure, 0.0, 1.0, 0.05, scenario.measures.get(measure, 0.0))


def _read(outlook: Outlook) -> tuple[Array, Array]:
    rows = _rows(outlook.model)
    return rows @ outlook.mean, rows @ outlook.cov @ np.swapaxes(rows, 2, 3)


# The same for the law of every slider.
@lru_cache(maxsize=2)
def _rows(model: Model) -> Array:
    """Return the rows from all variables to (U, X) of each quantity and year."""
    law, quantities = model.law, model.quantities
    stacked = [[law.pair(quantity, year) for year in law.years] for quantity in quantities]
    rows = np.reshape(stacked, (len(quantities), law.horizon, 2, law.size))
    rows.flags.writeable = False
    return rows

"""A target's margin as a function of its sources: the own growth of each variable behind it.

Growth equations read Δy = B Δy + own growth. So own growth of the whole period is (I - B)(y[target year] -
base), whatever happened in between, and a target's margin depends on nothing else. A driver moves with nothing:
its own growth is its growth. For any other variable it is what its equation leaves to itself: drift, shocks,
policy, and the rounding of its base figure. Figures that are observed leave a source little or no spread.

Means and covariances are those of the single normal that has the outlook's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planmodel.base.problems import InputError, Problem, Problems, nearest, phrase
from planmodel.law.gaussian import Array, FrozenArrays
from planmodel.law.law import PERCENT
from planmodel.model.goals import has_bounds
from planmodel.model.outlook import Outlook
from planmodel.plan.names import resolve, shown_names
from planmodel.plan.variables import plan_drivers
from planmodel.questions.stress import failure

# A weight below this is rounding of a variable that does not enter.
_SMALLEST_WEIGHT = 1e-12


@dataclass(frozen=True)
class Sources(FrozenArrays):
    """Average own growth of every variable from the base year to the target year (log % a year), jointly normal."""

    names: tuple[str, ...]
    mean: Array  # (n,)
    cov: Array  # (n, n)
    levels_per_point: Array  # (n, n): levels of the target year per point of own growth a year
    levels: Array  # (n,) mean levels of the target year
    level_cov: Array  # (n, n)

    @classmethod
    def of(cls, outlook: Outlook) -> Sources:
        """Read the sources off an outlook.

        Raises
        ------
        InputError
            If the outlook carries bounds: it is then no longer normal.
        """
        if has_bounds(outlook.bounds):
            found, wanted = phrase("found.outlook_with_bounds"), phrase("expected.exact_observations")
            raise InputError([Problem(outlook.scenario.name, "", found, wanted)])
        law = outlook.model.law
        levels_per_point = law.levels_per_own_growth * law.horizon / PERCENT
        own = np.linalg.inv(levels_per_point)
        levels, level_cov = outlook.mean[law.last], outlook.cov[law.last, law.last]
        cov = own @ level_cov @ own.T
        return cls(
            law.names, own @ (levels - law.base), (cov + cov.T) / 2, levels_per_point, levels, level_cov
        )

    @property
    def sd(self) -> Array:
        """Standard deviation of each source, in points a year."""
        return np.sqrt(np.maximum(np.diag(self.cov), 0.0))


@dataclass(frozen=True, eq=False)
class Margin(FrozenArrays):
    """How far a target is exceeded, as a linear function of its sources.

    The margin is in log % of the target's level (of the odds of a share): 0 or more where the target is
    reached. `exact` says whether it is linear: a part (whole times share) is linearised at the mean.
    """

    target: str
    sources: tuple[str, ...]
    roles: tuple[str, ...]
    weights: Array  # (m,) margin per point of own growth a year
    center: float  # margin at the mean of the sources
    mean: Array  # (m,)
    cov: Array  # (m, m)
    exact: bool

    def __call__(self, growth: Array) -> Array:
        """Return the margin at own growth of the sources: one row a point, columns as `sources`."""
        return np.asarray(self.center + (np.asarray(growth) - self.mean) @ self.weights)

    @property
    def sd(self) -> Array:
        """Standard deviation of each source, in points a year."""
        return np.sqrt(np.maximum(np.diag(self.cov), 0.0))

    @property
    def variance(self) -> float:
        """Variance of the margin."""
        return float(self.weights @ self.cov @ self.weights)

    @cached_property
    def distributions(self) -> dict[str, tuple[str, float, float]]:
        """The sources' own distributions, as `planmodel.sobol` reads them; correlations left out."""
        parts = zip(self.sources, self.mean, self.sd, strict=True)
        return {name: ("normal", float(mean), float(sd)) for name, mean, sd in parts}


def margin_of(outlook: Outlook, target: str) -> Margin:
    """Return a target's margin as a linear function of the own growth behind it.

    Parameters
    ----------
    outlook : Outlook
    target : str
        ``indicator.area``.

    Raises
    ------
    InputError
        If the target is unknown or has no base, or the outlook carries bounds.
    """
    sources, goals = Sources.of(outlook), outlook.model.goals
    number = goal_number(outlook, target)
    by_level = failure.LimitState.of(goals, number)
    rows = goals.rows[number][:, outlook.model.law.last]
    u, x = rows @ sources.levels
    weights = PERCENT * by_level.slope(float(u), float(x)) @ rows @ sources.levels_per_point
    kept = np.flatnonzero(np.abs(weights) > _SMALLEST_WEIGHT)
    names = tuple(sources.names[i] for i in kept)
    return Margin(
        goals.names[number],
        names,
        tuple(role_of(name, outlook) for name in names),
        weights[kept],
        PERCENT * float(by_level.height(u, x)),
        sources.mean[kept],
        sources.cov[np.ix_(kept, kept)],
        by_level.quantity.log_linear,
    )


def goal_number(outlook: Outlook, target: str) -> int:
    """Return the place of a target among the goals; InputError if it has no base, or with the nearest name."""
    return goal_numbers(outlook, [target])[0]


def goal_numbers(outlook: Outlook, targets: Iterable[str]) -> list[int]:
    """Return the places of targets among the goals; InputError with every name that is wrong."""
    known, plan = outlook.model.goals.names, outlook.plan
    place = phrase("place.targets_of", plan=plan.name)
    problems = Problems(place)
    names = [resolve(name, plan.by_name, plan, place) for name in targets]
    for name in names:
        if name in known:
            continue
        if name in plan.by_name:
            found = phrase("found.name_without_base", name=name)
            problems.add("target", found, phrase("expected.target_with_base"))
        else:
            problems.add_unknown(
                "target", name, known, "target", [s for n in known for s in shown_names(n, plan)]
            )
    problems.check()
    return [known.index(name) for name in names]


def driver_codes(outlook: Outlook, drivers: Iterable[str]) -> list[str]:
    """Return the drivers that are written, by code or by name; InputError for one that the plan does not have."""
    known = plan_drivers(outlook.plan)
    place = phrase("place.drivers_of", plan=outlook.plan.name)
    problems = Problems(place)
    codes = [resolve(driver, known, outlook.plan, place) for driver in drivers]
    for driver in codes:
        if driver not in known:
            expected = phrase("expected.one_of", names=", ".join(known))
            problems.add("driver", repr(driver), expected, nearest(driver, known))
    problems.check()
    return codes


def role_of(source: str, outlook: Outlook) -> str:
    """Return `driver_growth`, `whole_share` (of a part in its whole) or `own_growth` (beyond what the equation explains)."""
    if source in plan_drivers(outlook.plan):
        return "driver_growth"
    variable = next(variable for variable in outlook.model.variables if variable.name == source)
    return "whole_share" if variable.role == "share" else "own_growth"


def chosen_targets(outlook: Outlook, targets: str | Iterable[str] | None) -> list[int]:
    """Return the places of targets among the model's goals, in the plan's order; all by default."""
    known = outlook.model.goals.names
    names = known if targets is None else [targets] if isinstance(targets, str) else list(targets)
    if not names:
        place, expected = (
            phrase("place.targets_of", plan=outlook.plan.name),
            phrase("expected.some_target_with_base"),
        )
        raise InputError([Problem(place, "targets", phrase("found.none"), expected)])
    return sorted(set(goal_numbers(outlook, names)))

"""Paths to a target's threshold: of every variable together, or of one driver with all that moves with it.

Points and distances are those of the single normal with the outlook's mean and covariance.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planmodel.base import columns
from planmodel.base.problems import InputError, Problem, nearest, phrase
from planmodel.law.gaussian import Array, FrozenArrays
from planmodel.law.law import PERCENT
from planmodel.model.outlook import Outlook
from planmodel.plan.names import resolve
from planmodel.plan.variables import plan_drivers
from planmodel.questions.stress.failure import LimitState, Standard, nearest_failure
from planmodel.questions.stress.means import is_means

if TYPE_CHECKING:
    from planmodel.base.messages import Message


@dataclass(frozen=True)
class Aim(FrozenArrays):
    """A target as the outlook sees it: its limit state, and (U, X) of the target year in standard units."""

    limit: LimitState
    rows: Array  # (2, size)
    law: Standard

    def extended(self, outlook: Outlook, w: Array) -> Array:
        """Return the expectation of the whole vector given (U, X) at w."""
        return np.asarray(outlook.mean + outlook.cov @ (self.rows.T @ self.law.weights(w)))


def aim_of(outlook: Outlook, target: str) -> Aim:
    """Return a target's limit state and law.

    Raises
    ------
    InputError
        If the plan has no such target, or it has no base.
    """
    goals = outlook.model.goals
    target = resolve(target, outlook.plan.by_name, outlook.plan, "target")
    known, n = goals.names, goals.of_name(target)
    if n is None:
        if target in set(outlook.plan.targets["name"]):
            raise no_path(target, phrase("found.target_without_base"), phrase("expected.one_with_base"))
        expected = phrase("expected.one_of", names=", ".join(known))
        raise InputError([Problem("target", "", repr(target), expected, nearest(target, known))])
    rows = goals.rows[n]
    law = Standard.of(rows @ outlook.mean, rows @ outlook.cov @ rows.T)
    return Aim(LimitState.of(goals, n), rows, law)


def no_path(target: str, found: str, expected: Message) -> InputError:
    """Return the error that a target has no path to its threshold."""
    return InputError([Problem("target", target, found, expected)])


@dataclass(frozen=True)
class DriverGrowth(FrozenArrays):
    """Growth of each driver in the open years: rows, and covariance with the whole vector."""

    names: tuple[str, ...]
    rows: Array  # (drivers, open years, size)
    spread: Array  # (drivers, open years, size)

    @classmethod
    def of(cls, outlook: Outlook) -> DriverGrowth:
        """Build the growth rows of all drivers."""
        names, law = plan_drivers(outlook.plan), outlook.model.law
        years = range(outlook.as_of + 1, outlook.plan.target_year + 1)
        rows = np.array([law.growth_rows([name], years)[0] for name in names])
        rows = rows.reshape(len(names), len(years), law.size)
        return cls(names, rows, rows @ outlook.cov)

    def strongest(self, outlook: Outlook, aim: Aim, w: Array) -> tuple[str, float, float]:
        """Return the driver that explains most of a target's variance, its share, and its distance alone.

        Of those that act: one that moves the other way by itself only tells about the target.
        """
        slope = aim.rows.T @ aim.limit.slope(*aim.law.point(w))
        total = float(np.sum((aim.law.root.T @ aim.limit.slope(*aim.law.point(w))) ** 2))
        shares = [self._explained(d, slope[None, :]).item() / total for d in range(len(self.names))]
        way = -1.0 if aim.limit.height(*aim.law.mean) >= 0 else 1.0
        for d in np.argsort(np.negative(shares), kind="stable"):
            distance, alone = nearest_failure(aim.limit, self._alone(aim, int(d)))
            # Where the driver never gets there alone, what it does on the way says whether it acts.
            growth = (
                way * self.spread[d] @ slope
                if alone is None
                else self.rows[d] @ self._led(aim, int(d), alone)
            )
            if shares[d] > 0 and is_means(outlook, [(aim.limit, aim.rows)], self.names[d], growth, way):
                return self.names[d], min(shares[d], 1.0), distance
        return "", math.nan, math.nan

    def move(self, aim: Aim, driver: str) -> Array:
        """Return the change of the whole vector when a driver alone takes the target to its threshold.

        Given growth f of the driver, E[z | f] moves with covariance C_f = Cov(z,f) V⁺ Cov(f,z): its nearest
        point on the surface is found as any other, and f follows from it by conditioning.
        """
        if driver not in self.names:
            names = ", ".join(self.names)
            expected = (
                phrase("expected.one_of", names=names) if names else phrase("expected.plan_with_drivers")
            )
            raise InputError([Problem("driver", "", repr(driver), expected, nearest(driver, self.names))])
        d = self.names.index(driver)
        _, w = nearest_failure(aim.limit, self._alone(aim, d))
        if w is None:
            name = aim.limit.quantity.name
            found = phrase("found.target_unmoved_by", driver=driver)
            raise no_path(name, found, phrase("expected.driver_that_moves"))
        return self._led(aim, d, w)

    def _led(self, aim: Aim, d: int, w: Array) -> Array:
        """Return the change of the whole vector when a driver alone takes (U, X) to w, in its own standard units."""
        loads = self.spread[d] @ (aim.rows.T @ self._alone(aim, d).weights(w))
        return np.asarray(self.spread[d].T @ self._inverse(d) @ loads)

    def _inverse(self, d: int) -> Array:
        """Return V⁺ of a driver's growth; years that a scenario fixes carry no weight."""
        variance = self.spread[d] @ self.rows[d].T
        return Standard.of(np.zeros(len(variance)), (variance + variance.T) / 2).inverse

    def _explained(self, d: int, rows: Array) -> Array:
        loads = self.spread[d] @ rows.T
        explained = loads.T @ self._inverse(d) @ loads
        return np.asarray((explained + explained.T) / 2)

    def _alone(self, aim: Aim, d: int) -> Standard:
        return Standard.of(aim.law.mean, self._explained(d, aim.rows))


def threshold_point(outlook: Outlook, target: str, driver: str = "") -> Array:
    """Return the whole vector on the most likely path to a target's threshold: see `planmodel.questions.stress.reverse.failing_path`."""
    aim = aim_of(outlook, target)
    if driver:
        drivers = DriverGrowth.of(outlook)
        driver = resolve(driver, drivers.names, outlook.plan, "driver")
        return np.asarray(outlook.mean + drivers.move(aim, driver))
    _, w = nearest_failure(aim.limit, aim.law)
    if w is None:
        raise no_path(target, phrase("found.settled_target"), phrase("expected.open_target"))
    return aim.extended(outlook, w)


def carriers(outlook: Outlook, target: str) -> list[str]:
    """Return a target itself, or the numerator and denominator of a ratio where the model has both."""
    ratio = outlook.plan.by_name[target].ratio
    if ratio is None:
        return [target]
    both, known = [ratio.numerator, ratio.denominator], {q.name for q in outlook.quantities}
    return both if known.issuperset(both) else [target]


def path_table(outlook: Outlook, point: Array, names: Collection[str] = ()) -> pd.DataFrame:
    """Return a point of the joint normal as values and growth by quantity and year, beside the central path.

    All quantities, or those in `names`. Columns: see `planmodel.questions.stress.reverse.failing_path`.
    """
    chosen = [quantity for quantity in outlook.quantities if not names or quantity.name in names]
    law = outlook.model.law
    central = np.stack([law.values(quantity, outlook.mean) for quantity in chosen])
    path = np.stack([law.values(quantity, point) for quantity in chosen])
    central_growth, path_growth = (PERCENT * (way[:, 1:] / way[:, :-1] - 1) for way in (central, path))
    years = list(outlook.plan.years)
    values = {
        "central": central[:, 1:],
        "on_path": path[:, 1:],
        "difference": (path - central)[:, 1:],
        "central_growth": central_growth,
        "path_growth": path_growth,
        "growth_difference": path_growth - central_growth,
    }
    return columns.frame(
        "breaks.path",
        {
            "quantity": np.repeat([quantity.name for quantity in chosen], len(years)),
            "indicator": np.repeat([quantity.indicator for quantity in chosen], len(years)),
            "area": np.repeat([quantity.area for quantity in chosen], len(years)),
            "unit": np.repeat([quantity.unit for quantity in chosen], len(years)),
            "year": np.tile(years, len(chosen)),
            **{name: way.ravel() for name, way in values.items()},
        },
    )

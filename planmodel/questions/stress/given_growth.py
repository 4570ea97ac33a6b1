"""A target's odds given constant growth of two drivers: one conditioning for a whole grid of growth rates.

Paths and straight observations are linear, so that they give one covariance and a mean that is linear in the
growth rates. Curved observations (a sum, a part) are then taken in point by point, by the same iterated
linearisation as in any outlook, on the few numbers that it needs.

It uses the single normal with the outlook's mean and covariance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from planmodel.law.condition import Curves, Lines
from planmodel.law.gaussian import Array, condition, solve_semidefinite
from planmodel.law.law import PERCENT
from planmodel.law.quantity import Moments, Quantity, probability_above
from planmodel.model.observed import path_conditions
from planmodel.model.outlook import Outlook

# Linearisation stops when no log or logit moves by more than this.
_SETTLED = 1e-11
_MOST_ROUNDS = 100


@dataclass(frozen=True)
class GivenGrowth:
    """(U, X) of a target, and (U, X) of each curved observation, given the log growth of two drivers."""

    quantity: Quantity
    level: float
    at_least: bool
    start: Array  # (d,) mean at zero growth of both: the target's (U, X) first, then each curve's
    slope: Array  # (d, 2): change per unit of constant log growth of each driver
    cov: Array  # (d, d)
    curves: Curves  # still to be taken in

    @classmethod
    def of(cls, outlook: Outlook, number: int, drivers: tuple[str, str]) -> GivenGrowth:
        """Build for a target of an outlook that has no paths of these drivers in the open years."""
        goals, plan, law = outlook.model.goals, outlook.plan, outlook.model.law
        known = outlook.paths + outlook.observed
        lines, curves = Lines.of(known, law.size), Curves.of(known, law.size)
        mean, cov = condition(
            outlook.shifted_mean, outlook.shifted_cov, lines.rows, lines.values, lines.noise
        )
        years = range(outlook.as_of + 1, plan.target_year + 1)
        still = [((driver, year), (0.0, 0.0)) for driver in drivers for year in years]
        paths = Lines.of(path_conditions(law, outlook.model.by_name, still), law.size)
        basis = np.vstack([goals.rows[number], curves.rows])
        spread = paths.rows @ cov
        variance = spread @ paths.rows.T
        gain = solve_semidefinite(variance, spread @ basis.T).T
        return cls(
            goals.quantities[number],
            float(goals.levels[number]),
            bool(goals.at_least[number]),
            basis @ mean + gain @ (paths.values - paths.rows @ mean),
            gain @ np.kron(np.eye(2), np.ones((len(years), 1))),
            basis @ cov @ basis.T - gain @ variance @ gain.T,
            curves,
        )

    def moments(self, x: Array, y: Array) -> Moments:
        """Return the moments of the target's (U, X) at growth x and y of the drivers (% a year)."""
        mean = self.start + np.log1p(np.stack([x, y], axis=1) / PERCENT) @ self.slope.T
        count = len(self.curves.quantities)
        if not count:
            return Moments.of(mean[:, :2], np.broadcast_to(self.cov[:2, :2], (len(x), 2, 2)))
        point = mean[:, 2:]
        for _ in range(_MOST_ROUNDS):
            height, tangent = self._surface(point)
            surprise = self.curves.values - height + _apply(tangent, point - mean[:, 2:])
            reply = self.cov[:, 2:] @ np.swapaxes(tangent, 1, 2)
            noisy = tangent @ reply[:, 2:] + np.diag(self.curves.noise)
            gain = reply @ np.linalg.pinv(noisy, hermitian=True)
            new = mean + _apply(gain, surprise)
            moved = float(np.max(np.abs(new[:, 2:] - point), initial=0.0))
            point = new[:, 2:]
            if moved < _SETTLED:
                break
        posterior = self.cov[:2, :2] - gain[:, :2] @ np.swapaxes(reply[:, :2], 1, 2)
        return Moments.of(new[:, :2], posterior)

    def _surface(self, point: Array) -> tuple[Array, Array]:
        """Return the heights of the curves at points (rows), and their slopes by all curves' (U, X)."""
        count = len(self.curves.quantities)
        height, tangent = np.empty((len(point), count)), np.zeros((len(point), count, 2 * count))
        for n, quantity in enumerate(self.curves.quantities):
            u, x = point[:, 2 * n], point[:, 2 * n + 1]
            height[:, n] = quantity.log_value(u, x)
            tangent[:, n, 2 * n], tangent[:, n, 2 * n + 1] = quantity.slopes(u, x)
        return height, tangent

    def probability(self, x: Array, y: Array) -> Array:
        """Return the odds of the target at growth x and y (% a year)."""
        levels = np.full(len(x), self.level)
        above = probability_above([self.quantity] * len(x), self.moments(x, y), levels)
        return above if self.at_least else 1 - above

    def break_even(self, x: Array, start: Array) -> Array:
        """Return the y at which the odds are even for each x, from a start near by; NaN where none is found."""
        smooth = self.quantity.log_linear or not np.any(np.diag(self.cov)[:2] > 0)

        def excess(y: Array) -> Array:
            if smooth:
                # The median of a log-linear quantity is its value at the mean: even odds where it meets the threshold.
                moments = self.moments(x, y)
                return self.quantity.log_value(moments.mean_u, moments.mean_x) - self.level
            return np.asarray(ndtri(np.clip(self.probability(x, y), 1e-15, 1 - 1e-15)))

        return _root(excess, start)


def _apply(matrices: Array, vectors: Array) -> Array:
    """Return each matrix times its vector."""
    return np.asarray((matrices @ vectors[:, :, None])[:, :, 0])


def _root(function: Callable[[Array], Array], start: Array) -> Array:
    """Return where a smooth function of growth crosses zero, by secant steps; NaN where it does not."""
    first, value, second = start, function(start), start + 0.1
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(20):
            new = function(second)
            # One that has settled stays where it is, while others still move.
            step = np.where((new == 0) | (new == value), 0.0, -new * (second - first) / (new - value))
            first, value, second = second, new, np.maximum(second + step, -0.99 * PERCENT)
            if not np.any(np.abs(step) > 1e-9):
                break
    return np.where(np.abs(function(second)) < 1e-8, second, np.nan)

"""What is read off the joint normal: levels, shares, parts and sums, each with its exact distribution.

A quantity of one year is a function of one or two normal variables, U and X: its form (`planmodel.law.forms`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from planmodel.law.forms import Reading, reading_of
from planmodel.law.gaussian import Array

# Trapezoid nodes in standard deviations. Exact to 1e-9 where no log or logit has a standard deviation above 0.4; up
# to 0.6 to 2e-7 for parts and 2e-6 for sums: the worst that searches over means, correlations up to ±0.95 and levels
# within four standard deviations found (tests/law/test_quantity.py).
_NODES = np.arange(-8.5, 8.5 + 1e-9, 1 / 32)
_WEIGHTS = np.exp(-(_NODES**2) / 2) / np.sqrt(2 * np.pi) / 32

# A certain log is at its edge within this of it, relative where the edge is beyond 1.
AT_THE_EDGE = 1e-12

# On every fourth node they are exact to 1e-9 up to 0.2, and to 1e-4 (parts) and 3e-4 (sums) up to 0.6: enough for a
# start and for a picture. See `probability_above`.
COARSER = 4


@dataclass(frozen=True)
class Quantity:
    """Something with a value in every year: a target's indicator, a driver, or GDP.

    Attributes
    ----------
    name, indicator, area, unit : str
        What it is; `name` is ``indicator.area`` (a driver has no area).
    form : str
        A name in `planmodel.law.forms.FORMS`: ``log``, ``logit`` or ``sum``.
    weights : mapping of variable to weight
        U as a weighted sum of the model's variables.
    second : str
        The variable X: the logit of a part's share, or the log of the second addend; empty if there is none.
    scale : float
        s, by which a form's value is multiplied: 100 for percentages, else 1.
    """

    name: str
    indicator: str
    area: str
    unit: str
    form: str
    weights: Mapping[str, float]
    second: str = ""
    scale: float = 1.0

    @property
    def log_linear(self) -> bool:
        """Whether reaching a threshold is a half-space of the joint normal."""
        return not self.second

    def rows(self, index: Mapping[str, int], size: int) -> Array:
        """Return the two rows that map one year's variables to (U, X)."""
        rows = np.zeros((2, size))
        for variable, weight in self.weights.items():
            rows[0, index[variable]] = weight
        if self.second:
            rows[1, index[self.second]] = 1.0
        return rows

    @cached_property
    def reading(self) -> Reading:
        """How the value depends on (U, X)."""
        return reading_of(self.form, bool(self.second))

    @property
    def log_normal(self) -> bool:
        """Whether the log of the value over its scale is U itself."""
        return self.reading.log_normal

    def log_value(self, u: Array, x: Array) -> Array:
        """Return log(value / scale)."""
        return self.reading.log_value(u, x)

    def value(self, u: Array, x: Array) -> Array:
        """Return the value in the quantity's unit."""
        return np.asarray(self.scale * self.reading.value(u, x))

    def edge(self, level: float) -> float:
        """Return the least U of a log-linear quantity with log(value / scale) ≥ level; infinite where none will do."""
        return float(self.reading.edge(np.asarray(level, dtype=float), np.zeros(())))

    def slopes(self, u: Array, x: Array) -> tuple[Array, Array]:
        """Return the derivatives of log(value) by U and by X, elementwise."""
        return self.reading.slopes(u, x)

    def slope(self, u: float, x: float) -> tuple[float, float]:
        """Return the derivatives of log(value) by U and by X at one point."""
        by_u, by_x = self.slopes(np.asarray(u, dtype=float), np.asarray(x, dtype=float))
        return float(by_u), float(by_x)

    def curvature(self, u: float, x: float) -> Array:
        """Return the second derivatives of log(value) by (U, X) at one point, as a matrix."""
        twice_u, both, twice_x = self.reading.bends(np.asarray(u, dtype=float), np.asarray(x, dtype=float))
        return np.array([[twice_u, both], [both, twice_x]])


@dataclass(frozen=True)
class Moments:
    """Mean, standard deviations and correlation of (U, X) of several quantities, as arrays."""

    mean_u: Array
    mean_x: Array
    sd_u: Array
    sd_x: Array
    covariance: Array

    @classmethod
    def of(cls, mean: Array, cov: Array) -> Moments:
        """Build from stacked means (k, 2) and covariances (k, 2, 2)."""
        sd = np.sqrt(np.maximum(np.stack([cov[:, 0, 0], cov[:, 1, 1]]), 0.0))
        return cls(mean[:, 0], mean[:, 1], sd[0], sd[1], cov[:, 0, 1])

    @classmethod
    def seen(cls, rows: Array, mean: Array, cov: Array) -> Moments:
        """Build what rows (k, 2, n) make of a joint normal's mean (n,) and covariance (n, n)."""
        # Small products one by one: a single large one starts threads, which wait for each other on a busy machine.
        return cls.of(rows @ mean, rows @ cov @ np.swapaxes(rows, 1, 2))

    def picked(self, which: NDArray[np.bool_] | NDArray[np.int_] | Sequence[int]) -> Moments:
        """Return the moments of some quantities: a mask, or their places."""
        return Moments(*(array[which] for array in self._arrays))

    def repeated(self, times: int) -> Moments:
        """Return each quantity's moments several times in a row."""
        return Moments(*(np.repeat(array, times) for array in self._arrays))

    def sd_along(self, by_u: Array, by_x: Array) -> Array:
        """Return the standard deviations of by_u·U + by_x·X."""
        variance = (by_u * self.sd_u) ** 2 + (by_x * self.sd_x) ** 2 + 2 * by_u * by_x * self.covariance
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)))

    @property
    def _arrays(self) -> tuple[Array, ...]:
        return self.mean_u, self.mean_x, self.sd_u, self.sd_x, self.covariance

    def __len__(self) -> int:
        return len(self.mean_u)


def log_threshold(quantity: Quantity, level: float) -> float:
    """Return log(level / scale); minus infinity for a level of 0 or less, which everything exceeds."""
    return float(np.log(level / quantity.scale)) if level > 0 else -np.inf


def probability_above(
    quantities: Sequence[Quantity], moments: Moments, level: Array, every: int = 1
) -> Array:
    """Return P(value ≥ s·exp(level)) for each quantity; `level` is a log threshold.

    A normal probability where the quantity is log-linear. Else the integral over one of U and X of the
    conditional normal probability of the other: a fixed quadrature, on every `every`-th node (`COARSER`: less exact).
    """
    result = np.empty(len(quantities))
    kinds = [(quantity.form, bool(quantity.second)) for quantity in quantities]
    for form, second in set(kinds):
        chosen = np.array([kind == (form, second) for kind in kinds])
        part, reading = moments.picked(chosen), reading_of(form, second)
        result[chosen] = (
            _mixed(reading, part, level[chosen], every) if second else _plain(reading, part, level[chosen])
        )
    return result


def _plain(reading: Reading, moments: Moments, level: Array) -> Array:
    return _tail(reading.edge(level, moments.mean_x), moments.mean_u, moments.sd_u)


def _mixed(reading: Reading, moments: Moments, level: Array, every: int) -> Array:
    """Integrate over the variable that matters less, so that the integrand is smooth."""
    nodes, weights = _NODES[::every], _WEIGHTS[::every] * every
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        weight_u, weight_x = reading.slopes(moments.mean_u, moments.mean_x)
        over_x = weight_x * moments.sd_x <= weight_u * moments.sd_u
        given = np.where(over_x, moments.mean_x, moments.mean_u)
        given_sd = np.where(over_x, moments.sd_x, moments.sd_u)
        other = np.where(over_x, moments.mean_u, moments.mean_x)
        other_sd = np.where(over_x, moments.sd_u, moments.sd_x)
        beta = np.where(given_sd > 0, moments.covariance / np.where(given_sd > 0, given_sd, 1.0), 0.0)
        rest = np.sqrt(np.maximum(other_sd**2 - beta**2, 0.0))
        node = given[:, None] + given_sd[:, None] * nodes
        target = level[:, None]
        edge = np.where(over_x[:, None], reading.edge(target, node), reading.edge_second(target, node))
        tail = _tail(edge, other[:, None] + beta[:, None] * nodes, rest[:, None])
    return np.asarray(tail @ weights)


def _tail(edge: Array, mean: Array, sd: Array) -> Array:
    """Return P(N(mean, sd²) ≥ edge), for sd = 0 too (reached when the mean is at the edge up to rounding)."""
    gap = mean - edge
    certain = np.where(gap >= -AT_THE_EDGE * np.maximum(np.abs(edge), 1.0), np.inf, -np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(ndtr(np.where(sd > 0, gap / np.where(sd > 0, sd, 1.0), certain)))


def quantiles(
    quantities: Sequence[Quantity], moments: Moments, probabilities: Array, every: int = 1
) -> Array:
    """Return the quantiles of each quantity's value, one row a quantity.

    Exact for log-linear quantities; else the root of the distribution function, to 1e-10 in logs (on every
    `every`-th node of the quadrature, see `probability_above`).
    """
    z = ndtri(probabilities)
    result = np.empty((len(quantities), len(z)))
    curved = [n for n, quantity in enumerate(quantities) if not quantity.log_linear]
    for n, quantity in enumerate(quantities):
        if quantity.log_linear:
            result[n] = quantity.value(moments.mean_u[n] + moments.sd_u[n] * z, np.zeros_like(z))
    if curved:
        chosen = [quantities[n] for n in curved]
        scale = np.array([[quantity.scale] for quantity in chosen])
        result[curved] = scale * np.exp(_solve(chosen, moments.picked(curved), z, every))
    return result


def medians(quantities: Sequence[Quantity], moments: Moments) -> Array:
    """Return the median of each quantity's value, in its unit."""
    return quantiles(quantities, moments, np.array([0.5]))[:, 0]


def _solve(quantities: Sequence[Quantity], moments: Moments, z: Array, every: int) -> Array:
    """Return log quantiles at normal scores z, one row a quantity.

    Secant steps on the normal score of P(value ≤ s·exp(level)), which is nearly linear in the level.
    """
    level, sd = _linear_quantiles(quantities, moments, z)
    if not np.any(sd > 0):
        return level
    same = [quantity for quantity in quantities for _ in z]
    repeated = moments.repeated(len(z))

    def error_of(level: Array, every: int) -> Array:
        above = probability_above(same, repeated, level.ravel(), every).reshape(level.shape)
        return np.asarray(-ndtri(np.clip(above, 1e-300, 1 - 1e-16)) - z)

    start = np.broadcast_to(0.05 * sd, level.shape)
    level, slope = _secant(lambda at: error_of(at, max(every, COARSER)), level, start, sd)
    if every >= COARSER:
        return level
    # The root on the coarser nodes is close to that on all of them: as a rule one step leads there.
    step = np.clip(-error_of(level, every) / slope, -2 * sd, 2 * sd)
    if np.max(np.abs(step)) < 1e-6:
        return np.asarray(level + step)
    return _secant(lambda at: error_of(at, every), level, step, sd)[0]


def _secant(error_of: Callable[[Array], Array], level: Array, step: Array, sd: Array) -> tuple[Array, Array]:
    """Return the roots of `error_of`, which rises by about 1 a standard deviation, and its slopes there."""
    error = error_of(level)
    slope = np.broadcast_to(1 / np.where(sd > 0, sd, 1.0), level.shape)
    for _ in range(50):
        trial = level + step
        trial_error = error_of(trial)
        change = trial_error - error
        # Far out in a tail the score is flat: walk back towards where it moves.
        flat = np.abs(change) <= 1e-14
        back = np.where(np.abs(trial_error) > 1e-9, -trial_error * sd / 4, 0.0)
        slope = np.where(flat, slope, change / np.where(flat, 1.0, step))
        level, error = trial, trial_error
        step = np.clip(np.where(flat, back, -error / slope), -2 * sd, 2 * sd)
        # The error left after a secant step is of the order of the product of the last two.
        if np.max(np.abs(step)) < 1e-8:
            break
    return np.asarray(level + step), slope


def _linear_quantiles(quantities: Sequence[Quantity], moments: Moments, z: Array) -> tuple[Array, Array]:
    """Return log quantiles of the quantities linearised at their means, and their standard deviations (a column)."""
    pairs = list(zip(quantities, moments.mean_u, moments.mean_x, strict=True))
    center = np.array([[quantity.log_value(u, x)] for quantity, u, x in pairs])
    by_u, by_x = np.array([quantity.slope(u, x) for quantity, u, x in pairs]).T
    sd = moments.sd_along(by_u, by_x)[:, None]
    return center + sd * z, sd

"""Growth equations compiled into one joint normal over variables and years.

    Δy[i,t] = a[i] + Σk b[i,k] Δy[k,t] + u[i,t] + shock[i,t],    u[i,t] = φ[i] u[i,t-1] + σ[i] e[i,t]

a and the base levels are normal, u starts from its stationary distribution. Positions are year-major:
variable i in year t (1 … h) stands at (t-1)·n + i.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from planmodel.law.gaussian import Array, FrozenArrays
from planmodel.law.quantity import Quantity

# Coefficient tables state growth in log points times 100.
PERCENT = 100.0


@dataclass(frozen=True)
class Coefficients(FrozenArrays):
    """The coefficients of all variables as arrays: n variables, in the law's order."""

    names: tuple[str, ...]
    base: Array  # (n,) mean of the base, in logs or logits
    base_cov: Array  # (n, n)
    drift: Array  # (n,) a
    drift_cov: Array  # (n, n)
    weights: Array  # (n, n) b
    persistence: Array  # (n,) φ
    innovation_cov: Array  # (n, n) of σ e


@dataclass(frozen=True)
class Law(FrozenArrays):
    """The joint normal before scenario and observations, with the map from growth shocks to levels.

    The only place that knows where a variable of a year stands in the vector: year-major, drivers first.
    """

    names: tuple[str, ...]
    base_year: int
    horizon: int
    base: Array  # (n,)
    mean: Array  # (n·h,)
    cov: Array  # (n·h, n·h)
    levels_per_growth: Array  # (n·h, n·h): levels per unit of additional growth in each variable and year

    @property
    def size(self) -> int:
        """Length of the vector: variables times years."""
        return len(self.names) * self.horizon

    @property
    def years(self) -> range:
        """The years after the base year."""
        return range(self.base_year + 1, self.base_year + self.horizon + 1)

    @property
    def last(self) -> slice:
        """Where the target year stands."""
        return self.block(self.base_year + self.horizon)

    @property
    def levels_per_own_growth(self) -> Array:
        """Levels of all variables (n, n) per unit of growth of each in the same year."""
        return self.levels_per_growth[self.last, self.last]

    def block(self, year: int) -> slice:
        """Return where a year stands."""
        n = len(self.names)
        return slice((year - self.base_year - 1) * n, (year - self.base_year) * n)

    def position(self, variable: str, year: int) -> int:
        """Return where a variable of a year stands."""
        return (year - self.base_year - 1) * len(self.names) + self.names.index(variable)

    def row(self, variable: str, year: int) -> Array:
        """Return the row (size,) that picks the level of a variable in a year."""
        row = np.zeros(self.size)
        row[self.position(variable, year)] = 1.0
        return row

    def growth_row(self, variable: str, year: int, since: int | None = None) -> tuple[Array, float]:
        """Return the row of log growth to a year, and the fixed level that ``row @ y`` holds besides.

        Parameters
        ----------
        variable : str
        year : int
        since : int, optional
            The year that growth counts from: by default the year before. From the base year on, whose level is no
            part of the vector, the row is that of the level, and the base level comes second.
        """
        since = year - 1 if since is None else since
        if since == self.base_year:
            return self.row(variable, year), float(self.base[self.names.index(variable)])
        return self.row(variable, year) - self.row(variable, since), 0.0

    def growth_rows(
        self, variables: Sequence[str], years: Iterable[int], since: int | None = None
    ) -> tuple[Array, Array]:
        """Return the rows of `growth_row` for every year and variable, year-major, and the fixed levels."""
        both = [self.growth_row(variable, year, since) for year in years for variable in variables]
        rows = np.array([row for row, _ in both]).reshape(len(both), self.size)
        return rows, np.array([start for _, start in both])

    def pair(self, quantity: Quantity, year: int) -> Array:
        """Return the two rows (2, size) from the vector to (U, X) of a quantity in a year."""
        rows = np.zeros((2, self.size))
        rows[:, self.block(year)] = self._of_year(quantity)
        return rows

    def pairs(self, quantities: Iterable[Quantity], years: Iterable[int]) -> Array:
        """Return the rows (k, 2, size) of several quantities, each in its own year."""
        rows = [self.pair(q, year) for q, year in zip(quantities, years, strict=True)]
        return np.array(rows).reshape(len(rows), 2, self.size)

    def levels(self, point: Array) -> Array:
        """Return a vector as levels (h + 1, n), the base year's first."""
        return np.vstack([self.base, point.reshape(self.horizon, len(self.names))])

    def values(self, quantity: Quantity, point: Array) -> Array:
        """Return a quantity's values (h + 1,) at a vector, from the base year on, in its unit."""
        return quantity.value(*(self._of_year(quantity) @ self.levels(point).T))

    def _of_year(self, quantity: Quantity) -> Array:
        return quantity.rows({name: n for n, name in enumerate(self.names)}, len(self.names))


def compile_law(coefficients: Coefficients, horizon: int, base_year: int = 0) -> Law:
    """Return the joint normal of all levels in the years after the base year."""
    n = len(coefficients.names)
    solve = np.linalg.inv(np.eye(n) - coefficients.weights)
    cumulate = np.tril(np.ones((horizon, horizon)))
    growth = np.kron(cumulate, solve)
    drift = np.tile(coefficients.drift, horizon)
    ones = np.ones((horizon, horizon))
    cov = (
        np.kron(ones, coefficients.base_cov)
        + growth @ (np.kron(ones, coefficients.drift_cov) + _residual_cov(coefficients, horizon)) @ growth.T
    )
    mean = np.tile(coefficients.base, horizon) + growth @ drift
    return Law(coefficients.names, base_year, horizon, coefficients.base, mean, (cov + cov.T) / 2, growth)


def _residual_cov(coefficients: Coefficients, horizon: int) -> Array:
    """Return Cov(u[i,s], u[j,t]) of the stationary autoregressions: γ[i,j] φ[j]^(t-s) for s ≤ t."""
    n, phi = len(coefficients.names), coefficients.persistence
    stationary = coefficients.innovation_cov / (1 - np.outer(phi, phi))
    result = np.empty((horizon, n, horizon, n))
    for s in range(horizon):
        for t in range(s, horizon):
            later = stationary * phi ** (t - s)
            result[s, :, t, :] = later
            result[t, :, s, :] = later.T
    return result.reshape(horizon * n, horizon * n)

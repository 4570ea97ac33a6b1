"""Growth equations compiled into one joint normal over variables and years.

    Δy[i,t] = a[i] + Σk b[i,k] Δy[k,t] + u[i,t] + shock[i,t],    u[i,t] = φ[i] u[i,t-1] + σ[i] e[i,t]

a and the base levels are normal, u starts from its stationary distribution. Positions are year-major:
variable i in year t (1 … h) stands at (t-1)·n + i.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planmodel.base.records import records
from planmodel.base.tables import InputError, Problems
from planmodel.evidence.checks import check_equation
from planmodel.law.gaussian import Array, FrozenArrays
from planmodel.law.quantity import Quantity
from planmodel.plan.variables import Variable

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


def gather(
    variables: Sequence[Variable], drivers: Sequence[str], table: pd.DataFrame, place: str
) -> Coefficients:
    """Turn the table of coefficients into arrays, drivers first.

    Raises
    ------
    InputError
        If a coefficient names a variable that does not exist, if an equation lacks what it needs, if equations
        are circular, or if the correlations are not those of any joint distribution.
    """
    names = (*drivers, *(variable.name for variable in variables))
    problems = Problems(place)
    known = {name: n for n, name in enumerate(names)}
    values = {
        (str(row["variable"]), str(row["coefficient"])): (float(row["value"]), float(row["sd"]))
        for row in records(table)
    }
    n = len(names)
    arrays = {key: np.zeros(n) for key in ("drift", "drift_sd", "persistence", "innovation")}
    matrices = {key: np.zeros((n, n)) for key in ("on:", "drift_with:", "innovation_with:")}
    for (variable, coefficient), (value, sd) in values.items():
        if coefficient in ("base", "reference"):
            continue
        prefix = next((p for p in matrices if str(coefficient).startswith(p)), "")
        other = str(coefficient).removeprefix(prefix)
        missing = [name for name in (variable, *([other] if prefix else [])) if name not in known]
        for name in missing:
            problems.add_unknown(f"{variable}, {coefficient}", name, names, "variable")
        if missing:
            continue
        row = known[str(variable)]
        if prefix:
            matrices[prefix][row, known[other]] = value
        elif coefficient in arrays:
            arrays[str(coefficient)][row] = value if coefficient == "persistence" else value / PERCENT
        if coefficient == "drift" and np.isfinite(sd):
            arrays["drift_sd"][row] = sd / PERCENT
    _check_equations(variables, drivers, values, problems)
    _check_links(drivers, matrices, names, values, problems)
    base, base_cov = _bases(variables, drivers, values)
    return Coefficients(
        names,
        base,
        base_cov,
        arrays["drift"],
        _covariance(arrays["drift_sd"], matrices["drift_with:"], place, "drift_with"),
        _checked_weights(matrices["on:"], names, place),
        arrays["persistence"],
        _covariance(arrays["innovation"], matrices["innovation_with:"], place, "innovation_with"),
    )


def _check_equations(
    variables: Sequence[Variable],
    drivers: Sequence[str],
    values: Mapping[tuple[str, str], tuple[float, float]],
    problems: Problems,
) -> None:
    """Every variable of the plan has a whole equation; a driver has none, or a whole one."""
    given: dict[str, list[str]] = {}
    for variable, coefficient in values:
        if coefficient != "reference":
            given.setdefault(variable, []).append(coefficient)
    levels = {variable.name for variable in variables if variable.role in ("level", "other")}
    for name in (*drivers, *(variable.name for variable in variables)):
        if name in given or name not in drivers:
            check_equation(name, given.get(name, []), name in levels or name in drivers, problems)


def _check_links(
    drivers: Sequence[str],
    matrices: Mapping[str, Array],
    names: Sequence[str],
    values: Mapping[tuple[str, str], tuple[float, float]],
    problems: Problems,
) -> None:
    """Raise what was found of equations, and of how they hang together."""
    _check_moving_drivers(drivers, matrices["on:"], values, problems)
    _check_said_once(matrices, names, problems)
    problems.check()


def _check_moving_drivers(
    drivers: Sequence[str],
    weights: Array,
    values: Mapping[tuple[str, str], tuple[float, float]],
    problems: Problems,
) -> None:
    """A driver that others move with has an equation: without one it would stand still for certain."""
    given = {variable for variable, coefficient in values if coefficient != "reference"}
    for n, driver in enumerate(drivers):
        if driver not in given and weights[:, n].any():
            problems.add(driver, "no equation, though others move with it", "an equation of its own")


def _check_said_once(matrices: Mapping[str, Array], names: Sequence[str], problems: Problems) -> None:
    """A correlation belongs to a pair: stated from both sides it would count twice."""
    for prefix in ("drift_with:", "innovation_with:"):
        both = (matrices[prefix] != 0) & (matrices[prefix].T != 0)
        for i, j in np.argwhere(np.triu(both)):
            found = f"the correlation of {names[i]} and {names[j]} twice"
            problems.add(prefix, found, "each pair once, in the row of either")


def _bases(
    variables: Sequence[Variable],
    drivers: Sequence[str],
    values: Mapping[tuple[str, str], tuple[float, float]],
) -> tuple[Array, Array]:
    base = [np.log(values.get((name, "base"), (100.0, 0.0))[0]) for name in drivers]
    base += [variable.base for variable in variables]
    printed = sorted({name for variable in variables for name in variable.roundings})
    errors = np.zeros((len(base), len(printed)))
    for row, variable in enumerate(variables, start=len(drivers)):
        for name, effect in variable.roundings.items():
            errors[row, printed.index(name)] = effect
    return np.array(base), errors @ errors.T


def _covariance(sd: Array, correlations: Array, place: str, what: str) -> Array:
    correlation = correlations + correlations.T + np.eye(len(sd))
    if np.linalg.eigvalsh(correlation)[0] < -1e-9:
        problems = Problems(place)
        problems.add(
            what, "correlations that contradict each other", "a positive semidefinite correlation matrix"
        )
        problems.check()
    return correlation * np.outer(sd, sd)


def _checked_weights(weights: Array, names: Sequence[str], place: str) -> Array:
    """Growth must flow one way: a variable may not move with itself, directly or through others."""
    reach = np.linalg.matrix_power(np.eye(len(names)) + (weights != 0), len(names)) > 0
    circular = [names[i] for i in range(len(names)) if ((weights[i] != 0) & reach[:, i]).any()]
    if circular:
        problems = Problems(place)
        problems.add("on", f"{', '.join(circular)} moving with each other", "equations that form no circle")
        raise InputError(problems.found)
    return weights

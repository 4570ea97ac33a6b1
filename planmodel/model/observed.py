"""What the joint normal is conditioned on: driver paths and observed figures, some of them curved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planmodel.base.problems import Problems
from planmodel.base.records import records
from planmodel.base.units import conversion_factor, convertible
from planmodel.evidence.observations import noise_sd, sort_observations
from planmodel.law.gaussian import Array, FrozenArrays
from planmodel.law.law import PERCENT, Law
from planmodel.law.quantity import Quantity


@dataclass(frozen=True)
class Curve(FrozenArrays):
    """A condition on the log of a quantity that is not linear in the variables: a sum or a part."""

    quantity: Quantity
    rows: Array  # (2, size): from all variables to (U, X)


@dataclass(frozen=True)
class Conditions(FrozenArrays):
    """Rows, values and noise variances; `curves` are conditions whose row depends on where one stands.

    `used` names the observations behind them, so that each figure enters once; `kinds` says beside each what it is
    a figure of: "level", "growth" (over the year before), or "curve" (the level of a sum or a part).
    """

    rows: Array  # (k, size)
    values: Array  # (k,)
    noise: Array  # (k,)
    curves: tuple[Curve, ...]
    curve_values: Array
    curve_noise: Array
    used: tuple[tuple[str, int], ...]
    kinds: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.values) + len(self.curves)

    def joined(self, other: Conditions) -> Conditions:
        """Return both sets of conditions as one."""
        return Conditions(
            np.vstack([self.rows, other.rows]),
            np.concatenate([self.values, other.values]),
            np.concatenate([self.noise, other.noise]),
            self.curves + other.curves,
            np.concatenate([self.curve_values, other.curve_values]),
            np.concatenate([self.curve_noise, other.curve_noise]),
            self.used + other.used,
            self.kinds + other.kinds,
        )

    def pieces(self) -> tuple[Conditions, dict[tuple[str, int], Conditions]]:
        """Return the driver paths, and each observation's own condition by its name and year."""
        size, empty = self.rows.shape[1], np.zeros(0)
        # Paths stand first, observations follow in the order of `used`; curves are kept apart in that order.
        first = len(self.values) - len(self.used) + self.kinds.count("curve")
        paths = Conditions(
            self.rows[:first], self.values[:first], self.noise[:first], (), empty, empty, (), ()
        )
        pieces, straight, curve = {}, first, 0
        for key, kind in zip(self.used, self.kinds, strict=True):
            if kind == "curve":
                one, straight_part = slice(curve, curve + 1), slice(0, 0)
                curve += 1
            else:
                one, straight_part = slice(0, 0), slice(straight, straight + 1)
                straight += 1
            pieces[key] = Conditions(
                self.rows[straight_part].reshape(-1, size),
                self.values[straight_part],
                self.noise[straight_part],
                self.curves[one],
                self.curve_values[one],
                self.curve_noise[one],
                (key,),
                (kind,),
            )
        return paths, pieces

    @property
    def basis(self) -> Array:
        """Rows to everything the conditions depend on: the straight rows, then (U, X) of each curve."""
        return np.vstack([self.rows, *(curve.rows for curve in self.curves)])

    def surface(self, point: Array) -> tuple[Array, Array]:
        """Return all conditions' heights and gradients at a point of the basis, straight ones first."""
        straight = len(self.values)
        slope = np.zeros((len(self), len(point)))
        slope[:straight, :straight] = np.eye(straight)
        height = np.empty(len(self))
        height[:straight] = point[:straight]
        for n, curve in enumerate(self.curves):
            place = straight + 2 * n
            u, x = point[place : place + 2]
            height[straight + n] = curve.quantity.log_value(u, x)
            slope[straight + n, place : place + 2] = curve.quantity.slope(float(u), float(x))
        return height, slope

    @classmethod
    def of_growth(
        cls, law: Law, base_year: int, paths: Iterable[tuple[tuple[str, int], tuple[float, float]]]
    ) -> Conditions:
        """Return the conditions that drivers grow as given (% a year, s.d. in points)."""
        rows, values, noise = [], [], []
        for (driver, year), (growth, sd) in paths:
            row, start = growth_row(law, driver, year - base_year)
            rows.append(row)
            values.append(np.log1p(growth / PERCENT) + start)
            noise.append((sd / (PERCENT + growth)) ** 2)
        return _straight(law, rows, values, noise, (), ())

    @classmethod
    def of_observations(
        cls, law: Law, quantities: Sequence[Quantity], observations: pd.DataFrame, base_year: int, as_of: int
    ) -> Conditions:
        """Return the conditions of all comparable figures up to `as_of`."""
        by_name = {quantity.name: quantity for quantity in quantities}
        used, _, _ = sort_observations(
            observations, by_name, range(base_year + 1, base_year + law.horizon + 1), as_of
        )
        rows, values, noise, curves, heights, curve_noise, kinds = [], [], [], [], [], [], []
        for row in records(used):
            quantity, step = by_name[row["name"]], row["year"] - base_year
            kinds.append(_kind(quantity, row["unit"]))
            if kinds[-1] == "growth":
                line, start = growth_row(law, quantity.name, step)
                rows.append(line)
                values.append(np.log1p(row["value"] / PERCENT) + start)
                noise.append((noise_sd(row) / (1 + row["value"] / PERCENT)) ** 2)
                continue
            level = np.log(row["value"] * _factor(row, quantity) / quantity.scale)
            both = year_rows(law, quantity, step)
            if kinds[-1] == "level":
                rows.append(both[0])
                values.append(level)
                noise.append(noise_sd(row) ** 2)
            else:
                curves.append(Curve(quantity, both))
                heights.append(level)
                curve_noise.append(_ratio_noise(row, quantity) ** 2)
        keys = tuple(zip(used["name"], used["year"], strict=True))
        straight = _straight(law, rows, values, noise, keys, tuple(kinds))
        return Conditions(
            straight.rows,
            straight.values,
            straight.noise,
            tuple(curves),
            np.array(heights, dtype=float),
            np.array(curve_noise, dtype=float),
            straight.used,
            straight.kinds,
        )


def _factor(row: Mapping[str, Any], quantity: Quantity) -> float:
    """Return the factor from a figure's unit to its quantity's; a base may be an index where figures are levels."""
    if not convertible(row["unit"], quantity.unit):
        problems = Problems("observations")
        expected = f"growth in %, or a level in {quantity.unit}, the unit of its base"
        problems.add(f"{row['name']}, {row['year']}", repr(row["unit"]), expected)
        problems.check()
    return conversion_factor(row["unit"], quantity.unit)


def _kind(quantity: Quantity, unit: str) -> str:
    """Return what a figure in `unit` is a figure of: see `Conditions`."""
    if unit == "%" and quantity.unit != "%":
        return "growth"
    return "level" if quantity.form == "log" and not quantity.second else "curve"


def _ratio_noise(row: Mapping[str, float], quantity: Quantity) -> float:
    """Return the s.d. of an observed share in logs: its points over its value."""
    sd = noise_sd(row)
    return sd * PERCENT / row["value"] if quantity.unit == "%" else sd


def _straight(
    law: Law,
    rows: list[Array],
    values: list[float],
    noise: list[float],
    used: tuple[tuple[str, int], ...],
    kinds: tuple[str, ...],
) -> Conditions:
    stacked = np.array(rows, dtype=float).reshape(len(rows), len(law.mean))
    empty = np.zeros(0)
    figures, variances = np.array(values, dtype=float), np.array(noise, dtype=float)
    return Conditions(stacked, figures, variances, (), empty, empty, used, kinds)


def growth_row(law: Law, variable: str, step: int) -> tuple[Array, float]:
    """Return the row of a year's log growth, and the fixed base level that the first year adds to its value.

    The first year's row is that of its level: only `Conditions.kinds` tells the two apart.
    """
    n, i = len(law.names), law.names.index(variable)
    row = np.zeros(len(law.mean))
    row[(step - 1) * n + i] = 1.0
    if step == 1:
        return row, float(law.base[i])
    row[(step - 2) * n + i] = -1.0
    return row, 0.0


def year_rows(law: Law, quantity: Quantity, step: int) -> Array:
    """Return the two rows from all variables to (U, X) of a quantity, `step` years after the base year."""
    n = len(law.names)
    rows = np.zeros((2, len(law.mean)))
    rows[:, (step - 1) * n : step * n] = quantity.rows({name: i for i, name in enumerate(law.names)}, n)
    return rows

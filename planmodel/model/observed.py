"""Driver paths and observed figures as conditions on the joint normal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.problems import Problems, phrase
from planmodel.base.units import conversion_factor, convertible
from planmodel.evidence.observations import noise_sd, sort_observations
from planmodel.law.condition import Condition, Conditions, Subject
from planmodel.law.law import PERCENT, Law
from planmodel.law.quantity import Quantity


def path_conditions(
    law: Law,
    quantities: Mapping[str, Quantity],
    paths: Iterable[tuple[tuple[str, int], tuple[float, float]]],
) -> Conditions:
    """Return the conditions that drivers grow as given (% a year, s.d. in points)."""
    return tuple(
        _growth("path", law, Subject(quantities[driver], year), growth, (sd / (PERCENT + growth)) ** 2)
        for (driver, year), (growth, sd) in paths
    )


def observed_conditions(
    law: Law, quantities: Mapping[str, Quantity], observations: pd.DataFrame, as_of: int
) -> Conditions:
    """Return the conditions of all comparable figures up to `as_of`."""
    used, _, _ = sort_observations(observations, quantities, law.years, as_of)
    return tuple(_observed(law, quantities[row["name"]], row) for row in rows_of(used))


def _observed(law: Law, quantity: Quantity, row: Mapping[str, Any]) -> Condition:
    """Return what one figure says: of growth over the year before, of a level, or of a sum or a part."""
    subject = Subject(quantity, row["year"])
    if row["unit"] == "%" and quantity.unit != "%":
        noise = (noise_sd(row) / (1 + row["value"] / PERCENT)) ** 2
        return _growth("growth", law, subject, row["value"], noise)
    value = float(np.log(row["value"] * _factor(row, quantity) / quantity.scale))
    rows = law.pair(quantity, row["year"])
    if quantity.log_normal:
        return Condition("level", subject, rows[:1], value, noise_sd(row) ** 2)
    return Condition("curve", subject, rows, value, _ratio_noise(row, quantity) ** 2)


def _growth(kind: str, law: Law, subject: Subject, growth: float, noise: float) -> Condition:
    row, start = law.growth_row(subject.quantity.name, subject.year)
    value = float(np.log1p(growth / PERCENT)) + start
    return Condition(kind, subject, row[None], value, noise, start)


def _factor(row: Mapping[str, Any], quantity: Quantity) -> float:
    """Return the factor from a figure's unit to its quantity's; a base may be an index where figures are levels."""
    if not convertible(row["unit"], quantity.unit):
        problems = Problems("observations")
        expected = phrase("expected.growth_or_level", unit=quantity.unit)
        problems.add(f"{row['name']}, {row['year']}", repr(row["unit"]), expected)
        problems.check()
    return conversion_factor(row["unit"], quantity.unit)


def _ratio_noise(row: Mapping[str, float], quantity: Quantity) -> float:
    """Return the s.d. of an observed share in logs: its points over its value."""
    sd = noise_sd(row)
    return sd * PERCENT / row["value"] if quantity.unit == "%" else sd

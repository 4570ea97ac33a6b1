"""Forecasts on record: the distribution of every quantity and year of an outlook, stored and read back.

Stored moments are those of the single normal with the outlook's mean and covariance; quantiles are the outlook's own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import ndtri

from planmodel.law.gaussian import Array
from planmodel.law.quantity import Moments, Quantity, medians, probability_above
from planmodel.law.scores import normal_crps
from planmodel.model.outlook import Outlook

# What is stored of each distribution for readers; scoring uses the moments.
LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)

# Digits of a stored moment (beyond them lies the rounding of the machine), and of a stored quantile.
MOMENT_DIGITS, QUANTILE_DIGITS = 12, 6

# A standard deviation (in logs) that only rounding keeps from 0.
_FIXED = 1e-6

# Nodes of each half of a CRPS integral, and how far it goes in standard deviations.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)
_WIDEST = 9.0


def stored_forecasts(outlook: Outlook) -> list[dict[str, Any]]:
    """Return one entry a quantity and open year, and one a driver, year and its growth over the year before.

    `mean`, `sd` and `covariance` are moments of U and, where there is one, X (see `planmodel.law.quantity`).
    """
    years = [year for year in outlook.plan.years if year > outlook.as_of]
    pairs = [(quantity, year) for quantity in outlook.quantities for year in years]
    if not pairs:
        return []
    chosen = [quantity for quantity, _ in pairs]
    seen = [year for _, year in pairs]
    moments, levels = outlook.moments(chosen, seen), outlook.levels_at(chosen, seen, np.array(LEVELS))
    entries = []
    for n, (quantity, year) in enumerate(pairs):
        both = 2 if quantity.second else 1
        mean = [float(moments.mean_u[n]), float(moments.mean_x[n])][:both]
        sd = [float(moments.sd_u[n]), float(moments.sd_x[n])][:both]
        covariance = float(moments.covariance[n]) if both == 2 else 0.0
        entries.append(_entry(quantity, year, "level", mean, sd, covariance, levels[n]))
        if not quantity.area and quantity.log_normal:
            entries.append(_growth_entry(outlook, quantity, year))
    return entries


def _growth_entry(outlook: Outlook, quantity: Quantity, year: int) -> dict[str, Any]:
    row, before = outlook.model.law.growth_row(quantity.name, year)
    mean, sd = float(row @ outlook.mean) - before, math.sqrt(max(float(row @ outlook.cov @ row), 0.0))
    levels = 100 * np.expm1(mean + sd * ndtri(np.array(LEVELS)))
    return _entry(quantity, year, "growth", [mean], [sd], 0.0, levels)


def _entry(
    quantity: Quantity,
    year: int,
    measure: str,
    mean: list[float],
    sd: list[float],
    covariance: float,
    levels: Array,
) -> dict[str, Any]:
    return {
        "variable": quantity.name,
        "year": year,
        "measure": measure,
        "unit": "%" if measure == "growth" else quantity.unit,
        "form": quantity.form,
        "scale": quantity.scale,
        "mean": [_digits(value, MOMENT_DIGITS) for value in mean],
        "sd": [_digits(value, MOMENT_DIGITS) for value in sd],
        "covariance": _digits(covariance, MOMENT_DIGITS),
        "quantiles": {
            f"{p:g}": _digits(float(value), QUANTILE_DIGITS) for p, value in zip(LEVELS, levels, strict=True)
        },
    }


def _digits(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")


@dataclass(frozen=True)
class Forecast:
    """One stored distribution, on the scale on which it is scored: the log of the value, or of 1 + growth."""

    entry: Mapping[str, Any]

    @cached_property
    def _quantity(self) -> Quantity:
        entry = self.entry
        second = "x" if len(entry["mean"]) == 2 else ""
        name = str(entry["variable"])
        return Quantity(name, name, "", entry["unit"], entry["form"], {"u": 1.0}, second, entry["scale"])

    def _moments(self, repeats: int) -> Moments:
        mean, sd = [*self.entry["mean"], 0.0], [*self.entry["sd"], 0.0]
        values = (mean[0], mean[1], sd[0], sd[1], self.entry["covariance"])
        return Moments(*(np.array([value], dtype=float) for value in values)).repeated(repeats)

    def log_of(self, value: float) -> float:
        """Return a value (in the entry's unit) on the scale of the scores."""
        if self.entry["measure"] == "growth":
            return math.log1p(value / 100)
        return math.log(value / self.entry["scale"])

    def value_of(self, log: float) -> float:
        """Return what `log_of` came from."""
        if self.entry["measure"] == "growth":
            return 100 * math.expm1(log)
        return float(self.entry["scale"] * math.exp(log))

    def below(self, logs: Array) -> Array:
        """Return the probability of a value below each of some logs."""
        above = probability_above([self._quantity] * len(logs), self._moments(len(logs)), logs)
        return np.asarray(1 - above)

    @property
    def fixed(self) -> bool:
        """Whether the scenario fixes the value, so that it is an assumption and no forecast."""
        return bool(max(self.entry["sd"]) < _FIXED)

    @cached_property
    def normal(self) -> tuple[float, float] | None:
        """Mean and standard deviation of the log where it is normal, else None."""
        if self._quantity.log_normal:
            return float(self.entry["mean"][0]), float(self.entry["sd"][0])
        return None

    @cached_property
    def centre(self) -> tuple[float, float]:
        """Median of the log, and its standard deviation to first order."""
        if self.normal:
            return self.normal
        quantity, moments = self._quantity, self._moments(1)
        median = float(medians([quantity], moments)[0])
        sd = moments.sd_along(*quantity.slopes(moments.mean_u, moments.mean_x))
        return math.log(median / quantity.scale), float(sd[0])

    def crps(self, log: float) -> float:
        """Return ∫ (F(z) - 1{z ≥ log})² dz: in closed form where the log is normal, else by quadrature.

        A share cannot exceed its whole, so its distribution ends at the log of one.
        """
        if self.normal:
            return normal_crps(log, *self.normal)
        median, sd = self.centre
        low, high = min(median - _WIDEST * sd, log), max(median + _WIDEST * sd, log)
        below = low + (log - low) * (_NODES + 1) / 2
        above = log + (high - log) * (_NODES + 1) / 2
        F = self.below(np.concatenate([below, above]))
        first, second = F[: len(_NODES)] ** 2, (1 - F[len(_NODES) :]) ** 2
        return float(((log - low) * first @ _WEIGHTS + (high - log) * second @ _WEIGHTS) / 2)

    def log_score(self, log: float) -> float:
        """Return minus the log density at `log`: in closed form, or by a central difference of F."""
        median, sd = self.centre
        if self.normal:
            return 0.5 * ((log - median) / sd) ** 2 + math.log(sd * math.sqrt(2 * math.pi))
        step = 1e-3 * sd
        low, high = self.below(np.array([log - step, log + step]))
        return -math.log(max((high - low) / (2 * step), 1e-300))

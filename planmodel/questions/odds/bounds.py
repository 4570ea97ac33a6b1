"""Bounds such as "more than 490" applied to draws by weights, with the effective sample size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planmodel.base.frames import rows_of
from planmodel.base.problems import InputError, Problem, phrase
from planmodel.base.units import conversion_factor
from planmodel.law.draws import share_error
from planmodel.law.gaussian import Array
from planmodel.law.quantity import Quantity
from planmodel.model.goals import has_bounds
from planmodel.model.outlook import Outlook

# Draws behind joint odds: a standard error of at most 0.11 points.
DRAWS = 200_000

# Below this effective number of draws, an estimate from weights is refused.
LEAST_EFFECTIVE = 200


@dataclass(frozen=True)
class Weighted:
    """Draws of the targets in the target year, and the weight of each: 1 if it satisfies every bound, else 0."""

    draws: Array
    weights: Array

    @property
    def effective_size(self) -> float:
        """Effective sample size (Σw)² / Σw²."""
        total = float(self.weights.sum())
        return total**2 / float((self.weights**2).sum()) if total else 0.0

    def mean(self, values: Array) -> Array:
        """Return the weighted mean of each column."""
        return np.asarray(self.weights @ values / self.weights.sum())

    def standard_error(self, likely: Array) -> Array:
        """Return the standard error of weighted shares."""
        return share_error(likely, self.effective_size)

    def medians(self) -> Array:
        """Return the weighted median of each column."""
        return np.asarray(np.median(self.draws[self.weights > 0], axis=0))


def bound_weights(outlook: Outlook, quantities: Sequence[Quantity], draws: int, seed: int) -> Weighted:
    """Draw the target year's quantities together with every bounded figure, and weigh the draws.

    Raises
    ------
    InputError
        If fewer than 200 draws, or 1 % of them, satisfy the bounds: they contradict the outlook.
    """
    bounds = outlook.bounds
    rows = rows_of(bounds) if bounds is not None else []
    by_name = outlook.model.by_name
    needed = list({q.name: q for q in (*quantities, *(by_name[row["name"]] for row in rows))}.values())
    years = sorted({outlook.plan.target_year, *(row["year"] for row in rows)})
    values = outlook.sampler(needed, years).draw(draws, seed)
    weights = np.ones(draws)
    for row in rows:
        quantity = by_name[row["name"]]
        column = values[:, years.index(row["year"]) * len(needed) + needed.index(quantity)]
        limit = row["value"] * conversion_factor(row["unit"], quantity.unit)
        weights *= column >= limit if row["bound"] == "at_least" else column <= limit
    start = years.index(outlook.plan.target_year) * len(needed)
    chosen = values[:, [start + needed.index(quantity) for quantity in quantities]]
    result = Weighted(chosen, weights)
    if result.effective_size < max(LEAST_EFFECTIVE, draws / 100):
        found = phrase("found.draws_within", n=f"{result.effective_size:.0f}", draws=f"{draws:,}")
        expected = phrase("expected.more_draws_within", n=f"{max(LEAST_EFFECTIVE, draws // 100):,}")
        raise InputError([Problem("bounds", "", found, expected)])
    return result


def weighted_draws(
    outlook: Outlook, quantities: Sequence[Quantity], draws: int, seed: int
) -> Weighted | None:
    """Return weighted draws where bounds make them necessary, else None."""
    return bound_weights(outlook, quantities, draws, seed) if has_bounds(outlook.bounds) else None

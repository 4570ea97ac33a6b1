"""The targets that a model can speak about, as arrays: which quantity, how high, which way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planmodel.base.problems import InputError, Problem
from planmodel.law.gaussian import Array, FrozenArrays
from planmodel.law.law import Law
from planmodel.law.quantity import Moments, Quantity, log_threshold
from planmodel.model.observed import year_rows
from planmodel.plan.plan import Plan

# Of a level that was a log in between.
ROUNDING = 1e-11


@dataclass(frozen=True)
class Goals(FrozenArrays):
    """Targets in the plan's order; those without a base are left out.

    `rows` maps the joint normal to (U, X) of each target's quantity in the target year; `levels` are the log
    thresholds; `headline` marks the rows for a whole area, one an indicator.
    """

    quantities: tuple[Quantity, ...]
    thresholds: Array
    levels: Array
    at_least: NDArray[np.bool_]
    headline: NDArray[np.bool_]
    rows: Array

    @classmethod
    def of(cls, plan: Plan, quantities: tuple[Quantity, ...], law: Law) -> Goals:
        """Pick the targets of a plan that have a quantity."""
        by_name = {quantity.name: quantity for quantity in quantities}
        table = plan.targets
        table = table[table["name"].isin(list(by_name))]
        chosen = tuple(by_name[name] for name in table["name"])
        rows = [year_rows(law, quantity, law.horizon) for quantity in chosen]
        return cls(
            chosen,
            table["threshold"].to_numpy(),
            np.array([log_threshold(q, t) for q, t in zip(chosen, table["threshold"], strict=True)]),
            (table["direction"] == "at_least").to_numpy(),
            (table["part_of"] == "").to_numpy(),
            np.array(rows).reshape(len(rows), 2, len(law.mean)),
        )

    def moments(self, mean: Array, cov: Array) -> Moments:
        """Return the moments of (U, X) of each target's quantity in the target year."""
        flat = self.rows.reshape(-1, len(mean))
        spread = (flat @ cov).reshape(self.rows.shape)
        return Moments.of(self.rows @ mean, spread @ np.swapaxes(self.rows, 1, 2))

    def enough(self, at_least: int | None, fewest: int = 0) -> int:
        """Return k of "at least k targets": by default the smallest majority, 7 of 13.

        Raises
        ------
        InputError
            If k is not a number from `fewest` to the number of targets.
        """
        total = len(self.quantities)
        k = total // 2 + 1 if at_least is None else at_least
        if not fewest <= k <= total:
            raise InputError([Problem("at_least", "", f"{k}", f"a number from {fewest} to {total}")])
        return k

    def hits(self, draws: Array) -> NDArray[np.bool_]:
        """Return which draws (rows) reach which targets (columns)."""
        # A figure that is exactly its target comes back from its log with a rounding error.
        above = draws >= self.thresholds * (1 - ROUNDING)
        return above if self.at_least.all() else above == self.at_least


def has_bounds(bounds: pd.DataFrame | None) -> bool:
    """Whether an outlook carries bounds, so that only draws can answer."""
    return bounds is not None and len(bounds) > 0

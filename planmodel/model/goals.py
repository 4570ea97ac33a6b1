"""The targets that a model can speak about, as arrays: which quantity, how high, which way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planmodel.base.problems import InputError, Problem, phrase
from planmodel.law.gaussian import Array, FrozenArrays
from planmodel.law.law import Law
from planmodel.law.nodes import Nodes
from planmodel.law.quantity import AT_THE_EDGE, Quantity, log_threshold
from planmodel.plan.plan import Plan

# Of a level that was a log in between: a figure that is exactly its target meets it, floor or ceiling.
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
    def of(cls, plan: Plan, quantities: Mapping[str, Quantity], law: Law) -> Goals:
        """Pick the targets of a plan that have a quantity."""
        targets = [target for name, target in plan.by_name.items() if name in quantities]
        chosen = tuple(quantities[target.name] for target in targets)
        thresholds = [target.threshold for target in targets]
        return cls(
            chosen,
            np.array(thresholds, dtype=float),
            np.array([log_threshold(q, t) for q, t in zip(chosen, thresholds, strict=True)], dtype=float),
            np.array([target.at_least for target in targets], dtype=bool),
            np.array([not target.part_of for target in targets], dtype=bool),
            law.pairs(chosen, [law.years[-1]] * len(chosen)),
        )

    @cached_property
    def names(self) -> list[str]:
        """The targets' names, in order."""
        return [quantity.name for quantity in self.quantities]

    @property
    def sign(self) -> Array:
        """1 where more is better ("at least"), -1 where less is ("at most")."""
        return np.where(self.at_least, 1.0, -1.0)

    def of_name(self, name: str) -> int | None:
        """Return the place of a target by its name; None where the model cannot speak about it."""
        return self.names.index(name) if name in self.names else None

    def chosen(self, places: Sequence[int]) -> Goals:
        """Return some of the targets, in the order given."""
        kept = list(places)
        return Goals(
            tuple(self.quantities[n] for n in kept),
            self.thresholds[kept],
            self.levels[kept],
            self.at_least[kept],
            self.headline[kept],
            self.rows[kept],
        )

    def reached(self, above: Array) -> Array:
        """Return P(reached) from P(value ≥ threshold): its complement where the target is "at most"."""
        return np.where(self.at_least, above, 1 - above)

    def probabilities(self, nodes: Nodes) -> Array:
        """Return how likely each target is, in closed form."""
        # What is exactly at a ceiling is within it, whatever its log was rounded to.
        over = np.where(self.at_least, 0.0, 2 * AT_THE_EDGE * np.maximum(np.abs(self.levels), 1.0))
        return self.reached(nodes.probability_above(self.quantities, self.rows, self.levels + over))

    def medians(self, nodes: Nodes) -> Array:
        """Return the median of each target's quantity in the target year, in its unit."""
        return nodes.medians(self.quantities, self.rows)

    def enough(self, at_least: int | None, fewest: int = 0) -> int:
        """Return k of "at least k targets": by default the smallest majority, 7 of 13.

        Raises
        ------
        InputError
            If k is not a number from `fewest` to the number of targets.
        """
        total = len(self.quantities)
        k = min(total // 2 + 1, total) if at_least is None else at_least
        if not fewest <= k <= total:
            raise InputError(
                [Problem("at_least", "", f"{k}", phrase("expected.number_between", low=fewest, high=total))]
            )
        return k

    def hits(self, draws: Array) -> NDArray[np.bool_]:
        """Return which draws (rows) reach which targets (columns)."""
        above = draws >= self.thresholds * (1 - self.sign * ROUNDING)
        return above if self.at_least.all() else above == self.at_least


def has_bounds(bounds: pd.DataFrame | None) -> bool:
    """Whether an outlook carries bounds, so that only draws can answer."""
    return bounds is not None and len(bounds) > 0

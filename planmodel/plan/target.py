"""A target: the level that an indicator of an area is to reach, and which way."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from planmodel.plan.area import join_name
from planmodel.plan.intervals import Interval
from planmodel.plan.ratio import Ratio

AT_LEAST, AT_MOST = "at_least", "at_most"

# Which way is good: up for "at least", down for "at most".
SIGNS = {AT_LEAST: 1, AT_MOST: -1}

Number = TypeVar("Number", float, NDArray[np.float64])


@dataclass(frozen=True)
class Target:
    """One row of a plan's table of targets; `base` and `base_step` are NaN where the plan prints none.

    Attributes
    ----------
    indicator, area, unit, kind, part_of : str
        What it is about; `kind` is level, count or ratio, `part_of` the area of its whole (empty: it is one).
    base, base_step, base_bound
        Where it starts, the step to which that is printed, and whether it is exact.
    target, target_form
        As the document prints it: a level, a multiple of the base, or growth in % a year.
    direction : str
        ``at_least`` or ``at_most``.
    ratio : Ratio or None
        The key of a ratio that has a numerator.
    """

    indicator: str
    area: str
    unit: str
    kind: str
    part_of: str
    base_year: int
    base: float
    base_step: float
    base_bound: str
    target_year: int
    target: float
    target_form: str
    direction: str
    obligation: str
    price: str
    name_zh: str
    name_en: str
    locator: str
    ratio: Ratio | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any], ratio: Ratio | None = None) -> Target:
        """Make one of a row of `Plan.targets`."""
        return cls(
            **{field.name: row[field.name] for field in fields(cls) if field.name != "ratio"}, ratio=ratio
        )

    @property
    def name(self) -> str:
        """Its name among the plan's targets: ``indicator.area``."""
        return join_name(self.indicator, self.area)

    @property
    def whole(self) -> str:
        """The name of the target that this one is a part of; empty if it is a part of none."""
        return join_name(self.indicator, self.part_of) if self.part_of else ""

    @property
    def stated(self) -> bool:
        """Whether the plan prints a base; without one the model has nothing to start from."""
        return math.isfinite(self.base)

    @property
    def rounding_step(self) -> float:
        """The step to which the base is printed; 0 for a count, which is exact."""
        return 0.0 if self.kind == "count" else self.base_step

    @property
    def years(self) -> int:
        """The number of years from the base to the target."""
        return self.target_year - self.base_year

    @property
    def threshold(self) -> float:
        """The level that meets it: as printed, a multiple of the base, or compound growth on it."""
        if self.target_form == "multiple":
            return float(self.base * self.target)
        if self.target_form == "growth":
            return float(self.base * (1 + self.target / 100) ** self.years)
        return float(self.target)

    def interval(self, base: bool) -> Interval:
        """Return the base with what its rounding leaves open, or the threshold: meeting that is what is asked."""
        return (
            Interval.printed(self.base, self.rounding_step) if base else Interval.printed(self.threshold, 0.0)
        )

    @property
    def at_least(self) -> bool:
        """Whether higher is better."""
        return self.direction == AT_LEAST

    @property
    def sign(self) -> int:
        """1 where higher is better, -1 where lower is: good things times it are positive."""
        return SIGNS[self.direction]

    def is_met(self, value: float) -> bool:
        """Whether a value meets it."""
        return bool(value >= self.threshold if self.at_least else value <= self.threshold)

    def chance(self, above: Number) -> Number:
        """Return the probability that it is met where `above` is that of a value above what is asked."""
        return above if self.at_least else 1 - above

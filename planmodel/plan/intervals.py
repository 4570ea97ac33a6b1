"""Intervals of printed figures: a figure printed to a step lies within half a step of what is printed."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """A value with its lowest and highest possible value; arithmetic keeps the bounds."""

    value: float
    low: float
    high: float

    @classmethod
    def printed(cls, value: float, step: float) -> Interval:
        """Return the interval of a figure printed to `step`; a step of 0 or NaN means exact."""
        half = step / 2 if step > 0 else 0.0
        return cls(value, value - half, value + half)

    def __sub__(self, other: Interval) -> Interval:
        return Interval(self.value - other.value, self.low - other.high, self.high - other.low)

    def __truediv__(self, other: Interval) -> Interval:
        """Quotient of positive intervals."""
        return Interval(self.value / other.value, self.low / other.high, self.high / other.low)

    def times(self, factor: float) -> Interval:
        """Product with a positive number."""
        return Interval(self.value * factor, self.low * factor, self.high * factor)

    def growth_to(self, later: Interval, years: int) -> Interval:
        """Return compound growth (% a year) from this level to a later one."""

        def rate(start: float, end: float) -> float:
            return 100 * ((end / start) ** (1 / years) - 1) if start > 0 and end > 0 else math.nan

        return Interval(rate(self.value, later.value), rate(self.high, later.low), rate(self.low, later.high))

    def meets(self, other: Interval) -> bool:
        """Whether the two intervals have a point in common, up to rounding of the arithmetic."""
        slack = 1e-9 * max(abs(self.value), abs(other.value))
        return self.low <= other.high + slack and other.low <= self.high + slack

"""Paths of a driver drawn by one number, and values whose sum is held while one of them moves."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import TypeVar

from planmodel.law.law import PERCENT
from planmodel.model.model import Model
from planmodel.plan.variables import plan_drivers
from planmodel.questions.stress.severities import median_growth
from planmodel.scenario.checks import HIGHEST_GROWTH, LOWEST_GROWTH

# What is left of the number in each open year: the same every year; half of it a year later; or made good the
# year after, so that the level is back where it was.
SHAPES = ("constant", "fading", "v_shaped")
FADING = 0.5

Key = TypeVar("Key", bound=Hashable)


def expected_growth(model: Model) -> dict[str, dict[int, float]]:
    """Return the growth (%) of each driver and year at the median of the outlook without a scenario."""
    medians = median_growth(model)
    return {
        driver: {year: PERCENT * math.expm1(medians[driver, year]) for year in model.plan.years}
        for driver in plan_drivers(model.plan)
    }


def path_of_shape(expected: Mapping[int, float], shape: str, size: float) -> dict[int, float]:
    """Return growth (%) by year: what is expected, and `size` points beside it in one of `SHAPES`."""
    weights = {
        "constant": [1.0] * len(expected),
        "fading": [FADING**n for n in range(len(expected))],
        "v_shaped": [1.0, -1.0, *[0.0] * len(expected)],
    }[shape]
    return {
        year: min(max(growth + size * weight, LOWEST_GROWTH), HIGHEST_GROWTH)
        for (year, growth), weight in zip(expected.items(), weights, strict=False)
    }


def held(values: Mapping[Key, float], moved: Key, value: float, low: float, high: float) -> dict[Key, float]:
    """Return values in which one has moved and the others give way, so that the sum is what it was.

    Each of the others gives way in proportion to the room that it has between `low` and `high`; where all of
    them together have too little, the moved one stops there.
    """
    change = value - values[moved]
    others = {key: own for key, own in values.items() if key != moved}
    rooms = {key: own - low if change > 0 else high - own for key, own in others.items()}
    room = sum(rooms.values())
    change = math.copysign(min(abs(change), room), change)
    if not change:
        return dict(values)
    result = {key: own - change * rooms[key] / room for key, own in others.items()}
    return {key: values[key] + change if key == moved else result[key] for key in values}


def held_growth(path: Mapping[int, float], year: int, growth: float) -> dict[int, float]:
    """Return a path (%) in which one year has moved and growth over all years together is what it was."""
    logs = {y: math.log1p(g / PERCENT) for y, g in path.items()}
    low, high = (math.log1p(limit / PERCENT) for limit in (LOWEST_GROWTH, HIGHEST_GROWTH))
    moved = held(logs, year, math.log1p(growth / PERCENT), low, high)
    return {y: PERCENT * math.expm1(log) for y, log in moved.items()}

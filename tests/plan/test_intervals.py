"""Intervals of printed figures: whatever the figures really were, arithmetic on them stays within the bounds."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planmodel.plan.intervals import Interval

LEVELS = st.floats(1, 1e6)
STEPS = st.sampled_from((0.0, 0.01, 0.1, 1.0))
WITHIN = st.floats(-0.5, 0.5)


def held(interval: Interval, value: float) -> bool:
    slack = 1e-9 * (1 + abs(value))
    return interval.low - slack <= value <= interval.high + slack


@pytest.mark.parametrize("step, low, high", [(0.1, 2.95, 3.05), (0.0, 3, 3), (math.nan, 3, 3)])
def test_a_printed_figure_lies_within_half_a_step(step: float, low: float, high: float) -> None:
    found = Interval.printed(3.0, step)
    assert (found.value, found.low, found.high) == pytest.approx((3, low, high))


@given(LEVELS, LEVELS, STEPS, STEPS, WITHIN, WITHIN)
def test_arithmetic_holds_every_pair_of_true_figures(
    a: float, b: float, step_a: float, step_b: float, off_a: float, off_b: float
) -> None:
    """Difference, quotient, product and growth of any two figures that round to the printed ones are inside."""
    first, second = Interval.printed(a, step_a), Interval.printed(b, step_b)
    x, y = a + step_a * off_a, b + step_b * off_b
    assert held(first - second, x - y)
    assert held(first / second, x / y)
    assert held(first.times(0.25), 0.25 * x)
    assert held(first.growth_to(second, 5), 100 * ((y / x) ** (1 / 5) - 1))


@given(LEVELS, LEVELS, STEPS, STEPS)
def test_the_bounds_are_taken_on(a: float, b: float, step_a: float, step_b: float) -> None:
    """They are the result's at the corners, and the value is that of the printed figures."""
    first, second = Interval.printed(a, step_a), Interval.printed(b, step_b)
    for result, of in (
        (first - second, lambda x, y: x - y),
        (first / second, lambda x, y: x / y),
        (first.growth_to(second, 3), lambda x, y: 100 * ((y / x) ** (1 / 3) - 1)),
    ):
        corners = [of(x, y) for x in (first.low, first.high) for y in (second.low, second.high)]
        assert (result.low, result.high) == pytest.approx((min(corners), max(corners)), rel=1e-9, abs=1e-9)
        assert result.value == pytest.approx(of(a, b))


def test_growth_from_or_to_nothing_is_unknown() -> None:
    """A level of 0 has no compound growth."""
    level, none = Interval(1.0, 1.0, 1.0), Interval(0.0, 0.0, 0.0)
    assert math.isnan(level.growth_to(none, 5).value)
    assert math.isnan(none.growth_to(level, 5).value)


@pytest.mark.parametrize(
    "a, b, meet",
    [
        ((1, 2), (2, 3), True),
        ((2, 3), (1, 2), True),
        ((1, 2), (2.1, 3), False),
        ((2.1, 3), (1, 2), False),
        ((1, 2), (2 * (1 + 1e-12), 3), True),
        ((1, 4), (2, 3), True),
    ],
)
def test_intervals_meet_where_they_have_a_point_in_common(
    a: tuple[float, float], b: tuple[float, float], meet: bool
) -> None:
    """Up to the rounding of the arithmetic."""
    first, second = (Interval(sum(ends) / 2, *ends) for ends in (a, b))
    assert first.meets(second) == meet


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_intervals_meet_where_they_touch_up_to_rounding(size: float) -> None:
    """A thousand-millionth of the figures is rounding, ten of them are not."""
    for step, meet in ((0.0, True), (5e-10, True), (1e-8, False)):
        one, other = (Interval(level, level, level) for level in (size, size * (1 + step)))
        assert one.meets(other) == other.meets(one) == meet
    wide = Interval(2 * size, size, 3 * size)
    assert wide.meets(Interval(size / 2, 0, size))
    assert not wide.meets(Interval(4 * size, 3.5 * size, 5 * size))

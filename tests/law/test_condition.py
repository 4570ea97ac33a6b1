"""What is known: conditions one by one, their kinds, and the law given them."""

from __future__ import annotations

import numpy as np
import pytest

from planmodel.law.condition import Condition, Curves, Lines, Subject, given
from planmodel.law.gaussian import condition
from planmodel.law.quantity import Quantity

LEVEL = Quantity("v.a", "v", "a", "", "log", {"v": 1.0})
SUM = Quantity("g.a", "g", "a", "", "sum", {"v": 1.0}, "w")
MEAN = np.array([0.1, 0.4, -0.2])
ROOT = np.array([[0.3, 0.0, 0.0], [0.1, 0.2, 0.0], [-0.1, 0.1, 0.4]])
COV = ROOT @ ROOT.T
PATH = Condition("path", Subject(LEVEL, 2024), np.array([[1.0, -1.0, 0.0]]), 0.05, 0.0, 0.02)
FIGURE = Condition("level", Subject(LEVEL, 2023), np.array([[0.0, 0.0, 1.0]]), 0.3, 0.01)
CURVE = Condition("curve", Subject(SUM, 2023), np.eye(3)[:2], 1.0, 0.0)


def test_a_condition_says_what_it_is() -> None:
    """Kind and subject, not the shape of an array, tell growth, levels and curves apart."""
    assert FIGURE.key == ("v.a", 2023)
    assert [one.of_growth for one in (PATH, FIGURE, CURVE)] == [True, False, False]
    assert [one.curved for one in (PATH, FIGURE, CURVE)] == [False, False, True]
    assert Condition("growth", FIGURE.subject, FIGURE.rows, 0.3, 0.01).of_growth
    assert FIGURE.same_as(Condition("level", FIGURE.subject, FIGURE.rows, 0.3, 0.01))
    for rows, value, noise in ((PATH.rows, 0.3, 0.01), (FIGURE.rows, 0.4, 0.01), (FIGURE.rows, 0.3, 0.02)):
        assert not FIGURE.same_as(Condition("level", FIGURE.subject, rows, value, noise))


def test_lines_and_curves_are_stacked_apart() -> None:
    """Each kind keeps the order of the conditions; without any there are no rows."""
    lines, curves = Lines.of((PATH, CURVE, FIGURE), 3), Curves.of((PATH, CURVE, FIGURE), 3)
    np.testing.assert_array_equal(lines.rows, np.vstack([PATH.rows, FIGURE.rows]))
    np.testing.assert_array_equal(lines.values, [0.05, 0.3])
    np.testing.assert_array_equal(lines.noise, [0.0, 0.01])
    assert curves.quantities == (SUM,)
    np.testing.assert_array_equal(curves.rows, CURVE.rows)
    np.testing.assert_array_equal([curves.values, curves.noise], [[1.0], [0.0]])
    assert Lines.of((), 3).rows.shape == Curves.of((PATH,), 3).rows.shape == (0, 3)


def test_nothing_known_changes_nothing() -> None:
    """Without conditions the law is returned as it is."""
    mean, cov = given(MEAN, COV, ())
    assert mean is MEAN
    assert cov is COV


def test_lines_condition_by_the_formula() -> None:
    """Linear conditions are ordinary conditioning of a normal."""
    expected = condition(
        MEAN, COV, np.vstack([PATH.rows, FIGURE.rows]), np.array([0.05, 0.3]), np.array([0.0, 0.01])
    )
    for one, other in zip(given(MEAN, COV, (PATH, FIGURE)), expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-13)


def test_their_order_does_not_matter_and_curves_are_met() -> None:
    """An exact sum holds at the mean, whatever else is known and in which order."""
    mean, cov = given(MEAN, COV, (PATH, CURVE, FIGURE))
    assert np.logaddexp(*mean[:2]) == pytest.approx(1.0, abs=1e-11)
    assert PATH.rows[0] @ mean == pytest.approx(0.05, abs=1e-12)
    slope = np.array([*SUM.slope(*map(float, mean[:2])), 0.0])
    assert slope @ cov @ slope == pytest.approx(0.0, abs=1e-14)
    for one, other in zip((mean, cov), given(MEAN, COV, (FIGURE, PATH, CURVE)), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-11)


def test_only_growth_of_the_first_year_starts_from_a_fixed_level() -> None:
    """What a level or a curve says holds no base besides."""
    assert (FIGURE.start, CURVE.start, PATH.start) == (0, 0, 0.02)

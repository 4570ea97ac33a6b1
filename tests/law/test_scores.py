"""Scores and the test of coverage: published values, and truths of the formulas."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import binom, chi2

from planmodel.law.scores import brier, kupiec, normal_crps


def test_published_scores() -> None:
    """Brier score of 70 % for what happened: .09; CRPS of N(0, 1) at 0: (√2 - 1)/√π."""
    assert brier(0.7, True) == pytest.approx(0.09, abs=1e-15)
    assert brier(0.7, False) == pytest.approx(0.49, abs=1e-15)
    assert normal_crps(0, 0, 1) == pytest.approx((np.sqrt(2) - 1) / np.sqrt(np.pi), abs=1e-15)


def test_the_crps_is_the_integral_that_defines_it() -> None:
    """∫ (Φ((t - μ)/σ) - 1{t ≥ y})² dt, on both sides of the outcome."""
    below, _ = quad(lambda t: ndtr((t - 1) / 2) ** 2, -40, 2.5, epsabs=1e-12)
    above, _ = quad(lambda t: ndtr((1 - t) / 2) ** 2, 2.5, 40, epsabs=1e-12)
    assert normal_crps(2.5, 1, 2) == pytest.approx(below + above, abs=1e-10)


def test_a_certain_forecast_scores_its_absolute_error() -> None:
    """Without spread the CRPS is |y - μ|, and it is its limit."""
    assert normal_crps(3, 1, 0) == normal_crps(-1, 1, 0) == 2
    assert normal_crps(3, 1, 1e-9) == pytest.approx(2, abs=1e-8)


def test_published_test_of_coverage() -> None:
    """15 of 22 inside intervals of 80 %: LR 1.705, p .192; exact .181."""
    ratio, p_value, exact = kupiec(22, 15, 0.8)
    assert ratio == pytest.approx(1.705, abs=5e-4)
    assert p_value == pytest.approx(0.192, abs=5e-4)
    assert exact == pytest.approx(0.181, abs=5e-4)


def test_the_ratio_is_that_of_two_likelihoods() -> None:
    """-2 ln of the binomial likelihood at the nominal coverage over that at the share of hits, and its χ²(1) tail."""
    ratio, p_value, _ = kupiec(250, 240, 0.99)
    expected = 2 * (binom.logpmf(240, 250, 240 / 250) - binom.logpmf(240, 250, 0.99))
    assert ratio == pytest.approx(expected, rel=1e-12)
    assert p_value == pytest.approx(chi2.sf(expected, 1), rel=1e-10)


def test_coverage_at_its_ends() -> None:
    """As many hits as promised are no evidence; all or none are tested too."""
    ratio, p_value, exact = kupiec(20, 16, 0.8)
    assert 0 <= ratio < 1e-12
    assert p_value == pytest.approx(1, abs=1e-6)
    assert exact == pytest.approx(1, abs=1e-12)
    assert kupiec(20, 20, 0.8)[0] == pytest.approx(-40 * np.log(0.8))
    assert kupiec(20, 0, 0.8)[0] == pytest.approx(-40 * np.log(0.2))


@pytest.mark.parametrize("numbers", [(2, 3, 0.8), (2, -1, 0.8), (0, 0, 0.8), (2, 1, 0.0), (2, 1, 1.0)])
def test_no_count_of_outcomes_is_refused(numbers: tuple[int, int, float]) -> None:
    """Hits lie between 0 and the outcomes, of which there is one at least, and coverage inside 0 to 1."""
    with pytest.raises(ValueError, match=f"found {numbers[1]} hits of {numbers[0]} at"):
        kupiec(*numbers)

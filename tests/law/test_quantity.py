"""What is read off the joint normal: probabilities by quadrature, quantiles, identities of parts and sums."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad
from scipy.special import expit, ndtr
from scipy.stats import multivariate_normal

from planmodel.law.quantity import Moments, Quantity, probability_above, quantiles

LEVEL = Quantity("v.a", "v", "a", "亿元", "log", {"v": 1.0})
RATE = Quantity("r.a", "r", "a", "%", "logit", {"v": 1.0}, "", 100.0)
PART = Quantity("v.b", "v", "b", "亿元", "log", {"v": 1.0}, "share")
PART_OF_RATE = Quantity("r.b", "r", "b", "%", "logit", {"v": 1.0}, "share", 100.0)
SUM = Quantity("g.a", "g", "a", "亿元", "sum", {"v": 1.0}, "other")
MIXED = (PART, PART_OF_RATE, SUM)

# A fine grid of standard scores: its step is 350 times finer than the one under test.
GRID = np.linspace(-9, 9, 200_001)
DENSITY = np.exp(-(GRID**2) / 2) / np.sqrt(2 * np.pi) * (GRID[1] - GRID[0])

means = st.floats(-2, 2)
# Logs and logits five years out have an s.d. of 0.1 to 0.6; at 1.2 the quadrature is good to 1e-5 only.
spreads = st.floats(0.02, 0.6)
correlations = st.floats(-0.95, 0.95)


def moments(mean_u: float, mean_x: float, sd_u: float, sd_x: float, rho: float) -> Moments:
    return Moments(*(np.array([value]) for value in (mean_u, mean_x, sd_u, sd_x, rho * sd_u * sd_x)))


def least_u(quantity: Quantity, x: np.ndarray, level: float) -> np.ndarray:
    """Return the U at which the value is s·exp(level), by X; ±infinity where no or every U will do."""
    needed = np.exp(level) - np.exp(x) if quantity.form == "sum" else np.exp(level) / expit(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        if quantity.form == "logit":
            return np.where(needed < 1, np.log(needed / (1 - needed)), np.inf)
        return np.where(needed > 0, np.log(needed), -np.inf)


def fine(quantity: Quantity, m: Moments, level: float) -> float:
    """Integrate over X on the fine grid."""
    beta = m.covariance[0] / m.sd_x[0]
    rest = np.sqrt(m.sd_u[0] ** 2 - beta**2)
    edge = least_u(quantity, m.mean_x[0] + m.sd_x[0] * GRID, level)
    return float(ndtr((m.mean_u[0] + beta * GRID - edge) / rest) @ DENSITY)


@pytest.mark.parametrize("quantity", MIXED, ids=lambda q: q.name)
@given(mu=means, mx=means, su=spreads, sx=spreads, rho=correlations, z=st.floats(-4, 4))
@settings(max_examples=60, deadline=None)
def test_quadrature_is_exact(
    quantity: Quantity, mu: float, mx: float, su: float, sx: float, rho: float, z: float
) -> None:
    """The fixed quadrature agrees with a far finer integration to 1e-8, for parts and sums of any moments."""
    m = moments(mu, mx, su, sx, rho)
    level = float(quantity.log_value(np.array(mu + z * su), np.array(mx)))
    found = probability_above([quantity], m, np.array([level]))[0]
    assert found == pytest.approx(fine(quantity, m, level), abs=1e-8)


@pytest.mark.parametrize("quantity", MIXED, ids=lambda q: q.name)
def test_quadrature_agrees_with_a_double_integral(quantity: Quantity) -> None:
    """The probability is the bivariate normal's mass above the threshold."""
    m = moments(0.3, 0.8, 0.4, 0.5, -0.4)
    level = float(quantity.log_value(np.array(0.5), np.array(0.9)))
    cov = [[0.16, -0.08], [-0.08, 0.25]]
    density = multivariate_normal([0.3, 0.8], cov)
    mass, _ = dblquad(
        lambda u, x: density.pdf([u, x]),
        0.8 - 4.5,
        0.8 + 4.5,
        lambda x: float(np.clip(least_u(quantity, np.array(x), level), -3.3, 3.9)),
        3.9,
        epsabs=1e-9,
    )
    assert probability_above([quantity], m, np.array([level]))[0] == pytest.approx(mass, abs=1e-8)


@pytest.mark.parametrize("quantity", [LEVEL, RATE, *MIXED], ids=lambda q: q.name)
@given(mu=means, mx=means, su=spreads, sx=spreads, rho=correlations, p=st.floats(0.001, 0.999))
@settings(max_examples=40, deadline=None)
def test_quantiles_invert_probabilities(
    quantity: Quantity, mu: float, mx: float, su: float, sx: float, rho: float, p: float
) -> None:
    """The probability of exceeding the p-quantile is 1 - p."""
    m = moments(mu, mx, su, sx, rho)
    value = quantiles([quantity], m, np.array([p]))[0]
    above = probability_above([quantity], m, np.log(value / quantity.scale))[0]
    assert above == pytest.approx(1 - p, abs=1e-8)


@pytest.mark.parametrize("quantity", [LEVEL, RATE], ids=lambda q: q.name)
@given(mu=means, su=spreads, z=st.floats(-5, 5))
@settings(max_examples=40, deadline=None)
def test_log_linear_probabilities_are_normal(quantity: Quantity, mu: float, su: float, z: float) -> None:
    """P(value ≥ the value at U = μ + zσ) is Φ(-z)."""
    level = np.array([quantity.log_value(np.array(mu + z * su), np.array(0.0))])
    assert probability_above([quantity], moments(mu, 0, su, 0, 0), level)[0] == pytest.approx(
        ndtr(-z), abs=1e-9
    )


@pytest.mark.parametrize("quantity", [LEVEL, RATE, *MIXED], ids=lambda q: q.name)
def test_without_variance_everything_is_certain(quantity: Quantity) -> None:
    """With every standard deviation zero, quantiles are the value and probabilities 0 or 1."""
    m = moments(0.3, 0.8, 0, 0, 0)
    value = float(quantity.value(np.array(0.3), np.array(0.8)))
    np.testing.assert_allclose(quantiles([quantity], m, np.array([0.01, 0.5, 0.99])), value, rtol=1e-12)
    for factor, expected in ((0.999, 1.0), (1.0, 1.0), (1.001, 0.0)):
        level = np.array([np.log(factor * value / quantity.scale)])
        assert probability_above([quantity], m, level)[0] == pytest.approx(expected, abs=1e-12)


@given(u=st.floats(-5, 5), x=st.floats(-5, 5))
@settings(max_examples=60, deadline=None)
def test_slopes_are_derivatives(u: float, x: float) -> None:
    """The slopes of log value equal central differences, and log value is the log of value."""
    step = 1e-5
    for quantity in (LEVEL, RATE, *MIXED):
        by_u, by_x = quantity.slope(u, x)
        at = lambda a, b, q=quantity: float(q.log_value(np.array(a), np.array(b)))  # noqa: E731
        assert by_u == pytest.approx((at(u + step, x) - at(u - step, x)) / 2 / step, abs=1e-7)
        assert by_x == pytest.approx((at(u, x + step) - at(u, x - step)) / 2 / step, abs=1e-7)
        assert np.log(quantity.value(np.array(u), np.array(x)) / quantity.scale) == pytest.approx(at(u, x))


@given(u=st.floats(-30, 30), x=st.floats(-30, 30))
@settings(max_examples=100, deadline=None)
def test_a_part_is_below_its_whole(u: float, x: float) -> None:
    """Whatever the draw, a part lies between 0 and its whole, and a share below 100 %."""
    pair = np.array(u), np.array(x)
    assert 0 <= PART.value(*pair) <= LEVEL.value(*pair)
    assert 0 <= PART_OF_RATE.value(*pair) <= RATE.value(*pair) <= 100
    assert SUM.value(*pair) >= LEVEL.value(*pair)

"""What is read off the joint normal: probabilities by quadrature, quantiles, identities of parts and sums."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad
from scipy.special import expit, ndtr
from scipy.stats import multivariate_normal

from planmodel.law.quantity import (
    COARSER,
    Moments,
    Quantity,
    log_threshold,
    medians,
    probability_above,
    quantiles,
)

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
# Logs and logits five years out have an s.d. of 0.1 to 0.6.
spreads = st.floats(0.02, 0.6)
shares = st.floats(0.03, 1)
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


# The widest s.d. of each bound, as the comments on the nodes state them: by name, nodes, s.d., bound.
BOUNDS = [
    (quantity, every, widest, 1e-9) for quantity in MIXED for every, widest in ((1, 0.4), (COARSER, 0.2))
]
BOUNDS += [(PART, 1, 0.6, 1e-9), (PART_OF_RATE, 1, 0.6, 2e-7), (SUM, 1, 0.6, 2e-6)]
BOUNDS += [(PART, COARSER, 0.6, 1e-6), (PART_OF_RATE, COARSER, 0.6, 2e-4), (SUM, COARSER, 0.6, 5e-4)]


@pytest.mark.parametrize("quantity, every, widest, bound", BOUNDS)
@given(mu=means, mx=means, su=shares, sx=shares, rho=correlations, z=st.floats(-4, 4))
@example(mu=0.0, mx=0.0, su=0.9375, sx=0.9375, rho=-0.5, z=3.0)
@example(mu=-0.015, mx=-0.234, su=0.922, sx=0.927, rho=-0.949, z=2.77)
@example(mu=1.779, mx=1.824, su=0.947, sx=0.988, rho=-0.93, z=-3.058)
@settings(max_examples=60, deadline=None)
def test_quadrature_is_as_exact_as_it_says(  # noqa: PLR0913 - the moments of a part, one an argument
    quantity: Quantity,
    every: int,
    widest: float,
    bound: float,
    mu: float,
    mx: float,
    su: float,
    sx: float,
    rho: float,
    z: float,
) -> None:
    """The fixed quadrature agrees with a far finer integration within its bound, for s.d. up to the bound's widest."""
    m = moments(mu, mx, su * widest, sx * widest, rho)
    level = float(quantity.log_value(np.array(mu + z * su * widest), np.array(mx)))
    found = probability_above([quantity], m, np.array([level]), every)[0]
    assert found == pytest.approx(fine(quantity, m, level), abs=bound)


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


def some_moments() -> Moments:
    return Moments(*(np.arange(4) + 10.0 * n for n in range(5)))


def test_moments_are_built_from_means_and_covariances() -> None:
    """Standard deviations are the roots of the diagonals; rounding below nought is nought."""
    found = Moments.of(np.array([[1.0, 2.0]]), np.array([[[4.0, 1.5], [1.5, -1e-20]]]))
    assert [float(array[0]) for array in vars(found).values()] == [1.0, 2.0, 2.0, 0.0, 1.5]


def test_moments_seen_through_rows_are_those_of_the_rows() -> None:
    """(U, X) = rows·y has the mean rows·m and the covariance rows·C·rows'."""
    rng = np.random.default_rng(3)
    mean, root, rows = rng.normal(size=3), rng.normal(size=(3, 3)), rng.normal(size=(4, 2, 3))
    found = Moments.seen(rows, mean, root @ root.T)
    for k in range(4):
        cov = rows[k] @ root @ root.T @ rows[k].T
        np.testing.assert_allclose([found.mean_u[k], found.mean_x[k]], rows[k] @ mean, rtol=1e-12)
        np.testing.assert_allclose([found.sd_u[k], found.sd_x[k]], np.sqrt(np.diag(cov)), rtol=1e-12)
        assert found.covariance[k] == pytest.approx(cov[0, 1], rel=1e-12)


def test_moments_are_picked_repeated_and_joined() -> None:
    """A mask or places pick quantities; each is repeated in a row; sets stand one after the other."""
    m = some_moments()
    assert len(m) == 4
    for which in (np.array([False, True, False, True]), [1, 3]):
        np.testing.assert_array_equal(m.picked(which).covariance, [41, 43])
    np.testing.assert_array_equal(m.picked([2]).repeated(3).mean_x, [12, 12, 12])
    np.testing.assert_array_equal(m.picked([0, 1]).repeated(2).mean_u, [0, 0, 1, 1])


def test_the_rest_of_a_whole_mirrors_its_part() -> None:
    """A part and the rest add up to the whole: the 30 % quantile of one leaves the 70 % of the other, whole known."""
    part = moments(0.3, 0.8, 0.0, 0.5, 0.0)
    mirror = Moments(part.mean_u, -part.mean_x, part.sd_u, part.sd_x, -part.covariance)
    rest = quantiles([PART], mirror, np.array([0.7]))[0, 0]
    own = quantiles([PART], part, np.array([0.3]))[0, 0]
    assert own + rest == pytest.approx(np.exp(0.3), rel=1e-9)


def test_the_spread_along_a_direction() -> None:
    """sd(aU + bX) = √(a²σu² + b²σx² + 2abσux)."""
    m = moments(0.0, 0.0, 0.3, 0.4, -0.5)
    found = m.sd_along(np.array([2.0]), np.array([1.0]))[0]
    assert found == pytest.approx(np.sqrt(4 * 0.09 + 0.16 - 4 * 0.06), rel=1e-14)


def test_thresholds_are_logs_over_the_scale() -> None:
    """Everything exceeds a level of nought or less."""
    assert log_threshold(RATE, 50.0) == pytest.approx(np.log(0.5), rel=1e-15)
    assert log_threshold(LEVEL, 0.0) == log_threshold(LEVEL, -1.0) == -np.inf
    assert probability_above([SUM], moments(0.3, 0.8, 0.4, 0.5, 0.0), np.array([-np.inf]))[
        0
    ] == pytest.approx(1)


def test_the_median_of_a_level_is_its_value_at_the_mean() -> None:
    """Of a log-linear quantity; that of a sum of two like logs lies above the sum of the medians."""
    m = moments(0.3, 0.3, 0.4, 0.4, 0.0)
    assert medians([LEVEL], m)[0] == pytest.approx(np.exp(0.3), rel=1e-14)
    assert medians([SUM], m)[0] > 2 * np.exp(0.3)


def test_edges_and_curvature_of_a_quantity() -> None:
    """The edge of a share is its logit; the curvature is a symmetric matrix of second derivatives."""
    assert RATE.edge(np.log(0.2)) == pytest.approx(np.log(0.25), abs=1e-14)
    assert RATE.edge(0.1) == np.inf
    assert LEVEL.edge(0.7) == 0.7
    a, b = SUM.slope(0.4, 0.1)
    np.testing.assert_allclose(SUM.curvature(0.4, 0.1), a * b * np.array([[1, -1], [-1, 1]]), atol=1e-15)
    a, b = PART_OF_RATE.slope(0.4, 0.1)
    expected = np.diag([-a * (1 - a), -b * (1 - b)])
    np.testing.assert_allclose(PART_OF_RATE.curvature(0.4, 0.1), expected, atol=1e-15)
    assert (LEVEL.log_normal, RATE.log_normal, PART.log_normal, SUM.log_normal) == (True, False, False, False)
    assert (LEVEL.log_linear, RATE.log_linear, PART.log_linear, SUM.log_linear) == (True, True, False, False)

"""Growth equations compiled into a joint normal: against their recursion, the AR(1)'s covariance, the layout."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from frozen import thawed

import planmodel.law
from planmodel.law.gaussian import Array
from planmodel.law.law import PERCENT, Coefficients, Law, compile_law
from planmodel.law.quantity import Quantity

YEARS = 5


def coefficients(n: int = 1, **given: Any) -> Coefficients:
    """Return the coefficients of n variables: nought but for what is given."""
    arrays: dict[str, Any] = dict.fromkeys(("base", "drift", "persistence"), np.zeros(n))
    arrays |= dict.fromkeys(("base_cov", "drift_cov", "weights", "innovation_cov"), np.zeros((n, n)))
    return Coefficients(tuple(f"v{k}" for k in range(n)), **(arrays | given))


def some() -> Coefficients:
    """Return three variables, each moving with those before it, with every kind of uncertainty."""
    rng = np.random.default_rng(5)
    roots = rng.normal(size=(3, 3, 3)) / 10
    return coefficients(
        3,
        base=np.array([1.0, 2.0, -0.5]),
        drift=np.array([0.05, 0.02, -0.01]),
        persistence=np.array([0.5, -0.2, 0.8]),
        weights=np.array([[0.0, 0.0, 0.0], [0.7, 0.0, 0.0], [-0.3, 1.2, 0.0]]),
        base_cov=roots[0] @ roots[0].T,
        drift_cov=roots[1] @ roots[1].T,
        innovation_cov=roots[2] @ roots[2].T,
    )


def path(c: Coefficients, base: Array, drift: Array, residuals: Array) -> Array:
    """Follow the equations year by year, variable by variable: levels (years, n), each variable after its weights."""
    levels, growth = [base], np.zeros(len(base))
    for residual in residuals:
        for i in range(len(base)):
            growth[i] = drift[i] + c.weights[i] @ growth + residual[i]
        levels.append(levels[-1] + growth)
        growth = np.zeros(len(base))
    return np.array(levels[1:])


def test_without_variance_the_law_is_the_path() -> None:
    """With every spread zero the mean is the recursion, and nothing is uncertain."""
    c = coefficients(
        3,
        base=np.array([1.0, 2.0, 3.0]),
        drift=np.array([0.05, 0.02, -0.01]),
        weights=np.array([[0.0, 0, 0], [0.5, 0, 0], [0.2, -0.4, 0]]),
    )
    law = compile_law(c, YEARS)
    np.testing.assert_allclose(law.mean, path(c, c.base, c.drift, np.zeros((YEARS, 3))).ravel(), rtol=1e-14)
    np.testing.assert_array_equal(law.cov, 0.0)


def test_growth_of_what_moves_with_another_is_its_weight_times_that() -> None:
    """Δy1 = b Δy0 + a1, and through two equations b1·b2: by hand."""
    c = coefficients(
        3, drift=np.array([0.1, 0.01, 0.0]), weights=np.array([[0.0, 0, 0], [0.5, 0, 0], [0, 2.0, 0]])
    )
    np.testing.assert_allclose(compile_law(c, 2).mean, [0.1, 0.06, 0.12, 0.2, 0.12, 0.24], atol=1e-15)


@pytest.mark.parametrize("phi", [0.0, 0.6, -0.4])
def test_growth_is_a_stationary_autoregression(phi: float) -> None:
    """Cov(Δy[s], Δy[t]) = σ² φ^|t-s| / (1 - φ²); without persistence a level's variance is σ² h."""
    law = compile_law(coefficients(persistence=np.array([phi]), innovation_cov=np.array([[0.04]])), YEARS)
    rows, _ = law.growth_rows(["v0"], law.years)
    years = np.arange(YEARS)
    expected = 0.04 * phi ** np.abs(years[:, None] - years) / (1 - phi**2)
    np.testing.assert_allclose(rows @ law.cov @ rows.T, expected, atol=1e-15)
    if phi == 0:
        np.testing.assert_allclose(np.diag(law.cov), 0.04 * (years + 1), rtol=1e-14)


def test_residuals_of_two_variables_are_the_sums_of_their_innovations() -> None:
    """Cov(u[i,s], u[j,t]) = Σk φi^k φj^(k+t-s) Σij, the later one's persistence carrying the gap."""
    phi, sigma = np.array([0.7, -0.3]), np.array([[0.04, 0.01], [0.01, 0.09]])
    law = compile_law(coefficients(2, persistence=phi, innovation_cov=sigma), 3)
    rows, _ = law.growth_rows(law.names, law.years)
    found = (rows @ law.cov @ rows.T).reshape(3, 2, 3, 2)
    k = np.arange(400)
    for s in range(3):
        for t in range(s, 3):
            for i in range(2):
                for j in range(2):
                    expected = np.sum(phi[i] ** k * phi[j] ** (k + t - s)) * sigma[i, j]
                    assert found[s, i, t, j] == pytest.approx(expected, abs=1e-15)
                    assert found[t, j, s, i] == pytest.approx(expected, abs=1e-15)


def test_a_drift_adds_up_and_a_base_stays() -> None:
    """The s.d. of an uncertain drift grows with the years, that of an uncertain base does not."""
    h = np.arange(1, YEARS + 1)
    drift = compile_law(coefficients(drift_cov=np.array([[0.01]])), YEARS)
    np.testing.assert_allclose(drift.cov, 0.01 * np.outer(h, h), rtol=1e-14)
    base = compile_law(coefficients(base_cov=np.array([[0.01]])), YEARS)
    np.testing.assert_allclose(base.cov, 0.01, rtol=1e-14)


def test_the_law_is_the_recursion_of_every_uncertainty() -> None:
    """Mean and covariance are those of the recursion, which is linear in bases, drifts and residuals."""
    c, n = some(), 3
    law = compile_law(c, YEARS)
    nought, still = np.zeros(n), np.zeros((YEARS, n))
    of_base = np.array([path(c, unit, nought, still).ravel() for unit in np.eye(n)]).T
    of_drift = np.array([path(c, nought, unit, still).ravel() for unit in np.eye(n)]).T
    of_residual = np.array(
        [path(c, nought, nought, unit.reshape(YEARS, n)).ravel() for unit in np.eye(YEARS * n)]
    ).T
    stationary = c.innovation_cov / (1 - np.outer(c.persistence, c.persistence))
    residual = np.empty((YEARS, n, YEARS, n))
    for s in range(YEARS):
        for t in range(YEARS):
            gap = np.abs(t - s)
            later = c.persistence**gap
            residual[s, :, t, :] = stationary * (later[None, :] if t >= s else later[:, None])
    residual_cov = residual.reshape(YEARS * n, YEARS * n)
    expected = (
        of_base @ c.base_cov @ of_base.T
        + of_drift @ c.drift_cov @ of_drift.T
        + of_residual @ residual_cov @ of_residual.T
    )
    np.testing.assert_allclose(law.mean, path(c, c.base, c.drift, still).ravel(), rtol=1e-13)
    np.testing.assert_allclose(law.cov, expected, atol=1e-14)
    np.testing.assert_array_equal(law.cov, law.cov.T)
    np.testing.assert_allclose(law.levels_per_growth, of_residual, atol=1e-14)
    np.testing.assert_allclose(law.levels_per_own_growth, of_residual[-n:, -n:], atol=1e-14)


@pytest.fixture
def law() -> Law:
    return compile_law(some(), YEARS, base_year=2020)


def test_rows_pick_a_variable_of_a_year(law: Law) -> None:
    """The vector is year-major, the first year after the base first."""
    vector = np.arange(law.size, dtype=float)
    assert law.size == 15
    assert list(law.years) == [2021, 2022, 2023, 2024, 2025]
    assert law.row("v1", 2022) @ vector == law.position("v1", 2022) == 4
    np.testing.assert_array_equal(vector[law.block(2021)], [0, 1, 2])
    np.testing.assert_array_equal(vector[law.last], [12, 13, 14])
    np.testing.assert_array_equal(law.levels(vector)[0], law.base)
    np.testing.assert_array_equal(law.levels(vector)[2], [3, 4, 5])


def test_growth_counts_from_the_year_before_or_any_other(law: Law) -> None:
    """From the base year on, the base level is no part of the vector and comes second."""
    vector = np.arange(law.size, dtype=float) ** 2
    row, start = law.growth_row("v1", 2023)
    assert (row @ vector, start) == (7**2 - 4**2, 0.0)
    row, start = law.growth_row("v1", 2024, since=2021)
    assert (row @ vector, start) == (10**2 - 1, 0.0)
    row, start = law.growth_row("v1", 2021)
    assert (row @ vector, start) == (1.0, 2.0)
    row, start = law.growth_row("v2", 2023, since=2020)
    assert (row @ vector, start) == (8**2, -0.5)
    rows, starts = law.growth_rows(["v0", "v2"], [2021, 2022])
    np.testing.assert_array_equal(rows @ vector, [0, 2**2, 3**2, 5**2 - 2**2])
    np.testing.assert_array_equal(starts, [1.0, -0.5, 0.0, 0.0])
    assert law.growth_rows([], [2021])[0].shape == (0, law.size)


def test_pairs_lead_to_the_variables_of_a_quantity(law: Law) -> None:
    """U is the weighted sum of a quantity's variables, X its second one, in its own year."""
    vector = np.arange(law.size, dtype=float) / 10
    ratio = Quantity("r.a", "r", "a", "%", "logit", {"v0": 1.0, "v2": -1.0}, "v1", 100.0)
    level = Quantity("v.a", "v", "a", "", "log", {"v2": 1.0})
    rows = law.pairs([ratio, level], [2022, 2025])
    np.testing.assert_allclose(rows @ vector, [[0.3 - 0.5, 0.4], [1.4, 0.0]], atol=1e-15)
    assert law.pairs([], []).shape == (0, 2, law.size)
    values = law.values(level, vector)
    np.testing.assert_allclose(values, np.exp([-0.5, 0.2, 0.5, 0.8, 1.1, 1.4]), rtol=1e-14)


def test_laws_and_quantities_are_frozen() -> None:
    assert thawed(planmodel.law) == []


def test_a_point_is_a_hundredth() -> None:
    """Tables state growth in log points times 100."""
    assert PERCENT == 100

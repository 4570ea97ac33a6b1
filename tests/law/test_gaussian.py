"""Conditioning a joint normal: against a Kalman smoother, in steps, with redundant conditions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from planmodel.law.gaussian import condition, condition_curved, solve_semidefinite, square_root

TRANSITION = np.array([[0.5, 0.2], [-0.1, 0.7]])
INNOVATION = np.array([[1.0, 0.3], [0.3, 0.5]])
PERIODS = 6


def var1_moments(level: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the joint normal of a stationary VAR(1) over PERIODS, time-major."""
    n = len(TRANSITION)
    stationary = np.linalg.solve(np.eye(n * n) - np.kron(TRANSITION, TRANSITION), INNOVATION.ravel()).reshape(
        n, n
    )
    cov = np.empty((PERIODS, n, PERIODS, n))
    for s in range(PERIODS):
        for t in range(s, PERIODS):
            cov[t, :, s, :] = np.linalg.matrix_power(TRANSITION, t - s) @ stationary
            cov[s, :, t, :] = cov[t, :, s, :].T
    mean = np.linalg.solve(np.eye(n) - TRANSITION, level)
    return np.tile(mean, PERIODS), cov.reshape(PERIODS * n, PERIODS * n)


def smoothed(values: np.ndarray, level: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return statsmodels' smoothed mean and covariance by period; NaN where nothing is known."""
    from statsmodels.tsa.statespace.mlemodel import MLEModel

    n = len(TRANSITION)
    model = MLEModel(values, k_states=n, k_posdef=n)
    model["design"] = np.eye(n)
    model["transition"] = TRANSITION
    model["selection"] = np.eye(n)
    model["state_cov"] = INNOVATION
    model["state_intercept"] = level[:, None]
    model.initialize_stationary()
    result = model.ssm.smooth()
    return result.smoothed_state.T, np.moveaxis(result.smoothed_state_cov, 2, 0)


def some_normal(seed: int, size: int = 6) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(size, size))
    return rng.normal(size=size), root @ root.T


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_conditional_moments_equal_the_kalman_smoother() -> None:
    """A VAR(1) with a known past, a partly known future and NaN elsewhere has the smoother's moments."""
    level = np.array([1.0, -0.5])
    values = np.full((PERIODS, 2), np.nan)
    values[:2] = [[1.2, 0.1], [2.0, -0.4]]
    values[3, 0], values[5, 1] = 3.0, 0.8
    known = ~np.isnan(values.ravel())
    rows = np.eye(values.size)[known]
    mean, cov = condition(*var1_moments(level), rows, values.ravel()[known], np.zeros(known.sum()))
    means, covs = smoothed(values, level)
    np.testing.assert_allclose(mean.reshape(PERIODS, 2), means, atol=1e-9)
    for t in range(PERIODS):
        np.testing.assert_allclose(cov[2 * t : 2 * t + 2, 2 * t : 2 * t + 2], covs[t], atol=1e-9)


def test_bivariate_normal_follows_the_textbook() -> None:
    """E(x | y) = ρ σx/σy y and Var(x | y) = σx² (1 - ρ²)."""
    cov = np.array([[4.0, 1.8], [1.8, 9.0]])
    mean, spread = condition(np.zeros(2), cov, np.array([[0.0, 1.0]]), np.array([3.0]), np.zeros(1))
    rho = 1.8 / 6
    np.testing.assert_allclose(mean, [rho * 2 / 3 * 3, 3.0], atol=1e-14)
    np.testing.assert_allclose(spread, [[4 * (1 - rho**2), 0], [0, 0]], atol=1e-14)


@given(seed=st.integers(0, 10_000), noise=arrays(float, 3, elements=st.floats(0, 2)))
@settings(max_examples=60, deadline=None)
def test_two_steps_equal_one(seed: int, noise: np.ndarray) -> None:
    """Conditioning on two sets of figures one after the other equals conditioning on both at once."""
    mean, cov = some_normal(seed)
    rows = np.random.default_rng(seed + 1).normal(size=(3, 6))
    values = np.array([1.0, -2.0, 0.5])
    once = condition(mean, cov, rows, values, noise)
    first = condition(mean, cov, rows[:1], values[:1], noise[:1])
    twice = condition(*first, rows[1:], values[1:], noise[1:])
    for one, two in zip(once, twice, strict=True):
        np.testing.assert_allclose(two, one, atol=1e-7 * np.max(np.abs(cov)))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_redundant_conditions_change_nothing(seed: int) -> None:
    """A condition stated twice, or one that follows from the others, is harmless."""
    mean, cov = some_normal(seed)
    rows = np.random.default_rng(seed + 1).normal(size=(2, 6))
    values = np.array([1.0, -2.0])
    plain = condition(mean, cov, rows, values, np.zeros(2))
    more = np.vstack([rows, rows[0], rows[0] + rows[1]])
    redundant = condition(mean, cov, more, np.array([*values, 1.0, -1.0]), np.zeros(4))
    for one, other in zip(plain, redundant, strict=True):
        np.testing.assert_allclose(other, one, atol=1e-6 * np.max(np.abs(cov)))


def test_condition_on_what_is_certain_changes_nothing() -> None:
    """A variable without variance carries no information."""
    cov = np.diag([0.0, 1.0])
    mean, spread = condition(np.array([2.0, 3.0]), cov, np.array([[1.0, 0.0]]), np.array([2.0]), np.zeros(1))
    np.testing.assert_array_equal(mean, [2.0, 3.0])
    np.testing.assert_array_equal(spread, cov)


def test_linear_surface_equals_plain_conditioning() -> None:
    """Iterated linearisation of a linear surface is ordinary conditioning."""
    mean, cov = some_normal(3)
    rows, values, noise = np.eye(6)[:2], np.array([0.5, 0.1]), np.array([0.0, 0.2])
    curved = condition_curved(mean, cov, rows, lambda point: (point, np.eye(2)), values, noise)
    for one, other in zip(condition(mean, cov, rows, values, noise), curved, strict=True):
        np.testing.assert_allclose(other, one, atol=1e-10)


def test_curved_surface_is_met_exactly() -> None:
    """After conditioning on an exact sum, the mean lies on it and has no variance along it."""
    mean, cov = np.array([0.0, 0.5]), np.array([[0.04, 0.01], [0.01, 0.09]])

    def surface(point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        total = np.exp(point).sum()
        return np.array([np.log(total)]), (np.exp(point) / total)[None]

    after, spread = condition_curved(mean, cov, np.eye(2), surface, np.array([np.log(3.0)]), np.zeros(1))
    assert np.exp(after).sum() == pytest.approx(3.0, abs=1e-10)
    slope = surface(after)[1][0]
    assert slope @ spread @ slope == pytest.approx(0.0, abs=1e-14)


@given(seed=st.integers(0, 10_000), rank=st.integers(0, 6))
@settings(max_examples=60, deadline=None)
def test_square_root_of_a_singular_covariance(seed: int, rank: int) -> None:
    """L L' = cov, with a column a risk."""
    factor = np.random.default_rng(seed).normal(size=(6, rank))
    cov = factor @ factor.T
    root = square_root(cov)
    np.testing.assert_allclose(root @ root.T, cov, atol=1e-10 * max(1.0, np.max(np.abs(cov))))
    assert root.shape[1] <= rank or rank == 0


def test_solve_scales_before_it_judges_rank() -> None:
    """A condition with a tiny variance is not mistaken for a redundant one."""
    matrix = np.diag([1e-12, 1e4])
    np.testing.assert_allclose(solve_semidefinite(matrix, np.array([1e-12, 1e4])), [1.0, 1.0])


def test_linearisation_stops_when_nothing_moves() -> None:
    """A linear surface is asked where one starts, where one arrives, and once more for the answer."""
    mean, cov = some_normal(3)
    asked: list[int] = []

    def surface(point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        asked.append(1)
        return point, np.eye(2)

    condition_curved(mean, cov, np.eye(6)[:2], surface, np.array([0.5, 0.1]), np.array([0.0, 0.2]))
    assert len(asked) == 3

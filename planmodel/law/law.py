"""Growth equations compiled into one joint normal over variables and years.

    Δy[i,t] = a[i] + Σk b[i,k] Δy[k,t] + u[i,t] + shock[i,t],    u[i,t] = φ[i] u[i,t-1] + σ[i] e[i,t]

a and the base levels are normal, u starts from its stationary distribution. Positions are year-major:
variable i in year t (1 … h) stands at (t-1)·n + i.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planmodel.law.gaussian import Array, FrozenArrays

# Coefficient tables state growth in log points times 100.
PERCENT = 100.0


@dataclass(frozen=True)
class Coefficients(FrozenArrays):
    """The coefficients of all variables as arrays: n variables, in the law's order."""

    names: tuple[str, ...]
    base: Array  # (n,) mean of the base, in logs or logits
    base_cov: Array  # (n, n)
    drift: Array  # (n,) a
    drift_cov: Array  # (n, n)
    weights: Array  # (n, n) b
    persistence: Array  # (n,) φ
    innovation_cov: Array  # (n, n) of σ e


@dataclass(frozen=True)
class Law(FrozenArrays):
    """The joint normal before scenario and observations, with the map from growth shocks to levels."""

    names: tuple[str, ...]
    horizon: int
    base: Array  # (n,)
    mean: Array  # (n·h,)
    cov: Array  # (n·h, n·h)
    reach_of_growth: Array  # (n·h, n·h): levels per unit of additional growth in each variable and year


def compile_law(coefficients: Coefficients, horizon: int) -> Law:
    """Return the joint normal of all levels in the years after the base year."""
    n = len(coefficients.names)
    solve = np.linalg.inv(np.eye(n) - coefficients.weights)
    cumulate = np.tril(np.ones((horizon, horizon)))
    growth = np.kron(cumulate, solve)
    drift = np.tile(coefficients.drift, horizon)
    ones = np.ones((horizon, horizon))
    cov = (
        np.kron(ones, coefficients.base_cov)
        + growth @ (np.kron(ones, coefficients.drift_cov) + _residual_cov(coefficients, horizon)) @ growth.T
    )
    mean = np.tile(coefficients.base, horizon) + growth @ drift
    return Law(coefficients.names, horizon, coefficients.base, mean, (cov + cov.T) / 2, growth)


def _residual_cov(coefficients: Coefficients, horizon: int) -> Array:
    """Return Cov(u[i,s], u[j,t]) of the stationary autoregressions: γ[i,j] φ[j]^(t-s) for s ≤ t."""
    n, phi = len(coefficients.names), coefficients.persistence
    stationary = coefficients.innovation_cov / (1 - np.outer(phi, phi))
    result = np.empty((horizon, n, horizon, n))
    for s in range(horizon):
        for t in range(s, horizon):
            later = stationary * phi ** (t - s)
            result[s, :, t, :] = later
            result[t, :, s, :] = later.T
    return result.reshape(horizon * n, horizon * n)

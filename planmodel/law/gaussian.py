"""Linear algebra of the joint normal: conditioning, and square roots that survive zero variances."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Eigenvalues below this fraction of the largest are rounding noise, not variance.
_RANK_TOLERANCE = 1e-13
_SMALLEST_PIVOT = 1e-5

# Linearisation stops when no log or logit moves by more than this.
_SETTLED = 1e-12
_MOST_ROUNDS = 100


class FrozenArrays:
    """A dataclass whose arrays cannot be written to."""

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False


def solve_semidefinite(matrix: Array, right: Array) -> Array:
    """Return V⁺ b for a positive semidefinite V: redundant or impossible conditions carry no weight.

    Rows are scaled to unit variance first, so that a condition with a small variance next to one with a
    large one is not mistaken for a redundant condition.
    """
    variance = np.diag(matrix)
    # Rounding may leave a variance of zero just below it.
    scale = np.sqrt(np.where(variance > 0, variance, 1.0))
    scaled = matrix / np.outer(scale, scale)
    column = scale if right.ndim == 1 else scale[:, None]
    try:
        # The usual case. A tiny pivot means that a condition follows from the others.
        if np.min(np.diag(np.linalg.cholesky(scaled)), initial=1.0) > _SMALLEST_PIVOT:
            return np.asarray(np.linalg.solve(scaled, right / column) / column)
    except np.linalg.LinAlgError:
        pass
    values, vectors = np.linalg.eigh(scaled)
    kept = values > _RANK_TOLERANCE * values.max(initial=0.0)
    inverse = np.where(kept, 1.0 / np.where(kept, values, 1.0), 0.0)
    return np.asarray((vectors * inverse) @ (vectors.T @ (right / column)) / column)


def condition(mean: Array, cov: Array, rows: Array, values: Array, noise: Array) -> tuple[Array, Array]:
    """Return mean and covariance of y ~ N(mean, cov) given rows·y + N(0, diag(noise)) = values.

    K = S C' (C S C' + Ω)⁺,  μ = b + K (f - C b),  Σ = S - K C S   (Waggoner and Zha 1999).
    """
    spread = cov @ rows.T
    both = np.column_stack([values - rows @ mean, spread.T])
    solved = solve_semidefinite(rows @ spread + np.diag(noise), both)
    posterior = cov - spread @ solved[:, 1:]
    return mean + spread @ solved[:, 0], (posterior + posterior.T) / 2


def condition_curved(
    mean: Array,
    cov: Array,
    basis: Array,
    surface: Callable[[Array], tuple[Array, Array]],
    values: Array,
    noise: Array,
) -> tuple[Array, Array]:
    """Condition y ~ N(mean, cov) on h(B y) + N(0, diag(noise)) = values by iterated linearisation.

    Each round replaces h by its tangent at the current mean of y, until the mean no longer moves; a linear h
    needs one round. Only B y has to be followed. `surface` returns h and its gradient, one row a condition.
    """
    start, spread = basis @ mean, basis @ cov @ basis.T
    point = start
    for _ in range(_MOST_ROUNDS):
        height, slope = surface(point)
        surprise = values - height + slope @ (point - start)
        reply = spread @ slope.T
        new = start + reply @ solve_semidefinite(slope @ reply + np.diag(noise), surprise)
        moved = float(np.max(np.abs(new - point), initial=0.0))
        point = new
        if moved < _SETTLED:
            break
    height, slope = surface(point)
    return condition(mean, cov, slope @ basis, values - height + slope @ point, noise)


def square_root(cov: Array) -> Array:
    """Return L with L L' = cov, for covariances that may be singular.

    Columns that carry no variance are dropped, so a draw needs no more random numbers than there are risks.
    """
    values, vectors = np.linalg.eigh(cov)
    kept = values > _RANK_TOLERANCE * values.max(initial=0.0)
    root: Array = vectors[:, kept] * np.sqrt(values[kept])
    return root

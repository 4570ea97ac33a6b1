"""Cheapest point under chance constraints on normal limit states: a second-order cone program.

A limit state that is normal with mean m + a'x and variance s² + Σ v x² is at least 0 with probability Φ(β) where

    m + a'x ≥ β √(s² + Σ v x²),

a second-order cone for β ≥ 0. The program is solved by Clarabel (Goulart and Chen 2024), an interior-point solver.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from planmodel.law.gaussian import Array, FrozenArrays

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix

# Weight of the squares of x beside the largest cost: of equally cheap points the most even one is taken.
EVENNESS = 1e-6
# Of the solver: duality gap and feasibility; intensities are rounded to six digits.
TOLERANCE = 1e-10


@dataclass(frozen=True)
class Cones(FrozenArrays):
    """Chance constraints, a row each: constant + linear·x - score·√(variance + variances·x²) ≥ 0."""

    constant: Array  # (k,)
    linear: Array  # (k, n)
    variance: Array  # (k,)
    variances: Array  # (k, n)
    score: float

    def heights(self, x: Array) -> Array:
        """Return how far each constraint is from binding."""
        return np.asarray(self.constant + self.linear @ x - self.score * self.spread(x))

    def spread(self, x: Array) -> Array:
        """Return the standard deviation of each limit state."""
        return np.sqrt(np.maximum(self.variance + self.variances @ x**2, 0.0))

    def loosened(self, with_each: bool = False) -> Cones:
        """Return the constraints with one more variable added to every height, or with one for each of them."""
        k = len(self.constant)
        more = np.eye(k) if with_each else np.ones((k, 1))
        linear, variances = np.hstack([self.linear, more]), np.hstack([self.variances, np.zeros_like(more)])
        return Cones(self.constant, linear, self.variance, variances, self.score)

    def rows(self, chosen: list[int]) -> Cones:
        """Return some of the constraints."""
        return Cones(
            self.constant[chosen],
            self.linear[chosen],
            self.variance[chosen],
            self.variances[chosen],
            self.score,
        )

    def fixed(self, known: NDArray[np.bool_], x: Array) -> Cones:
        """Return the constraints in the other variables, those that are known being held at x."""
        held = np.where(known, x, 0.0)
        return Cones(
            self.constant + self.linear @ held,
            self.linear[:, ~known],
            self.variance + self.variances @ held**2,
            self.variances[:, ~known],
            self.score,
        )


def cheapest(cost: Array, cones: Cones, lower: Array, upper: Array) -> Array:
    """Return the x that minimises cost·x within bounds and cones; of equally cheap ones the most even.

    A bound may be infinite.

    Raises
    ------
    ArithmeticError
        If no x satisfies the constraints.
    """
    import clarabel
    from scipy.sparse import csc_matrix

    scale = max(float(np.abs(cost).max()), 1e-300)
    squares = csc_matrix(np.diag(np.full(len(cost), EVENNESS)))
    matrix, constant, shapes = _conic_form(cones, lower, upper)
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = TOLERANCE
    solution = clarabel.DefaultSolver(squares, cost / scale, matrix, constant, shapes, settings).solve()
    if str(solution.status) not in ("Solved", "AlmostSolved"):
        raise ArithmeticError(f"cones: {solution.status}")
    return np.asarray(np.clip(np.array(solution.x), lower, upper))


def _conic_form(cones: Cones, lower: Array, upper: Array) -> tuple[csc_matrix, Array, list[Any]]:
    """Return A, b and the cones K of A x + s = b, s in K: bounds first, then one second-order cone a constraint."""
    import clarabel
    from scipy.sparse import csc_matrix

    n, low, high = len(lower), np.isfinite(lower), np.isfinite(upper)
    rows, constant = [-np.eye(n)[low], np.eye(n)[high]], [-lower[low], upper[high]]
    shapes: list[Any] = [clarabel.NonnegativeConeT(int(low.sum() + high.sum()))]
    for k in range(len(cones.constant)):
        moved = np.flatnonzero(cones.variances[k])
        root = cones.score * np.sqrt(cones.variances[k, moved])
        rows += [-cones.linear[[k]], np.zeros((1, n)), -root[:, None] * np.eye(n)[moved]]
        fixed = np.array([cones.constant[k], cones.score * np.sqrt(cones.variance[k])])
        constant += [fixed, np.zeros(len(moved))]
        shapes.append(clarabel.SecondOrderConeT(2 + len(moved)))
    return csc_matrix(np.vstack(rows)), np.concatenate(constant), shapes


def most_slack(cones: Cones, lower: Array, upper: Array) -> tuple[Array, float]:
    """Return the x whose worst constraint is best, and by how much that one falls short (negative: holds)."""
    cost = np.append(np.zeros(len(lower)), 1.0)
    found = cheapest(cost, cones.loosened(), np.append(lower, -np.inf), np.append(upper, np.inf))
    return found[:-1], float(found[-1])

"""Making figures add up: least squares with prescribed variances, and proportional fitting of a table."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from planmodel.base.problems import InputError, Problem, phrase
from planmodel.law.gaussian import Array, solve_semidefinite

# A constraint is met when it misses by no more than this share of the figures in it.
_TOLERANCE = 1e-9
_MOST_ROUNDS = 10_000


def balance(
    prior: ArrayLike, covariance: ArrayLike, constraints: ArrayLike, totals: ArrayLike
) -> tuple[Array, Array]:
    """Return the figures nearest to the prior ones that meet linear constraints, and their covariance.

    x = x0 - V A' (A V A')⁻¹ (A x0 - h),  V_x = V - V A' (A V A')⁻¹ A V
    (Stone, Champernowne and Meade 1942). A figure with variance 0 is hard and does not move. Results may be
    negative: nothing here forbids it.

    Parameters
    ----------
    prior : (n,) array
    covariance : (n, n) array, or (n,) variances
    constraints : (k, n) array
        A of A x = h.
    totals : (k,) array
        h.

    Raises
    ------
    InputError
        If the hard figures contradict the constraints, or shapes do not fit.
    """
    x, rows, right = (np.asarray(a, dtype=float) for a in (prior, constraints, totals))
    V = np.asarray(covariance, dtype=float)
    V = np.diag(V) if V.ndim == 1 else V
    if V.shape != (len(x), len(x)) or rows.shape != (len(right), len(x)):
        sizes = {"n": len(x), "covariance": V.shape, "constraints": rows.shape, "totals": len(right)}
        found = phrase("found.shapes", **sizes)
        raise InputError([Problem("balance", "", found, phrase("expected.shapes"))])
    spread = V @ rows.T
    solved = solve_semidefinite(rows @ spread, np.column_stack([rows @ x - right, spread.T]))
    balanced = x - spread @ solved[:, 0]
    missed = np.abs(rows @ balanced - right)
    # Of the figures before and after: where all start at nothing, rounding is measured by what they become.
    size = np.abs(rows) @ np.maximum(np.abs(x), np.abs(balanced)) + np.abs(right)
    worst = int(np.argmax(missed - _TOLERANCE * size)) if len(right) else 0
    if len(right) and missed[worst] > _TOLERANCE * size[worst]:
        found = phrase("found.missed_constraint", n=worst + 1, gap=f"{missed[worst]:.6g}")
        raise InputError([Problem("balance", "", found, phrase("expected.balanced_figures"))])
    posterior = V - spread @ solved[:, 1:]
    return balanced, (posterior + posterior.T) / 2


def fit_proportionally(table: ArrayLike, row_totals: ArrayLike, column_totals: ArrayLike) -> Array:
    """Return r̂ X ŝ with the given row and column totals: RAS, iterative proportional fitting.

    Zeros stay zero and signs are kept. Miller and Blair (2009), section 7.4.

    Raises
    ------
    InputError
        If a cell is negative, the totals disagree, or no scaling reaches them.
    """
    X, rows, columns = (_without_rounding(a) for a in (table, row_totals, column_totals))
    place = phrase("place.proportional_fitting")
    if (X < 0).any() or (rows < 0).any() or (columns < 0).any():
        raise InputError(
            [Problem(place, "", phrase("found.negative_figure"), phrase("expected.figures_not_negative"))]
        )
    if abs(rows.sum() - columns.sum()) > _TOLERANCE * rows.sum():
        found = phrase("found.totals", rows=f"{rows.sum():.8g}", columns=f"{columns.sum():.8g}")
        raise InputError([Problem(place, "", found, phrase("expected.equal_sums"))])
    for _ in range(_MOST_ROUNDS):
        X = X * _ratio(rows, X.sum(axis=1))[:, None]
        X = X * _ratio(columns, X.sum(axis=0))
        if np.all(np.abs(X.sum(axis=1) - rows) <= _TOLERANCE * rows.sum()) and np.all(
            np.abs(X.sum(axis=0) - columns) <= _TOLERANCE * rows.sum()
        ):
            return X
    found, expected = phrase("found.zeros_unfilled"), phrase("expected.table_that_fits")
    raise InputError([Problem(place, "", found, expected)])


def _without_rounding(figures: ArrayLike) -> Array:
    """Return figures with those that are only rounding next to the others as 0."""
    array = np.asarray(figures, dtype=float)
    return np.where(np.abs(array) > _TOLERANCE * np.abs(array).max(initial=0.0), array, 0.0)


def _ratio(wanted: Array, found: Array) -> Array:
    return np.asarray(np.where(found > 0, wanted / np.where(found > 0, found, 1.0), 1.0))

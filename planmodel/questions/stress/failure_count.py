"""The nearest point at which fewer than k targets hold together, over all sets of targets that could fail."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np

from planmodel.law.gaussian import Array
from planmodel.questions.stress.failure import KNOWN, LimitState, Standard

_MOST_ROUNDS = 30
_SETTLED = 1e-10
# Of a distance: what may be left of the direction to the nearest point when the gradients are taken out of it.
_STATIONARY = 1e-4
# A target counts as tipped within this much of its threshold, in logs.
TOUCHING = 1e-8


@dataclass(frozen=True)
class Together:
    """Several targets as functions of one normal vector in standard units; (U, X) of target j at 2j, 2j + 1."""

    limits: tuple[LimitState, ...]
    law: Standard

    def heights(self, w: Array) -> Array:
        """Return the limit state of every target at w."""
        z = self.law.point(w).reshape(-1, 2)
        return np.array([float(limit.height(u, x)) for limit, (u, x) in zip(self.limits, z, strict=True)])

    def slopes(self, w: Array, chosen: Sequence[int]) -> Array:
        """Return the gradients of some targets' limit states by w, one a row."""
        z = self.law.point(w).reshape(-1, 2)
        rows = [self.limits[j].slope(*z[j]) @ self.law.root[2 * j : 2 * j + 2] for j in chosen]
        return np.array(rows).reshape(len(rows), self.law.root.shape[1])


def nearest_count(together: Together, at_least: int) -> tuple[float, Array | None]:
    """Return the signed distance to where exactly as few targets hold as break (or make) "at least k", and w.

    Where k targets hold at the centre, n - k + 1 have to fail; where fewer hold, k have to hold. The point
    sought is the nearest of all points that tip so many. The search is exact for log-linear targets: it
    branches over which targets must be tipped, takes the node of least distance first, and a node's distance
    (of the targets that it must tip) bounds that of every completion from below. For parts each node is
    solved by repeated linearisation, so that the point is the nearest in its surroundings. Infinite, without a point, where no point does it.
    """
    centre = together.heights(np.zeros(together.law.root.shape[1]))
    holding = int(np.sum(centre >= 0))
    breaking = holding >= at_least
    sign, needed = (-1.0, len(centre) - at_least + 1) if breaking else (1.0, at_least)
    w = _least_tipping(together, sign, needed)
    length = math.inf if w is None else float(np.linalg.norm(w))
    return (length if breaking else -length), w


def _least_tipping(together: Together, sign: float, needed: int) -> Array | None:
    """Best first over nodes (targets that must be tipped, targets left alone)."""
    total, order = len(together.limits), count()
    start = np.zeros(together.law.root.shape[1])
    heap: list[tuple[float, int, frozenset[int], frozenset[int], Array]] = [
        (0.0, next(order), frozenset(), frozenset(), start)
    ]
    while heap:
        bound, _, tipped, spared, w = heapq.heappop(heap)
        beyond = sign * together.heights(w)
        if np.sum(beyond >= -TOUCHING) >= needed:
            return w
        open_ones = [j for j in range(total) if j not in tipped | spared and beyond[j] < -TOUCHING]
        if not open_ones:
            continue
        # The farthest first: sparing it soon leaves no choice.
        j = min(open_ones, key=lambda one: _reach(together, one, w, float(beyond[one])))
        solved = tip(together, sign, sorted(tipped | {j}), w)
        if solved is not None:
            length = max(float(np.linalg.norm(solved)), bound)
            heapq.heappush(heap, (length, next(order), tipped | {j}, spared, solved))
        if total - len(spared) - 1 >= needed:
            heapq.heappush(heap, (bound, next(order), tipped, spared | {j}, w))
    return None


def _reach(together: Together, j: int, w: Array, beyond: float) -> float:
    """Return how far a target is from tipping in standard units, negative."""
    steep = float(np.linalg.norm(together.slopes(w, [j])))
    return beyond / steep if steep > KNOWN else -math.inf


def tip(together: Together, sign: float, chosen: Sequence[int], w: Array) -> Array | None:
    """Return the point nearest to the centre at which all chosen targets are tipped, None if there is none.

    min |w| subject to sign·h_j(w) ≥ 0: each round replaces the limit states by their tangents at the last point,
    which is exact for planes. Where curvature keeps the rounds from settling, a general solver takes over.
    """
    straight = all(together.limits[j].quantity.log_linear for j in chosen)
    point = w
    for _ in range(_MOST_ROUNDS):
        slopes = sign * together.slopes(point, chosen)
        heights = sign * together.heights(point)[list(chosen)]
        new = least_distance(slopes, slopes @ point - heights)
        if new is None:
            break
        moved = float(np.max(np.abs(new - point), initial=0.0))
        point = new
        if moved < _SETTLED or straight:
            return point
    return None if straight else _tip_curved(together, sign, chosen, w)


def _tip_curved(together: Together, sign: float, chosen: Sequence[int], w: Array) -> Array | None:
    from scipy.optimize import minimize

    found = minimize(
        lambda v: v @ v,
        w,
        jac=lambda v: 2 * v,
        constraints={
            "type": "ineq",
            "fun": lambda v: sign * together.heights(v)[list(chosen)],
            "jac": lambda v: sign * together.slopes(v, chosen),
        },
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    point = np.asarray(found.x)
    # The solver's own word is not to be relied on: at the nearest point its last step often finds no way down.
    return point if _is_nearest(together, sign, chosen, point) else None


def _is_nearest(together: Together, sign: float, chosen: Sequence[int], w: Array) -> bool:
    """Whether all chosen targets are tipped at w, and no step from there that keeps them so leads nearer.

    By the conditions of Karush, Kuhn and Tucker: w is a sum of the gradients of the limit states at 0, none of them
    taken less than 0 times.
    """
    from scipy.optimize import nnls

    heights = sign * together.heights(w)[list(chosen)]
    touching = [j for j, height in zip(chosen, heights, strict=True) if height <= TOUCHING]
    if np.any(heights < -TOUCHING) or not touching:
        return False
    _, left = nnls(sign * together.slopes(w, touching).T, w)
    return bool(left <= _STATIONARY * np.linalg.norm(w))


def least_distance(rows: Array, floor: Array) -> Array | None:
    """Return the shortest x with rows·x ≥ floor, None if there is none.

    By non-negative least squares: Lawson and Hanson (1974), chapter 23.
    """
    from scipy.optimize import nnls

    if np.all(floor <= 0):
        return np.zeros(rows.shape[1])
    system = np.vstack([rows.T, floor])
    right = np.append(np.zeros(rows.shape[1]), 1.0)
    multipliers, _ = nnls(system, right)
    residual = system @ multipliers - right
    if abs(residual[-1]) < 1e-12:
        return None
    return np.asarray(-residual[:-1] / residual[-1])

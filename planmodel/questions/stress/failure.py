"""The geometry of failure: the nearest point at which a target fails, and the worst point within a distance.

A target of one year depends on one or two normal variables z = (U, X), z ~ N(m, C). In standard units w, with
z = m + L w and L L' = C, a point's Mahalanobis distance is |w|. The failure surface is where the target's
limit state is zero. A plane has its nearest point in closed form; the curved surface of a part is followed by the
method of Hasofer and Lind (1974): minimise |w| on the surface, here by Newton steps with analytic derivatives.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from planmodel.law.gaussian import Array, FrozenArrays, square_root
from planmodel.law.quantity import Quantity
from planmodel.model.goals import Goals

# A log or logit with a smaller standard deviation is known: what conditioning leaves behind is rounding.
KNOWN = 1e-7

# Where rays from the centre are searched for the surface, in standard deviations, before Newton steps.
_RADII = np.concatenate([[0.0], np.geomspace(1e-3, 1e6, 161)])
_ANGLES = np.arange(0, 2 * np.pi, np.pi / 48)
_CIRCLE = np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)])
_HALVINGS, _NARROWINGS = 30, 8
_MOST_STEPS = 50
_SETTLED = 1e-13


@dataclass(frozen=True)
class LimitState:
    """By how much a target is reached, in logs, as a function of (U, X): zero on the failure surface."""

    quantity: Quantity
    level: float
    at_least: bool

    @classmethod
    def of(cls, goals: Goals, number: int) -> LimitState:
        """Take a target of a model by its place among the goals."""
        return cls(goals.quantities[number], float(goals.levels[number]), bool(goals.at_least[number]))

    @property
    def sign(self) -> float:
        """1 for "at least", -1 for "at most"."""
        return 1.0 if self.at_least else -1.0

    @property
    def edge(self) -> float:
        """The value of U at the threshold of a log-linear target; infinite where no value reaches it."""
        return self.quantity.edge(self.level)

    def height(self, u: Array, x: Array) -> Array:
        """Return the limit state; a straight one where the target is log-linear."""
        if self.quantity.log_linear:
            return np.asarray(self.sign * (u - self.edge))
        return np.asarray(self.sign * (self.quantity.log_value(u, x) - self.level))

    def slope(self, u: float, x: float) -> Array:
        """Return the gradient of the limit state by U and X."""
        if self.quantity.log_linear:
            return np.array([self.sign, 0.0])
        return self.sign * np.array(self.quantity.slope(u, x))

    def curvature(self, u: float, x: float) -> Array:
        """Return the second derivatives of the limit state."""
        if self.quantity.log_linear:
            return np.zeros((2, 2))
        return self.sign * self.quantity.curvature(u, x)


@dataclass(frozen=True)
class Standard(FrozenArrays):
    """A normal vector in standard units: z = mean + root·w; what is known has no unit."""

    mean: Array  # (d,)
    root: Array  # (d, r)

    @classmethod
    def of(cls, mean: Array, cov: Array) -> Standard:
        """Take the square root of a covariance and drop what is known."""
        root = square_root(cov) if len(mean) else np.zeros((0, 0))
        return cls(mean.copy(), root[:, np.linalg.norm(root, axis=0) > KNOWN])

    def point(self, w: Array) -> Array:
        """Return z at w."""
        return np.asarray(self.mean + self.root @ w)

    def weights(self, w: Array) -> Array:
        """Return C⁺ (z - m), so that E[y | z] = E y + Cov(y, z) C⁺ (z - m)."""
        return np.asarray(self._inverse_root @ w)

    @property
    def inverse(self) -> Array:
        """C⁺: what is known carries no weight."""
        return np.asarray(self._inverse_root @ self._inverse_root.T)

    @property
    def _inverse_root(self) -> Array:
        return np.asarray(self.root / np.sum(self.root**2, axis=0))


def nearest_failure(limit: LimitState, law: Standard) -> tuple[float, Array | None]:
    """Return the signed distance to the failure surface and its nearest point, in standard units.

    The distance is negative where the centre fails already; infinite, without a point, where the target is
    certain or impossible.
    """
    centre = float(limit.height(*law.mean))
    w = _nearest_on_plane(limit, law, centre) if limit.quantity.log_linear else _nearest(limit, law)
    length = math.inf if w is None else float(np.linalg.norm(w))
    return (length if centre >= 0 else -length), w


def _nearest_on_plane(limit: LimitState, law: Standard, centre: float) -> Array | None:
    slope = law.root.T @ limit.slope(*law.mean)
    steep = float(slope @ slope)
    if steep <= KNOWN**2 or not math.isfinite(centre):
        return None
    return np.asarray(-centre / steep * slope)


def _nearest(limit: LimitState, law: Standard) -> Array | None:
    """Look along rays for the surface, then follow it to the point nearest to the centre."""
    rays = _rays(law.root.shape[1])
    if not len(rays) or not math.isfinite(limit.level):
        return None
    radii = _first_crossings(limit, law, rays)
    best = int(np.argmin(radii))
    if not math.isfinite(radii[best]):
        return None
    start = radii[best] * rays[best]
    found = _settle(limit, law, start)
    # Far out on a strongly curved surface Newton steps may leave for another part of it: search on, then.
    closer = np.linalg.norm(found) <= radii[best] * (1 + 1e-9) + 1e-12
    on_surface = abs(limit.height(*law.point(found))) < 1e-9
    return found if closer and on_surface else _search_on(limit, law, start)


def _search_on(limit: LimitState, law: Standard, start: Array) -> Array:
    """Narrow the fan of rays around the best one, until its angle no longer matters."""
    if len(start) < 2:
        return start
    angle, half = math.atan2(start[1], start[0]), _ANGLES[1]
    for _ in range(_NARROWINGS):
        angles = angle + half * np.linspace(-1, 1, 33)
        rays = np.column_stack([np.cos(angles), np.sin(angles)])
        radii = _first_crossings(limit, law, rays)
        best = int(np.argmin(radii))
        angle, half = angles[best], half / 10
    return np.asarray(radii[best] * rays[best])


def _rays(dimensions: int) -> Array:
    if dimensions == 0:
        return np.zeros((0, 0))
    return _CIRCLE if dimensions == 2 else np.array([[1.0], [-1.0]])


def _first_crossings(limit: LimitState, law: Standard, rays: Array) -> Array:
    """Return, along each ray, the least radius at which the limit state is zero; infinite where there is none."""
    u, x = law.mean[:, None] + law.root @ rays.T

    def height(radii: Array) -> Array:
        return limit.height(
            law.mean[0] + (u - law.mean[0])[:, None] * radii, law.mean[1] + (x - law.mean[1])[:, None] * radii
        )

    reached = height(_RADII[None, :]) >= 0
    beyond = reached != reached[:, :1]
    first = np.argmax(beyond, axis=1)
    low, high = _RADII[np.maximum(first - 1, 0)], _RADII[first]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        outside = (height(middle[:, None]) >= 0)[:, 0] != reached[:, 0]
        low, high = np.where(outside, low, middle), np.where(outside, middle, high)
    return np.where(beyond.any(axis=1), high, np.inf)


def _settle(limit: LimitState, law: Standard, w: Array) -> Array:
    """Solve w = λ ∇h(w), h(w) = 0 by Newton's method."""
    slope = law.root.T @ limit.slope(*law.point(w))
    multiplier = float(w @ slope / (slope @ slope))
    for _ in range(_MOST_STEPS):
        z = law.point(w)
        slope = law.root.T @ limit.slope(*z)
        bent = np.eye(len(w)) - multiplier * law.root.T @ limit.curvature(*z) @ law.root
        matrix = np.block([[bent, -slope[:, None]], [slope[None, :], np.zeros((1, 1))]])
        step = np.linalg.solve(matrix, np.append(multiplier * slope - w, -limit.height(*z)))
        w, multiplier = w + step[:-1], multiplier + step[-1]
        if np.max(np.abs(step[:-1])) <= _SETTLED * (1 + np.max(np.abs(w))):
            break
    return w


def worst_within(limit: LimitState, law: Standard, distance: float) -> Array:
    """Return the point, in standard units, at which the limit state is least within a distance from the centre.

    On a plane w = -k ∇h / |∇h|; on a curved surface the least of a circle.
    """
    rays = _rays(law.root.shape[1])
    if limit.quantity.log_linear:
        slope = law.root.T @ limit.slope(*law.mean)
        steep = float(np.linalg.norm(slope))
        return np.asarray(-distance / steep * slope) if steep > KNOWN else np.zeros(len(slope))
    if not len(rays) or distance == 0:
        return np.zeros(law.root.shape[1])
    heights = limit.height(*(law.mean[:, None] + distance * law.root @ rays.T))
    best = int(np.argmin(heights))
    return distance * (rays[best] if len(rays) == 2 else _lowest_of_circle(limit, law, distance, best))


def _lowest_of_circle(limit: LimitState, law: Standard, distance: float, best: int) -> Array:
    """Follow the limit state along the circle to its least, by Newton steps on the angle."""
    angle = float(_ANGLES[best])
    for _ in range(_MOST_STEPS):
        outlook, along = _unit(angle), _unit(angle + np.pi / 2)
        z = law.point(distance * outlook)
        slope = law.root.T @ limit.slope(*z)
        curvature = distance * along @ law.root.T @ limit.curvature(*z) @ law.root @ along - slope @ outlook
        step = float(np.clip(-(slope @ along) / curvature, -0.1, 0.1))
        angle += step
        if abs(step) < _SETTLED:
            break
    return _unit(angle)


def _unit(angle: float) -> Array:
    return np.array([math.cos(angle), math.sin(angle)])

"""What is known of the vector of logs and logits: conditions that say what they are, and the law given them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from planmodel.law.gaussian import Array, FrozenArrays, condition_curved
from planmodel.law.quantity import Quantity


class Subject(NamedTuple):
    """What a condition is about: a quantity in a year."""

    quantity: Quantity
    year: int

    @property
    def key(self) -> tuple[str, int]:
        """Name and year."""
        return self.quantity.name, self.year


@dataclass(frozen=True, eq=False)
class Condition(FrozenArrays):
    """One thing known of the vector y.

    Attributes
    ----------
    kind : str
        ``path`` (growth that a scenario sets), ``growth`` (an observed growth over the year before), ``level`` (an
        observed level), or ``curve`` (an observed level of a sum or a part, which is not linear in y).
    subject : Subject
    rows : array (1, size), of a curve (2, size)
        From y to what is known; of a curve, from y to the (U, X) of its quantity.
    value : float
        What ``rows @ y`` is, or the log of the curve's quantity over its scale.
    noise : float
        Variance of the error of `value`.
    start : float
        The fixed base level that growth of the first year starts from: it is part of `value`. Else 0.
    """

    kind: str
    subject: Subject
    rows: Array
    value: float
    noise: float
    start: float = 0.0

    @property
    def key(self) -> tuple[str, int]:
        """Name and year of the subject."""
        return self.subject.key

    @property
    def of_growth(self) -> bool:
        """Whether it is about growth over the year before."""
        return self.kind in ("path", "growth")

    @property
    def curved(self) -> bool:
        """Whether it is not linear in y."""
        return self.kind == "curve"

    def same_as(self, other: Condition) -> bool:
        """Whether both say the same of y."""
        return (
            np.array_equal(self.rows, other.rows) and self.value == other.value and self.noise == other.noise
        )


# They act all at once, so that their order does not matter.
Conditions = tuple[Condition, ...]


@dataclass(frozen=True)
class Lines(FrozenArrays):
    """Linear conditions stacked: rows (k, size), values and noise variances (k,)."""

    rows: Array
    values: Array
    noise: Array

    @classmethod
    def of(cls, conditions: Conditions, size: int) -> Lines:
        """Stack the linear ones among some conditions of a vector of `size`."""
        kept = [one for one in conditions if not one.curved]
        rows = np.vstack([np.empty((0, size)), *(one.rows for one in kept)])
        return cls(rows, np.array([one.value for one in kept]), np.array([one.noise for one in kept]))


@dataclass(frozen=True)
class Curves(FrozenArrays):
    """Curved conditions stacked: rows (2k, size) to (U, X) of each, values and noise variances (k,)."""

    quantities: tuple[Quantity, ...]
    rows: Array
    values: Array
    noise: Array

    @classmethod
    def of(cls, conditions: Conditions, size: int) -> Curves:
        """Stack the curved ones among some conditions of a vector of `size`."""
        kept = [one for one in conditions if one.curved]
        return cls(
            tuple(one.subject.quantity for one in kept),
            np.vstack([np.empty((0, size)), *(one.rows for one in kept)]),
            np.array([one.value for one in kept]),
            np.array([one.noise for one in kept]),
        )


def given(mean: Array, cov: Array, conditions: Conditions) -> tuple[Array, Array]:
    """Return mean and covariance of y ~ N(mean, cov) given the conditions, all at once."""
    if not conditions:
        return mean, cov
    lines, curves = Lines.of(conditions, len(mean)), Curves.of(conditions, len(mean))
    return condition_curved(
        mean,
        cov,
        np.vstack([lines.rows, curves.rows]),
        partial(_surface, len(lines.values), curves.quantities),
        np.concatenate([lines.values, curves.values]),
        np.concatenate([lines.noise, curves.noise]),
    )


def _surface(straight: int, curves: Sequence[Quantity], point: Array) -> tuple[Array, Array]:
    """Return heights and gradients of all conditions at a point: the linear ones, then (U, X) of each curve."""
    height, slope = np.empty(straight + len(curves)), np.zeros((straight + len(curves), len(point)))
    height[:straight] = point[:straight]
    slope[:straight, :straight] = np.eye(straight)
    for n, quantity in enumerate(curves):
        place = straight + 2 * n
        u, x = point[place : place + 2]
        height[straight + n] = quantity.log_value(u, x)
        slope[straight + n, place : place + 2] = quantity.slope(float(u), float(x))
    return height, slope

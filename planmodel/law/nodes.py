"""A joint law as weighted normals with one covariance: what is asked of it is asked of each node and averaged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize.elementwise import find_root

from planmodel.law import quantity as one_normal
from planmodel.law.gaussian import Array, FrozenArrays
from planmodel.law.quantity import Moments, Quantity


@dataclass(frozen=True, eq=False)
class Nodes(FrozenArrays):
    """K normals with weights that sum to one: y ~ Σ w[k] N(means[k], cov).

    Attributes
    ----------
    weights : array (K,)
    means : array (K, n)
    cov : array (n, n)
    """

    weights: Array
    means: Array
    cov: Array

    @classmethod
    def single(cls, mean: Array, cov: Array) -> Nodes:
        """Return one normal as the only node."""
        return cls(np.ones(1), mean[None], cov)

    @property
    def mean(self) -> Array:
        """The mean of the whole law (n,)."""
        return _weighted(self.weights, self.means)

    @property
    def total_cov(self) -> Array:
        """The covariance of the whole law (n, n): that within a node, and that between the nodes' means."""
        apart = self.means - self.mean
        return np.asarray(self.cov + (apart.T * self.weights) @ apart)

    def average(self, of_normal: Callable[[Array, Array], Array]) -> Array:
        """Return Σ w[k] f(means[k], cov): a probability, an expectation, anything that is linear in the law."""
        return _weighted(self.weights, np.array([of_normal(mean, self.cov) for mean in self.means]))

    def probability_above(
        self, quantities: Sequence[Quantity], rows: Array, levels: Array, every: int = 1
    ) -> Array:
        """Return P(value ≥ s·exp(level)) of each quantity; `rows` (k, 2, n) lead to its (U, X)."""
        return self.average(
            lambda mean, cov: one_normal.probability_above(
                quantities, Moments.seen(rows, mean, cov), levels, every
            )
        )

    def quantiles(
        self, quantities: Sequence[Quantity], rows: Array, probabilities: Array, every: int = 1
    ) -> Array:
        """Return the quantiles of each quantity's value, one row a quantity, to 1e-10 in logs.

        That of several nodes lies between the least and the greatest of theirs, and is sought there.
        """
        each = [
            one_normal.quantiles(quantities, Moments.seen(rows, mean, self.cov), probabilities, every)
            for mean in self.means
        ]
        low, high = np.min(each, axis=0), np.max(each, axis=0)
        apart = high > low
        if not apart.any():
            return np.asarray(low)
        low[apart] = self._between(quantities, rows, probabilities, every, low, high)[apart]
        return np.asarray(low)

    def medians(self, quantities: Sequence[Quantity], rows: Array) -> Array:
        """Return the median of each quantity's value, in its unit."""
        return self.quantiles(quantities, rows, np.array([0.5]))[:, 0]

    def _between(
        self,
        quantities: Sequence[Quantity],
        rows: Array,
        probabilities: Array,
        every: int,
        low: Array,
        high: Array,
    ) -> Array:
        scale = np.array([[quantity.scale] for quantity in quantities])
        ends = np.log(low / scale), np.log(high / scale)

        def excess(level: Array, number: Array, probability: Array) -> Array:
            chosen = [quantities[n] for n in number]
            return 1 - probability - self.probability_above(chosen, rows[number], level, every)

        numbers = np.repeat(np.arange(len(quantities)), len(probabilities))
        wanted = np.tile(probabilities, len(quantities))
        found = find_root(excess, tuple(end.ravel() for end in ends), args=(numbers, wanted))
        # Where both ends agree to rounding there is no change of sign, and either is the root.
        level = np.where(found.success, found.x, ends[0].ravel())
        return np.asarray(scale * np.exp(level.reshape(low.shape)))


def _weighted(weights: Array, values: Array) -> Array:
    """Return Σ w[k] values[k] as the first value plus what the others add: equal values come out as they are."""
    return np.asarray(values[0] + np.tensordot(weights, values - values[0], 1))

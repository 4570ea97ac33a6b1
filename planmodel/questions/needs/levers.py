"""What each measure does to each target: chance constraints in the measures' intensities, and exact checks.

Chance constraints use the single normal with the outlook's mean and covariance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from planmodel.law.gaussian import Array, FrozenArrays
from planmodel.law.quantity import Moments, probability_above
from planmodel.model.model import Model
from planmodel.model.outlook import Outlook
from planmodel.questions.needs.cone import Cones
from planmodel.questions.stress.failure import LimitState
from planmodel.scenario.scenario import Scenario

# A limit state in logs beyond this is certain for any purpose; infinities would stop the solver.
_CERTAIN = 50.0
# Normal scores beyond this are rounding: the tangent then tells more than the exact probability.
_FAR = 7.0


@dataclass(frozen=True, eq=False)
class Options(FrozenArrays):
    """The measures that may be used: cost of full effort, intensity in the scenario, and upper bound."""

    measures: tuple[str, ...]
    cost: Array
    already: Array
    upper: Array
    assumed_costs: bool


@dataclass(frozen=True, eq=False)
class Levers(FrozenArrays):
    """A scenario whose measures can be set, and how they move the chosen targets' variables (U, X).

    A measure's effect on the mean is proportional to its intensity, that on the covariance to its square, so
    one run of the model a measure tells both. Where a driver path conditions what a measure moves, that is
    a first approximation; `probabilities` always runs the model.
    """

    model: Model
    scenario: Scenario
    measures: tuple[str, ...]
    chosen: tuple[int, ...]  # places among the model's goals
    effects: Array  # (targets, 2, measures): on the mean of (U, X) at full intensity
    spreads: Array  # (targets, 2, 2, measures): on its covariance at full intensity

    @classmethod
    def of(cls, outlook: Outlook, measures: Sequence[str], chosen: Sequence[int]) -> Levers:
        """Run the model once without the measures and once with each."""
        empty = np.zeros(0)
        levers = cls(outlook.model, outlook.scenario, tuple(measures), tuple(chosen), empty, empty)
        mean, cov = levers.law(np.zeros(len(measures)))
        laws = [levers.law(alone) for alone in np.eye(len(measures))]
        effects = np.stack([full - mean for full, _ in laws], axis=-1)
        spreads = np.stack([full - cov for _, full in laws], axis=-1)
        return replace(levers, effects=effects, spreads=spreads)

    def at(self, intensities: Array) -> Scenario:
        """Return the scenario with the measures at these intensities."""
        chosen = dict(zip(self.measures, map(float, intensities), strict=True))
        kept = {name: z for name, z in {**self.scenario.measures, **chosen}.items() if z > 0}
        return replace(self.scenario, measures=kept)

    def law(self, intensities: Array) -> tuple[Array, Array]:
        """Return the exact mean and covariance of each chosen target's (U, X) at these intensities."""
        return self.law_of(self.model.run(self.at(intensities)))

    def law_of(self, outlook: Outlook) -> tuple[Array, Array]:
        """Return the mean and covariance of each chosen target's (U, X) in an outlook."""
        rows = self.model.goals.rows[list(self.chosen)]
        return rows @ outlook.mean, rows @ outlook.cov @ np.swapaxes(rows, 1, 2)

    def probabilities(self, mean: Array, cov: Array) -> Array:
        """Return the exact probability of each chosen target under a law."""
        goals = self.model.goals.chosen(self.chosen)
        return goals.reached(probability_above(goals.quantities, Moments.of(mean, cov), goals.levels))

    def cones(self, score: float, intensities: Array) -> Cones:
        """Return the chance constraints of the chosen targets, exact at these intensities.

        Limit states are in the log of the target's level. That of a part is replaced by its tangent at the mean, and
        shifted so that the constraint binds where the part's exact probability does.
        """
        mean, cov = self.law(intensities)
        heights, slopes = self._tangents(mean)
        linear = np.einsum("ka,kaj->kj", slopes, self.effects)
        variances = np.einsum("ka,kabj,kb->kj", slopes, self.spreads, slopes)
        total = np.einsum("ka,kab,kb->k", slopes, cov, slopes)
        exact = ndtri(self.probabilities(mean, cov))
        near = np.abs(exact) < _FAR
        center = np.where(near, np.where(near, exact, 0.0) * np.sqrt(np.maximum(total, 0.0)), heights)
        return Cones(
            np.clip(center, -_CERTAIN, _CERTAIN) - linear @ intensities,
            linear,
            np.maximum(total - variances @ intensities**2, 0.0),
            np.maximum(variances, 0.0),
            score,
        )

    def _tangents(self, mean: Array) -> tuple[Array, Array]:
        """Return the limit states at the mean and their slopes by (U, X), in the log of the level."""
        goals, heights, slopes = self.model.goals, np.empty(len(mean)), np.empty((len(mean), 2))
        for n, k in enumerate(self.chosen):
            limit = LimitState.of(goals, k)
            # The limit state of a log-linear target is in U: d log(value) = slope · dU, at the threshold.
            straight = limit.quantity.log_linear
            scale = limit.quantity.slope(limit.edge, 0.0)[0] if straight else 1.0
            height = float(limit.height(*mean[n]))
            heights[n] = scale * height if math.isfinite(height) else height
            slopes[n] = scale * limit.slope(*map(float, mean[n]))
        return heights, slopes

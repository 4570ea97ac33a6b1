"""Joint odds of many scenarios, rare ones too, each to a given relative error.

Plain draws answer what is likely: 20,000 give a probability of 2 % to one part in twenty. What is rarer is drawn where
it happens: from normals moved to the mean of the draws that reached it (the cross-entropy method), weighted back.
One draw in five stays where it was, so that no weight exceeds five and the standard error can be trusted.

Sources: Rubinstein and Kroese (2004), The Cross-Entropy Method; Hesterberg (1995), Technometrics 37.

Draws come from the single normal with the outlook's mean and covariance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence
from numpy.typing import NDArray

from planmodel.base.simulated import NORMAL_95, RULE_OF_THREE, SMALLEST_SHOWN
from planmodel.law.draws import Sampler
from planmodel.law.gaussian import Array
from planmodel.law.nodes import Nodes
from planmodel.model.goals import ROUNDING, Goals
from planmodel.model.outlook import Outlook
from planmodel.questions.odds.marginal import probabilities

# Draws at a time, and how many times at most.
BLOCK, MOST_BLOCKS = 20_480, 50

RELATIVE_ERROR = 0.05

# Share of draws that are moved to where the event happens; the others bound the weights.
MOVED = 0.8

# Draws that show where an event happens: those that reached it, if there are enough, or those that came nearest.
ENOUGH, ELITE = 20, 200
MOST_MOVES = 6


@dataclass(frozen=True)
class Odds:
    """A simulated probability with its standard error, its upper 95 % bound, and the draws behind it."""

    probability: float
    standard_error: float
    upper: float
    draws: int


@dataclass(frozen=True)
class Event:
    """At least `least` of the targets in `mask` are reached."""

    mask: NDArray[np.bool_]
    least: int

    @property
    def needs_all(self) -> bool:
        """Whether none of its targets may be missed."""
        return self.least == int(self.mask.sum())

    def happens(self, margins: Array) -> NDArray[np.bool_]:
        """Return the draws in which it happens, from the margins of the targets (rows)."""
        hits = margins[self.mask] >= 0
        return np.asarray(hits.all(axis=0) if self.needs_all else hits.sum(axis=0) >= self.least)

    def score(self, margins: Array) -> Array:
        """Return how far each draw is beyond the event's edge: 0 or more where it happens."""
        chosen = margins[self.mask]
        if self.needs_all:
            return np.asarray(chosen.min(axis=0))
        place = len(chosen) - self.least
        return np.asarray(np.partition(chosen, place, axis=0)[place])


def events(goals: Goals, at_least: int | None = None) -> dict[str, Event]:
    """Return the joint events of a plan: all targets, at least k of them, all indicators of whole areas."""
    everything = np.ones(len(goals.quantities), dtype=bool)
    k = goals.enough(at_least)
    return {
        "all": Event(everything, len(everything)),
        "at_least": Event(everything, k),
        "indicators_all": Event(goals.headline, int(goals.headline.sum())),
    }


def joint_odds(outlook: Outlook, seed: int = 0, at_least: int | None = None) -> dict[str, Odds]:
    """Return the odds of the joint events of a plan's targets.

    Each has a relative standard error of at most 5 %, or an upper 95 % bound below 0.1 %, or a million draws.
    Scenarios with the same seed are drawn from the same normals, so that their differences are not noise.
    """
    goals = outlook.model.goals
    law, year = outlook.model.law, outlook.plan.target_year
    single = Nodes.single(outlook.mean, outlook.cov)
    sampler = Sampler(single, goals.quantities, [[law.pair(q, year) for q in goals.quantities]])
    draws = _Draws(sampler, goals, seed)
    likely = probabilities(outlook)
    # An event that needs all of its targets is no likelier than the least likely of them.
    return {
        name: _odds(event, draws, float(likely[event.mask].min(initial=1.0)) if event.needs_all else 1.0)
        for name, event in events(goals, at_least).items()
    }


@lru_cache(maxsize=4)
def _normals(seed: int, block: int, risks: int) -> Array:
    """Return the standard normals of one block: the same for every scenario, machine and order of work."""
    stream = Generator(PCG64(SeedSequence(seed, spawn_key=(block,))))
    return stream.standard_normal((risks, BLOCK))


class _Draws:
    """Draws of the targets' margins in the target year."""

    def __init__(self, sampler: Sampler, goals: Goals, seed: int) -> None:
        self.sampler, self.seed, self.risks = sampler, seed, sampler.risks
        self._thresholds = goals.thresholds[:, None]
        self._sign = goals.sign[:, None]
        self.first = self.margins(self.normals(0))

    def normals(self, block: int) -> Array:
        return _normals(self.seed, block, self.risks)

    def margins(self, normal: Array) -> Array:
        """Return how far each target (row) is exceeded, relative to its threshold; what is exactly at it meets it."""
        return np.asarray((self.sampler.values(normal) / self._thresholds - 1.0) * self._sign + ROUNDING)


def _odds(event: Event, draws: _Draws, limit: float) -> Odds:
    hits = float(event.happens(draws.first).sum())
    plain = _summed(hits, hits, BLOCK, limit)
    if not draws.risks or _good(plain) or limit < SMALLEST_SHOWN:
        return plain
    centre = _centre(event, draws)
    odds, total, squares = plain, 0.0, 0.0
    for block in range(1, MOST_BLOCKS + 1):
        normal = draws.normals(block).copy()
        normal[:, : int(MOVED * BLOCK)] += centre[:, None]
        weighted = _weights(normal, centre) * event.happens(draws.margins(normal))
        total, squares = total + float(weighted.sum()), squares + float(weighted @ weighted)
        odds = _summed(total, squares, block * BLOCK, limit)
        if _good(odds) or odds.upper < SMALLEST_SHOWN:
            break
    return odds


def _weights(normal: Array, centre: Array) -> Array:
    """Return the density of plain draws over that of the mixture that they were drawn from."""
    return np.asarray(1 / (MOVED * np.exp(centre @ normal - centre @ centre / 2) + 1 - MOVED))


def _centre(event: Event, draws: _Draws) -> Array:
    """Return the mean of the normals with which an event happens; by and by, where it is too rare to be seen."""
    normal, found = draws.normals(0), draws.first
    # Margins of different targets are comparable in their own standard deviations.
    spread = np.maximum(found.std(axis=1), 1e-12)[:, None]
    centre, weights = np.zeros(draws.risks), np.ones(BLOCK)
    for _ in range(MOST_MOVES):
        happens = event.happens(found)
        reached = int(happens.sum()) >= ENOUGH
        if not reached:
            score = event.score(found / spread)
            happens = score >= min(0.0, float(np.partition(score, -ELITE)[-ELITE]))
        elite = weights * happens
        centre = normal @ elite / elite.sum()
        if reached:
            break
        normal = draws.normals(0) + centre[:, None]
        found = draws.margins(normal)
        weights = np.exp(centre @ centre / 2 - centre @ normal)
    return np.asarray(centre)


def _summed(total: float, squares: float, draws: int, limit: float) -> Odds:
    """Return the odds of weighted draws; none but what is possible (`limit`)."""
    mean = total / draws
    error = math.sqrt(max(squares / draws - mean**2, 0.0) / draws)
    upper = mean + NORMAL_95 * error if total else RULE_OF_THREE / draws
    return Odds(min(mean, limit), error, min(upper, limit), draws)


def _good(odds: Odds) -> bool:
    return 0 < odds.standard_error <= RELATIVE_ERROR * odds.probability or odds.probability == 1.0

"""Reverse stress of a count: the most likely way in which "at least k targets" breaks.

The point and its distance are those of the single normal with the outlook's mean and covariance; the odds are not.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from planmodel.base import columns
from planmodel.base.problems import phrase
from planmodel.law.gaussian import Array
from planmodel.model.outlook import Outlook
from planmodel.questions.odds.joint import joint
from planmodel.questions.stress.failure import KNOWN, LimitState, Standard
from planmodel.questions.stress.failure_count import TOUCHING, Together, nearest_count
from planmodel.questions.stress.means import is_means, limits_of
from planmodel.questions.stress.paths import DriverGrowth, no_path, path_table

# Draws behind the probability: a standard error of at most 0.4 points.
COUNT_DRAWS = 20_000


class CountBreak(pd.DataFrame):
    """The row of `breaks_count`, which also knows its path."""

    _metadata = ["_outlook", "_point", "_tips"]  # noqa: RUF012 (as pandas declares it)
    _outlook: Outlook
    _point: Array | None
    _tips: list[int]

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame

    @property
    def outlook(self) -> Outlook:
        """The outlook that was asked, without bounds."""
        return self._outlook

    def path(self) -> pd.DataFrame:
        """Return the most likely path that tips the count, as `planmodel.questions.stress.reverse.failing_path` does for one target."""
        if self._point is None:
            raise no_path(
                str(self["target"].iloc[0]), phrase("found.settled_target"), phrase("expected.open_target")
            )
        return path_table(self._outlook, self._point)

    def farthest_driver(self) -> pd.DataFrame:
        """Return the open years, on that path, of the driver whose growth is most standard deviations off, none if none moves.

        Only of drivers that by themselves tip some of these targets and hold up none of them.
        """
        outlook, path = self._outlook, self.path()
        open_years = path[path["year"] > outlook.as_of]
        point = outlook.mean if self._point is None else self._point
        drivers, gap = DriverGrowth.of(outlook), point - outlook.mean
        # Growth of all open years together.
        rows, spreads = drivers.rows.sum(axis=1), drivers.spread.sum(axis=1)
        variances, moves = np.sum(rows * spreads, axis=1), np.abs(rows @ gap)
        limits, way = (
            limits_of(outlook.model.goals, self._tips),
            math.copysign(1, -self["distance"].iloc[0]),
        )
        acts = [
            is_means(outlook, limits, name, own @ gap, way)
            for name, own in zip(drivers.names, drivers.rows, strict=True)
        ]
        known = (variances <= KNOWN**2) | ~np.array(acts, dtype=bool)
        off = np.where(known, 0.0, moves / np.sqrt(np.where(known, 1.0, variances)))
        if not len(off) or off.max() < KNOWN:
            return open_years.iloc[:0]
        return open_years[open_years["quantity"] == drivers.names[int(np.argmax(off))]]


def breaks_count(
    outlook: Outlook, at_least: int | None = None, draws: int = COUNT_DRAWS, seed: int = 0
) -> CountBreak:
    """Return how far "at least k targets hold" is from failing, and which targets tip.

    The distance is that of the nearest point, among all sets of targets, at which fewer than k hold (or, where
    the central path misses k, at which k hold: negative). The search branches over targets and is exact for
    log-linear ones; parts are followed by repeated linearisation. Bounds are not used.

    Parameters
    ----------
    outlook : Outlook
    at_least : int, optional
        k, by default the smallest majority (7 of 13).
    draws, seed : int
        Of the simulation behind `failure_probability`.

    Returns
    -------
    CountBreak
        One row: target (``at_least_7``), k, holding (targets that hold on the central path), distance (s.d.),
        tail (Φ(-distance), no more than an indication: a count fails in many ways), failure_probability and
        its standard_error (by draws), tipped (targets that change sides at that point, joined by `` + ``).
        Its methods: ``path()`` gives the path of every variable, ``farthest_driver()`` the driver that is farthest off on it.

    Raises
    ------
    InputError
        If k is not a number from 1 to the number of targets with a base.
    """
    goals, outlook = outlook.model.goals, replace(outlook, bounds=None)
    total = len(goals.quantities)
    k = goals.enough(at_least, fewest=1)
    rows = goals.rows.reshape(2 * total, -1)
    law = Standard.of(rows @ outlook.mean, rows @ outlook.cov @ rows.T)
    together = Together(tuple(LimitState.of(goals, number) for number in range(total)), law)
    distance, w = nearest_count(together, k)
    centre = together.heights(np.zeros(law.root.shape[1])) >= 0
    tipped = [] if w is None else _tipped(together, w, centre)
    odds = joint(outlook, k, draws, seed).iloc[0]
    result = CountBreak(
        columns.frame(
            "breaks_count",
            {
                "target": [f"at_least_{k}"],
                "k": [k],
                "holding": [int(centre.sum())],
                "distance": [distance],
                "tail": [float(ndtr(-distance))],
                "failure_probability": [1 - odds["at_least"]],
                "standard_error": [odds["at_least_standard_error"]],
                "tipped": [" + ".join(goals.quantities[j].name for j in tipped)],
            },
        )
    )
    result._outlook, result._tips = outlook, tipped
    result._point = None if w is None else outlook.mean + outlook.cov @ (rows.T @ law.weights(w))
    return result


def _tipped(together: Together, w: Array, centre: NDArray[np.bool_]) -> list[int]:
    """Return the targets that are on the other side at w, or on their threshold."""
    heights = together.heights(w)
    changed = np.where(centre, heights <= TOUCHING, heights >= -TOUCHING)
    return [int(j) for j in np.flatnonzero(changed)]

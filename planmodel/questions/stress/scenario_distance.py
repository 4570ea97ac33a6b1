"""How implausible a scenario is: its distance from the outlook without it, and what that distance means.

Distances are those of the single normal with the outlook's mean and covariance.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtrc

from planmodel.base import columns
from planmodel.law.gaussian import Array, FrozenArrays, solve_semidefinite
from planmodel.law.law import PERCENT
from planmodel.model.outlook import Outlook

# A move of which more than this part lies outside what the law can do is impossible, not merely far.
OUTSIDE = 1e-6

# Shocks that cancel leave rounding behind: so few points of growth are no move.
NOTHING = 1e-9


def plausibility(outlook: Outlook) -> pd.DataFrame:
    """Return how far a scenario is from what the model expects without it, in one row.

    Driver paths and shocks move the expected growth of all variables in the years after `as_of` by Δ, from the
    same model's outlook given the same observations; measures are policy and do not count. With Σ the
    covariance of that growth, the distance is δ = √(Δ'Σ⁺Δ). For exact paths alone it is (f - Cb)'V⁻¹(f - Cb).

    Returns
    -------
    DataFrame
        delta (δ, in s.d.); chi2_tail (P(χ² > δ²)); degrees (of freedom: the rank of the move, which is the number
        of driver-years with a path plus the number of variables that shocks move, after `as_of`; all shocks of a
        variable are one move, however they are written); q = ½(1 + √(1 - exp(-2·kl/n))), 0.5 where the scenario
        cannot be told from the outlook, towards 1 where it is implausible; n (variables × years after `as_of`: q
        depends on it); kl = δ²/2, the Kullback–Leibler divergence of the shifted law (Ω = V) from the outlook. δ
        is infinite where the model cannot produce the scenario at all.

    Sources: Antolín-Díaz, Petrella and Rubio-Ramírez (2021), JME 117; McCulloch (1989).
    """
    move = _Move.of(outlook)
    years, squared = outlook.plan.target_year - outlook.as_of, move.squared_distance()
    n, degrees = years * len(outlook.model.law.names), _degrees(outlook)
    q = 0.5 * (1 + math.sqrt(-math.expm1(-squared / n))) if n else 0.5
    return columns.frame(
        "plausibility",
        {
            "delta": [math.sqrt(squared)],
            "chi2_tail": [float(chdtrc(degrees, squared)) if degrees else 1.0],
            "degrees": [degrees],
            "q": [q],
            "n": [n],
            "kl": [squared / 2],
        },
    )


@dataclass(frozen=True)
class _Move(FrozenArrays):
    """What a scenario says about growth in the open years (year-major), beside the outlook without it."""

    cov: Array  # of that growth without the scenario, given the observations
    shock: Array  # what shocks add to its mean
    places: NDArray[np.intp]  # of the driver-years that have a path
    surprise: Array  # path less expectation, shocks included
    noise: Array  # variances of soft paths

    @classmethod
    def of(cls, outlook: Outlook) -> _Move:
        law, scenario, model = outlook.model.law, outlook.scenario, outlook.model
        rows, start = law.growth_rows(law.names, _open_years(outlook))
        without = replace(outlook, shifted_mean=law.mean, shifted_cov=law.cov, paths=())
        shocks = replace(scenario, paths={}, measures={})
        shock = rows @ (model.run(shocks).shifted_mean - law.mean)
        paths = {key: path for key, path in scenario.paths.items() if key[1] > outlook.as_of}
        places = np.array([_place(outlook, *key) for key in paths], dtype=np.intp)
        growth, sd = np.array(list(paths.values())).reshape(-1, 2).T
        # A driver's growth in its first year starts from a base that is known: the fixed level drops out.
        mean = rows @ without.mean - start
        surprise = np.log1p(growth / PERCENT) - (mean + shock)[places]
        return cls(rows @ without.cov @ rows.T, shock, places, surprise, (sd / (PERCENT + growth)) ** 2)

    def squared_distance(self) -> float:
        """Return Δ'Σ⁺Δ for Δ = s + ΣC'λ, λ = (V + Ω)⁺ (f - C(b + s)): s'Σ⁺s + 2 (Cs)'λ + λ'Vλ."""
        variance = self.cov[np.ix_(self.places, self.places)]
        noisy = variance + np.diag(self.noise)
        pull = solve_semidefinite(noisy, self.surprise) if len(self.places) else self.surprise
        if _outside(noisy @ pull, self.surprise):
            return math.inf
        squared = float(pull @ variance @ pull + 2 * self.shock[self.places] @ pull)
        if np.any(self.shock):
            push = solve_semidefinite(self.cov, self.shock)
            if _outside(self.cov @ push, self.shock):
                return math.inf
            squared += float(self.shock @ push)
        return max(squared, 0.0)


def _outside(found: Array, sought: Array) -> bool:
    """Whether the law cannot produce a move."""
    largest = float(np.max(np.abs(sought), initial=0.0))
    return float(np.max(np.abs(found - sought), initial=0.0)) > OUTSIDE * largest


def _place(outlook: Outlook, variable: str, year: int) -> int:
    """Return where a variable of an open year stands among the open years."""
    law = outlook.model.law
    return law.position(variable, year) - law.position(law.names[0], outlook.as_of + 1)


def _open_years(outlook: Outlook) -> range:
    return range(outlook.as_of + 1, outlook.plan.target_year + 1)


def _degrees(outlook: Outlook) -> int:
    """Return the rank of the move: each driver-year with a path is one direction, each shocked variable another.

    All shocks of a variable sum to one move, so that two ways of writing the same law have the same rank. Where a
    path gives the growth, the year is the path's.
    """
    years = _open_years(outlook)
    paths = {key for key in outlook.scenario.paths if key[1] in years}
    moves = _shock_moves(outlook).items()
    moved = {key for key, size in moves if abs(size) > NOTHING and key[1] in years} - paths
    return len(paths) + len({variable for variable, _ in moved})


def _shock_moves(outlook: Outlook) -> dict[tuple[str, int], float]:
    """Return what all shocks together add to a variable's growth in a year, in points."""
    moves: defaultdict[tuple[str, int], float] = defaultdict(float)
    for shock in outlook.scenario.shocks:
        # A shock that had become history when the model was made moves nothing at all.
        if shock.year > outlook.model.as_of:
            for year in range(shock.year, outlook.plan.target_year + 1):
                moves[shock.variable, year] += shock.size * shock.persistence ** (year - shock.year)
    return moves

"""How implausible a scenario is: its distance from the outlook without it, and what that distance means."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtrc

from planmodel.conditions import Conditions
from planmodel.gaussian import Array, FrozenArrays, solve_semidefinite
from planmodel.labels import figure, percent
from planmodel.law import PERCENT
from planmodel.outlook import Outlook

# A move of which more than this part lies outside what the law can do is impossible, not merely far.
OUTSIDE = 1e-6


def plausibility(outlook: Outlook) -> pd.DataFrame:
    """Return how far a scenario is from what the model expects without it, in one row.

    Driver paths and shocks move the expected growth of all variables in the years after `as_of` by Δ, from the
    same model's outlook given the same observations; measures are policy and do not count. With Σ the
    covariance of that growth, the distance is δ = √(Δ'Σ⁺Δ). For exact paths alone it is (f - Cb)'V⁻¹(f - Cb).

    Returns
    -------
    DataFrame
        delta (δ, in s.d.); chi2_tail (P(χ² > δ²)); degrees (of freedom: the number of independent driver-years
        and shocks after `as_of`); q = ½(1 + √(1 - exp(-2·kl/n))), 0.5 where the scenario cannot be told from
        the outlook, towards 1 where it is implausible; n (variables × years after `as_of`: q depends on it);
        kl = δ²/2, the Kullback–Leibler divergence of the shifted law (Ω = V) from the outlook. δ is infinite
        where the model cannot produce the scenario at all.

    Sources: Antolín-Díaz, Petrella and Rubio-Ramírez (2021), JME 117; McCulloch (1989).
    """
    move = _Move.of(outlook)
    years, squared = outlook.plan.target_year - outlook.as_of, move.squared_distance()
    n, degrees = years * len(outlook.model.law.names), _degrees(outlook)
    q = 0.5 * (1 + math.sqrt(-math.expm1(-squared / n))) if n else 0.5
    return pd.DataFrame(
        {
            "delta": [math.sqrt(squared)],
            "chi2_tail": [float(chdtrc(degrees, squared)) if degrees else 1.0],
            "degrees": [degrees],
            "q": [q],
            "n": [n],
            "kl": [squared / 2],
        }
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
        rows = _growth_rows(outlook)
        without = replace(
            outlook, shifted_mean=law.mean, shifted_cov=law.cov, conditions=_observed_alone(outlook)
        )
        shocks = replace(scenario, paths={}, measures={})
        shock = rows @ (model.run(shocks).shifted_mean - law.mean)
        paths = {key: path for key, path in scenario.paths.items() if key[1] > outlook.as_of}
        places = np.array([_place(outlook, *key) for key in paths], dtype=np.intp)
        growth, sd = np.array(list(paths.values())).reshape(-1, 2).T
        # A driver's growth in its first year starts from a base that is known: the fixed level drops out.
        mean = rows @ without.mean - _base_growth(outlook)
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
    names = outlook.model.law.names
    return (year - outlook.as_of - 1) * len(names) + names.index(variable)


def _growth_rows(outlook: Outlook) -> Array:
    """Return the rows from all variables to their growth in the open years."""
    size, n = len(outlook.mean), len(outlook.model.law.names)
    growth = np.eye(size) - np.eye(size, k=-n)
    return growth[(outlook.as_of - outlook.plan.base_year) * n :]


def _base_growth(outlook: Outlook) -> Array:
    """Return what the rows of the first year hold besides growth: the base level."""
    law = outlook.model.law
    base = np.zeros((outlook.plan.target_year - outlook.as_of, len(law.names)))
    if outlook.as_of == outlook.plan.base_year:
        base[0] = law.base
    return base.ravel()


def _observed_alone(outlook: Outlook) -> Conditions:
    """Return the outlook's conditions without the scenario's paths, which stand first."""
    paths = sum(year > outlook.model.as_of for _, year in outlook.scenario.paths)
    known = outlook.conditions
    return replace(known, rows=known.rows[paths:], values=known.values[paths:], noise=known.noise[paths:])


def _degrees(outlook: Outlook) -> int:
    """Return the number of independent directions in which a scenario moves open years."""
    years = range(outlook.as_of + 1, outlook.plan.target_year + 1)
    directions = []
    for variable, year in outlook.scenario.paths:
        if year in years:
            directions.append(_direction(outlook, {(variable, year): 1.0}))
    for shock in outlook.scenario.shocks:
        if shock.year > outlook.model.as_of:
            sizes = {year: shock.persistence ** (year - shock.year) for year in years if year >= shock.year}
            moved = {(shock.variable, year): shock.size * size for year, size in sizes.items()}
            directions.append(_direction(outlook, moved))
    return int(np.linalg.matrix_rank(np.array(directions))) if directions and years else 0


def _direction(outlook: Outlook, sizes: Mapping[tuple[str, int], float]) -> Array:
    row = np.zeros((outlook.plan.target_year - outlook.as_of) * len(outlook.model.law.names))
    for (variable, year), size in sizes.items():
        row[_place(outlook, variable, year)] = size
    return row


def plausibility_words(outlook: Outlook, lang: str = "zh") -> str:
    """Return how implausible a scenario is, in one sentence."""
    row = plausibility(outlook).iloc[0]
    degrees, delta = int(row["degrees"]), float(row["delta"])
    if not degrees:
        if lang == "zh":
            return "该情景对未来各年的驱动因素和冲击没有设定，与模型自身的预期没有差别。"
        return "The scenario sets no path and no shock in the years to come: it is what the model itself expects."
    if math.isinf(delta):
        return "模型不可能产生该情景。" if lang == "zh" else "The model cannot produce this scenario."
    tail, q, n = percent(float(row["chi2_tail"])), figure(float(row["q"]), 2), int(row["n"])
    length = figure(delta, 2)
    if lang == "zh":
        return (
            f"该情景设定 {degrees} 项，与模型自身的预期相距 {length} 个标准差：同样多的设定偏离更远的概率为 {tail}。"
            f"校准后的 q 为 {q}（0.50 表示与预期无从区分，趋近 1 表示难以置信；n = {n}）。政策举措不计入。"
        )
    things = "one thing" if degrees == 1 else f"{degrees} things"
    return (
        f"The scenario sets {things}, {length} s.d. from what the model itself expects; so many settings lie farther "
        f"off with a probability of {tail}. Calibrated q is {q} (0.50: cannot be told from the expectation; towards 1: "
        f"not credible; n = {n}). Measures do not count."
    )

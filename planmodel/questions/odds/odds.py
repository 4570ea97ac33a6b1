"""How likely the targets are: required growth, marginal probabilities, joint odds, slack."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planmodel.base import columns
from planmodel.base.frames import rows_of
from planmodel.law.draws import Sampler, share_error
from planmodel.law.gaussian import Array
from planmodel.law.nodes import Nodes
from planmodel.model.goals import Goals, has_bounds
from planmodel.model.outlook import Outlook
from planmodel.plan.target import SIGNS
from planmodel.questions.odds.bounds import Weighted, bound_weights

# Draws behind joint odds: a standard error of at most 0.11 points.
DRAWS = 200_000

# Variance below which the log of a target's level is certain, and the slack of rounding in its level.
CERTAIN = 1e-12

# Error of the multivariate normal integral in more than two dimensions.
ORTHANT_ERROR = 1e-6


def required_growth(base: float, target: float, years: int) -> float:
    """Return the compound growth (% a year) that leads from base to target: 100·((target/base)^(1/years) - 1).

    NaN where the base is unknown.
    """
    if not base > 0 or not target > 0 or years <= 0:
        return math.nan
    return float(100 * ((target / base) ** (1 / years) - 1))


def probabilities(outlook: Outlook) -> Array:
    """Return the closed-form probability of each target that the model can speak about, in the plan's order."""
    return outlook.model.goals.probabilities(outlook.nodes)


def reach(outlook: Outlook, draws: int = DRAWS, seed: int = 0) -> pd.DataFrame:
    """Return how likely each target is.

    Returns
    -------
    DataFrame
        target, indicator, area; base and target_value (in the target's unit); required and history (growth, %
        a year compound); percentile (of required among the reference class's next five years); median (of the
        outlook in the target year); probability and standard_error (0 where the probability is in closed
        form); slack (points of annual growth: the median's less the required).
        NaN where the document or the evidence is silent. An outlook with bounds is simulated: `draws`, `seed`.
    """
    goals = outlook.model.goals
    table = outlook.plan.targets
    weighted = _weighted(outlook, goals, draws, seed)
    if weighted is not None:
        likely, error, middle = _weighted_reach(weighted, goals)
    else:
        likely, error = probabilities(outlook), np.zeros(len(goals.quantities))
        middle = goals.medians(outlook.nodes)
    found = pd.DataFrame(
        {"median": middle, "probability": likely, "standard_error": error}, index=goals.names
    )
    result = pd.DataFrame({"target": table["name"], "indicator": table["indicator"], "area": table["area"]})
    result["base"], result["target_value"] = table["base"], table["threshold"]
    years = outlook.plan.target_year - outlook.plan.base_year
    result["required"] = _growths(result["base"], result["target_value"], years)
    evidence = outlook.model.evidence
    history = evidence.history.set_index("target")["growth"]
    result["history"] = result["target"].map(history).astype(float)
    result["percentile"] = [
        evidence.percentile(row["target"], row["history"], row["required"]) for row in rows_of(result)
    ]
    result = result.join(found, on="target")
    expected = np.array(_growths(result["base"], result["median"], years))
    sign = table["direction"].map(SIGNS).to_numpy(dtype=float)
    result["slack"] = (expected - result["required"]) * sign
    return columns.frame("reach", result)


def _growths(
    bases: Sequence[float] | pd.Series, levels: Sequence[float] | pd.Series, years: int
) -> list[float]:
    return [required_growth(base, level, years) for base, level in zip(bases, levels, strict=True)]


def _weighted_reach(weighted: Weighted, goals: Goals) -> tuple[Array, Array, Array]:
    likely = weighted.mean(goals.hits(weighted.draws).astype(float))
    return likely, weighted.standard_error(likely), weighted.medians()


def counts(outlook: Outlook, draws: int = DRAWS, seed: int = 0) -> pd.DataFrame:
    """Return the distribution of how many targets, and how many indicators, are reached together.

    An indicator is the plan's row for the whole area. Columns: of (targets | indicators), k, exactly,
    at_least, standard_error (of at_least), exactly_standard_error. The probability that all of 0 or more are reached is 1.
    """
    goals = outlook.model.goals
    exactly, n = _count(outlook, goals, _weighted(outlook, goals, draws, seed), draws, seed)
    frames = []
    for name, share in zip(("targets", "indicators"), exactly, strict=True):
        at_least = np.cumsum(share[::-1])[::-1].clip(0, 1)
        frames.append(
            pd.DataFrame(
                {
                    "of": name,
                    "k": np.arange(len(share)),
                    "exactly": share,
                    "at_least": at_least,
                    "standard_error": share_error(at_least, n),
                    "exactly_standard_error": share_error(share, n),
                }
            )
        )
    return columns.frame("counts", pd.concat(frames, ignore_index=True))


def _weighted(outlook: Outlook, goals: Goals, draws: int, seed: int) -> Weighted | None:
    """Return weighted draws where bounds make them necessary."""
    if not has_bounds(outlook.bounds):
        return None
    return bound_weights(outlook, goals.quantities, draws, seed)


def _count(
    outlook: Outlook, goals: Goals, weighted: Weighted | None, draws: int, seed: int
) -> tuple[tuple[Array, Array], float]:
    """Return the shares of draws by number of targets and of indicators reached, and the number of draws.

    With bounds the number is the effective one.
    """
    k, m = len(goals.quantities), int(goals.headline.sum())
    if weighted is not None:
        total = _tallies(goals.hits(weighted.draws), goals.headline, weighted.weights, k, m)
        n = weighted.effective_size
    else:
        total, n = _drawn_tallies(outlook, draws, seed), float(draws)
    share = total / total[: k + 1].sum()
    return (share[: k + 1], share[k + 1 :]), n


# A report asks for the odds of all, of k and of every number, in tables, charts and words: one set of draws.
@lru_cache(maxsize=4)
def _drawn_tallies(outlook: Outlook, draws: int, seed: int) -> Array:
    goals = outlook.model.goals
    k, m = len(goals.quantities), int(goals.headline.sum())

    def tally(chunk: Array) -> Array:
        return _tallies(goals.hits(chunk), goals.headline, np.ones(len(chunk)), k, m)

    total = _sampler(outlook, goals).reduce(draws, seed, tally)
    total.flags.writeable = False
    return total


def _tallies(
    hits: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    headline: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    weights: Array,
    k: int,
    m: int,
) -> Array:
    of_targets = np.bincount(hits.sum(axis=1), weights=weights, minlength=k + 1)
    of_indicators = np.bincount(hits[:, headline].sum(axis=1), weights=weights, minlength=m + 1)
    return np.concatenate([of_targets, of_indicators])


def joint(outlook: Outlook, at_least: int | None = None, draws: int = DRAWS, seed: int = 0) -> pd.DataFrame:
    """Return the odds that targets are reached together, in one row.

    Parameters
    ----------
    outlook : Outlook
    at_least : int, optional
        k of "at least k targets": by default the smallest majority, 7 of 13.
    draws, seed : int
        Of the simulation; where every target is log-linear, `all` is a multivariate normal integral instead.

    Returns
    -------
    DataFrame
        all; at_least (P of at least k); k; indicators_all (every row for the whole area); expected (number of
        targets reached, closed form); lower and upper (Fréchet bounds of `all`: max(0, ΣP - (n - 1)) and
        min P); standard_error (of `all`); at_least_standard_error, indicators_all_standard_error; draws.

    Raises
    ------
    InputError
        If k is not a number of targets.
    """
    goals = outlook.model.goals
    total = len(goals.quantities)
    k = goals.enough(at_least)
    weighted = _weighted(outlook, goals, draws, seed)
    (targets, indicators), n = _count(outlook, goals, weighted, draws, seed)
    marginal = (
        probabilities(outlook)
        if weighted is None
        else weighted.mean(goals.hits(weighted.draws).astype(float))
    )
    everything, error = float(targets[-1]), float(share_error(float(targets[-1]), n))
    if total and weighted is None and all(quantity.log_linear for quantity in goals.quantities):
        everything, error = _orthant(goals, outlook.nodes, seed)
    at_k, of_indicators = float(targets[k:].sum()), float(indicators[-1])
    return columns.frame(
        "joint",
        {
            "all": [everything],
            "at_least": [at_k],
            "k": [k],
            "indicators_all": [of_indicators],
            "expected": [float(marginal.sum())],
            "lower": [max(0.0, float(marginal.sum()) - (total - 1))],
            "upper": [float(marginal.min(initial=1.0))],
            "standard_error": [error],
            "at_least_standard_error": [float(share_error(at_k, n))],
            "indicators_all_standard_error": [float(share_error(of_indicators, n))],
            "draws": [int(n)],
        },
    )


def _orthant(goals: Goals, nodes: Nodes, seed: int) -> tuple[float, float]:
    """Return the probability that all log-linear targets are reached, and its error."""
    rows = goals.rows[:, 0] * goals.sign[:, None]
    edges = goals.sign * [q.edge(level) for q, level in zip(goals.quantities, goals.levels, strict=True)]
    cov = rows @ nodes.cov @ rows.T
    # What is known for certain, as in a target year that is history, is met or not: it has no density.
    open_ones = np.diag(cov) > CERTAIN
    likely = nodes.average(lambda mean, _: _all_above(rows @ mean, cov, edges, open_ones, seed))
    return float(likely), ORTHANT_ERROR if open_ones.sum() > 2 and likely > 0 else 0.0


def _all_above(mean: Array, cov: Array, edges: Array, open_ones: NDArray[np.bool_], seed: int) -> Array:
    """Return P(N(mean, cov) ≥ edges) in every direction: a multivariate normal integral over those that are open."""
    from scipy.stats import multivariate_normal

    known = ~open_ones
    if (mean[known] < edges[known] - CERTAIN).any() or known.all():
        return np.asarray((mean >= edges - CERTAIN).all(), dtype=float)
    mean, cov, edges = mean[open_ones], cov[np.ix_(open_ones, open_ones)], edges[open_ones]
    # P(y ≥ edges) = P(-y ≤ -edges).
    law = multivariate_normal(-mean, cov, allow_singular=True, seed=seed, abseps=1e-7, releps=1e-7)
    return np.asarray(law.cdf(-edges))


def _sampler(outlook: Outlook, goals: Goals) -> Sampler:
    return outlook.sampler(goals.quantities, [outlook.plan.target_year])

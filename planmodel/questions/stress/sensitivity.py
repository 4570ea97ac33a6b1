"""Which source matters: tornado, decomposition of variance, Shapley effects, Sobol indices of any function.

All of it uses the single normal with the outlook's mean and covariance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import comb

import numpy as np
import pandas as pd

from planmodel.base import columns
from planmodel.base.extras import need
from planmodel.base.problems import InputError, Problem, phrase
from planmodel.law.gaussian import Array
from planmodel.law.quantity import Moments, medians, probability_above
from planmodel.model.outlook import Outlook
from planmodel.questions.odds.marginal import required_growth
from planmodel.questions.stress.margins import Margin, Sources, goal_number, margin_of

# Subsets are enumerated: 2^16 of them still take a second.
MOST_SOURCES = 16

# A source whose remaining variance is below this fraction of its own is known from the others.
_KNOWN = 1e-12


def tornado(outlook: Outlook, target: str, size: float = 1.0) -> pd.DataFrame:
    """Return how a target's odds move when each source behind it is `size` standard deviations off.

    A source is a driver's growth, or a variable's own growth beyond what its equation explains, averaged from
    the base year to the target year. It is moved by ±`size` of its standard deviation under this outlook while
    the spread around it stays (a mean shift), so that size 0 changes nothing. Two readings: the other
    variables follow by their conditional mean (E[y | source], the way it would most likely come about), or
    stay (`_alone`: this source only, and what its equation passes on).

    Parameters
    ----------
    outlook : Outlook
    target : str
        ``indicator.area``.
    size : float
        Standard deviations, 0 or more.

    Returns
    -------
    DataFrame
        Two rows a source, widest swing first: source, role (driver_growth, own_growth, whole_share), side (below, above),
        source_growth (the source's average, log % a year; of a share, logit % a year), probability and
        slack (points of annual growth) with the others following; change (of the probability);
        probability_alone, slack_alone, change_alone.

    Raises
    ------
    InputError
        If the target is unknown, the outlook carries bounds, or `size` is negative.
    """
    if not 0 <= size < np.inf:
        raise InputError([Problem("tornado", "size", repr(size), phrase("expected.standard_deviations"))])
    sources, margin = Sources.of(outlook), margin_of(outlook, target)
    chosen = [sources.names.index(name) for name in margin.sources]
    sd = sources.sd[chosen]
    # Levels of the target year per standard deviation of each source, as columns.
    alone = sources.levels_per_point[:, chosen] * sd
    with np.errstate(divide="ignore", invalid="ignore"):
        following = np.where(sd > 0, (sources.levels_per_point @ sources.cov[:, chosen]) / sd, 0.0)
    moves = np.concatenate([side * columns.T for columns in (following, alone) for side in (-size, size)])
    odds, slack = _moved(outlook, target, np.vstack([np.zeros(len(sources.names)), moves]))
    m = len(chosen)
    result = columns.frame(
        "tornado",
        {
            "source": margin.sources * 2,
            "role": margin.roles * 2,
            "side": ["below"] * m + ["above"] * m,
            "source_growth": np.concatenate([margin.mean - size * sd, margin.mean + size * sd]),
            "probability": odds[1 : 2 * m + 1],
            "change": odds[1 : 2 * m + 1] - odds[0],
            "slack": slack[1 : 2 * m + 1],
            "probability_alone": odds[2 * m + 1 :],
            "change_alone": odds[2 * m + 1 :] - odds[0],
            "slack_alone": slack[2 * m + 1 :],
        },
    )
    swing = result["change"].abs().groupby(result["source"]).transform("max")
    order = np.lexsort([result["side"] == "above", result["source"], -swing])
    return result.iloc[order].reset_index(drop=True)


def _moved(outlook: Outlook, target: str, moves: Array) -> tuple[Array, Array]:
    """Return probability and slack of a target at each move of the target year's levels (rows)."""
    goals, plan, last = outlook.model.goals, outlook.plan, outlook.model.law.last
    number = goal_number(outlook, target)
    quantity, rows = goals.quantities[number], goals.rows[number][:, last]
    mean = (outlook.mean[last] + moves) @ rows.T
    cov = np.broadcast_to(rows @ outlook.cov[last, last] @ rows.T, (len(moves), 2, 2))
    moments, same = Moments.of(mean, cov), [quantity] * len(moves)
    above = probability_above(same, moments, np.full(len(moves), goals.levels[number]))
    base = plan.by_name[goals.names[number]].base
    years = plan.target_year - plan.base_year
    needed = required_growth(base, float(goals.thresholds[number]), years)
    middles = medians(same, moments)
    slack = np.array([required_growth(base, float(level), years) for level in middles]) - needed
    return (above, slack) if goals.at_least[number] else (1 - above, -slack)


def variance_shares(outlook: Outlook, target: str) -> pd.DataFrame:
    """Return which share of the variance of a target's margin comes from each source.

    share_i = c_i (Σc)_i / c'Σc, with c the weights and Σ the covariance of the sources (see `margin_of`). Shares sum
    to 1; one is negative where a source offsets others it moves with. Exact for log-linear targets, a
    linearisation at the mean for parts (`exact` says which).

    Returns
    -------
    DataFrame
        source, role, weight (margin, log % of the level, per point of own growth a year), source_sd (points a
        year), variance_share, exact; largest share first. Shares are NaN where nothing is uncertain.

    Raises
    ------
    InputError
        If the target is unknown or the outlook carries bounds.
    """
    margin = margin_of(outlook, target)
    share = margin.weights * (margin.cov @ margin.weights) / (margin.variance or np.nan)
    return _ranked("variance_shares", margin, {"variance_share": share})


def shapley(outlook: Outlook, target: str) -> pd.DataFrame:
    """Return the Shapley effect of each source on the variance of a target's margin.

    Sources move together; the Shapley value divides what they explain jointly fairly. The worth of a set S is
    v(S) = Var(E[margin | S]) = (Σc)_S' Σ_SS⁻¹ (Σc)_S, and a source's effect is what it adds to v, averaged over all
    orders in which sources become known. All subsets are enumerated, so effects are exact for log-linear targets
    and sum to the variance. Owen and Prieur (2017), Song, Nelson and Staum (2016).

    Returns
    -------
    DataFrame
        source, role, weight, source_sd (as in `variance_shares`), effect (log % squared, sums to the variance of the
        margin), variance_share (sums to 1), first_order (share explained by this source known alone),
        total_order (share left when only this source is unknown), exact; largest effect first.

    Raises
    ------
    InputError
        If the target is unknown, has more than 16 sources, or the outlook carries bounds.
    """
    margin = margin_of(outlook, target)
    if len(margin.sources) > MOST_SOURCES:
        found = phrase("found.sources", n=len(margin.sources))
        wanted = phrase("expected.fewer_sources", n=MOST_SOURCES)
        raise InputError([Problem("shapley", target, found, wanted)])
    worth = explained_variance(margin.weights, margin.cov)
    effect, variance = shapley_values(worth), margin.variance or np.nan
    single = 1 << np.arange(len(margin.sources))
    values = {
        "effect": effect,
        "variance_share": effect / variance,
        "first_order": worth[single] / variance,
        "total_order": (worth[-1] - worth[len(worth) - 1 - single]) / variance,
    }
    return _ranked("shapley", margin, values)


def _ranked(question: str, margin: Margin, values: Mapping[str, Array]) -> pd.DataFrame:
    frame = columns.frame(
        question,
        {
            "source": margin.sources,
            "role": margin.roles,
            "weight": margin.weights,
            "source_sd": margin.sd,
            **values,
            "exact": margin.exact,
        },
    )
    return frame.sort_values("variance_share", ascending=False, kind="stable", ignore_index=True)


def explained_variance(weights: Array, cov: Array) -> Array:
    """Return Var(E[c'x | x_S]) for every set S of the elements of x, at position Σ 2^i over i in S.

    Sources become known one after another, for all sets at once: each step subtracts from the covariance of
    (x, c'x) what knowing one more x explains.
    """
    m = len(weights)
    rows = np.vstack([np.eye(m), weights])
    unknown = (rows @ cov @ rows.T)[None]
    own = np.diag(cov)
    for i in range(m):
        pivot, column = unknown[:, i, i], unknown[:, :, i]
        fresh = pivot > _KNOWN * own[i]
        factor = np.where(fresh, 1.0 / np.where(fresh, pivot, 1.0), 0.0)
        known = unknown - column[:, :, None] * column[:, None, :] * factor[:, None, None]
        unknown = np.concatenate([unknown, known])
    worth: Array = unknown[0, -1, -1] - unknown[:, -1, -1]
    return worth


def shapley_values(worth: Array) -> Array:
    """Return the Shapley values of a game given by the worth of every set, at position Σ 2^i over its members."""
    m = len(worth).bit_length() - 1
    sets = np.arange(len(worth))
    size = np.bitwise_count(sets)
    weight = np.array([1 / (m * comb(m - 1, k)) for k in range(m)])
    values = np.empty(m)
    for i in range(m):
        without = sets[(sets >> i) & 1 == 0]
        values[i] = weight[size[without]] @ (worth[without | (1 << i)] - worth[without])
    return values


def sobol(
    function: Callable[[Array], Array],
    distributions: Mapping[str, tuple[str, float, float]],
    n: int = 4096,
    seed: int = 0,
) -> pd.DataFrame:
    """Return Sobol indices and Shapley effects of any function of independent sources, by SALib.

    `margin_of(outlook, target)` is such a function and brings its `distributions`; its correlations are left out here:
    `shapley` keeps them.

    Parameters
    ----------
    function : callable
        From points (a row each, columns as in `distributions`) to values.
    distributions : mapping of source to (kind, a, b)
        ``("uniform", low, high)`` or ``("normal", mean, sd)``.
    n : int
        Base samples, a power of 2: the function is called on n·(sources + 2) points, and on 16 times as many for the
        Shapley effects, which converge more slowly.
    seed : int

    Returns
    -------
    DataFrame
        source, first_order, first_order_standard_error, total_order, total_order_standard_error, shapley,
        shapley_standard_error; each as a share of the variance.

    Raises
    ------
    MissingExtraError
        If SALib (extra ``explore``) is missing.
    InputError
        If a kind of distribution is unknown.
    """
    problem = _salib_problem(distributions)
    need("explore", "SALib")
    from SALib.analyze import shapley as shapley_analysis
    from SALib.analyze import sobol as analysis
    from SALib.sample import shapley as shapley_sample
    from SALib.sample import sobol as sample

    points = sample.sample(problem, n, calc_second_order=False, seed=seed)
    # SALib takes a seed of 0 for none when it resamples.
    found = analysis.analyze(problem, function(points), calc_second_order=False, seed=seed or 1)
    points = shapley_sample.sample(problem, 16 * n, seed=seed)
    effects = shapley_analysis.analyze(problem, points, function(points))
    half_width = 1.959963984540054  # SALib states half the width of a 95 % interval
    return columns.frame(
        "sobol",
        {
            "source": list(distributions),
            "first_order": found["S1"],
            "first_order_standard_error": found["S1_conf"] / half_width,
            "total_order": found["ST"],
            "total_order_standard_error": found["ST_conf"] / half_width,
            "shapley": effects["shapley_normalized"],
            "shapley_standard_error": effects["shapley_normalized_conf"] / half_width,
        },
    )


def _salib_problem(distributions: Mapping[str, tuple[str, float, float]]) -> dict[str, object]:
    kinds = {"uniform": "unif", "normal": "norm"}
    wrong = [
        Problem("sobol", name, repr(kind), phrase("expected.one_of", names="normal, uniform"))
        for name, (kind, *_) in distributions.items()
        if kind not in kinds
    ]
    if wrong:
        raise InputError(wrong)
    return {
        "num_vars": len(distributions),
        "names": list(distributions),
        "bounds": [[a, b] for _, a, b in distributions.values()],
        "dists": [kinds[kind] for kind, *_ in distributions.values()],
    }

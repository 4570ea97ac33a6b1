"""Scores by outlook: means, skill against the naive forecasts, and reliability once there is enough of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from planmodel.base import columns
from planmodel.base.problems import InputError, Problem, phrase
from planmodel.law.scores import kupiec
from planmodel.questions.record.naive import METHODS
from planmodel.questions.record.scoring import INTERVALS

# Fewer outcomes say nothing about reliability: at 19, intervals of 80 % pass with anything from 12 to 18 hits.
FEWEST_OUTCOMES = 20


def score_summary(scores: pd.DataFrame) -> pd.DataFrame:
    """Return mean scores by outlook, each against what it has to beat.

    Parameters
    ----------
    scores : DataFrame
        As `planmodel.score` returns it.

    Returns
    -------
    DataFrame
        outlook, scenario, as_of; score (crps, brier, log_score, inside_50, inside_80, inside_90); outcomes;
        mean; against (a naive forecast, or nominal for the share of outcomes inside an interval); benchmark
        (its mean score on the same outcomes); skill (1 - mean/benchmark; below 0 is worse than naive). Against
        a naive forecast only the outcomes count for which it can be formed.
    """
    rows: list[tuple[Any, ...]] = []
    for (outlook, scenario, as_of), own in scores.groupby(["outlook", "scenario", "as_of"], sort=False):
        who = (outlook, scenario, as_of)
        for name in ("crps", "brier"):
            rows += [(*who, *row) for row in _against_naive(own, name)]
        rows.append((*who, "log_score", len(own), own["log_score"].mean(), "", np.nan, np.nan))
        rows += [
            (*who, name, len(own), float(own[name].mean()), "nominal", share, np.nan)
            for name, share in INTERVALS.items()
        ]
    return columns.frame("score_summary", rows)


def _against_naive(own: pd.DataFrame, name: str) -> list[tuple[Any, ...]]:
    scored = own.dropna(subset=name)
    if not len(scored):
        return []
    rows: list[tuple[Any, ...]] = [(name, len(scored), scored[name].mean(), "", np.nan, np.nan)]
    for method in METHODS:
        both = scored.dropna(subset=f"{name}_{method}")
        if len(both):
            mean, benchmark = both[name].mean(), both[f"{name}_{method}"].mean()
            skill = 1 - mean / benchmark if benchmark > 0 else np.nan
            rows.append((name, len(both), mean, method, benchmark, skill))
    return rows


def distinct_outcomes(scores: pd.DataFrame) -> pd.DataFrame:
    """Return each observed figure once, as the last outlook that did not know it yet saw it."""
    ordered = scores.sort_values("as_of", kind="stable")
    return ordered.drop_duplicates(["variable", "measure", "year", "value"], keep="last")


def reliability(scores: pd.DataFrame) -> pd.DataFrame:
    """Test whether intervals covered as often as they said, and whether the PIT is uniform.

    Each observed figure counts once. The tests take outcomes to be independent; those of one plan are not, so
    a small p-value says less than it seems to.

    Returns
    -------
    DataFrame
        test (inside_50, inside_80, inside_90: Kupiec's LR and the exact binomial; pit: Kolmogorov and Smirnov);
        outcomes, hits, nominal, statistic, p_value, exact_p_value.

    Raises
    ------
    InputError
        If there are fewer than 20 outcomes.
    """
    from scipy.stats import kstest

    own = distinct_outcomes(scores)
    _check_number(phrase("found.observed_figures", n=len(own)), len(own))
    rows: list[tuple[Any, ...]] = []
    for name, share in INTERVALS.items():
        hits = int(own[name].sum())
        rows.append((name, len(own), hits, share, *kupiec(len(own), hits, share)))
    test = kstest(own["pit"], "uniform")
    rows.append(("pit", len(own), np.nan, np.nan, float(test.statistic), float(test.pvalue), np.nan))
    return columns.frame("reliability", rows)


def reliability_table(scores: pd.DataFrame, bins: int = 5) -> pd.DataFrame:
    """Return how often targets were reached by how likely that had been called.

    Returns
    -------
    DataFrame
        low, high (of the probability), outcomes, probability (mean), reached (share).

    Raises
    ------
    InputError
        If fewer than 20 targets have an outcome.
    """
    own = distinct_outcomes(scores.dropna(subset="brier"))
    _check_number(phrase("found.outcomes", n=len(own)), len(own))
    place = np.minimum((own["probability"] * bins).astype(int), bins - 1)
    rows = [
        (k / bins, (k + 1) / bins, len(part), part["probability"].mean(), float(part["reached"].mean()))
        for k in range(bins)
        if len(part := own[place == k])
    ]
    return columns.frame("reliability_table", rows)


def _check_number(found: str, outcomes: int) -> None:
    if outcomes < FEWEST_OUTCOMES:
        expected = phrase("expected.enough_outcomes", n=FEWEST_OUTCOMES)
        raise InputError([Problem("reliability", "", found, expected)])

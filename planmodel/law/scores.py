"""Scoring rules and tests of coverage: the formulas, one by one."""

from __future__ import annotations

import numpy as np


def normal_crps(value: float, mean: float, sd: float) -> float:
    """Return the continuous ranked probability score of N(mean, sd²): σ[z(2Φ(z) - 1) + 2φ(z) - 1/√π].

    That of a certain forecast is its absolute error. Source: Gneiting and Raftery 2007.
    """
    import scoringrules

    if not sd > 0:
        return abs(value - mean)
    return float(scoringrules.crps_normal(value, mean, sd))


def brier(probability: float, happened: bool) -> float:
    """Return the Brier score (p - o)²."""
    import scoringrules

    return float(scoringrules.brier_score(float(happened), probability))


def kupiec(outcomes: int, hits: int, coverage: float) -> tuple[float, float, float]:
    """Test whether intervals of a nominal coverage covered as often as they should.

    LR = -2 ln[(1-p)^(n-x) p^x / ((1-π)^(n-x) π^x)], π = x/n, is χ²(1) under p (Kupiec 1995).

    Returns
    -------
    tuple
        LR, its p-value, and the exact two-sided binomial p-value, which is the one to read under 50 outcomes.

    Raises
    ------
    ValueError
        If the numbers are no count of outcomes.
    """
    from scipy.special import xlogy
    from scipy.stats import binomtest, chi2

    if not (0 <= hits <= outcomes and outcomes > 0 and 0 < coverage < 1):
        raise ValueError(
            f"found {hits} hits of {outcomes} at {coverage}, expected 0 ≤ hits ≤ outcomes, 0 < p < 1"
        )
    share, misses = hits / outcomes, outcomes - hits
    free = xlogy(misses, 1 - share) + xlogy(hits, share)
    ratio = float(2 * (free - misses * np.log(1 - coverage) - hits * np.log(coverage)))
    ratio = max(ratio, 0.0)
    exact = float(binomtest(hits, outcomes, coverage).pvalue)
    return ratio, float(chi2.sf(ratio, 1)), exact

"""How likely each target is: required growth, probability, median and slack."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from planmodel.base import columns
from planmodel.base.frames import rows_of
from planmodel.law.gaussian import Array
from planmodel.model.goals import Goals
from planmodel.model.outlook import Outlook
from planmodel.plan.target import SIGNS
from planmodel.questions.odds.bounds import DRAWS, Weighted, weighted_draws


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
    weighted = weighted_draws(outlook, goals.quantities, draws, seed)
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

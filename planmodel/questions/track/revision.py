"""The revision rule: what growth each target needs from the latest observation, and when to revise it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from planmodel.base import columns
from planmodel.base.frames import rows_of
from planmodel.evidence.equations import Evidence
from planmodel.law.gaussian import Array
from planmodel.model.model import build_model
from planmodel.model.outlook import Outlook
from planmodel.plan.plan import Plan
from planmodel.plan.target import SIGNS
from planmodel.questions.odds.odds import probabilities, required_growth
from planmodel.questions.track.scoreboards import observed_levels, progress_of

# The rule's limits. The percentile is of what the reference class then did; the probabilities and the share of
# the schedule are this project's own.
UNUSUAL = 0.9
UNLIKELY, NEAR_CERTAIN = 0.2, 0.95
# Not where the word "behind" begins (data/schemes.csv): a year slightly short of the schedule is no reason to
# change a target, two years far short of it are.
BEHIND = 0.8


def revisions(plan: Plan | Outlook) -> pd.DataFrame:
    """Return, for each target and year up to the as-of year, what the revision rule says with what was known then.

    Cut: the growth needed from the latest observation exceeds what nine in ten of the reference class did next
    (only where there is one), or the probability is below 20 %, or the share of the way over the share of
    time is below 0.8 two years running. Stretch: the probability is above 95 %. Else keep.

    Parameters
    ----------
    plan : Plan or Outlook
        A plan stands for its baseline outlook. An outlook with bounds is taken without them.

    Returns
    -------
    DataFrame
        target, indicator, area; as_of; latest_year and latest (the latest comparable figure, the base if there
        is none); years_left; required (growth from there to the target, % a year); median_now (the outlook's median in the as-of
        year) and required_from_median (growth from it to the target, % a year; NaN in the target year); limit
        (90th percentile of the reference class, % a year); schedule_ratio (of an observation in the as-of year); probability (as of then);
        flag (cut, stretch, keep); reasons (``growth``, ``probability``, ``schedule``, joined by +);
        even_odds (the level that is as likely reached as not: the outlook's median in the target year);
        remaining_rate and average_rate (growth that even_odds needs from the latest observation, and from the base over the
        whole plan, % a year); mid_term (whether as_of is the plan's middle year). Targets without a base
        are left out.
    """
    outlook = build_model(plan).run() if isinstance(plan, Plan) else plan
    years = range(outlook.plan.base_year, outlook.as_of + 1)
    targets = {target["name"]: target for target in rows_of(outlook.plan.targets)}
    observed, limits, rows = observed_levels(outlook), _limits(outlook), []
    for year in years:
        known = outlook if year == outlook.as_of else _as_known(outlook, year)
        rows += _rows(known, year, targets, observed, limits)
    frame = columns.frame("revisions", rows)
    order = {name: n for n, name in enumerate(targets)}
    return frame.sort_values("target", key=lambda names: names.map(order), kind="stable", ignore_index=True)


def _as_known(outlook: Outlook, year: int) -> Outlook:
    """Return the outlook as of an earlier year, figures that were added to it by hand included."""
    earlier = outlook.model.known_by(year).run(outlook.scenario)
    known = set(earlier.used)
    added = [f for f in outlook.observed if f.subject.year <= year and f.key not in known]
    return replace(earlier, observed=(*earlier.observed, *added))


def _limits(outlook: Outlook) -> dict[str, float]:
    """Return the 90th percentile of what the reference class did next, % a year; NaN where there is none."""
    evidence = outlook.model.evidence
    history = evidence.history.set_index("target")["growth"].to_dict()
    limits = {str(name): unusual_growth(evidence, str(name), past) for name, past in history.items()}
    return {q.name: limits.get(q.name, math.nan) for q in outlook.model.goals.quantities}


def unusual_growth(evidence: Evidence, name: str, past: float) -> float:
    """Return the growth (% a year) that one in ten comparable windows exceeded; NaN without a reference class."""
    if not evidence.reference_variable(name) or math.isnan(past):
        return math.nan
    windows = evidence.comparable(name, past)
    return 100 * math.expm1(float(windows["next"].quantile(UNUSUAL)) / 100) if len(windows) else math.nan


def _rows(
    outlook: Outlook,
    year: int,
    targets: Mapping[str, Mapping[str, Any]],
    observed: Mapping[str, Mapping[int, float]],
    limits: Mapping[str, float],
) -> list[dict[str, Any]]:
    """Return one row a target with what was known as of a year."""
    chosen = outlook.model.goals.quantities
    middles, ends = (_medians(outlook, when, targets) for when in (year, outlook.plan.target_year))
    rows = []
    for quantity, odds, now, end in zip(chosen, probabilities(outlook), middles, ends, strict=True):
        target, limit = targets[quantity.name], limits[quantity.name]
        figures = {when: value for when, value in observed.get(quantity.name, {}).items() if when <= year}
        row: dict[str, Any] = {
            "target": quantity.name,
            "indicator": quantity.indicator,
            "area": quantity.area,
            "as_of": year,
        }
        row |= _growths(target, figures, year, float(now), float(end))
        found = [_progress(target, when, figures) for when in (year - 1, year)]
        reasons = _reasons(target, row["required"], limit, float(odds), found)
        flag = "stretch" if not reasons and odds > NEAR_CERTAIN else "keep"
        ratio = math.nan if found[1] is None else float(found[1]["schedule_ratio"])
        row |= {"limit": limit, "schedule_ratio": ratio, "probability": float(odds)}
        row |= {"flag": "cut" if reasons else flag, "reasons": "+".join(reasons)}
        rows.append(row | {"mid_term": year == mid_term(outlook.plan)})
    return rows


def _growths(
    target: Mapping[str, Any], figures: Mapping[int, float], year: int, now: float, end: float
) -> dict[str, Any]:
    """Return the latest figure and the growth that the target, and the median at the end, need from it."""
    base, threshold, last = target["base"], target["threshold"], target["target_year"]
    when = max(figures, default=target["base_year"])
    value, left = figures.get(when, base), last - when
    return {
        "latest_year": when,
        "latest": value,
        "years_left": left,
        "required": required_growth(value, threshold, left),
        "median_now": now,
        "required_from_median": required_growth(now, threshold, last - year),
        "even_odds": end,
        "remaining_rate": required_growth(value, end, left),
        "average_rate": required_growth(base, end, last - target["base_year"]),
    }


def _medians(outlook: Outlook, year: int, targets: Mapping[str, Mapping[str, Any]]) -> Array:
    """Return each target's median in a year; the base in the base year."""
    chosen = outlook.model.goals.quantities
    if year == outlook.plan.base_year:
        return np.array([targets[quantity.name]["base"] for quantity in chosen])
    return outlook.medians(chosen, [year] * len(chosen))


def mid_term(plan: Plan) -> int:
    """Return the middle year of a plan: the third of five."""
    return plan.base_year + math.ceil((plan.target_year - plan.base_year) / 2)


def _progress(target: Mapping[str, Any], year: int, figures: Mapping[int, float]) -> pd.Series | None:
    """Return the progress that was observed in a year, if there was any."""
    if year not in figures or year <= target["base_year"]:
        return None
    return progress_of(target, year, figures[year])


def _far_behind(found: pd.Series | None) -> bool:
    return found is not None and bool(found["schedule_ratio"] < BEHIND or found["level_lost"])


def _reasons(
    target: Mapping[str, Any], required: float, limit: float, odds: float, found: list[pd.Series | None]
) -> list[str]:
    rising = SIGNS[target["direction"]] > 0
    reasons = {
        "growth": rising and required > limit,
        "probability": odds < UNLIKELY,
        "schedule": all(_far_behind(one) for one in found),
    }
    return [reason for reason, holds in reasons.items() if holds]

"""Every target in every scheme: from what was observed, or, where nothing was, what the outlook expects."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from planmodel.base import columns
from planmodel.base.frames import rows_of
from planmodel.base.problems import InputError, Problem, nearest, phrase
from planmodel.law.quantity import log_threshold
from planmodel.model.outlook import Outlook
from planmodel.plan.target import SIGNS
from planmodel.questions.track.metrics import NEAR_LIMIT, progress
from planmodel.questions.track.schemes import SCHEMES, classify, scheme_rows, statcan_score

# Codes of a scoreboard's cell where a scheme has nothing to say.
NO_OBSERVATION, NO_BASE, UNDEFINED = "no_observation", "no_base", "undefined"

VALUES = ("observed", "median")

# What a class rests on where it is no verdict on a figure: the outlook, so the class is only likely.
FROM_OUTLOOK = ("median", "outlook")

METRICS = [
    *("linear", "log", "cagr_ratio", "schedule_ratio", "log_schedule_ratio", "projected", "required"),
    *("time_share", "met"),
]


def observed_levels(outlook: Outlook) -> dict[str, dict[int, float]]:
    """Return the figures that condition an outlook, in the quantity's unit: by name, then by year.

    Only comparable figures do; growth rates of drivers are left out.
    """
    levels: dict[str, dict[int, float]] = {}
    for figure in sorted(outlook.observed, key=lambda figure: figure.subject.year):
        if not figure.of_growth:
            quantity, year = figure.subject
            levels.setdefault(quantity.name, {})[year] = quantity.scale * math.exp(figure.value)
    return levels


def scoreboard(outlook: Outlook, values: str = "observed") -> pd.DataFrame:
    """Return every target's progress in every metric and its class in every scheme, side by side.

    Parameters
    ----------
    outlook : Outlook
    values : "observed" or "median"
        What is judged: the latest comparable observation up to the as-of year only, or, where there is none,
        the outlook's median in the as-of year. A class of the median is a likely one and no verdict.

    Returns
    -------
    DataFrame
        target, indicator, area; basis (observed, median, or none); year, value; base, target_value; linear,
        log, cagr_ratio, schedule_ratio, log_schedule_ratio, projected (unit), required (% a year), time_share,
        met (1 or 0); a column for each scheme with its class, or ``no_observation``, ``no_base``, or
        ``undefined`` where its measure is; statcan_score (-5 to 5).

    Raises
    ------
    InputError
        If `values` is neither.
    """
    if values not in VALUES:
        expected = phrase("expected.one_of", names=", ".join(VALUES))
        raise InputError([Problem("scoreboard", "values", repr(values), expected, nearest(values, VALUES))])
    observed = observed_levels(outlook)
    middles = _medians(outlook) if values == "median" and outlook.as_of > outlook.plan.base_year else {}
    rows = []
    for target in rows_of(outlook.plan.targets):
        name = target["name"]
        found = list(observed.get(name, {}).items())
        basis, (year, value) = "observed", found[-1] if found else (outlook.as_of, math.nan)
        if not found:
            basis, value = ("median", middles[name]) if name in middles else ("none", math.nan)
        rows.append(_row(target, basis, year, value))
    return columns.frame("scoreboard", rows, SCHEMES)


def _medians(outlook: Outlook) -> dict[str, float]:
    chosen = outlook.model.goals.quantities
    middle = outlook.medians(chosen, [outlook.as_of] * len(chosen))
    return {quantity.name: float(level) for quantity, level in zip(chosen, middle, strict=True)}


def _row(target: dict[str, Any], basis: str, year: int, value: float) -> dict[str, Any]:
    row: dict[str, Any] = {"target": target["name"], "indicator": target["indicator"], "area": target["area"]}
    row |= {"basis": basis, "base": target["base"], "target_value": target["threshold"]}
    if math.isnan(target["base"]) or basis == "none":
        code = NO_BASE if math.isnan(target["base"]) else NO_OBSERVATION
        return row | {"basis": "none", "year": pd.NA} | dict.fromkeys(SCHEMES, code)
    found = progress_of(target, year, value)
    row |= {"year": year, "value": value, "statcan_score": statcan_score(found)}
    return row | {name: found[name] for name in METRICS} | {name: _class(found, name) for name in SCHEMES}


def progress_of(target: Mapping[str, Any], year: int, value: float) -> pd.Series:
    """Return the progress of one of a plan's targets (a row of `Plan.targets`) at a value."""
    return progress(
        target["base"],
        value,
        target["threshold"],
        target["base_year"],
        year,
        target["target_year"],
        target["direction"],
        target["unit"],
    )


def _class(found: pd.Series, scheme: str) -> str:
    try:
        return classify(found, scheme)
    except InputError:
        return UNDEFINED


def class_odds(outlook: Outlook, year: int | None = None) -> pd.DataFrame:
    """Return how likely each scheme is to put each target into each class: the outlook's law of its value.

    Each class is an interval of values, so its probability is a difference of two exact ones. Where an exact
    comparable figure was observed one class has probability 1.

    Parameters
    ----------
    outlook : Outlook
    year : int, optional
        The year that is judged; by default the as-of year, or the first year of the plan if nothing is known.

    Returns
    -------
    DataFrame
        target, indicator, area, scheme, code, year, from_value (the value in the unit at which the class
        begins; infinite or 0 for the last), probability, basis (observed where the target has a comparable
        figure of that year; else outlook). Targets without a base, and schemes whose measure is
        undefined for a target, have no rows.

    Raises
    ------
    InputError
        If the year is not one of the plan's.
    """
    plan = outlook.plan
    year = max(outlook.as_of, plan.base_year + 1) if year is None else year
    if year not in plan.years:
        expected = phrase("expected.year_between", first=plan.years[0], last=plan.years[-1])
        raise InputError([Problem("class_odds", "year", f"{year}", expected)])
    goals = outlook.model.goals.quantities
    targets = {target["name"]: target for target in rows_of(plan.targets)}
    cuts = [(n, *cut) for n, q in enumerate(goals) for cut in _class_cuts(targets[q.name], year)]
    names = ["goal", "target", "indicator", "area", "scheme", "code", "sign", "from_value"]
    frame = pd.DataFrame(cuts, columns=names)
    reached = _reached(outlook, frame, year)
    before = reached.groupby([frame["target"], frame["scheme"]], sort=False).shift(fill_value=0.0)
    frame["probability"] = reached - before
    frame["year"] = year
    seen = {name for name, figures in observed_levels(outlook).items() if year in figures}
    frame["basis"] = np.where(frame["target"].isin(seen), "observed", "outlook")
    return columns.frame("class_odds", frame)


def _reached(outlook: Outlook, cuts: pd.DataFrame, year: int) -> pd.Series:
    """Return the probability that a value is on the good side of each cut."""
    goals, values = outlook.model.goals.quantities, cuts["from_value"].to_numpy(dtype=float)
    chosen = [goals[n] for n in cuts["goal"]]
    levels = [log_threshold(q, v) if math.isfinite(v) else v for q, v in zip(chosen, values, strict=True)]
    above = outlook.probability_above(chosen, [year] * len(chosen), np.array(levels))
    below = np.where(np.isposinf(values), 1.0, 1 - above)
    return pd.Series(np.where(cuts["sign"] > 0, above, below), index=cuts.index)


def _class_cuts(target: dict[str, Any], year: int) -> list[tuple[Any, ...]]:
    """Return, best class first, the value at which each class of each scheme begins."""
    sign = SIGNS[target["direction"]]
    result = []
    for scheme in SCHEMES:
        rows = scheme_rows(scheme)
        values = [sign * _value_at(row["metric"], row["lower"], target, year, sign) for row in rows]
        if any(math.isnan(value) for value in values):
            continue
        # A class that is tried later begins where the earlier ones end: at the easiest value so far.
        begins = {row["code"]: min(values[: n + 1]) for n, row in enumerate(rows)}
        names = (target["name"], target["indicator"], target["area"])
        result += [(*names, scheme, code, sign, sign * value) for code, value in begins.items()]
    return result


def _value_at(metric: str, level: float, target: dict[str, Any], year: int, sign: int) -> float:
    """Return the value in `year` at which a measure takes a level; NaN where the measure is undefined."""
    base, threshold = target["base"], target["threshold"]
    elapsed, horizon = year - target["base_year"], target["target_year"] - target["base_year"]
    way = sign * abs(threshold - base)
    if metric == "met":
        return float(threshold)
    never, always = sign * math.inf, 0.0 if sign > 0 else math.inf
    if metric == "near_limit":
        limited = target["unit"] == "%" and threshold in (0, 100)
        return threshold - sign * NEAR_LIMIT if limited else never
    if metric == "level_lost" or not way:
        return always if metric == "level_lost" and not way else never
    if metric != "schedule_ratio" and min(base, threshold) <= 0:
        return math.nan
    if level == -math.inf:
        return always
    if metric == "schedule_ratio":
        return float(base + level * elapsed / horizon * way)
    if metric == "projected_ratio":
        return float(base * max((base + level * way) / base, 0.0) ** (elapsed / horizon))
    needed = sign * abs(math.expm1(math.log(threshold / base) / horizon))
    return float(base * max(1 + level * needed, 0.0) ** elapsed)

"""The cascade: a whole's milestones handed down to its parts and the rest, and made to add up."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planmodel.base import columns
from planmodel.base.frames import rows_of
from planmodel.base.problems import InputError, Problem, nearest, phrase
from planmodel.law.gaussian import Array
from planmodel.law.quantity import Quantity, log_threshold
from planmodel.model.outlook import Outlook
from planmodel.plan.area import join_name
from planmodel.plan.names import resolve
from planmodel.plan.plan import Plan
from planmodel.questions.track.balancing import balance, fit_proportionally
from planmodel.questions.track.schedule import Shape, milestone_levels

RULES = ("fixed_share", "base", "capacity", "own")
METHODS = ("least_squares", "proportional")
REST = "rest"

# Assumed relative standard deviation of every area's figure before balancing, in %: only ratios between areas
# move the result.
SPREAD = 10.0


@dataclass(frozen=True)
class _Areas:
    """A whole and its areas (the parts, then the rest): names, bases and targets."""

    whole: dict[str, Any]
    parts: list[dict[str, Any]]
    names: list[str]
    bases: Array
    targets: Array


def cascade(
    plan: Plan | Outlook,
    indicator: str,
    shape: Shape = "linear",
    rule: str = "fixed_share",
    method: str = "least_squares",
    capacity: Mapping[str, float] | None = None,
    spread: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Return the yearly milestones of an indicator's parts and the rest, adding up to those of the whole.

    Parameters
    ----------
    plan : Plan or Outlook
    indicator : str
        A level or count with a part, such as ``value_added``.
    shape : str, sequence or mapping
        Of the whole's milestones (and, by the rule `own`, of each area's): see `planmodel.milestones`.
    rule : str
        fixed_share: each part its share of the whole's target (this plan's own way: 80 %);
        base: in proportion to the base values, which is equal growth;
        capacity: base values grown at each area's capacity;
        own: each area on its own way to its own target, the rest to what the whole's target leaves.
    method : str
        least_squares (Stone, Champernowne and Meade 1942; the whole's milestones are hard), or proportional: by
        the rule `own` the yearly increments are fitted to both totals (RAS), else every area is scaled alike.
    capacity : mapping of area to growth, optional
        % a year, for the rule `capacity`; ``rest`` for the rest. By default the outlook's median growth.
    spread : mapping of area to standard deviation, optional
        % of the area's figure, how far balancing may move it; 10 for each by default, an assumption.

    Returns
    -------
    DataFrame
        indicator, area (the last is ``rest``), year; prior (by the rule), level (balanced), sd (of the balanced
        figure; NaN where proportional), share (of the whole, %), negative (whether the level is below 0);
        median and probability that the level is reached (from an outlook, exact; NaN for the rest of several
        parts).

    Raises
    ------
    InputError
        If the indicator has no part or is a ratio, or the rule, method, shape or areas are wrong.
    """
    outlook = plan if isinstance(plan, Outlook) else None
    if isinstance(plan, Outlook):
        plan = plan.plan
    areas = _areas(plan, indicator)
    _check(areas, rule, method, capacity, spread)
    first = areas.whole["base_year"]
    years = list(range(first + 1, areas.whole["target_year"] + 1))
    whole = milestone_levels(areas.whole["base"], areas.whole["threshold"], years, first, shape)
    if rule == "capacity" and capacity is None:
        capacity = _capacity(areas, outlook, years)
    prior = _prior(areas, rule, whole, years, shape, capacity)
    if method == "least_squares":
        levels, sd = _least_squares(areas, prior, whole, spread or {})
    else:
        levels, sd = _proportional(areas, rule, prior, whole), np.full(prior.shape, math.nan)
    rows = [
        (
            *(
                areas.whole["indicator"],
                area,
                year,
                prior[n, t],
                levels[n, t],
                sd[n, t],
                100 * levels[n, t] / whole[t],
            ),
            *(levels[n, t] < 0, math.nan, math.nan),
        )
        for n, area in enumerate(areas.names)
        for t, year in enumerate(years)
    ]
    frame = columns.frame("cascade", rows)
    return frame if outlook is None else _odds(frame, areas, outlook, years)


def _areas(plan: Plan, indicator: str) -> _Areas:
    targets = plan.targets
    of_parts = targets[(targets["part_of"] != "") & (targets["kind"] != "ratio")]
    known = list(dict.fromkeys(of_parts["indicator"]))
    indicator = resolve(indicator, known, plan, "cascade")
    if indicator not in known:
        names = ", ".join(known)
        expected = (
            phrase("expected.level_with_part", names=names) if known else phrase("expected.plan_with_parts")
        )
        raise InputError(
            [Problem("cascade", "indicator", repr(indicator), expected, nearest(indicator, known))]
        )
    parts = rows_of(of_parts[of_parts["indicator"] == indicator])
    whole = rows_of(targets[targets["name"] == join_name(indicator, parts[0]["part_of"])])[0]
    bases = [part["base"] for part in parts]
    goals = [part["threshold"] for part in parts]
    if not np.isfinite([whole["base"], *bases]).all():
        raise InputError([Problem("cascade", "indicator", indicator, phrase("expected.bases_of_parts"))])
    return _Areas(
        whole,
        parts,
        [*(part["area"] for part in parts), REST],
        np.array([*bases, whole["base"] - sum(bases)]),
        np.array([*goals, whole["threshold"] - sum(goals)]),
    )


def _check(
    areas: _Areas,
    rule: str,
    method: str,
    capacity: Mapping[str, float] | None,
    spread: Mapping[str, float] | None,
) -> None:
    problems = [
        Problem(
            "cascade",
            place,
            repr(found),
            phrase("expected.one_of", names=", ".join(known)),
            nearest(found, known),
        )
        for place, found, known in (("rule", rule, RULES), ("method", method, METHODS))
        if found not in known
    ]
    for place, given, whole in (("capacity", capacity, True), ("spread", spread, False)):
        names = set(given or {})
        if names - set(areas.names) or (given is not None and whole and names != set(areas.names)):
            key = "expected.each_area" if whole else "expected.areas_among"
            expected = phrase(key, names=", ".join(areas.names))
            problems.append(Problem("cascade", place, ", ".join(sorted(names)), expected))
    if problems:
        raise InputError(problems)


def _prior(
    areas: _Areas,
    rule: str,
    whole: Array,
    years: Sequence[int],
    shape: Shape,
    capacity: Mapping[str, float] | None,
) -> Array:
    """Return each area's figures by the rule: a row an area, a column a year."""
    first = areas.whole["base_year"]
    if rule == "own":
        pairs = zip(areas.names, areas.bases, areas.targets, strict=True)
        ways = [milestone_levels(b, t, years, first, shape, place=f"shape of {name}") for name, b, t in pairs]
        return np.array(ways)
    if rule == "capacity":
        growth = np.array([(capacity or {})[name] for name in areas.names])
        elapsed = np.array(years) - first
        return np.asarray(areas.bases[:, None] * (1 + growth[:, None] / 100) ** elapsed)
    shares = (
        areas.targets / areas.whole["threshold"]
        if rule == "fixed_share"
        else areas.bases / areas.whole["base"]
    )
    return np.outer(shares, whole)


def _capacity(areas: _Areas, outlook: Outlook | None, years: Sequence[int]) -> dict[str, float]:
    """Return each area's median growth in the outlook, % a year."""
    if outlook is None or len(areas.parts) != 1:
        expected = phrase("expected.growth_of_areas")
        raise InputError([Problem("cascade", "capacity", phrase("found.nothing_given"), expected)])
    middles = [
        outlook.nodes.medians(*_area_rows(outlook, areas, name, years[-1:]))[0] for name in areas.names
    ]
    ratios = np.array(middles) / areas.bases
    growth = 100 * (ratios ** (1 / len(years)) - 1)
    return dict(zip(areas.names, growth.tolist(), strict=True))


def _least_squares(
    areas: _Areas, prior: Array, whole: Array, spread: Mapping[str, float]
) -> tuple[Array, Array]:
    """Balance each year on its own: the areas' figures add up to the whole's milestone."""
    relative = np.array([spread.get(name, SPREAD) for name in areas.names]) / 100
    levels, sd = np.empty(prior.shape), np.empty(prior.shape)
    for t, total in enumerate(whole):
        variances = (relative * prior[:, t]) ** 2
        levels[:, t], left = balance(prior[:, t], variances, np.ones((1, len(relative))), [total])
        sd[:, t] = np.sqrt(np.maximum(np.diag(left), 0.0))
    return levels, sd


def _proportional(areas: _Areas, rule: str, prior: Array, whole: Array) -> Array:
    if rule != "own":
        return np.asarray(prior * whole / prior.sum(axis=0))
    steps = np.diff(prior, axis=1, prepend=areas.bases[:, None])
    totals = np.diff(whole, prepend=areas.whole["base"])
    return areas.bases[:, None] + np.cumsum(
        fit_proportionally(steps, areas.targets - areas.bases, totals), axis=1
    )


def _area_rows(
    outlook: Outlook, areas: _Areas, area: str, years: Sequence[int]
) -> tuple[list[Quantity], Array]:
    """Return a part's quantity and rows to its (U, X), by year; the rest is the part with X, a logit, negated."""
    name = join_name(areas.whole["indicator"], areas.parts[0]["area"] if area == REST else area)
    chosen = [outlook.quantity(name)] * len(years)
    rows = outlook.model.law.pairs(chosen, years)
    if area == REST:
        rows[:, 1] *= -1
    return chosen, rows


def _odds(frame: pd.DataFrame, areas: _Areas, outlook: Outlook, years: list[int]) -> pd.DataFrame:
    for area in areas.names[: None if len(areas.parts) == 1 else -1]:
        own = frame["area"] == area
        chosen, rows = _area_rows(outlook, areas, area, years)
        levels = [log_threshold(chosen[0], level) for level in frame.loc[own, "level"]]
        above = outlook.nodes.probability_above(chosen, rows, np.array(levels))
        frame.loc[own, "probability"] = outlook.plan.by_name[areas.whole["name"]].chance(above)
        frame.loc[own, "median"] = outlook.nodes.medians(chosen, rows)
    return frame

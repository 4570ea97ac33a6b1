"""Milestones: what a target asks for year by year, under several shapes, and how likely each is.

Shapes w(τ) of the way from base to target, τ the share of time gone, w(0) = 0 and w(1) = 1:

=========  ==========================================  ==============================================
linear     τ                                           序时进度: 20, 40, 60, 80 % of the way
growth     ((yT/y0)^τ - 1) / (yT/y0 - 1)               the same growth every year
power      τ^a                                         back-loaded for a > 1 (1.5 unless given)
logistic   (L(τ) - L(0)) / (L(1) - L(0))               an S, L(τ) = 1/(1 + exp(-k (τ - 1/2))), k = 6
own table  given weights                               such as a legal schedule
=========  ==========================================  ==============================================
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from scipy.special import expit

from planmodel.base import columns
from planmodel.base.frames import rows_of
from planmodel.base.problems import InputError, Problem, nearest, phrase
from planmodel.law.gaussian import Array
from planmodel.law.quantity import log_threshold
from planmodel.model.outlook import Outlook
from planmodel.plan.plan import Plan

SHAPES = ("linear", "growth", "power", "logistic")
PARAMETERS = {"power": 1.5, "logistic": 6.0}

# A shape by name, weights for each year after the base year, or weights by year.
Shape: TypeAlias = str | Sequence[float] | Mapping[int, float]

# A table's weights come from division: 0.6000000001 after 0.6 is not a step back.
_ROUNDING = 1e-9


def milestones(
    plan: Plan | Outlook, shape: Shape = "linear", parameter: float | None = None, scale: str = "level"
) -> pd.DataFrame:
    """Return each target's milestones by year and, from an outlook, how likely each is to be reached.

    Parameters
    ----------
    plan : Plan or Outlook
    shape : str, sequence or mapping
        linear, growth, power, logistic; or a table of the cumulative share of the way, 0..1: one weight for each
        year after the base year (the last, 1, may be left out), or weights by year.
    parameter : float, optional
        a of the power shape (1.5), k of the logistic one (6).
    scale : "level" or "log"
        y0 + (yT - y0)·w, or y0·(yT/y0)^w.

    Returns
    -------
    DataFrame
        target, indicator, area, year; share (cumulative share of the way, %); level (in the unit);
        median (of the outlook in that year) and probability (that the milestone is reached; exact). NaN where a
        target has no base, and in median and probability where a plan alone is given.

    Raises
    ------
    InputError
        If the shape is unknown, not monotone or not from 0 to 1, or a geometric one meets a base that is not
        positive.
    """
    outlook = plan if isinstance(plan, Outlook) else None
    if isinstance(plan, Outlook):
        plan = plan.plan
    rows = []
    for target in rows_of(plan.targets):
        first, last = target["base_year"], target["target_year"]
        years = list(range(first + 1, last + 1))
        levels = np.full(len(years), math.nan)
        if not math.isnan(target["base"]):
            place = f"shape of {target['name']}"
            levels = milestone_levels(
                target["base"], target["threshold"], years, first, shape, parameter, scale, place
            )
        way = target["threshold"] - target["base"]
        share = 100 * (levels - target["base"]) / way if way else np.full(len(years), math.nan)
        names = (target["name"], target["indicator"], target["area"])
        rows += [(*names, *row, math.nan, math.nan) for row in zip(years, share, levels, strict=True)]
    frame = columns.frame("milestones", rows)
    return frame if outlook is None else _odds(frame, outlook)


def milestone_levels(  # noqa: PLR0913 - two figures with their years, and the shape between them
    base: float,
    target: float,
    years: Sequence[int],
    base_year: int,
    shape: Shape = "linear",
    parameter: float | None = None,
    scale: str = "level",
    place: str = "shape",
) -> Array:
    """Return the levels of one target's milestones; `years` run to the target year.

    Raises
    ------
    InputError
        As `milestones`.
    """
    if scale not in ("level", "log"):
        raise InputError(
            [
                Problem(
                    "milestones", "scale", repr(scale), phrase("expected.either", first="level", second="log")
                )
            ]
        )
    if (scale == "log" or shape == "growth") and min(base, target) <= 0:
        found = phrase("found.base_and_target", base=f"{base:g}", target=f"{target:g}")
        raise InputError([Problem("milestones", place, found, phrase("expected.both_above_zero"))])
    weights = shape_weights(shape, years, base_year, target / base if shape == "growth" else 1.0, parameter)
    if scale == "log":
        return np.asarray(base * (target / base) ** weights)
    return np.asarray(base + (target - base) * weights)


def shape_weights(
    shape: Shape, years: Sequence[int], base_year: int, ratio: float = 1.0, parameter: float | None = None
) -> Array:
    """Return the cumulative share of the way that a shape asks for in each year, 0..1.

    `ratio` is target over base, for the shape of constant growth.

    Raises
    ------
    InputError
        If the shape is unknown, not monotone, or does not end at 1 in the last year.
    """
    if not isinstance(shape, str):
        return _table(shape, years)
    if shape not in SHAPES:
        expected = phrase("expected.shape_or_weights", names=", ".join(SHAPES))
        raise InputError([Problem("milestones", "shape", repr(shape), expected, nearest(shape, SHAPES))])
    time = (np.asarray(years, dtype=float) - base_year) / (years[-1] - base_year)
    size = PARAMETERS.get(shape, 0.0) if parameter is None else parameter
    if shape in PARAMETERS and not (math.isfinite(size) and size > 0):
        raise InputError([Problem("milestones", "parameter", f"{size}", phrase("expected.number_positive"))])
    if shape == "growth" and ratio != 1:
        return np.asarray(np.expm1(time * math.log(ratio)) / (ratio - 1))
    if shape == "power":
        return np.asarray(time**size)
    if shape == "logistic":
        edge = expit(-size / 2)
        return np.asarray((expit(size * (time - 0.5)) - edge) / (1 - 2 * edge))
    return np.asarray(time)


def _table(shape: Sequence[float] | Mapping[int, float], years: Sequence[int]) -> Array:
    """Check weights that a user gives and return one for each year."""
    if isinstance(shape, Mapping):
        weights = [shape.get(year, 1.0 if year == years[-1] else math.nan) for year in years]
        missing = [str(year) for year, weight in zip(years, weights, strict=True) if math.isnan(weight)]
        extra = [str(year) for year in shape if year not in years]
        if missing or extra:
            given = phrase("found.years", years=", ".join(map(str, shape)))
            wanted = phrase("expected.weights_for", first=years[0], last=years[-1])
            raise InputError([Problem("milestones", "shape", given, wanted)])
    else:
        weights = [*shape, 1.0] if len(shape) == len(years) - 1 else list(shape)
    table = np.asarray(weights, dtype=float)
    steps = np.diff(table, prepend=0.0)
    found: str
    if len(table) != len(years):
        found = phrase("found.weights", n=len(table))
        expected = phrase("expected.weight_each_year", n=len(years))
    elif not np.isfinite(table).all() or np.any(steps < -_ROUNDING):
        found, expected = f"{[float(w) for w in table]}", phrase("expected.rising_weights")
    elif abs(table[-1] - 1) > _ROUNDING:
        found = phrase("found.last_weight", weight=f"{table[-1]:g}")
        expected = phrase("expected.last_weight_one")
    else:
        return table
    raise InputError([Problem("milestones", "shape", found, expected)])


def _odds(frame: pd.DataFrame, outlook: Outlook) -> pd.DataFrame:
    """Add the outlook's median and the probability of each milestone, where it has the target."""
    known = frame["target"].isin(outlook.model.goals.names) & frame["level"].notna()
    chosen = [outlook.quantity(name) for name in frame.loc[known, "target"]]
    years = [int(year) for year in frame.loc[known, "year"]]
    medians = outlook.quantiles([0.5]).set_index(["target", "year"])["value"]
    found = medians.reindex(pd.MultiIndex.from_frame(frame[["target", "year"]])).to_numpy()
    frame = frame.assign(median=found, probability=math.nan)
    if chosen:
        levels = [log_threshold(q, v) for q, v in zip(chosen, frame.loc[known, "level"], strict=True)]
        above = outlook.probability_above(chosen, years, np.array(levels))
        at_least = [outlook.plan.by_name[name].at_least for name in frame.loc[known, "target"]]
        frame.loc[known, "probability"] = np.where(at_least, above, 1 - above)
    return frame

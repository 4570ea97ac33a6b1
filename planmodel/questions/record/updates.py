"""News: why the odds moved between two as-of years, by observation.

What had been expected, and the surprise, are those of the single normal with the outlook's mean and covariance.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from planmodel.base import columns
from planmodel.base.problems import Problems, phrase
from planmodel.law.condition import Condition
from planmodel.law.gaussian import Array
from planmodel.law.quantity import Moments, Quantity, medians
from planmodel.model.goals import has_bounds
from planmodel.model.outlook import Outlook
from planmodel.questions.odds.marginal import probabilities

# A figure whose variance (in logs) is no more than rounding was known already; it cannot surprise.
_KNOWN = 1e-14


# Observations by name and year.
Figures = dict[tuple[str, int], Condition]


@dataclass(frozen=True)
class _Step:
    """One reason for a change: what became known, and the outlook once it was."""

    kind: str
    outlook: Outlook
    variable: str = ""
    year: int = 0
    value: float = math.nan
    unit: str = ""
    expected: float = math.nan
    surprise: float = math.nan


def news(earlier: Outlook, later: Outlook) -> pd.DataFrame:
    """Return why each target's odds moved from an earlier outlook to a later one, observation by observation.

    The observations enter one after another, by year; within a year the drivers come first, so that a figure
    of the plan's own area counts for what the drivers' figures did not already say. Each step conditions the
    joint normal anew on everything known by then, so the last step is the later outlook itself. How a change
    is shared among observations depends on that order; the total does not.

    Parameters
    ----------
    earlier, later : Outlook
        Of the same plan, evidence and scenario; the later one knows all that the earlier one knew.

    Returns
    -------
    DataFrame
        A row a target and step: target, indicator, area; step (start; scenario: years that turned into
        history, for which the scenario no longer speaks; observation; revision, of a figure known before;
        end); variable, observed (its year; the as-of years at start and end), value and unit; expected (the
        median just before, same unit); surprise_sd (log value less log median, in standard deviations);
        change (of the probability); probability_after. For each target the first probability and all changes
        add up to the last.

    Raises
    ------
    InputError
        If the two differ in more than their observations, or if one carries bounds, which act on draws only.
    """
    _check(earlier, later)
    steps = list(_steps(earlier, later))
    odds = np.array([probabilities(step.outlook) for step in steps])
    changes = np.diff(odds, axis=0, prepend=odds[:1])
    rows = [
        (
            *(target.name, target.indicator, target.area, step.kind, step.variable, step.year),
            *(step.value, step.unit, step.expected, step.surprise, changes[k, n], odds[k, n]),
        )
        for n, target in enumerate(later.model.goals.quantities)
        for k, step in enumerate(steps)
    ]
    return columns.frame("news", rows)


def news_since_base(outlook: Outlook) -> pd.DataFrame:
    """Return why each target's odds moved from the plan's base year to this outlook: see `news`."""
    return _news_since_base(outlook).copy()


# A report tells the news twice, as charts and as words.
@lru_cache(maxsize=2)
def _news_since_base(outlook: Outlook) -> pd.DataFrame:
    first = outlook.model.known_by(outlook.plan.base_year)
    return news(first.run(outlook.scenario), outlook)


def _check(earlier: Outlook, later: Outlook) -> None:
    problems = Problems("news")
    same = {
        "plans": (earlier.plan.fingerprint, later.plan.fingerprint),
        "evidence": (earlier.model.evidence.fingerprint, later.model.evidence.fingerprint),
        "scenarios": (earlier.scenario.fingerprint, later.scenario.fingerprint),
    }
    for what, (first, second) in same.items():
        if first != second:
            problems.add("", phrase(f"found.two_different_{what}"), phrase("expected.same_but_observed"))
    if not earlier.model.effects.equals(later.model.effects):
        problems.add("", phrase("found.different_effects"), phrase("expected.same_but_observed"))
    forgotten = [key for key in earlier.used if key not in later.used]
    if earlier.as_of > later.as_of or forgotten:
        found = phrase("found.as_of_then", first=earlier.as_of, then=later.as_of)
        if forgotten:
            name, year = forgotten[0][:2]
            found = phrase(
                "found.as_of_then_without", first=earlier.as_of, then=later.as_of, name=name, year=year
            )
        problems.add("", found, phrase("expected.later_outlook"))
    if has_bounds(earlier.bounds) or has_bounds(later.bounds):
        problems.add("", phrase("found.outlook_with_bounds"), phrase("expected.no_bounds_draws_only"))
    problems.check()


def _steps(earlier: Outlook, later: Outlook) -> Iterator[_Step]:
    """Yield what became known, in order, each time with the outlook that knows it."""
    known = {figure.key: figure for figure in earlier.observed}
    found = {figure.key: figure for figure in later.observed}
    yield _Step("start", earlier, year=earlier.as_of)
    state, fresh = earlier, _fresh(known, found, later)
    if not _same_scenario(earlier, later):
        state = later if not fresh else _with(later, known)
        yield _Step("scenario", state, year=later.as_of)
    for n, key in enumerate(fresh, start=1):
        kind = "revision" if key in known else "observation"
        known = known | {key: found[key]}
        before, state = state, later if n == len(fresh) else _with(later, known)
        yield _observed(kind, found[key], before, state)
    yield _Step("end", later, year=later.as_of)


def _fresh(known: Figures, found: Figures, later: Outlook) -> list[tuple[str, int]]:
    """Return the observations that are new or revised: by year, drivers first, then as they are listed."""
    keys = [key for key in found if key not in known or not found[key].same_as(known[key])]
    return sorted(keys, key=lambda key: (key[1], later.quantity(key[0]).area != ""))


def _same_scenario(earlier: Outlook, later: Outlook) -> bool:
    return (
        len(earlier.paths) == len(later.paths)
        and all(map(Condition.same_as, earlier.paths, later.paths))
        and np.array_equal(earlier.shifted_mean, later.shifted_mean)
        and np.array_equal(earlier.shifted_cov, later.shifted_cov)
    )


def _with(later: Outlook, known: Figures) -> Outlook:
    return replace(later, observed=tuple(known.values()))


def _observed(kind: str, figure: Condition, before: Outlook, after: Outlook) -> _Step:
    """Say what a figure was, what had been expected, and how far apart the two are."""
    quantity, year = figure.subject
    if figure.curved:
        row, centre = _tangent(quantity, figure.rows, before)
    else:
        row = figure.rows[0]
        centre = float(row @ before.mean)
    variance = float(row @ before.cov @ row) + figure.noise
    surprise = (figure.value - centre) / math.sqrt(variance) if variance > _KNOWN else math.nan
    if figure.of_growth:
        value, expected = (100 * math.expm1(log - figure.start) for log in (figure.value, centre))
        unit = "%"
    else:
        value, expected = (quantity.scale * math.exp(log) for log in (figure.value, centre))
        unit = quantity.unit
    return _Step(kind, after, quantity.name, year, value, unit, expected, surprise)


def _tangent(quantity: Quantity, rows: Array, before: Outlook) -> tuple[Array, float]:
    """Return the gradient of a curved quantity's log at the mean, and the log of its median."""
    mean, cov = rows @ before.mean, rows @ before.cov @ rows.T
    median = medians([quantity], Moments.of(mean[None], cov[None]))[0]
    slope = np.array(quantity.slope(float(mean[0]), float(mean[1])))
    return slope @ rows, math.log(median / quantity.scale)

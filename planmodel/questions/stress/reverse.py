"""Reverse stress: how far each target is from failing, by which path, and how bad it gets within a distance."""

from __future__ import annotations

import math

import pandas as pd
from scipy.special import erfc, ndtr

from planmodel.base import columns
from planmodel.base.problems import InputError, Problem, phrase
from planmodel.model.outlook import Outlook
from planmodel.questions.odds.marginal import probabilities
from planmodel.questions.stress.failure import nearest_failure, worst_within
from planmodel.questions.stress.paths import DriverGrowth, aim_of, path_table, threshold_point


class Breaks(pd.DataFrame):
    """The table of `breaks`, which also knows the failing path of each target."""

    _metadata = ["_outlook"]  # noqa: RUF012 (as pandas declares it)
    _outlook: Outlook

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        # Some of the rows still know whose they are, and can be said.
        return Breaks

    @property
    def outlook(self) -> Outlook:
        """The outlook that was asked."""
        return self._outlook

    def path(self, target: str, driver: str = "") -> pd.DataFrame:
        """Return the most likely path on which a target is exactly at its threshold: see `failing_path`."""
        return failing_path(self._outlook, target, driver)


def breaks(outlook: Outlook) -> Breaks:
    """Return, by target, how far it is from failing and what would break it.

    The distance is that of the nearest point at which the target fails from the outlook's central path (every
    log and logit at its mean), in standard deviations of the joint normal (Mahalanobis):
    δ = (c'μ - b) / √(c'Σc) for a log-linear target, Hasofer and Lind's for a part of a whole. It is negative
    where the central path fails already: the point is then the smallest improvement that reaches the target.
    An outlook with bounds is taken without them.

    Returns
    -------
    Breaks
        target, indicator, area; distance (s.d.; infinite where the target is certain or impossible); tail
        (Φ(-distance)) with exact (whether that is P(fail), as for log-linear targets, or an approximation, as
        for parts) and failure_probability (P(fail), exact for both); chi2_tail (P(χ²₁ > distance²): how
        implausible that point is); driver (of those that by themselves move the target that way, the one whose
        own path explains most of its variance; empty where there is none), driver_share (that part of the
        variance, 0..1) and driver_distance (of that driver's path alone that breaks the target). NaN where a target has no base.
        Its method ``path(target)`` gives the path of every variable.
        Source: methods of Breuer, Jandačka, Rheinberger and Summer (2009), IJCB 5(3).
    """
    goals, plan = outlook.model.goals, outlook.plan
    fails = dict(zip((q.name for q in goals.quantities), 1 - probabilities(outlook), strict=True))
    drivers = DriverGrowth.of(outlook)
    rows = []
    for name, indicator, area in plan.targets[["name", "indicator", "area"]].itertuples(index=False):
        aim = aim_of(outlook, name) if name in fails else None
        if aim is None:
            nan = [math.nan] * 2
            rows.append((name, indicator, area, *nan, False, *nan, "", *nan))
            continue
        distance, w = nearest_failure(aim.limit, aim.law)
        found = ("", math.nan, math.nan) if w is None else drivers.strongest(outlook, aim, w)
        tail, implausible = float(ndtr(-distance)), float(erfc(abs(distance) / math.sqrt(2)))
        exact = aim.limit.quantity.log_linear
        rows.append((name, indicator, area, distance, tail, exact, fails[name], implausible, *found))
    result = Breaks(columns.frame("breaks", rows))
    result._outlook = outlook
    return result


def failing_path(outlook: Outlook, target: str, driver: str = "") -> pd.DataFrame:
    """Return the most likely path on which a target is exactly at its threshold, year by year.

    For a log-linear target it is E[y | c'y = b]; for a part it leads to the nearest point of the curved
    surface, and every other variable takes its expectation given that point. What was observed stays (an
    observed sum such as GDP up to the curvature that conditioning on it has left out).

    Parameters
    ----------
    outlook : Outlook
    target : str
        A target with a base.
    driver : str, optional
        Let this driver alone break the target: its most likely open-year path that brings the target's
        expectation to the threshold, everything that moves with it following.

    Returns
    -------
    DataFrame
        quantity, indicator, area, unit, year; central and on_path (values on the central path and on this one,
        in the unit), difference; central_growth and path_growth (% a year), growth_difference (points). A
        row for each target, GDP and driver in each year.

    Raises
    ------
    InputError
        If there is no such target or driver, or no such path: the target is certain, impossible or without
        a base, or the driver does not move it.
    """
    return path_table(outlook, threshold_point(outlook, target, driver))


def worst_case(outlook: Outlook, target: str, distance: float = 2.0) -> pd.DataFrame:
    """Return the path that is worst for a target among all within a Mahalanobis distance of the central path.

    y = μ - k Σc / √(c'Σc) for a log-linear target at distance k; for a part the worst point of the circle of
    that radius in the plane of its two variables. Fix k as a distance, not as a probability: the same
    probability content needs a larger k the more variables there are (Breuer et al. 2009).

    Parameters
    ----------
    outlook : Outlook
    target : str
    distance : float
        k in standard deviations, at least 0.

    Returns
    -------
    DataFrame
        As `failing_path`; the target's value is `on_path` in its row of the target year.

    Raises
    ------
    InputError
        If there is no such target or the distance is not a number of 0 or more.
    """
    if not (math.isfinite(distance) and distance >= 0):
        raise InputError(
            [Problem("worst_case", "distance", f"{distance}", phrase("expected.number_not_negative"))]
        )
    aim = aim_of(outlook, target)
    return path_table(outlook, aim.extended(outlook, worst_within(aim.limit, aim.law, distance)))

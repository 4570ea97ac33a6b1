"""Are we on track: how far an indicator has come from its base to its target, in every metric in use.

The metrics (y0 base, y value, yT target; τ the share of time gone; d the wanted direction, +1 or -1):

==================  =====================================================================================
linear              (y - y0) / (yT - y0)
log                 ln(y / y0) / ln(yT / y0)
cagr_ratio          annual growth so far over the annual growth needed from the base (Eurostat)
schedule_ratio      linear / τ: 1 is on the straight line (序时进度); SDSN's ratio of linear rates, too
projected           y0 (y / y0)^(1/τ): where growth as it was leads by the target year
required            growth needed from here on, (yT / y)^(1/years left) - 1, % a year
==================  =====================================================================================

Falling targets need no other formula: numerator and denominator are both negative.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from planmodel.base.problems import InputError, Problem, Problems, phrase
from planmodel.plan.target import SIGNS

# UNSD: a target of 0 or 100 % counts as met within one percentage point.
NEAR_LIMIT = 1.0


def progress(  # noqa: PLR0913 - a public signature: three figures, their years, and how to read them
    base: float,
    value: float,
    target: float,
    base_year: int,
    year: int,
    target_year: int,
    direction: int | str | None = None,
    unit: str = "",
) -> pd.Series:
    """Return how far an indicator has come from its base to its target, in every metric.

    Parameters
    ----------
    base, value, target : float
        Levels in the base year, in `year` and wanted in the target year.
    base_year, year, target_year : int
    direction : 1, -1, "at_least" or "at_most", optional
        By default the sign of target - base; must be given where the two are equal.
    unit : str, optional
        ``%`` lets UNSD's rule on targets of 0 and 100 % apply.

    Returns
    -------
    Series of floats
        linear, log, cagr_ratio, schedule_ratio, projected, required as in the module's table; log_schedule_ratio
        (log / τ); projected_linear (y0 + (y - y0)/τ); projected_ratio ((projected - y0)/(yT - y0), UNSD);
        status_index (10 · linear) and anticipated_gap (100 · (1 - schedule_ratio), not below 0 once met), both
        ESCAP's; required_increment (a year, in the unit); growth and growth_needed (from the base, % a year);
        time_share (τ); met, near_limit and level_lost (1 or 0); direction; the six inputs.

    Notes
    -----
    A target met counts as met in every scheme, whatever the trend. Logs and growth are NaN unless base, value
    and target are positive: nothing replaces a zero. Where target equals base (a level to be kept) every ratio
    is NaN, and `level_lost` is 1 where it was not kept. Where the target lies behind the base (a floor or ceiling to
    be kept), ratios are movement in the wanted direction over the distance, `d·(y - y0)/|yT - y0|`, as Statistics
    Canada has it. A year after the target year is judged at the target year (UNSD): `met` asks whether the line of
    constant growth was there in time, and nothing is required any more (NaN).

    Raises
    ------
    InputError
        If a figure is not a finite number, the year or the target year is not after the base year, or the
        direction is missing or unknown.
    """
    _check(base, value, target, base_year, year, target_year)
    sign = _direction(base, target, direction)
    elapsed, horizon, left = year - base_year, target_year - base_year, target_year - year
    time_share, way = elapsed / horizon, sign * abs(target - base)
    linear = (value - base) / way if way else math.nan
    logs = _logarithmic(base, value, target, elapsed, horizon, sign)
    projected_linear = base + (value - base) / time_share
    met = _met(value, target, sign, left, logs["projected"], projected_linear)
    near_limit = unit == "%" and target in (0, 100) and abs(value - target) <= NEAR_LIMIT
    found = {
        "linear": linear,
        "log": logs["log"],
        "cagr_ratio": logs["cagr_ratio"],
        "schedule_ratio": linear / time_share,
        "projected": logs["projected"],
        "required": _required(value, target, left),
        "log_schedule_ratio": logs["log"] / time_share,
        "projected_linear": projected_linear,
        "projected_ratio": (logs["projected"] - base) / way if way else math.nan,
        "status_index": 10 * linear,
        "anticipated_gap": 0.0 if met else 100 * (1 - linear / time_share),
        "required_increment": (target - value) / left if left > 0 else math.nan,
        "growth": logs["growth"],
        "growth_needed": logs["growth_needed"],
        "time_share": time_share,
    }
    found |= {"met": met, "near_limit": near_limit, "level_lost": target == base and not met}
    found |= {"direction": sign}
    found |= {"base": base, "value": value, "target": target}
    found |= {"base_year": base_year, "year": year, "target_year": target_year}
    return pd.Series(found, dtype=float)


def _met(
    value: float, target: float, sign: int, left: int, projected: float, projected_linear: float
) -> bool:
    """Whether the target is met: after the target year, whether it was by then on the way of constant growth."""
    in_time = value if left >= 0 else (projected_linear if math.isnan(projected) else projected)
    return bool(sign * (in_time - target) >= 0)


def _logarithmic(
    base: float, value: float, target: float, elapsed: int, horizon: int, sign: int
) -> dict[str, float]:
    """Return the metrics that need positive levels; NaN where a level is not."""
    names = ("log", "cagr_ratio", "projected", "growth", "growth_needed")
    if min(base, value, target) <= 0:
        return dict.fromkeys(names, math.nan)
    gone, whole = math.log(value / base), math.log(target / base)
    growth, needed = math.expm1(gone / elapsed), math.expm1(whole / horizon)
    with np.errstate(over="ignore"):
        projected = float(base * np.exp(gone * horizon / elapsed))
    log = gone / (sign * abs(whole)) if whole else math.nan
    ratio = growth / (sign * abs(needed)) if needed else math.nan
    return dict(zip(names, (log, ratio, projected, 100 * growth, 100 * needed), strict=True))


def _required(value: float, target: float, left: int) -> float:
    if left <= 0 or min(value, target) <= 0:
        return math.nan
    return 100 * math.expm1(math.log(target / value) / left)


def _check(base: float, value: float, target: float, base_year: int, year: int, target_year: int) -> None:
    problems = Problems("progress")
    for name, number in (("base", base), ("value", value), ("target", target)):
        if not _is_number(number):
            problems.add(name, repr(number), phrase("expected.finite_number"))
    for name, number in (("base_year", base_year), ("year", year), ("target_year", target_year)):
        if not _is_number(number) or number != int(number):
            problems.add(name, repr(number), phrase("expected.year"))
    problems.check()
    if year <= base_year:
        problems.add("year", f"{year}", phrase("expected.year_after_base", year=base_year))
    if target_year <= base_year:
        problems.add("target_year", f"{target_year}", phrase("expected.year_after_base", year=base_year))
    problems.check()


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and math.isfinite(float(value))


def _direction(base: float, target: float, direction: int | str | None) -> int:
    problems = Problems("progress")
    if direction is None:
        if target == base:
            problems.add("direction", phrase("found.no_direction"), phrase("expected.direction_sign"))
        problems.check()
        return 1 if target > base else -1
    sign = SIGNS.get(direction, 0) if isinstance(direction, str) else direction
    if sign not in (1, -1):
        problems.add("direction", repr(direction), phrase("expected.direction"))
    problems.check()
    return int(sign)


def reduction_progress(done: float, promised: float) -> float:
    """Return the share done of a promised cumulative reduction: ln(1 - c) / ln(1 - C).

    China's statistical practice while a plan runs, inferred from published pairs: no text states the formula.
    After 4 years of the 11th plan Tianjin had cut 20.07 % of 20 %; it published 100.39 %, which is this one
    (the linear share is 100.35).

    Raises
    ------
    InputError
        If `promised` is not between 0 and 1 or `done` is 1 or more.
    """
    _check_reduction(done, promised)
    return math.log1p(-done) / math.log1p(-promised)


def overfulfilment(done: float, promised: float) -> float:
    """Return by how much a finished plan's reduction was overfulfilled: c / C - 1.

    The final accounts are linear (NDRC and NBS, notice 9 of 2011: Beijing 26.59 for 20 % is +32.95 %).

    Raises
    ------
    InputError
        As `reduction_progress`.
    """
    _check_reduction(done, promised)
    return done / promised - 1


def annual_reduction(promised: float, years: int) -> float:
    """Return the constant yearly reduction (% a year) that makes a cumulative one: 100·(1 - (1 - C)^(1/n)).

    Raises
    ------
    InputError
        As `reduction_progress`.
    """
    _check_reduction(0.0, promised)
    return -100 * math.expm1(math.log1p(-promised) / years)


def remaining_reduction(done: float, promised: float) -> float:
    """Return what is still to be cut, as a share of today's level: 1 - (1 - C)/(1 - c).

    Not C - c: of a promised 20 %, 15.61 % done, 5.20 % of today's level remain, not 4.39 points.

    Raises
    ------
    InputError
        As `reduction_progress`.
    """
    _check_reduction(done, promised)
    return 1 - (1 - promised) / (1 - done)


def _check_reduction(done: float, promised: float) -> None:
    problems = Problems("reduction")
    if not (_is_number(promised) and 0 < promised < 1):
        problems.add("promised", repr(promised), phrase("expected.share_between"))
    if not (_is_number(done) and done < 1):
        problems.add("done", repr(done), phrase("expected.share_below_one"))
    problems.check()


def completion_rate(met: int, targets: int) -> float:
    """Return the share of targets met (指标完成率, Hu Angang's 目标一致法), 0..1.

    Raises
    ------
    InputError
        If `met` is not between 0 and the number of targets.
    """
    if targets <= 0 or not 0 <= met <= targets:
        expected = phrase("expected.targets_met")
        raise InputError(
            [Problem("completion_rate", "met", phrase("found.met_of", met=met, targets=targets), expected)]
        )
    return met / targets

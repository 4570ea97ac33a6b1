"""What it takes: the growth that each target needs from here, and the most likely paths on which targets hold.

Paths are those of the single normal with the outlook's mean and covariance; medians are the outlook's own.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.special import gammaincc

from planmodel.base import columns
from planmodel.base.frames import rows_of
from planmodel.base.problems import InputError, Problem, phrase
from planmodel.law.gaussian import Array
from planmodel.law.quantity import Quantity
from planmodel.model.outlook import Outlook
from planmodel.plan.target import SIGNS
from planmodel.questions.odds.marginal import required_growth
from planmodel.questions.stress.failure import Standard
from planmodel.questions.stress.failure_count import least_distance
from planmodel.questions.stress.margins import chosen_targets
from planmodel.questions.stress.means import is_means, limits_of
from planmodel.questions.stress.paths import DriverGrowth, path_table

_MOST_ROUNDS = 200
_SETTLED = 1e-12
# A limit state within this of zero is at its threshold (logs).
_AT_THRESHOLD = 1e-9


def growth_needed(outlook: Outlook) -> pd.DataFrame:
    """Return the growth that each target needs from the latest figure on.

    Returns
    -------
    DataFrame
        target, indicator, area; from_year, from_value and from_kind: `observed` (the latest figure that the
        outlook is conditioned on), else `base` where nothing later is known as of the base year, else
        `median` (the outlook's in the as-of year); target_value; needed (% a year compound, from then to the
        target year: 100·((target/value)^(1/years) - 1)); median_growth (the outlook's median over the same
        years); history (own past growth); slack (points a year: median_growth less needed, the other way
        round for "at most"); met (whether the from_value meets the target already: what is needed may then be
        negative). NaN where a target has no base, or where no year is left.
    """
    plan = outlook.plan
    history = outlook.model.evidence.history.set_index("target")["growth"]
    rows = []
    for target in rows_of(plan.targets):
        name, quantity = target["name"], outlook.model.by_name.get(target["name"])
        year, value, kind = _latest(outlook, quantity, float(target["base"]))
        left, sign = plan.target_year - year, float(SIGNS[target["direction"]])
        needed = required_growth(value, target["threshold"], left)
        median = required_growth(value, _median(outlook, quantity, plan.target_year), left)
        rows.append(
            {
                "target": name,
                "indicator": target["indicator"],
                "area": target["area"],
                "from_year": year,
                "from_value": value,
                "from_kind": kind,
                "target_value": target["threshold"],
                "needed": needed,
                "median_growth": median,
                "history": float(history.get(name, np.nan)),
                "slack": sign * (median - needed),
                "met": plan.by_name[name].is_met(value),
            }
        )
    return columns.frame("growth_needed", rows)


def _latest(outlook: Outlook, quantity: Quantity | None, base: float) -> tuple[int, float, str]:
    """Return year, value and kind of the figure that growth counts from."""
    base_year = outlook.plan.base_year
    if quantity is None:
        return base_year, np.nan, "no_base"
    observed = [year for name, year in outlook.used if name == quantity.name]
    if observed:
        return max(observed), _median(outlook, quantity, max(observed)), "observed"
    if outlook.as_of == base_year:
        return base_year, base, "base"
    return outlook.as_of, _median(outlook, quantity, outlook.as_of), "median"


def _median(outlook: Outlook, quantity: Quantity | None, year: int) -> float:
    if quantity is None:
        return np.nan
    return outlook.median(quantity, year)


class DriverPaths(pd.DataFrame):
    """The table of `driver_paths`, which also knows how far the paths are from the outlook's central one.

    Attributes
    ----------
    distance : float
        Mahalanobis distance δ of the paths from the central path (s.d.).
    chi2_tail : float
        P(χ²ₖ ≥ δ²), with k the number of binding targets: 1 where nothing has to change. It is
        not the odds that the targets hold.
    binding : list of str
        The targets that the paths meet exactly; the other chosen ones hold with room to spare.
    targets : list of str
        The chosen targets.
    means : list of str
        The drivers whose growth on these paths, as a shock of each alone, brings some binding target nearer and takes
        none farther away. The other drivers only move along.
    outlook : Outlook
        The outlook that was asked.
    """

    _metadata = ["distance", "chi2_tail", "binding", "targets", "means", "outlook"]  # noqa: RUF012 (as pandas declares it)
    distance: float
    chi2_tail: float
    binding: list[str]
    targets: list[str]
    means: list[str]
    outlook: Outlook

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame


def driver_paths(outlook: Outlook, targets: str | Iterable[str] | None = None) -> DriverPaths:
    """Return the most likely paths of drivers and targets on which all chosen targets hold.

    The nearest point to the central path (every log and logit at its mean) of the region where the targets
    hold: min (y - μ)'Σ⁻¹(y - μ) under a limit state of at least 0 for each target. Targets that fall short are
    thus met exactly, those that hold are not pulled down; the path is E[y | binding targets at their
    thresholds]. Parts of a whole are linearised until the point no longer moves.

    Years up to the as-of year are history: only figures that are not known can move in them.

    Parameters
    ----------
    outlook : Outlook
        Its bounds, if any, are not used.
    targets : str or iterable of str, optional
        By default every target of the plan that has a base.

    Returns
    -------
    DriverPaths
        A row for each driver, target and GDP in each year: variable, indicator, area, unit, year; central and
        needed (values on the central path, the median of every level that is no part, and on this path);
        central_growth and needed_growth (% a year), difference (points of growth). Its attributes:
        `distance`, `chi2_tail`, `binding`, `targets`, `means`.

    Raises
    ------
    InputError
        If a target is unknown or has no base, or if no path meets the targets.
    """
    chosen = chosen_targets(outlook, targets)
    names = [outlook.model.goals.quantities[k].name for k in chosen]
    point, shocks, limits = _nearest_holding(outlook, chosen)
    moved = bool(np.any(shocks))
    table = path_table(outlook, point)
    renamed = {
        "quantity": "variable",
        "on_path": "needed",
        "path_growth": "needed_growth",
        "growth_difference": "difference",
    }
    table = table.drop(columns="difference").rename(columns=renamed)
    result = DriverPaths(columns.frame("driver_paths", table))
    result.distance = float(np.linalg.norm(shocks))
    result.binding = [n for n, m in zip(names, limits, strict=True) if moved and abs(m) < _AT_THRESHOLD]
    result.chi2_tail = float(gammaincc(len(result.binding) / 2, result.distance**2 / 2)) if moved else 1.0
    result.targets = names
    result.means = _means(
        outlook, [k for k, n in zip(chosen, names, strict=True) if n in result.binding], point
    )
    result.outlook = outlook
    return result


def _means(outlook: Outlook, binding: list[int], point: Array) -> list[str]:
    """Return the drivers whose growth at a point, alone, helps some of these targets and harms none."""
    drivers, limits = DriverGrowth.of(outlook), limits_of(outlook.model.goals, binding)
    return [
        name
        for name, rows in zip(drivers.names, drivers.rows, strict=True)
        if is_means(outlook, limits, name, rows @ (point - outlook.mean), 1.0)
    ]


def _nearest_holding(outlook: Outlook, chosen: list[int]) -> tuple[Array, Array, Array]:
    """Return the nearest point where the chosen targets hold, its shocks in standard units, and the limit states."""
    goals, law = outlook.model.goals, Standard.of(outlook.mean, outlook.cov)
    targets = limits_of(goals, chosen)
    shocks = np.zeros(law.root.shape[1])
    for _ in range(_MOST_ROUNDS):
        point = law.point(shocks)
        limits = np.array([limit.height(*(rows @ point)) for limit, rows in targets])
        slopes = np.array([limit.slope(*map(float, rows @ point)) @ rows for limit, rows in targets])
        loads = slopes @ law.root
        new = least_distance(loads, loads @ shocks - limits)
        if new is None:
            break
        moved, shocks = float(np.max(np.abs(new - shocks), initial=0.0)), new
        if moved < _SETTLED:
            return point, shocks, limits
    found = phrase("found.targets_no_path_meets")
    raise InputError([Problem("driver_paths", "targets", found, phrase("expected.compatible_targets"))])

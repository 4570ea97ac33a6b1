"""What a fan chart shows, as tidy tables: bands, base and observations of one quantity."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import text, unit_name
from planmodel.base.units import conversion_factor, convertible
from planmodel.law.quantity import Quantity
from planmodel.model.outlook import Outlook
from planmodel.plan.plan import Plan
from planmodel.plan.ratio import SCALE
from planmodel.show.labels import level

PROBABILITIES = (0.1, 0.25, 0.5, 0.75, 0.9)


def base_level(plan: Plan, target: str) -> float:
    """Return the value of a target, or of a ratio's denominator, in the base year.

    The document prints no GDP: it is the stated numerator over the stated ratio. NaN where neither is known.
    """
    if target in plan.by_name:
        return plan.by_name[target].base
    for row in plan.by_name.values():
        ratio = row.ratio
        if ratio is None or ratio.part or ratio.denominator != target:
            continue
        numerator = plan.by_name.get(ratio.numerator)
        if row.stated and numerator is not None and numerator.stated:
            return SCALE * numerator.base / row.base
    return math.nan


def fan_bands(outlook: Outlook, target: str) -> pd.DataFrame:
    """Return one row a year from the base year on: year, q10, q25, q50, q75, q90."""
    base, plan = base_level(outlook.plan, target), outlook.plan
    rows = list(zip(plan.years, *(_levels(outlook)[target, p] for p in PROBABILITIES), strict=True))
    if not math.isnan(base):
        rows.insert(0, (plan.base_year, *(base for _ in PROBABILITIES)))
    return pd.DataFrame(rows, columns=["year", *(f"q{100 * p:.0f}" for p in PROBABILITIES)])


def fan_points(outlook: Outlook, target: str) -> pd.DataFrame:
    """Return the base and the observations from then on.

    Columns year, value, kind (base_point, observed, not_used), reason (why it was not used).
    """
    quantity, base_year = outlook.quantity(target), outlook.plan.base_year
    rows: list[dict[str, Any]] = []
    base = base_level(outlook.plan, target)
    if not math.isnan(base):
        rows.append({"year": base_year, "value": base, "kind": "base_point", "reason": ""})
    for kind, row in _observations(outlook):
        if row["name"] == target and row["year"] > base_year and convertible(row["unit"], quantity.unit):
            rows.append(_point(row, quantity, kind))
    return pd.DataFrame(rows, columns=["year", "value", "kind", "reason"])


def target_words(threshold: float, unit: str, lang: str = "zh") -> str:
    """Return what stands beside the line of a target."""
    key = "target_at_percent" if unit == "%" else "target_at"
    return text(key, lang, level=level(threshold), unit=unit_name(unit, lang))


# A report has a fan of every quantity: what they share is worked out once.
@lru_cache(maxsize=2)
def _levels(outlook: Outlook) -> dict[tuple[str, float], list[float]]:
    """Return quantiles by year, for each quantity and probability."""
    levels: dict[tuple[str, float], list[float]] = {}
    for row in rows_of(outlook.quantiles(PROBABILITIES)):
        levels.setdefault((row["target"], row["quantile"]), []).append(row["value"])
    return levels


@lru_cache(maxsize=2)
def _observations(outlook: Outlook) -> list[tuple[str, dict[str, Any]]]:
    """Return the observations that were used, then the others, each with its kind."""
    used, _, unused = outlook.sorted_figures
    kinds = (("observed", used), ("not_used", unused))
    return [(kind, row) for kind, frame in kinds for row in rows_of(frame)]


def _point(row: Mapping[Any, Any], quantity: Quantity, kind: str) -> dict[str, Any]:
    value = row["value"] * conversion_factor(row["unit"], quantity.unit)
    return {"year": row["year"], "value": value, "kind": kind, "reason": row.get("reason", "")}

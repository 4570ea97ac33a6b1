"""What a fan chart shows, as tidy tables: bands, base and observations of one quantity."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import pandas as pd

from planmodel.labels import label, level, unit_name
from planmodel.observations import sort_observations
from planmodel.outlook import Outlook
from planmodel.plan import Plan
from planmodel.quantity import Quantity
from planmodel.records import records
from planmodel.units import conversion_factor, convertible

PROBABILITIES = (0.1, 0.25, 0.5, 0.75, 0.9)


def base_level(plan: Plan, target: str) -> float:
    """Return the value of a target, or of a ratio's denominator, in the base year.

    The document prints no GDP: it is the stated numerator over the stated ratio. NaN where neither is known.
    """
    bases = plan.targets.set_index("name")["base"]
    if target in bases.index:
        return float(bases[target])
    indicator, _, area = target.partition(".")
    for name, ratio in plan.ratios.items():
        if isinstance(ratio, dict) and (ratio["denominator"], ratio.get("denominator_area", area)) == (
            indicator,
            area,
        ):
            numerator, share = f"{ratio['numerator']}.{area}", f"{name}.{area}"
            if {numerator, share} <= set(bases.index):
                return float(100 * bases[numerator] / bases[share])
    return math.nan


def fan_bands(out: Outlook, target: str) -> pd.DataFrame:
    """Return one row a year from the base year on: year, q10, q25, q50, q75, q90."""
    rows = _levels(out)
    wide = rows[rows["target"] == target].pivot_table(index="year", columns="quantile", values="value")
    wide.columns = pd.Index([f"q{100 * p:.0f}" for p in PROBABILITIES])
    base = base_level(out.plan, target)
    first = pd.DataFrame({column: [base] for column in wide.columns}, index=[out.plan.base_year])
    bands = pd.concat([first.dropna(), wide])
    return bands.rename_axis("year").reset_index()


def fan_points(out: Outlook, target: str) -> pd.DataFrame:
    """Return the base and the observations from then on.

    Columns year, value, kind (base_point, observed, not_used), reason (why it was not used).
    """
    by_name = {quantity.name: quantity for quantity in out.quantities}
    quantity, base_year = by_name[target], out.plan.base_year
    used, _, unused = _observations(out)
    rows: list[dict[str, Any]] = []
    base = base_level(out.plan, target)
    if not math.isnan(base):
        rows.append({"year": base_year, "value": base, "kind": "base_point", "reason": ""})
    for frame, kind in ((used, "observed"), (unused, "not_used")):
        own = frame[(frame["name"] == target) & (frame["year"] > base_year)]
        rows += [
            _point(row, quantity, kind) for row in records(own) if convertible(row["unit"], quantity.unit)
        ]
    return pd.DataFrame(rows, columns=["year", "value", "kind", "reason"])


def target_words(threshold: float, unit: str, lang: str = "zh") -> str:
    """Return what stands beside the line of a target."""
    shown = unit_name(unit, lang) if lang == "zh" or unit == "%" else f"({unit_name(unit, lang)})"
    return f"{label('target_line', lang)} {level(threshold)} {shown}"


# A report has a fan of every quantity: what they share is worked out once.
@lru_cache(maxsize=2)
def _levels(out: Outlook) -> pd.DataFrame:
    return out.quantiles(PROBABILITIES)


@lru_cache(maxsize=2)
def _observations(out: Outlook) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    by_name = {quantity.name: quantity for quantity in out.quantities}
    return sort_observations(out.model.observations, by_name, out.plan.years, out.as_of)


def _point(row: Mapping[Any, Any], quantity: Quantity, kind: str) -> dict[str, Any]:
    value = row["value"] * conversion_factor(row["unit"], quantity.unit)
    return {"year": row["year"], "value": value, "kind": kind, "reason": row.get("reason", "")}

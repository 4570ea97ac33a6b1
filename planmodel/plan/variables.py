"""The variables of a plan, their base levels with rounding, and the quantities that are read off them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from planmodel.base.records import records
from planmodel.law.quantity import Quantity
from planmodel.plan.plan import Plan

# A figure printed to a step is uniform within half a step: standard deviation step / √12.
ROUNDING = 1 / math.sqrt(12)


@dataclass(frozen=True)
class Variable:
    """A normal variable of the model: the log of a level, or the logit of a share or rate.

    `roundings` maps each printed base figure to the change of the base value per standard deviation of its
    rounding error, so that figures that enter two variables move both. `numerator` is the target beside which
    an ``other`` is the rest of a denominator; empty for all else.
    """

    name: str
    role: str
    base: float
    roundings: Mapping[str, float] = field(default_factory=dict)
    numerator: str = ""


def plan_variables(plan: Plan) -> list[Variable]:
    """Return the variables that a plan's targets need, wholes before parts.

    Roles: ``level`` (log), ``other`` (log of a denominator less its numerator), ``share`` (logit of a part's
    share of its whole), ``rate`` (logit of a ratio without numerator). Targets without a base have none.
    """
    rows = {row["name"]: row for row in records(plan.targets) if math.isfinite(row["base"])}
    wholes = [row for row in rows.values() if not row["part_of"]]
    variables = [_level(row) for row in wholes if row["kind"] != "ratio"]
    for row in rows.values():
        if row["kind"] == "ratio" and (not row["part_of"] or plan.ratios[row["indicator"]] == "independent"):
            variables += _ratio_variables(row, plan, rows)
    for row in rows.values():
        if row["part_of"] and row["kind"] != "ratio" and f"{row['indicator']}.{row['part_of']}" in rows:
            variables.append(_share(row, rows[f"{row['indicator']}.{row['part_of']}"]))
    return variables


@lru_cache(maxsize=8)
def variable_names(plan: Plan) -> frozenset[str]:
    """Return the names of the variables that a plan's model has: its drivers, and what its targets need."""
    return frozenset((*plan_drivers(plan), *(variable.name for variable in plan_variables(plan))))


def plan_drivers(plan: Plan) -> tuple[str, ...]:
    """Return the names of a plan's drivers."""
    return tuple(str(name) for name in plan.meta.get("drivers") or {})


def _sd(row: Mapping[str, Any]) -> float:
    """Return the standard deviation of a base figure's rounding error; a count is exact."""
    return 0.0 if row["kind"] == "count" else float(row["base_step"]) * ROUNDING


def _level(row: Mapping[str, Any]) -> Variable:
    return Variable(row["name"], "level", math.log(row["base"]), {row["name"]: _sd(row) / row["base"]})


def _share(part: Mapping[str, Any], whole: Mapping[str, Any]) -> Variable:
    share = part["base"] / whole["base"]
    return Variable(
        part["name"],
        "share",
        math.log(share / (1 - share)),
        {
            part["name"]: _sd(part) / part["base"] / (1 - share),
            whole["name"]: -_sd(whole) / whole["base"] / (1 - share),
        },
    )


def _ratio_variables(
    row: Mapping[str, Any], plan: Plan, rows: Mapping[str, Mapping[str, Any]]
) -> list[Variable]:
    share = row["base"] / 100
    logit, slope = math.log(share / (1 - share)), 1 / (100 * share * (1 - share))
    ratio = plan.ratios[row["indicator"]]
    if ratio == "independent":
        return [Variable(row["name"], "rate", logit, {row["name"]: _sd(row) * slope})]
    numerator, denominator = rows.get(f"{ratio['numerator']}.{row['area']}"), denominator_name(row, ratio)
    if numerator is None or denominator in rows:
        return []
    roundings = {numerator["name"]: _sd(numerator) / numerator["base"], row["name"]: -_sd(row) * slope}
    base = math.log(numerator["base"]) - logit
    return [Variable(f"other_{denominator}", "other", base, roundings, numerator["name"])]


def denominator_name(row: Mapping[str, Any], ratio: Mapping[str, str]) -> str:
    """Return the name of the denominator of a ratio's row, e.g. ``gdp.district``."""
    return f"{ratio['denominator']}.{ratio.get('denominator_area', row['area'])}"


def plan_quantities(plan: Plan, drivers: Mapping[str, str]) -> list[Quantity]:
    """Return the quantities of a plan: its targets in order, then denominators, then drivers with their units."""
    variables = {variable.name: variable for variable in plan_variables(plan)}
    rows = records(plan.targets)
    result = [quantity for row in rows if (quantity := _target_quantity(row, plan, variables)) is not None]
    result += [_denominator(variable, plan) for variable in variables.values() if variable.role == "other"]
    result += [Quantity(name, name, "", unit, "log", {name: 1.0}) for name, unit in drivers.items()]
    return result


def _target_quantity(
    row: Mapping[str, Any], plan: Plan, variables: Mapping[str, Variable]
) -> Quantity | None:
    name, indicator, area, unit = row["name"], row["indicator"], row["area"], row["unit"]
    whole = f"{indicator}.{row['part_of']}" if row["part_of"] else name
    if row["kind"] != "ratio":
        if name not in variables or whole not in variables:
            return None
        return Quantity(name, indicator, area, unit, "log", {whole: 1.0}, name if row["part_of"] else "")
    ratio = plan.ratios[indicator]
    if ratio == "independent":
        return (
            Quantity(name, indicator, area, unit, "logit", {name: 1.0}, "", 100.0)
            if name in variables
            else None
        )
    denominator = denominator_name(row, ratio)
    numerator = f"{ratio['numerator']}.{row['part_of'] or area}"
    part = f"{ratio['numerator']}.{area}" if row["part_of"] else ""
    form, second = (
        ("logit", f"other_{denominator}") if f"other_{denominator}" in variables else ("log", denominator)
    )
    if any(needed not in variables for needed in (numerator, second, *([part] if part else []))):
        return None
    return Quantity(name, indicator, area, unit, form, {numerator: 1.0, second: -1.0}, part, 100.0)


def _denominator(other: Variable, plan: Plan) -> Quantity:
    """Return the denominator (GDP) as the sum of its numerator, whose area may be another, and the rest."""
    name = other.name.removeprefix("other_")
    indicator, area = name.split(".")
    # A denominator that is a target without a base has its unit there, and need not be among the quantities.
    units = dict(zip(plan.targets["indicator"], plan.targets["unit"], strict=True))
    unit = units.get(indicator) or plan.meta["quantities"][indicator]["unit"]
    return Quantity(name, indicator, area, str(unit), "sum", {other.numerator: 1.0}, other.name)

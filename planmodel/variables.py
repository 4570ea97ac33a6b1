"""The variables of a plan, their base levels with rounding, and the quantities that are read off them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from planmodel.plan import Plan
from planmodel.quantity import Quantity
from planmodel.records import records

# A figure printed to a step is uniform within half a step: standard deviation step / √12.
ROUNDING = 1 / math.sqrt(12)


@dataclass(frozen=True)
class Variable:
    """A normal variable of the model: the log of a level, or the logit of a share or rate.

    `roundings` maps each printed base figure to the change of the base value per standard deviation of its
    rounding error, so that figures that enter two variables move both.
    """

    name: str
    role: str
    base: float
    roundings: Mapping[str, float] = field(default_factory=dict)


def plan_variables(plan: Plan) -> list[Variable]:
    """Return the variables that a plan's targets need, wholes before parts.

    Roles: ``level`` (log), ``other`` (log of a denominator less its numerator), ``share`` (logit of a part's
    share of its whole), ``rate`` (logit of a ratio without numerator). Targets without a base have none.
    """
    rows = {row["name"]: row for row in records(plan.targets) if math.isfinite(row["base"])}
    wholes = [row for row in rows.values() if not row["part_of"]]
    variables = [_level(row) for row in wholes if row["kind"] != "ratio"]
    for row in wholes:
        if row["kind"] == "ratio":
            variables += _ratio_variables(row, plan, rows)
    for row in rows.values():
        if row["part_of"] and row["kind"] != "ratio" and f"{row['indicator']}.{row['part_of']}" in rows:
            variables.append(_share(row, rows[f"{row['indicator']}.{row['part_of']}"]))
    return variables


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
    numerator = rows.get(f"{ratio['numerator']}.{row['area']}")
    denominator = f"{ratio['denominator']}.{ratio.get('denominator_area', row['area'])}"
    if numerator is None or denominator in rows:
        return []
    roundings = {numerator["name"]: _sd(numerator) / numerator["base"], row["name"]: -_sd(row) * slope}
    return [Variable(f"other_{denominator}", "other", math.log(numerator["base"]) - logit, roundings)]


def plan_quantities(plan: Plan, drivers: Mapping[str, str]) -> list[Quantity]:
    """Return the quantities of a plan: its targets in order, then denominators, then drivers with their units."""
    variables = {variable.name: variable for variable in plan_variables(plan)}
    rows = records(plan.targets)
    result = [quantity for row in rows if (quantity := _target_quantity(row, plan, variables)) is not None]
    result += [
        _denominator(variable.name, plan) for variable in variables.values() if variable.role == "other"
    ]
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
    denominator = f"{ratio['denominator']}.{ratio.get('denominator_area', area)}"
    numerator = f"{ratio['numerator']}.{row['part_of'] or area}"
    part = f"{ratio['numerator']}.{area}" if row["part_of"] else ""
    form, second = (
        ("logit", f"other_{denominator}") if f"other_{denominator}" in variables else ("log", denominator)
    )
    if any(needed not in variables for needed in (numerator, second, *([part] if part else []))):
        return None
    return Quantity(name, indicator, area, unit, form, {numerator: 1.0, second: -1.0}, part, 100.0)


def _denominator(other: str, plan: Plan) -> Quantity:
    """Return the denominator (GDP) as the sum of its numerator and the rest."""
    name = other.removeprefix("other_")
    indicator, area = name.split(".")
    ratio = next(r for r in plan.ratios.values() if isinstance(r, dict) and r["denominator"] == indicator)
    unit = str(plan.meta["quantities"][indicator]["unit"])
    return Quantity(name, indicator, area, unit, "sum", {f"{ratio['numerator']}.{area}": 1.0}, other)

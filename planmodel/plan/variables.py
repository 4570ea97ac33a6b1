"""The variables of a plan, their base levels with rounding, and the quantities that are read off them."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from planmodel.law.quantity import Quantity
from planmodel.plan.area import split_name
from planmodel.plan.plan import Plan
from planmodel.plan.ratio import SCALE, Ratio, denominator_of
from planmodel.plan.target import Target

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
    targets = {name: target for name, target in plan.by_name.items() if target.stated}
    variables = [_level(t) for t in targets.values() if t.kind != "ratio" and not t.part_of]
    for target in targets.values():
        if target.kind == "ratio":
            variables += _ratio_variables(target, targets)
    for target in targets.values():
        if target.kind != "ratio" and target.whole in targets:
            variables.append(_share(target, targets[target.whole]))
    return variables


@lru_cache(maxsize=8)
def variable_names(plan: Plan) -> frozenset[str]:
    """Return the names of the variables that a plan's model has: its drivers, and what its targets need."""
    return frozenset((*plan_drivers(plan), *(variable.name for variable in plan_variables(plan))))


def plan_drivers(plan: Plan) -> tuple[str, ...]:
    """Return the names of a plan's drivers."""
    return tuple(str(name) for name in plan.meta.get("drivers") or {})


def _sd(target: Target) -> float:
    """Return the standard deviation of a base figure's rounding error."""
    return float(target.rounding_step) * ROUNDING


def _level(target: Target) -> Variable:
    base = target.base
    return Variable(target.name, "level", math.log(base), {target.name: _sd(target) / base})


def _share(part: Target, whole: Target) -> Variable:
    share = part.base / whole.base
    return Variable(
        part.name,
        "share",
        math.log(share / (1 - share)),
        {
            part.name: _sd(part) / part.base / (1 - share),
            whole.name: -_sd(whole) / whole.base / (1 - share),
        },
    )


def _ratio_variables(target: Target, targets: Mapping[str, Target]) -> list[Variable]:
    """Return the rate that an independent ratio is, or the rest of a whole's denominator that is no target."""
    share, ratio = target.base / SCALE, target.ratio
    logit, slope = math.log(share / (1 - share)), 1 / (SCALE * share * (1 - share))
    if ratio is None:
        return [Variable(target.name, "rate", logit, {target.name: _sd(target) * slope})]
    numerator = targets.get(ratio.numerator)
    if ratio.part or numerator is None or ratio.denominator in targets:
        return []
    roundings = {numerator.name: _sd(numerator) / numerator.base, target.name: -_sd(target) * slope}
    return [Variable(ratio.rest, "other", math.log(numerator.base) - logit, roundings, numerator.name)]


def plan_quantities(plan: Plan, drivers: Mapping[str, str]) -> list[Quantity]:
    """Return the quantities of a plan: its targets in order, then denominators, then drivers with their units."""
    variables = {variable.name: variable for variable in plan_variables(plan)}
    made = (_quantity(target, variables) for target in plan.by_name.values())
    result = [quantity for quantity in made if quantity is not None]
    result += [_denominator(variable, plan) for variable in variables.values() if variable.role == "other"]
    result += [Quantity(name, name, "", unit, "log", {name: 1.0}) for name, unit in drivers.items()]
    return result


def _quantity(target: Target, variables: Collection[str]) -> Quantity | None:
    """Return what a target is read off, or None where the model lacks a variable of it."""
    if target.ratio is not None:
        form, weights, part, scale = _over(target.ratio, variables)
    elif target.kind == "ratio":
        form, weights, part, scale = "logit", {target.name: 1.0}, "", SCALE
    else:
        form, weights, scale = "log", {target.whole or target.name: 1.0}, 1.0
        part = target.name if target.whole else ""
    if any(needed not in variables for needed in (*weights, *([part] if part else []))):
        return None
    return Quantity(target.name, target.indicator, target.area, target.unit, form, weights, part, scale)


def _over(ratio: Ratio, variables: Collection[str]) -> tuple[str, dict[str, float], str, float]:
    """Return form, weights, part and scale of a ratio over the rest of its denominator, or over a target."""
    form, below = ("logit", ratio.rest) if ratio.rest in variables else ("log", ratio.denominator)
    return form, {ratio.whole: 1.0, below: -1.0}, ratio.part, SCALE


def _denominator(other: Variable, plan: Plan) -> Quantity:
    """Return the denominator (GDP) as the sum of its numerator, whose area may be another, and the rest."""
    name = denominator_of(other.name)
    indicator, area = split_name(name)
    # A denominator that is a target without a base has its unit there, and need not be among the quantities.
    units = {target.indicator: target.unit for target in plan.by_name.values()}
    unit = units.get(indicator) or plan.meta["quantities"][indicator]["unit"]
    return Quantity(name, indicator, area, str(unit), "sum", {other.numerator: 1.0}, other.name)

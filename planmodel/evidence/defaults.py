"""Default equations for the variables of a plan that its own equations leave out: assumptions, all of them."""

from __future__ import annotations

import math
from collections.abc import Set
from typing import Any

import pandas as pd

from planmodel.plan.plan import Plan
from planmodel.plan.variables import plan_variables

# Without own history: nominal growth of 5 ± 5 % a year covers 0 to 10 at one standard deviation.
UNKNOWN_DRIFT, UNKNOWN_DRIFT_SD = 5.0, 5.0
# Without a reference class: fast growth persists weakly, half of it is carried on, with a wide spread.
CARRIED_ON, OWN_DRIFT_SD = 0.5, 3.0
INNOVATION, PERSISTENCE = 4.0, 0.3
# A part's share of the whole moves as a random walk of its logit, 0.15 a year.
SHARE_INNOVATION = 15.0
# A rate without numerator moves by its logit too.
RATE_INNOVATION = 5.0


def default_equations(plan: Plan, history: pd.DataFrame, known: Set[str]) -> list[dict[str, Any]]:
    """Return equation rows for every variable of the plan that is not in `known`."""
    growth = dict(zip(history["target"], history["growth"], strict=True))
    rows: list[dict[str, Any]] = []
    for variable in plan_variables(plan):
        if variable.name in known:
            continue
        if variable.role == "share":
            rows.append(_row(variable.name, "innovation", SHARE_INNOVATION, None, "logit % a year"))
        elif variable.role == "rate":
            rows.append(_row(variable.name, "drift", 0.0, RATE_INNOVATION / 2, "logit % a year"))
            rows.append(_row(variable.name, "innovation", RATE_INNOVATION, None, "logit % a year"))
        else:
            rows += _level(variable.name, growth.get(variable.name, math.nan))
    return rows


def _level(name: str, past: float) -> list[dict[str, Any]]:
    if math.isnan(past):
        drift = _row(name, "drift", UNKNOWN_DRIFT, UNKNOWN_DRIFT_SD, "log % a year")
    else:
        drift = _row(name, "drift", CARRIED_ON * 100 * math.log1p(past / 100), OWN_DRIFT_SD, "log % a year")
        drift["note"] = "half of own past growth"
    return [
        drift,
        _row(name, "persistence", PERSISTENCE, None, ""),
        _row(name, "innovation", INNOVATION, None, "log % a year"),
    ]


def _row(variable: str, coefficient: str, value: float, sd: float | None, unit: str) -> dict[str, Any]:
    return {
        "variable": variable,
        "coefficient": coefficient,
        "value": value,
        "sd": sd,
        "unit": unit,
        "estimate": "",
        "basis": "assumption",
        "source": "default",
        "note": "",
    }

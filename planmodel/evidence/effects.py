"""Effects of a plan's measures: assumptions, uncertain at least as much as they are large."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from planmodel.base.problems import Problems, phrase
from planmodel.base.tables import Column, read_csv
from planmodel.plan.plan import Plan, data_folder
from planmodel.plan.variables import variable_names

EFFECT_COLUMNS = {
    "measure": Column("name"),
    "variable": Column(),
    "effect": Column("number", low=-20, high=20),
    "sd": Column("number", low=0, high=20),
    "years_to_full": Column("integer", low=1, high=10),
    "cost": Column("number", low=0),
    "basis": Column(choices=("estimate", "fact", "assumption")),
    "source": Column(required=False),
}


def load_effects(plan: Plan) -> pd.DataFrame:
    """Read `effects.csv`: what full extra effort on a measure adds to growth (points a year), with its s.d.

    A plan without the file has no effects: its measures then move nothing, and a scenario that uses one is
    refused.

    Raises
    ------
    InputError
        With every problem found; an assumed effect must have a standard deviation of at least its size.
    """
    path = data_folder(plan) / "effects.csv"
    if not path.is_file():
        return pd.DataFrame(columns=list(EFFECT_COLUMNS))
    return read_effects(path, plan)


def read_effects(path: Path, plan: Plan) -> pd.DataFrame:
    """Read and check a file of effects for a plan."""
    rows = read_csv(path, EFFECT_COLUMNS, ("measure", "variable"))
    problems = Problems(str(path))
    known, variables = set(plan.measures["measure"]), variable_names(plan)
    for row in rows:
        if row["measure"] not in known:
            problems.add_unknown(row.place("measure"), row["measure"], known, "measure")
        if row["variable"] not in variables:
            problems.add_unknown(row.place("variable"), row["variable"], variables, "variable")
        if row["basis"] == "assumption" and row["sd"] < abs(row["effect"]):
            problems.add(
                row.place("sd"),
                f"{row['sd']:g}",
                phrase("expected.sd_of_effect", effect=f"{abs(row['effect']):g}"),
            )
    problems.check()
    return pd.DataFrame([dict(row.values) for row in rows], columns=list(EFFECT_COLUMNS))

"""Observations: figures of later years, which of them condition the outlook, and why the others do not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from planmodel.base import columns
from planmodel.base.frames import check_columns, rows_of
from planmodel.base.problems import InputError, Problems, nearest, phrase
from planmodel.base.tables import Column, Row, read_rows
from planmodel.base.units import KNOWN_UNITS, convertible
from planmodel.law.quantity import Quantity
from planmodel.plan.area import join_name
from planmodel.plan.plan import BOUNDS, Plan, data_folder, load_plan

GRADES = ("A", "A-", "B", "C", "A-derived", "B-derived", "C-derived")

OBSERVATION_COLUMNS = {
    "variable": Column("name"),
    "area": Column("name", required=False),
    "year": Column("year", low=1900, high=2200),
    "value": Column("number"),
    "unit": Column(choices=KNOWN_UNITS),
    "bound": Column(choices=BOUNDS),
    "sd": Column("number", required=False, low=0),
    "comparable": Column(choices=("yes", "no")),
    "grade": Column(choices=GRADES),
    "source": Column(),
    "note": Column(required=False),
}


def load_observations(plan: str | Path | Plan = "jiangbei") -> pd.DataFrame:
    """Read a plan's observations: `data/observations.csv`, or the file of that name in the plan's folder.

    Columns: variable, area, year, value, unit, bound, sd, comparable, grade, source, note. A plan without the
    file has none.

    Raises
    ------
    InputError
        With every problem found, each with its line and column.
    """
    plan = plan if isinstance(plan, Plan) else load_plan(plan)
    path = data_folder(plan) / "observations.csv"
    if not path.is_file():
        return columns.frame("observations")
    return read_observations(path, plan)


def read_observations(path: Path, plan: Plan) -> pd.DataFrame:
    """Read and check a file of observations for a plan."""
    problems = Problems(str(path))
    rows = read_rows(path, OBSERVATION_COLUMNS, (), problems)
    names = _known_names(plan)
    for row in rows:
        _check_row(row, plan, names, problems)
    _check_repeats(rows, problems)
    problems.check()
    frame = columns.frame("observations", [dict(row.values) for row in rows])
    return frame.fillna({"area": "", "note": ""})


def _known_names(plan: Plan) -> dict[str, str]:
    """Return the unit of every variable that can be observed."""
    targets = plan.targets
    names = dict(zip(targets["indicator"], targets["unit"], strict=True))
    for group in ("quantities", "drivers"):
        names |= {name: entry.get("unit", "index") for name, entry in (plan.meta.get(group) or {}).items()}
    return names


def _check_row(row: Row, plan: Plan, names: Mapping[str, str], problems: Problems) -> None:
    name, unit = row["variable"], row["unit"]
    if name not in names:
        problems.add_unknown(row.place("variable"), name, names, "variable")
        return
    is_driver = name in (plan.meta.get("drivers") or {})
    if not is_driver and row["area"] not in plan.areas:
        problems.add_unknown(row.place("area"), row["area"], map(str, plan.areas), "area")
    if not convertible(unit, names[name]) and not (is_driver and unit == "%"):
        problems.add(row.place("unit"), repr(unit), phrase("expected.unit_of", name=name, unit=names[name]))
    if unit != "%" and row["value"] <= 0:
        problems.add(row.place("value"), f"{row['value']:g}", phrase("expected.level_above_zero"))
    if unit == "%" and not is_driver and not 0 < row["value"] < 100:
        problems.add(row.place("value"), f"{row['value']:g}", phrase("expected.share_open"))
    if unit == "%" and is_driver and row["value"] <= -100:
        problems.add(row.place("value"), f"{row['value']:g}", phrase("expected.growth"))
    if row["bound"] == "about" and row["sd"] is None and row["comparable"] == "yes":
        problems.add(row.place("sd"), phrase("found.nothing"), phrase("expected.sd_of_about"))


def _check_repeats(rows: Sequence[Row], problems: Problems) -> None:
    """A variable has one usable figure a year: each figure enters once."""
    first: dict[tuple[str, str, int], int] = {}
    for row in rows:
        if row["comparable"] == "yes" and row["bound"] in ("exact", "about"):
            key = (row["variable"], row["area"] or "", row["year"])
            if key in first:
                found = phrase("found.row_again", row=f"{row['variable']} {row['year']}", line=first[key])
                problems.add(row.place(), found, phrase("expected.one_figure_a_year"))
            first.setdefault(key, row.line)


def check_observations(observations: pd.DataFrame) -> None:
    """Refuse a frame that lacks a column which a run reads; where a figure comes from moves nothing.

    Raises
    ------
    InputError
        Naming every column that is missing.
    """
    needed = [column for column in OBSERVATION_COLUMNS if column != "source"]
    check_columns(observations, needed, "observations", phrase("expected.columns_of_observations"))


def quantity_name(variable: str, area: str, quantities: Mapping[str, Quantity]) -> str:
    """Return the name of the quantity that an observation is about, or an empty string."""
    if variable in quantities:
        return variable
    name = join_name(variable, area)
    return name if name in quantities else ""


# Why a figure is not used, where its file does not say it.
REASONS = ("not_a_plan_year", "not_a_variable", "not_comparable", "bound")


def sort_observations(
    observations: pd.DataFrame, quantities: Mapping[str, Quantity], years: range, as_of: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Divide observations into those that condition the law, bounds, and the rest with the reason.

    A reason is a code, or the file's own note on why a figure is not comparable. Figures after `as_of` are in none of the three: nothing may depend on them.
    """
    used, bounds, unused = [], [], []
    for row in rows_of(observations[observations["year"] <= as_of]):
        name = quantity_name(row["variable"], row["area"], quantities)
        if row["comparable"] != "yes" and row["note"]:
            reason = row["note"]
        elif row["year"] not in years:
            reason = "not_a_plan_year"
        elif not name:
            reason = "not_a_variable"
        elif row["comparable"] != "yes":
            reason = "not_comparable"
        elif row["bound"] in ("exact", "about"):
            used.append(row | {"name": name})
            continue
        else:
            bounds.append(row | {"name": name})
            reason = "bound"
        unused.append(row | {"name": name, "reason": reason})
    columns = [*observations.columns, "name"]
    return (
        pd.DataFrame(used, columns=columns),
        pd.DataFrame(bounds, columns=columns),
        pd.DataFrame(unused, columns=[*columns, "reason"]),
    )


def default_as_of(plan: Plan, observations: pd.DataFrame) -> int:
    """Return the last year with a comparable annual figure of the plan's own areas, grade B or better."""
    own = observations[
        observations["area"].isin(list(map(str, plan.areas)))
        & (observations["comparable"] == "yes")
        & observations["bound"].isin(["exact", "about"])
        & observations["grade"].isin(["A", "A-", "B", "A-derived", "B-derived"])
        & (observations["year"] <= plan.target_year)
    ]
    return max(int(own["year"].max()) if len(own) else plan.base_year, plan.base_year)


def check_as_of(plan: Plan, as_of: int) -> int:
    """Return `as_of` if it is a year of the plan.

    Raises
    ------
    InputError
        If it lies outside.
    """
    years = [str(year) for year in range(plan.base_year, plan.target_year + 1)]
    if str(as_of) not in years:
        problems = Problems("as_of")
        problems.add(
            "",
            str(as_of),
            phrase("expected.year_between", first=years[0], last=years[-1]),
            nearest(as_of, years),
        )
        raise InputError(problems.found)
    return int(as_of)


def noise_sd(row: Mapping[str, Any]) -> float:
    """Return the standard deviation of an observation in logs; 0 for an exact one."""
    sd = float(row["sd"])
    if math.isnan(sd):
        return 0.0
    return sd / abs(row["value"]) if row["unit"] != "%" else sd / 100

"""Evidence: the coefficients behind a plan's outlook, each with its basis, and the reference class."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planmodel.base.files import file_hash, shipped
from planmodel.base.frames import check_columns, rows_of
from planmodel.base.problems import InputError, Problems, phrase
from planmodel.base.tables import Column, read_csv
from planmodel.evidence.checks import BASES, check_name, check_range, check_rows
from planmodel.plan.plan import Plan, data_folder

EQUATION_COLUMNS = {
    "variable": Column(),
    "coefficient": Column(),
    "value": Column("number", required=False),
    "sd": Column("number", required=False, low=0),
    "unit": Column(required=False),
    "estimate": Column(required=False),
    "basis": Column(choices=BASES),
    "source": Column(required=False),
    "note": Column(required=False),
}

ESTIMATE_COLUMNS = {
    "key": Column(),
    "value": Column("number"),
    "sd": Column("number", required=False, low=0),
    "unit": Column(required=False),
    "n": Column("integer", required=False),
    "method": Column(required=False),
    "source": Column(required=False),
}

REFERENCE_COLUMNS = {
    "variable": Column("name"),
    "city": Column(),
    "start": Column("year", low=1900, high=2200),
    "past": Column("number"),
    "next": Column("number"),
}

# Comparable cities: the windows whose past growth is nearest to the plan's own.
COMPARABLE_WINDOWS = 200


@dataclass(frozen=True, eq=False, repr=False)
class Evidence:
    """What is known or assumed about the growth of a plan's variables.

    `coefficients` has one row a coefficient: variable, coefficient, value, sd, unit, basis, source, note;
    drifts and innovations are in log points times 100 a year. `history` has the own past growth of each
    target whose plan states it. `reference` holds what comparable cities did.
    """

    fingerprint: str
    _coefficients: pd.DataFrame
    _history: pd.DataFrame
    _reference: pd.DataFrame

    @property
    def coefficients(self) -> pd.DataFrame:
        """One row a coefficient, with its basis and source."""
        return self._coefficients.copy()

    @property
    def history(self) -> pd.DataFrame:
        """Own past growth by target: since, until, growth (% a year, compound), fact."""
        return self._history.copy()

    @property
    def reference(self) -> pd.DataFrame:
        """Five-year windows of comparable cities: growth before and after (log % a year)."""
        return self._reference.copy()

    def reference_variable(self, name: str) -> str:
        """Return the panel variable that target or quantity `name` is held against, or an empty string."""
        return self._references.get(name, "")

    @cached_property
    def _references(self) -> dict[str, str]:
        rows = self._coefficients[self._coefficients["coefficient"] == "reference"]
        return {row["variable"]: str(row["estimate"]) for row in rows_of(rows)}

    def basis(self, variable: str) -> str:
        """Return the basis of a variable's own drift, or of its innovation where it has no drift."""
        return self._bases.get((variable, "drift"), self._bases.get((variable, "innovation"), "assumption"))

    @cached_property
    def _bases(self) -> dict[tuple[str, str], str]:
        rows = rows_of(self._coefficients)
        return {(row["variable"], row["coefficient"]): str(row["basis"]) for row in rows}

    def comparable(self, name: str, past: float) -> pd.DataFrame:
        """Return the windows of cities whose past growth was nearest to `past` (% a year, compound)."""
        variable = self.reference_variable(name)
        windows = self._reference[self._reference["variable"] == variable]
        distance = (windows["past"] - 100 * math.log1p(past / 100)).abs()
        return windows.loc[distance.sort_values(kind="stable").index[:COMPARABLE_WINDOWS]]

    def percentile(self, name: str, past: float, required: float) -> float:
        """Return the share (%) of comparable windows that grew less than `required` (% a year, compound).

        NaN where the variable has no reference class or its past growth is unknown.
        """
        if not self.reference_variable(name) or math.isnan(past):
            return math.nan
        windows = self.comparable(name, past)
        return (
            float(100 * (windows["next"] < 100 * math.log1p(required / 100)).mean())
            if len(windows)
            else math.nan
        )

    def __repr__(self) -> str:
        counts = self._coefficients["basis"].value_counts()
        return "Evidence(" + ", ".join(f"{counts.get(basis, 0)} {basis}s" for basis in BASES) + ")"

    def _repr_html_(self) -> str:
        return f"<p>{self!r}</p>" + self._coefficients.to_html(index=False, escape=True)


def load_evidence(plan: Plan) -> Evidence:
    """Read a plan's equations, the stored estimates and the reference class.

    Raises
    ------
    InputError
        With every problem found in the plan's equations.
    """
    from planmodel.evidence.defaults import default_equations

    folder = data_folder(plan)
    history = own_history(plan)
    estimates, files = _load_estimates()
    path = folder / "equations.csv"
    rows: list[dict[str, Any]] = []
    if path.is_file():
        rows = _read_equations(path, estimates)
        files.append(path)
    # A row that only names the reference class is no equation: the variable still needs one.
    known = {row["variable"] for row in rows if row["coefficient"] != "reference"}
    rows += default_equations(plan, history, known)
    reference = _load_reference(plan.base_year)
    coefficients = pd.DataFrame(rows, columns=list(EQUATION_COLUMNS))
    texts = ["unit", "estimate", "source", "note"]
    coefficients[texts] = coefficients[texts].fillna("")
    coefficients[["value", "sd"]] = coefficients[["value", "sd"]].astype(float)
    return Evidence(plan.fingerprint + file_hash(*files), coefficients, history, reference)


def _load_estimates() -> tuple[dict[str, dict[str, Any]], list[Path]]:
    files = [
        path for name in ("calibration.csv", "own_growth.csv") if (path := shipped("data", name)).is_file()
    ]
    rows = [row for path in files for row in read_csv(path, ESTIMATE_COLUMNS, ("key",))]
    return {row["key"]: dict(row.values) for row in rows}, files


def _load_reference(base_year: int) -> pd.DataFrame:
    """Read the windows that had closed by the base year: later ones would be a look ahead."""
    path = shipped("data", "reference_class.csv")
    if not path.is_file():
        return pd.DataFrame(columns=list(REFERENCE_COLUMNS))
    windows = pd.read_csv(path)
    return windows[windows["start"] + 5 <= base_year].reset_index(drop=True)


def _read_equations(path: Path, estimates: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    rows = read_csv(path, EQUATION_COLUMNS, ("variable", "coefficient"))
    problems = Problems(str(path))
    result = []
    for row in rows:
        values = dict(row.values)
        name = row["coefficient"]
        check_name(name, row.place("coefficient"), problems)
        if row["estimate"] and name != "reference":
            if row["estimate"] not in estimates:
                problems.add_unknown(row.place("estimate"), row["estimate"], estimates, "estimate")
                continue
            stored = estimates[row["estimate"]]
            values |= {"value": stored["value"], "sd": stored["sd"] if row["sd"] is None else row["sd"]}
        elif row["value"] is None and name != "reference":
            problems.add(row.place("value"), phrase("found.nothing"), phrase("expected.number_or_estimate"))
        check_range(name, values["value"], row.place("value"), problems)
        result.append(values)
    problems.check()
    return result


def own_history(plan: Plan) -> pd.DataFrame:
    """Return the own past growth of each target, from the figures its document states.

    A stated growth g over n years is (1 + g)^(1/n) - 1 a year; a stated increase d of a base y is growth from
    y - d. Columns: target, since, until, growth (% a year, compound), fact.
    """
    facts = plan.facts
    facts = facts[(facts["year"] == plan.base_year) & facts["form"].isin(["growth", "increase"])]
    first = facts.drop_duplicates(["indicator", "area"])
    stated = {(fact["indicator"], fact["area"]): fact for fact in rows_of(first)}
    rows = []
    for target in rows_of(plan.targets):
        fact = stated.get((target["indicator"], target["area"]))
        if fact:
            ratio = _growth_ratio(fact, target["base"])
            years = fact["year"] - fact["since"]
            growth = 100 * (ratio ** (1 / years) - 1) if ratio > 0 else math.nan
            rows.append((target["name"], fact["since"], fact["year"], growth, fact["fact"]))
    frame = pd.DataFrame(rows, columns=["target", "since", "until", "growth", "fact"])
    return frame.astype({"growth": float})


def _growth_ratio(fact: dict[str, Any], base: float) -> float:
    if fact["form"] == "growth":
        return 1 + float(fact["value"]) / 100
    before = base - float(fact["value"])
    return base / before if before > 0 and np.isfinite(base) else math.nan


def scale_sd(evidence: Evidence, variables: Iterable[str], factor: float) -> Evidence:
    """Return the evidence with every standard deviation of some variables multiplied by `factor`.

    Used to show what a result owes to an assumed spread.
    """
    rows = evidence.coefficients
    chosen = rows["variable"].isin(list(variables))
    rows.loc[chosen & (rows["coefficient"] == "innovation"), "value"] *= factor
    rows.loc[chosen & (rows["coefficient"] == "drift"), "sd"] *= factor
    return with_coefficients(evidence, rows)


def with_coefficients(evidence: Evidence, coefficients: pd.DataFrame) -> Evidence:
    """Return the evidence with another table of coefficients: the way a user changes a number.

    Raises
    ------
    InputError
        If a column is missing, a value is not a number, or a coefficient cannot have it.
    """
    problems = Problems("coefficients")
    check_columns(coefficients, EQUATION_COLUMNS, "coefficients", phrase("expected.columns_of_coefficients"))
    rows = coefficients[list(EQUATION_COLUMNS)].reset_index(drop=True)
    try:
        rows = rows.astype({"value": float, "sd": float})
    except (TypeError, ValueError) as error:
        problems.add("value, sd", phrase("found.unreadable", error=str(error)), phrase("expected.numbers"))
        raise InputError(problems.found) from None
    check_rows(rows_of(rows), problems)
    problems.check()
    changed = pd.util.hash_pandas_object(rows.astype(str), index=False).sum()
    return Evidence(f"{evidence.fingerprint}-{changed:x}", rows, evidence.history, evidence.reference)

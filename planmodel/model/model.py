"""The model: a plan and its evidence compiled into one joint normal, which scenarios then move."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planmodel.base.problems import InputError, Problem, Problems, nearest
from planmodel.base.records import check_columns, records
from planmodel.base.units import KNOWN_UNITS, convertible
from planmodel.evidence.effects import load_effects
from planmodel.evidence.equations import Evidence, load_evidence
from planmodel.evidence.observations import check_as_of, check_observations, default_as_of, load_observations
from planmodel.law.gaussian import Array
from planmodel.law.law import PERCENT, Law, compile_law
from planmodel.law.quantity import Quantity
from planmodel.model.compile import gather
from planmodel.model.goals import Goals
from planmodel.model.observed import Conditions
from planmodel.model.outlook import Outlook
from planmodel.plan.plan import Plan
from planmodel.plan.variables import Variable, plan_drivers, plan_quantities, plan_variables
from planmodel.scenario.scenario import Scenario, check_shocks_on_paths, load_scenario


@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """A plan, its evidence and its observations up to `as_of`, ready to run scenarios."""

    plan: Plan
    evidence: Evidence
    as_of: int
    law: Law
    variables: tuple[Variable, ...]
    quantities: tuple[Quantity, ...]
    _observations: pd.DataFrame
    _effects: pd.DataFrame
    _observed: Conditions

    @cached_property
    def goals(self) -> Goals:
        """The targets that the model can speak about, as arrays."""
        return Goals.of(self.plan, self.quantities, self.law)

    @cached_property
    def _effects_of(self) -> dict[str, list[dict[str, Any]]]:
        rows: dict[str, list[dict[str, Any]]] = {}
        for row in records(self._effects):
            rows.setdefault(row["measure"], []).append(row)
        return rows

    @property
    def observations(self) -> pd.DataFrame:
        """The observations up to `as_of`."""
        return self._observations.copy()

    @property
    def effects(self) -> pd.DataFrame:
        """The assumed effects of the plan's measures."""
        return self._effects.copy()

    @cached_property
    def fingerprint(self) -> str:
        """Hash of everything that moves numbers, scenario apart."""
        observed = pd.util.hash_pandas_object(self._observations.astype(str), index=False).sum()
        effects = pd.util.hash_pandas_object(self._effects.astype(str), index=False).sum()
        return f"{self.plan.fingerprint}-{self.evidence.fingerprint}-{self.as_of}-{observed:x}-{effects:x}"

    def run(self, scenario: str | Path | Scenario = "baseline") -> Outlook:
        """Return the outlook under a scenario.

        Shocks and measures shift the mean (measures also widen it); then driver paths and the observations up
        to `as_of` condition. Years up to `as_of` are history: what the scenario says about them is not used
        and is listed in the outlook's notes.

        Parameters
        ----------
        scenario : str, Path or Scenario
            A name, names joined by ``+``, the path of a file, or a Scenario.

        Raises
        ------
        InputError
            If the scenario is wrong.
        """
        scenario = load_scenario(scenario, self.plan)
        check_shocks_on_paths(scenario)
        growth, notes = self._shocks(scenario)
        effect, spread = self._measures(scenario)
        mean = self.law.mean + self.law.reach_of_growth @ (growth + effect)
        cov = self.law.cov
        for column in spread:
            moved = self.law.reach_of_growth @ column
            cov = cov + np.outer(moved, moved)
        paths, ignored = self._paths(scenario)
        conditions = paths.joined(self._observed)
        return Outlook(self, scenario, self.as_of, mean, cov, conditions, tuple(notes + ignored), None)

    def known_by(self, year: int) -> Model:
        """Return the model as of an earlier year: what `build_model` makes of the same inputs for that year."""
        year = check_as_of(self.plan, year)
        known = self._observations[self._observations["year"] <= year].reset_index(drop=True)
        observed = Conditions.of_observations(self.law, self.quantities, known, self.plan.base_year, year)
        return replace(self, as_of=year, _observations=known, _observed=observed)

    def _position(self, variable: str, year: int) -> int:
        names = self.law.names
        return (year - self.plan.base_year - 1) * len(names) + names.index(variable)

    def _points(self, variable: str, size: float) -> float:
        """Return points of growth (or of a share, at its base value) in the variable's own scale."""
        share = next(
            (v.base for v in self.variables if v.name == variable and v.role in ("share", "rate")), None
        )
        if share is None:
            return size / PERCENT
        level = 1 / (1 + np.exp(-share))
        return float(size / PERCENT / (level * (1 - level)))

    def _check_variable(self, variable: str, file: str, place: str) -> None:
        problems = Problems(file)
        if variable not in self.law.names:
            problems.add_unknown(place, variable, self.law.names, "variable")
        problems.check()

    def _shocks(self, scenario: Scenario) -> tuple[Array, list[str]]:
        growth, notes = np.zeros(len(self.law.mean)), []
        for shock in scenario.shocks:
            self._check_variable(shock.variable, scenario.name, "shocks")
            if shock.year <= self.as_of:
                notes.append(f"shock on {shock.variable} in {shock.year}")
                continue
            for year in range(shock.year, self.plan.target_year + 1):
                size = shock.size * shock.persistence ** (year - shock.year)
                growth[self._position(shock.variable, year)] += self._points(shock.variable, size)
        return growth, notes

    def _measures(self, scenario: Scenario) -> tuple[Array, list[Array]]:
        """Return the mean effect of extra measures on growth, and one column of spread per uncertain effect."""
        effect, spread = np.zeros(len(self.law.mean)), []
        for measure, intensity in scenario.measures.items():
            rows = self._effects_of.get(measure, []) if intensity else []
            if intensity and not rows:
                known = sorted(self._effects_of)
                expected = (
                    f"a measure with a row in effects.csv: {', '.join(known)}" if known else "an effects.csv"
                )
                raise InputError(
                    [Problem(scenario.name, "measures", measure, expected, nearest(measure, known))]
                )
            for row in rows:
                self._check_variable(row["variable"], "effects", measure)
                column = self._ramp(row["variable"], row["years_to_full"]) * intensity
                effect += column * row["effect"]
                spread.append(column * row["sd"])
        return effect, spread

    def _ramp(self, variable: str, years_to_full: int) -> Array:
        """Return one point of growth a year from the first open year on, phased in over `years_to_full`."""
        column = np.zeros(len(self.law.mean))
        for n, year in enumerate(range(self.as_of + 1, self.plan.target_year + 1), start=1):
            column[self._position(variable, year)] = self._points(variable, min(1.0, n / years_to_full))
        return column

    def _paths(self, scenario: Scenario) -> tuple[Conditions, list[str]]:
        kept = [(key, path) for key, path in scenario.paths.items() if key[1] > self.as_of]
        ignored = [f"path of {driver} in {year}" for driver, year in scenario.paths if year <= self.as_of]
        return Conditions.of_growth(self.law, self.plan.base_year, kept), ignored

    def __repr__(self) -> str:
        return f"Model({self.plan.name!r}, as of {self.as_of}, {len(self.law.names)} variables)"


def build_model(
    plan: Plan,
    as_of: int | None = None,
    evidence: Evidence | None = None,
    observations: pd.DataFrame | None = None,
    effects: pd.DataFrame | None = None,
) -> Model:
    """Compile a plan into a model.

    Parameters
    ----------
    plan : Plan
    as_of : int, optional
        The last reference year whose observations are known; by default the last one with a comparable annual
        figure of the plan's own areas of grade B or better.
    evidence, observations, effects : optional
        By default those that lie with the plan.

    Raises
    ------
    InputError
        If something is wrong with any of them.
    """
    evidence = load_evidence(plan) if evidence is None else evidence
    observations = load_observations(plan) if observations is None else observations
    check_observations(observations)
    as_of = check_as_of(plan, default_as_of(plan, observations) if as_of is None else as_of)
    coefficients = evidence.coefficients
    drivers = plan_drivers(plan)
    variables = tuple(plan_variables(plan))
    if not variables and not drivers:
        expected = "a base value for at least one target"
        raise InputError([Problem(f"targets of {plan.name}", "base", "nothing", expected)])
    law = compile_law(
        gather(variables, drivers, coefficients, f"equations of {plan.name}"),
        plan.target_year - plan.base_year,
    )
    quantities = tuple(plan_quantities(plan, _driver_units(plan, coefficients)))
    known = observations[observations["year"] <= as_of].reset_index(drop=True)
    observed = Conditions.of_observations(law, quantities, known, plan.base_year, as_of)
    effects = load_effects(plan) if effects is None else effects
    used = ("measure", "variable", "effect", "sd", "years_to_full")
    check_columns(effects, used, "effects", "the columns of load_effects")
    return Model(plan, evidence, as_of, law, variables, quantities, known, effects, observed)


def _driver_units(plan: Plan, coefficients: pd.DataFrame) -> dict[str, str]:
    """Return the unit of each driver's level: that of its base, else the plan's; an index stands for any level."""
    bases = coefficients[coefficients["coefficient"] == "base"].set_index("variable")["unit"]
    problems = Problems(f"equations of {plan.name}")
    units = {}
    for driver, entry in (plan.meta.get("drivers") or {}).items():
        stated = entry.get("unit", "")
        unit = str(bases.get(driver, "index")) or stated or "index"
        if unit not in KNOWN_UNITS:
            problems.add_unknown(f"{driver}, base", unit, KNOWN_UNITS, "unit")
        elif unit != "index" and stated and not convertible(unit, stated):
            problems.add(f"{driver}, base", f"unit {unit!r}", f"{stated} (as in plan.yaml), or index")
        units[str(driver)] = unit
    problems.check()
    return units

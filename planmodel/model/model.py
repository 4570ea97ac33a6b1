"""The model: a plan and its evidence compiled into one joint normal, which scenarios then move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planmodel.base.frames import check_columns, rows_of
from planmodel.base.problems import InputError, Problem, Problems, phrase
from planmodel.base.units import KNOWN_UNITS, convertible
from planmodel.evidence.effects import load_effects
from planmodel.evidence.equations import Evidence, load_evidence
from planmodel.evidence.observations import check_as_of, check_observations, default_as_of, load_observations
from planmodel.law.condition import Conditions
from planmodel.law.law import Law, compile_law
from planmodel.law.quantity import Quantity
from planmodel.model.compile import gather
from planmodel.model.goals import Goals
from planmodel.model.moves import moves_of, unused
from planmodel.model.observed import observed_conditions, path_conditions
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
        return Goals.of(self.plan, self.by_name, self.law)

    @cached_property
    def by_name(self) -> Mapping[str, Quantity]:
        """The quantities by their names."""
        return {quantity.name: quantity for quantity in self.quantities}

    @cached_property
    def effects_of(self) -> Mapping[str, list[dict[str, Any]]]:
        """The rows of `effects` by measure."""
        rows: dict[str, list[dict[str, Any]]] = {}
        for row in rows_of(self._effects):
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
        moves = moves_of(self, scenario)
        mean = self.law.mean + self.law.levels_per_growth @ moves.growth
        cov = self.law.cov
        for column in moves.spread:
            moved = self.law.levels_per_growth @ column
            cov = cov + np.outer(moved, moved)
        kept = [(key, path) for key, path in scenario.paths.items() if key[1] > self.as_of]
        paths = path_conditions(self.law, self.by_name, kept)
        return Outlook(
            self, scenario, self.as_of, mean, cov, paths, self._observed, unused(self, scenario), None
        )

    def known_by(self, year: int) -> Model:
        """Return the model as of an earlier year: what `build_model` makes of the same inputs for that year."""
        year = check_as_of(self.plan, year)
        known = self._observations[self._observations["year"] <= year].reset_index(drop=True)
        observed = observed_conditions(self.law, self.by_name, known, year)
        return replace(self, as_of=year, _observations=known, _observed=observed)

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
        expected = phrase("expected.a_base")
        raise InputError(
            [Problem(phrase("place.targets_of", plan=plan.name), "base", phrase("found.nothing"), expected)]
        )
    law = compile_law(
        gather(variables, drivers, coefficients, phrase("place.equations_of", plan=plan.name)),
        plan.target_year - plan.base_year,
        plan.base_year,
    )
    quantities = tuple(plan_quantities(plan, _driver_units(plan, coefficients)))
    known = observations[observations["year"] <= as_of].reset_index(drop=True)
    observed = observed_conditions(law, {quantity.name: quantity for quantity in quantities}, known, as_of)
    effects = load_effects(plan) if effects is None else effects
    used = ("measure", "variable", "effect", "sd", "years_to_full")
    check_columns(effects, used, "effects", phrase("expected.columns_of_effects"))
    return Model(plan, evidence, as_of, law, variables, quantities, known, effects, observed)


def _driver_units(plan: Plan, coefficients: pd.DataFrame) -> dict[str, str]:
    """Return the unit of each driver's level: that of its base, else the plan's; an index stands for any level."""
    bases = coefficients[coefficients["coefficient"] == "base"].set_index("variable")["unit"]
    problems = Problems(phrase("place.equations_of", plan=plan.name))
    units = {}
    for driver, entry in (plan.meta.get("drivers") or {}).items():
        stated = entry.get("unit", "")
        unit = str(bases.get(driver, "index")) or stated or "index"
        if unit not in KNOWN_UNITS:
            problems.add_unknown(f"{driver}, base", unit, KNOWN_UNITS, "unit")
        elif unit != "index" and stated and not convertible(unit, stated):
            problems.add(
                f"{driver}, base",
                phrase("found.unit", unit=repr(unit)),
                phrase("expected.unit_or_index", unit=stated),
            )
        units[str(driver)] = unit
    problems.check()
    return units

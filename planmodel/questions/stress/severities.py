"""Severities: every stress story mild, moderate and severe.

A story's shocks and the distance of its driver paths from the baseline's median (in log growth) are scaled by the
factors of ``severities.csv``, which are assumptions. A story with a file for each severity, named
``story_severity``, keeps its files.

The median of growth is that of the single normal with the outlook's mean and covariance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from planmodel.base.files import shipped
from planmodel.base.problems import InputError, Problem, Problems, nearest, phrase
from planmodel.base.tables import Column, read_csv
from planmodel.law.law import PERCENT
from planmodel.model.model import Model
from planmodel.plan.plan import Plan, data_folder
from planmodel.scenario.checks import (
    HIGHEST_GROWTH,
    LARGEST_SHOCK,
    LOWEST_GROWTH,
    SEVERITIES,
    SEVERITY_WORDS,
)
from planmodel.scenario.scenario import Origin, Scenario, load_scenario, resolve_scenario, scenario_names

COLUMNS = {
    "severity": Column(choices=SEVERITIES[1:]),
    "factor": Column("number", low=0, high=100),
    "basis": Column(choices=("estimate", "fact", "assumption")),
    "source": Column(required=False),
}


def load_severities(plan: Plan) -> pd.DataFrame:
    """Read the factors of the severities: the plan's own `severities.csv`, else the one that ships.

    Columns severity, factor (multiple of a moderate story), basis, source.

    Raises
    ------
    InputError
        If a severity is missing or the factors do not rise from mild to severe.
    """
    own = data_folder(plan) / "severities.csv"
    path = own if own.is_file() else shipped("data", "severities.csv")
    rows = read_csv(path, COLUMNS, ("severity",))
    frame = pd.DataFrame([dict(row.values) for row in rows], columns=list(COLUMNS))
    problems = Problems(str(path))
    factors = dict(zip(frame["severity"], frame["factor"], strict=True))
    for severity in SEVERITIES[1:]:
        if severity not in factors:
            expected = phrase("expected.factor_for", names=", ".join(SEVERITIES[1:]))
            problems.add("severity", phrase("found.no_severity", severity=severity), expected)
    problems.check()
    ordered = [factors[severity] for severity in SEVERITIES[1:]]
    if not 0 < ordered[0] < ordered[1] < ordered[2]:
        found = ", ".join(f"{factor:g}" for factor in ordered)
        problems.add("factor", found, phrase("expected.rising_factors"))
    problems.check()
    return frame


def stories(plan: Plan) -> dict[str, dict[str, Scenario]]:
    """Return the plan's stress stories: name to scenario by severity, as the files have them.

    A story is a scenario whose severity is not baseline; files ``story_mild``, ``story_moderate`` and so on are one.
    """
    found: dict[str, dict[str, Scenario]] = {}
    for name in scenario_names(plan):
        scenario = load_scenario(name, plan)
        if scenario.severity != SEVERITIES[0]:
            found.setdefault(story_name(scenario), {})[scenario.severity] = scenario
    return found


def at_severity(scenario: str | Path | Scenario, severity: str, model: Model) -> Scenario:
    """Return a stress story at a severity: a scenario that runs, shows and saves like any other.

    Shocks are multiplied by f, the factor of `severity` over that of the story's own severity. Driver paths move away
    from, or towards, the baseline's median growth m, in logs: ln(1 + g') = m + f (ln(1 + g) - m).
    So margins move in proportion to f. Measures stay. At ``baseline`` nothing of the story is left.

    Parameters
    ----------
    scenario : str, Path or Scenario
        A story's name; a story that has a file at this severity is taken from it.
    severity : str
        baseline, mild, moderate or severe, in either language.
    model : Model
        Gives the baseline's median, as of its year.

    Raises
    ------
    InputError
        If the severity is unknown, the scenario has none to scale, or the scaled sizes leave the range of a file.
    """
    if severity not in SEVERITY_WORDS:
        expected = phrase("expected.one_of", names=", ".join(SEVERITY_WORDS))
        raise InputError(
            [Problem("severity", "", repr(severity), expected, nearest(severity, SEVERITY_WORDS))]
        )
    wanted, plan = SEVERITY_WORDS[severity], model.plan
    if not isinstance(scenario, Scenario):
        scenario = resolve_scenario(str(scenario), plan)
        for story, family in stories(plan).items():
            if scenario == story or scenario in [file.name for file in family.values()]:
                return story_at(family, wanted, plan, severity_factors(plan), median_growth(model))
    return scaled(load_scenario(scenario, plan), wanted, plan, severity_factors(plan), median_growth(model))


def _mainly(family: Mapping[str, Scenario]) -> Scenario:
    """Return the file that a story's other severities are scaled from: the moderate one, if there is one."""
    return family.get("moderate") or next(iter(family.values()))


def story_at(
    family: Mapping[str, Scenario],
    severity: str,
    plan: Plan,
    factors: Mapping[str, float],
    medians: Mapping[tuple[str, int], float],
) -> Scenario:
    """Return a story at a severity: its file if it has one, else scaled from the file that it has."""
    return family.get(severity) or scaled(_mainly(family), severity, plan, factors, medians)


def severity_factors(plan: Plan) -> dict[str, float]:
    """Return the factor of each severity, 0 for the baseline."""
    frame = load_severities(plan)
    return {SEVERITIES[0]: 0.0, **dict(zip(frame["severity"], frame["factor"].astype(float), strict=True))}


def median_growth(model: Model) -> dict[tuple[str, int], float]:
    """Return log growth of each variable and year at the median of the baseline."""
    law = model.law
    growth = np.diff(law.levels(model.run("baseline").mean), axis=0)
    return {
        (name, year): float(growth[t, i])
        for t, year in enumerate(model.plan.years)
        for i, name in enumerate(law.names)
    }


def scaled(
    scenario: Scenario,
    severity: str,
    plan: Plan,
    factors: Mapping[str, float],
    medians: Mapping[tuple[str, int], float],
) -> Scenario:
    """Return a story at another severity: see `at_severity`, which looks up factors and medians."""
    if scenario.severity == severity:
        return scenario
    own = factors[scenario.severity]
    if not own:
        expected = phrase("expected.stress_story")
        raise InputError([Problem(scenario.name, "severity", scenario.severity, expected)])
    factor = factors[severity] / own
    result = replace(
        scenario,
        name=f"{story_name(scenario)}_{severity}",
        title={},
        description={},
        severity=severity,
        paths={
            key: (_moved_growth(growth, medians[key], factor), sd)
            for key, (growth, sd) in scenario.paths.items()
            if factor
        },
        shocks=tuple(replace(shock, size=factor * shock.size) for shock in scenario.shocks if factor),
        origin=Origin("severity", scenario, factor),
    )
    _check_sizes(result, plan)
    return result


def _moved_growth(growth: float, median: float, factor: float) -> float:
    """Return growth (%) at `factor` times its distance from the median (log growth)."""
    return float(PERCENT * np.expm1(median + factor * (np.log1p(growth / PERCENT) - median)))


def _check_sizes(scenario: Scenario, plan: Plan) -> None:
    problems = Problems(phrase("place.scenario_of", scenario=scenario.name, plan=plan.name))
    for shock in scenario.shocks:
        if abs(shock.size) > LARGEST_SHOCK:
            found = phrase("found.shock_of", size=f"{shock.size:g}", variable=shock.variable)
            problems.add("shocks", found, phrase("expected.shock_at_most", size=f"{LARGEST_SHOCK:g}"))
    for (driver, year), (growth, _) in scenario.paths.items():
        if not LOWEST_GROWTH <= growth <= HIGHEST_GROWTH:
            found = phrase("found.growth_in", growth=f"{growth:.1f}", driver=driver, year=year)
            span = phrase("expected.growth_between", low=f"{LOWEST_GROWTH:g}", high=f"{HIGHEST_GROWTH:g}")
            problems.add("drivers", found, span)
    problems.check()


def story_name(scenario: Scenario) -> str:
    """Return a scenario's name without its severity."""
    return scenario.name.removesuffix(f"_{scenario.severity}")

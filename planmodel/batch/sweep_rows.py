"""What a sweep says of each scenario, in one row: odds of every target, joint odds, plausibility."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from planmodel.base.problems import phrase
from planmodel.batch.selection import Grid, grid_scenarios
from planmodel.model.model import Model, build_model
from planmodel.plan.plan import load_plan
from planmodel.questions.odds.marginal import probabilities
from planmodel.questions.odds.rare import events, joint_odds
from planmodel.questions.stress.scenario_distance import plausibility
from planmodel.scenario.scenario import Scenario, load_scenario


@dataclass(frozen=True)
class Study:
    """What is swept: named scenarios, then the points of a grid. Plain values, which travel to any machine."""

    plan: str
    as_of: int
    names: tuple[str, ...]
    grid: tuple[str, ...]
    on: str
    seed: int
    lang: str
    fingerprint: str


@dataclass(frozen=True)
class Part:
    """Some of a study's scenarios, one after another."""

    study: Study
    start: int
    stop: int


def sweep_part(part: Part) -> list[dict[str, Any]]:
    """Return the rows of a part of a study; see `planmodel.batch.sweep.sweep` for the columns.

    Raises
    ------
    RuntimeError
        If the plan's files are not those that the study was set up with.
    """
    study = part.study
    model, grid = _opened(study)
    if model.fingerprint != study.fingerprint:
        _opened.cache_clear()
        model, grid = _opened(study)
        if model.fingerprint != study.fingerprint:
            raise RuntimeError(phrase("found.changed_during_sweep"))
    rows = []
    for place in range(part.start, part.stop):
        point = place - len(study.names)
        if point < 0:
            rows.append(scenario_row(model, load_scenario(study.names[place], model.plan), {}, study))
        else:
            rows.append(scenario_row(model, grid[point], grid.growths(point), study))
    return rows


@lru_cache(maxsize=2)
def _opened(study: Study) -> tuple[Model, Grid]:
    model = build_model(load_plan(study.plan), study.as_of)
    return model, grid_scenarios(study.grid, model, study.on)


def scenario_row(
    model: Model, scenario: Scenario, growths: Mapping[str, float], study: Study
) -> dict[str, Any]:
    """Return the row of one scenario."""
    outlook = model.run(scenario)
    likely = probabilities(outlook)
    far = plausibility(outlook).iloc[0]
    row: dict[str, Any] = {"scenario": scenario.name, "title": scenario.heading(study.lang)}
    row["severity"] = scenario.severity
    row |= growth_columns(study.grid, growths)
    row |= {q.name: float(p) for q, p in zip(model.goals.quantities, likely, strict=True)}
    row["expected"] = float(likely.sum())
    for name, odds in joint_odds(outlook, study.seed).items():
        row |= {
            name: odds.probability,
            f"{name}_standard_error": odds.standard_error,
            f"{name}_upper": odds.upper,
            f"{name}_draws": odds.draws,
        }
    row["k"] = events(model.goals)["at_least"].least
    row |= {"delta": float(far["delta"]), "q": float(far["q"])}
    return row


def growth_columns(grid: Iterable[str], growths: Mapping[str, float]) -> dict[str, float]:
    """Return a column for each driver of the grid; missing in scenarios that are no points of it."""
    drivers = [text.partition("=")[0] for text in grid]
    return {f"{driver}_growth": growths.get(driver, float("nan")) for driver in drivers}

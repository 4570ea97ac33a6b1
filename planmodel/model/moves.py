"""What a scenario does to the law before conditioning: shocks and measures as growth, with the measures' spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from planmodel.base.problems import InputError, Problem, Problems, nearest, phrase
from planmodel.law.gaussian import Array
from planmodel.law.law import PERCENT
from planmodel.scenario.scenario import Scenario

if TYPE_CHECKING:
    from planmodel.model.model import Model


class Unused(NamedTuple):
    """Something that a scenario says and a run does not use: of what kind, of which variable and year, and why.

    All are codes of `planmodel.base.columns`: a "shock" or a "path", which is "history".
    """

    kind: str
    subject: str
    year: int
    reason: str


@dataclass(frozen=True)
class Moves:
    """Additional growth of every variable and year, in the variables' own scales, and columns of its spread."""

    growth: Array  # (size,)
    spread: Sequence[Array]  # one (size,) an uncertain effect, its standard deviation


def moves_of(model: Model, scenario: Scenario) -> Moves:
    """Return what a scenario's shocks and measures add in the years that are open.

    Raises
    ------
    InputError
        If a variable does not exist or a measure has no effect on record.
    """
    shocked = _shocks(model, scenario)
    effect, spread = _measures(model, scenario)
    return Moves(shocked + effect, spread)


def unused(model: Model, scenario: Scenario) -> tuple[Unused, ...]:
    """Return what a scenario says of years that are history as of the model's date."""
    shocks = [("shock", shock.variable, shock.year) for shock in scenario.shocks]
    paths = [("path", driver, year) for driver, year in scenario.paths]
    return tuple(Unused(*said, "history") for said in (*shocks, *paths) if said[-1] <= model.as_of)


def _shocks(model: Model, scenario: Scenario) -> Array:
    growth = np.zeros(model.law.size)
    for shock in scenario.shocks:
        _check_variable(model, shock.variable, scenario.name, "shocks")
        if shock.year <= model.as_of:
            continue
        for year in range(shock.year, model.plan.target_year + 1):
            size = shock.size * shock.persistence ** (year - shock.year)
            growth[model.law.position(shock.variable, year)] += _points(model, shock.variable, size)
    return growth


def _measures(model: Model, scenario: Scenario) -> tuple[Array, list[Array]]:
    """Return the mean effect of extra measures on growth, and one column of spread per uncertain effect."""
    effect, spread = np.zeros(model.law.size), []
    for measure, intensity in scenario.measures.items():
        for row in _effects(model, scenario, measure) if intensity else ():
            _check_variable(model, row["variable"], "effects", measure)
            column = _ramp(model, row["variable"], row["years_to_full"]) * intensity
            effect += column * row["effect"]
            spread.append(column * row["sd"])
    return effect, spread


def _effects(model: Model, scenario: Scenario, measure: str) -> Sequence[Mapping[str, Any]]:
    """Return the rows of a measure's effects; InputError if it has none."""
    rows = model.effects_of.get(measure, [])
    if not rows:
        known = sorted(model.effects_of)
        expected = (
            phrase("expected.measure_with_effect", names=", ".join(known))
            if known
            else phrase("expected.effects_file")
        )
        raise InputError([Problem(scenario.name, "measures", measure, expected, nearest(measure, known))])
    return rows


def _ramp(model: Model, variable: str, years_to_full: int) -> Array:
    """Return one point of growth a year from the first open year on, phased in over `years_to_full`."""
    column = np.zeros(model.law.size)
    for n, year in enumerate(range(model.as_of + 1, model.plan.target_year + 1), start=1):
        column[model.law.position(variable, year)] = _points(model, variable, min(1.0, n / years_to_full))
    return column


def _points(model: Model, variable: str, size: float) -> float:
    """Return points of growth (or of a share, at its base value) in the variable's own scale."""
    share = next(
        (v.base for v in model.variables if v.name == variable and v.role in ("share", "rate")), None
    )
    if share is None:
        return size / PERCENT
    level = 1 / (1 + np.exp(-share))
    return float(size / PERCENT / (level * (1 - level)))


def _check_variable(model: Model, variable: str, file: str, place: str) -> None:
    problems = Problems(file)
    if variable not in model.law.names:
        problems.add_unknown(place, variable, model.law.names, "variable")
    problems.check()

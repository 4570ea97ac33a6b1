"""Scenarios side by side: what two say differently, and what two or all of them do to the targets."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from planmodel.base import columns
from planmodel.model.model import Model
from planmodel.questions.odds.marginal import probabilities
from planmodel.scenario.scenario import Scenario, scenario_names


def scenario_entries(scenario: Scenario) -> dict[tuple[str, str, int], float]:
    """Return everything a scenario says: (kind, name, year) to number; a measure has year 0."""
    entries = {("path", driver, year): growth for (driver, year), (growth, _) in scenario.paths.items()}
    entries |= {("path sd", driver, year): sd for (driver, year), (_, sd) in scenario.paths.items() if sd}
    for shock in scenario.shocks:
        key = ("shock", shock.variable, shock.year)
        entries[key] = entries.get(key, 0.0) + shock.size
        if shock.persistence:
            entries["shock persistence", shock.variable, shock.year] = shock.persistence
    return entries | {("measure", name, 0): intensity for name, intensity in scenario.measures.items()}


def entry_differences(first: Scenario, second: Scenario) -> pd.DataFrame:
    """Return what two scenarios say differently: kind, name, year, first, second (NaN: says nothing)."""
    a, b = scenario_entries(first), scenario_entries(second)
    keys = sorted(key for key in a.keys() | b.keys() if a.get(key) != b.get(key))
    rows = [
        (kind, name, year or pd.NA, a.get((kind, name, year)), b.get((kind, name, year)))
        for kind, name, year in keys
    ]
    return columns.frame("entry_differences", rows)


def odds_differences(model: Model, first: Scenario, second: Scenario) -> pd.DataFrame:
    """Return each target's probability under both scenarios and the change, second less first."""
    a, b = probabilities(model.run(first)), probabilities(model.run(second))
    return columns.frame(
        "odds_differences", {"target": model.goals.names, "first": a, "second": b, "change": b - a}
    )


def across(model: Model, scenarios: Sequence[str] | None = None) -> pd.DataFrame:
    """Return each target's probability under several scenarios: columns scenario, target, probability.

    Parameters
    ----------
    model : Model
    scenarios : sequence of str, optional
        By default every scenario of the plan, those of single measures included.
    """
    chosen = scenario_names(model.plan) if scenarios is None else list(scenarios)
    targets = model.goals.names
    rows = [
        (name, target, probability)
        for name in chosen
        for target, probability in zip(targets, probabilities(model.run(name)), strict=True)
    ]
    return columns.frame("across", rows)

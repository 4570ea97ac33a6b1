"""Two scenarios side by side: what they say differently, and what that does to the odds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from planmodel.labels import name_of
from planmodel.model import Model
from planmodel.odds import probabilities
from planmodel.plan import Plan
from planmodel.records import records
from planmodel.scenario import Scenario


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
    frame = pd.DataFrame(rows, columns=["kind", "name", "year", "first", "second"])
    return frame.astype({"year": "Int64", "first": float, "second": float})


def odds_differences(model: Model, first: Scenario, second: Scenario) -> pd.DataFrame:
    """Return each target's probability under both scenarios and the change, second less first."""
    a, b = probabilities(model.run(first)), probabilities(model.run(second))
    names = [quantity.name for quantity in model.goals.quantities]
    return pd.DataFrame({"target": names, "first": a, "second": b, "change": b - a})


# The words of one entry, and how they go on: with its size, or with what it was and what it is now.
_WORDS = {
    "path": {"zh": "{name} {year} 年增速 {size}%", "en": "growth of {name} in {year}: {size} %"},
    "path sd": {
        "zh": "{name} {year} 年增速的标准差 {size} 个百分点",
        "en": "s.d. of the growth of {name} in {year}: {size} points",
    },
    "shock": {
        "zh": "{name} {year} 年冲击 {size} 个百分点",
        "en": "shock on {name} in {year}: {size} points",
    },
    "shock persistence": {
        "zh": "{name} {year} 年冲击的持续性 {size}",
        "en": "persistence of the shock on {name} in {year}: {size}",
    },
    "measure": {"zh": "举措“{name}”的额外力度 {size}", "en": "extra effort on “{name}”: {size}"},
}


def difference_words(differences: pd.DataFrame, plan: Plan, lang: str) -> Iterator[str]:
    """Say each difference in a sentence; a dash stands for nothing."""
    for row in records(differences):
        yield _words(row, f"{_number(row['first'])} → {_number(row['second'])}", plan, lang)


def entry_words(entries: pd.DataFrame, plan: Plan, lang: str) -> Iterator[str]:
    """Say each entry of a scenario in a sentence: the differences to a scenario that says nothing."""
    for row in records(entries):
        yield _words(row, _number(row["second"]), plan, lang)


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:g}"


def _words(row: Mapping[str, Any], size: str, plan: Plan, lang: str) -> str:
    if row["kind"] == "measure":
        measures = plan.measures.set_index("measure")[f"name_{lang}"]
        name = str(measures.get(row["name"], row["name"]))
    else:
        name = name_of(row["name"], plan, lang)
    return _WORDS[row["kind"]][lang].format(name=name, year=row["year"], size=size)

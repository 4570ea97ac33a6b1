"""The index of a batch: scenarios by targets on one page that works from disk, with links to every report."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from planmodel.labels import figure, label, name_of, percent, points
from planmodel.model import Model
from planmodel.odds import probabilities
from planmodel.press.journal import Entry, Journal
from planmodel.press.pages import index_page
from planmodel.press.press import subtitle
from planmodel.scenario import scenario_names

NAME = "index.html"

# Files of a report that a row leads to, by the end of their names.
LINKS = {"xlsx": "xlsx", "csv": "csv", "ipynb": "ipynb", "json": "manifest.json", "pdf": "pdf"}

# From here on a cell is so dark that white is read more easily than ink.
DARK = 0.85


def write_index(
    model: Model, journal: Journal, failed: Sequence[tuple[str, Entry]], lang: str, making: Path
) -> None:
    """Write the index aside and move it into place: every whole report of the journal's folder, whichever run made it.

    `failed` holds what did not become a report in this run: the scenario's name and the entry.
    """
    whole = [entry for entry in journal.entries().values() if entry.about and journal.whole(entry)]
    page = making / NAME
    page.write_text(index_text(model, whole, failed, lang, journal.folder), encoding="utf-8")
    page.replace(journal.folder / NAME)


def world_of(model: Model, lang: str) -> str:
    """Return what reports that stand in one table have in common."""
    return hashlib.sha256(f"{model.fingerprint}-{lang}".encode()).hexdigest()[:16]


def index_text(
    model: Model, whole: Sequence[Entry], failed: Sequence[tuple[str, Entry]], lang: str, folder: Path
) -> str:
    """Return the index: a row a scenario, the baseline first; other worlds' reports; failures with the reason."""
    usual, world = _usual(model), world_of(model, lang)
    targets = model.plan.targets["name"].tolist()
    made = _in_order([entry for entry in whole if entry.about["world"] == world], model)
    k = int(made[0].figures["k"]) if made else 0
    at_least = f"至少 {k} 项" if lang == "zh" else f"At least {k}"
    return index_page(
        [_row(entry, targets, usual, lang, folder) for entry in made],
        [_other(entry) for entry in whole if entry.about["world"] != world],
        [_failure(scenario, entry, folder) for scenario, entry in failed],
        [name_of(target, model.plan, lang) for target in targets],
        lang,
        title=label("comparison", lang),
        subtitle=subtitle(model, lang),
        most=at_least if made else "",
        stamp=f"planmodel {version('planmodel')}",
    )


def _in_order(entries: Sequence[Entry], model: Model) -> list[Entry]:
    """Return the baseline, the plan's scenarios in their order, then all others by name."""
    known = ["baseline", *scenario_names(model.plan)]

    def place(entry: Entry) -> tuple[int, str]:
        name = entry.about["scenario"]
        return (known.index(name) if name in known else len(known)), entry.name

    return sorted(entries, key=place)


def _usual(model: Model) -> dict[str, float]:
    """Return the probabilities without anything said about what happens: what differences are measured from."""
    names = [quantity.name for quantity in model.goals.quantities]
    return dict(zip(names, map(float, probabilities(model.run("baseline"))), strict=True))


def _row(
    entry: Entry, targets: Sequence[str], usual: Mapping[str, float], lang: str, folder: Path
) -> dict[str, Any]:
    figures = entry.figures
    likely = figures["probabilities"]
    error, draws = figures["standard_error"], figures["draws"]
    # Adding 0 turns the -0.0 that rounding leaves into 0.0.
    more = round(figures["expected"] - sum(usual.values()), 1) + 0
    links = {word: f"{entry.name}.{end}" for word, end in LINKS.items()}
    return {
        "name": entry.name,
        "heading": entry.about["heading"],
        "severity": label(entry.about["severity"], lang),
        "cells": [_cell(likely.get(target, math.nan), usual.get(target, math.nan)) for target in targets],
        "numbers": [
            _number(figures["expected"], f"{figures['expected']:.1f}"),
            _number(more, f"{more:+.1f}" if more else "0.0"),
            _number(
                figures["at_least"],
                percent(figures["at_least"], figures["at_least_standard_error"], draws),
            ),
            _number(figures["all"], percent(figures["all"], error, draws)),
            _number(figures["delta"], "∞" if math.isinf(figures["delta"]) else figure(figures["delta"], 2)),
        ],
        "links": {word: name for word, name in links.items() if (folder / name).is_file()},
    }


def _cell(probability: float, usual: float) -> dict[str, Any]:
    """Return one cell of the heat map: its number, what it differs from the baseline, and how dark it is."""
    known = not math.isnan(probability)
    return {
        "value": probability if known else -1,
        "change": probability - usual if known else 0,
        "text": percent(probability),
        "change_text": points(probability - usual) if known else "–",
        "shade": round(probability, 3) if known else 0,
        "ink": "#fff" if known and probability > DARK else "inherit",
    }


def _number(value: float, text: str) -> dict[str, Any]:
    # A browser's script reads 1e999 as infinity.
    return {"value": "1e999" if math.isinf(value) else value, "text": text}


def _other(entry: Entry) -> dict[str, str]:
    return {"name": entry.name, "heading": entry.about["heading"], "subtitle": entry.about["subtitle"]}


def _failure(scenario: str, entry: Entry, folder: Path) -> dict[str, str]:
    notebook = f"{entry.name}.failed.ipynb"
    return {
        "scenario": scenario,
        "message": entry.message,
        "notebook": notebook if (folder / notebook).is_file() else "",
    }

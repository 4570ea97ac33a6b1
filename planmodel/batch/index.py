"""The index of a folder: scenarios by targets on one page that works from disk, with links to every report."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import re
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from planmodel.base.messages import label, text
from planmodel.base.problems import InputError
from planmodel.batch.journal import Entry, Journal
from planmodel.model.model import Model
from planmodel.questions.odds.marginal import probabilities
from planmodel.report.making import subtitle
from planmodel.report.pages import index_page
from planmodel.scenario.scenario import Scenario, load_scenario, scenario_names
from planmodel.show.labels import difference, figure, name_of, percent, points

NAME = "index.html"

# Files of a report that a row leads to, by the end of their names.
LINKS = {"xlsx": "xlsx", "csv": "csv", "ipynb": "ipynb", "json": "manifest.json", "pdf": "pdf"}

# About this part of a run's time goes into writing its index anew while reports come in.
SHARE = 0.05

_NUMBER = re.compile(r"([-−]?\d+(?:\.\d+)?)")

# From here on a cell is so dark that white is read more easily than ink.
DARK = 0.85


class Index:
    """The index of a journal's folder: every whole report, whichever run made it, and this run's failures.

    It is written anew as reports come in, so that a run that is killed leaves a true one.
    """

    def __init__(self, model: Model, world: str, journal: Journal, lang: str, making: Path) -> None:
        self.model, self.world, self.lang = model, world, lang
        self.folder, self.making = journal.folder, making
        entries = [entry for entry in journal.entries().values() if entry.about]
        self.whole = {entry.name: entry for entry in entries if journal.whole(entry)}
        self.apart = {name for name, entry in self.whole.items() if not self._comparable(entry)}
        self.failed: dict[str, tuple[str, Entry]] = {}
        self._behind, self._warm, self._due = False, False, 0.0

    def add(self, scenario: str, entry: Entry) -> None:
        """Take in what became of a report; write the index unless that was done a moment ago."""
        self.whole.pop(entry.name, None)
        self.apart.discard(entry.name)
        if entry.done:
            self.whole[entry.name] = entry
        else:
            self.failed[entry.name] = (scenario, entry)
        self._behind = True
        if time.monotonic() >= self._due:
            self.catch_up()

    def catch_up(self) -> None:
        """Write the index if it is behind; that a disk is full is said when it is written last."""
        if self._behind:
            with contextlib.suppress(OSError):
                self.write()

    def write(self) -> None:
        """Write the index aside and move it into place."""
        begun, page = time.monotonic(), self.making / NAME
        page.write_text(self._text(), encoding="utf-8")
        page.replace(self.folder / NAME)
        took = time.monotonic() - begun
        # The first time also loads what writes pages, and says nothing of the next.
        self._due = time.monotonic() + (took / SHARE if self._warm else 0.0)
        self._behind, self._warm = False, True

    def _text(self) -> str:
        made = [entry for name, entry in self.whole.items() if name not in self.apart]
        others = [entry for name, entry in self.whole.items() if name in self.apart]
        return index_text(self.model, made, others, list(self.failed.values()), self.lang, self.folder)

    def _comparable(self, entry: Entry) -> bool:
        """Whether a report is of this world, and its scenario, unless it is gone, says what it said then."""
        if entry.about["world"] != self.world:
            return False
        try:
            return said_of(load_scenario(entry.about["given"], self.model.plan)) == entry.about["said"]
        except (InputError, OSError):
            return True


def said_of(scenario: Scenario) -> str:
    """Return a hash of all that a scenario says, words included."""
    words = (dict(scenario.title), scenario.author, dict(scenario.description), scenario.severity)
    return hashlib.sha256(json.dumps([scenario.fingerprint, words]).encode()).hexdigest()[:16]


def index_text(
    model: Model,
    made: Sequence[Entry],
    others: Sequence[Entry],
    failed: Sequence[tuple[str, Entry]],
    lang: str,
    folder: Path,
) -> str:
    """Return the index: a row a scenario, the baseline first; reports that stand apart; failures with the reason."""
    usual, made = _usual(model), _in_order(made, model)
    targets = model.plan.targets["name"].tolist()
    k = int(made[0].figures["k"]) if made else 0
    return index_page(
        [_row(entry, targets, usual, lang, folder) for entry in made],
        [_other(entry) for entry in others],
        [_failure(scenario, entry, folder) for scenario, entry in failed],
        [name_of(target, model.plan, lang) for target in targets],
        lang,
        title=label("comparison", lang),
        subtitle=subtitle(model, lang),
        most=text("index.at_least", lang, k=k) if made else "",
        stamp=f"planmodel {version('planmodel')}",
    )


def _in_order(entries: Sequence[Entry], model: Model) -> list[Entry]:
    """Return the baseline, the plan's scenarios in their order, then all others by heading, figures by value."""
    known = ["baseline", *scenario_names(model.plan)]

    def place(entry: Entry) -> tuple[int, tuple[str | float, ...], str]:
        name = entry.about["scenario"]
        first = known.index(name) if name in known else len(known)
        return first, _natural(entry.about["heading"]), entry.name

    return sorted(entries, key=place)


def _natural(text: str) -> tuple[str | float, ...]:
    """Return a key by which 4 % comes before 10 %."""
    return tuple(
        float(part.replace("−", "-")) if n % 2 else part for n, part in enumerate(_NUMBER.split(text))
    )


def _usual(model: Model) -> dict[str, float]:
    """Return the probabilities without anything said about what happens: what differences are measured from."""
    names = model.goals.names
    return dict(zip(names, map(float, probabilities(model.run("baseline"))), strict=True))


def _row(
    entry: Entry, targets: Sequence[str], usual: Mapping[str, float], lang: str, folder: Path
) -> dict[str, Any]:
    figures = entry.figures
    likely = figures["probabilities"]
    error, draws = figures["standard_error"], figures["draws"]
    more = figures["expected"] - sum(usual.values())
    links = {word: f"{entry.name}.{end}" for word, end in LINKS.items()}
    return {
        "name": entry.name,
        "heading": entry.about["heading"],
        "severity": label(entry.about["severity"], lang),
        "cells": [_cell(likely.get(target, math.nan), usual.get(target, math.nan)) for target in targets],
        "numbers": [
            _number(figures["expected"], f"{figures['expected']:.1f}"),
            _number(round(more, 1) + 0, difference(more)),
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

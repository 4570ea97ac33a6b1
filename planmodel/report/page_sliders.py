"""The sliders of a report page: what the page's script needs, as one JSON object, with every word in place.

A notebook holds it as an output of its own type; the page turns it into the section, other viewers show a line.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from planmodel.base.frames import rows_of
from planmodel.base.messages import WHOLE, label, text, unit_name
from planmodel.law.gaussian import Array
from planmodel.law.quantity import Quantity
from planmodel.model.model import Model
from planmodel.model.outlook import Outlook
from planmodel.questions.odds.verdicts import OUT_OF_REACH, SAFE, VERDICTS
from planmodel.report.live import Live
from planmodel.report.report import Report
from planmodel.scenario.scenario import Scenario
from planmodel.show.charts.fans import PROBABILITIES, base_level, fan_points, target_words
from planmodel.show.labels import level, name_of, percent, signed
from planmodel.show.sheets import translated, variable_name
from planmodel.show.theme import GREEN, INK, VERMILION
from planmodel.show.voice import Voice

# JSON as one text: a notebook would set each of its thousands of figures on a line.
LIVE_TYPE = "application/vnd.planmodel.report.live.v1"

# Nodes of the page's quadrature, in standard deviations: a quarter of the kernel's, exact to 1e-8 on the shipped plan
# (tests/report/test_live.py); `planmodel.law.quantity.COARSER` says what they lose on wider sums.
NODES = np.arange(-8.5, 8.5 + 1e-9, 1 / 8)
WEIGHTS = np.exp(-(NODES**2) / 2) / np.sqrt(2 * np.pi) / 8
# Digits that a page keeps; what is smaller than NOTHING is rounding.
DIGITS, NOTHING = 12, 1e-13

POINTS = {"base_point": (INK, INK), "observed": (GREEN, GREEN), "not_used": ("white", VERMILION)}


class PageSliders:
    """What a notebook's cell shows: the data of the sliders for the page, a line of text elsewhere."""

    def __init__(self, data: dict[str, Any], lang: str) -> None:
        self.data, self.lang = data, lang

    def __repr__(self) -> str:
        return label("live_elsewhere", self.lang)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {LIVE_TYPE: json.dumps(self.data, ensure_ascii=False), "text/plain": repr(self)}


def page_sliders(report: Report) -> PageSliders:
    """Return the sliders of a report; without drivers, measures or open years there is nothing to move."""
    live = Live.of(report.model, report.outlook.scenario)
    return PageSliders(slider_data(report, live) if live.sliders else {}, report.lang)


def slider_data(report: Report, live: Live) -> dict[str, Any]:
    """Return what the page's script needs, specifications of charts apart.

    Keys: years, base_year, as_of; nodes and weights of the quadrature, probabilities of the fan; sliders (kind,
    name, low, high, step, start, label, source, growth: a driver's mean log growth and what each slider adds to
    it); quantities (form, scale, levels, and per year mean and covariance of (U, X), shift and spread by
    slider); targets (label, quantity, threshold, at_least, saved probability); scenario; words.
    """
    lang, plan = report.lang, report.outlook.plan
    return {
        "years": list(plan.years),
        "base_year": plan.base_year,
        "as_of": report.outlook.as_of,
        "nodes": NODES.tolist(),
        "weights": _short(WEIGHTS),
        "probabilities": list(PROBABILITIES),
        "verdicts": {"safe": SAFE, "out_of_reach": OUT_OF_REACH},
        "sliders": [_slider(live, n, lang) for n in range(len(live.sliders))],
        "quantities": [_quantity(report, live, n) for n in range(len(report.outlook.quantities))],
        "targets": _targets(report, live),
        "chosen": _chosen(report),
        "scenario": _scenario(report.outlook.scenario),
        "words": _words(report, live),
    }


def _short(values: Array | Iterable[float]) -> list[float]:
    return [float(f"{value:.{DIGITS}g}") for value in np.ravel(list(values))]


def _written(number: str, unit: str, lang: str) -> str:
    """Return a number, or the place where a page's script writes one, with its unit."""
    key = "level_in_percent" if unit == "%" else "level_with_unit"
    return text(key, lang, level=number, unit=unit_name(unit, lang))


def _chosen(report: Report) -> int:
    """Return the quantity that the fan shows first: of the target that is least likely."""
    names = [quantity.name for quantity in report.outlook.quantities]
    return next((names.index(name) for name in report.tightest if name in names), 0)


def _slider(live: Live, n: int, lang: str) -> dict[str, Any]:
    slider, plan = live.sliders[n], live.model.plan
    if slider.kind == "driver":
        name, source = name_of(slider.name, plan, lang), ""
        growth = _growth(live, slider.name)
    else:
        name, source = Voice(plan, lang).measure(slider.name), effects_words(live.model, slider.name, lang)
        growth = []
    return vars(slider) | {"label": name, "source": source, "growth": growth}


def effects_words(model: Model, measure: str, lang: str) -> str:
    """Return a measure's effects at full effort, each with its standard deviation, and what they rest on."""
    rows = [row for row in rows_of(model.effects) if row["measure"] == measure]
    effects = [
        f"{variable_name(model, row['variable'], lang)} {signed(format(row['effect'], '+g'))} ± {row['sd']:g}"
        for row in rows
    ]
    return "\n".join([*effects, *dict.fromkeys(source_words(row, lang) for row in rows)])


def source_words(row: Mapping[str, Any], lang: str) -> str:
    """Return what a row of coefficients or effects rests on: its basis and its source."""
    return text(
        "basis.source", lang, basis=label(row["basis"], lang), source=translated(str(row["source"]), lang)
    )


def _growth(live: Live, driver: str) -> list[float]:
    """Return a driver's mean log growth over the open years, then what a unit of each slider adds to it."""
    law, years = live.model.law, len(live.open_years)
    place = [quantity.name for quantity in live.model.quantities].index(driver)
    _, start = law.growth_row(driver, law.years[-1], since=law.years[-1] - years)
    mean, added = live.mean[place, -1, 0] - start, live.shift[:, place, -1, 0]
    if years < law.horizon:
        mean, added = mean - live.mean[place, -years - 1, 0], added - live.shift[:, place, -years - 1, 0]
    return _short([float(mean) / years, *(added / years)])


def _quantity(report: Report, live: Live, n: int) -> dict[str, Any]:
    quantity, lang = report.outlook.quantities[n], report.lang
    base = base_level(report.outlook.plan, quantity.name)
    name, unit = name_of(quantity.name, report.outlook.plan, lang), unit_name(quantity.unit, lang)
    return {
        "name": quantity.name,
        "label": name,
        "title": text("name_with_unit", lang, name=name, unit=unit),
        "written": _written("{level}", quantity.unit, lang),
        "form": quantity.form,
        "curved": bool(quantity.second),
        "scale": quantity.scale,
        "base": None if math.isnan(base) else base,
        "points": point_rows(report.outlook, quantity, lang),
        "laws": [_law(live, n, year) for year in range(len(live.model.plan.years))],
    }


def _law(live: Live, n: int, year: int) -> dict[str, Any]:
    """Return one year's law of (U, X), and what each slider does to it, zeros left out."""
    upper = ([0, 0, 1], [0, 1, 1])
    shift, spread = live.shift[:, n, year], live.spread[:, n, year][:, upper[0], upper[1]]
    return {
        "mean": _short(live.mean[n, year]),
        "cov": _short(live.cov[n, year][upper]),
        "shift": [[k, *_short(row)] for k, row in enumerate(shift) if np.abs(row).max() > NOTHING],
        "spread": [[k, *_short(row)] for k, row in enumerate(spread) if np.abs(row).max() > NOTHING],
    }


def point_rows(outlook: Outlook, quantity: Quantity, lang: str) -> list[dict[str, Any]]:
    """Return the base and the observations of a quantity as a chart draws them, those that are used on top."""
    rows = []
    for row in rows_of(fan_points(outlook, quantity.name)):
        fill, stroke = POINTS[row["kind"]]
        reason, kind = translated(str(row["reason"]), lang), label(row["kind"], lang)
        rows.append(
            {
                "year": int(row["year"]),
                "value": float(row["value"]),
                "key": row["kind"],
                "kind": kind,
                "reason": reason,
                "fill": fill,
                "stroke": stroke,
            }
        )
    return sorted(rows, key=lambda row: row["key"] == "observed")


def _targets(report: Report, live: Live) -> list[dict[str, Any]]:
    names = [quantity.name for quantity in report.outlook.quantities]
    goals = {quantity.name: k for k, quantity in enumerate(live.model.goals.quantities)}
    saved = live.probabilities(live.start)
    rows = []
    for row in rows_of(report.outlook.plan.targets):
        goal = goals.get(row["name"])
        known = goal is not None
        rows.append(
            {
                "name": row["name"],
                "label": name_of(row["name"], report.outlook.plan, report.lang),
                "quantity": names.index(row["name"]) if known else None,
                "threshold": float(row["threshold"]),
                "level": float(live.model.goals.levels[goal]) if known else None,
                "at_least": report.outlook.plan.by_name[row["name"]].at_least,
                "saved": float(saved[goal]) if known else None,
                "text": _written(level(float(row["threshold"])), row["unit"], report.lang),
                "line": target_words(float(row["threshold"]), row["unit"], report.lang),
            }
        )
    return rows


def _scenario(scenario: Scenario) -> dict[str, Any]:
    """Return what a scenario says, from which the page writes the file that the sliders stand for."""
    paths: dict[str, dict[int, list[float]]] = {}
    for (driver, year), path in sorted(scenario.paths.items()):
        paths.setdefault(driver, {})[year] = list(path)
    return {
        "name": scenario.name,
        "title": {lang: text("live_adjusted", lang, title=scenario.heading(lang)) for lang in WHOLE},
        "severity": scenario.severity,
        "paths": paths,
        "shocks": [vars(shock) for shock in scenario.shocks],
        "measures": dict(scenario.measures),
    }


def _words(report: Report, live: Live) -> Mapping[str, str]:
    lang = report.lang
    first, last = live.open_years[0], live.open_years[-1]
    keys = (
        "title drivers measures reset indicator numbers file expected driver fan_words target_words curved"
        " saved_median median_line start other"
    )
    words = {key: label(f"live_{key}", lang) for key in keys.split()}
    years = str(first) if first == last else f"{first}–{last}"
    words["note"] = text("live_note", lang, years=years)
    odds = report.joint.iloc[0]
    words["joint"] = text(
        "live_joint",
        lang,
        k=int(odds["k"]),
        several=percent(odds["at_least"], odds["at_least_standard_error"], odds["draws"]),
        every=percent(odds["all"], odds["standard_error"], odds["draws"]),
    )
    shared = [
        "target",
        "probability",
        "change",
        "median",
        "target_value",
        "targets",
        "band_80",
        "band_50",
    ]
    words |= {key: label(key, lang) for key in shared}
    words |= {key: label(key, lang) for key in (*VERDICTS, *POINTS)}
    words["none"] = percent(math.nan)
    words["between"] = text("list_sentences", lang)
    return words

"""The figures a plan document announces: which points of each its printed numbers give, and no other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.evidence.equations import own_history
from planmodel.plan.area import split_name, text_in
from planmodel.plan.plan import Plan
from planmodel.plan.target import Target

COLUMNS = ["figure", "series", "year", "value", "unit", "how", "name_zh", "name_en"]

Point = tuple[float, str, str]


def figure_points(plan: Plan) -> pd.DataFrame:
    """Return the points that a plan's own numbers give of each figure it announces.

    A level of the base year is the table's. An earlier level follows from stated growth g over n years,
    y / (1 + g), or from a stated increase d, y - d. A complete series of a part is its share of the whole: as
    printed where the document prints it of that whole, else part over whole. Years between are not filled in.

    Returns
    -------
    DataFrame
        figure, series (a target), year, value, unit, how (``stated``; ``derived``; ``none``: announced
        without data, year and value empty), name_zh, name_en.
    """
    rows = []
    for figure in plan.meta.get("figures") or ():
        for series in figure["series"]:
            name = series["variable"]
            names = [_series_name(plan, figure, name, lang) for lang in ("zh", "en")]
            for year in series["years"] or [None]:
                value, unit, how = _point(plan, name, year, series["status"])
                rows.append((figure["id"], name, year, value, unit, how, *names))
    return pd.DataFrame(rows, columns=COLUMNS).astype({"year": "Int64", "value": float})


def _series_name(plan: Plan, figure: Mapping[str, Any], name: str, lang: str) -> str:
    """Return the name of a series; the figure's title for what is not an indicator of the plan."""
    indicator = split_name(name)[0]
    label = plan.label(indicator, lang=lang)
    return text_in(figure, lang) if label == indicator else label


def _point(plan: Plan, name: str, year: int | None, status: str) -> Point:
    if year is None or name not in plan.by_name:
        return math.nan, "", "none"
    target = plan.by_name[name]
    if status == "complete" and target.whole:
        return _share(plan, target)
    if year == plan.base_year:
        return target.base, target.unit, "stated"
    return _earlier(plan, target, year)


def _share(plan: Plan, part: Target) -> Point:
    facts = plan.facts
    printed = facts[
        (facts["indicator"] == part.indicator)
        & (facts["area"] == part.area)
        & (facts["form"] == "share")
        & (facts["of"] == part.whole)
    ]
    if len(printed):
        return float(printed["value"].iloc[0]), "%", "stated"
    return 100 * part.base / plan.by_name[part.whole].base, "%", "derived"


def _earlier(plan: Plan, target: Target, year: int) -> Point:
    history = own_history(plan)
    own = history[(history["target"] == target.name) & (history["since"] == year)]
    for row in rows_of(own):
        ratio = (1 + row["growth"] / 100) ** (row["until"] - row["since"])
        return float(target.base / ratio), target.unit, "derived"
    return math.nan, target.unit, "none"

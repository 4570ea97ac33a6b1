"""Charts of targets, one function a result, and `show`, which emits every chart.

Every chart is a function of a tidy table and has a fixed size. Channels are spelled out,
`alt.Text("text:N")`: for a bare text Altair goes through its whole schema, which takes 5 ms each.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from typing import Any, TypeAlias

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import label, text, unit_name
from planmodel.model.outlook import Outlook
from planmodel.plan.plan import Plan
from planmodel.questions.odds.marginal import required_growth
from planmodel.questions.odds.verdicts import VERDICTS, verdict
from planmodel.show.charts.fans import fan_bands, fan_points, target_words
from planmodel.show.labels import name_of, percent
from planmodel.show.sheets import translated
from planmodel.show.theme import BLUE, GREEN, GREY, INK, ORANGE, SKY, VERMILION, Shown, config
from planmodel.show.vega import alt

# altair's own types of layered and faceted charts do not compose under a type checker.
Chart: TypeAlias = Any

WIDTH = 460
ROW = 26

VERDICT_COLOURS = dict(zip(VERDICTS, (BLUE, ORANGE, VERMILION, GREY), strict=True))


def show(chart: Chart, lang: str = "zh") -> Shown:
    """Return a chart as what a notebook displays: one bundle of its specification and its picture (SVG)."""
    # Valid by the tests, and built by this module: to validate each again would double its time, and so would
    # Altair's own way from tables to rows, which is for tables of every kind.
    with alt.data_transformers.enable(ROWS):
        spec: dict[str, Any] = chart.to_dict(validate=False)
    names = {name: f"rows-{n}" for n, name in enumerate(spec.get("datasets", {}), start=1)}
    return Shown(_settled(spec, names) | {"config": config()}, lang)


# Name of our way from a table to the rows of a chart.
ROWS = "planmodel-rows"


def _rows(table: Any, **_: Any) -> dict[str, list[dict[str, Any]]]:
    """Return a table as Vega-Lite holds it; a missing number is null."""
    return {"values": rows_of(table)}


alt.data_transformers.register(ROWS, _rows)

# Significant digits of a figure in a chart: finer than a pixel, and the same on every machine.
DIGITS = 6


def _settled(node: Any, names: Mapping[str, str]) -> Any:
    """Return a specification with its figures rounded, and its tables named in order, not after their last digits."""
    if isinstance(node, dict):
        return {names.get(key, key): _settled(value, names) for key, value in node.items()}
    if isinstance(node, list):
        return [_settled(value, names) for value in node]
    if isinstance(node, float):
        return float(f"{node:.{DIGITS}g}") if math.isfinite(node) else None
    return names.get(node, node) if isinstance(node, str) else node


def broken(text: str, length: int) -> list[str]:
    """Return a text in lines of at most so many characters, broken at spaces."""
    return textwrap.wrap(text, length, break_long_words=False, break_on_hyphens=False)


def board(reach_table: pd.DataFrame, plan: Plan, lang: str = "zh") -> Chart:
    """Return bars of the probability of each target, in the plan's order, with the number written beside.

    `reach_table` is what `planmodel.reach` returns.
    """
    rows = pd.DataFrame(
        {
            "name": [name_of(target, plan, lang) for target in reach_table["target"]],
            "probability": reach_table["probability"].fillna(0),
            "text": [
                percent(*pair)
                for pair in zip(reach_table["probability"], reach_table["standard_error"], strict=True)
            ],
            "verdict": [label(verdict(p), lang) for p in reach_table["probability"]],
        }
    )
    present = [key for key in VERDICTS if label(key, lang) in set(rows["verdict"])]
    colour = alt.Color(
        "verdict:N",
        scale=alt.Scale(
            domain=[label(key, lang) for key in present], range=[VERDICT_COLOURS[key] for key in present]
        ),
    )
    tooltip = [
        alt.Tooltip("name:N", title=label("target", lang)),
        alt.Tooltip("text:N", title=label("probability", lang)),
    ]
    frame = alt.Chart(rows).encode(
        y=alt.Y("name:N", sort=list(rows["name"]), title=None),
        x=alt.X(
            "probability:Q",
            title=label("probability", lang),
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(format=".0%", tickCount=5),
        ),
        tooltip=tooltip,
    )
    bars = frame.mark_bar(height=16).encode(color=colour)
    numbers = frame.mark_text(align="left", dx=5).encode(text=alt.Text("text:N"))
    return alt.layer(bars, numbers, width=WIDTH, height=ROW * len(rows), title=label("board_title", lang))


def growth(reach_table: pd.DataFrame, plan: Plan, lang: str = "zh") -> Chart:
    """Return, by target, the growth it needs against the outlook's median and its own past (% a year)."""
    years = plan.target_year - plan.base_year
    medians = [
        required_growth(b, m, years) for b, m in zip(reach_table["base"], reach_table["median"], strict=True)
    ]
    wide = pd.DataFrame(
        {
            "name": [name_of(target, plan, lang) for target in reach_table["target"]],
            "required": reach_table["required"],
            "median_growth": medians,
            "history": reach_table["history"],
        }
    )
    keys = ["required", "median_growth", "history"]
    rows = wide.melt("name", keys, var_name="key", value_name="growth").dropna()
    rows["kind"] = [label(key, lang) for key in rows["key"]]
    kinds = [label(key, lang) for key in keys]
    y = alt.Y("name:N", sort=list(wide["name"]), title=None)
    lines = (
        alt.Chart(wide).mark_rule(color=GREY).encode(y=y, x=alt.X("required:Q"), x2=alt.X2("median_growth:Q"))
    )
    points = (
        alt.Chart(rows)
        .mark_point(filled=True, size=90, opacity=1)
        .encode(
            y=y,
            x=alt.X("growth:Q", title=label("growth_axis", lang)),
            color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[VERMILION, BLUE, GREY])),
            shape=alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=["diamond", "circle", "square"])),
            tooltip=[
                alt.Tooltip("name:N", title=label("target", lang)),
                alt.Tooltip("kind:N"),
                alt.Tooltip("growth:Q", format=".1f"),
            ],
        )
    )
    return alt.layer(lines, points, width=WIDTH, height=ROW * len(wide), title=label("growth_title", lang))


def fan(outlook: Outlook, target: str, lang: str = "zh") -> Chart:
    """Return the fan of a target or of GDP: 10–90 and 25–75 % bands, median, target, base and observations.

    Observations that were not used (bounds, other definitions, part-years) are hollow; the tooltip says why.
    """
    target = outlook.quantity(target).name
    plan = outlook.plan
    unit = outlook.quantity(target).unit
    bands, points = fan_bands(outlook, target), fan_points(outlook, target)
    points["kind"] = [label(key, lang) for key in points["kind"]]
    year = alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0))
    y_title = unit_name(unit, lang)
    scale = alt.Scale(zero=False, nice=True)
    layers = [
        _band(bands, 80, year, scale, y_title, lang),
        _band(bands, 50, year, scale, y_title, lang),
        alt.Chart(bands).mark_line(color=BLUE, strokeWidth=2).encode(x=year, y=alt.Y("q50:Q", title=y_title)),
        _observations(points, year, lang),
    ]
    rows = plan.targets
    row = rows[rows["name"] == target]
    if len(row):
        layers += _target_line(float(row["threshold"].iloc[0]), unit, plan.target_year, lang)
    return alt.layer(*layers, width=WIDTH, height=260, title=name_of(target, plan, lang))


def _band(bands: pd.DataFrame, percent: int, year: alt.X, scale: alt.Scale, y_title: str, lang: str) -> Chart:
    """Return the central interval that holds `percent` of the outlook."""
    low, high = f"q{50 - percent // 2}", f"q{50 + percent // 2}"
    domain = [label("band_80", lang), label("band_50", lang)]
    return (
        alt.Chart(bands.assign(band=label(f"band_{percent}", lang)))
        .mark_area(opacity=0.9)
        .encode(
            x=year,
            y=alt.Y(f"{low}:Q", title=y_title, scale=scale),
            y2=alt.Y2(f"{high}:Q"),
            color=alt.Color("band:N", scale=alt.Scale(domain=domain, range=["#cfe5f3", "#8cc2e3"])),
            tooltip=[
                alt.Tooltip("year:O"),
                *(alt.Tooltip(f"{q}:Q", format=",.4~g") for q in ("q10", "q25", "q50", "q75", "q90")),
            ],
        )
    )


def _observations(points: pd.DataFrame, year: alt.X, lang: str) -> Chart:
    kinds = ["base_point", "observed", "not_used"]
    present = [key for key in kinds if label(key, lang) in set(points["kind"])]
    names = [label(key, lang) for key in present]
    # Drawn in this order: a figure that was used is never hidden by another print of it.
    points["reason"] = [translated(str(reason), lang) for reason in points["reason"]]
    points = points.sort_values("kind", key=lambda kind: kind == label("observed", lang), kind="stable")
    fills = {"base_point": INK, "observed": GREEN, "not_used": "white"}
    strokes = {"base_point": INK, "observed": GREEN, "not_used": VERMILION}
    return (
        alt.Chart(points)
        .mark_point(size=80, strokeWidth=1.8, opacity=1, fillOpacity=1)
        .encode(
            x=year,
            y=alt.Y("value:Q"),
            fill=alt.Fill("kind:N", scale=alt.Scale(domain=names, range=[fills[key] for key in present])),
            stroke=alt.Stroke(
                "kind:N", scale=alt.Scale(domain=names, range=[strokes[key] for key in present])
            ),
            tooltip=[
                alt.Tooltip("year:O"),
                alt.Tooltip("value:Q", format=",.4~g"),
                alt.Tooltip("kind:N"),
                alt.Tooltip("reason:N"),
            ],
        )
    )


def _target_line(threshold: float, unit: str, year: int, lang: str) -> list[Chart]:
    row = pd.DataFrame({"value": [threshold], "year": [year], "text": [target_words(threshold, unit, lang)]})
    rule = (
        alt.Chart(row)
        .mark_rule(color=VERMILION, strokeDash=[5, 4], strokeWidth=1.5)
        .encode(y=alt.Y("value:Q"))
    )
    words = (
        alt.Chart(row)
        .mark_text(align="left", dx=5, dy=-8, color=VERMILION)
        .encode(y=alt.Y("value:Q"), x=alt.XValue(0), text=alt.Text("text:N"))
    )
    return [rule, words]


def counts_chart(counts: pd.DataFrame, lang: str = "zh") -> Chart:
    """Return the distribution of the number of targets reached.

    `counts` is what `planmodel.counts` returns.
    """
    rows = counts[counts["of"] == "targets"].copy()
    rows["text"] = [f"{100 * p:.1f}" if p >= 0.001 else "" for p in rows["exactly"]]
    rows["exactly_text"] = list(map(percent, rows["exactly"], rows["exactly_standard_error"]))
    rows["at_least_text"] = list(map(percent, rows["at_least"], rows["standard_error"]))
    tooltip = [
        alt.Tooltip("k:O", title=label("k", lang)),
        alt.Tooltip("exactly_text:N", title=label("exactly", lang)),
        alt.Tooltip("at_least_text:N", title=label("at_least", lang)),
    ]
    error = f"{100 * rows['exactly_standard_error'].max():.1g}"
    title = alt.TitleParams(label("counts_title", lang), subtitle=text("counts_error", lang, error=error))
    frame = alt.Chart(rows).encode(
        x=alt.X("k:O", title=label("k", lang), axis=alt.Axis(labelAngle=0)),
        y=alt.Y("exactly:Q", title=label("exactly", lang), axis=alt.Axis(format=".0%", tickCount=5)),
        tooltip=tooltip,
    )
    bars, numbers = frame.mark_bar(color=SKY), frame.mark_text(dy=-7).encode(text=alt.Text("text:N"))
    return alt.layer(bars, numbers, width=WIDTH, height=220, title=title)

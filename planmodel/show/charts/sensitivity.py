"""Charts of sensitivity and stress: tornado, shares of variance, odds over two drivers, the catalogue, discovery."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import label, text
from planmodel.model.outlook import Outlook
from planmodel.questions.odds.marginal import probabilities
from planmodel.questions.stress.catalogue import SeverityCatalogue
from planmodel.questions.stress.discovery import Discovery
from planmodel.questions.stress.maps import HeatMap
from planmodel.scenario.checks import SEVERITIES
from planmodel.show.charts.targets import ROW, WIDTH, Chart
from planmodel.show.labels import growth, name_of, names, percent
from planmodel.show.theme import BLUE, GREY, INK, ORANGE, SKY, VERMILION
from planmodel.show.vega import alt
from planmodel.show.words.catalogue import catalogue_title
from planmodel.show.words.sensitivity import named_sources, source_name

SIDES = {"below": VERMILION, "above": BLUE}

# Points of a scatter: enough to see a region, few enough for a page.
_SHOWN = 1000


def tornado_chart(
    table: pd.DataFrame, outlook: Outlook, target: str, size: float = 1.0, lang: str = "zh"
) -> Chart:
    """Return bars from the outlook's probability to that with each source moved, widest first.

    `table` is what `planmodel.tornado` returns for the target and size. Narrow bars inside: the source alone.
    """
    rows = named_sources(table, outlook, lang)
    goals = outlook.model.goals.names
    base = float(probabilities(outlook)[goals.index(target)])
    rows["base"], rows["text"] = base, [percent(p) for p in rows["probability"]]
    # The figure stands beyond both bars.
    rises = rows["probability"] >= base
    both = rows[["probability", "probability_alone"]]
    rows["rises"], rows["tip"] = rises, both.max(axis=1).where(rises, both.min(axis=1))
    rows["kind"] = [label(side, lang) for side in rows["side"]]
    kinds = [label(side, lang) for side in SIDES]
    order = list(dict.fromkeys(rows["source"]))
    low = min(base, rows["probability"].min(), rows["probability_alone"].min())
    high = max(base, rows["probability"].max(), rows["probability_alone"].max())
    room = 0.16 * max(high - low, 0.05)
    axis = alt.X("probability:Q", title=label("probability", lang)).axis(format=".0%", tickCount=6)
    scale = alt.Scale(domain=[max(low - room, -0.02), min(high + room, 1.08)], nice=False)
    tooltip = [
        alt.Tooltip("source:N", title=label("source", lang)),
        alt.Tooltip("kind:N", title=label("side", lang)),
        alt.Tooltip("source_growth:Q", format=".1f", title=label("source_growth", lang)),
        alt.Tooltip("text:N", title=label("probability", lang)),
        alt.Tooltip("probability_alone:Q", format=".1%", title=label("probability_alone", lang)),
    ]
    frame = alt.Chart(rows).encode(y=alt.Y("source:N", sort=order, title=None), tooltip=tooltip)
    colour = alt.Color("kind:N").scale(domain=kinds, range=list(SIDES.values()))
    wide = frame.mark_bar(height=17, opacity=0.85).encode(x=axis.scale(scale), x2="base:Q", color=colour)
    alone = frame.mark_bar(height=5, color=INK, opacity=0.55).encode(x="probability_alone:Q", x2="base:Q")
    right = frame.transform_filter("datum.rises").mark_text(align="left", dx=5)
    left = frame.transform_filter("!datum.rises").mark_text(align="right", dx=-5)
    middle = alt.Chart(pd.DataFrame({"base": [base]})).mark_rule(color=INK).encode(x="base:Q")
    texts = (side.encode(x="tip:Q", text="text:N") for side in (right, left))
    layers = alt.layer(wide, alone, middle, *texts)
    title = text("tornado_title", lang, name=name_of(target, outlook.plan, lang), size=f"{size:g}")
    return layers.properties(
        width=WIDTH, height=ROW * len(order), title={"text": title, "subtitle": label("tornado_note", lang)}
    )


def shares_chart(
    shares: pd.DataFrame, effects: pd.DataFrame, outlook: Outlook, target: str, lang: str = "zh"
) -> Chart:
    """Return, by source, its share of the variance of the margin and its Shapley share.

    `shares` and `effects` are what `planmodel.variance_shares` and `planmodel.shapley` return for the target.
    """
    kinds = {"variance_share": SKY, "shapley_share": BLUE}
    parts = zip((shares, effects), kinds, strict=True)
    rows = pd.concat([part[["source", "variance_share"]].assign(key=key) for part, key in parts])
    order = [source_name(source, outlook, lang) for source in effects["source"]]
    rows = named_sources(rows, outlook, lang)
    rows["kind"] = [label(key, lang) for key in rows["key"]]
    rows["text"] = [growth(100 * share) for share in rows["variance_share"]]
    domain = [label(key, lang) for key in kinds]
    low, high = min(0.0, rows["variance_share"].min()), max(0.0, rows["variance_share"].max())
    scale = alt.Scale(domain=[low * 1.2, high * 1.12 or 1.0], nice=False)
    frame = alt.Chart(rows).encode(
        y=alt.Y("source:N", sort=order, title=None),
        yOffset=alt.YOffset("kind:N", sort=domain),
        x=alt.X("variance_share:Q", title=label("variance_share", lang), scale=scale).axis(
            format=".0%", tickCount=6
        ),
        tooltip=["source:N", "kind:N", alt.Tooltip("variance_share:Q", format=".1%")],
    )
    bars = frame.mark_bar().encode(color=alt.Color("kind:N").scale(domain=domain, range=list(kinds.values())))
    right = frame.transform_filter("datum.variance_share >= 0").mark_text(align="left", dx=4, fontSize=11)
    left = frame.transform_filter("datum.variance_share < 0").mark_text(align="right", dx=-4, fontSize=11)
    title = text("shares_title", lang, name=name_of(target, outlook.plan, lang))
    layers = bars + right.encode(text="text:N") + left.encode(text="text:N")
    return layers.properties(width=WIDTH, height=34 * len(order), title=title)


def heat_map_chart(found: HeatMap, lang: str = "zh") -> Chart:
    """Return the odds of a target over the growth of two drivers, the line of even odds, and the outlook's median."""
    plan, table = found.outlook.plan, found.table
    x, y = np.unique(table["growth_x"]), np.unique(table["growth_y"])
    cells = table.copy()
    for column, grid in (("growth_x", x), ("growth_y", y)):
        half = np.diff(grid, append=2 * grid[-1] - grid[-2]) / 2
        cells[f"{column}_from"] = cells[column] - np.interp(cells[column], grid, half)
        cells[f"{column}_to"] = cells[column] + np.interp(cells[column], grid, half)
    years = f"{found.years[0]}–{found.years[1]}"
    titles = [
        text("heat_axis", lang, name=name_of(driver, plan, lang), years=years)
        for driver in (found.driver_x, found.driver_y)
    ]
    edges = [
        [float(cells[f"{c}_from"].min()), float(cells[f"{c}_to"].max())] for c in ("growth_x", "growth_y")
    ]
    axis_x = alt.X("growth_x_from:Q", title=titles[0]).scale(domain=edges[0], nice=False)
    axis_y = alt.Y("growth_y_from:Q", title=titles[1]).scale(domain=edges[1], nice=False)
    colour = alt.Color("probability:Q").scale(scheme="blues", domain=[0, 1])
    legend = alt.Legend(format=".0%", title=label("probability", lang), gradientLength=200, orient="right")
    rectangles = (
        alt.Chart(cells)
        .mark_rect()
        .encode(
            x=axis_x.axis(grid=False),
            x2="growth_x_to:Q",
            y=axis_y.axis(grid=False),
            y2="growth_y_to:Q",
            color=colour.legend(legend),
            stroke=alt.Stroke("probability:Q", legend=None).scale(scheme="blues", domain=[0, 1]),
            tooltip=[
                alt.Tooltip("growth_x:Q", format=".1f", title=titles[0]),
                alt.Tooltip("growth_y:Q", format=".1f", title=titles[1]),
                alt.Tooltip("probability:Q", format=".1%", title=label("probability", lang)),
            ],
        )
    )
    layers = [rectangles, *_marks(found, lang)]
    title = text("heat_map_title", lang, name=name_of(found.target, plan, lang))
    return alt.layer(*layers).properties(width=340, height=300, title=title)


def _marks(found: HeatMap, lang: str) -> list[Chart]:
    """Return the line of even odds and the outlook's own median, each with its word."""
    line, marks = found.break_even, []
    if len(line):
        marks.append(
            alt.Chart(line).mark_line(color=VERMILION, strokeWidth=2.5).encode(x="growth_x:Q", y="growth_y:Q")
        )
        # Away from the middle, where the outlook's median stands.
        place = line.iloc[len(line) // 6]
        marks += _word(place["growth_x"], place["growth_y"], label("even_odds_line", lang), VERMILION, -9)
    x, y = found.expected
    median = pd.DataFrame({"growth_x": [x], "growth_y": [y]})
    dot = alt.Chart(median).mark_point(size=90, filled=True, color=ORANGE, stroke="white", opacity=1)
    marks.append(dot.encode(x="growth_x:Q", y="growth_y:Q"))
    return marks + _word(x, y, label("expected_point", lang), INK, 12)


def _word(x: float, y: float, text: str, colour: str, down: float) -> list[Chart]:
    """Return a word beside a point, on a white rim so that it reads on any ground."""
    row = alt.Chart(pd.DataFrame({"growth_x": [x], "growth_y": [y], "text": [text]}))
    rim = row.mark_text(align="left", dx=8, dy=down, color="white", stroke="white", strokeWidth=4)
    word = row.mark_text(align="left", dx=8, dy=down, color=colour)
    return [mark.encode(x="growth_x:Q", y="growth_y:Q", text="text:N") for mark in (rim, word)]


def catalogue_chart(catalogue: SeverityCatalogue, lang: str = "zh") -> Chart:
    """Return the number of targets expected to be reached by story and severity, the worst story first."""
    table = catalogue.table.groupby(["story", "severity"], sort=False)["probability"].sum().reset_index()
    base = table[table["story"] == SEVERITIES[0]]["probability"].iloc[0]
    order = table[table["severity"] == SEVERITIES[-1]].sort_values("probability")["story"]
    rows = table[table["story"] != SEVERITIES[0]].copy()
    start = rows.drop_duplicates("story").assign(severity=SEVERITIES[0], probability=base)
    rows = pd.concat([start, rows])
    rows["name"] = [catalogue_title(catalogue, story, lang) for story in rows["story"]]
    rows["step"] = [label(severity, lang) for severity in rows["severity"]]
    frame = alt.Chart(rows).encode(
        y=alt.Y("name:N", sort=[catalogue_title(catalogue, story, lang) for story in order], title=None),
        x=alt.X("step:N", sort=[label(severity, lang) for severity in SEVERITIES], title=None).axis(
            orient="top", labelAngle=0
        ),
        tooltip=[
            "name:N",
            "step:N",
            alt.Tooltip("probability:Q", format=".2f", title=label("expected", lang)),
        ],
    )
    low, high = float(rows["probability"].min()) - 1, float(rows["probability"].max()) + 0.5
    colour = alt.Color("probability:Q", legend=None).scale(scheme="blues", domain=[low, high])
    cells = frame.mark_rect(stroke="white").encode(color=colour)
    ink = alt.condition(f"datum.probability > {(low + high) / 2}", alt.value("white"), alt.value(INK))
    numbers = frame.mark_text().encode(text=alt.Text("probability:Q", format=".1f"), color=ink)
    size = {"width": 70 * len(SEVERITIES), "height": ROW * len(order)}
    title = text("catalogue_title", lang, what=label("catalogue_expected", lang))
    return (cells + numbers).properties(**size, title=title)


def catalogue_slack_chart(catalogue: SeverityCatalogue, severity: str = "severe", lang: str = "zh") -> Chart:
    """Return the slack of every target under every story at a severity; the baseline first."""
    plan, table = catalogue.model.plan, catalogue.table
    rows = (
        table[(table["severity"] == severity) | (table["story"] == SEVERITIES[0])]
        .dropna(subset="slack")
        .copy()
    )
    rows["name"] = [name_of(target, plan, lang) for target in rows["target"]]
    rows["scenario"] = [catalogue_title(catalogue, story, lang) for story in rows["story"]]
    rows["text"] = [growth(slack) for slack in rows["slack"]]
    scenarios, targets = list(dict.fromkeys(rows["scenario"])), list(dict.fromkeys(rows["name"]))
    frame = alt.Chart(rows).encode(
        y=alt.Y("name:N", sort=targets, title=None),
        x=alt.X("scenario:N", sort=scenarios, title=None).axis(labelAngle=-40, orient="top", labelLimit=320),
        tooltip=["scenario:N", "name:N", "text:N"],
    )
    widest = math.ceil(rows["slack"].abs().max())
    colour = alt.Color("slack:Q", legend=None).scale(scheme="redblue", domain=[-widest, widest])
    cells = frame.mark_rect(stroke="white").encode(color=colour)
    ink = alt.condition(f"abs(datum.slack) > {0.6 * widest}", alt.value("white"), alt.value(INK))
    numbers = frame.mark_text(fontSize=11).encode(text="text:N", color=ink)
    size = {"width": 44 * len(scenarios), "height": ROW * len(targets)}
    title = text("catalogue_title_severity", lang, what=label("slack", lang), severity=label(severity, lang))
    return (cells + numbers).properties(**size, title=title)


def discovery_chart(found: Discovery, lang: str = "zh") -> Chart:
    """Return held-out draws over two inputs, those in which it happens apart, and the box.

    The two inputs are the most sharply restricted; where fewer are, the one that goes most with the event.
    """
    x, y = _axes(found)
    plan, outlook, row = found.outlook.plan, found.outlook, found.summary.iloc[0]
    years = f"{found.years[0]}–{found.years[1]}"
    kinds = [label("all_missed" if found.fail else "all_reached", lang), label("discovery_miss", lang)]
    points = found.points.head(_SHOWN)[[x, y, "hit"]].set_axis(["x", "y", "hit"], axis=1)
    points["kind"] = [kinds[0] if hit else kinds[1] for hit in points["hit"]]
    axes = [
        text("discovery_axis", lang, name=source_name(name, outlook, lang), years=years) for name in (x, y)
    ]
    domains = [[float(points[c].min()), float(points[c].max())] for c in ("x", "y")]
    dots = (
        alt.Chart(points.drop(columns="hit").round(2))
        .mark_point(filled=True, size=22, opacity=0.65)
        .encode(
            x=alt.X("x:Q", title=axes[0]).scale(domain=domains[0], nice=False),
            y=alt.Y("y:Q", title=axes[1]).scale(domain=domains[1], nice=False),
            color=alt.Color("kind:N").scale(domain=kinds, range=[VERMILION, GREY]),
            shape=alt.Shape("kind:N").scale(domain=kinds, range=["circle", "triangle-up"]),
        )
    )
    box = alt.Chart(_box(found, x, y, domains)).mark_rect(fillOpacity=0, stroke=BLUE, strokeWidth=2.5)
    title = {
        "text": text("discovery_title", lang, event=kinds[0], names=names(found.targets, plan, lang)),
        "subtitle": text(
            "discovery_note",
            lang,
            **{
                key: percent(float(row[key]), float(row[f"{key}_standard_error"]))
                for key in ("density", "base_rate", "coverage")
            },
        ),
    }
    layers = dots + box.encode(x="x:Q", x2="x2:Q", y="y:Q", y2="y2:Q")
    return layers.properties(width=WIDTH - 60, height=320, title=title)


def _box(found: Discovery, x: str, y: str, domains: list[list[float]]) -> pd.DataFrame:
    """Return the box over two inputs as one row; where it is open it ends at the picture's edge."""
    limits = {row["source"]: (float(row["low"]), float(row["high"])) for row in rows_of(found.table)}
    row: dict[str, float] = {}
    for axis, name, domain in zip("xy", (x, y), domains, strict=True):
        sides = limits.get(name, (math.nan, math.nan))
        ends = [edge if math.isnan(side) else side for side, edge in zip(sides, domain, strict=True)]
        row |= {axis: ends[0], f"{axis}2": ends[1]}
    return pd.DataFrame([row])


def _axes(found: Discovery) -> tuple[str, str]:
    inputs = [str(column) for column in found.points.columns if column not in ("hit", "inside")]
    chosen = list(found.table.sort_values("quasi_p", kind="stable")["source"])[:2]
    hit = found.points["hit"].to_numpy(dtype=float)
    rest = sorted(inputs, key=lambda name: -abs(float(np.corrcoef(found.points[name], hit)[0, 1])))
    chosen += [name for name in rest if name not in chosen]
    return chosen[0], chosen[min(1, len(chosen) - 1)]

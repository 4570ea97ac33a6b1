"""Charts of what it takes: growth needed from here, needed paths, and the cheapest mix of measures."""

from __future__ import annotations

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import label, text
from planmodel.model.outlook import Outlook
from planmodel.plan.area import name_in
from planmodel.plan.plan import Plan
from planmodel.plan.variables import plan_drivers
from planmodel.questions.needs.growth import DriverPaths
from planmodel.questions.needs.mix_result import Mix
from planmodel.show.charts.targets import ROW, WIDTH, Chart, broken
from planmodel.show.labels import growth, name_of, percent
from planmodel.show.theme import BLUE, GREY, INK, SKY, VERMILION
from planmodel.show.vega import alt

# A path that never differs by as much (points of growth) from the central one is not drawn, and the figure
# of a year that does not differ by as much is not written.
_MOVES, _SAID = 0.1, 0.05
_PANEL_WIDTH, _PANEL_HEIGHT, _COLUMNS = 265, 110, 2
# Characters in a line of a panel's heading; a longer one stands on two.
_HEADING = 45
# Decimals in a chart's data: solvers differ by less between machines, and a committed chart stays the same.
_DECIMALS = 4
# Room right of the points for figures, as a part of their range.
_ROOM = 0.12


def needed_growth(table: pd.DataFrame, plan: Plan, lang: str = "zh") -> Chart:
    """Return, by target, the growth it needs from here against the outlook's median and its own past.

    `table` is what `planmodel.growth_needed` returns. The figures of the needed growth stand at the right.
    """
    wide = table.assign(name=[name_of(target, plan, lang) for target in table["target"]])
    wide = wide.dropna(subset="needed").round(_DECIMALS)
    keys = {"needed": "growth_from_here", "median_growth": "outlook_growth", "history": "history"}
    rows = wide.melt("name", list(keys), var_name="key", value_name="growth").dropna()
    rows["kind"] = [label(keys[key], lang) for key in rows["key"]]
    kinds = [label(key, lang) for key in keys.values()]
    low, high = float(rows["growth"].min()), float(rows["growth"].max())
    wide["text"] = [growth(value) for value in wide["needed"]]
    scale = alt.Scale(domain=[low - 1, high + 1], nice=False)
    y = alt.Y("name:N", sort=list(wide["name"]), title=None)
    x = alt.X("growth:Q", title=label("growth_axis", lang), scale=scale)
    zero = alt.Chart(pd.DataFrame({"growth": [0.0]})).mark_rule(color=INK).encode(x=x)
    lines = (
        alt.Chart(wide).mark_rule(color=GREY).encode(y=y, x=alt.X("needed:Q"), x2=alt.X2("median_growth:Q"))
    )
    tooltip = [
        alt.Tooltip("name:N", title=label("target", lang)),
        alt.Tooltip("kind:N"),
        alt.Tooltip("growth:Q", format=".1f"),
    ]
    shapes = ["diamond", "circle", "square"]
    points = (
        alt.Chart(rows)
        .mark_point(filled=True, size=90, opacity=1)
        .encode(
            y=y,
            x=x,
            color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[VERMILION, BLUE, GREY])),
            shape=alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=shapes)),
            tooltip=tooltip,
        )
    )
    numbers = (
        alt.Chart(wide)
        .mark_text(align="right", color=VERMILION)
        .encode(y=y, x=alt.XValue(WIDTH + 40), text=alt.Text("text:N"))
    )
    layers = (zero, lines, points, numbers)
    return alt.layer(*layers, width=WIDTH, height=ROW * len(wide), title=label("needs_title", lang))


def needed_paths(paths: DriverPaths, outlook: Outlook, lang: str = "zh") -> Chart:
    """Return small multiples of growth by year on the needed path against the central one.

    A panel for each driver that moves (for all of them where nothing has to) and for each binding target; the
    figures of the needed path are written where they differ.
    """
    drivers = plan_drivers(outlook.plan)
    moved = paths.groupby("variable")["difference"].agg(lambda column: column.abs().max())
    names = [name for name in [*drivers, *paths.binding] if moved[name] >= _MOVES]
    panels = [_panel(paths, name, outlook.plan, lang) for name in names or drivers or paths.targets]
    joined = alt.concat(*panels, columns=_COLUMNS, spacing={"row": 56, "column": 62}, bounds="flush")
    return joined.properties(title=label("paths_title", lang))


def _panel(paths: DriverPaths, name: str, plan: Plan, lang: str) -> Chart:
    own = paths[paths["variable"] == name].round(_DECIMALS)
    kinds = [label("central", lang), label("needed", lang)]
    columns = zip(("central_growth", "needed_growth"), kinds, strict=True)
    rows = pd.concat(
        [pd.DataFrame({"year": own["year"], "growth": own[key], "kind": kind}) for key, kind in columns]
    )
    low, high = float(rows["growth"].min()), float(rows["growth"].max())
    room = max(0.35 * (high - low), _MOVES)
    scale = alt.Scale(domain=[low - room, high + room], nice=False)
    year = alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0))
    y = alt.Y("growth:Q", title=None, scale=scale, axis=alt.Axis(tickCount=4))
    frame = alt.Chart(rows).encode(
        x=year,
        y=y,
        color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[GREY, VERMILION])),
        tooltip=[alt.Tooltip("year:O"), alt.Tooltip("kind:N"), alt.Tooltip("growth:Q", format=".1f")],
    )
    figures = [_figures(own, year, y, up) for up in (True, False)]
    layers = alt.layer(
        frame.mark_line(strokeWidth=2), frame.mark_point(filled=True, size=40, opacity=1), *figures
    )
    title = alt.TitleParams(broken(name_of(name, plan, lang), _HEADING), fontSize=12, limit=_PANEL_WIDTH + 40)
    return layers.properties(width=_PANEL_WIDTH, height=_PANEL_HEIGHT, title=title)


def _figures(own: pd.DataFrame, year: alt.X, y: alt.Y, up: bool) -> Chart:
    """Write the needed growth above its point where it is above the central one, else below."""
    moved = own[(own["difference"] >= _SAID) if up else (own["difference"] <= -_SAID)]
    rows = pd.DataFrame(
        {
            "year": moved["year"],
            "growth": moved["needed_growth"],
            "text": [growth(value) for value in moved["needed_growth"]],
        }
    )
    frame, dy = alt.Chart(rows).encode(x=year, y=y, text=alt.Text("text:N")), -11 if up else 13
    # A white edge keeps figures legible where a line passes behind them.
    edge = frame.mark_text(dy=dy, fontSize=11, stroke="white", strokeWidth=4)
    return edge + frame.mark_text(dy=dy, fontSize=11, color=VERMILION)


def mix_measures(mix: Mix, lang: str = "zh") -> Chart:
    """Return bars of the extra cost (intensity × unit cost) of each measure that the mix uses."""
    rows = pd.DataFrame(
        [
            {
                "name": name_in(row, lang),
                "cost": round(float(row["cost"]), _DECIMALS),
                "text": f"{row['cost']:.2f}",
                "intensity": f"{row['intensity']:.2f}",
            }
            for row in rows_of(
                mix[mix["cost"] > 0].sort_values(
                    "cost", ascending=False, kind="stable", key=lambda cost: cost.round(3)
                )
            )
        ],
        columns=["name", "cost", "text", "intensity"],
    )
    tooltip = [
        alt.Tooltip("name:N", title=label("measure", lang)),
        alt.Tooltip("intensity:N", title=label("intensity", lang)),
    ]
    top = float(rows["cost"].max()) if len(rows) else 1.0
    scale = alt.Scale(domain=[0, (1 + _ROOM) * top], nice=False)
    frame = alt.Chart(rows).encode(
        y=alt.Y("name:N", sort=list(rows["name"]), title=None),
        x=alt.X("cost:Q", title=label("mix_effort", lang), scale=scale, axis=alt.Axis(tickCount=5)),
        tooltip=tooltip,
    )
    layers = frame.mark_bar(height=16, color=SKY) + frame.mark_text(align="left", dx=5).encode(
        text=alt.Text("text:N")
    )
    title = label("mix_title" if mix.feasible else "mix_nearest", lang)
    return layers.properties(width=WIDTH, height=ROW * max(len(rows), 1), title=title)


def mix_targets(mix: Mix, lang: str = "zh") -> Chart:
    """Return each chosen target's probability without and with the mix, against the one asked for."""
    plan, table = mix.answer.outlook.plan, mix.targets
    table["name"] = [name_of(target, plan, lang) for target in table["target"]]
    table["text"] = [
        f"{percent(before)} → {percent(after)}"
        for before, after in zip(table["before"], table["after"], strict=True)
    ]
    table = table.round(_DECIMALS)
    rows = table.melt(["name", "text"], ["before", "after"], var_name="key", value_name="probability")
    rows["kind"] = [label(f"mix_{key}", lang) for key in rows["key"]]
    kinds = [label("mix_before", lang), label("mix_after", lang)]
    y = alt.Y("name:N", sort=list(table["name"]), title=None)
    x = alt.X("probability:Q", title=label("probability", lang), scale=alt.Scale(domain=[0, 1.0]))
    asked = pd.DataFrame({"probability": [mix.answer.probability]})
    asked_text = text("mix_asked_at", lang, odds=f"{100 * mix.answer.probability:g}")
    rule = alt.Chart(asked).mark_rule(color=INK, strokeDash=[5, 4]).encode(x=x)
    words = (
        alt.Chart(asked.assign(text=asked_text))
        .mark_text(dy=-8)
        .encode(x=x, y=alt.YValue(0), text=alt.Text("text:N"))
    )
    lines = (
        alt.Chart(table)
        .mark_rule(color=GREY, strokeWidth=2)
        .encode(y=y, x=alt.X("before:Q"), x2=alt.X2("after:Q"))
    )
    points = (
        alt.Chart(rows)
        .mark_point(filled=True, size=90, opacity=1)
        .encode(
            y=y,
            x=x.axis(format=".0%", tickCount=5),
            color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[GREY, BLUE])),
            tooltip=[alt.Tooltip("name:N", title=label("target", lang)), alt.Tooltip("text:N", title=" ")],
        )
    )
    numbers = (
        alt.Chart(table)
        .mark_text(align="left")
        .encode(y=y, x=alt.XValue(WIDTH + 10), text=alt.Text("text:N"))
    )
    layers = rule + words + lines + points + numbers
    return layers.properties(width=WIDTH, height=ROW * len(table), title=label("mix_targets", lang))

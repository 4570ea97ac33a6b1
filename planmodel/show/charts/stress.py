"""Charts of reverse stress: how far each target is from tipping, and the path that tips one."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import label, text, unit_name
from planmodel.model.outlook import Outlook
from planmodel.plan.plan import Plan
from planmodel.plan.variables import plan_drivers
from planmodel.questions.stress.paths import carriers
from planmodel.show.charts.targets import ROW, WIDTH, Chart, broken
from planmodel.show.labels import figure, growth, level, name_of
from planmodel.show.theme import BLUE, GREY, INK, VERMILION
from planmodel.show.vega import alt
from planmodel.show.voice import Voice
from planmodel.show.words.stress import growth_of, row_words

# A driver whose growth never moves by this much (points) gets no panel.
MOVES = 0.1
_PANEL_WIDTH, _PANEL_HEIGHT, _COLUMNS = 215, 120, 3
# Characters in a line of a panel's heading; a longer one stands on two.
_HEADING = 42
# Room above and below the lines for the figures of the last year, as a part of their range.
_MARGIN = 0.25
# Room for the figure beyond the longest bars, as a part of their range.
_ROOM = 0.1

SIDES = {"holds_centrally": BLUE, "fails_centrally": VERMILION}


def distances(breaks: pd.DataFrame, plan: Plan, lang: str = "zh") -> Chart:
    """Return bars of each target's distance in standard deviations, with the figure beside.

    `breaks` is what `planmodel.breaks` returns. Bars to the left belong to targets that fail on the central
    path already; one that is certain or impossible, or has no base, has words in place of a bar.
    """
    rows = pd.DataFrame([_bar(row, plan, lang) for row in rows_of(breaks)]).assign(
        words=row_words(breaks, lang)
    )
    low, high = min(0.0, rows["value"].min()), max(0.0, rows["value"].max())
    room = _ROOM * ((high - low) or 1.0)
    domain = [low - room, high + room]
    sides = [label(side, lang) for side in SIDES if label(side, lang) in set(rows["side"])]
    colours = [colour for side, colour in SIDES.items() if label(side, lang) in sides]
    tooltip = [
        alt.Tooltip("name:N", title=label("target", lang)),
        alt.Tooltip("text:N", title=label("distance", lang)),
        alt.Tooltip("words:N", title=label("words", lang)),
    ]
    frame = alt.Chart(rows).encode(
        y=alt.Y("name:N", sort=list(rows["name"]), title=None),
        x=alt.X("value:Q", title=label("breaks_axis", lang), scale=alt.Scale(domain=domain, nice=False)),
        tooltip=tooltip,
    )
    bars = frame.mark_bar(height=14).encode(
        color=alt.Color("side:N", scale=alt.Scale(domain=sides, range=colours))
    )
    right = frame.transform_filter("datum.value >= 0").mark_text(align="left", dx=5)
    left = frame.transform_filter("datum.value < 0").mark_text(align="right", dx=-5)
    zero = alt.Chart(pd.DataFrame({"x": [0.0]})).mark_rule(color=INK).encode(x=alt.X("x:Q"))
    texts = [side.encode(text=alt.Text("text:N")) for side in (right, left)]
    title = label("breaks_title", lang)
    return alt.layer(bars, zero, *texts, width=WIDTH, height=ROW * len(rows), title=title)


def _bar(row: dict[str, Any], plan: Plan, lang: str) -> dict[str, object]:
    distance = float(row["distance"])
    text = figure(distance, 2)
    if math.isnan(distance):
        text = label("no_base", lang)
    elif math.isinf(distance):
        text = label("settled_yes" if distance > 0 else "settled_no", lang)
    return {
        "name": name_of(row["target"], plan, lang),
        "value": distance if math.isfinite(distance) else 0.0,
        "text": text,
        "side": label("holds_centrally" if distance >= 0 else "fails_centrally", lang),
    }


def path_panels(path: pd.DataFrame, outlook: Outlook, target: str, title: str, lang: str = "zh") -> Chart:
    """Return small multiples of a path against the central one: the target's level, then growth by year.

    `path` is what `planmodel.breaks(...).path(target)` or `planmodel.worst_case` returns. Growth (%) is that of
    a ratio's numerator and denominator, or of a part's whole, and of every driver that moves; the figures of
    the last year stand beside its points.
    """
    panels = [_panel(path, outlook, target, "level", lang)]
    for name in [*_carried(outlook, target), *plan_drivers(outlook.plan)]:
        moves = path.loc[path["quantity"] == name, "growth_difference"].abs().max()
        if moves >= MOVES:
            panels.append(_panel(path, outlook, name, "growth", lang))
    joined = alt.concat(*panels, columns=_COLUMNS, spacing={"row": 64, "column": 84}, bounds="flush")
    return joined.resolve_scale(y="independent", x="independent").properties(title=title)


def _carried(outlook: Outlook, target: str) -> list[str]:
    """Return whose growth carries a target: itself and its whole, or a ratio's two sides."""
    carried = carriers(outlook, target)
    if carried != [target]:
        return carried
    whole = outlook.plan.by_name[target].whole
    return [target, whole] if whole else [target]


def path_title(target: str, distance: float, plan: Plan, lang: str = "zh") -> str:
    """Return the heading of a target's most likely path across its threshold."""
    key = "failing_title" if distance >= 0 else "reaching_title"
    return text(key, lang, name=name_of(target, plan, lang))


def _panel(path: pd.DataFrame, outlook: Outlook, name: str, what: str, lang: str) -> Chart:
    own = path[path["quantity"] == name]
    columns = {"growth": ("central_growth", "path_growth"), "level": ("central", "on_path")}[what]
    kinds = [label("central", lang), label("on_path", lang)]
    rows = pd.concat(
        [
            pd.DataFrame({"year": own["year"], "value": own[column], "kind": kind})
            for column, kind in zip(columns, kinds, strict=True)
        ]
    )
    last = rows[rows["year"] == rows["year"].max()].copy()
    last["text"] = [growth(v) if what == "growth" else level(v) for v in last["value"]]
    last["dy"] = _apart(last["value"])
    low, high = float(rows["value"].min()), float(rows["value"].max())
    room = _MARGIN * (high - low)
    scale = alt.Scale(domain=[low - room, high + room], nice=False)
    y = alt.Y("value:Q", title=None, scale=scale, axis=alt.Axis(tickCount=4))
    x = alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0))
    colour = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[GREY, VERMILION]))
    tooltip = [alt.Tooltip("year:O"), alt.Tooltip("kind:N"), alt.Tooltip("value:Q", format=",.4~g")]
    lines = alt.Chart(rows).mark_line(point=True).encode(x=x, y=y, color=colour, tooltip=tooltip)
    numbers = [
        alt.Chart(last[last["kind"] == kind])
        .mark_text(align="left", dx=7, dy=float(last.loc[last["kind"] == kind, "dy"].iloc[0]))
        .encode(x=x, y=y, text=alt.Text("text:N"), color=colour)
        for kind in kinds
    ]
    heading = _heading(outlook, name, what, lang)
    return alt.layer(lines, *numbers).properties(width=_PANEL_WIDTH, height=_PANEL_HEIGHT, title=heading)


def _apart(values: pd.Series) -> list[float]:
    """Return by how many pixels the two figures of the last year move apart: the higher one up."""
    first, second = values
    return [-5.0, 8.0] if first >= second else [8.0, -5.0]


def _heading(outlook: Outlook, name: str, what: str, lang: str) -> alt.TitleParams:
    title = name_of(name, outlook.plan, lang)
    if what == "growth" and growth_of(name, Voice(outlook.plan, lang)).lower() != title.lower():
        title = text("panel_growth", lang, name=title)
    else:
        unit = "%" if what == "growth" else unit_name(outlook.quantity(name).unit, lang)
        title = text("name_with_unit", lang, name=title, unit=unit)
    return alt.TitleParams(
        broken(title, _HEADING), fontSize=11, anchor="start", frame="group", limit=_PANEL_WIDTH + 75
    )

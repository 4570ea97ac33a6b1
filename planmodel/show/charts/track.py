"""Charts of whether we are on track: schemes side by side, milestones, growth needed, the revision rule."""

from __future__ import annotations

import itertools
import unicodedata

import numpy as np
import pandas as pd

from planmodel.base.messages import label, text, unit_name
from planmodel.model.outlook import Outlook
from planmodel.plan.names import resolve
from planmodel.plan.plan import Plan
from planmodel.questions.track.schemes import SCHEMES, class_rank
from planmodel.show.charts.fans import fan_bands, fan_points
from planmodel.show.charts.targets import ROW, WIDTH, Chart, broken
from planmodel.show.labels import growth, level, name_of, percent
from planmodel.show.theme import BLUE, GREEN, GREY, INK, VERMILION
from planmodel.show.vega import alt
from planmodel.show.words.track import class_words

# From worst to best, light enough for black words, and told apart without red and green.
PALETTE = ["#f0b08a", "#f8dcc4", "#f5f5f5", "#cfe5f3", "#8cc2e3"]
FLAG_COLOURS = {"cut": "#f0b08a", "keep": "#f2f2f2", "stretch": "#8cc2e3"}
NARROW, WIDE, CELL_MARGIN = 6.5, 12, 24
# Characters in a line of a cell, so that six columns fit a page, and the height of a second line.
LONGEST, LINE = 23, 14


def scheme_board(cells: pd.DataFrame, plan: Plan, lang: str = "zh", year: int | None = None) -> Chart:
    """Return targets by schemes, each class written in its cell; the tint is its place in its own scheme.

    `cells` has target, scheme, code, and may have basis (`scheme_cells`), or is what `median_classes` returns: then
    the odds of being on track or better are written below the class of the median, and they are the tint. A class
    whose basis is the outlook is called likely.
    """
    odds = cells["on_track"] if "on_track" in cells else pd.Series(np.nan, index=cells.index)
    codes = list(zip(cells["scheme"], cells["code"], strict=True))
    bases = cells.get("basis", pd.Series("observed", index=cells.index))
    words = [class_words(*pair, basis, lang) for pair, basis in zip(codes, bases, strict=True)]
    lines = [broken(word, LONGEST) for word in words]
    rows = pd.DataFrame(
        {
            "name": [name_of(target, plan, lang) for target in cells["target"]],
            "scheme": [label(scheme, lang) for scheme in cells["scheme"]],
            "word": words,
            "lines": lines,
            "height": [len(each) for each in lines],
            "odds": ["" if np.isnan(p) else percent(p) for p in odds],
            "rank": odds.fillna(pd.Series([class_rank(*pair) for pair in codes], index=cells.index)),
        }
    )
    targets, schemes = list(dict.fromkeys(rows["name"])), [label(scheme, lang) for scheme in SCHEMES]
    frame = alt.Chart(rows).encode(
        y=alt.Y("name:N", sort=targets, title=None),
        x=alt.X("scheme:N", sort=schemes, title=None, axis=alt.Axis(labelAngle=0, orient="top", ticks=False)),
        tooltip=["name:N", "scheme:N", "word:N", "odds:N"],
    )
    colour = alt.Color("rank:Q", legend=None, scale=alt.Scale(domain=[0, 0.25, 0.5, 0.75, 1], range=PALETTE))
    shade = alt.condition("isValid(datum.rank)", colour, alt.value("white"))
    tiles = frame.mark_rect(stroke="white").encode(color=shade)
    two = bool(rows["odds"].ne("").any())
    layers = tiles
    # A text of two lines starts higher, and what stands below it lower.
    for height in sorted(rows["height"].unique()):
        own, half = frame.transform_filter(f"datum.height == {height}"), (height - 1) * LINE / 2
        words_above = own.mark_text(dy=-half - (7 if two else 0), lineHeight=LINE)
        layers += words_above.encode(text=alt.Text("lines:N"))
        if two:
            layers += own.mark_text(dy=8 + half, fontSize=11).encode(text=alt.Text("odds:N"))
    title = label("schemes_title", lang) if year is None else text("classes_title", lang, year=year)
    cell = max(map(_width, [*itertools.chain(*lines), *schemes])) + CELL_MARGIN
    row = (38 if two else ROW) + (int(rows["height"].max()) - 1) * LINE
    size = {"width": cell * len(schemes), "height": row * len(targets)}
    return layers.properties(**size, title=title)


def _width(word: str) -> float:
    """Return about how many pixels a text takes: a Chinese character is as wide as it is high."""
    return sum(WIDE if unicodedata.east_asian_width(sign) in "WF" else NARROW for sign in word)


def milestone_chart(outlook: Outlook, milestones: pd.DataFrame, target: str, lang: str = "zh") -> Chart:
    """Return a target's milestones against the outlook: 10–90 % band, median, observations used.

    `milestones` is what `planmodel.milestones` returns for the outlook. Each milestone has its level above and the
    odds that it is reached below.
    """
    target = outlook.quantity(target).name
    own = milestones[milestones["target"] == target]
    rows = pd.DataFrame(
        {
            "year": own["year"],
            "value": own["level"],
            "kind": label("milestone", lang),
            "text": [level(value) for value in own["level"]],
            "odds": [percent(p) for p in own["probability"]],
        }
    )
    bands, points = fan_bands(outlook, target), fan_points(outlook, target)
    points = points[points["kind"] != "not_used"].assign(odds="")
    points["kind"] = [label(kind, lang) for kind in points["kind"]]
    unit = unit_name(outlook.quantity(target).unit, lang)
    colour, shape = _milestone_scales(set(points["kind"]), lang)
    year = alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0))
    y = alt.Y("value:Q", title=unit, scale=alt.Scale(zero=False))
    spread = bands.rename(columns={"q10": "value"}).assign(kind=label("band_80", lang))
    medians = bands.rename(columns={"q50": "value"}).assign(kind=label("median", lang))
    band = alt.Chart(spread).mark_area(opacity=1).encode(x=year, y=y, y2=alt.Y2("q90:Q"), color=colour)
    line = alt.Chart(medians).mark_line(strokeWidth=2).encode(x=year, y=y, color=colour)
    tooltip = [alt.Tooltip("year:O"), alt.Tooltip("kind:N"), alt.Tooltip("value:Q", format=",.4~g"), "odds:N"]
    columns = ["year", "value", "kind", "odds"]
    marks = (
        alt.Chart(pd.concat([rows[columns], points[columns]]))
        .mark_point(filled=True, size=90, opacity=1)
        .encode(x=year, y=y, shape=shape, color=colour, tooltip=tooltip)
    )
    above = alt.Chart(rows).mark_text(dy=-13, color=VERMILION).encode(x=year, y=y, text=alt.Text("text:N"))
    below = alt.Chart(rows).mark_text(dy=15).encode(x=year, y=y, text=alt.Text("odds:N"))
    title = text("milestones_title", lang, name=name_of(target, outlook.plan, lang))
    return (band + line + marks + above + below).properties(width=WIDTH, height=280, title=title)


def _milestone_scales(kinds: set[str], lang: str) -> tuple[alt.Color, alt.Shape]:
    """Return colours and shapes by kind, in one legend; observations only where there are any."""
    looks = {
        label("milestone", lang): ("diamond", VERMILION),
        label("base_point", lang): ("circle", INK),
        label("observed", lang): ("circle", GREEN),
        label("median", lang): ("square", BLUE),
        label("band_80", lang): ("square", PALETTE[3]),
    }
    shown = [kind for kind in looks if kind != label("observed", lang) or kind in kinds]
    colours, shapes = [looks[kind][1] for kind in shown], [looks[kind][0] for kind in shown]
    return (
        alt.Color("kind:N", scale=alt.Scale(domain=shown, range=colours)),
        alt.Shape("kind:N", scale=alt.Scale(domain=shown, range=shapes)),
    )


def required_chart(revised: pd.DataFrame, plan: Plan, target: str, lang: str = "zh") -> Chart:
    """Return the growth a target needs, by as-of year: from the latest comparable value, and from the median.

    `revised` is what `planmodel.revisions` returns. The first line stays where no comparable figure came in.
    """
    target = resolve(target, plan.by_name, plan)
    own = revised[revised["target"] == target]
    kinds = {"required": "required_latest", "required_from_median": "required_median"}
    rows = own.melt("as_of", list(kinds), "key", "value").dropna()
    rows["kind"] = [label(kinds[key], lang) for key in rows["key"]]
    rows["text"] = [growth(value) for value in rows["value"]]
    names = [label(key, lang) for key in kinds.values()]
    frame = alt.Chart(rows).encode(
        x=alt.X("as_of:O", title=label("as_of", lang), axis=alt.Axis(labelAngle=0)),
        y=alt.Y("value:Q", title=label("growth_axis", lang)),
        color=alt.Color("kind:N", scale=alt.Scale(domain=names, range=[GREY, VERMILION])),
        tooltip=["as_of:O", alt.Tooltip("kind:N"), "text:N"],
    )
    lines = frame.mark_line(strokeWidth=2) + frame.mark_point(filled=True, size=80, opacity=1)
    higher = rows["value"] >= rows.groupby("as_of")["value"].transform("max")
    for side, chosen in ((-13, higher), (14, ~higher)):
        lines += (
            alt.Chart(rows[chosen])
            .mark_text(dy=side)
            .encode(x=alt.X("as_of:O"), y=alt.Y("value:Q"), text=alt.Text("text:N"))
        )
    title = text("required_title", lang, name=name_of(target, plan, lang))
    return lines.properties(width=WIDTH, height=240, title=title)


def flag_board(revised: pd.DataFrame, plan: Plan, lang: str = "zh") -> Chart:
    """Return targets by as-of years: the odds as of then, tinted by what the revision rule says.

    `revised` is what `planmodel.revisions` returns.
    """
    rows = pd.DataFrame(
        {
            "name": [name_of(target, plan, lang) for target in revised["target"]],
            "as_of": revised["as_of"],
            "text": [percent(p) for p in revised["probability"]],
            "flag": [label(flag, lang) for flag in revised["flag"]],
        }
    )
    present = [flag for flag in FLAG_COLOURS if label(flag, lang) in set(rows["flag"])]
    colour = alt.Color(
        "flag:N",
        scale=alt.Scale(
            domain=[label(flag, lang) for flag in present], range=[FLAG_COLOURS[flag] for flag in present]
        ),
    )
    frame = alt.Chart(rows).encode(
        y=alt.Y("name:N", sort=list(dict.fromkeys(rows["name"])), title=None),
        x=alt.X("as_of:O", title=label("as_of", lang), axis=alt.Axis(labelAngle=0, orient="top")),
        tooltip=["name:N", "as_of:O", "text:N", "flag:N"],
    )
    board = frame.mark_rect(stroke="white").encode(color=colour) + frame.mark_text().encode(
        text=alt.Text("text:N")
    )
    size = {"width": 90 * rows["as_of"].nunique(), "height": ROW * rows["name"].nunique()}
    return board.properties(**size, title=label("flags_title", lang))

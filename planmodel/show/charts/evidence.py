"""Charts of what the plan states and what history says; each a function of a tidy frame.

They are shown with `planmodel.show.charts.targets.show`, which adds the theme. `lang` is `zh` or `en`.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import label, text, unit_name
from planmodel.plan.area import name_in
from planmodel.show.labels import figure, level
from planmodel.show.theme import BLUE, GREY, SKY, VERMILION
from planmodel.show.vega import alt

# As in planmodel.show.charts.targets: altair's own types do not compose under a type checker.
Chart: TypeAlias = Any

# Width of a histogram's bars, points of annual growth.
BIN = 2.0


def _word(key: str, lang: str) -> str:
    return label(f"evidence_{key}", lang)


def required_and_history(frame: pd.DataFrame, lang: str = "zh") -> Chart:
    """Required growth of each target beside its own past growth, where the document states it.

    `frame`: label, required, history (% a year). Past growth is that over the years before the plan.
    """
    kinds = {key: _word(key, lang) for key in ("required", "history")}
    long = frame.rename(columns=kinds).melt("label", list(kinds.values()), "kind", "growth").dropna()
    long["growth"] = long["growth"].round(2)
    y = alt.Y("label:N", sort=list(frame["label"]), title=None, axis=alt.Axis(labelLimit=320))
    line = (
        alt.Chart(long).mark_line(color=GREY).encode(x=alt.X("growth:Q"), y=y, detail=alt.Detail("label:N"))
    )
    colour = alt.Scale(domain=list(kinds.values()), range=[VERMILION, BLUE])
    points = (
        alt.Chart(long)
        .mark_point(filled=True, size=70, opacity=1)
        .encode(
            x=alt.X("growth:Q", title=_word("growth", lang), scale=alt.Scale(zero=True)),
            y=y,
            color=alt.Color("kind:N", scale=colour, sort=list(kinds.values()), title=None),
        )
    )
    return alt.layer(line, points).properties(
        width=360, height=alt.Step(22), title=_word("needed_title", lang)
    )


def two_points(points: pd.DataFrame, lang: str = "zh") -> Chart:
    """Levels of the first and the last year of a figure; nothing stands for the years between.

    `points`: rows of `figure_points` of one figure, other than shares.
    """
    years = sorted(str(year) for year in points["year"].dropna().unique())
    panels = [_panel(rows, years, lang) for _, rows in points.groupby("series", sort=False)]
    return alt.hconcat(*panels)


def _panel(rows: pd.DataFrame, years: list[str], lang: str) -> Chart:
    data = rows.assign(
        year=rows["year"].astype(str),
        kind=rows["how"].map(lambda how: _word(how, lang)),
        text=rows["value"].map(level),
        value=rows["value"].round(3),
    )[["year", "value", "kind", "text"]]
    kinds = [_word("derived", lang), _word("stated", lang)]
    scale = alt.Scale(domain=[0, float(1.12 * data["value"].max())], nice=False)  # room for the number above
    base = alt.Chart(data).encode(
        x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0), scale=alt.Scale(domain=years)),
        y=alt.Y(
            "value:Q", title=unit_name(rows["unit"].iloc[0], lang), axis=alt.Axis(tickCount=5), scale=scale
        ),
    )
    colour = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[SKY, BLUE]), title=None)
    bars = base.mark_bar(size=36).encode(color=colour)
    numbers = base.mark_text(dy=-7).encode(text=alt.Text("text:N"))
    title = name_in(rows_of(rows)[0], lang)
    return alt.layer(bars, numbers).properties(width=150, height=170, title=_title(title))


def _title(name: str) -> Any:
    return alt.TitleParams(name, fontSize=12, anchor="start", limit=260)


def shares(points: pd.DataFrame, lang: str = "zh") -> Chart:
    """Share of a part in the whole, by indicator. `points`: rows of `figure_points` whose unit is %."""
    data = pd.DataFrame(
        {
            "label": [name_in(row, lang) for row in rows_of(points)],
            "value": points["value"].round(1),
            "kind": points["how"].map(lambda how: _word(how, lang)),
            "text": points["value"].map("{:.1f}".format),
        }
    )
    kinds = [_word("derived", lang), _word("stated", lang)]
    base = alt.Chart(data).encode(
        x=alt.X("value:Q", title=_word("share", lang), scale=alt.Scale(domain=[0, 100])),
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=320)),
    )
    colour = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[SKY, BLUE]), title=None)
    bars = base.mark_bar().encode(color=colour)
    numbers = base.mark_text(align="left", dx=4).encode(text=alt.Text("text:N"))
    return alt.layer(bars, numbers).properties(
        width=360, height=alt.Step(26), title=_word("share_title", lang)
    )


def annual_growth(frame: pd.DataFrame, lang: str = "zh") -> Chart:
    """Annual growth of several series. `frame`: year, label, growth (%)."""
    data = frame.assign(growth=frame["growth"].round(2))[["year", "label", "growth"]]
    ticks = sorted({int(year) for year in data["year"] if year % 3 == 0})
    return (
        alt.Chart(data)
        .mark_line(point=True)
        .encode(
            x=alt.X(
                "year:Q",
                title=None,
                axis=alt.Axis(format="d", values=ticks),
                scale=alt.Scale(domain=[int(data["year"].min()), int(data["year"].max())], nice=False),
            ),
            y=alt.Y("growth:Q", title=_word("annual", lang)),
            color=alt.Color("label:N", sort=None, title=None, scale=alt.Scale(range=[BLUE, VERMILION])),
        )
        .properties(width=520, height=220, title=_word("annual_title", lang))
    )


def reference_histogram(windows: pd.DataFrame, required: float, lang: str = "zh") -> Chart:
    """What the reference class did next, with the required growth as a line.

    `windows`: rows of `Evidence.comparable`, whose `next` is in log points times 100 a year and is drawn as
    compound growth; `required` in % a year, compound.
    """
    growth = 100 * np.expm1(windows["next"] / 100)
    start = BIN * np.floor(growth / BIN)
    bins = start.value_counts().sort_index().rename_axis("start").reset_index(name="windows")
    bins["end"] = bins["start"] + BIN
    ticks = [int(edge) for edge in np.arange(bins["start"].min(), bins["end"].max() + 1) if edge % 4 == 0]
    room = alt.Scale(domain=[0, float(1.2 * bins["windows"].max())], nice=False)  # for the words above
    bars = (
        alt.Chart(bins)
        .mark_bar(color=SKY, stroke="white")
        .encode(
            x=alt.X("start:Q", title=_word("next", lang), bin="binned", axis=alt.Axis(values=ticks)),
            x2=alt.X2("end:Q"),
            y=alt.Y("windows:Q", title=_word("windows", lang), scale=room),
        )
    )
    mark = pd.DataFrame(
        {
            "required": [round(required, 2)],
            "text": [text("evidence_required_at", lang, rate=figure(required, 2))],
        }
    )
    rule = alt.Chart(mark).mark_rule(color=VERMILION, strokeWidth=2).encode(x=alt.X("required:Q"))
    words = (
        alt.Chart(mark)
        .mark_text(color=VERMILION, align="left", dx=5, fontWeight="bold")
        .encode(x=alt.X("required:Q"), y=alt.YValue(8), text=alt.Text("text:N"))
    )
    title = text("evidence_windows_title", lang, n=len(windows))
    return alt.layer(bars, rule, words).properties(width=460, height=200, title=title)


def backtest_ratios(frame: pd.DataFrame, lang: str = "zh") -> Chart:
    """Ratio of each forecast's CRPS to the better naive one's, with one standard error either side.

    `frame`: label, kind, ratio, ratio_se; lines at 1 (no better than naive) and 0.8 (the aim).
    """
    data = frame.assign(
        low=(frame["ratio"] - frame["ratio_se"]).round(3),
        high=(frame["ratio"] + frame["ratio_se"]).round(3),
        ratio=frame["ratio"].round(3),
    )[["label", "kind", "ratio", "low", "high"]]
    y = alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=320))
    colour = alt.Color("kind:N", sort=None, title=None, scale=alt.Scale(range=[VERMILION, BLUE]))
    scale = alt.Scale(zero=False)
    bars = (
        alt.Chart(data)
        .mark_rule(strokeWidth=2)
        .encode(x=alt.X("low:Q", scale=scale), x2=alt.X2("high:Q"), y=y, color=colour)
    )
    points = (
        alt.Chart(data)
        .mark_point(filled=True, size=70, opacity=1)
        .encode(x=alt.X("ratio:Q", title=_word("ratio", lang), scale=scale), y=y, color=colour)
    )
    lines = (
        alt.Chart(pd.DataFrame({"at": [0.8, 1.0]}))
        .mark_rule(strokeDash=[4, 3], color=GREY)
        .encode(x=alt.X("at:Q"))
    )
    return alt.layer(lines, bars, points).properties(
        width=420, height=alt.Step(26), title=_word("ratio_title", lang)
    )

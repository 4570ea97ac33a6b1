"""The waterfall of a target's odds: from an earlier year to a later one, observation by observation."""

from __future__ import annotations

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import label, text
from planmodel.plan.names import resolve
from planmodel.plan.plan import Plan
from planmodel.show.charts.targets import ROW, WIDTH, Chart
from planmodel.show.labels import name_of, percent, points
from planmodel.show.theme import BLUE, GREY, INK, VERMILION
from planmodel.show.vega import alt
from planmodel.show.words.updates import news_of, shown

# Room to the right of the highest bar, for its figure.
_ROOM = 1.15

KINDS = {"news_total": GREY, "news_up": BLUE, "news_down": VERMILION}


def news_chart(changes: pd.DataFrame, plan: Plan, target: str, lang: str = "zh") -> Chart:
    """Return a waterfall: odds as of the earlier year, what each observation changed, odds as of the later.

    `changes` is what `planmodel.news` returns. Each bar has its figure beside it, the odds in % and the
    changes in points; the tooltip says what was observed and what had been expected.
    """
    target = resolve(target, plan.by_name, plan)
    rows = _bars(news_of(changes, target), plan, lang)
    present = [key for key in KINDS if label(key, lang) in set(rows["kind"])]
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=[label(key, lang) for key in present], range=[KINDS[key] for key in present]),
    )
    y = alt.Y("name:N", sort=list(rows["name"]), title=None)
    scale = alt.Scale(domain=[0, _ROOM * float(rows["high"].max())], nice=False)
    axis = alt.X(
        "low:Q", title=label("probability", lang), scale=scale, axis=alt.Axis(format=".0%", tickCount=6)
    )
    tooltip = [
        alt.Tooltip(f"{column}:N", title=label(f"news_{column}", lang))
        for column in ("name", "text", "value", "expected")
    ]
    bars = (
        alt.Chart(rows)
        .mark_bar(height=16)
        .encode(y=y, x=axis, x2=alt.X2("high:Q"), color=colour, tooltip=tooltip)
    )
    links = (
        alt.Chart(_links(rows))
        .mark_rule(color=GREY, strokeDash=[2, 2])
        .encode(y=y, y2=alt.Y2("next:N"), x=alt.X("after:Q"))
    )
    numbers = (
        alt.Chart(rows)
        .mark_text(align="left", dx=5, color=INK)
        .encode(y=y, x=alt.X("high:Q", scale=scale), text=alt.Text("text:N"))
    )
    beside = (
        alt.Chart(rows)
        .mark_text(align="left", dx=8, color=GREY)
        .encode(y=y, x=alt.XValue(WIDTH), text=alt.Text("beside:N"))
    )
    title = text("news_title", lang, name=name_of(target, plan, lang))
    return alt.layer(links, bars, numbers, beside, width=WIDTH, height=ROW * len(rows), title=title)


def _bars(rows: pd.DataFrame, plan: Plan, lang: str) -> pd.DataFrame:
    """Return one bar a step: name, low, high, after, text, kind, value, expected, beside."""
    bars = []
    for row in rows_of(rows):
        after, change = row["probability_after"], row["change"]
        total = row["step"] in ("start", "end")
        kind = "news_total" if total else ("news_up" if change >= 0 else "news_down")
        low, high = (0.0, after) if total else sorted((after - change, after))
        value, expected = (shown(row[column], row["unit"]) for column in ("value", "expected"))
        number = percent(after) if total else points(change)
        beside = "" if pd.isna(row["value"]) else text("news_beside", lang, value=value, expected=expected)
        name = _name(row, plan, lang)
        bars.append((name, low, high, after, number, label(kind, lang), value, expected, beside))
    return pd.DataFrame(
        bars, columns=["name", "low", "high", "after", "text", "kind", "value", "expected", "beside"]
    )


def _name(row: dict[str, object], plan: Plan, lang: str) -> str:
    """Return what a bar stands for: an as-of year, the scenario, or the observation of a year."""
    step = str(row["step"])
    if step in ("start", "end"):
        return text("news_as_of", lang, year=row["observed"])
    if step == "scenario":
        return label("news_scenario", lang)
    return f"{row['observed']} {name_of(str(row['variable']), plan, lang)}"


def _links(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the lines that lead from one bar to the next."""
    return pd.DataFrame(
        {"name": rows["name"][:-1], "next": rows["name"][1:].to_numpy(), "after": rows["after"][:-1]}
    )

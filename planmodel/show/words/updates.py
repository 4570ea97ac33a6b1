"""News in sentences: which observation moved the odds of a target most."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import label
from planmodel.base.problems import InputError, Problem, nearest
from planmodel.model.outlook import Outlook
from planmodel.plan.plan import Plan
from planmodel.questions.record.updates import news_since_base
from planmodel.show.labels import growth, level, name_of, percent, points

# The steps of a table of news at which a figure enters.
FIGURES = ("observation", "revision")

# A change that would be shown as 0.0 points is none.
_SMALLEST = 0.0005


def news_of(changes: pd.DataFrame, target: str) -> pd.DataFrame:
    """Return the rows of one target of a table of news.

    Raises
    ------
    InputError
        If the table has no such target.
    """
    known = list(changes["target"].unique())
    if target not in known:
        expected = f"one of: {', '.join(known)}"
        raise InputError([Problem("news", "target", repr(target), expected, nearest(target, known))])
    return changes[changes["target"] == target].reset_index(drop=True)


def news_words(changes: pd.DataFrame, plan: Plan, target: str, lang: str = "zh") -> list[str]:
    """Return, in sentences, how a target's odds moved and which observation moved them most.

    Parameters
    ----------
    changes : DataFrame
        As `planmodel.news` returns it.
    """
    rows = news_of(changes, target)
    start, end = rows.iloc[0], rows.iloc[-1]
    name, before, after = name_of(target, plan, lang), start["probability_after"], end["probability_after"]
    if lang == "zh":
        sentences = [
            f"{name}：达标概率截至 {start['observed']} 年为 {percent(before)}，截至 {end['observed']} 年为 {percent(after)}。"
        ]
    else:
        sentences = [
            f"{name}: the odds were {percent(before)} as of {start['observed']} and are {percent(after)} as of "
            f"{end['observed']}."
        ]
    figures = rows[rows["step"].isin(FIGURES)]
    order = figures["change"].abs().sort_values(ascending=False, kind="stable").index
    if not len(figures) or abs(figures["change"][order[0]]) < _SMALLEST:
        none = "其间没有观测使其变动。" if lang == "zh" else "No observation in between moved them."
        return [*sentences, none]
    sentences.append(_largest(rows_of(figures.loc[order[:1]])[0], plan, lang))
    if len(figures) > 1:
        sentences.append(_others(figures.loc[order[1:]], plan, lang))
    treatment = float(rows.loc[rows["step"] == "scenario", "change"].sum())
    if abs(treatment) >= _SMALLEST:
        sentences.append(_history(treatment, lang))
    return sentences


def figure_words(changes: pd.DataFrame, plan: Plan, target: str, lang: str = "zh") -> str:
    """Return by how many points each figure that became known moved a target's odds, variable by variable.

    Parameters
    ----------
    changes : DataFrame
        As `planmodel.news` returns it.
    """
    rows = news_of(changes, target)
    rows = rows[rows["step"].isin(FIGURES)]
    name = name_of(target, plan, lang)
    if not len(rows):
        return f"{name}：其间没有观测值。" if lang == "zh" else f"{name}: nothing was observed."
    largest = rows.groupby("variable", sort=False)["change"].apply(lambda own: own.abs().max())
    parts = [
        _by_year(rows[rows["variable"] == variable], plan, lang)
        for variable in largest.sort_values(ascending=False, kind="stable").index
    ]
    if lang == "zh":
        return f"{name}的达标概率因各观测值而变动（百分点）：{'；'.join(parts)}。"
    return f"{name}: points by which each figure moved its probability: {'; '.join(parts)}."


def _by_year(rows: pd.DataFrame, plan: Plan, lang: str) -> str:
    name = name_of(str(rows["variable"].iloc[0]), plan, lang)
    listed = [
        f"{points(change)} ({year})" for change, year in zip(rows["change"], rows["observed"], strict=True)
    ]
    if lang == "zh":
        return f"{name} " + "、".join(text.replace(" (", "（").replace(")", "）") for text in listed)
    return f"{name} " + ", ".join(listed)


def moved_words(outlook: Outlook, lang: str = "zh") -> list[str]:
    """Return why the odds of a plan's ratio moved since its base year, and how good the decisive figure is.

    Of a plan without a ratio, the target of a whole area that moved most. Nothing if nothing was observed.
    """
    changes = news_since_base(outlook)
    figures = changes[changes["step"].isin(FIGURES)]
    sentences: list[str] = []
    for target in moved_targets(changes, outlook.plan):
        own = figures[figures["target"] == target]
        decisive = rows_of(own.loc[[own["change"].abs().idxmax()]])[0]
        sentences += [
            *news_words(changes, outlook.plan, target, lang),
            *_grade_words(outlook, decisive, lang),
        ]
    return sentences


def news_note(moved: list[str], lang: str = "zh") -> str:
    """Return how the charts of news are to be read, or that there is no news."""
    return label("news_note" if moved else "no_news", lang)


def moved_targets(changes: pd.DataFrame, plan: Plan) -> list[str]:
    """Return the targets whose news is told: a plan's ratios of a whole area, else the one that moved most."""
    whole = [target for target in plan.by_name.values() if not target.part_of]
    moves = changes.groupby("target")["change"].sum().abs()
    moves = moves[moves.index.isin([target.name for target in whole])]
    if not changes["step"].isin(FIGURES).any() or not len(moves):
        return []
    ratios = [target.name for target in whole if target.kind == "ratio"]
    return [name for name in ratios if name in moves.index] or [str(moves.idxmax())]


def _grade_words(outlook: Outlook, decisive: dict[str, Any], lang: str) -> list[str]:
    """Say how far the figure that moved the odds most can be trusted; nothing if that is not on record."""
    used, _, _ = outlook.sorted_figures
    own = used[(used["name"] == decisive["variable"]) & (used["year"] == decisive["observed"])]
    what, year = name_of(decisive["variable"], outlook.plan, lang), decisive["observed"]
    if lang == "zh":
        return [f"{year} 年{what}这一数字的等级为 {label(grade, lang)}。" for grade in own["grade"]]
    return [f"That figure, {what} in {year}, is of grade {label(grade, lang)}." for grade in own["grade"]]


def _largest(row: dict[str, Any], plan: Plan, lang: str) -> str:
    what, figures = name_of(row["variable"], plan, lang), _figures(row, lang)
    if lang == "zh":
        return f"影响最大的是 {row['observed']} 年的{what}：{figures}，使概率变动 {points(row['change'])} 个百分点。"
    return f"What moved them most is {what} in {row['observed']}: {figures}; {points(row['change'])} points."


def _figures(row: dict[str, Any], lang: str) -> str:
    """Say what was observed and what had been expected."""
    value, expected = (shown(row[column], row["unit"]) for column in ("value", "expected"))
    if math.isnan(row["surprise_sd"]):
        return f"{value}（已知）" if lang == "zh" else f"{value}, as known"
    size, above = f"{abs(row['surprise_sd']):.1f}", row["surprise_sd"] > 0
    if lang == "zh":
        side = "高" if above else "低"
        return f"实际 {value}，此前中位数 {expected}，{side}于预期 {size} 个标准差"
    side = "above" if above else "below"
    return f"{value}, where the median had been {expected} ({size} s.d. {side} it)"


def shown(number: float, unit: str) -> str:
    """Return a figure as it is written in sentences and charts of the record: growth and shares with one decimal, levels four digits."""
    return f"{growth(number)} %" if unit == "%" else level(number)


def _others(figures: pd.DataFrame, plan: Plan, lang: str) -> str:
    """Say what the other observations did together, and the largest of them."""
    together, first = points(float(figures["change"].sum())), rows_of(figures.head(1))[0]
    what = name_of(first["variable"], plan, lang)
    if lang == "zh":
        return (
            f"其余 {len(figures)} 个观测合计 {together} 个百分点，其中最大的是 {first['observed']} 年的{what}"
            f"（{points(first['change'])}）。观测按年份计入，同年先计驱动因素；各项之和与次序无关。"
        )
    return (
        f"The other {len(figures)} observations make {together} points together, the largest of them {what} in "
        f"{first['observed']} ({points(first['change'])}). They enter by year, drivers first; their sum does not depend on the order."
    )


def _history(change: float, lang: str) -> str:
    if lang == "zh":
        return f"情景中已成历史的年份不再使用：{points(change)} 个百分点。"
    return f"Years of the scenario that have become history are no longer used: {points(change)} points."

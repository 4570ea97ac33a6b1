"""What matters for a target, in sentences, in Chinese or English."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.model.outlook import Outlook
from planmodel.questions.odds.odds import probabilities
from planmodel.questions.stress.maps import HeatMap
from planmodel.questions.stress.margins import role_of
from planmodel.show.labels import growth, name_of, percent

# So many sources are named; the rest are summed.
_NAMED = 3


def tornado_words(
    table: pd.DataFrame, outlook: Outlook, target: str, size: float = 1.0, lang: str = "zh"
) -> str:
    """Return which source moves a target's odds most, and from where to where.

    `table` is what `planmodel.tornado` returns for the target and size.
    """
    name = name_of(target, outlook.plan, lang)
    if not len(table) or not table["change"].any():
        return (
            f"没有来源能改变“{name}”的达标概率。" if lang == "zh" else f"No source moves the odds of {name}."
        )
    below, above = rows_of(table.head(2))
    source = source_name(str(below["source"]), outlook, lang)
    goals = [quantity.name for quantity in outlook.model.goals.quantities]
    base = percent(float(probabilities(outlook)[goals.index(target)]))
    low, high = percent(float(below["probability"])), percent(float(above["probability"]))
    ends = growth(float(below["source_growth"])), growth(float(above["source_growth"]))
    if lang == "zh":
        return (
            f"对“{name}”影响最大的是“{source}”：年均低 {size:g} 个标准差（{ends[0]}%）时，达标概率由 {base} 变为 {low}；"
            f"高 {size:g} 个标准差（{ends[1]}%）时为 {high}。其余变量按条件均值随动。"
        )
    times = "one s.d." if size == 1 else f"{size:g} s.d."
    return (
        f'What moves {name} most is "{source}": {times} lower ({ends[0]} % a year) takes the odds from {base} to {low}, {times} '
        f"higher ({ends[1]} %) to {high}. The other variables follow by their conditional mean."
    )


def shapley_words(table: pd.DataFrame, outlook: Outlook, target: str, lang: str = "zh") -> str:
    """Return where the uncertainty of a target's margin comes from.

    `table` is what `planmodel.shapley` returns for the target.
    """
    name = name_of(target, outlook.plan, lang)
    if not len(table) or table["variance_share"].isna().any():
        return f"“{name}”没有不确定性。" if lang == "zh" else f"Nothing about {name} is uncertain."
    first, rest = table.head(_NAMED), table.iloc[_NAMED:]
    parts = [
        (source_name(row["source"], outlook, lang), float(row["variance_share"])) for row in rows_of(first)
    ]
    others, exact = float(rest["variance_share"].sum()), bool(table["exact"].all())
    if lang == "zh":
        listed = "、".join(f"“{source}”占 {100 * share:.0f}%" for source, share in parts)
        tail = f"，其余 {len(rest)} 个来源占 {100 * others:.0f}%" if len(rest) else ""
        note = "" if exact else "该目标是整体的一部分，按均值处的线性化计算。"
        return f"“{name}”余量的不确定性中，{listed}{tail}（沙普利份额，共同变动已分摊到各来源）。{note}"
    listed = ", ".join(
        f'{100 * share:.0f} % {verb}from "{source}"'
        for verb, (source, share) in zip(("comes ", "", ""), parts, strict=False)
    )
    tail = f", {100 * others:.0f} % from the other {len(rest)}" if len(rest) else ""
    note = "" if exact else " The target is a part of a whole: linearised at the mean."
    return f"Of the uncertainty of the margin of {name}, {listed}{tail} (Shapley shares, joint moves divided).{note}"


def heat_map_words(found: HeatMap, lang: str = "zh") -> str:
    """Return where the odds are even, with the first driver as expected.

    Both are conditions, not means: who grows so fast is more likely in a world in which the target is reached.
    """
    plan = found.outlook.plan
    x, y, target = (name_of(name, plan, lang) for name in (found.driver_x, found.driver_y, found.target))
    first, last = found.years
    line = found.break_even
    own, other = (growth(value) for value in found.expected)
    if len(line) and line["growth_x"].min() <= found.expected[0] <= line["growth_x"].max():
        needed = growth(float(np.interp(found.expected[0], line["growth_x"], line["growth_y"])))
        if lang == "zh":
            bound = "不低于" if found.rises else "不高于"
            return (
                f"{first}–{last} 年，若“{x}”按预测中位数年均增长 {own}%，“{y}”{bound} {needed}% 时“{target}”达标的"
                f"概率过半（其预测中位数为 {other}%；这是条件概率，不是因果）。"
            )
        bound = "at least" if found.rises else "at most"
        return (
            f"In {first}–{last}, with {x} growing at its median of {own} % a year, {target} is more likely reached than not "
            f"where {y} grows by {bound} {needed} % (its median is {other} %; a condition, not a cause)."
        )
    # The map's column nearest to the first driver's median says which side the odds are on.
    near = (found.table["growth_x"] - found.expected[0]).abs()
    odds = found.table.loc[near == near.min(), "probability"].median()
    if lang == "zh":
        side = "都过半" if odds > 0.5 else "都不过半"
        return (
            f"{first}–{last} 年，若“{x}”按预测中位数年均增长 {own}%，在图示范围内无论“{y}”如何，"
            f"“{target}”达标的概率{side}。"
        )
    side = "more likely reached than not" if odds > 0.5 else "less likely reached than not"
    return f"In {first}–{last}, with {x} growing at its median of {own} % a year, {target} is {side} whatever {y} does within the range shown."


def source_name(source: str, outlook: Outlook, lang: str = "zh") -> str:
    """Return what a source is called: a driver by its name, else whose own growth or share it is."""
    name, role = name_of(source, outlook.plan, lang), role_of(source, outlook)
    if role == "driver_growth":
        return name
    if role == "whole_share":
        return f"{name}：占比" if lang == "zh" else f"{name}: share of the whole"
    return f"{name}：自身增速" if lang == "zh" else f"{name}: own growth"


def named_sources(frame: pd.DataFrame, outlook: Outlook, lang: str = "zh") -> pd.DataFrame:
    """Return a result with names in the column `source`, in place of identifiers."""
    return frame.assign(source=[source_name(str(source), outlook, lang) for source in frame["source"]])

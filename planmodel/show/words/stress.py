"""Reverse stress in sentences: what would break a target, or reach it, in Chinese or English."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import unit_name
from planmodel.model.outlook import Outlook
from planmodel.plan.plan import Plan
from planmodel.questions.stress.paths import carriers, path_table, threshold_point
from planmodel.questions.stress.reverse import Breaks
from planmodel.questions.stress.reverse_count import CountBreak
from planmodel.show.labels import figure, growth, level, name_of, names, percent

# A driver alone is named as what breaks a target if its path lies within this many standard deviations.
FAR = 3.0

# Beyond this many standard deviations the figure itself tells a reader nothing.
OUT_OF_QUESTION = 10.0

# Deviations that differ by less than this between years (points) are said as one figure.
ALIKE = 0.25
MOST_YEARS = 3


def break_words(outlook: Outlook, table: pd.DataFrame, lang: str = "zh") -> list[str]:
    """Return a sentence for each row of `breaks`: how far, how likely, and what would tip it."""
    return [_sentence(outlook, row, lang) for row in rows_of(table)]


def row_words(table: pd.DataFrame, lang: str) -> list[str]:
    """Return the sentences of rows of `breaks`: those in a column words, as an earlier edition had it, or made here."""
    if isinstance(table, Breaks) and "words" not in table:
        return break_words(table.outlook, table, lang)
    return [str(words) for words in table["words"]]


def breaks_words(table: pd.DataFrame, plan: Plan, lang: str = "zh") -> list[str]:
    """Return what the table of `planmodel.breaks` says as a whole: who holds, who is nearest to tipping.

    The nearest that holds, and the nearest that fails, each with its own sentence.
    """
    open_ones = table[np.isfinite(table["distance"])]
    holding, failing = open_ones[open_ones["distance"] >= 0], open_ones[open_ones["distance"] < 0]
    if lang == "zh":
        sentences = [f"在中心路径上，{len(holding)} 个目标达标，{len(failing)} 个不达标。"]
    else:
        sentences = [f"On the central path {len(holding)} targets hold and {len(failing)} fail."]
    for rows, smallest in ((holding, True), (failing, False)):
        if len(rows):
            row = rows.loc[[rows["distance"].idxmin() if smallest else rows["distance"].idxmax()]]
            name, words = name_of(str(row["target"].iloc[0]), plan, lang), row_words(row, lang)[0]
            if lang == "zh":
                sentences.append(f"离{'不达标边界' if smallest else '达标'}最近的是{name}：{words}")
            else:
                sentences.append(f"Nearest to {'failing' if smallest else 'being reached'}: {name}. {words}")
    return sentences


def count_words(result: CountBreak, lang: str = "zh") -> str:
    """Return the count's distance, what tips it, and how the driver that is farthest off grows then."""
    row = rows_of(result)[0]
    distance, k, holding = float(row["distance"]), row["k"], row["holding"]
    if math.isinf(distance):
        if lang == "zh":
            return f"至少 {k} 个目标达标在模型中已成定局：{'确定' if distance > 0 else '不可能'}。"
        return f"At least {k} targets: settled in the model, {'certain' if distance > 0 else 'impossible'}."
    plan, breaking, length = result.outlook.plan, distance >= 0, figure(abs(distance), 2)
    likely = row["failure_probability"] if breaking else 1 - row["failure_probability"]
    odds, listed = percent(likely, row["standard_error"]), names(str(row["tipped"]).split(" + "), plan, lang)
    driver = result.farthest_driver()
    moved = deviation_words(driver, plan, lang) if len(driver) else ""
    if lang == "zh":
        way, gain = ("不达标", "低于") if breaking else ("达标", "达到")
        tail = f"；其时{moved}" if moved else ""
        return (
            f"中心路径上有 {holding} 个目标达标。距{gain} {k} 个 {length} 个标准差（概率 {odds}）。"
            f"最近的一步是再有这些目标{way}：{listed}{tail}。"
        )
    way, gain = ("failing", "fewer than") if breaking else ("being reached", "at least")
    tail = f"; there {moved}" if moved else ""
    return (
        f"{holding} targets hold on the central path; {gain} {k} are {length} s.d. away (probability {odds}). "
        f"The shortest step is {listed} {way}{tail}."
    )


def worst_words(path: pd.DataFrame, target: str, distance: float, plan: Plan, lang: str = "zh") -> str:
    """Return how low a target falls on the worst path within a distance (`planmodel.worst_case`)."""
    last = rows_of(path[path["quantity"] == target])[-1]
    name, unit = name_of(target, plan, lang), unit_name(str(last["unit"]), lang)
    aim = float(plan.targets.set_index("name")["threshold"][target])
    central, worst, length = level(last["central"]), level(last["on_path"]), f"{distance:g}"
    if lang == "zh":
        return (
            f"在 {length} 个标准差之内，{name} {last['year']} 年最坏为 {worst} {unit}"
            f"（中心路径 {central}，目标 {level(aim)}）。"
        )
    return (
        f"Within {length} s.d., the worst for {name} in {last['year']} is {worst} ({unit}), where the central "
        f"path has {central} and the target is {level(aim)}."
    )


def _sentence(outlook: Outlook, row: Mapping[str, Any], lang: str) -> str:
    distance = float(row["distance"])
    if math.isnan(distance):
        return "没有基期值，不作判断。" if lang == "zh" else "No base value: no judgement."
    if math.isinf(distance):
        return _settled_words(distance, lang)
    return _distance_words(row, lang) + _cause_words(outlook, row, lang)


def _settled_words(distance: float, lang: str) -> str:
    if lang == "zh":
        return f"在模型中已成定局：确定{'达标' if distance > 0 else '不达标'}。"
    return f"Settled in the model: certain to be {'reached' if distance > 0 else 'missed'}."


def _distance_words(row: Mapping[str, Any], lang: str) -> str:
    distance, fails = float(row["distance"]), float(row["failure_probability"])
    length = figure(abs(distance), 2)
    if lang == "zh":
        if distance >= 0:
            return f"距不达标边界 {length} 个标准差，不达标概率 {percent(fails)}。"
        return f"中心路径上不达标，距达标 {length} 个标准差，达标概率 {percent(1 - fails)}。"
    if distance >= 0:
        return f"{length} s.d. from failing, which has a probability of {percent(fails)}. "
    return f"Fails on the central path; {length} s.d. from being reached, probability {percent(1 - fails)}. "


def _cause_words(outlook: Outlook, row: Mapping[str, Any], lang: str) -> str:
    target, driver, breaking = str(row["target"]), str(row["driver"]), float(row["distance"]) >= 0
    if driver and abs(float(row["driver_distance"])) <= FAR:
        return _driver_words(outlook, row, lang)
    own = carried_words(outlook, target, lang)
    alone = _no_driver_words(row, outlook.plan, lang)
    if lang == "zh":
        return f"{alone}最可能的{'不达标' if breaking else '达标'}路径上，{own}。"
    return f"{alone}On the most likely path to {'failure' if breaking else 'success'}, {own}."


def _driver_words(outlook: Outlook, row: Mapping[str, Any], lang: str) -> str:
    """Return the path of one driver alone, with its own distance: that of all variables together is shorter."""
    target, driver, breaking = str(row["target"]), str(row["driver"]), float(row["distance"]) >= 0
    path = path_table(outlook, threshold_point(outlook, target, driver), [driver])
    moved = deviation_words(path[path["year"] > outlook.as_of], outlook.plan, lang)
    far = figure(abs(float(row["driver_distance"])), 2)
    if lang == "zh":
        way = "不达标" if breaking else "达标"
        return f"仅{moved}，相关变量随之变动，即可使该目标{way}；这条路径偏离 {far} 个标准差。"
    aim = "break" if breaking else "reach"
    return f"If {moved}, that is enough to {aim} it, with what moves along; that path is {far} s.d. off."


def _no_driver_words(row: Mapping[str, Any], plan: Plan, lang: str) -> str:
    driver = str(row["driver"])
    if not driver:
        return ""
    distance = abs(float(row["driver_distance"]))
    if distance > OUT_OF_QUESTION:
        return "没有哪个驱动因素能独力左右它。" if lang == "zh" else "No driver alone decides it. "
    name, far = growth_of(driver, plan, lang), figure(distance, 1)
    if lang == "zh":
        return f"没有哪个驱动因素能独力左右它（影响最大的是{name}，须偏离 {far} 个标准差）。"
    return f"No driver alone decides it (the strongest, {name}, would have to be {far} s.d. off). "


def carried_words(outlook: Outlook, target: str, lang: str) -> str:
    """Return how a target's own figures, or the sides of a ratio that bring it there, grow on its failing path."""
    carried_by = carriers(outlook, target)
    path = path_table(outlook, threshold_point(outlook, target), [target, *carried_by])
    moved = {name: _moved(outlook, path, name) for name in carried_by}
    if carried_by == [target]:
        return deviation_words(moved[target], outlook.plan, lang)
    last = rows_of(path[path["quantity"] == target])[-1]
    value = f"{level(last['on_path'])} {unit_name(last['unit'], lang)}"
    # A ratio goes with its numerator and against its denominator; a side that moves the other way is no means.
    numerator = carried_by[0]
    words = [
        deviation_words(rows, outlook.plan, lang)
        for name, rows in moved.items()
        if last["difference"] * rows["growth_difference"].sum() * (1 if name == numerator else -1) > 0
    ]
    if lang == "zh":
        return "，".join([*words, f"{last['year']} 年为 {value}"])
    return "; ".join([*words, f"{value} in {last['year']}"])


def _moved(outlook: Outlook, path: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the years in which growth moves; what was observed does not, but for the curvature of a sum."""
    own = path[path["quantity"] == name]
    open_ones = [(name, year) not in outlook.used for year in own["year"]]
    kept: pd.DataFrame = own[np.array(open_ones) & (own["growth_difference"] != 0)]
    return kept if len(kept) else own


def deviation_words(path: pd.DataFrame, plan: Plan, lang: str = "zh") -> str:
    """Return by how much growth on a path lies below or above the central one, by year.

    `path` holds the rows of one quantity of `failing_path`. Years that are alike are said as one figure, many
    years that are not by their mean.
    """
    years = [int(year) for year in path["year"]]
    gaps, rates = path["growth_difference"].to_numpy(), path["path_growth"].to_numpy()
    alike = float(np.ptp(gaps)) <= ALIKE
    one_figure = alike or len(years) > MOST_YEARS or bool(np.any(gaps > 0) and np.any(gaps < 0))
    if one_figure:
        gaps, rates = gaps.mean(keepdims=True), rates.mean(keepdims=True)
    sizes, levels = [points(abs(gap)) for gap in gaps], [growth(rate) for rate in rates]
    several = 0 if len(years) == 1 else 1 if alike else 2 if one_figure else 3
    words = _deviation_zh if lang == "zh" else _deviation_en
    return words(
        growth_of(str(path["quantity"].iloc[0]), plan, lang), years, sizes, levels, gaps[0] < 0, several
    )


def _deviation_zh(
    name: str, years: Sequence[int], sizes: Sequence[str], levels: Sequence[str], lower: bool, several: int
) -> str:
    each = ("", "各", "年均", "分别")[several]
    when = "、".join(map(str, years)) if len(years) <= MOST_YEARS else f"{years[0]}–{years[-1]}"
    way = "低" if lower else "高"
    at = f"{'分别' if len(levels) > 1 else ''}为 {'、'.join(f'{rate}%' for rate in levels)}"
    return f"{name}在 {when} 年{each}{way} {'、'.join(sizes)} 个百分点（{at}）"


def _deviation_en(
    name: str, years: Sequence[int], sizes: Sequence[str], levels: Sequence[str], lower: bool, several: int
) -> str:
    each = ("", " a year", " a year on average", "")[several]
    when = listing([str(year) for year in years]) if len(years) <= MOST_YEARS else f"{years[0]}–{years[-1]}"
    way = "lower" if lower else "higher"
    order = " respectively" if len(sizes) > 1 else ""
    return f"{name} is {way} by {listing(sizes)} points{each} in {when}{order} (at {listing(levels)} %)"


def listing(texts: Sequence[str]) -> str:
    """Return texts as an English enumeration: a, b and c."""
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def growth_of(quantity: str, plan: Plan, lang: str) -> str:
    """Return "growth of X"; a name that says growth already stays."""
    name = name_of(quantity, plan, lang)
    if lang == "zh":
        return name if name.endswith(("增速", "增速差")) else f"{name}增速"
    # A name begins with a capital as a label does; not within a sentence, unless it is an abbreviation.
    name = name[0].lower() + name[1:] if name[1:2].islower() else name
    return name if name.startswith("growth") else f"growth of {name}"


def points(size: float) -> str:
    """Return points of growth with one decimal; smaller ones with one significant digit."""
    return f"{size:.1f}" if size >= 0.05 else f"{size:.1g}" if size >= 0.005 else "0.0"

"""Reverse stress in sentences: what would break a target, or reach it, in Chinese or English."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from planmodel.labels import growth, level, name_of, percent, unit_name
from planmodel.outlook import Outlook
from planmodel.plan import Plan
from planmodel.records import records
from planmodel.stress import Breaks

# A driver alone is named as what breaks a target if its path lies within this many standard deviations.
FAR = 3.0

# Deviations that differ by less than this between years (points) are said as one figure.
ALIKE = 0.25
MOST_YEARS = 3


def break_words(outlook: Outlook, table: Breaks, lang: str = "zh") -> list[str]:
    """Return a sentence for each row of `breaks`: how far, how likely, and what would tip it."""
    return [_sentence(outlook, table, row, lang) for row in records(table)]


def _sentence(outlook: Outlook, table: Breaks, row: Mapping[str, Any], lang: str) -> str:
    distance = float(row["distance"])
    if math.isnan(distance):
        return "没有基期值，不作判断。" if lang == "zh" else "No base value: no judgement."
    if math.isinf(distance):
        return _settled_words(distance, lang)
    return _distance_words(row, lang) + _cause_words(outlook, table, row, lang)


def _settled_words(distance: float, lang: str) -> str:
    if lang == "zh":
        return f"在模型中已成定局：确定{'达标' if distance > 0 else '不达标'}。"
    return f"Settled in the model: certain to be {'reached' if distance > 0 else 'missed'}."


def _distance_words(row: Mapping[str, Any], lang: str) -> str:
    distance, fails = float(row["distance"]), float(row["failure_probability"])
    length = figure(abs(distance), 2)
    if lang == "zh":
        if distance >= 0:
            return f"距落空 {length} 个标准差，落空概率 {percent(fails)}。"
        return f"中心路径上已落空，距达标 {length} 个标准差，达标概率 {percent(1 - fails)}。"
    if distance >= 0:
        return f"{length} s.d. from failing, which has a probability of {percent(fails)}. "
    return f"Fails on the central path; {length} s.d. from being reached, probability {percent(1 - fails)}. "


def _cause_words(outlook: Outlook, table: Breaks, row: Mapping[str, Any], lang: str) -> str:
    target, driver, breaking = str(row["target"]), str(row["driver"]), float(row["distance"]) >= 0
    plan = outlook.plan
    if driver and abs(float(row["driver_distance"])) <= FAR:
        path = _open(table.path(target, driver), driver, outlook.as_of)
        moved = deviation_words(path, plan, lang)
        if lang == "zh":
            return f"仅{moved}，相关变量随之变动，即可使该目标{'落空' if breaking else '达标'}。"
        return f"{moved}: that alone, with what moves with it, {'breaks' if breaking else 'reaches'} the target."
    own = carried_words(outlook, table.path(target), target, lang)
    alone = _no_driver_words(row, plan, lang)
    if lang == "zh":
        return f"{alone}最可能的{'落空' if breaking else '达标'}路径上，{own}。"
    return f"{alone}On the most likely path to {'failure' if breaking else 'success'}: {own}."


def _no_driver_words(row: Mapping[str, Any], plan: Plan, lang: str) -> str:
    driver = str(row["driver"])
    if not driver:
        return ""
    name, far = name_of(driver, plan, lang), figure(abs(float(row["driver_distance"])), 1)
    if lang == "zh":
        return f"没有哪个驱动因素能独力左右它（影响最大的是{name}，须偏离 {far} 个标准差）。"
    return f"No driver alone decides it (the strongest, {name}, would have to be {far} s.d. off). "


def carried_words(outlook: Outlook, path: pd.DataFrame, target: str, lang: str) -> str:
    """Return how a target's own figures, or numerator and denominator of a ratio, grow on a path."""
    rows = [_open(path, name, outlook.as_of) for name in _carriers(outlook.plan, path, target)]
    words = [deviation_words(own, outlook.plan, lang) for own in rows]
    last = records(path[path["quantity"] == target])[-1]
    value = f"{level(last['path'])} {unit_name(last['unit'], lang)}"
    if len(rows) == 1:
        return words[0]
    if lang == "zh":
        return f"{'，'.join(words)}，{last['year']} 年为 {value}"
    return f"{'; '.join(words)}; {value} in {last['year']}"


def _carriers(plan: Plan, path: pd.DataFrame, target: str) -> list[str]:
    indicator, _, area = target.partition(".")
    ratio = plan.ratios.get(indicator)
    if not isinstance(ratio, Mapping):
        return [target]
    numerator = f"{ratio['numerator']}.{area}"
    denominator = f"{ratio['denominator']}.{ratio.get('denominator_area', area)}"
    known = set(path["quantity"])
    return [name for name in (numerator, denominator) if name in known] or [target]


def _open(path: pd.DataFrame, name: str, as_of: int) -> pd.DataFrame:
    return path[(path["quantity"] == name) & (path["year"] > as_of)]


def deviation_words(path: pd.DataFrame, plan: Plan, lang: str = "zh") -> str:
    """Return by how much growth on a path lies below or above the central one, by year.

    `path` holds the rows of one quantity of `failing_path`.
    """
    years = [int(year) for year in path["year"]]
    gaps, rates = path["growth_difference"].to_numpy(), path["path_growth"].to_numpy()
    name, mean = growth_of(str(path["quantity"].iloc[0]), plan, lang), float(np.mean(gaps))
    alike = float(np.ptp(gaps)) <= ALIKE
    if lang == "zh":
        return f"{name}{_deviation_zh(years, gaps, rates, mean, alike)}"
    text = f"{name} {_deviation_en(years, gaps, rates, mean, alike)}"
    return text[0].upper() + text[1:]


def _deviation_zh(years: Sequence[int], gaps: Any, rates: Any, mean: float, alike: bool) -> str:
    way, when = ("低" if mean < 0 else "高"), _years(years, "、", "–")
    if alike or len(years) > MOST_YEARS or not (np.all(gaps <= 0) or np.all(gaps >= 0)):
        each = "" if len(years) == 1 else "各" if alike else "年均"
        return f"在 {when} 年{each}{way} {points(abs(mean))} 个百分点（降至 {growth(float(np.mean(rates)))}%）".replace(
            "降至", "为"
        )
    listed = "、".join(points(abs(gap)) for gap in gaps)
    return f"在 {when} 年分别{way} {listed} 个百分点（为 {'、'.join(growth(rate) for rate in rates)}%）"


def _deviation_en(years: Sequence[int], gaps: Any, rates: Any, mean: float, alike: bool) -> str:
    way, when = ("lower" if mean < 0 else "higher"), _years(years, ", ", "–")
    if alike or len(years) > MOST_YEARS or not (np.all(gaps <= 0) or np.all(gaps >= 0)):
        each = "" if len(years) == 1 else " a year" if alike else " a year on average"
        return f"{points(abs(mean))} points {way}{each} in {when} (at {growth(float(np.mean(rates)))} %)"
    listed = ", ".join(points(abs(gap)) for gap in gaps)
    return f"{listed} points {way} in {when} (at {', '.join(growth(rate) for rate in rates)} %)"


def _years(years: Sequence[int], comma: str, dash: str) -> str:
    if len(years) > MOST_YEARS:
        return f"{years[0]}{dash}{years[-1]}"
    return comma.join(str(year) for year in years)


def growth_of(quantity: str, plan: Plan, lang: str) -> str:
    """Return "growth of X"; a name that says growth already stays."""
    name = name_of(quantity, plan, lang)
    if lang == "zh":
        return name if name.endswith("增速") else f"{name}增速"
    return name if name.lower().startswith("growth") else f"growth of {name}"


def points(size: float) -> str:
    """Return points of growth with one decimal; smaller ones with one significant digit."""
    return f"{size:.1f}" if size >= 0.05 else f"{size:.1g}" if size >= 0.005 else "0.0"


def figure(value: float, decimals: int) -> str:
    """Return a number with so many decimals, without a negative zero."""
    return f"{round(value, decimals) + 0:.{decimals}f}"

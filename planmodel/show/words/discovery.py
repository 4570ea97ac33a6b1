"""A discovered region in one sentence, in Chinese or English."""

from __future__ import annotations

import math

import numpy as np

from planmodel.base.frames import rows_of
from planmodel.law.law import PERCENT
from planmodel.plan.variables import plan_drivers
from planmodel.questions.stress.discovery import Discovery
from planmodel.questions.stress.margins import goal_numbers
from planmodel.questions.stress.means import NO_ANSWER, answers, limits_of
from planmodel.show.labels import names, percent
from planmodel.show.words.sensitivity import source_name

# From here on two inputs move together enough to say so.
NOTABLE_CORRELATION = 0.3


def discovery_words(found: Discovery, lang: str = "zh") -> str:
    """Return where the chosen targets fail, with density, coverage and what holds everywhere."""
    row = found.summary.iloc[0]
    density, coverage, share = (
        percent(float(row[key]), float(row[f"{key}_standard_error"]))
        for key in ("density", "coverage", "base_rate")
    )
    first, last = found.years
    if lang == "zh":
        event = f"{_subject(found, lang)}{'不达标' if found.fail else '达标'}"
        if not len(found.table):
            return f"没有哪个驱动因素的范围与“{event}”明显相关；全部情形下它占 {share}。"
        text = (
            f"当 {first}–{last} 年{'、'.join(_limits(found, lang))}时，{event}的占 {density}（覆盖率 {coverage}；不加条件时"
            f"占 {share}；在未参与搜索的抽样上测得）。"
        )
    else:
        event = f"{_subject(found, lang)} {'fail' if found.fail else 'are reached'}"
        if not len(found.table):
            return (
                f"No range of any driver goes with the event that {event}; it makes up {share} of all draws."
            )
        text = (
            f"Where average growth in {first}–{last} is {' and '.join(_limits(found, lang))}, {event} in {density} of draws "
            f"(coverage {coverage}; without conditions {share}; measured on draws not searched)."
        )
    return text + _bystanders_words(found, lang) + _together(found, lang)


def _bystanders_words(found: Discovery, lang: str) -> str:
    """Return which drivers of the region move none of the targets that way by themselves."""
    listed = [source_name(name, found.outlook, lang) for name in _bystanders(found)]
    if not listed:
        return ""
    if lang == "zh":
        return f"其中{'、'.join(f'“{name}”' for name in listed)}本身并不推动这一结果，只是与之一同出现。"
    names_of = " and ".join(f'"{name}"' for name in listed)
    return f" By itself {names_of} does not bring this about; it only occurs with it."


def _bystanders(found: Discovery) -> list[str]:
    """Return the drivers that the region limits on one side and that, moved to that side alone, tip no target."""
    outlook = found.outlook
    margins = limits_of(outlook.model.goals, goal_numbers(outlook, found.targets))
    known, years = plan_drivers(outlook.plan), found.years[1] - found.years[0] + 1
    result = []
    for row in rows_of(found.table):
        one_sided = math.isnan(row["low"]) != math.isnan(row["high"])
        faster = np.full(years, (1.0 if math.isnan(row["high"]) else -1.0) / PERCENT)
        way = -1.0 if found.fail else 1.0
        if one_sided and row["source"] in known:
            moved = way * answers(outlook, margins, row["source"], faster)
            if not np.any(moved > NO_ANSWER):
                result.append(row["source"])
    return result


def _subject(found: Discovery, lang: str) -> str:
    listed, total = names(found.targets, found.outlook.plan, lang), len(found.targets)
    if lang == "zh":
        many = "" if total == 1 else ("全部" if found.at_least == total else f"中至少 {found.at_least} 个")
        return f"{listed}{many}"
    if total == 1:
        return listed
    return f"all of {listed}" if found.at_least == total else f"at least {found.at_least} of {listed}"


def _limits(found: Discovery, lang: str) -> list[str]:
    return [
        _limit(
            source_name(row["source"], found.outlook, lang),
            float(row["low"]),
            float(row["high"]),
            found.decimals[row["source"]],
            lang,
        )
        for row in rows_of(found.table.sort_values("quasi_p", kind="stable"))
    ]


def _limit(name: str, low: float, high: float, decimals: int, lang: str) -> str:
    shown = [f"{value:.{decimals}f}" for value in (low, high)]
    if lang == "zh":
        if math.isnan(low):
            return f"“{name}”年均不高于 {shown[1]}%"
        return (
            f"“{name}”年均不低于 {shown[0]}%"
            if math.isnan(high)
            else f"“{name}”年均为 {shown[0]}% 至 {shown[1]}%"
        )
    if math.isnan(low):
        return f'at most {shown[1]} % a year for "{name}"'
    return (
        f'at least {shown[0]} % a year for "{name}"'
        if math.isnan(high)
        else f'{shown[0]} to {shown[1]} % a year for "{name}"'
    )


def _together(found: Discovery, lang: str) -> str:
    correlation = float(found.summary["largest_correlation"].iloc[0])
    if correlation < NOTABLE_CORRELATION:
        return ""
    if lang == "zh":
        return f"各驱动因素彼此相关（最大相关系数 {correlation:.2f}），该范围描述的是一同出现的情形，不是各自的因果。"
    return (
        f" The drivers move together (largest correlation {correlation:.2f}): the region describes what occurs together, "
        "not what each causes."
    )

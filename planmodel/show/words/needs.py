"""Needed growth and needed paths in sentences, in Chinese or English; every figure in them is computed."""

from __future__ import annotations

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import label
from planmodel.model.outlook import Outlook
from planmodel.plan.plan import Plan
from planmodel.questions.needs.growth import DriverPaths
from planmodel.show.labels import growth, name_of, names, percent

# A driver whose growth differs by less (points a year) is not said to have to change.
_SAME = 0.05


def growth_words(table: pd.DataFrame, plan: Plan, lang: str = "zh") -> list[str]:
    """Return what `growth_needed` says: what is met, what needs more than the outlook, where growth counts from."""
    known = table.dropna(subset="from_value")
    sentences = _met_sentences(known, plan, lang)
    # Where no year is left there is no growth to speak of.
    if len(ahead := known.dropna(subset="needed")):
        sentences += _faster_sentences(ahead, plan, lang)
    medians = known[known["from_kind"] == "median"]
    if len(medians):
        year, n = int(medians["from_year"].iloc[0]), len(medians)
        if lang == "zh":
            sentences.append(
                f"{n} 个目标在基期以后没有可用的观测值，起点是 {year} 年的预测中位数，不是已发生的数。"
            )
        else:
            sentences.append(
                f"For {n} targets no figure after the base year can be used: they start from the outlook's median of "
                f"{year}, which is no fact."
            )
    return sentences


def _met_sentences(known: pd.DataFrame, plan: Plan, lang: str) -> list[str]:
    """Say what is at its target's level: by a figure, and, only likely, by the outlook's median."""
    met = known[known["met"]]
    if not len(met):
        return [label("met_none", lang)]
    median = met["from_kind"] == "median"
    groups = {"met_observed": met[~median], "met_likely": met[median]}
    return [
        label(key, lang).format(
            n=len(rows), year=int(rows["from_year"].iloc[0]), names=names(rows["target"], plan, lang)
        )
        for key, rows in groups.items()
        if len(rows)
    ]


def _faster_sentences(known: pd.DataFrame, plan: Plan, lang: str) -> list[str]:
    faster = known[known["slack"] < 0].sort_values("slack", kind="stable")
    within = len(known) - len(faster) - int((known["met"] & (known["slack"] >= 0)).sum())
    if lang == "zh":
        listed = "；".join(
            f"{name_of(row['target'], plan, lang)}需年均 {growth(row['needed'])}%，"
            f"预测 {growth(row['median_growth'])}%"
            for row in rows_of(faster)
        )
        first = f"尚未达到、但所需增速不高于预测中位数的有 {within} 个。"
        return [first, *([f"需要快于预测的有 {len(faster)} 个：{listed}。"] if len(faster) else [])]
    listed = "; ".join(
        f"{name_of(row['target'], plan, lang)} needs {growth(row['needed'])} % a year, the outlook has "
        f"{growth(row['median_growth'])} %"
        for row in rows_of(faster)
    )
    first = f"Of the others {within} need no more growth than the outlook's median."
    return [first, *([f"{len(faster)} need more than the outlook has: {listed}."] if len(faster) else [])]


def path_words(paths: DriverPaths, outlook: Outlook, lang: str = "zh") -> list[str]:
    """Return how far the needed paths are from the central one, what binds, and what drivers would do."""
    plan = outlook.plan
    if not paths.distance:
        if lang == "zh":
            return ["在中心路径上，所选目标都已成立，不需要任何变动。"]
        return ["On the central path the chosen targets hold: nothing has to change."]
    binding = names(paths.binding, plan, lang)
    length, tail = f"{paths.distance:.2f}", percent(paths.chi2_tail)
    if lang == "zh":
        sentences = [
            f"所选目标全部成立的最可能路径距中心路径 {length} 个标准差（χ² 尾部概率 {tail}，自由度 {len(paths.binding)}；不是达标概率）；"
            f"起约束作用、恰好达标的是：{binding}。"
        ]
    else:
        sentences = [
            f"The most likely path on which all chosen targets hold is {length} s.d. from the central one (χ² tail "
            f"{tail}, {len(paths.binding)} degrees of freedom; not the odds of the targets). Binding, met exactly: {binding}."
        ]
    return sentences + _driver_sentences(paths, outlook, lang)


def _driver_sentences(paths: DriverPaths, outlook: Outlook, lang: str) -> list[str]:
    """Return how the drivers grow that by themselves bring the binding targets nearer; the others only move along."""
    plan = outlook.plan
    ahead = paths[paths["variable"].isin(paths.means) & (paths["year"] > outlook.as_of)]
    if not len(ahead):
        return []
    means = ahead.groupby("variable", sort=False)[["central_growth", "needed_growth", "difference"]].mean()
    means = means[means["difference"].abs() >= _SAME]
    first, last = outlook.as_of + 1, plan.target_year
    span = f"{first}–{last}" if last > first else f"{first}"
    if lang == "zh":
        listed = "；".join(
            f"{name_of(name, plan, lang)} {growth(row['needed_growth'])}%（中心路径 {growth(row['central_growth'])}%）"
            for name, row in zip(map(str, means.index), rows_of(means), strict=True)
        )
        told = f"此路径上，单独变动即有助于达标的驱动因素，其 {span} 年平均增速为：{listed}。"
        return [
            told if listed else "此路径上没有哪个驱动因素单独变动即有助于达标。",
            "这是与目标相容的最可能情形，不是因果，也不是建议；未公布的往年数字在路径上也随之变动。",
        ]
    listed = "; ".join(
        f"{name_of(name, plan, lang)} {growth(row['needed_growth'])} % (central path {growth(row['central_growth'])} %)"
        for name, row in zip(map(str, means.index), rows_of(means), strict=True)
    )
    told = f"Drivers that help by themselves, with their average growth in {span} on this path: {listed}."
    return [
        told if listed else "On this path no driver helps by its own growth.",
        "This is the most likely way for the targets to hold, neither a cause nor advice; past figures that were never "
        "published move with it.",
    ]

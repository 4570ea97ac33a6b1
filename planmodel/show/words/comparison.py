"""Scenarios side by side, in sentences: what they say differently, and what that does to the targets."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.plan.plan import Plan
from planmodel.questions.odds.verdicts import verdict
from planmodel.scenario.scenario import Scenario, load_scenario
from planmodel.show.labels import name_of, names, percent, points

# The words of one entry, and how they go on: with its size, or with what it was and what it is now.
_WORDS = {
    "path": {"zh": "{name} {year} 年增速 {size}%", "en": "growth of {name} in {year}: {size} %"},
    "path sd": {
        "zh": "{name} {year} 年增速的标准差 {size} 个百分点",
        "en": "s.d. of the growth of {name} in {year}: {size} points",
    },
    "shock": {
        "zh": "{name} {year} 年冲击 {size} 个百分点",
        "en": "shock on {name} in {year}: {size} points",
    },
    "shock persistence": {
        "zh": "{name} {year} 年冲击的持续性 {size}",
        "en": "persistence of the shock on {name} in {year}: {size}",
    },
    "measure": {"zh": "举措“{name}”的额外力度 {size}", "en": "extra effort on “{name}”: {size}"},
}


def difference_words(differences: pd.DataFrame, plan: Plan, lang: str) -> Iterator[str]:
    """Say each difference in a sentence; a dash stands for nothing."""
    for row in rows_of(differences):
        yield _words(row, f"{_number(row['first'])} → {_number(row['second'])}", plan, lang)


def entry_words(entries: pd.DataFrame, plan: Plan, lang: str) -> Iterator[str]:
    """Say each entry of a scenario in a sentence: the differences to a scenario that says nothing."""
    for row in rows_of(entries):
        yield _words(row, _number(row["second"]), plan, lang)


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:g}"


def _words(row: Mapping[str, Any], size: str, plan: Plan, lang: str) -> str:
    if row["kind"] == "measure":
        measures = plan.measures.set_index("measure")[f"name_{lang}"]
        name = str(measures.get(row["name"], row["name"]))
    else:
        name = name_of(row["name"], plan, lang)
    return _WORDS[row["kind"]][lang].format(name=name, year=row["year"], size=size)


# A probability that moves by less than this is shown as unchanged.
_UNCHANGED = 0.0005


def change_words(
    change: pd.DataFrame, first: Scenario, second: Scenario, plan: Plan, lang: str = "zh"
) -> list[str]:
    """Return how many targets are expected under two scenarios, how many move, and which moves most.

    `change` is what `odds_differences` returns for the two.
    """
    before, after = f"{change['first'].sum():.1f}", f"{change['second'].sum():.1f}"
    down, up = (int((sign * change["change"] >= _UNCHANGED).sum()) for sign in (-1, 1))
    heading = second.heading(lang)
    if lang == "zh":
        text = f"与“{first.heading(lang)}”相比，“{heading}”下预期达标个数由 {before} 变为 {after}："
        text += f"概率下降的目标有 {down} 个，上升的有 {up} 个。"
    else:
        text = f'Against "{first.heading(lang)}", "{heading}" takes the expected number of targets reached from {before} to {after}: '
        text += f"{down} become less likely, {up} more."
    if not down + up:
        return [text]
    row = rows_of(change.loc[[change["change"].abs().idxmax()]])[0]
    name, gap = name_of(row["target"], plan, lang), points(row["change"])
    pair = percent(row["first"]), percent(row["second"])
    if lang == "zh":
        return [text, f"变动最大的是{name}：由 {pair[0]} 变为 {pair[1]}（{gap} 个百分点）。"]
    return [text, f"What moves most is {name}: from {pair[0]} to {pair[1]} ({gap} points)."]


def across_words(table: pd.DataFrame, plan: Plan, lang: str = "zh") -> list[str]:
    """Return which targets are safe, and which out of reach, under every scenario, and which under some only.

    `table` is what `across` returns.
    """
    verdicts = table.assign(verdict=table["probability"].map(verdict))
    n = table["scenario"].nunique()
    sentences = [_always(verdicts, key, n, plan, lang) for key in ("safe", "out_of_reach")]
    hard = verdicts[verdicts["verdict"] == "out_of_reach"].groupby("target", sort=False).size()
    sentences += [
        _sometimes(table[table["target"] == target], int(count), n, plan, lang)
        for target, count in hard.items()
        if count < n
    ]
    return [*sentences, *_expected_range(table, plan, lang)]


def _always(verdicts: pd.DataFrame, key: str, n: int, plan: Plan, lang: str) -> str:
    own = verdicts.groupby("target", sort=False)["verdict"]
    found = [str(name) for name, said in own if (said == key).all()]
    listed = names(found, plan, lang)
    if lang == "zh":
        limit = "始终不低于 90% " if key == "safe" else "始终低于 10% "
        if not found:
            return f"没有哪个目标在全部 {n} 个情景下达标概率{limit.strip()}。"
        return f"在全部 {n} 个情景下达标概率{limit}的目标有 {len(found)} 个：{listed}。"
    limit = "at least 90 %" if key == "safe" else "under 10 %"
    if not found:
        return f"No target has a probability of {limit} in all {n} scenarios."
    return f"Targets with a probability of {limit} in all {n} scenarios, {len(found)}: {listed}."


def _sometimes(own: pd.DataFrame, count: int, n: int, plan: Plan, lang: str) -> str:
    best = rows_of(own.loc[[own["probability"].idxmax()]])[0]
    name, chance = name_of(best["target"], plan, lang), percent(best["probability"])
    heading = load_scenario(best["scenario"], plan).heading(lang)
    if lang == "zh":
        return f"{name}在 {n} 个情景中的 {count} 个低于 10%，最高的是“{heading}”：{chance}。"
    return f'{name} is under 10 % in {count} of {n} scenarios; most likely under "{heading}": {chance}.'


def _expected_range(table: pd.DataFrame, plan: Plan, lang: str) -> list[str]:
    expected = table.groupby("scenario", sort=False)["probability"].sum()
    if len(expected) < 2:
        return []
    ends = [str(expected.idxmin()), str(expected.idxmax())]
    low, high = (f"“{load_scenario(name, plan).heading(lang)}”（{expected[name]:.1f} 个）" for name in ends)
    if lang == "zh":
        return [f"预期达标个数最少的是{low}，最多的是{high}。"]
    low, high = (f'"{load_scenario(name, plan).heading(lang)}" ({expected[name]:.1f})' for name in ends)
    return [f"Fewest targets are expected under {low}, most under {high}."]

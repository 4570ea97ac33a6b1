"""Progress, milestones and what is handed down, in sentences, in Chinese or English; every figure is computed."""

from __future__ import annotations

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import unit_name
from planmodel.plan.plan import Plan
from planmodel.show.labels import figure, growth, level, name_of, percent


def progress_words(example: pd.Series, target: str, plan: Plan, lang: str = "zh") -> str:
    """Return what `planmodel.progress` says of one figure of a target."""
    name, year, value = name_of(target, plan, lang), f"{example['year']:.0f}", level(example["value"])
    gone, way, logs = (f"{100 * example[key]:.0f}" for key in ("time_share", "linear", "log"))
    ratio, required = figure(example["cagr_ratio"], 2), growth(example["required"])
    if lang == "zh":
        return (
            f"假设{name} {year} 年为 {value}（举例，不是观测值）：时间过去 {gone}%，完成全程的 {way}%（按对数 {logs}%），"
            f"增速是所需的 {ratio} 倍，此后每年须增长 {required}%。"
        )
    return (
        f"Suppose {name} were {value} in {year} (an example, not an observation): {gone} % of the time is gone, {way} % of the way "
        f"is done ({logs} % in logs), growth was {ratio} times what is needed, and {required} % a year is needed from there."
    )


def milestone_words(milestones: pd.DataFrame, target: str, plan: Plan, lang: str = "zh") -> str:
    """Return a target's milestones by year and how likely each is to be reached.

    `milestones` is what `planmodel.milestones` returns.
    """
    own = milestones[milestones["target"] == target]
    unit = unit_name(str(plan.targets.set_index("name")["unit"][target]), lang)
    chances = own["probability"].dropna()
    listed = [f"{row['year']} {level(row['level'])}" for row in rows_of(own)]
    between = [percent(chance) for chance in (chances.min(), chances.max())]
    name = name_of(target, plan, lang)
    if lang == "zh":
        odds = f"；按展望，各节点达到的概率为 {between[0]} 至 {between[1]}" if len(chances) else ""
        return f"{name}的年度节点（{unit}）：{'、'.join(listed)}{odds}。"
    odds = (
        f"; by the outlook each is reached with a probability of {between[0]} to {between[1]}"
        if len(chances)
        else ""
    )
    return f"Milestones of {name} ({unit}): {', '.join(listed)}{odds}."


def cascade_words(parts: pd.DataFrame, plan: Plan, lang: str = "zh") -> str:
    """Return what a whole's target means for each area by the target year: its level, share and probability.

    `parts` is what `planmodel.cascade` returns.
    """
    last = parts[parts["year"] == parts["year"].max()]
    indicator, year = str(last["indicator"].iloc[0]), int(last["year"].iloc[0])
    listed = [_area_words(row, plan, lang) for row in rows_of(last)]
    name = plan.label(indicator, lang=lang)
    if lang == "zh":
        return f"{name}分解到 {year} 年：{'；'.join(listed)}。"
    return f"{name}, handed down to {year}: {'; '.join(listed)}."


def _area_words(row: dict[str, object], plan: Plan, lang: str) -> str:
    rest = "其余地区" if lang == "zh" else "the rest"
    area = rest if row["area"] == "rest" else plan.area(str(row["area"]), lang)
    value, share = level(float(str(row["level"]))), growth(float(str(row["share"])))
    chance = percent(float(str(row["probability"]))) if "probability" in row else "–"
    if lang == "zh":
        return f"{area} {value}，占 {share}%" + (f"，达到的概率 {chance}" if chance != "–" else "")
    return f"{area} {value}, {share} % of the whole" + (f", probability {chance}" if chance != "–" else "")

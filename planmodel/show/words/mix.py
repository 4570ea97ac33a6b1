"""The cheapest mix of measures in sentences, in Chinese or English; every figure in them is computed."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import label
from planmodel.model.model import Model
from planmodel.plan.plan import Plan
from planmodel.questions.needs.mix_result import Answer, Mix
from planmodel.show.labels import level, name_of, names, percent, system_name

# So many targets are named in a sentence; more are counted.
_MOST_NAMED = 3

# A target that the mix was not asked for is named if its odds fall by more than this.
_FALL = 0.005


def mix_words(mix: Mix, lang: str = "zh") -> list[str]:
    """Return what the mix is, what it falls short of, what it does to the odds, and what it rests on."""
    answer = mix.answer
    return [
        *(_mix_sentence(mix, lang) if mix.feasible else _short_sentences(mix, lang)),
        *_joint_sentence(answer, lang),
        *_side_effects(answer, lang),
        *_foundations(mix, lang),
    ]


def used_measures(mix: Mix, lang: str = "zh") -> pd.DataFrame:
    """Return the measures that a mix uses, as texts: measure, system, intensity, cost."""
    rows = mix[mix["intensity"] > mix["already"]]
    plan = mix.answer.outlook.plan
    return pd.DataFrame(
        {
            label("measure", lang): list(rows[f"name_{lang}"]),
            label("system", lang): [
                system_name(plan, kind, system, lang)
                for kind, system in zip(rows["kind"], rows["system"], strict=True)
            ],
            label("intensity", lang): [f"{z:.2f}" for z in rows["intensity"]],
            label("cost", lang): [level(float(f"{cost:.3g}")) for cost in rows["cost"]],
        }
    )


def _measures(mix: Mix, lang: str) -> str:
    rows = mix[mix["intensity"] > mix["already"]].sort_values("intensity", ascending=False, kind="stable")
    listed = [f"{row[f'name_{lang}']} {row['intensity']:.2f}" for row in rows_of(rows)]
    return ("、" if lang == "zh" else "; ").join(listed)


def _chosen(mix: Mix, lang: str) -> str:
    """Return the chosen targets by name, or their number where they are many."""
    n = len(mix.targets)
    if n <= _MOST_NAMED:
        return names(mix.targets["target"], mix.answer.outlook.plan, lang)
    return f"所选 {n} 个目标" if lang == "zh" else f"the {n} chosen targets"


def _each(mix: Mix, lang: str) -> str:
    if len(mix.targets) == 1:
        return ""
    return "各" if lang == "zh" else " each"


def _mix_sentence(mix: Mix, lang: str) -> list[str]:
    answer, chosen = mix.answer, _chosen(mix, lang)
    each = _each(mix, lang)
    heading, aim = answer.outlook.scenario.heading(lang), f"{100 * answer.probability:g}"
    used = int((mix["intensity"] > mix["already"]).sum())
    if not used:
        if lang == "zh":
            return [f"在“{heading}”下，{chosen}的达标概率已不低于 {aim}%，无需额外举措。"]
        return [f'Under "{heading}" no extra measure is needed for odds of at least {aim} %: {chosen}.']
    if lang == "zh":
        return [
            f"在“{heading}”之上，要使{chosen}{each}以至少 {aim}% 的概率达标，成本最低的组合用到 {used} 项举措，"
            f"总成本 {mix.total_cost:.2f}：{_measures(mix, lang)}（力度，1 为全力）。"
        ]
    return [
        f'On top of "{heading}", the cheapest mix that gives odds of at least {aim} %{each} to {chosen} uses '
        f"{used} measures at a total cost of {mix.total_cost:.2f}: {_measures(mix, lang)} (intensity; 1 is full "
        "effort)."
    ]


def _short_sentences(mix: Mix, lang: str) -> list[str]:
    answer, plan = mix.answer, mix.answer.outlook.plan
    missing = mix.targets[~mix.targets["holds"]].sort_values("shortfall", ascending=False)
    # Of one target the nearest mix says it already.
    hopeless = missing[(missing["alone"] < answer.probability) & (len(mix.targets) > 1)]
    aim, chosen, m = f"{100 * answer.probability:g}", _chosen(mix, lang), len(missing)
    each = _each(mix, lang)
    short = _listed(missing, plan, "shortfall", lang)
    alone = _listed(hopeless, plan, "alone", lang)
    if lang == "zh":
        sentences = [
            f"没有一种举措组合能使{chosen}{each}以 {aim}% 的概率达标。最接近的组合（最大缺口最小，总成本 "
            f"{mix.total_cost:.2f}）仍有 {m} 个不够；以 {aim}% 的概率能保住的水平比目标低：{short}。"
        ]
        if len(hopeless):
            sentences.append(
                f"即使全部举措只为一个目标服务也不够的有 {len(hopeless)} 个，届时达标概率为：{alone}。"
            )
        return sentences
    sentences = [
        f"No mix of measures gives odds of {aim} %{each} to {chosen}. The nearest one (least worst "
        f"shortfall, total cost {mix.total_cost:.2f}) leaves {m} short. The level held with {aim} % misses the "
        f"target by: {short}."
    ]
    if len(hopeless):
        sentences.append(
            f"For {len(hopeless)} of them even all measures in the service of that target alone are not enough; its odds "
            f"would then be: {alone}."
        )
    return sentences


def _listed(rows: pd.DataFrame, plan: Plan, column: str, lang: str) -> str:
    texts = []
    for row in rows_of(rows):
        value = row[column]
        number = percent(value) if column == "alone" else f"{value:.1f} %"
        texts.append(f"{name_of(row['target'], plan, lang)} {number}")
    return ("；" if lang == "zh" else "; ").join(texts)


def _joint_sentence(answer: Answer, lang: str) -> list[str]:
    row = answer.joint.iloc[0]
    if len(answer.targets) == 1:
        return []
    before, after = (
        percent(row[name], row[f"{name}_standard_error"], row["draws"]) for name in ("before", "after")
    )
    if lang == "zh":
        return [f"所选目标同时达标的概率由 {before} 变为 {after}（± 后为抽样标准误）。"]
    return [
        f"The odds that all chosen targets hold together go from {before} to {after} (± is the standard error)."
    ]


def _side_effects(answer: Answer, lang: str) -> list[str]:
    others = answer.others
    worse = others[others["after"] < others["before"] - _FALL]
    if not len(worse):
        return []
    stop = "；" if lang == "zh" else "; "
    listed = stop.join(
        f"{name_of(row['target'], answer.outlook.plan, lang)} {percent(row['before'])} → {percent(row['after'])}"
        for row in rows_of(worse)
    )
    if lang == "zh":
        return [f"这一组合会降低另一些目标的达标概率：{listed}。"]
    return [f"The mix lowers the odds of other targets: {listed}."]


def _foundations(mix: Mix, lang: str) -> list[str]:
    """Say that the answer rests on assumed effects and costs, and where the assumptions tell measures apart."""
    answer = mix.answer
    effects = answer.outlook.model.effects
    effects = effects[effects["measure"].isin(mix["measure"])]
    assumed = int((effects["basis"] == "assumption").sum())
    alike = len(effects[["effect", "sd", "years_to_full"]].drop_duplicates()) == 1
    alike &= len(set(mix.unit_costs.values())) == 1
    if lang == "zh":
        whole = f"举措的 {len(effects)} 项效果"
        part = "全部是假设" if assumed == len(effects) else f"中 {assumed} 项是假设"
        cost = "成本也是假设" if answer.assumed_costs else "未给定的成本也是假设"
        sentences = [f"{whole}{part}，{cost}，不是估计；举措的排序以这些假设为条件，假设一变，排序就变。"]
        if alike:
            sentences.append("各项效果与成本的假设彼此相同，因此排序只反映每项举措作用于哪些目标。")
        return sentences
    whole = f"All {len(effects)}" if assumed == len(effects) else f"{assumed} of {len(effects)}"
    cost = "the costs" if answer.assumed_costs else "the costs that were not given"
    sentences = [
        f"{whole} effects of the measures are assumptions, not estimates, and so are {cost}. The ranking of "
        "measures is conditional on them and changes with them."
    ]
    if alike:
        sentences.append(
            "The assumed effects and costs are all alike, so the ranking only tells which targets a measure acts on."
        )
    return sentences


def effect_words(model: Model, measures: Iterable[str] | None = None, lang: str = "zh") -> str:
    """Return what the effects of measures are: how many, on what basis, and whether they differ at all.

    Of every measure that has an effect, unless `measures` are named.
    """
    effects = model.effects
    if measures is not None:
        effects = effects[effects["measure"].isin(list(measures))]
    if effects.empty:
        return "举措没有写明效果。" if lang == "zh" else "No measure has an effect."
    several, n = effects["measure"].nunique(), len(effects)
    assumed = int((effects["basis"] == "assumption").sum())
    alike = len(effects[["effect", "sd"]].drop_duplicates()) == 1
    low, high = f"{float(effects['effect'].min()):g}", f"{float(effects['effect'].max()):g}"
    sd = f"{float(effects['sd'].iloc[0]):g}"
    if lang == "zh":
        text = f"{several} 项举措的 {n} 项效果中 {assumed} 项是假设，"
        if alike:
            return (
                text
                + f"且彼此相同（全力推行，每年 {low} ± {sd} 个百分点）：概率变动多少是这一假设的算术，不能说明哪项举措有效。"
            )
        return text + f"效果为每年 {low} 至 {high} 个百分点。"
    text = f"Of the {n} effects of {several} measures {assumed} are assumed, "
    if alike:
        return text + (
            f"and all are alike ({low} ± {sd} points a year at full effort): what they do to the odds is arithmetic on that "
            "assumption, and says of no measure that it works."
        )
    return text + f"from {low} to {high} points a year."


def stability_words(table: pd.DataFrame, lang: str = "zh") -> str:
    """Return how much a mix changes when its assumptions do: `table` is what `mix_stability` returns."""
    used = table[table["intensity"] > 0]
    if not len(used):
        return "组合不用任何举措。" if lang == "zh" else "The mix uses no measure."
    outlook = int((used["cost_double"] == 0).sum())
    if lang == "zh":
        return (
            f"{_spread_words(used, lang)}；而把一项举措自身的成本加倍，{len(used)} 项中有 {outlook} 项会整个退出组合。"
            "没有成本数据，就没有可靠的排序。"
        )
    return (
        f"{_spread_words(used, lang)}; with its own cost doubled, {outlook} of {len(used)} measures drop out altogether. "
        "Without data on costs there is no ranking to rely on."
    )


def _spread_words(used: pd.DataFrame, lang: str) -> str:
    """Say how much intensities move with the s.d. of effects, or that no mix is enough then."""
    parts = []
    for case, zh, en in (("sd_half", "减半", "halved"), ("sd_double", "加倍", "doubled")):
        moved = (used[case] - used["intensity"]).abs().max()
        if lang == "zh":
            end = "没有哪个组合足够" if math.isnan(moved) else f"各项力度最多变动 {moved:.2f}"
            parts.append(f"效果的标准差{zh}，{end}")
        else:
            end = "no mix is enough" if math.isnan(moved) else f"no intensity moves by more than {moved:.2f}"
            parts.append(f"with the standard deviation of effects {en} {end}")
    text = ("；" if lang == "zh" else ", ").join(parts)
    return text if lang == "zh" else text[0].upper() + text[1:]

"""Are we on track, in sentences and tables for people, in Chinese or English."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import label, unit_name
from planmodel.model.outlook import Outlook
from planmodel.plan.plan import Plan
from planmodel.questions.track.revision import BEHIND, NEAR_CERTAIN, UNLIKELY
from planmodel.questions.track.schemes import SCHEMES, class_bound, class_rank, on_track, scheme_rows
from planmodel.questions.track.scoreboards import FROM_OUTLOOK, class_odds, observed_levels
from planmodel.show.labels import growth, level, name_of, names, percent
from planmodel.show.sheets import translated
from planmodel.show.words.outlook import unused_words

# More likely than not.
EVEN = 0.5


# The schemes that `schemes_measures` speaks of.
NAMED = {"cn_schedule", "escap", "eurostat", "sdsn", "statcan", "unsd"}

NUMBERS = {
    "zh": ("零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十"),
    "en": ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
}


def track_words(outlook: Outlook, revised: pd.DataFrame, lang: str = "zh") -> list[str]:
    """Return the answer to "are we on track": what was observed, what the schemes would say, what to revise.

    `revised` is what `planmodel.revisions` returns.
    """
    return [
        *observation_words(outlook, lang),
        *scheme_words(outlook, lang),
        *revision_words(revised, outlook.plan, lang),
    ]


def observation_words(outlook: Outlook, lang: str = "zh") -> list[str]:
    """Return which targets have a comparable observation, and which figures were not used and why."""
    plan, observed = outlook.plan, observed_levels(outlook)
    targets = list(plan.targets["name"])
    seen = [name for name in targets if name in observed]
    n = len(targets)
    if lang == "zh":
        first = f"截至 {outlook.as_of} 年，{n} 个目标中有可比观测值的 {len(seen)} 个"
        first += f"：{names(seen, plan, lang)}。" if seen else "，各种评估方案都无从判定。"
    else:
        first = f"As of {outlook.as_of}, {len(seen)} of {n} targets have a comparable observation"
        first += f": {names(seen, plan, lang)}." if seen else ", so no scheme can judge any of them."
    areas = {quantity.name: quantity.area for quantity in outlook.quantities}
    others = [name for name in observed if name not in targets and areas[name] in plan.areas]
    sentences = [first, *(_other_words(outlook, name, observed[name], lang) for name in others)]
    # The first of these only counts the others and refers to the report's table.
    return [*sentences, *unused_words(outlook, lang)[1:]]


def _other_words(outlook: Outlook, name: str, figures: dict[int, float], lang: str) -> str:
    """Say what was observed of a quantity that is no target itself, such as GDP."""
    years = [str(year) for year in sorted(figures)]
    last = level(figures[max(figures)])
    if lang == "zh":
        return f"不是目标、但有可用观测值的是{name_of(name, outlook.plan, lang)}（{'、'.join(years)} 年，最近为 {last}）。"
    return f"No target, but observed: {name_of(name, outlook.plan, lang)} ({', '.join(years)}; {last} last)."


def median_classes(odds: pd.DataFrame) -> pd.DataFrame:
    """Return the class of the outlook's median for each target and scheme, from what `class_odds` returns.

    Not the likeliest class: "behind" is one wide class where "ahead" is cut into three. Columns target, scheme,
    code, basis (of `class_odds`: a class that rests on the outlook is likely and no verdict), on_track (odds that
    the scheme would call the target on track or better).
    """
    keys = ["target", "scheme"]
    reached = odds.groupby(keys, sort=False)["probability"].cumsum() >= EVEN
    middle = odds.loc[reached, [*keys, "code", "basis"]].drop_duplicates(keys)
    good = np.array([on_track(*pair) for pair in zip(odds["scheme"], odds["code"], strict=True)], dtype=bool)
    sums = odds["probability"].where(good, 0.0).groupby([odds["target"], odds["scheme"]]).sum()
    found = sums.reindex(pd.MultiIndex.from_frame(middle[keys])).to_numpy()
    return middle.assign(on_track=found).reset_index(drop=True)


def scheme_cells(board: pd.DataFrame) -> pd.DataFrame:
    """Return a scoreboard as one row a target and scheme: target, basis, scheme, code."""
    return board.melt(["target", "basis"], list(SCHEMES), var_name="scheme", value_name="code")


def class_name(scheme: str, code: str, lang: str = "zh") -> str:
    """Return a class in words, e.g. `behind` of cn_schedule as 滞后; the code itself if it is none."""
    return next((str(row[lang]) for row in scheme_rows(scheme) if row["code"] == code), code)


def class_words(scheme: str, code: str, basis: str, lang: str = "zh") -> str:
    """Return a class in words; one that rests on the outlook and not on a figure says that it is only likely."""
    name = label(class_name(scheme, code, lang), lang)
    likely = basis in FROM_OUTLOOK and not np.isnan(class_rank(scheme, code))
    return label("likely_class", lang).format(name=name) if likely else name


def shown_board(board: pd.DataFrame, lang: str = "zh") -> pd.DataFrame:
    """Return a scoreboard with each scheme's class in words, ready for `planmodel.show.labels.sheet`.

    A class of the outlook's median is called likely.
    """
    result = board.copy()
    for scheme in SCHEMES:
        pairs = zip(board[scheme], board["basis"], strict=True)
        result[scheme] = [class_words(scheme, code, basis, lang) for code, basis in pairs]
    return result


def likely_words(board: pd.DataFrame, lang: str = "zh") -> list[str]:
    """Return what a likely class of a scoreboard is, if it has one."""
    return [label("likely_note", lang)] if board["basis"].isin(FROM_OUTLOOK).any() else []


def scheme_words(outlook: Outlook, lang: str = "zh") -> list[str]:
    """Return what the schemes would say of the values that the outlook expects, and where they part."""
    odds = class_odds(outlook)
    if not len(odds):
        return []
    year, plan = int(odds["year"].iloc[0]), outlook.plan
    chances = median_classes(odds).groupby("target", sort=False)["on_track"].agg(["min", "max"])
    good = [str(name) for name in chances.index[chances["min"] > EVEN]]
    bad = [str(name) for name in chances.index[chances["max"] < EVEN]]
    split = [str(name) for name in chances.index if name not in {*good, *bad}]
    groups = {"schemes_on_track": good, "schemes_behind": bad, "schemes_split": split}
    judged = [
        label(key, lang).format(
            n=len(group), year=year, names=names(group, plan, lang), count=_in_words(len(SCHEMES), lang)
        )
        for key, group in groups.items()
        if group
    ]
    ahead, on_schedule = (f"{class_bound('cn_schedule', code):g}" for code in ("ahead", "on_schedule"))
    bounds = label("schemes_bounds", lang).format(ahead=ahead, on_schedule=on_schedule)
    return [*judged, f"{label('schemes_measures', lang) if set(SCHEMES) == NAMED else ''}{bounds}"]


def _in_words(number: int, lang: str) -> str:
    """Return a small number as a word, a larger one in digits."""
    words = NUMBERS[lang]
    return words[number] if number < len(words) else f"{number}"


def revision_words(revised: pd.DataFrame, plan: Plan, lang: str = "zh") -> list[str]:
    """Return what the revision rule says as of the last year, and what the plan itself says about changing targets.

    `revised` is what `planmodel.revisions` returns.
    """
    last = revised[revised["as_of"] == revised["as_of"].max()]
    sentences = [_flag_sentence(row, plan, lang) for row in rows_of(last[last["flag"] != "keep"])]
    if not sentences:
        none = "修订规则没有触发任何一个目标。" if lang == "zh" else "The revision rule flags no target."
        return [none]
    return [*sentences, _rule_sentence(lang), *_plan_sentences(last, plan, lang)]


def _flag_sentence(row: dict[str, Any], plan: Plan, lang: str) -> str:
    name, odds = name_of(row["target"], plan, lang), percent(row["probability"])
    target = rows_of(plan.targets[plan.targets["name"] == row["target"]])[0]
    unit = unit_name(target["unit"], lang)
    even = (
        f"{level(row['even_odds'])} {unit}"
        if lang == "zh" or unit == "%"
        else f"{level(row['even_odds'])} ({unit})"
    )
    onwards, average = growth(row["remaining_rate"]), growth(row["average_rate"])
    verdict, since = label(row["flag"], lang), row["latest_year"]
    observed = since > target["base_year"]
    if lang == "zh":
        rates = f"{since} 年之后年均 {onwards}%，全期年均 {average}%" if observed else f"全期年均 {average}%"
        return f"{name}：{verdict}（达标概率 {odds}）。{plan.target_year} 年预测中位数为 {even}，即{rates}。"
    rates = f"{onwards} % a year after {since}, {average} % over the whole plan"
    rates = rates if observed else f"{average} % a year over the whole plan"
    return f"{name}: {verdict} (probability {odds}). The median of {plan.target_year} is {even}: {rates}."


def _rule_sentence(lang: str) -> str:
    low, high, behind = f"{100 * UNLIKELY:.0f}", f"{100 * NEAR_CERTAIN:.0f}", f"{BEHIND:g}"
    if lang == "zh":
        return (
            f"规则：所需增速超过参照组九成的实际增速，或达标概率低于 {low}%，或序时进度比连续两年低于 {behind}，考虑下调；"
            f"概率高于 {high}% 可以上调。界限是本项目自定的；预测中位数是参考，不是建议值。"
        )
    return (
        f"The rule: consider a cut where the growth needed exceeds what nine in ten of the reference class did, the odds are "
        f"below {low} %, or the schedule ratio stays below {behind} for two years; stretch above {high} %. The limits are "
        f"our own, and the median is for orientation, not a proposal."
    )


def _plan_sentences(last: pd.DataFrame, plan: Plan, lang: str) -> list[str]:
    """Return what the plan itself says: which flagged targets it calls binding, and how targets may be changed."""
    binding = plan.targets.loc[plan.targets["obligation"] == "约束性", "name"]
    fixed = list(last.loc[(last["flag"] != "keep") & last["target"].isin(binding), "target"])
    rule = plan.revision_rule
    said = {"binding_words": names(fixed, plan, lang), "revision_quote": rule.get(lang, "")}
    place = translated(rule.get("locator", ""), lang)
    return [label(key, lang).format(text=text, place=place) for key, text in said.items() if text]

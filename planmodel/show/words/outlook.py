"""The outlook in sentences, in Chinese or English; every figure in them is computed."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import label, unit_name
from planmodel.base.units import conversion_factor, convertible
from planmodel.model.outlook import Outlook
from planmodel.plan.plan import Plan
from planmodel.plan.ratio import SCALE, Ratio
from planmodel.plan.target import Target
from planmodel.plan.variables import plan_quantities
from planmodel.questions.odds.bounds import DRAWS
from planmodel.questions.odds.joint import joint
from planmodel.questions.odds.marginal import reach
from planmodel.questions.odds.verdicts import verdict
from planmodel.show.charts.fans import fan_points
from planmodel.show.labels import level, name_of, names, percent
from planmodel.show.sheets import foundations, translated
from planmodel.show.titles import title_with_severity
from planmodel.show.words.plausibility import acting_words, plausibility_words
from planmodel.show.words.updates import moved_words

# From here on a need is called far above a target: ten per cent.
FAR_ABOVE = 1.1


def question(outlook: Outlook, lang: str = "zh") -> str:
    """Return the question that a report answers."""
    plan, heading = outlook.plan, outlook.scenario.heading(lang)
    n = len(plan.targets)
    if lang == "zh":
        return (
            f"《{plan.title(lang)}》为 {plan.target_year} 年定了 {n} 个目标。在“{heading}”下，"
            f"截至 {outlook.as_of} 年的信息表明哪些目标能够达到，概率多大，依据是什么？"
        )
    return (
        f'"{plan.title(lang)}" sets {n} targets for {plan.target_year}. Under the scenario "{heading}", and with '
        f"what was known as of {outlook.as_of}: which of them are within reach, how likely, and how do we know?"
    )


def summary(outlook: Outlook, lang: str = "zh", draws: int = DRAWS, seed: int = 0) -> list[str]:
    """Return the answer in sentences: odds, verdicts, what they rest on, what was not used."""
    return [
        *together_words(joint(outlook, draws=draws, seed=seed), outlook.plan, lang),
        *verdict_words(reach(outlook, draws, seed), outlook.plan, lang),
        *ratio_words(outlook, lang),
        *moved_words(outlook, lang),
        *assumption_words(outlook, lang),
        *unused_words(outlook, lang),
    ]


def together_words(odds: pd.DataFrame, plan: Plan, lang: str = "zh") -> list[str]:
    """Return how many targets are expected and the odds that they are reached together."""
    row, spoken = odds.iloc[0], _spoken(plan)
    n, silent = len(spoken), _silent_clause(len(plan.targets) - len(spoken), lang)
    several = percent(row["at_least"], row["at_least_standard_error"], row["draws"])
    every = percent(row["all"], row["standard_error"], row["draws"])
    whole = percent(row["indicators_all"], row["indicators_all_standard_error"], row["draws"])
    if lang == "zh":
        return [
            f"{n} 个目标中{silent}，预期达标 {row['expected']:.1f} 个；至少 {row['k']:.0f} 个同时达标的概率为 {several}。",
            f"{n} 个全部达标的概率为 {every}{_headline_clause(plan, whole, lang)}（± 后为抽样标准误）。",
        ]
    return [
        f"Of {n} targets{silent}, {row['expected']:.1f} are expected to be reached; the odds of at least {row['k']:.0f} "
        f"together are {several}.",
        f"The odds that all {n} are reached are {every}{_headline_clause(plan, whole, lang)} "
        f"(± is the standard error of the simulation).",
    ]


def _spoken(plan: Plan) -> pd.DataFrame:
    """Return the rows of the targets that the odds are about: those that the model has a quantity for."""
    known = [quantity.name for quantity in plan_quantities(plan, {})]
    return plan.targets[plan.targets["name"].isin(known)]


def _silent_clause(n: int, lang: str) -> str:
    """Say how many targets the odds leave out; nothing where it is none."""
    if not n:
        return ""
    if lang == "zh":
        return f"（另有 {n} 个无基期值，不计在内）"
    return f" ({n} more without a base value {'is' if n == 1 else 'are'} left out)"


def _headline_clause(plan: Plan, whole: str, lang: str) -> str:
    """Say how likely the targets that are no part of another are; nothing where that is all of them."""
    spoken = _spoken(plan)
    headline = spoken[spoken["part_of"] == ""]
    if len(headline) == len(spoken):
        return ""
    areas, n = list(dict.fromkeys(headline["area"])), len(headline)
    area = plan.area(areas[0], lang) if len(areas) == 1 else ""
    if lang == "zh":
        which = f"{area}的 {n} 个" if area else f"不含各组成部分的 {n} 个"
        return f"；{which}全部达标的概率为 {whole}"
    which = f"of {area}" if area else "that are no part of another"
    return f"; that all {n} {which} are, {whole}"


def verdict_words(reached: pd.DataFrame, plan: Plan, lang: str = "zh") -> list[str]:
    """Return which targets are safe, open and out of reach."""
    verdicts = reached["probability"].map(verdict)
    sentences = []
    for key in ("safe", "open", "out_of_reach", "no_base"):
        chosen = list(reached.loc[verdicts == key, "target"])
        if not chosen and key == "no_base":
            continue
        listed = names(chosen, plan, lang) or ("无" if lang == "zh" else "none")
        if lang == "zh":
            sentences.append(f"{label(key, lang)}共 {len(chosen)} 个：{listed}。")
        else:
            words = label(key, lang)
            sentences.append(f"{words[0].upper()}{words[1:]}, {len(chosen)}: {listed}.")
    own = (
        "90% 与 10% 的界限是本项目自定的。" if lang == "zh" else "The cut-offs of 90 % and 10 % are our own."
    )
    return [*sentences, own]


def ratio_words(outlook: Outlook, lang: str = "zh") -> list[str]:
    """Return what each target for a ratio means for its numerator, given the denominator observed so far."""
    known = {quantity.name for quantity in outlook.quantities}
    sentences: list[str] = []
    for target in outlook.plan.by_name.values():
        ratio = target.ratio
        # Where a base is not stated the model has no denominator to speak of.
        if ratio is not None and ratio.denominator in known and target.at_least:
            sentences += _ratio_sentence(outlook, target, ratio, lang)
    return sentences


def _ratio_sentence(outlook: Outlook, target: Target, ratio: Ratio, lang: str) -> list[str]:
    plan, numerator = outlook.plan, outlook.plan.by_name[ratio.numerator]
    points = fan_points(outlook, ratio.denominator)
    seen = points[points["kind"] == "observed"]
    if not len(seen):
        return []
    year, value = int(seen["year"].iloc[-1]), float(seen["value"].iloc[-1])
    quantity = outlook.quantity(ratio.denominator)
    later = outlook.median(quantity, plan.target_year)
    share, wanted = target.threshold, numerator.threshold
    now, then = share / SCALE * value, share / SCALE * later
    unit = unit_name(numerator.unit, lang)
    whole, part = name_of(ratio.denominator, plan, lang), name_of(numerator.name, plan, lang)
    if lang == "zh":
        already = "已" if now > wanted else ""
        far = "远多于" if then > FAR_ABOVE * wanted else ("多于" if then > wanted else "不多于")
        return [
            f"{year} 年{whole}为 {level(value)} {unit}，其 {share:g}% {already}约为 {now:.0f} {unit}，"
            f"而{part}的水平目标为 {level(wanted)}；到 {plan.target_year} 年，占比目标所需{far} {level(wanted)}："
            f"按预测中位数 {level(later)}，约需 {then:.0f} {unit}。"
        ]
    already = "already " if now > wanted else ""
    far = "far more than" if then > FAR_ABOVE * wanted else ("more than" if then > wanted else "no more than")
    return [
        f"{share:g} % of {whole} in {year}, {level(value)}, is {already}about {now:.0f} ({unit}), where the level target of "
        f"{part} is {level(wanted)}: by {plan.target_year} the share needs {far} {level(wanted)}, about {then:.0f} at "
        f"the median of {level(later)}."
    ]


def assumption_words(outlook: Outlook, lang: str = "zh") -> list[str]:
    """Return which targets rest on assumptions alone."""
    rows = foundations(outlook, lang)
    chosen = list(rows.loc[rows["all_assumed"], "target"])
    if not chosen:
        return []
    listed = names(chosen, outlook.plan, lang)
    if lang == "zh":
        return [f"直接背后的方程全部是假设、而非估计的有 {len(chosen)} 个：{listed}。"]
    return [f"{len(chosen)} rest on assumptions alone, in the equations right behind them: {listed}."]


def unused_words(outlook: Outlook, lang: str = "zh") -> list[str]:
    """Return how much was known and not used, and which of it would have decided a target at face value."""
    n = len(outlook.notes)
    if not n:
        return []
    if lang == "zh":
        sentences = [f"另有 {n} 条已知的数字或说法未使用，理由见表。"]
    else:
        sentences = [f"{n} figures or entries were known and not used; the table says why."]
    return sentences + [_decisive_sentence(row, outlook.plan, lang) for row in rows_of(_decisive(outlook))]


def _decisive(outlook: Outlook) -> pd.DataFrame:
    """Return, by target, the first unused full-year level that would have met it."""
    targets = outlook.plan.by_name
    rows = outlook.notes
    figures = (rows["kind"] == "observation") & rows["subject"].isin(list(targets))
    rows = rows[figures & (rows["year"] > outlook.plan.base_year)]
    kept = [
        target.at_least
        and convertible(note["unit"], target.unit)
        and note["value"] * conversion_factor(note["unit"], target.unit) > target.threshold
        for note in rows_of(rows)
        for target in [targets[note["subject"]]]
    ]
    return rows[kept].drop_duplicates("subject")


def _decisive_sentence(row: dict[str, object], plan: Plan, lang: str) -> str:
    name, value = name_of(str(row["subject"]), plan, lang), level(float(str(row["value"])))
    unit, reason = unit_name(str(row["unit"]), lang), translated(str(row["reason"]), lang).rstrip("。.")
    if lang == "zh":
        return f"其中{name}{row['year']} 年的 {value} {unit}若按字面已超过目标，但未使用：{reason}。"
    return f"Among them {name}, {row['year']}: {value} ({unit}) would exceed the target at face value. Not used: {reason}."


def bullets(sentences: Iterable[str]) -> str:
    """Return sentences as a Markdown list."""
    return "\n".join(f"- {sentence}" for sentence in sentences)


def growth_note(outlook: Outlook, lang: str = "zh") -> str:
    """Return how the table of growth is to be read."""
    since = outlook.plan.base_year
    if lang == "zh":
        return (
            f"所需增速从 {since} 年基期值算起。基期前年均增速按文件所列数字推得，文件未列的留空。百分位表示参照组"
            f"（此前五年增速与该指标最接近的窗口）中有多少在其后五年低于所需增速；没有参照组的指标留空。"
            "余量是预测中位数增速减所需增速。"
        )
    return (
        f"Required growth counts from the base value of {since}. Own past growth follows from what the document "
        "prints, and is empty where it prints nothing. The percentile is the share of the reference class's windows "
        "(nearest in past growth) that then grew less than required; it is empty where there is no reference class. "
        "Slack is the median's growth less the required."
    )


def sensitivity_note(lang: str = "zh") -> str:
    """Return what the table of sensitivity to the parts' shares shows."""
    if lang == "zh":
        return "各部分占整体份额的变动幅度是假设。把它减半或加倍，部分目标的达标概率为："
    return "How much a part's share of its whole moves is an assumption. At half and at double of it, the probabilities of the parts' targets are:"


def scenario_words(outlook: Outlook, lang: str = "zh") -> str:
    """Return a scenario's title, severity, description and plausibility; its entries follow in a table."""
    scenario = outlook.scenario
    entries = len(scenario.paths) + len(scenario.shocks) + len(scenario.measures)
    title = title_with_severity(scenario, lang)
    acting = acting_words(scenario, outlook.as_of, lang)
    if lang == "zh":
        rest = (
            plausibility_words(outlook, lang) if entries else "除模型已有内容外，没有路径、冲击或额外举措。"
        )
        return f"{title}。{scenario.text(lang)}{acting}{rest}"
    rest = (
        plausibility_words(outlook, lang)
        if entries
        else "It adds no path, shock or extra measure to the model."
    )
    return " ".join(filter(None, (f"{title}.", scenario.text(lang), acting, rest)))

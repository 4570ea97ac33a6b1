"""How implausible scenarios are, in sentences and as it is shown: rounded, with names."""

from __future__ import annotations

import math

import pandas as pd

from planmodel.base.messages import label
from planmodel.model.outlook import Outlook
from planmodel.questions.stress.scenario_distance import plausibility
from planmodel.scenario.scenario import Scenario
from planmodel.show.labels import figure, percent


def plausibility_shown(outlooks: list[Outlook], lang: str = "zh") -> pd.DataFrame:
    """Return how implausible each of several scenarios is, for display: a row a scenario."""
    rows = [(outlook.scenario.heading(lang), plausibility(outlook).iloc[0]) for outlook in outlooks]
    return pd.DataFrame(
        {
            label("scenario", lang): [heading for heading, _ in rows],
            label("delta", lang): [figure(row["delta"], 2) for _, row in rows],
            label("degrees", lang): [f"{row['degrees']:.0f}" for _, row in rows],
            label("chi2_tail", lang): [percent(float(row["chi2_tail"])) for _, row in rows],
            label("q", lang): [figure(row["q"], 2) for _, row in rows],
            "n": [f"{row['n']:.0f}" for _, row in rows],
        }
    )


def plausibility_words(outlook: Outlook, lang: str = "zh") -> str:
    """Return how implausible a scenario is, in one sentence."""
    row = plausibility(outlook).iloc[0]
    degrees, delta = int(row["degrees"]), float(row["delta"])
    if not degrees:
        if lang == "zh":
            return "该情景对未来各年的驱动因素和冲击没有设定，与模型自身的预期没有差别。"
        return "The scenario sets no path and no shock in the years to come: it is what the model itself expects."
    if math.isinf(delta):
        return "模型不可能产生该情景。" if lang == "zh" else "The model cannot produce this scenario."
    tail, q, n = percent(float(row["chi2_tail"])), figure(float(row["q"]), 2), int(row["n"])
    length = figure(delta, 2)
    if lang == "zh":
        return (
            f"该情景设定 {degrees} 项（路径按驱动因素逐年计，冲击按变量计），与模型自身的预期相距 {length} 个标准差："
            f"同样多的设定偏离更远的概率为 {tail}。校准后的 q 为 {q}（0.50 表示与预期无从区分，趋近 1 表示难以置信；"
            f"n = {n}）。政策举措不计入。"
        )
    things = "one thing" if degrees == 1 else f"{degrees} things"
    return (
        f"The scenario sets {things} (a path counts by driver and year, shocks by variable), {length} s.d. from what "
        f"the model itself expects; so many settings lie farther off with a probability of {tail}. Calibrated q is "
        f"{q} (0.50: cannot be told from the expectation; towards 1: not credible; n = {n}). Measures do not count."
    )


def acting_words(scenario: Scenario, as_of: int, lang: str = "zh") -> str:
    """Return which years of a scenario act where some are history: a description tells them all. Else nothing."""
    years = {year for _, year in scenario.paths} | {shock.year for shock in scenario.shocks}
    acting = [str(year) for year in sorted(years) if year > as_of]
    if len(acting) == len(years):
        return ""
    if lang == "zh":
        rest = f"起作用的只有 {'、'.join(acting)} 年的设定" if acting else "其余年份没有设定"
        return f"截至 {as_of} 年，情景对该年及以前的路径和冲击的设定已成历史，不再使用；{rest}。"
    rest = f"only those of {', '.join(acting)} act" if acting else "there are no others"
    return f"As of {as_of}, its paths and shocks of years up to then are history and not used; {rest}."

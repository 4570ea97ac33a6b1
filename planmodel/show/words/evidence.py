"""What the evidence says, in Chinese or English: bases of coefficients, the reference class, the back-test."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import label
from planmodel.evidence.equations import Evidence
from planmodel.model.outlook import Outlook
from planmodel.show.labels import growth, name_of

# What the city panel's two variables are called.
PANEL = {
    "gdp": {"zh": "地区生产总值", "en": "GDP"},
    "credit": {"zh": "存贷款余额", "en": "deposits and loans"},
}

# An 80 % interval that holds within five points of that is about right; under 60 % it is far too narrow.
NOMINAL, ABOUT_RIGHT, FAR_TOO_NARROW = 0.8, 0.05, 0.6


def basis_words(evidence: Evidence, lang: str = "zh") -> str:
    """Return how many coefficients are assumptions, estimates and facts."""
    counts = evidence.coefficients["basis"].value_counts()
    total = int(counts.sum())
    share = f"{100 * counts.get('assumption', 0) / total:.0f}" if total else "0"
    if lang == "zh":
        listed = "、".join(f"{label(str(basis), lang)} {n} 个" for basis, n in counts.items())
        return f"模型用到的 {total} 个系数中，{listed}；假设占 {share}%。"
    listed = ", ".join(f"{label(str(basis), lang)} {n}" for basis, n in counts.items())
    return f"Of the {total} coefficients ({listed}) {share} % are assumptions."


def reference_words(
    windows: pd.DataFrame, target: str, required: float, outlook: Outlook, lang: str = "zh"
) -> str:
    """Return where the growth that a target needs lies among what a reference class did next, and when that was.

    `windows` is what `Evidence.comparable` returns for the target, `required` in % a year, compound.
    """
    name, n = name_of(target, outlook.plan, lang), len(windows)
    less = int((windows["next"] < 100 * math.log1p(required / 100)).sum())
    first, middle, last = (int(windows["start"].quantile(q)) for q in (0, 0.5, 1))
    if lang == "zh":
        return (
            f"{name}年均增长 {required:.2f}%：参照组 {n} 个窗口中，此后增长低于这一速度的有 {less} 个（{100 * less / n:.1f}%）。"
            f"窗口始于 {first}–{last} 年，中位年份 {middle} 年；当年全国增长与规划期不同，这一比较须打折扣。"
        )
    return (
        f"{name} at {required:.2f} % a year: of {n} windows of the reference class {less} ({100 * less / n:.1f} %) then grew less. "
        f"They start in {first}–{last}, half of them by {middle}, when national growth was not that of the plan's years: discount "
        "the comparison for that."
    )


def shrinkage_words(slopes: pd.DataFrame, lang: str = "zh") -> str:
    """Return how much of a city's lead over its province lasts.

    `slopes`: by panel variable (gdp, credit), value and sd.
    """
    if lang == "zh":
        listed = "，".join(
            f"{PANEL[str(key)]['zh']} {row['value']:.2f} ± {row['sd']:.2f}" for key, row in slopes.iterrows()
        )
        return f"过去五年比同省其他城市年均多增 1 个百分点的城市，此后五年平均多增（个百分点，± 后为标准误）：{listed}。"
    listed = ", ".join(
        f"{PANEL[str(key)]['en']} {row['value']:.2f} ± {row['sd']:.2f}" for key, row in slopes.iterrows()
    )
    return (
        "A city that outgrew the rest of its province by 1 point a year went on to outgrow it by, on average (points, ± standard "
        f"error): {listed}."
    )


def backtest_words(table: pd.DataFrame, lang: str = "zh") -> list[str]:
    """Return how the chosen specification of the forecast fared, by era: against naive forecasts, and its intervals.

    `table` is that of ``data/backtest.csv``; eras that contain others are left out.
    """
    chosen = table[table["note"].fillna("").str.startswith("chosen")]
    eras = [era for era in chosen["starts"].unique() if era != _longest(chosen)]
    return [_era_sentence(chosen[chosen["starts"] == era], era, lang) for era in sorted(eras)]


def _longest(chosen: pd.DataFrame) -> str:
    """Return the era that spans the others."""
    spans = {era: int(era.split("-")[1]) - int(era.split("-")[0]) for era in map(str, chosen["starts"])}
    return max(spans, key=lambda era: spans[era]) if len(spans) > 1 else ""


def _era_sentence(rows: pd.DataFrame, era: str, lang: str) -> str:
    years = era.replace("-", "–")
    parts = [_variable_words(row, lang) for row in rows_of(rows)]
    if lang == "zh":
        return f"起点 {years} 年：" + "；".join(parts) + "。"
    return f"Starts {years}: " + "; ".join(parts) + "."


def _variable_words(row: Mapping[str, object], lang: str) -> str:
    ratio, error = float(str(row["ratio"])), float(str(row["ratio_se"]))
    covered = float(str(row["coverage_80"]))
    name, width = PANEL[str(row["variable"])][lang], _width(covered, lang)
    if lang == "zh":
        return (
            f"{name}（{row['n']:,} 个窗口）的 CRPS 是较好朴素预测的 {ratio:.2f} ± {error:.2f} 倍，"
            f"80% 区间实际覆盖 {100 * covered:.1f}%，{width}"
        )
    return (
        f"{name} ({row['n']:,} windows) has a CRPS of {ratio:.2f} ± {error:.2f} times the better naive one's, and its 80 % interval "
        f"held in {100 * covered:.1f} %: {width}"
    )


def _width(covered: float, lang: str) -> str:
    if covered < FAR_TOO_NARROW:
        return "区间明显过窄" if lang == "zh" else "far too narrow"
    if covered < NOMINAL - ABOUT_RIGHT:
        return "区间偏窄" if lang == "zh" else "too narrow"
    if covered > NOMINAL + ABOUT_RIGHT:
        return "区间偏宽" if lang == "zh" else "too wide"
    return "区间宽窄适当" if lang == "zh" else "about right"


def pace_words(name: str, spans: Mapping[str, float], lang: str = "zh") -> str:
    """Return how fast a series grew over several spans of years (% a year), and whether it slowed each time."""
    paces = list(spans.values())
    slowed = all(later < earlier for earlier, later in pairwise(paces))
    listed = [f"{years} {growth(pace)}" for years, pace in spans.items()]
    if lang == "zh":
        end = "，逐段放慢" if slowed and len(paces) > 1 else ""
        return f"{name}年均增速（%）：{'、'.join(listed)}{end}。"
    end = ", slower each time" if slowed and len(paces) > 1 else ""
    return f"{name}, growth in % a year: {', '.join(listed)}{end}."

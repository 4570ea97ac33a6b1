"""What a plan promises, and what its own figures say of each other, in Chinese or English; every figure is computed."""

from __future__ import annotations

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.labels import label
from planmodel.evidence.equations import own_history
from planmodel.plan.plan import Plan
from planmodel.plan.target import AT_LEAST
from planmodel.questions.odds.odds import required_growth
from planmodel.show.labels import growth, name_of

# What a document calls a target; English readers see the word and what it means.
_OBLIGATIONS = {"预期性": "expected", "约束性": "binding"}


def promises(plan: Plan) -> pd.DataFrame:
    """Return what each target asks for: required growth, and own past growth where the document states it.

    Columns target, indicator, area, unit, base, target_value, required and history (% a year, compound),
    direction. NaN where there is no base, or no history.
    """
    rows = plan.targets
    years = plan.target_year - plan.base_year
    return pd.DataFrame(
        {
            "target": rows["name"],
            **{column: rows[column] for column in ("indicator", "area", "unit", "base")},
            "target_value": rows["threshold"],
            "required": [
                required_growth(base, level, years)
                for base, level in zip(rows["base"], rows["threshold"], strict=True)
            ],
            "history": rows["name"].map(own_history(plan).set_index("target")["growth"]).astype(float),
            "direction": rows["direction"],
        }
    )


def promise_words(plan: Plan, lang: str = "zh") -> list[str]:
    """Return how many targets a plan sets, which ask for most and least growth, and how that compares with the past."""
    table = promises(plan)
    return [_count_sentence(plan, lang), *_extremes(table, plan, lang), _past_sentence(table, lang)]


def _count_sentence(plan: Plan, lang: str) -> str:
    targets, year = plan.targets, plan.target_year
    n, indicators = len(targets), targets["indicator"].nunique()
    counts = {word: int((targets["obligation"] == word).sum()) for word in _OBLIGATIONS}
    if lang == "zh":
        kinds = "、".join(f"{word} {count} 个" for word, count in counts.items() if count)
        return f"规划为 {year} 年定了 {indicators} 项指标的 {n} 个目标" + (
            f"，其中{kinds}。" if kinds else "。"
        )
    kinds = ", ".join(f"{count} {_OBLIGATIONS[word]} ({word})" for word, count in counts.items() if count)
    return f"The plan sets {n} targets of {indicators} indicators for {year}" + (
        f": {kinds}." if kinds else "."
    )


def _extremes(table: pd.DataFrame, plan: Plan, lang: str) -> list[str]:
    known = rows_of(table.dropna(subset="required").sort_values("required", kind="stable"))
    if len(known) < 2:
        return []
    (least, low), (most, high) = (
        (name_of(row["target"], plan, lang), growth(row["required"])) for row in (known[0], known[-1])
    )
    if lang == "zh":
        return [f"所需年均增速最高的是{most}（{high}%），最低的是{least}（{low}%）。"]
    return [f"The highest growth is asked of {most} ({high} % a year), the lowest of {least} ({low} %)."]


def _past_sentence(table: pd.DataFrame, lang: str) -> str:
    known = table[table["direction"] == AT_LEAST].dropna(subset=["required", "history"])
    n, less = len(known), int((known["required"] < known["history"]).sum())
    if not n:
        return (
            "文件没有给出可与所需增速相比的基期前增速。"
            if lang == "zh"
            else "The document states no past growth to compare with."
        )
    slower = n == less
    if lang == "zh":
        end = "：承诺的是放慢，不是加速。" if slower else "。"
        return (
            f"{len(table)} 个目标中，文件给出基期前增速的有 {n} 个，其中 {less} 个所需增速低于基期前增速{end}"
        )
    end = ": the promise is to slow down, not to speed up." if slower else "."
    return f"Past growth is stated for {n} of {len(table)} targets, and is above the growth needed for {less} of them{end}"


def audit_words(audit: pd.DataFrame, lang: str = "zh") -> list[str]:
    """Return how many of a plan's figures agree, each contradiction, and the growth that its targets imply.

    `audit` is what `planmodel.audit` returns.
    """
    counts = audit["verdict"].value_counts()
    listed = [
        f"{label(str(verdict), lang)} {n}{' 处' if lang == 'zh' else ''}" for verdict, n in counts.items()
    ]
    told = audit[(audit["verdict"] == "contradiction") | (audit["check"] == "implied growth")]
    sentences = [str(row[f"words_{lang}"]) for row in rows_of(told.drop_duplicates(f"words_{lang}"))]
    if lang == "zh":
        first = (
            f"共核对 {len(audit)} 处：{'、'.join(listed)}。" if listed else "文件中没有可以互相核对的数字。"
        )
        return [first, *(sentence.rstrip("。") + "。" for sentence in sentences)]
    first = (
        f"{len(audit)} checks: {', '.join(listed)}." if listed else "No figure can be held against another."
    )
    return [first, *(sentence.rstrip(".") + "." for sentence in sentences)]

"""What a plan promises, and what its own figures say of each other; every figure is computed."""

from __future__ import annotations

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import label, listed, text
from planmodel.evidence.equations import own_history
from planmodel.plan.plan import Plan
from planmodel.plan.target import AT_LEAST
from planmodel.questions.odds.marginal import required_growth
from planmodel.show.labels import growth
from planmodel.show.voice import Voice

# What a document calls a target, by the end of its key.
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
    table, voice = promises(plan), Voice(plan, lang)
    return [_count_sentence(voice), *_extremes(table, voice), _past_sentence(table, voice)]


def _count_sentence(voice: Voice) -> str:
    targets, year = voice.plan.targets, voice.plan.target_year
    n, indicators = len(targets), targets["indicator"].nunique()
    counts = {word: int((targets["obligation"] == word).sum()) for word in _OBLIGATIONS}
    kinds = voice.listed(
        voice.say(f"promise.{_OBLIGATIONS[word]}", n=count) for word, count in counts.items() if count
    )
    key = "promise.targets_by_kind" if kinds else "promise.targets"
    return voice.say(key, year=year, n=n, indicators=indicators, kinds=kinds)


def _extremes(table: pd.DataFrame, voice: Voice) -> list[str]:
    known = rows_of(table.dropna(subset="required").sort_values("required", kind="stable"))
    if len(known) < 2:
        return []
    (least, low), (most, high) = (
        (voice.name(row["target"]), growth(row["required"])) for row in (known[0], known[-1])
    )
    return [voice.say("promise.extremes", most=most, high=high, least=least, low=low)]


def _past_sentence(table: pd.DataFrame, voice: Voice) -> str:
    known = table[table["direction"] == AT_LEAST].dropna(subset=["required", "history"])
    n, less = len(known), int((known["required"] < known["history"]).sum())
    if not n:
        return voice.say("promise.no_past")
    key = "promise.past_all_slower" if n == less else "promise.past"
    return voice.say(key, n=n, targets=len(table), less=less)


def audit_words(audit: pd.DataFrame, lang: str = "zh") -> list[str]:
    """Return how many of a plan's figures agree, each contradiction, and the growth that its targets imply.

    `audit` is what `planmodel.audit` returns.
    """
    counts = audit["verdict"].value_counts()
    verdicts = [
        text("audit.verdict_count", lang, verdict=label(str(code), lang), n=n) for code, n in counts.items()
    ]
    told = audit[(audit["verdict"] == "contradiction") | (audit["check"] == "implied growth")]
    sentences = [str(row[f"words_{lang}"]) for row in rows_of(told.drop_duplicates(f"words_{lang}"))]
    if not verdicts:
        return [text("audit.nothing_to_test", lang), *sentences]
    return [text("audit.counts", lang, n=len(audit), verdicts=listed(verdicts, lang)), *sentences]

"""What a plan promises, and what its own figures say of each other; every figure is computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.evidence.equations import own_history
from planmodel.plan.area import name_in, split_name, text_in
from planmodel.plan.audit import Audit
from planmodel.plan.finding import BETWEEN
from planmodel.plan.plan import Plan
from planmodel.plan.target import AT_LEAST
from planmodel.questions.odds.marginal import required_growth
from planmodel.show.labels import growth, signed
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
    return voice.count(key, n, year=year, indicators=indicators, kinds=kinds)


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


def audit_words(audit: Audit, lang: str = "zh") -> list[str]:
    """Return how many of a plan's figures agree, each contradiction, and the growth that its targets imply.

    `audit` is what `planmodel.audit` returns.
    """
    voice = Voice(audit.plan, lang)
    counts = audit["verdict"].value_counts()
    verdicts = [
        voice.say("audit.verdict_count", verdict=voice.label(str(code)), n=n) for code, n in counts.items()
    ]
    told = audit[(audit["verdict"] == "contradiction") | (audit["check"] == "implied growth")]
    sentences = list(dict.fromkeys(audit_finding(row, voice) for row in rows_of(told)))
    if not verdicts:
        return [voice.say("audit.nothing_to_test"), *sentences]
    return [voice.say("audit.counts", n=len(audit), verdicts=voice.listed(verdicts)), *sentences]


def audit_findings(audit: Audit, lang: str = "zh") -> list[str]:
    """Return each row of an audit as a sentence, in the frame's order."""
    voice = Voice(audit.plan, lang)
    return [audit_finding(row, voice) for row in rows_of(audit)]


# How many digits the figure that follows has, by the template that says it.
_IMPLIED = {
    "share": ".1f",
    "share_of_other": ".1f",
    "ratio": ".1f",
    "implied_growth": ".2f",
    "rest_at_base": ".4g",
    "rest_at_target": ".4g",
    "rest_of_a_sum": ".0f",
    "rest_of_a_sum_growth": ".1f",
    "common_share": ".0f",
    "earlier_level": ".4g",
}


def audit_finding(row: Mapping[str, Any], voice: Voice) -> str:
    """Return one row of an audit as a sentence."""
    key = _template(row)
    indicator, area = split_name(row["quantity"])
    implied = signed(format(row["implied"], _IMPLIED.get(key, "g")))
    return voice.say(
        f"audit.{key}",
        name=voice.name(row["quantity"]),
        indicator=voice.indicator(indicator),
        area=voice.area(area),
        year=row["year"],
        unit=voice.unit(row["unit"]),
        stated=f"{row['stated']:g}",
        implied=implied,
        start=f"{row['from_value']:.1f}",
        end=f"{row['target_value']:.0f}",
        **_details(row, voice),
    )


def _template(row: Mapping[str, Any]) -> str:
    """Return which template says a row: that of its check, or of a kind of it."""
    check = str(row["check"]).replace(" ", "_")
    kinds = {
        "share_unknown": check == "share" and row["verdict"] == "unknown",
        "share_of_other": check == "share" and row["other"] != "",
        "sum_above": check == "sum_of_parts" and row["verdict"] != "consistent",
        "rest_of_a_sum_growth": check == "rest_of_a_sum" and row["parts"] != "",
    }
    return next((kind for kind, holds in kinds.items() if holds), check)


def _details(row: Mapping[str, Any], voice: Voice) -> dict[str, object]:
    """Return what only some checks say: names of facts and figures, what is held together and how much of it."""
    facts = {fact["fact"]: fact for fact in rows_of(voice.plan.facts)}
    figures = {figure["id"]: figure for figure in voice.plan.meta.get("figures") or ()}
    parts = row["parts"].split(BETWEEN) if row["parts"] else []
    said: dict[str, object] = {
        "fact": _fact_name(facts, row["subject"], voice),
        "figure": row["subject"],
        "caption": text_in(figures.get(row["subject"], {}), voice.lang),
        "n": len(parts),
        "areas": voice.listed(voice.area(split_name(part)[1]) for part in parts),
        "other": _fact_name(facts, row["other"], voice)
        if row["other"] in facts
        else voice.name(row["other"]),
    }
    if row["parts"] and parts[0] in facts:
        whole, part = (facts[name] for name in parts)
        said |= {"since": int(whole["since"]), "whole": f"{whole['value']:g}", "part": f"{part['value']:g}"}
    return said


def _fact_name(facts: Mapping[str, Mapping[str, Any]], fact: str, voice: Voice) -> str:
    """Return what a fact is called in the language, or in English; empty if there is no such fact."""
    return name_in(facts.get(fact, {}), voice.lang)

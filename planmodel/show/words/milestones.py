"""Progress, milestones and what is handed down, in sentences; every figure is computed."""

from __future__ import annotations

import math

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import text
from planmodel.plan.names import resolve
from planmodel.plan.plan import Plan
from planmodel.show.labels import figure, growth, level, name_of, percent
from planmodel.show.voice import Voice


def progress_words(example: pd.Series, target: str, plan: Plan, lang: str = "zh") -> str:
    """Return what `planmodel.progress` says of one figure of a target."""
    gone, way, logs = (figure(100 * example[key], 0) for key in ("time_share", "linear", "log"))
    return text(
        "progress.example",
        lang,
        name=name_of(target, plan, lang),
        year=f"{example['year']:.0f}",
        value=level(example["value"]),
        gone=gone,
        way=way,
        logs=logs,
        ratio=figure(example["cagr_ratio"], 2),
        required=growth(example["required"]),
    )


def milestone_words(milestones: pd.DataFrame, target: str, plan: Plan, lang: str = "zh") -> str:
    """Return a target's milestones by year and how likely each is to be reached.

    `milestones` is what `planmodel.milestones` returns.
    """
    target = resolve(target, plan.by_name, plan)
    voice, own = Voice(plan, lang), milestones[milestones["target"] == target]
    said = {
        "name": voice.name(target),
        "unit": voice.unit(plan.by_name[target].unit),
        "levels": voice.listed(
            voice.say("value_in", year=row["year"], value=level(row["level"])) for row in rows_of(own)
        ),
    }
    chances = own["probability"].dropna()
    if not len(chances):
        return voice.say("milestone.levels", **said)
    return voice.say("milestone.levels_odds", **said, low=percent(chances.min()), high=percent(chances.max()))


def cascade_words(parts: pd.DataFrame, plan: Plan, lang: str = "zh") -> str:
    """Return what a whole's target means for each area by the target year: its level, share and probability.

    `parts` is what `planmodel.cascade` returns.
    """
    voice, last = Voice(plan, lang), parts[parts["year"] == parts["year"].max()]
    return voice.say(
        "cascade.areas",
        name=voice.indicator(str(last["indicator"].iloc[0])),
        year=int(last["year"].iloc[0]),
        areas=voice.listed_apart(_area_words(row, voice) for row in rows_of(last)),
    )


def _area_words(row: dict[str, object], voice: Voice) -> str:
    said = {
        "area": voice.say("cascade.rest") if row["area"] == "rest" else voice.area(str(row["area"])),
        "value": level(float(str(row["level"]))),
        "share": growth(float(str(row["share"]))),
    }
    chance = float(str(row.get("probability", math.nan)))
    if math.isnan(chance):
        return voice.say("cascade.area", **said)
    return voice.say("cascade.area_odds", **said, chance=percent(chance))

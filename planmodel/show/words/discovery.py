"""A discovered region in one sentence."""

from __future__ import annotations

import math

import numpy as np

from planmodel.base.frames import rows_of
from planmodel.law.law import PERCENT
from planmodel.plan.variables import plan_drivers
from planmodel.questions.stress.discovery import Discovery
from planmodel.questions.stress.margins import goal_numbers
from planmodel.questions.stress.means import NO_ANSWER, answers, limits_of
from planmodel.show.labels import figure, percent
from planmodel.show.voice import Voice
from planmodel.show.words.sensitivity import source_name

# From here on two inputs move together enough to say so.
NOTABLE_CORRELATION = 0.3


def discovery_words(found: Discovery, lang: str = "zh") -> str:
    """Return where the chosen targets fail, with density, coverage and what holds everywhere."""
    row, voice = found.summary.iloc[0], Voice(found.outlook.plan, lang)
    density, coverage, share = (
        percent(float(row[key]), float(row[f"{key}_standard_error"]))
        for key in ("density", "coverage", "base_rate")
    )
    event = voice.say("discovery.fail" if found.fail else "discovery.reached", subject=_subject(found, voice))
    if not len(found.table):
        return voice.say("discovery.nothing", event=event, share=share)
    first, last = found.years
    region = voice.say(
        "discovery.region",
        first=first,
        last=last,
        limits=voice.say("list_and").join(_limits(found, voice)),
        event=event,
        density=density,
        coverage=coverage,
        share=share,
    )
    return voice.paragraph([region, _bystanders_words(found, voice), _together(found, voice)])


def _bystanders_words(found: Discovery, voice: Voice) -> str:
    """Return which drivers of the region move none of the targets that way by themselves."""
    listed = [
        voice.say("discovery.bystander", name=source_name(name, found.outlook, voice.lang))
        for name in _bystanders(found)
    ]
    if not listed:
        return ""
    return voice.count("discovery.bystanders", len(listed), names=voice.say("list_and").join(listed))


def _bystanders(found: Discovery) -> list[str]:
    """Return the drivers that the region limits on one side and that, moved to that side alone, tip no target."""
    outlook = found.outlook
    margins = limits_of(outlook.model.goals, goal_numbers(outlook, found.targets))
    known, years = plan_drivers(outlook.plan), found.years[1] - found.years[0] + 1
    result = []
    for row in rows_of(found.table):
        one_sided = math.isnan(row["low"]) != math.isnan(row["high"])
        faster = np.full(years, (1.0 if math.isnan(row["high"]) else -1.0) / PERCENT)
        way = -1.0 if found.fail else 1.0
        if one_sided and row["source"] in known:
            moved = way * answers(outlook, margins, row["source"], faster)
            if not np.any(moved > NO_ANSWER):
                result.append(row["source"])
    return result


def _subject(found: Discovery, voice: Voice) -> str:
    names = voice.names(found.targets)
    if len(found.targets) == 1:
        return names
    if found.at_least == len(found.targets):
        return voice.say("discovery.all", names=names)
    return voice.say("discovery.at_least", k=found.at_least, names=names)


def _limits(found: Discovery, voice: Voice) -> list[str]:
    return [
        _limit(
            source_name(row["source"], found.outlook, voice.lang),
            float(row["low"]),
            float(row["high"]),
            found.decimals[row["source"]],
            voice,
        )
        for row in rows_of(found.table.sort_values("quasi_p", kind="stable"))
    ]


def _limit(name: str, low: float, high: float, decimals: int, voice: Voice) -> str:
    if math.isnan(low):
        key = "discovery.growth_at_most"
    else:
        key = "discovery.growth_at_least" if math.isnan(high) else "discovery.growth_between"
    return voice.say(key, name=name, low=figure(low, decimals), high=figure(high, decimals))


def _together(found: Discovery, voice: Voice) -> str:
    correlation = float(found.summary["largest_correlation"].iloc[0])
    if correlation < NOTABLE_CORRELATION:
        return ""
    return voice.say("discovery.together", correlation=f"{correlation:.2f}")

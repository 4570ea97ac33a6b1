"""What matters for a target, in sentences."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.model.outlook import Outlook
from planmodel.questions.odds.marginal import probabilities
from planmodel.questions.stress.maps import HeatMap
from planmodel.questions.stress.margins import role_of
from planmodel.show.labels import figure, growth, percent
from planmodel.show.voice import Voice

# So many sources are named; the rest are summed.
_NAMED = 3


def tornado_words(
    table: pd.DataFrame, outlook: Outlook, target: str, size: float = 1.0, lang: str = "zh"
) -> str:
    """Return which source moves a target's odds most, and from where to where.

    `table` is what `planmodel.tornado` returns for the target and size.
    """
    voice = Voice(outlook.plan, lang)
    if not len(table) or not table["change"].any():
        return voice.say("tornado.none", name=voice.name(target))
    below, above = rows_of(table.head(2))
    base = float(probabilities(outlook)[outlook.model.goals.names.index(target)])
    return voice.count(
        "tornado.most",
        size,
        name=voice.name(target),
        source=_source(str(below["source"]), outlook, voice),
        lower=growth(float(below["source_growth"])),
        higher=growth(float(above["source_growth"])),
        base=percent(base),
        low=percent(float(below["probability"])),
        high=percent(float(above["probability"])),
    )


def shapley_words(table: pd.DataFrame, outlook: Outlook, target: str, lang: str = "zh") -> str:
    """Return where the uncertainty of a target's margin comes from.

    `table` is what `planmodel.shapley` returns for the target.
    """
    voice = Voice(outlook.plan, lang)
    name = voice.name(target)
    if not len(table) or table["variance_share"].isna().any():
        return voice.say("shapley.none", name=name)
    first, rest = table.head(_NAMED), table.iloc[_NAMED:]
    listed = voice.listed(
        voice.say(
            "shapley.next" if place else "shapley.first",
            share=_whole_percent(row["variance_share"]),
            source=_source(row["source"], outlook, voice),
        )
        for place, row in enumerate(rows_of(first))
    )
    if len(rest):
        others = _whole_percent(rest["variance_share"].sum())
        told = voice.count("shapley.rest", len(rest), name=name, listed=listed, others=others)
    else:
        told = voice.say("shapley.all", name=name, listed=listed)
    return told if table["exact"].all() else voice.paragraph([told, voice.say("shapley.linearised")])


def _whole_percent(share: float) -> str:
    return figure(100 * float(share), 0)


def heat_map_words(found: HeatMap, lang: str = "zh") -> str:
    """Return where the odds are even, with the first driver as expected.

    Both are conditions, not means: who grows so fast is more likely in a world in which the target is reached.
    """
    voice = Voice(found.outlook.plan, lang)
    line, (own, other), (first, last) = found.break_even, found.expected, found.years
    told = {
        "first": first,
        "last": last,
        "own": growth(own),
        "x": voice.name(found.driver_x),
        "y": voice.name(found.driver_y),
        "target": voice.name(found.target),
    }
    if len(line) and line["growth_x"].min() <= own <= line["growth_x"].max():
        needed = float(np.interp(own, line["growth_x"], line["growth_y"]))
        key = "heat_map.at_least" if found.rises else "heat_map.at_most"
        return voice.say(key, needed=growth(needed), other=growth(other), **told)
    # The map's column nearest to the first driver's median says which side the odds are on.
    near = (found.table["growth_x"] - own).abs()
    odds = found.table.loc[near == near.min(), "probability"].median()
    return voice.say("heat_map.likely" if odds > 0.5 else "heat_map.unlikely", **told)


def source_name(source: str, outlook: Outlook, lang: str = "zh") -> str:
    """Return what a source is called: a driver by its name, else whose own growth or share it is."""
    return _source(source, outlook, Voice(outlook.plan, lang))


def _source(source: str, outlook: Outlook, voice: Voice) -> str:
    name, role = voice.name(source), role_of(source, outlook)
    if role == "driver_growth":
        return name
    return voice.say("source.whole_share" if role == "whole_share" else "source.own_growth", name=name)


def named_sources(frame: pd.DataFrame, outlook: Outlook, lang: str = "zh") -> pd.DataFrame:
    """Return a result with names in the column `source`, in place of identifiers."""
    return frame.assign(source=[source_name(str(source), outlook, lang) for source in frame["source"]])

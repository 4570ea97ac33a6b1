"""Scenarios side by side, in sentences: what they say differently, and what that does to the targets."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.plan.plan import Plan
from planmodel.questions.odds.verdicts import verdict
from planmodel.scenario.scenario import Scenario, load_scenario
from planmodel.show.labels import percent, points, signed
from planmodel.show.voice import Voice

# The sentence of each kind of entry: with its size, or with what it was and what it is now.
_SENTENCES = {
    "path": "entry.path",
    "path sd": "entry.path_sd",
    "shock": "entry.shock",
    "shock persistence": "entry.shock_persistence",
    "measure": "entry.measure",
}


def difference_words(differences: pd.DataFrame, plan: Plan, lang: str) -> Iterator[str]:
    """Say each difference in a sentence; a dash stands for nothing."""
    voice = Voice(plan, lang)
    for row in rows_of(differences):
        yield _entry(row, f"{_number(row['first'])} → {_number(row['second'])}", voice)


def entry_words(entries: pd.DataFrame, plan: Plan, lang: str) -> Iterator[str]:
    """Say each entry of a scenario in a sentence: the differences to a scenario that says nothing."""
    voice = Voice(plan, lang)
    for row in rows_of(entries):
        yield _entry(row, _number(row["second"]), voice)


def _number(value: float) -> str:
    return "–" if math.isnan(value) else signed(f"{value:g}")


def _entry(row: Mapping[str, Any], size: str, voice: Voice) -> str:
    name = voice.measure(row["name"]) if row["kind"] == "measure" else voice.name(row["name"])
    return voice.say(_SENTENCES[row["kind"]], name=name, year=row["year"], size=size)


# A probability that moves by less than this is shown as unchanged.
_UNCHANGED = 0.0005


def change_words(
    change: pd.DataFrame, first: Scenario, second: Scenario, plan: Plan, lang: str = "zh"
) -> list[str]:
    """Return how many targets are expected under two scenarios, how many move, and which moves most.

    `change` is what `odds_differences` returns for the two.
    """
    voice = Voice(plan, lang)
    down, up = (int((sign * change["change"] >= _UNCHANGED).sum()) for sign in (-1, 1))
    said = voice.say(
        "change.expected",
        first=first.heading(lang),
        second=second.heading(lang),
        before=f"{change['first'].sum():.1f}",
        after=f"{change['second'].sum():.1f}",
        down=down,
        up=up,
    )
    if not down + up:
        return [said]
    row = rows_of(change.loc[[change["change"].abs().idxmax()]])[0]
    before, after = percent(row["first"]), percent(row["second"])
    name, moved = voice.name(row["target"]), points(row["change"])
    return [said, voice.say("change.most", name=name, before=before, after=after, points=moved)]


def across_words(table: pd.DataFrame, plan: Plan, lang: str = "zh") -> list[str]:
    """Return which targets are safe, and which out of reach, under every scenario, and which under some only.

    `table` is what `across` returns.
    """
    voice = Voice(plan, lang)
    verdicts = table.assign(verdict=table["probability"].map(verdict))
    n = table["scenario"].nunique()
    sentences = [_always(verdicts, key, n, voice) for key in ("safe", "out_of_reach")]
    hard = verdicts[verdicts["verdict"] == "out_of_reach"].groupby("target", sort=False).size()
    sentences += [
        _sometimes(table[table["target"] == target], int(times), n, voice)
        for target, times in hard.items()
        if times < n
    ]
    return [*sentences, *_expected_range(table, voice)]


def _always(verdicts: pd.DataFrame, key: str, n: int, voice: Voice) -> str:
    own = verdicts.groupby("target", sort=False)["verdict"]
    found = [str(name) for name, said in own if (said == key).all()]
    if not found:
        return voice.say(f"across.never_{key}", n=n)
    return voice.say(f"across.always_{key}", n=n, count=len(found), names=voice.names(found))


def _sometimes(own: pd.DataFrame, times: int, n: int, voice: Voice) -> str:
    best = rows_of(own.loc[[own["probability"].idxmax()]])[0]
    heading = load_scenario(best["scenario"], voice.plan).heading(voice.lang)
    name, chance = voice.name(best["target"]), percent(best["probability"])
    return voice.say("across.sometimes", name=name, count=times, n=n, heading=heading, chance=chance)


def _expected_range(table: pd.DataFrame, voice: Voice) -> list[str]:
    expected = table.groupby("scenario", sort=False)["probability"].sum()
    if len(expected) < 2:
        return []
    ends = [str(expected.idxmin()), str(expected.idxmax())]
    fewest, most = (load_scenario(name, voice.plan).heading(voice.lang) for name in ends)
    low, high = (f"{expected[name]:.1f}" for name in ends)
    return [voice.say("across.range", fewest=fewest, low=low, most=most, high=high)]

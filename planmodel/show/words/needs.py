"""Needed growth and needed paths in sentences; every figure in them is computed."""

from __future__ import annotations

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.model.outlook import Outlook
from planmodel.plan.plan import Plan
from planmodel.questions.needs.growth import DriverPaths
from planmodel.show.labels import growth, percent
from planmodel.show.voice import Voice

# A driver whose growth differs by less (points a year) is not said to have to change.
_SAME = 0.05


def growth_words(table: pd.DataFrame, plan: Plan, lang: str = "zh") -> list[str]:
    """Return what `growth_needed` says: what is met, what needs more than the outlook, where growth counts from."""
    known, voice = table.dropna(subset="from_value"), Voice(plan, lang)
    sentences = _met_sentences(known, voice)
    # Where no year is left there is no growth to speak of.
    if len(ahead := known.dropna(subset="needed")):
        sentences += _faster_sentences(ahead, voice)
    medians = known[known["from_kind"] == "median"]
    if len(medians):
        year = int(medians["from_year"].iloc[0])
        sentences.append(voice.count("needed.start_median", len(medians), year=year))
    return sentences


def _met_sentences(known: pd.DataFrame, voice: Voice) -> list[str]:
    """Say what is at its target's level: by a figure, and, only likely, by the outlook's median."""
    met = known[known["met"]]
    if not len(met):
        return [voice.say("met_none")]
    median = met["from_kind"] == "median"
    groups = {"met_observed": met[~median], "met_likely": met[median]}
    return [
        voice.say(key, n=len(rows), year=int(rows["from_year"].iloc[0]), names=voice.names(rows["target"]))
        for key, rows in groups.items()
        if len(rows)
    ]


def _faster_sentences(known: pd.DataFrame, voice: Voice) -> list[str]:
    faster = known[known["slack"] < 0].sort_values("slack", kind="stable")
    within = len(known) - len(faster) - int((known["met"] & (known["slack"] >= 0)).sum())
    sentences = [voice.count("needed.within", within)]
    if len(faster):
        listed = voice.listed_apart(
            voice.say(
                "needed.faster_target",
                name=voice.name(row["target"]),
                needed=growth(row["needed"]),
                median=growth(row["median_growth"]),
            )
            for row in rows_of(faster)
        )
        sentences.append(voice.count("needed.faster", len(faster), listed=listed))
    return sentences


def path_words(paths: DriverPaths, outlook: Outlook, lang: str = "zh") -> list[str]:
    """Return how far the needed paths are from the central one, what binds, and what drivers would do."""
    voice = Voice(outlook.plan, lang)
    if not paths.distance:
        return [voice.say("needed_path.none")]
    distance = voice.count(
        "needed_path.distance",
        len(paths.binding),
        length=f"{paths.distance:.2f}",
        tail=percent(paths.chi2_tail),
        binding=voice.names(paths.binding),
    )
    return [distance, *_driver_sentences(paths, outlook, voice)]


def _driver_sentences(paths: DriverPaths, outlook: Outlook, voice: Voice) -> list[str]:
    """Return how the drivers grow that by themselves bring the binding targets nearer; the others only move along."""
    ahead = paths[paths["variable"].isin(paths.means) & (paths["year"] > outlook.as_of)]
    if not len(ahead):
        return []
    means = ahead.groupby("variable", sort=False)[["central_growth", "needed_growth", "difference"]].mean()
    means = means[means["difference"].abs() >= _SAME]
    advice = voice.say("needed_path.no_advice")
    if not len(means):
        return [voice.say("needed_path.no_driver"), advice]
    first, last = outlook.as_of + 1, outlook.plan.target_year
    listed = voice.listed_apart(
        voice.say(
            "needed_path.driver",
            name=voice.name(name),
            needed=growth(row["needed_growth"]),
            central=growth(row["central_growth"]),
        )
        for name, row in zip(map(str, means.index), rows_of(means), strict=True)
    )
    years = f"{first}–{last}" if last > first else f"{first}"
    return [voice.say("needed_path.drivers", years=years, listed=listed), advice]

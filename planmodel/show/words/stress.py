"""Reverse stress in sentences: what would break a target, or reach it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.model.outlook import Outlook
from planmodel.plan.plan import Plan
from planmodel.questions.stress.paths import carriers, path_table, threshold_point
from planmodel.questions.stress.reverse import Breaks
from planmodel.questions.stress.reverse_count import CountBreak
from planmodel.show.labels import figure, growth, level, percent
from planmodel.show.voice import Voice

# A driver alone is named as what breaks a target if its path lies within this many standard deviations.
FAR = 3.0

# Beyond this many standard deviations the figure itself tells a reader nothing.
OUT_OF_QUESTION = 10.0

# Deviations that differ by less than this between years (points) are said as one figure.
ALIKE = 0.25
MOST_YEARS = 3


def break_words(outlook: Outlook, table: pd.DataFrame, lang: str = "zh") -> list[str]:
    """Return a sentence for each row of `breaks`: how far, how likely, and what would tip it."""
    voice = Voice(outlook.plan, lang)
    return [_sentence(outlook, row, voice) for row in rows_of(table)]


def row_words(table: pd.DataFrame, lang: str) -> list[str]:
    """Return the sentences of rows of `breaks`: those in a column words, as an earlier edition had it, or made here.

    Empty ones of a plain table, which knows no outlook.
    """
    if "words" in table:
        return [str(words) for words in table["words"]]
    return break_words(table.outlook, table, lang) if isinstance(table, Breaks) else [""] * len(table)


def breaks_words(table: pd.DataFrame, plan: Plan, lang: str = "zh") -> list[str]:
    """Return what the table of `planmodel.breaks` says as a whole: who holds, who is nearest to tipping.

    The nearest that holds, and the nearest that fails, each with its own sentence.
    """
    voice = Voice(plan, lang)
    open_ones = table[np.isfinite(table["distance"])]
    holding, failing = open_ones[open_ones["distance"] >= 0], open_ones[open_ones["distance"] < 0]
    failures = voice.count("breaks.failing", len(failing))
    sentences = [voice.count("breaks.central", len(holding), failing=failures)]
    if len(holding):
        nearest = holding.loc[[holding["distance"].idxmin()]]
        sentences.append(voice.say("breaks.nearest_failing", **_named(nearest, voice)))
    if len(failing):
        nearest = failing.loc[[failing["distance"].idxmax()]]
        sentences.append(voice.say("breaks.nearest_reached", **_named(nearest, voice)))
    return sentences


def _named(row: pd.DataFrame, voice: Voice) -> dict[str, str]:
    """Return the name and the sentence of a table's only row."""
    return {"name": voice.name(str(row["target"].iloc[0])), "words": row_words(row, voice.lang)[0]}


def count_words(result: CountBreak, lang: str = "zh") -> str:
    """Return the count's distance, what tips it, and how the driver that is farthest off grows then."""
    row, voice = rows_of(result)[0], Voice(result.outlook.plan, lang)
    distance, k = float(row["distance"]), int(row["k"])
    if math.isinf(distance):
        return voice.count("count_break.certain" if distance > 0 else "count_break.impossible", k)
    likely = row["failure_probability"] if distance >= 0 else 1 - row["failure_probability"]
    far = voice.count(
        "count_break.holds" if distance >= 0 else "count_break.fails",
        int(row["holding"]),
        k=k,
        length=figure(abs(distance), 2),
        odds=percent(likely, row["standard_error"]),
    )
    step, listed = "failing" if distance >= 0 else "reached", voice.names(str(row["tipped"]).split(" + "))
    driver = result.farthest_driver()
    if not len(driver):
        return voice.paragraph([far, voice.say(f"count_break.step_{step}", listed=listed)])
    there = voice.say(f"count_break.step_{step}_there", listed=listed, moved=_deviation(driver, voice))
    return voice.paragraph([far, there])


def worst_words(path: pd.DataFrame, target: str, distance: float, plan: Plan, lang: str = "zh") -> str:
    """Return how low a target falls on the worst path within a distance (`planmodel.worst_case`)."""
    last, voice = rows_of(path[path["quantity"] == target])[-1], Voice(plan, lang)
    return voice.say(
        "worst.target",
        length=f"{distance:g}",
        name=voice.name(target),
        year=last["year"],
        worst=level(last["on_path"]),
        unit=voice.unit(str(last["unit"])),
        central=level(last["central"]),
        aim=level(float(plan.targets.set_index("name")["threshold"][target])),
    )


def _sentence(outlook: Outlook, row: Mapping[str, Any], voice: Voice) -> str:
    distance, fails = float(row["distance"]), float(row["failure_probability"])
    if math.isnan(distance):
        return voice.say("break.no_base")
    if math.isinf(distance):
        return voice.say("break.certain_reached" if distance > 0 else "break.certain_missed")
    key, odds = ("break.holds", fails) if distance >= 0 else ("break.fails", 1 - fails)
    far = voice.say(key, length=figure(abs(distance), 2), odds=percent(odds))
    return voice.paragraph([far, *_causes(outlook, row, voice)])


def _causes(outlook: Outlook, row: Mapping[str, Any], voice: Voice) -> list[str]:
    target, driver, breaking = str(row["target"]), str(row["driver"]), float(row["distance"]) >= 0
    if driver and abs(float(row["driver_distance"])) <= FAR:
        return [_driver_words(outlook, row, voice)]
    key = "break.path_to_failure" if breaking else "break.path_to_success"
    return [_no_driver_words(row, voice), voice.say(key, moved=_carried(outlook, target, voice))]


def _driver_words(outlook: Outlook, row: Mapping[str, Any], voice: Voice) -> str:
    """Return the path of one driver alone, with its own distance: that of all variables together is shorter."""
    driver = str(row["driver"])
    path = path_table(outlook, threshold_point(outlook, str(row["target"]), driver), [driver])
    return voice.say(
        "break.driver_breaks" if float(row["distance"]) >= 0 else "break.driver_reaches",
        moved=_deviation(path[path["year"] > outlook.as_of], voice),
        far=figure(abs(float(row["driver_distance"])), 2),
    )


def _no_driver_words(row: Mapping[str, Any], voice: Voice) -> str:
    driver = str(row["driver"])
    if not driver:
        return ""
    distance = abs(float(row["driver_distance"]))
    if distance > OUT_OF_QUESTION:
        return voice.say("break.no_driver")
    return voice.say("break.strongest_driver", name=growth_of(driver, voice), far=figure(distance, 1))


def carried_words(outlook: Outlook, target: str, lang: str) -> str:
    """Return how a target's own figures, or the sides of a ratio that bring it there, grow on its failing path."""
    return _carried(outlook, target, Voice(outlook.plan, lang))


def _carried(outlook: Outlook, target: str, voice: Voice) -> str:
    carried_by = carriers(outlook, target)
    path = path_table(outlook, threshold_point(outlook, target), [target, *carried_by])
    moved = {name: _moved(outlook, path, name) for name in carried_by}
    if carried_by == [target]:
        return _deviation(moved[target], voice)
    last = rows_of(path[path["quantity"] == target])[-1]
    value, unit = level(last["on_path"]), voice.unit(str(last["unit"]))
    # A ratio goes with its numerator and against its denominator; a side that moves the other way is no means.
    numerator = carried_by[0]
    clauses = [
        _deviation(rows, voice)
        for name, rows in moved.items()
        if last["difference"] * rows["growth_difference"].sum() * (1 if name == numerator else -1) > 0
    ]
    clauses.append(voice.say("break.value", value=value, unit=unit, year=last["year"]))
    return voice.say("list_moves").join(clauses)


def _moved(outlook: Outlook, path: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the years in which growth moves; what was observed does not, but for the curvature of a sum."""
    own = path[path["quantity"] == name]
    open_ones = [(name, year) not in outlook.used for year in own["year"]]
    kept: pd.DataFrame = own[np.array(open_ones) & (own["growth_difference"] != 0)]
    return kept if len(kept) else own


def deviation_words(path: pd.DataFrame, plan: Plan, lang: str = "zh") -> str:
    """Return by how much growth on a path lies below or above the central one, by year.

    `path` holds the rows of one quantity of `failing_path`. Years that are alike are said as one figure, many
    years that are not by their mean.
    """
    return _deviation(path, Voice(plan, lang))


def _deviation(path: pd.DataFrame, voice: Voice) -> str:
    years = [int(year) for year in path["year"]]
    gaps, rates = path["growth_difference"].to_numpy(), path["path_growth"].to_numpy()
    alike = float(np.ptp(gaps)) <= ALIKE
    one_figure = alike or len(years) > MOST_YEARS or bool(np.any(gaps > 0) and np.any(gaps < 0))
    if one_figure:
        gaps, rates = gaps.mean(keepdims=True), rates.mean(keepdims=True)
    way = "lower" if gaps[0] < 0 else "higher"
    when = (
        "in_year" if len(years) == 1 else "each_year" if alike else "on_average" if one_figure else "by_year"
    )
    few = _listed([str(year) for year in years], voice)
    return voice.say(
        f"deviation.{way}_{when}",
        name=growth_of(str(path["quantity"].iloc[0]), voice),
        sizes=_listed([points(abs(gap)) for gap in gaps], voice),
        years=few if len(years) <= MOST_YEARS else f"{years[0]}–{years[-1]}",
        rates=_listed([voice.say("deviation.rate", rate=growth(rate)) for rate in rates], voice),
    )


def _listed(texts: Sequence[str], voice: Voice) -> str:
    """Return an enumeration that says where it ends: a, b and c."""
    return voice.say("list_and").join(filter(None, [voice.listed(texts[:-1]), texts[-1]]))


def growth_of(quantity: str, voice: Voice) -> str:
    """Return "growth of X"; a name that says growth already stays."""
    name = voice.name(quantity)
    # A name begins with a capital as a label does; not within a sentence, unless it is an abbreviation.
    name = name[0].lower() + name[1:] if name[1:2].islower() else name
    marks = tuple(voice.say("growth_marks").split("|"))
    return name if name.startswith(marks) or name.endswith(marks) else voice.say("growth_of", name=name)


def points(size: float) -> str:
    """Return points of growth with one decimal; smaller ones with one significant digit."""
    return f"{size:.1f}" if size >= 0.05 else f"{size:.1g}" if size >= 0.005 else "0.0"

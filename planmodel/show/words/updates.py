"""News in sentences: which observation moved the odds of a target most."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import label
from planmodel.base.problems import InputError, Problem, nearest, phrase
from planmodel.model.outlook import Outlook
from planmodel.plan.names import resolve
from planmodel.plan.plan import Plan
from planmodel.questions.record.updates import news_since_base
from planmodel.show.labels import growth, level, percent, points
from planmodel.show.voice import Voice

# The steps of a table of news at which a figure enters.
FIGURES = ("observation", "revision")

# A change that would be shown as 0.0 points is none.
_SMALLEST = 0.0005


def news_of(changes: pd.DataFrame, target: str) -> pd.DataFrame:
    """Return the rows of one target of a table of news.

    Raises
    ------
    InputError
        If the table has no such target.
    """
    known = list(changes["target"].unique())
    if target not in known:
        expected = phrase("expected.one_of", names=", ".join(known))
        raise InputError([Problem("news", "target", repr(target), expected, nearest(target, known))])
    return changes[changes["target"] == target].reset_index(drop=True)


def news_words(changes: pd.DataFrame, plan: Plan, target: str, lang: str = "zh") -> list[str]:
    """Return, in sentences, how a target's odds moved and which observation moved them most.

    Parameters
    ----------
    changes : DataFrame
        As `planmodel.news` returns it.
    """
    target = resolve(target, plan.by_name, plan, "news")
    voice, rows = Voice(plan, lang), news_of(changes, target)
    start, end = rows.iloc[0], rows.iloc[-1]
    before, after = percent(start["probability_after"]), percent(end["probability_after"])
    years = {"first": start["observed"], "last": end["observed"]}
    sentences = [voice.say("news.moved", name=voice.name(target), before=before, after=after, **years)]
    figures = rows[rows["step"].isin(FIGURES)]
    order = figures["change"].abs().sort_values(ascending=False, kind="stable").index
    if not len(figures) or abs(figures["change"][order[0]]) < _SMALLEST:
        return [*sentences, voice.say("news.unmoved")]
    sentences.append(_largest(rows_of(figures.loc[order[:1]])[0], voice))
    if len(figures) > 1:
        sentences.append(_others(figures.loc[order[1:]], voice))
    treatment = float(rows.loc[rows["step"] == "scenario", "change"].sum())
    if abs(treatment) >= _SMALLEST:
        sentences.append(voice.say("news.history", points=points(treatment)))
    return sentences


def figure_words(changes: pd.DataFrame, plan: Plan, target: str, lang: str = "zh") -> str:
    """Return by how many points each figure that became known moved a target's odds, variable by variable.

    Parameters
    ----------
    changes : DataFrame
        As `planmodel.news` returns it.
    """
    target = resolve(target, plan.by_name, plan, "news")
    voice, rows = Voice(plan, lang), news_of(changes, target)
    rows = rows[rows["step"].isin(FIGURES)]
    if not len(rows):
        return voice.say("news.nothing", name=voice.name(target))
    largest = rows.groupby("variable", sort=False)["change"].apply(lambda own: own.abs().max())
    parts = [
        _by_year(rows[rows["variable"] == variable], voice)
        for variable in largest.sort_values(ascending=False, kind="stable").index
    ]
    return voice.say("news.by_figure", name=voice.name(target), parts=voice.listed_apart(parts))


def _by_year(rows: pd.DataFrame, voice: Voice) -> str:
    figures = voice.listed(
        voice.say("news.figure_of_year", points=points(change), year=year)
        for change, year in zip(rows["change"], rows["observed"], strict=True)
    )
    return voice.say("news.variable", name=voice.name(str(rows["variable"].iloc[0])), figures=figures)


def moved_words(outlook: Outlook, lang: str = "zh") -> list[str]:
    """Return why the odds of a plan's ratio moved since its base year, and how good the decisive figure is.

    Of a plan without a ratio, the target of a whole area that moved most. Nothing if nothing was observed.
    """
    changes = news_since_base(outlook)
    figures = changes[changes["step"].isin(FIGURES)]
    sentences: list[str] = []
    for target in moved_targets(changes, outlook.plan):
        own = figures[figures["target"] == target]
        decisive = rows_of(own.loc[[own["change"].abs().idxmax()]])[0]
        sentences += [
            *news_words(changes, outlook.plan, target, lang),
            *_grade_words(outlook, decisive, Voice(outlook.plan, lang)),
        ]
    return sentences


def news_note(moved: list[str], lang: str = "zh") -> str:
    """Return how the charts of news are to be read, or that there is no news."""
    return label("news_note" if moved else "no_news", lang)


def moved_targets(changes: pd.DataFrame, plan: Plan) -> list[str]:
    """Return the targets whose news is told: a plan's ratios of a whole area, else the one that moved most."""
    whole = [target for target in plan.by_name.values() if not target.part_of]
    moves = changes.groupby("target")["change"].sum().abs()
    moves = moves[moves.index.isin([target.name for target in whole])]
    if not changes["step"].isin(FIGURES).any() or not len(moves):
        return []
    ratios = [target.name for target in whole if target.kind == "ratio"]
    return [name for name in ratios if name in moves.index] or [str(moves.idxmax())]


def _grade_words(outlook: Outlook, decisive: dict[str, Any], voice: Voice) -> list[str]:
    """Say how far the figure that moved the odds most can be trusted; nothing if that is not on record."""
    used, _, _ = outlook.sorted_figures
    own = used[(used["name"] == decisive["variable"]) & (used["year"] == decisive["observed"])]
    what, year = voice.name(decisive["variable"]), decisive["observed"]
    return [voice.say("news.grade", what=what, year=year, grade=voice.label(grade)) for grade in own["grade"]]


def _largest(row: dict[str, Any], voice: Voice) -> str:
    return voice.say(
        "news.largest",
        what=voice.name(row["variable"]),
        year=row["observed"],
        figures=_figures(row, voice),
        points=points(row["change"]),
    )


def _figures(row: dict[str, Any], voice: Voice) -> str:
    """Say what was observed and what had been expected."""
    value, expected = (shown(row[column], row["unit"]) for column in ("value", "expected"))
    if math.isnan(row["surprise_sd"]):
        return voice.say("news.as_known", value=value)
    key = "news.higher" if row["surprise_sd"] > 0 else "news.lower"
    return voice.say(key, value=value, expected=expected, size=f"{abs(row['surprise_sd']):.1f}")


def shown(number: float, unit: str) -> str:
    """Return a figure as it is written in sentences and charts of the record: growth and shares with one decimal, levels four digits."""
    return f"{growth(number)}%" if unit == "%" else level(number)


def _others(figures: pd.DataFrame, voice: Voice) -> str:
    """Say what the other observations did together, and the largest of them."""
    first = rows_of(figures.head(1))[0]
    return voice.count(
        "news.others",
        len(figures),
        together=points(float(figures["change"].sum())),
        what=voice.name(first["variable"]),
        year=first["observed"],
        points=points(first["change"]),
    )

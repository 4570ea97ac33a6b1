"""The severity catalogue in sentences."""

from __future__ import annotations

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.questions.stress.catalogue import SeverityCatalogue
from planmodel.scenario.checks import SEVERITIES
from planmodel.show.labels import signed
from planmodel.show.titles import story_title, titled
from planmodel.show.voice import Voice

# Smaller moves of the slack are shown as 0.0.
SMALLEST_SHOWN = 0.05

# What can be said of margins and odds that do not simply fall, in the order in which it is said.
REASONS = ("ratio", "inference", "rises", "mixed", "turned")


def catalogue_words(catalogue: SeverityCatalogue, lang: str = "zh") -> list[str]:
    """Return the worst story, margins that rise under stress and why, and odds that do not follow their margin."""
    voice = Voice(catalogue.model.plan, lang)
    if not catalogue.stories:
        return [voice.say("stories.none")]
    sentences, rows = [_worst(catalogue, voice)], _exceptions(catalogue)
    for reason in REASONS:
        own = rows[rows["reason"] == reason]
        if len(own):
            sentences.append(voice.say(f"stories.{reason}", listed=_listed(catalogue, own, voice)))
    return sentences


def catalogue_title(catalogue: SeverityCatalogue, story: str, lang: str = "zh") -> str:
    """Return what a story is called, without its severity."""
    severity = SEVERITIES[0] if story == SEVERITIES[0] else SEVERITIES[-1]
    return story_title(titled(catalogue.outlooks[story, severity].scenario), lang)


def _worst(catalogue: SeverityCatalogue, voice: Voice) -> str:
    table = catalogue.table
    expected = table.groupby(["story", "severity"], sort=False)["probability"].sum()
    severe = expected.xs(SEVERITIES[-1], level="severity")
    return voice.count(
        "stories.worst",
        len(catalogue.stories),
        title=catalogue_title(catalogue, str(severe.idxmin()), voice.lang),
        total=table["target"].nunique(),
        left=f"{float(severe.min()):.1f}",
        start=f"{float(expected.iloc[0]):.1f}",
    )


def _exceptions(catalogue: SeverityCatalogue) -> pd.DataFrame:
    """Return the rows of `directions` that call for a word, with the reason."""
    rows = catalogue.directions
    rows = rows[rows["slack_change"].abs() >= SMALLEST_SHOWN]
    rising = {(row["story"], row["target"]) for row in rows_of(rows[rows["margin"] == "rises"])}
    found = [{**row, "reason": _reason(catalogue, row, rising)} for row in rows_of(rows)]
    return pd.DataFrame(found, columns=[*rows.columns, "reason"])


def _reason(catalogue: SeverityCatalogue, row: dict[str, object], rising: set[tuple[object, object]]) -> str:
    if row["margin"] == "falls":
        return "" if row["probability_monotone"] else "turned"
    if row["margin"] != "rises":
        return str(row["margin"])
    story, ratio = str(row["story"]), catalogue.model.plan.by_name[str(row["target"])].ratio
    if ratio is not None and (story, ratio.numerator) not in rising:
        return "ratio"
    outlook = catalogue.outlooks[story, SEVERITIES[-1]]
    return "inference" if any(year > outlook.as_of for _, year in outlook.scenario.paths) else "rises"


def _listed(catalogue: SeverityCatalogue, rows: pd.DataFrame, voice: Voice) -> str:
    """Return stories with the targets concerned and their change of slack, as an enumeration."""
    parts = []
    for story, own in rows.groupby("story", sort=False):
        title = catalogue_title(catalogue, str(story), voice.lang)
        listed = voice.listed(
            f"{voice.name(row['target'])} {signed(format(row['slack_change'], '+.1f'))}"
            for row in rows_of(own)
        )
        parts.append(voice.say("stories.under", title=title, listed=listed))
    return voice.listed_apart(parts)

"""The severity catalogue in sentences, in Chinese or English."""

from __future__ import annotations

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.questions.stress.catalogue import SeverityCatalogue
from planmodel.scenario.checks import SEVERITIES
from planmodel.show.labels import name_of
from planmodel.show.titles import story_title, titled

# Smaller moves of the slack are shown as 0.0.
SMALLEST_SHOWN = 0.05

# What can be said of margins and odds that do not simply fall, in the order in which it is said.
HEADS = {
    "ratio": {
        "zh": "余量反而上升，因为占比的分母也下降：",
        "en": "Margins that rise, because the denominator of the share falls too: ",
    },
    "inference": {
        "zh": "余量反而上升，因为驱动路径也改变对既往未观测数值的推断：",
        "en": "Margins that rise, because a path also changes what is inferred about years not observed: ",
    },
    "rises": {"zh": "余量反而上升：", "en": "Margins that rise: "},
    "mixed": {"zh": "余量时升时降：", "en": "Margins that go both ways: "},
    "turned": {
        "zh": "达标概率不随余量单调变化，因为驱动路径消除了一部分不确定性：",
        "en": "Odds that do not follow the margin, because a path takes uncertainty away: ",
    },
}


def catalogue_words(catalogue: SeverityCatalogue, lang: str = "zh") -> list[str]:
    """Return the worst story, margins that rise under stress and why, and odds that do not follow their margin."""
    if not catalogue.stories:
        return ["本规划没有压力情景。" if lang == "zh" else "The plan has no stress story."]
    sentences, rows = [_worst(catalogue, lang)], _exceptions(catalogue)
    for reason, head in HEADS.items():
        own = rows[rows["reason"] == reason]
        if len(own):
            sentences.append(head[lang] + _listed(catalogue, own, lang))
    return sentences


def catalogue_title(catalogue: SeverityCatalogue, story: str, lang: str = "zh") -> str:
    """Return what a story is called, without its severity."""
    severity = SEVERITIES[0] if story == SEVERITIES[0] else SEVERITIES[-1]
    return story_title(titled(catalogue.outlooks[story, severity].scenario), lang)


def _worst(catalogue: SeverityCatalogue, lang: str) -> str:
    table = catalogue.table
    expected = table.groupby(["story", "severity"], sort=False)["probability"].sum()
    severe = expected.xs(SEVERITIES[-1], level="severity")
    title, left = catalogue_title(catalogue, str(severe.idxmin()), lang), float(severe.min())
    start, total = float(expected.iloc[0]), table["target"].nunique()
    if lang == "zh":
        return (
            f"{len(catalogue.stories)} 个压力情景各分轻、中、重三档，倍数为假设。重度下损失最大的是“{title}”："
            f"{total} 个目标中预期达标 {left:.1f} 个，基准情景为 {start:.1f} 个。"
        )
    return (
        f"{len(catalogue.stories)} stress stories, each mild, moderate and severe; the factors are assumptions. The severe "
        f'story that costs most is "{title}": of {total} targets, {left:.1f} are expected to be reached, against '
        f"{start:.1f} in the baseline."
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


def _listed(catalogue: SeverityCatalogue, rows: pd.DataFrame, lang: str) -> str:
    """Return stories with the targets concerned and their change of slack, as an enumeration."""
    plan, parts = catalogue.model.plan, []
    for story, own in rows.groupby("story", sort=False):
        listed = ("、" if lang == "zh" else ", ").join(
            f"{name_of(row['target'], plan, lang)} {row['slack_change']:+.1f}" for row in rows_of(own)
        )
        title = catalogue_title(catalogue, str(story), lang)
        parts.append(f"“{title}”下{listed}" if lang == "zh" else f'"{title}": {listed}')
    unit = (
        "（重度较基准的余量变化，百分点）。"
        if lang == "zh"
        else " (slack, severe less baseline, points a year)."
    )
    return ("；" if lang == "zh" else "; ").join(parts) + unit

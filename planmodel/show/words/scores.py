"""Scores in sentences: how earlier outlooks fared, and what cannot be said yet."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import count, label, text
from planmodel.base.problems import InputError, Problem, nearest, phrase
from planmodel.evidence.observations import load_observations
from planmodel.plan.plan import Plan
from planmodel.questions.record.manifest import find_manifests
from planmodel.questions.record.naive import METHODS
from planmodel.questions.record.scoring import INTERVALS, score
from planmodel.questions.record.skill import FEWEST_OUTCOMES, distinct_outcomes, reliability, score_summary
from planmodel.scenario.scenario import load_scenario, scenario_names
from planmodel.show.labels import figure, name_of
from planmodel.show.words.updates import shown


def score_folder(
    folder: Path, plan: Plan, observations: pd.DataFrame | None = None, lang: str = "zh"
) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Score every outlook of a plan on record in a folder: what `planmodel score` gives back.

    Parameters
    ----------
    observations : DataFrame, optional
        By default those that lie with the plan.

    Returns
    -------
    tuple
        The scores by outcome (see `planmodel.score`), their summary as texts for a reader, and sentences.

    Raises
    ------
    InputError
        If there is no record of this plan, or if a record is not as it was written.
    """
    found = find_manifests(folder)
    own = {name: content for name, content in found.items() if content["plan"] == plan.name}
    if not own:
        plans = sorted({str(content["plan"]) for content in found.values()})
        found_only = phrase("found.records_only", plans=", ".join(plans))
        expected = phrase("expected.records_of", plan=plan.name)
        raise InputError([Problem(str(folder), "", found_only, expected, nearest(plan.name, plans))])
    scores = score(own, load_observations(plan) if observations is None else observations)
    return scores, score_table(scores, plan, lang), score_words(scores, plan, lang)


def score_table(scores: pd.DataFrame, plan: Plan, lang: str = "zh") -> pd.DataFrame:
    """Return the summary of scores for display: every number rounded into text, heads in a language."""
    rows = score_summary(scores)
    shares = rows["score"].isin(list(INTERVALS))
    texts: dict[str, list[str]] = {
        "scenario": [_heading(str(name), plan, lang) for name in rows["scenario"]],
        "as_of": rows["as_of"].astype(str).tolist(),
        "score": [label(str(name), lang) for name in rows["score"]],
        "outcomes": rows["outcomes"].astype(str).tolist(),
        "mean": [_number(*pair) for pair in zip(rows["mean"], shares, strict=True)],
        "against": [label(str(name), lang) if name else "" for name in rows["against"]],
        "benchmark": [_number(*pair) for pair in zip(rows["benchmark"], shares, strict=True)],
        "skill": [_number(skill, True) for skill in rows["skill"]],
    }
    return pd.DataFrame({label(key, lang): column for key, column in texts.items()})


def _number(value: float, share: bool) -> str:
    if math.isnan(value):
        return ""
    return f"{figure(100 * value, 0)}%" if share else figure(value, 2)


def score_words(scores: pd.DataFrame, plan: Plan, lang: str = "zh") -> list[str]:
    """Return what the scores of earlier outlooks say, and what they do not.

    Parameters
    ----------
    scores : DataFrame
        As `planmodel.score` returns it.
    """
    if not len(scores):
        return [text("score_none", lang)]
    sentences: list[str] = []
    for _, own in scores.groupby("outlook", sort=False):
        sentences += _outlook_words(own, plan, lang)
    return sentences + list(_limits(scores, plan, lang))


def _outlook_words(own: pd.DataFrame, plan: Plan, lang: str) -> Iterator[str]:
    first, years = own.iloc[0], own["year"]
    when = f"{years.min()}–{years.max()}" if years.min() < years.max() else str(years.min())
    heading = _heading(str(first["scenario"]), plan, lang)
    yield count("score_head", len(own), lang, scenario=heading, as_of=first["as_of"], years=when)
    summary = score_summary(own)
    crps = summary[summary["score"] == "crps"]
    yield text("score_crps", lang, mean=f"{crps['mean'].iloc[0]:.1f}")
    for row in rows_of(crps[crps["against"] != ""]):
        numbers = {"mean": f"{row['mean']:.1f}", "reference": f"{row['benchmark']:.1f}"}
        naive = label(row["against"], lang)
        numbers["skill"] = figure(100 * row["skill"], 0)
        yield count("score_skill", row["outcomes"], lang, naive=naive, **numbers)
    yield count("score_inside", len(own), lang, inside=int(own["inside_80"].sum()))
    yield _surprise(own, plan, lang)
    targets = own.dropna(subset="brier")
    if len(targets):
        reached = int(targets["reached"].sum())
        mean = f"{targets['brier'].mean():.3f}"
        yield count("score_brier", len(targets), lang, reached=reached, mean=mean)
    else:
        yield text("score_no_brier", lang, year=plan.target_year)
    if first["severity"] != "baseline":
        yield text("score_what_if", lang, scenario=heading)


def _heading(scenario: str, plan: Plan, lang: str) -> str:
    """Return a scenario's title, or its name if the plan no longer has it."""
    known = set(scenario.split("+")) <= set(scenario_names(plan))
    return load_scenario(scenario, plan).heading(lang) if known else scenario


def _surprise(own: pd.DataFrame, plan: Plan, lang: str) -> str:
    """Say which outcome lay farthest out in its distribution."""
    row = rows_of(own.loc[[(own["pit"] - 0.5).abs().idxmax()]])[0]
    figures = {column: shown(row[column], row["unit"]) for column in ("value", "median")}
    name = name_of(row["variable"], plan, lang)
    return text("score_surprise", lang, name=name, year=row["year"], pit=f"{100 * row['pit']:.0f}", **figures)


def _limits(scores: pd.DataFrame, plan: Plan, lang: str) -> Iterator[str]:
    """Say what the scores leave open: naive forecasts that do not exist, too few outcomes, dependence."""
    for method in METHODS:
        missing = scores.loc[scores[f"crps_{method}"].isna(), "variable"].unique()
        if len(missing):
            listed = text("list_names", lang).join(name_of(name, plan, lang) for name in missing)
            yield text("score_no_naive", lang, naive=label(method, lang), names=listed)
    n = len(distinct_outcomes(scores))
    if n < FEWEST_OUTCOMES:
        yield count("score_too_few", n, lang, fewest=FEWEST_OUTCOMES)
    else:
        tests = {row["test"]: row for row in rows_of(reliability(scores))}
        eighty, pit = tests["inside_80"], tests["pit"]
        numbers = {
            "hits": f"{eighty['hits']:.0f}",
            "p": f"{eighty['exact_p_value']:.2f}",
            "q": f"{pit['p_value']:.2f}",
        }
        yield text("score_reliability", lang, n=n, **numbers)
    yield text("score_dependent", lang)

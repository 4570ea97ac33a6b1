"""Scoring: what earlier outlooks said against what was observed later."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from planmodel.base import columns
from planmodel.base.extras import need
from planmodel.base.frames import rows_of
from planmodel.base.units import conversion_factor, convertible
from planmodel.law.scores import brier, normal_crps
from planmodel.plan.area import join_name
from planmodel.plan.target import SIGNS
from planmodel.questions.record.forecasts import Forecast
from planmodel.questions.record.manifest import find_manifests
from planmodel.questions.record.naive import METHODS

INTERVALS = {"inside_50": 0.5, "inside_80": 0.8, "inside_90": 0.9}

Manifest = Mapping[str, Any]


def score(outlooks: str | Path | Mapping[str, Manifest], observations: pd.DataFrame) -> pd.DataFrame:
    """Score every earlier outlook on record against the observations of the years after its as-of year.

    Only comparable figures count, as printed: bounds and figures on another definition do not. What a scenario
    fixes is an assumption of it and is not scored. An outlook
    that was run twice counts once, and so does each observation of it. Outcomes of one plan overlap (a level
    holds the growth of all years before it), so they are dependent.

    Parameters
    ----------
    outlooks : folder, or mapping of name to manifest
        A folder is searched for manifests, with the folders below it.
    observations : DataFrame
        As `load_observations` returns it.

    Returns
    -------
    DataFrame
        A row an outlook and observation. outlook, scenario, severity, as_of; variable, measure (level or
        growth), year, value, unit; median; pit (F of the value); inside_50, inside_80, inside_90 (whether the
        central interval held it); crps and its naive references crps_same_growth and crps_closed_windows
        (log points x 100, less is better; NaN where such a forecast cannot be formed); log_score (minus the
        log density of the log). For a target in its year: probability (of reaching it), reached, brier and
        its naive references.

    Raises
    ------
    InputError
        If a manifest is not as it was written.
    MissingExtraError
        If scoringrules is not installed (extra `score`).
    """
    need("score", "scoringrules")
    found = outlooks if isinstance(outlooks, Mapping) else find_manifests(Path(outlooks))
    once: dict[str, tuple[str, Manifest]] = {}
    for name, manifest in found.items():
        once.setdefault(manifest["fingerprints"]["outlook"], (name, manifest))
    rows = [row for name, manifest in once.values() for row in _scored(name, manifest, observations)]
    return columns.frame("score", rows)


def _scored(name: str, manifest: Manifest, observations: pd.DataFrame) -> Iterator[dict[str, Any]]:
    forecasts = {(e["variable"], e["year"], e["measure"]): Forecast(e) for e in manifest["outlook"]}
    naive = {(row["variable"], row["method"]): row for row in manifest["naive"]}
    targets = {row["target"]: row for row in manifest["targets"]}
    for forecast, value in _outcomes(forecasts, observations, manifest["as_of"]):
        entry = forecast.entry
        row = {"outlook": name} | {key: manifest[key] for key in ("scenario", "severity", "as_of")}
        row |= {key: entry[key] for key in ("variable", "measure", "year", "unit")}
        row |= {"value": value} | _of_value(forecast, value)
        rivals = {method: _rival(naive.get((entry["variable"], method)), entry) for method in METHODS}
        log = math.log1p(value / 100) if entry["measure"] == "growth" else math.log(value)
        row |= {f"crps_{m}": 100 * normal_crps(log, *r) for m, r in rivals.items() if r}
        target = targets.get(entry["variable"])
        if target and entry["measure"] == "level" and entry["year"] == manifest["target_year"]:
            row |= _of_target(target, value, rivals)
        yield row


def _outcomes(
    forecasts: Mapping[tuple[str, int, str], Forecast], observations: pd.DataFrame, as_of: int
) -> Iterator[tuple[Forecast, float]]:
    """Yield each forecast that was put to the test, with the observed value in its unit."""
    usable = (observations["comparable"] == "yes") & observations["bound"].isin(["exact", "about"])
    seen = set()
    for row in rows_of(observations[usable & (observations["year"] > as_of)]):
        for variable in (row["variable"], join_name(row["variable"], row["area"])):
            level = forecasts.get((variable, row["year"], "level"))
            growth = row["unit"] == "%" and level is not None and level.entry["unit"] != "%"
            forecast = forecasts.get((variable, row["year"], "growth")) if growth else level
            if forecast is None or forecast.fixed or (variable, row["year"]) in seen:
                continue
            if growth or convertible(row["unit"], forecast.entry["unit"]):
                seen.add((variable, row["year"]))
                factor = 1.0 if growth else conversion_factor(row["unit"], forecast.entry["unit"])
                yield forecast, row["value"] * factor


def _of_value(forecast: Forecast, value: float) -> dict[str, Any]:
    log = forecast.log_of(value)
    pit = float(forecast.below(np.array([log]))[0])
    held = {name: bool(abs(pit - 0.5) <= share / 2) for name, share in INTERVALS.items()}
    median = forecast.value_of(forecast.centre[0])
    scores = {"crps": 100 * forecast.crps(log), "log_score": forecast.log_score(log)}
    return {"median": median, "pit": pit} | held | scores


def _rival(naive: Mapping[str, Any] | None, entry: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return mean and standard deviation of a naive forecast of the log, None where it cannot be formed."""
    if naive is None or naive["growth"] is None:
        return None
    growth, spread = naive["growth"] / 100, naive["spread"] / 100
    if entry["measure"] == "growth":
        return growth, spread
    years = entry["year"] - naive["start_year"]
    return math.log(naive["start_value"]) + years * growth, years * spread


def _of_target(
    target: Mapping[str, Any], value: float, rivals: Mapping[str, tuple[float, float] | None]
) -> dict[str, Any]:
    sign, threshold = SIGNS[target["direction"]], target["threshold"]
    reached = sign * value >= sign * threshold
    scores = {"probability": target["probability"], "reached": reached}
    scores["brier"] = brier(target["probability"], reached)
    for method, rival in rivals.items():
        if rival:
            above = float(ndtr((rival[0] - math.log(threshold)) / rival[1]))
            scores[f"brier_{method}"] = brier(above if sign > 0 else 1 - above, reached)
    return scores

"""Results of reverse stress and plausibility as they are shown: rounded, in words, with names."""

from __future__ import annotations

import math

import pandas as pd

from planmodel.labels import growth, label, level, name_of, percent, unit_name
from planmodel.outlook import Outlook
from planmodel.plan import Plan
from planmodel.records import records
from planmodel.scenario_distance import plausibility
from planmodel.stress.words import figure, growth_of


def breaks_shown(breaks: pd.DataFrame, plan: Plan, lang: str = "zh") -> pd.DataFrame:
    """Return the table of `planmodel.breaks` for display: distance, odds, strongest driver, sentence."""
    return pd.DataFrame(
        {
            label("target", lang): [name_of(name, plan, lang) for name in breaks["target"]],
            label("distance", lang): [_distance(value, lang) for value in breaks["distance"]],
            label("failure_probability", lang): [percent(p) for p in breaks["failure_probability"]],
            label("driver", lang): [
                growth_of(name, plan, lang) if name else "–" for name in breaks["driver"]
            ],
            label("driver_share", lang): [percent(share) for share in breaks["driver_share"]],
            label("driver_distance", lang): [_distance(value, lang) for value in breaks["driver_distance"]],
            label("words", lang): list(breaks["words"]),
        }
    )


def _distance(value: float, lang: str) -> str:
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return label("settled_yes" if value > 0 else "settled_no", lang)
    return figure(value, 2)


def path_shown(path: pd.DataFrame, plan: Plan, lang: str = "zh") -> pd.DataFrame:
    """Return a path for display: levels in their unit, growth in %, differences."""
    return pd.DataFrame(
        [
            {
                label(
                    "target", lang
                ): f"{name_of(row['quantity'], plan, lang)} ({unit_name(row['unit'], lang)})",
                label("year", lang): str(row["year"]),
                **{label(key, lang): level(row[key]) for key in ("central", "on_path", "difference")},
                **{
                    label(key, lang): growth(row[key])
                    for key in ("central_growth", "path_growth", "growth_difference")
                },
            }
            for row in records(path)
        ]
    )


def plausibility_shown(outlooks: list[Outlook], lang: str = "zh") -> pd.DataFrame:
    """Return how implausible each of several scenarios is, for display: a row a scenario."""
    rows = [(out.scenario.heading(lang), plausibility(out).iloc[0]) for out in outlooks]
    return pd.DataFrame(
        {
            label("scenario", lang): [heading for heading, _ in rows],
            label("delta", lang): [figure(row["delta"], 2) for _, row in rows],
            label("degrees", lang): [f"{row['degrees']:.0f}" for _, row in rows],
            label("chi2_tail", lang): [percent(float(row["chi2_tail"])) for _, row in rows],
            label("q", lang): [figure(row["q"], 2) for _, row in rows],
            "n": [f"{row['n']:.0f}" for _, row in rows],
        }
    )

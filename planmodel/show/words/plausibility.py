"""How implausible scenarios are, in sentences and as it is shown: rounded, with names."""

from __future__ import annotations

import math

import pandas as pd

from planmodel.base.messages import count, label, listed, text
from planmodel.model.outlook import Outlook
from planmodel.questions.stress.scenario_distance import plausibility
from planmodel.scenario.scenario import Scenario
from planmodel.show.labels import figure, percent


def plausibility_shown(outlooks: list[Outlook], lang: str = "zh") -> pd.DataFrame:
    """Return how implausible each of several scenarios is, for display: a row a scenario."""
    rows = [(outlook.scenario.heading(lang), plausibility(outlook).iloc[0]) for outlook in outlooks]
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


def plausibility_words(outlook: Outlook, lang: str = "zh") -> str:
    """Return how implausible a scenario is, in one sentence."""
    row = plausibility(outlook).iloc[0]
    degrees, delta = int(row["degrees"]), float(row["delta"])
    if not degrees:
        return text("plausibility.no_setting", lang)
    if math.isinf(delta):
        return text("plausibility.impossible", lang)
    return count(
        "plausibility.distance",
        degrees,
        lang,
        length=figure(delta, 2),
        tail=percent(float(row["chi2_tail"])),
        q=figure(float(row["q"]), 2),
        size=int(row["n"]),
    )


def acting_words(scenario: Scenario, as_of: int, lang: str = "zh") -> str:
    """Return which years of a scenario act where some are history: a description tells them all. Else nothing."""
    years = {year for _, year in scenario.paths} | {shock.year for shock in scenario.shocks}
    acting = [str(year) for year in sorted(years) if year > as_of]
    if len(acting) == len(years):
        return ""
    key = "acting.some" if acting else "acting.none"
    return text(key, lang, as_of=as_of, years=listed(acting, lang))

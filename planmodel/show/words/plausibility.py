"""How implausible scenarios are, as it is shown: rounded, with names."""

from __future__ import annotations

import pandas as pd

from planmodel.base.labels import label
from planmodel.model.outlook import Outlook
from planmodel.questions.stress.scenario_distance import plausibility
from planmodel.show.labels import figure, percent


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

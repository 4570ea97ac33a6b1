"""What the evidence says: bases of coefficients, the reference class, the back-test."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.messages import label, listed, listed_apart, text
from planmodel.evidence.equations import Evidence
from planmodel.model.outlook import Outlook
from planmodel.show.labels import figure, growth, name_of

# An 80 % interval that holds within five points of that is about right; under 60 % it is far too narrow.
NOMINAL, ABOUT_RIGHT, FAR_TOO_NARROW = 0.8, 0.05, 0.6


def basis_words(evidence: Evidence, lang: str = "zh") -> str:
    """Return how many coefficients are assumptions, estimates and facts."""
    counts = evidence.coefficients["basis"].value_counts()
    total = int(counts.sum())
    share = f"{100 * counts.get('assumption', 0) / total:.0f}" if total else "0"
    kinds = [text("basis.count", lang, basis=label(str(basis), lang), n=n) for basis, n in counts.items()]
    return text("basis.share", lang, total=total, listed=listed(kinds, lang), share=share)


def reference_words(
    windows: pd.DataFrame, target: str, required: float, outlook: Outlook, lang: str = "zh"
) -> str:
    """Return where the growth that a target needs lies among what a reference class did next, and when that was.

    `windows` is what `Evidence.comparable` returns for the target, `required` in % a year, compound.
    """
    n = len(windows)
    less = int((windows["next"] < 100 * math.log1p(required / 100)).sum())
    first, middle, last = (int(windows["start"].quantile(q)) for q in (0, 0.5, 1))
    return text(
        "reference.place",
        lang,
        name=name_of(target, outlook.plan, lang),
        required=figure(required, 2),
        n=n,
        less=less,
        share=f"{100 * less / n:.1f}",
        first=first,
        middle=middle,
        last=last,
    )


def shrinkage_words(slopes: pd.DataFrame, lang: str = "zh") -> str:
    """Return how much of a city's lead over its province lasts.

    `slopes`: by panel variable (gdp, credit), value and sd.
    """
    leads = [
        text(
            "value_of",
            lang,
            name=text(f"panel.{key}", lang),
            value=f"{figure(row['value'], 2)} ± {row['sd']:.2f}",
        )
        for key, row in slopes.iterrows()
    ]
    return text("shrinkage.lead", lang, listed=text("list_clauses", lang).join(leads))


def backtest_words(table: pd.DataFrame, lang: str = "zh") -> list[str]:
    """Return how the chosen specification of the forecast fared, by era: against naive forecasts, and its intervals.

    `table` is that of ``data/backtest.csv``; eras that contain others are left out.
    """
    chosen = table[table["note"].fillna("").str.startswith("chosen")]
    eras = [era for era in chosen["starts"].unique() if era != _longest(chosen)]
    return [_era_sentence(chosen[chosen["starts"] == era], era, lang) for era in sorted(eras)]


def _longest(chosen: pd.DataFrame) -> str:
    """Return the era that spans the others."""
    spans = {era: int(era.split("-")[1]) - int(era.split("-")[0]) for era in map(str, chosen["starts"])}
    return max(spans, key=lambda era: spans[era]) if len(spans) > 1 else ""


def _era_sentence(rows: pd.DataFrame, era: str, lang: str) -> str:
    parts = [_variable_words(row, lang) for row in rows_of(rows)]
    return text("backtest.era", lang, years=era.replace("-", "–"), parts=listed_apart(parts, lang))


def _variable_words(row: Mapping[str, object], lang: str) -> str:
    covered = float(str(row["coverage_80"]))
    return text(
        "backtest.variable",
        lang,
        name=text(f"panel.{row['variable']}", lang),
        n=f"{row['n']:,}",
        ratio=f"{float(str(row['ratio'])):.2f}",
        error=f"{float(str(row['ratio_se'])):.2f}",
        covered=f"{100 * covered:.1f}",
        width=text(_width(covered), lang),
    )


def _width(covered: float) -> str:
    if covered < FAR_TOO_NARROW:
        return "backtest.far_too_narrow"
    if covered < NOMINAL - ABOUT_RIGHT:
        return "backtest.too_narrow"
    return "backtest.too_wide" if covered > NOMINAL + ABOUT_RIGHT else "backtest.about_right"


def pace_words(name: str, spans: Mapping[str, float], lang: str = "zh") -> str:
    """Return how fast a series grew over several spans of years (% a year), and whether it slowed each time."""
    paces = list(spans.values())
    slowed = len(paces) > 1 and all(later < earlier for earlier, later in pairwise(paces))
    by_span = listed(
        (text("value_in", lang, year=years, value=growth(pace)) for years, pace in spans.items()), lang
    )
    return text("pace.slower" if slowed else "pace.growth", lang, name=name, listed=by_span)

"""Labels: tables ready to be shown, their words in a language, and numbers as they are shown."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Mapping

import pandas as pd

from planmodel.base.messages import label, unit_name
from planmodel.base.simulated import NORMAL_95, RULE_OF_THREE, SMALLEST_SHOWN
from planmodel.plan.plan import Plan
from planmodel.show.voice import Voice

__all__ = [
    "Sheet",
    "figure",
    "growth",
    "label",
    "level",
    "name_of",
    "named",
    "names",
    "percent",
    "points",
    "sheet",
    "system_name",
    "table",
    "unit_name",
]

PROBABILITIES = (
    *("probability", "exactly", "at_least", "all", "indicators_all", "lower", "upper"),
    *("half", "as_assumed", "double"),
    *("first", "second"),
    *("before", "after", "required_probability", "alone"),
    *("probability_alone", "chi2_tail"),
    *("base_rate", "coverage", "density", "mass", "quasi_p"),
)
CHANGES = ("change", "change_alone")
# Shares of a variance, which may be negative.
SHARES = ("variance_share", "first_order", "total_order")
GROWTHS = (
    *("required", "history", "slack", "median_growth", "shortfall", "needed_growth"),
    *("required_from_median", "remaining_rate", "average_rate"),
    *("central_growth", "path_growth", "growth_difference"),
    *("source_growth", "effect", "slack_alone", "slack_change", "source_sd", "weight", "low", "high"),
    *("growth_x", "growth_y", "expected"),
)
LEVELS = (
    *("base", "target_value", "median", "value", "sd", "size", "persistence"),
    *("level", "prior", "latest", "median_now", "even_odds", "projected"),
    *("central", "on_path"),
)
RATIOS = (
    *("linear", "log", "cagr_ratio", "schedule_ratio", "log_schedule_ratio", "statcan_score"),
    *("delta", "q", "largest_correlation"),
)


def percent(probability: float, error: float = 0.0, draws: float = 0.0) -> str:
    """Return a probability as % with one decimal and, where it was simulated, its standard error.

    As many decimals as the error's first significant digit, at least one.
    A simulated probability under 0.1 % is shown as an upper 95 % bound, an exact one as ``<0.1%``.
    """
    if math.isnan(probability):
        return "–"
    if probability < SMALLEST_SHOWN:
        bound = SMALLEST_SHOWN
        if error > 0:
            bound = probability + NORMAL_95 * error
        elif draws > 0:
            bound = RULE_OF_THREE / draws
        return f"<{100 * bound:.2g}%"
    if probability > 1 - SMALLEST_SHOWN and not error:
        return ">99.9%" if probability < 1 else "100%"
    if error <= 0:
        return f"{100 * probability:.1f}%"
    # One significant digit of the error decides.
    digits = max(1, -math.floor(math.log10(float(f"{100 * error:.1g}"))))
    return f"{100 * probability:.{digits}f} ± {100 * error:.{digits}f}%"


def points(change: float) -> str:
    """Return the change of a probability in percentage points with one decimal and its sign."""
    if math.isnan(change):
        return "–"
    return difference(100 * change)


def difference(value: float) -> str:
    """Return a difference with one decimal and its sign."""
    # Adding 0 turns the -0.0 that rounding leaves into 0.0.
    rounded = round(value, 1) + 0
    return signed(f"{rounded:+.1f}") if rounded else "0.0"


def level(value: float) -> str:
    """Return a level to four significant digits, without an exponent."""
    if math.isnan(value):
        return "–"
    decimals = max(0, 3 - math.floor(math.log10(abs(value)))) if value else 0
    text = signed(f"{value:,.{decimals}f}")
    return text.rstrip("0").rstrip(".") if "." in text else text


def growth(value: float) -> str:
    """Return growth or points of growth with one decimal."""
    return "–" if math.isnan(value) else figure(value, 1)


def figure(value: float, decimals: int) -> str:
    """Return a number with so many decimals, without a negative zero."""
    # Adding 0 turns the -0.0 that rounding leaves into 0.0.
    return signed(f"{round(value, decimals) + 0:.{decimals}f}")


def signed(number: str) -> str:
    """Return a number as it is shown: its minus is a minus, no hyphen."""
    return number.replace("-", "−")


def table(frame: pd.DataFrame, lang: str = "zh", names: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return a result for display: columns renamed, every number rounded into text.

    Probabilities become % with one decimal (± standard error where simulated), levels four digits, growth one
    decimal. Standard errors have no column of their own: `X_standard_error` belongs to X, `standard_error` to
    every other probability but the bounds `lower` and `upper`. `names` gives column labels beyond the shared ones.
    """
    shown: dict[str, list[str]] = {}
    for column in frame.columns:
        if str(column).endswith("standard_error"):
            continue
        head = (names or {}).get(str(column)) or label(str(column), lang)
        shown[head] = _texts(frame[column], _errors(frame, str(column)), lang)
    return pd.DataFrame(shown)


def _errors(frame: pd.DataFrame, column: str) -> pd.Series:
    """Return the standard errors that belong to a column; 0 where a figure is exact."""
    for name in (f"{column}_standard_error", "standard_error"):
        if name in frame and column not in ("lower", "upper"):
            return frame[name]
    return pd.Series(0.0, index=frame.index)


def _texts(column: pd.Series, errors: pd.Series, lang: str) -> list[str]:
    name = str(column.name)
    if name in PROBABILITIES:
        return [percent(float(p), float(e)) for p, e in zip(column, errors, strict=True)]
    if name in SHARES:
        return ["–" if math.isnan(share) else f"{figure(100 * share, 1)}%" for share in column]
    if name in CHANGES:
        return [points(float(change)) for change in column]
    if name in LEVELS:
        return [level(float(value)) for value in column]
    if name in GROWTHS:
        return [growth(float(value)) for value in column]
    if name in RATIOS:
        return ["–" if math.isnan(value) else figure(value, 2) for value in column]
    if name == "percentile":
        return ["–" if math.isnan(value) else f"{value:.0f}" for value in column]
    if column.dtype == bool:
        return [label("yes" if value else "no", lang) for value in column]
    return [label(str(value), lang) for value in column]


def named(frame: pd.DataFrame, plan: Plan, lang: str = "zh") -> pd.DataFrame:
    """Return a result with names in the column `target`, in place of its identifiers."""
    result = frame.drop(columns=["indicator", "area"], errors="ignore")
    result["target"] = [name_of(str(target), plan, lang) for target in frame["target"]]
    return result


def name_of(target: str, plan: Plan, lang: str = "zh") -> str:
    """Return the name of a target, quantity, driver or rest of a denominator, e.g. ``assets.core``."""
    return Voice(plan, lang).name(target)


def system_name(plan: Plan, kind: str, system: str, lang: str = "zh") -> str:
    """Return the name of a measure's system: as the plan declares it, else what the measure is, or its own word."""
    return Voice(plan, lang).system(kind, system)


def names(targets: Iterable[str], plan: Plan, lang: str) -> str:
    """Return the names of targets as one enumeration, the areas of an indicator together."""
    return Voice(plan, lang).names(targets)


_NUMBER = re.compile(r"[<>]?[-−+]?[\d,]+(\.\d+)?( ± [\d.]+)?(%)?|–")


class Sheet:
    """A table of texts as a notebook shows it: no index, no cut-off cells, numbers to the right."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    def __repr__(self) -> str:
        return self.frame.to_string(index=False)

    @property
    def html(self) -> str:
        """The table as HTML; every text is escaped. Of a table without rows nothing is shown."""
        if self.frame.empty:
            return ""
        heads = "".join(_head(str(column), self.frame[column]) for column in self.frame.columns)
        body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>\n" for row in self.frame.to_numpy().tolist())
        return f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>"

    def _repr_html_(self) -> str:
        return self.html


# A text this short, such as a unit, is not broken over two lines.
SHORT = 12


def _head(text: str, column: pd.Series) -> str:
    """Return a column's head, aligned as its cells are."""
    numbers = len(column) > 0 and all(_NUMBER.fullmatch(str(cell)) for cell in column)
    return f'<th style="text-align: {"right" if numbers else "left"}">{html.escape(text)}</th>'


def _cell(text: str) -> str:
    number = _NUMBER.fullmatch(text) is not None
    style = f"text-align: {'right' if number else 'left'}"
    if number or len(text) <= SHORT:
        style += "; white-space: nowrap"
    return f'<td style="{style}">{html.escape(text)}</td>'


def sheet(
    frame: pd.DataFrame, lang: str = "zh", names: Mapping[str, str] | None = None, plan: Plan | None = None
) -> Sheet:
    """Return a result ready to show: as `table`, with names of targets where a plan is given."""
    return Sheet(table(frame if plan is None else named(frame, plan, lang), lang, names))

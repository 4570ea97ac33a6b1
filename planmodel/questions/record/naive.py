"""Naive forecasts: what an outlook has to beat to be worth its trouble."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from planmodel.base import columns
from planmodel.base.tables import Column, read_csv
from planmodel.law.condition import Condition
from planmodel.law.quantity import Quantity
from planmodel.model.outlook import Outlook
from planmodel.plan.plan import data_folder

METHODS = ("same_growth", "closed_windows")

PAST_COLUMNS = {
    "variable": Column(),
    "since": Column("year", low=1900, high=2200),
    "until": Column("year", low=1900, high=2200),
    "growth": Column("number", low=-99),
    "reference": Column(),
    "source": Column(),
}


def naive_forecasts(outlook: Outlook) -> pd.DataFrame:
    """Return the naive forecasts of every quantity, formed with what the outlook itself could know.

    Both start from the last level known (a figure, or the level known the year before with its growth observed) and
    let it grow at one rate; what differs is the rate:

    - ``same_growth``: the own growth of the five years to the plan's base year goes on; its spread is the root
      mean square of that rule's errors in all windows of comparable cities closed by then.
    - ``closed_windows``: the mean growth of all those windows; its spread is their standard deviation.

    The error of average growth is taken to be as wide over fewer years as over the windows' five, so the log
    level h years ahead is N(log start + h·growth, (h·spread)²).

    Returns
    -------
    DataFrame
        variable, method, start_year, start_value (in the quantity's unit); growth and spread (log % a year);
        windows (their number); reason (why a forecast cannot be formed, else empty).
    """
    past, rows = _past_growth(outlook), []
    figures = sorted(outlook.observed, key=lambda figure: figure.subject.year)
    for quantity in outlook.quantities:
        start = _last_known(outlook, quantity, figures)
        growth, reference = past.get(quantity.name, (math.nan, ""))
        windows = outlook.model.evidence.reference
        windows = windows[windows["variable"] == reference]
        rows += [(quantity.name, method, *start, *_rate(method, growth, windows)) for method in METHODS]
    return columns.frame("naive_forecasts", rows)


def _rate(method: str, growth: float, windows: pd.DataFrame) -> tuple[float, float, int, str]:
    n = len(windows)
    if method == "same_growth" and math.isnan(growth):
        return math.nan, math.nan, n, "no_own_growth"
    if not n:
        return math.nan, math.nan, 0, "no_reference_class"
    if method == "closed_windows":
        return float(windows["next"].mean()), float(windows["next"].std()), n, ""
    errors = windows["next"] - windows["past"]
    return 100 * math.log1p(growth / 100), float(np.sqrt((errors**2).mean())), n, ""


def _past_growth(outlook: Outlook) -> dict[str, tuple[float, str]]:
    """Return own past growth (% a year) and the panel variable of each quantity for which either is known."""
    evidence = outlook.model.evidence
    history = evidence.history.set_index("target")["growth"]
    known = {
        quantity.name: (
            float(history.get(quantity.name, math.nan)),
            evidence.reference_variable(quantity.name),
        )
        for quantity in outlook.quantities
    }
    path = data_folder(outlook.plan) / "past_growth.csv"
    for row in read_csv(path, PAST_COLUMNS, ("variable",)) if path.is_file() else []:
        known[row["variable"]] = (row["growth"], row["reference"])
    return known


def _last_known(outlook: Outlook, quantity: Quantity, figures: Sequence[Condition]) -> tuple[int, float]:
    """Return the year and value of the last level known: observed, or grown from one known the year before."""
    law, year = outlook.model.law, outlook.plan.base_year
    value = float(law.values(quantity, law.mean)[0])
    for figure in (figure for figure in figures if figure.subject.quantity.name == quantity.name):
        seen = figure.subject.year
        if not figure.of_growth:
            year, value = seen, quantity.scale * math.exp(figure.value)
        elif seen == year + 1:
            year, value = seen, value * math.exp(figure.value - figure.start)
    return year, value

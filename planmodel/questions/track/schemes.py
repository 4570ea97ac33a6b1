"""What each monitoring scheme calls a given progress: cut-offs are data, and one evaluator reads them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from planmodel.base.files import shipped
from planmodel.base.problems import InputError, Problem, nearest, phrase
from planmodel.base.tables import Column, read_csv

COLUMNS = {
    "scheme": Column("name"),
    "metric": Column("name"),
    "lower": Column(),
    "inclusive": Column(choices=("yes", "no")),
    "code": Column("name"),
    "symbol": Column(required=False),
    "on_track": Column(choices=("yes", "no")),
    "basis": Column(choices=("published", "unchecked", "assumption")),
    "source": Column(),
}

# A ratio of two growth rates carries rounding errors of this size: 0.95 computed must count as 0.95.
ROUNDING = 1e-12

# Statistics Canada's score is linear between these (ratio, score) pairs, and flat outside.
SCORE_RATIOS, SCORES = (-0.6, 0.6, 1.3), (-5.0, 0.0, 5.0)


@cache
def _schemes() -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in read_csv(shipped("data", "schemes.csv"), COLUMNS):
        rows.setdefault(row["scheme"], []).append({**row.values, "lower": float(row["lower"])})
    return rows


# A scheme is its rows in the table: who adds some adds a scheme.
SCHEMES = tuple(_schemes())


def scheme_table() -> pd.DataFrame:
    """Return every scheme's classes in the order in which they are tried.

    Columns scheme, metric, lower, inclusive (whether the bound itself belongs to the class), code, symbol,
    on_track (whether the class counts as on track or better), basis (published; unchecked: quoted from memory; assumption: our own cut-off), source.
    """
    return pd.DataFrame([row for rows in _schemes().values() for row in rows], columns=list(COLUMNS))


def scheme_rows(scheme: str) -> list[dict[str, Any]]:
    """Return the classes of a scheme, best first.

    Raises
    ------
    InputError
        If there is no such scheme, with the nearest name.
    """
    known = _schemes()
    if scheme not in known:
        expected = phrase("expected.one_of", names=", ".join(known))
        raise InputError([Problem("scheme", "", repr(scheme), expected, nearest(scheme, known))])
    return known[scheme]


def classify(progress: pd.Series | Mapping[str, float], scheme: str = "eurostat") -> str:
    """Return the class that a scheme puts a progress into, as an English code.

    Parameters
    ----------
    progress : Series
        As `planmodel.progress` returns it.
    scheme : str
        eurostat, statcan (growth so far over growth needed), unsd (projected end value), escap, sdsn,
        cn_schedule (share done over share of time gone). A target that is met is met in all of them. A target
        equal to its base that is not met has the last class of each: a missed level has moved away, and every
        ratio falls without bound as the target nears the base (only SDSN's text says so; for the others it is
        ours). The cut-offs of cn_schedule are our own: none were published.

    Raises
    ------
    InputError
        If there is no such scheme, or its measure is not defined for this progress.
    """
    rows = scheme_rows(scheme)
    for row in rows:
        if _within(float(progress.get(row["metric"], math.nan)), row):
            return str(row["code"])
    metric = rows[-1]["metric"]
    why = phrase("found.no_progress_value")
    raise InputError(
        [Problem(phrase("place.scheme", scheme=scheme), metric, why, phrase("expected.defined_progress"))]
    )


def _within(value: float, row: Mapping[str, Any]) -> bool:
    """Whether a measure reaches the lower bound of a class."""
    if row["inclusive"] == "yes":
        return bool(value >= row["lower"] - ROUNDING)
    return bool(value > row["lower"] + ROUNDING)


def statcan_score(progress: pd.Series | Mapping[str, float]) -> float:
    """Return Statistics Canada's score, from -5 to 5: 5 where the target is met, else linear in the ratio.

    -5 at a ratio of -0.6 or less, 0 at 0.6, 5 at 1.3 or more; -5 also where a level to be kept is lost (that
    limit is ours). NaN where the ratio is not defined.
    """
    if progress["met"] == 1:
        return SCORES[-1]
    if progress.get("level_lost") == 1:
        return SCORES[0]
    ratio = float(progress["cagr_ratio"])
    return math.nan if math.isnan(ratio) else float(np.interp(ratio, SCORE_RATIOS, SCORES))


def class_bound(scheme: str, code: str) -> float:
    """Return the ratio at which a class of a scheme begins, e.g. 1.1 for `ahead` of cn_schedule."""
    return next(float(row["lower"]) for row in scheme_rows(scheme) if row["code"] == code)


def on_track(scheme: str, code: str) -> bool:
    """Whether a class counts as on track, or better, in its scheme."""
    return any(row["code"] == code and row["on_track"] == "yes" for row in scheme_rows(scheme))


def class_rank(scheme: str, code: str) -> float:
    """Return the place of a class among those of its scheme: 1 for the best, 0 for the worst; NaN if it is none."""
    codes = list(dict.fromkeys(row["code"] for row in scheme_rows(scheme)))
    return 1 - codes.index(code) / (len(codes) - 1) if code in codes else math.nan

"""Verdicts on a target: safe, open or out of reach. The cut-offs are this project's own."""

from __future__ import annotations

import math

SAFE = 0.9
OUT_OF_REACH = 0.1

VERDICTS = ("safe", "open", "out_of_reach", "no_base")


def verdict(probability: float) -> str:
    """Return `safe` from 90 %, `out_of_reach` below 10 %, `open` between.

    `no_base` where there is no probability, for want of a base value.
    """
    if math.isnan(probability):
        return "no_base"
    if probability >= SAFE:
        return "safe"
    return "out_of_reach" if probability < OUT_OF_REACH else "open"

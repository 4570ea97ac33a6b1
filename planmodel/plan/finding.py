"""A finding of the audit: what was tested, on which figures, and what came out, in codes and figures."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

from planmodel.plan.intervals import Interval

# Between the names of several things in one cell; no name holds it.
BETWEEN = " + "


class Finding(NamedTuple):
    """One row of `planmodel.audit`: its columns, in order."""

    check: str
    subject: str
    stated: float
    implied: float
    low: float
    high: float
    verdict: str
    quantity: str = ""
    year: int | None = None
    unit: str = ""
    other: str = ""
    parts: str = ""
    from_value: float = math.nan
    target_value: float = math.nan

    @classmethod
    def of(
        cls,
        check: str,
        subject: str,
        implied: Interval,
        verdict: str,
        stated: float = math.nan,
        **about: Any,
    ) -> Finding:
        """Make one of what the other figures say, and of what it is about."""
        return cls(check, subject, stated, implied.value, implied.low, implied.high, verdict, **about)


def joined(names: Iterable[str]) -> str:
    """Return several names as one cell."""
    return BETWEEN.join(names)

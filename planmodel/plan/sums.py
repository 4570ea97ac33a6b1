"""Sums in the audit: parts against their whole, and what a whole and one part of it leave for the rest."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from planmodel.base.frames import rows_of
from planmodel.base.units import conversion_factor, convertible
from planmodel.plan.area import join_name
from planmodel.plan.finding import Finding, joined
from planmodel.plan.intervals import Interval
from planmodel.plan.plan import Plan
from planmodel.plan.target import AT_LEAST, Target

Targets = Mapping[str, Target]
Fact = Mapping[str, Any]


def whole_of(target: Target, plan: Plan) -> str:
    """Return the target that a target is a part of: by its row, or by its area in plan.yaml; empty if none."""
    area = target.part_of or plan.areas[target.area].part_of
    return join_name(target.indicator, area) if area else ""


def parts_together(plan: Plan, targets: Targets) -> Iterator[Finding]:
    """Hold the parts of each whole, added up, against it: as printed at the base, and as the targets ask.

    One part that its whole has room for says nothing: its rest is told elsewhere.
    """
    for name, whole in targets.items():
        parts = [
            target for target in targets.values() if target.kind != "ratio" and whole_of(target, plan) == name
        ]
        if not parts or any(not convertible(part.unit, whole.unit) for part in parts):
            continue
        for base, year in ((True, plan.base_year), (False, plan.target_year)):
            total, limit = _sum(parts, whole, base), whole.interval(base)
            above = total.low > limit.high * (1 + 1e-9)
            if math.isfinite(total.value + limit.value) and (above or len(parts) > 1):
                yield Finding.of(
                    "sum of parts",
                    f"{whole.indicator}.parts.{year}",
                    total,
                    _verdict(parts, whole, base) if above else "consistent",
                    stated=limit.value,
                    quantity=name,
                    year=year,
                    unit=whole.unit,
                    parts=joined(part.name for part in parts),
                )


def _sum(parts: list[Target], whole: Target, base: bool) -> Interval:
    figures = [part.interval(base).times(conversion_factor(part.unit, whole.unit)) for part in parts]
    return Interval(*(sum(getattr(one, end) for one in figures) for end in ("value", "low", "high")))


def _verdict(parts: list[Target], whole: Target, base: bool) -> str:
    """Floors of parts above a floor of their whole can all be met: the whole then goes beyond its own."""
    if base:
        return "implication" if whole.base_bound == AT_LEAST else "contradiction"
    floors = all(part.at_least for part in parts)
    return "contradiction" if floors and not whole.at_least else "implication"


def rests_stated(plan: Plan, targets: Targets) -> Iterator[Finding]:
    """What is left of a whole beside the one part of it that the document states, and how that grew.

    plan.yaml's `sums` says what a whole is made of: deposits and loans of deposits, and of loans.
    """
    facts = rows_of(plan.facts)
    for indicator, addends in (plan.meta.get("sums") or {}).items():
        for whole in targets.values():
            if whole.indicator != indicator or not whole.stated:
                continue
            for part, rest in (addends, addends[::-1]):
                level = _fact(facts, part, whole.area, "level")
                if level and not _fact(facts, rest, whole.area, "level"):
                    yield from _rest(plan, whole, level, rest, facts)


def _fact(facts: list[dict[str, Any]], indicator: str, area: str, form: str) -> dict[str, Any] | None:
    found = (f for f in facts if (f["indicator"], f["area"], f["form"]) == (indicator, area, form))
    return next(found, None)


def _rest(
    plan: Plan, whole: Target, level: Fact, rest: str, facts: list[dict[str, Any]]
) -> Iterator[Finding]:
    if level["year"] != plan.base_year or not convertible(level["unit"], whole.unit):
        return
    factor = conversion_factor(whole.unit, level["unit"])
    total, part = whole.interval(base=True).times(factor), Interval.printed(level["value"], level["step"])
    now = total - part
    area, name = whole.area, join_name(rest, whole.area)
    yield Finding.of(
        "rest of a sum",
        name,
        now,
        "contradiction" if now.high < 0 else "implication",
        quantity=name,
        year=plan.base_year,
        unit=level["unit"],
        other=level["fact"],
    )
    before, after = (_fact(facts, n, area, "growth") for n in (whole.indicator, level["indicator"]))
    if not before or not after or before["since"] != after["since"] or before["year"] != after["year"]:
        return
    growth = _growth((total, before), (part, after))
    if growth is None or before["year"] != plan.base_year:
        return
    yield Finding.of(
        "rest of a sum",
        f"{name}.growth",
        growth,
        "implication",
        quantity=name,
        year=plan.base_year,
        unit="%",
        other=level["fact"],
        parts=joined((before["fact"], after["fact"])),
    )


def _growth(whole: tuple[Interval, Fact], part: tuple[Interval, Fact]) -> Interval | None:
    """Return the rest's growth (%), with its bounds over the corners of what rounding leaves open."""
    figures = [
        figure
        for now, fact in (whole, part)
        for figure in (now, Interval.printed(fact["value"], fact["step"]))
    ]
    corners = product(*((figure.low, figure.high) for figure in figures))
    found = [_rest_growth(*ends) for ends in ([figure.value for figure in figures], *corners)]
    if not all(map(math.isfinite, found)):
        return None
    return Interval(found[0], min(found), max(found))


def _rest_growth(whole: float, whole_growth: float, part: float, part_growth: float) -> float:
    """Return the growth (%) of what is left beside a part; NaN where nothing is left, now or before."""
    now = whole - part
    then = whole / (1 + whole_growth / 100) - part / (1 + part_growth / 100)
    return 100 * (now / then - 1) if now > 0 and then > 0 else math.nan

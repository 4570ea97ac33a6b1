"""The audit: what a plan says, tested against what the plan says."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import pandas as pd

from planmodel.base import columns
from planmodel.base.frames import rows_of
from planmodel.plan.area import join_name
from planmodel.plan.finding import Finding, joined
from planmodel.plan.intervals import Interval
from planmodel.plan.plan import Plan
from planmodel.plan.ratio import SCALE
from planmodel.plan.sums import parts_together, rests_stated
from planmodel.plan.target import Target

Targets = Mapping[str, Target]


class Audit(pd.DataFrame):
    """The table of `audit`, which knows its plan: what it says are codes and names of the plan.

    Attributes
    ----------
    plan : Plan
        Whose figures were tested.
    """

    _metadata = ["plan"]  # noqa: RUF012 (as pandas declares it)
    plan: Plan

    @property
    def _constructor(self) -> type[Audit]:
        return Audit


def audit(plan: Plan) -> Audit:
    """Test a plan's figures against each other.

    Returns
    -------
    Audit
        check, subject; stated (the printed figure); implied (what the other figures say), low and high (its
        interval, from the rounding of printed figures); verdict; what they are figures of: quantity, year,
        unit; other and parts (what they are held against), from_value and target_value (where growth starts
        and ends). `planmodel.words.audit_words` says them.
        Verdicts: ``consistent``; ``contradiction`` (the intervals do not meet); ``implication`` (what follows
        if the targets are met exactly); ``pattern``; ``unknown`` (nothing to test against).
    """
    targets = plan.by_name
    rows = [
        *_stated_shares(plan, targets),
        *_stated_levels(plan, targets),
        *_table_ratios(plan, targets),
        *_denominators(plan, targets),
        *_rests(plan, targets),
        *parts_together(plan, targets),
        *rests_stated(plan, targets),
        *_common_share(targets),
        *_earlier_levels(plan, targets),
        *_missing_figures(plan),
    ]
    found = Audit(columns.frame("audit", rows))
    found.plan = plan
    return found


_UNKNOWN = Interval(math.nan, math.nan, math.nan)


def _denominator(plan: Plan, targets: Targets, name: str, base: bool) -> Interval | None:
    """Return the level of a denominator such as GDP: numerator over the ratio of the whole area."""
    order = list(plan.ratios)
    ratios = (target for target in targets.values() if target.ratio is not None)
    for target in sorted(ratios, key=lambda target: order.index(target.indicator)):
        ratio = target.ratio
        numerator = targets.get(ratio.numerator) if ratio is not None else None
        if ratio is None or ratio.part or ratio.denominator != name or numerator is None:
            continue
        if not base or (target.stated and numerator.stated):
            return numerator.interval(base) / target.interval(base).times(1 / SCALE)
    return None


def _level(plan: Plan, targets: Targets, name: str) -> Interval | None:
    """Return the base level of a target or of a denominator."""
    if name in targets and targets[name].stated:
        return targets[name].interval(base=True)
    return _denominator(plan, targets, name, base=True)


def _verdict(stated: Interval, implied: Interval) -> str:
    return "consistent" if stated.meets(implied) else "contradiction"


def _stated_shares(plan: Plan, targets: Targets) -> Iterator[Finding]:
    for fact in rows_of(plan.facts[plan.facts["form"] == "share"]):
        name = join_name(fact["indicator"], fact["area"])
        part, whole = _level(plan, targets, name), _level(plan, targets, fact["of"])
        stated = Interval.printed(fact["value"], fact["step"])
        if part is None or whole is None:
            yield Finding.of(
                "share", fact["fact"], _UNKNOWN, "unknown", stated=stated.value, quantity=name, unit="%"
            )
            continue
        implied = (part / whole).times(100)
        verdict = _verdict(stated, implied)
        other = "" if verdict == "consistent" else _fitting_whole(plan, targets, name, part, stated)
        yield Finding.of(
            "share", fact["fact"], implied, verdict, stated=stated.value, quantity=name, unit="%", other=other
        )


def _fitting_whole(plan: Plan, targets: Targets, name: str, part: Interval, stated: Interval) -> str:
    """Return the whole that a stated share does fit, if there is one: usually the sentence names the wrong one."""
    for other in targets:
        whole = _level(plan, targets, other)
        if other != name and whole is not None and (part / whole).times(100).meets(stated):
            return other
    return ""


def _stated_levels(plan: Plan, targets: Targets) -> Iterator[Finding]:
    facts = plan.facts
    for fact in rows_of(facts[(facts["form"] == "level") & (facts["year"] == plan.base_year)]):
        target = targets.get(join_name(fact["indicator"], fact["area"]))
        if target is None or fact["unit"] != target.unit or not target.stated:
            continue
        stated, implied = Interval.printed(fact["value"], fact["step"]), target.interval(base=True)
        yield Finding.of(
            "level",
            fact["fact"],
            implied,
            _verdict(stated, implied),
            stated=stated.value,
            quantity=target.name,
            year=plan.base_year,
            unit=target.unit,
        )


def _table_ratios(plan: Plan, targets: Targets) -> Iterator[Finding]:
    """Hold the ratio of a part against its numerator and the denominator of the whole area."""
    for name, target in targets.items():
        ratio = target.ratio
        if ratio is None or not ratio.part:
            continue
        numerator = targets.get(ratio.numerator)
        for base, year in ((True, plan.base_year), (False, plan.target_year)):
            whole = _denominator(plan, targets, ratio.denominator, base)
            if numerator is None or whole is None or not (target.stated and numerator.stated):
                continue
            stated = Interval.printed(target.base if base else target.threshold, target.base_step)
            implied = (numerator.interval(base) / whole).times(SCALE)
            yield Finding.of(
                "ratio",
                f"{name}.{year}",
                implied,
                _verdict(stated, implied),
                stated=stated.value,
                quantity=name,
                year=year,
                unit=target.unit,
            )


def _denominators(plan: Plan, targets: Targets) -> Iterator[Finding]:
    """What growth of a denominator (GDP) the targets imply if they are met exactly."""
    years = plan.target_year - plan.base_year
    for target in targets.values():
        ratio = target.ratio
        if ratio is None or ratio.part or ratio.denominator in targets:
            continue
        start, end = (_denominator(plan, targets, ratio.denominator, base) for base in (True, False))
        if start is None or end is None:
            continue
        yield Finding.of(
            "implied growth",
            ratio.denominator,
            start.growth_to(end, years),
            "implication",
            quantity=ratio.denominator,
            year=plan.target_year,
            unit="%",
            from_value=start.value,
            target_value=end.value,
        )


def _pairs(targets: Targets) -> Iterator[tuple[Target, Target]]:
    for target in targets.values():
        whole = targets.get(target.whole)
        if whole is not None:
            yield target, whole


def _rests(plan: Plan, targets: Targets) -> Iterator[Finding]:
    """What remains outside the part, at the base and if both targets are met exactly."""
    for part, whole in _pairs(targets):
        if part.kind == "ratio" or not (part.stated and whole.stated):
            continue
        for check, year, base in (
            ("rest at base", plan.base_year, True),
            ("rest at target", plan.target_year, False),
        ):
            rest = whole.interval(base) - part.interval(base)
            subject = f"{part.indicator}.rest.{year}"
            yield Finding.of(
                check, subject, rest, "implication", quantity=part.name, year=year, unit=part.unit
            )


def _common_share(targets: Targets) -> Iterator[Finding]:
    """Whether all part targets are one fraction of their wholes, once printed to their step."""
    shares: dict[str, Interval] = {}
    for part, whole in _pairs(targets):
        step = part.base_step if part.base_step > 0 else 1.0
        shares[part.name] = (Interval.printed(part.threshold, step) / whole.interval(base=False)).times(100)
    if len(shares) < 2:
        return
    low, high = max(share.low for share in shares.values()), min(share.high for share in shares.values())
    if low > high:
        return
    middle = Interval((low + high) / 2, low, high)
    yield Finding.of("common share", "parts", middle, "pattern", unit="%", parts=joined(shares))


def _earlier_levels(plan: Plan, targets: Targets) -> Iterator[Finding]:
    """Levels of earlier years that follow from stated growth or a stated increase."""
    facts = plan.facts
    for fact in rows_of(facts[facts["form"].isin(["growth", "increase"])]):
        target = targets.get(join_name(fact["indicator"], fact["area"]))
        if target is None or fact["year"] != plan.base_year or not target.stated:
            continue
        change = Interval.printed(fact["value"], fact["step"])
        if fact["form"] == "growth":
            ratio = Interval(1 + change.value / 100, 1 + change.low / 100, 1 + change.high / 100)
            earlier = target.interval(base=True) / ratio
        else:
            earlier = target.interval(base=True) - change
        since = int(fact["since"])
        yield Finding.of(
            "earlier level",
            f"{target.name}.{since}",
            earlier,
            "implication",
            quantity=target.name,
            year=since,
            unit=target.unit,
        )


def _missing_figures(plan: Plan) -> Iterator[Finding]:
    for figure in plan.meta.get("figures") or ():
        if all(series["status"] == "no_data" for series in figure["series"]):
            yield Finding.of("figure", figure["id"], _UNKNOWN, "unknown")

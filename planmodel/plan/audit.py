"""The audit: what a plan says, tested against what the plan says."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from planmodel.base import columns
from planmodel.base.frames import rows_of
from planmodel.base.messages import unit_name
from planmodel.plan.area import join_name, split_name
from planmodel.plan.intervals import Interval
from planmodel.plan.plan import Plan
from planmodel.plan.ratio import SCALE
from planmodel.plan.sums import parts_together, rests_stated
from planmodel.plan.target import Target

Targets = Mapping[str, Target]


def audit(plan: Plan) -> pd.DataFrame:
    """Test a plan's figures against each other.

    Returns
    -------
    DataFrame
        check, subject; stated (the printed figure); implied (what the other figures say), low and high (its
        interval, from the rounding of printed figures); verdict; words_zh, words_en.
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
    return columns.frame("audit", rows)


def _row(
    check: str, subject: str, stated: float, implied: Interval, verdict: str, words_zh: str, words_en: str
) -> tuple[Any, ...]:
    return check, subject, stated, implied.value, implied.low, implied.high, verdict, words_zh, words_en


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


def _stated_shares(plan: Plan, targets: Targets) -> Iterator[tuple[Any, ...]]:
    for fact in rows_of(plan.facts[plan.facts["form"] == "share"]):
        subject = join_name(fact["indicator"], fact["area"])
        part, whole = _level(plan, targets, subject), _level(plan, targets, fact["of"])
        stated = Interval.printed(fact["value"], fact["step"])
        if part is None or whole is None:
            zh = f"{fact['name_zh']} {fact['value']:g}%：文件未给出分母，无法核对"
            en = f"{fact['name_en']}, {fact['value']:g} %: the document gives no denominator to test it against"
            yield _row("share", fact["fact"], fact["value"], _UNKNOWN, "unknown", zh, en)
            continue
        implied = (part / whole).times(100)
        verdict = _verdict(stated, implied)
        zh = f"{fact['name_zh']}：文中 {fact['value']:g}%，由水平推得 {implied.value:.1f}%"
        en = f"{fact['name_en']}: {fact['value']:g} % in the text, {implied.value:.1f} % from the levels"
        if verdict == "contradiction":
            extra_zh, extra_en = _explain_share(plan, targets, subject, part, stated)
            zh, en = zh + extra_zh, en + extra_en
        yield _row("share", fact["fact"], fact["value"], implied, verdict, zh, en)


def _explain_share(
    plan: Plan, targets: Targets, subject: str, part: Interval, stated: Interval
) -> tuple[str, str]:
    """Look for the whole that the stated share does fit: usually the sentence names the wrong one."""
    for name in targets:
        whole = _level(plan, targets, name)
        if name != subject and whole is not None and (part / whole).times(100).meets(stated):
            zh, en = (plan.label(*split_name(name), lang) for lang in ("zh", "en"))
            return f"；文中数字其实是占{zh}的比重", f"; the printed figure is the share of: {en}"
    return "", ""


def _stated_levels(plan: Plan, targets: Targets) -> Iterator[tuple[Any, ...]]:
    facts = plan.facts
    for fact in rows_of(facts[(facts["form"] == "level") & (facts["year"] == plan.base_year)]):
        target = targets.get(join_name(fact["indicator"], fact["area"]))
        if target is None or fact["unit"] != target.unit or not target.stated:
            continue
        stated, implied = Interval.printed(fact["value"], fact["step"]), target.interval(base=True)
        zh = f"{fact['name_zh']}：正文 {fact['value']:g}，表中 {target.base:g}"
        en = f"{fact['name_en']}: {fact['value']:g} in the text, {target.base:g} in the table"
        yield _row("level", fact["fact"], fact["value"], implied, _verdict(stated, implied), zh, en)


def _table_ratios(plan: Plan, targets: Targets) -> Iterator[tuple[Any, ...]]:
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
            zh, en = (plan.label(target.indicator, target.area, lang) for lang in ("zh", "en"))
            zh = f"{zh} {year} 年：表中 {stated.value:g}%，推得 {implied.value:.1f}%"
            en = f"{en}, {year}: {stated.value:g} % in the table, {implied.value:.1f} % from the levels"
            yield _row("ratio", f"{name}.{year}", stated.value, implied, _verdict(stated, implied), zh, en)


def _denominators(plan: Plan, targets: Targets) -> Iterator[tuple[Any, ...]]:
    """What growth of a denominator (GDP) the targets imply if they are met exactly."""
    years = plan.target_year - plan.base_year
    for target in targets.values():
        ratio = target.ratio
        if ratio is None or ratio.part or ratio.denominator in targets:
            continue
        start, end = (_denominator(plan, targets, ratio.denominator, base) for base in (True, False))
        if start is None or end is None:
            continue
        growth = start.growth_to(end, years)
        zh, en = (plan.label(*split_name(ratio.denominator), lang) for lang in ("zh", "en"))
        yield _row(
            "implied growth",
            ratio.denominator,
            math.nan,
            growth,
            "implication",
            f"两个目标恰好达到，则{zh}由 {start.value:.1f} 增至 {end.value:.0f}，年均增长 {growth.value:.2f}%",
            f"Met exactly, the targets mean that {en} grows from {start.value:.1f} to {end.value:.0f}, "
            f"{growth.value:.2f} % a year",
        )


def _pairs(targets: Targets) -> Iterator[tuple[Target, Target]]:
    for target in targets.values():
        whole = targets.get(target.whole)
        if whole is not None:
            yield target, whole


def _rests(plan: Plan, targets: Targets) -> Iterator[tuple[Any, ...]]:
    """What remains outside the part, at the base and if both targets are met exactly."""
    for part, whole in _pairs(targets):
        if part.kind == "ratio" or not (part.stated and whole.stated):
            continue
        now, then = (whole.interval(base) - part.interval(base) for base in (True, False))
        label_zh, label_en = plan.label(part.indicator, "", "zh"), plan.label(part.indicator, "", "en")
        area_zh, area_en = plan.area(part.area, "zh"), plan.area(part.area, "en")
        unit = unit_name(part.unit, "en")
        for check, year, rest, if_zh, if_en in (
            ("rest at base", plan.base_year, now, "", ""),
            (
                "rest at target",
                plan.target_year,
                then,
                "两个目标恰好达到，则",
                ", if both targets are met exactly",
            ),
        ):
            zh = f"{if_zh}{area_zh}以外的{label_zh} {year} 年为 {rest.value:.4g}{part.unit}"
            en = f"{label_en} outside {area_en} in {year}{if_en}: {rest.value:.4g} ({unit})"
            yield _row(check, f"{part.indicator}.rest.{year}", math.nan, rest, "implication", zh, en)


def _common_share(targets: Targets) -> Iterator[tuple[Any, ...]]:
    """Whether all part targets are one fraction of their wholes, once printed to their step."""
    shares = []
    for part, whole in _pairs(targets):
        step = part.base_step if part.base_step > 0 else 1.0
        shares.append((Interval.printed(part.threshold, step) / whole.interval(base=False)).times(100))
    if len(shares) < 2:
        return
    low, high = max(share.low for share in shares), min(share.high for share in shares)
    if low > high:
        return
    middle = Interval((low + high) / 2, low, high)
    yield _row(
        "common share",
        "parts",
        math.nan,
        middle,
        "pattern",
        f"{len(shares)} 个部分的目标都是各自整体的 {middle.value:.0f}%（按各自印刷精度）",
        f"All {len(shares)} targets of parts are {middle.value:.0f} % of their wholes, once printed to their step",
    )


def _earlier_levels(plan: Plan, targets: Targets) -> Iterator[tuple[Any, ...]]:
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
        zh = f"{plan.label(target.indicator)} {since} 年推得 {earlier.value:.4g}{target.unit}"
        en = f"{plan.label(target.indicator, '', 'en')} in {since}: {earlier.value:.4g} ({unit_name(target.unit, 'en')}), by arithmetic"
        yield _row("earlier level", f"{target.name}.{since}", math.nan, earlier, "implication", zh, en)


def _missing_figures(plan: Plan) -> Iterator[tuple[Any, ...]]:
    for figure in plan.meta.get("figures") or ():
        if all(series["status"] == "no_data" for series in figure["series"]):
            zh = f"{figure['id']} {figure['zh']}：只有标题，文件未给出数据"
            en = f"{figure['id']}, {figure['en']}: announced without data"
            yield _row("figure", figure["id"], math.nan, _UNKNOWN, "unknown", zh, en)

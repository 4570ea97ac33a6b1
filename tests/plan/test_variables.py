"""Variables and quantities of a plan: which there are, where they start, and how roundings enter them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_targets import RATIOS, SEVERAL

import planmodel as pm
from planmodel.law.quantity import Quantity
from planmodel.plan.plan import Plan
from planmodel.plan.target import Target
from planmodel.plan.variables import ROUNDING, Variable, plan_quantities, plan_variables

Make = Callable[..., pm.Plan]
UNSTATED = {"base": "", "base_step": ""}
SHARE = {"indicator": "share", "kind": "ratio", "unit": "%", "base": 20, "target": 25, "base_step": 0.1}
OVER = {"share": {"numerator": "value_added", "denominator": "gdp"}}


def variables(plan: pm.Plan) -> dict[str, Variable]:
    return {variable.name: variable for variable in plan_variables(plan)}


def quantities(plan: pm.Plan, drivers: Mapping[str, str] | None = None) -> dict[str, Quantity]:
    return {quantity.name: quantity for quantity in plan_quantities(plan, drivers or {})}


def base_of(quantity: Quantity, plan: pm.Plan) -> float:
    """Return what a quantity is where every variable is at its base."""
    found = variables(plan)
    u = sum(weight * found[name].base for name, weight in quantity.weights.items())
    x = found[quantity.second].base if quantity.second else 0.0
    return float(quantity.value(u, x))


def test_the_shipped_plan_has_a_level_a_share_and_a_rest(plan: pm.Plan) -> None:
    """Six levels, five shares of parts, and what is left of GDP beside financial value added."""
    roles = [variable.role for variable in plan_variables(plan)]
    assert [roles.count(role) for role in ("level", "share", "other", "rate")] == [6, 5, 1, 0]
    assert variables(plan)["other_gdp.district"].numerator == "value_added.district"
    assert {v.numerator for v in plan_variables(plan) if v.role != "other"} == {""}


def test_wholes_come_before_their_parts(plan: pm.Plan) -> None:
    """Levels, then rests and rates, then shares, whatever the order of the table."""
    roles = [variable.role for variable in plan_variables(plan)]
    assert roles == sorted(roles, key=["level", "other", "rate", "share"].index)


def test_every_quantity_starts_at_its_printed_base(make_plan: Make, tmp_path: Path, plan: pm.Plan) -> None:
    """Levels, parts, counts, ratios over a rest or a target, and rates; a part's ratio to what its levels say."""
    several = make_plan(tmp_path, targets=SEVERAL, ratios=RATIOS)
    for one in (plan, several):
        for name, quantity in quantities(one).items():
            target = one.by_name.get(name)
            if target is not None and not (target.ratio and target.ratio.part):
                assert base_of(quantity, one) == pytest.approx(target.base), name
    assert base_of(quantities(several)["share.centre"], several) == pytest.approx(100 * 60 / 500)
    assert base_of(quantities(several)["gdp.town"], several) == pytest.approx(500)


def test_quantities_come_in_order_with_units(make_plan: Make, tmp_path: Path) -> None:
    """Targets as in the table, then denominators, then drivers."""
    several = make_plan(tmp_path, targets=SEVERAL, ratios=RATIOS)
    found = quantities(several, {"wind": "index"})
    assert list(found) == [*several.by_name, "gdp.town", "wind"]
    assert {found[name].unit for name in ("output.town", "gdp.town")} == {"亿元"}
    assert (found["wind"].indicator, found["wind"].area, found["wind"].unit) == ("wind", "", "index")
    assert dict(found["wind"].weights) == {"wind": 1.0}
    assert (found["gdp.town"].indicator, found["gdp.town"].area) == ("gdp", "town")
    assert [found[name].scale for name in ("share.town", "employment.town", "output.town")] == [100, 100, 1]


def test_a_quantity_says_which_variables_it_reads(make_plan: Make, tmp_path: Path) -> None:
    """One line a form: level, part, ratio over a rest, part of it, ratio over a target, rate, denominator."""
    found = quantities(make_plan(tmp_path, targets=SEVERAL, ratios=RATIOS))
    read = {name: (q.form, dict(q.weights), q.second) for name, q in found.items()}
    over_rest = {"output.town": 1.0, "other_gdp.town": -1.0}
    assert read == {
        "output.town": ("log", {"output.town": 1.0}, ""),
        "output.centre": ("log", {"output.town": 1.0}, "output.centre"),
        "research.town": ("log", {"research.town": 1.0}, ""),
        "share.town": ("logit", over_rest, ""),
        "share.centre": ("logit", over_rest, "output.centre"),
        "intensity.town": ("log", {"research.town": 1.0, "output.town": -1.0}, ""),
        "employment.town": ("logit", {"employment.town": 1.0}, ""),
        "gdp.town": ("sum", {"output.town": 1.0}, "other_gdp.town"),
    }


@given(st.floats(0.5, 1e5), st.floats(0.1, 99.0))
def test_what_is_left_beside_a_numerator_is_the_rest(numerator: float, share: float) -> None:
    """Numerator and rest add up to the denominator that the two printed figures imply, whatever they are."""
    plan = small(numerator, share)
    rest = math.exp(variables(plan)["other_gdp.town"].base)
    assert numerator + rest == pytest.approx(100 * numerator / share, rel=1e-9)
    assert base_of(quantities(plan)["gdp.town"], plan) == pytest.approx(100 * numerator / share, rel=1e-9)


def small(numerator: float, share: float, steps: tuple[float, float] = (0.0, 0.0)) -> Plan:
    """Return the small plan with the two figures, without a file."""
    import pandas as pd
    from conftest import META, TARGET

    own = {"base_step": steps[0], "base": numerator, "target": 2 * numerator}
    rows = [TARGET | own, TARGET | SHARE | {"base": share, "base_step": steps[1]}]
    frame = pd.DataFrame([{**row, "name": f"{row['indicator']}.{row['area']}"} for row in rows])
    meta: dict[str, Any] = META | {"ratios": OVER}
    return Plan("small", Path("small"), meta, 2020, 2025, "", frame, pd.DataFrame(), pd.DataFrame())


def effect(of: str, variable: str, plan: pm.Plan, make: Callable[[float], pm.Plan]) -> float:
    """Return by how much a variable's base moves a unit of a printed figure, by a difference."""
    h = 1e-6 * plan.by_name[of].base
    up, down = (variables(make(sign * h))[variable].base for sign in (1, -1))
    return (up - down) / (2 * h)


def test_a_rounding_moves_each_variable_that_the_figure_enters() -> None:
    """As the variable's base moves with the figure, times the standard deviation of a uniform step."""
    plan = small(100.0, 20.0, (0.5, 0.2))
    found = variables(plan)
    by_numerator = effect("value_added.town", "other_gdp.town", plan, lambda h: small(100 + h, 20.0))
    by_share = effect("share.town", "other_gdp.town", plan, lambda h: small(100.0, 20 + h))
    roundings = found["other_gdp.town"].roundings
    assert roundings["value_added.town"] == pytest.approx(0.5 * ROUNDING * by_numerator, rel=1e-5)
    assert roundings["share.town"] == pytest.approx(0.2 * ROUNDING * by_share, rel=1e-5)
    assert dict(found["value_added.town"].roundings) == {
        "value_added.town": pytest.approx(0.5 * ROUNDING / 100)
    }
    assert pytest.approx(1 / math.sqrt(12)) == ROUNDING


def test_the_roundings_of_a_share_are_those_of_part_and_whole(make_plan: Make, tmp_path: Path) -> None:
    """The logit of p/w moves by dp/(p(1-p/w)) and by -dw/(w(1-p/w))."""
    rows = [{"base": 100, "base_step": 1}, {"area": "centre", "part_of": "town", "base": 60, "base_step": 2, "target": 70}]  # fmt: skip
    share = variables(make_plan(tmp_path, targets=rows))["value_added.centre"]
    assert (share.role, share.base) == ("share", pytest.approx(math.log(0.6 / 0.4)))
    assert dict(share.roundings) == {
        "value_added.centre": pytest.approx(2 * ROUNDING / 60 / 0.4),
        "value_added.town": pytest.approx(-1 * ROUNDING / 100 / 0.4),
    }


def test_the_rounding_of_a_rate_is_that_of_its_logit(make_plan: Make, tmp_path: Path) -> None:
    """The logit of 20 % moves by 1 / (100 · 0.2 · 0.8) a point."""
    plan = make_plan(tmp_path, targets=[SHARE], ratios={"share": "independent"})
    rate = variables(plan)["share.town"]
    assert (rate.role, rate.base) == ("rate", pytest.approx(math.log(0.2 / 0.8)))
    assert dict(rate.roundings) == {"share.town": pytest.approx(0.1 * ROUNDING / 16)}


def test_a_count_is_exact(make_plan: Make, tmp_path: Path) -> None:
    """Its printed step is no rounding."""
    plan = make_plan(tmp_path, targets=[{"kind": "count", "unit": "家", "base_step": 1}])
    assert dict(variables(plan)["value_added.town"].roundings) == {"value_added.town": 0.0}


def test_a_part_of_a_rate_is_a_rate_of_its_own(make_plan: Make, tmp_path: Path) -> None:
    part = SHARE | {"area": "centre", "part_of": "town", "base": 15, "target": 18}
    plan = make_plan(tmp_path, targets=[SHARE, part], ratios={"share": "independent"})
    assert [variable.role for variable in plan_variables(plan)] == ["rate", "rate"]
    assert quantities(plan)["share.centre"].second == ""


PART = {"area": "centre", "part_of": "town", "base": 60, "target": 80}


@pytest.mark.parametrize(
    "targets, known, spoken",
    [
        ([{} | UNSTATED], [], []),
        ([{} | UNSTATED, PART], [], []),
        ([{}, PART | UNSTATED], ["value_added.town"], ["value_added.town"]),
        ([{} | UNSTATED, SHARE], [], []),
        ([{}, SHARE | UNSTATED], ["value_added.town"], ["value_added.town"]),
        ([{}, SHARE], ["value_added.town", "other_gdp.town"], ["value_added.town", "share.town", "gdp.town"]),
    ],
    ids=["level", "whole", "part", "numerator", "ratio", "none"],
)
def test_what_has_no_base_has_no_variable_and_no_quantity(
    make_plan: Make, tmp_path: Path, targets: list[dict[str, Any]], known: list[str], spoken: list[str]
) -> None:
    """A base that is not printed leaves out what would start from it, and nothing else."""
    plan = make_plan(tmp_path, targets=targets, ratios=OVER)
    assert list(variables(plan)) == known
    assert list(quantities(plan)) == spoken


def test_a_part_s_ratio_needs_the_part_s_share(make_plan: Make, tmp_path: Path) -> None:
    """Where the part has no base its ratio is left out, and the whole's stays."""
    over = {"share": OVER["share"] | {"denominator_area": "town"}}
    part = SHARE | {"area": "centre", "part_of": "town", "base": 15, "target": 18}
    plan = make_plan(tmp_path, targets=[{}, PART | UNSTATED, SHARE, part], ratios=over)
    assert list(quantities(plan)) == ["value_added.town", "share.town", "gdp.town"]


def test_a_denominator_of_another_area_keeps_its_numerator(make_plan: Make, tmp_path: Path) -> None:
    """The town's share of the centre's GDP: the sum is the centre's, its numerator the town's."""
    plan = make_plan(tmp_path, targets=[{}, SHARE], ratios={"share": OVER["share"] | {"denominator_area": "centre"}})  # fmt: skip
    assert variables(plan)["other_gdp.centre"].numerator == "value_added.town"
    whole = quantities(plan)["gdp.centre"]
    assert (whole.area, dict(whole.weights), whole.second) == ("centre", {"value_added.town": 1.0}, "other_gdp.centre")  # fmt: skip


TWO_RATIOS = [
    {"indicator": "value_added", "base": 100, "target": 150},
    {"indicator": "research", "base": 12, "target": 20},
    {"indicator": "value_added_share", "kind": "ratio", "unit": "%", "base": 20, "target": 25},
    {"indicator": "research_share", "kind": "ratio", "unit": "%", "base": 2.4, "target": 3},
]
OVER_GDP: dict[str, Any] = {
    "value_added_share": {"numerator": "value_added", "denominator": "gdp"},
    "research_share": {"numerator": "research", "denominator": "gdp"},
}


@pytest.mark.parametrize(
    "more, ratios",
    [
        ([{"indicator": "gdp", "base": 500, "target": 600}], OVER_GDP),
        ([], OVER_GDP | {"research_share": "independent"}),
    ],
)
def test_two_ratios_keep_their_bases_once_told_apart(
    make_plan: Make, tmp_path: Path, more: list[dict[str, object]], ratios: dict[str, object]
) -> None:
    """With GDP among the targets, or one ratio on its own, each ratio starts from its printed base."""
    plan = make_plan(tmp_path, targets=[*TWO_RATIOS, *more], ratios=ratios)
    found = quantities(plan)
    for name, base in (("value_added_share.town", 20), ("research_share.town", 2.4)):
        assert base_of(found[name], plan) == pytest.approx(base)


def test_a_denominator_s_unit_is_its_target_s_where_it_is_one(make_plan: Make, tmp_path: Path) -> None:
    """Else that of the plan's other quantities."""
    rows = [{}, SHARE, {"indicator": "all", "target": 600} | UNSTATED]
    plan = make_plan(tmp_path, targets=rows, ratios={"share": OVER["share"] | {"denominator": "all"}})
    assert quantities(plan)["all.town"].unit == "亿元"
    assert isinstance(plan.by_name["all.town"], Target)

"""Targets, areas and ratios: what each thing of a plan says of itself, and how a plan hands them out."""

from __future__ import annotations

import dataclasses
import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import TARGET, write_plan
from frozen import thawed
from hypothesis import given
from hypothesis import strategies as st

import planmodel as pm
from planmodel import plan
from planmodel.plan.area import Area, join_name, split_name
from planmodel.plan.ratio import Ratio, denominator_of, rest_label, rest_name
from planmodel.plan.target import Target

WORDS = st.text("abcdefghijklmnopqrstuvwxyz_0123456789", min_size=1, max_size=12)


def target(**changes: Any) -> Target:
    return Target.of(TARGET | {"base": 100.0, "base_step": 0.1, "target": 120.0} | changes)


@given(WORDS, st.one_of(WORDS, st.just("")))
def test_a_name_says_indicator_and_area(indicator: str, area: str) -> None:
    """Joining and splitting undo each other, and a name without an area is the indicator's own."""
    name = join_name(indicator, area)
    assert split_name(name) == (indicator, area)
    assert name == (f"{indicator}.{area}" if area else indicator)


@given(WORDS, WORDS)
def test_the_rest_of_a_denominator_is_named_after_it(indicator: str, area: str) -> None:
    """Its denominator can be read back, and only from a rest."""
    name = join_name(indicator, area)
    assert rest_name(name) == f"other_{name}"
    assert denominator_of(rest_name(name)) == name
    assert denominator_of(name) == (name[6:] if name.startswith("other_") else "")


@pytest.mark.parametrize(
    "form, printed, threshold",
    [
        ("level", 120, 120),
        ("multiple", 1.5, 150),
        ("growth", 10, 100 * 1.1**5),
        ("growth", -10, 100 * 0.9**5),
    ],
)
def test_the_threshold_follows_from_what_is_printed(form: str, printed: float, threshold: float) -> None:
    """A level as it stands, a multiple of the base, or growth compounded over the five years."""
    assert target(target_form=form, target=printed).threshold == pytest.approx(threshold)


def test_a_target_knows_its_name_whole_and_years() -> None:
    part = target(area="centre", part_of="town")
    assert (part.name, part.whole, part.years) == ("value_added.centre", "value_added.town", 5)
    assert target().whole == ""


@pytest.mark.parametrize("kind, step, half", [("level", 0.1, 0.05), ("count", 1.0, 0.0), ("ratio", 0.2, 0.1)])
def test_a_count_is_exact_and_all_else_is_rounded(kind: str, step: float, half: float) -> None:
    """The base lies within half a step; the threshold is exact, since meeting it is what is asked."""
    found = target(kind=kind, base_step=step)
    base, asked = found.interval(base=True), found.interval(base=False)
    assert (base.value, base.low, base.high) == pytest.approx((100, 100 - half, 100 + half))
    assert (asked.value, asked.low, asked.high) == (120, 120, 120)


@pytest.mark.parametrize("base, stated", [(1.0, True), (math.nan, False)])
def test_a_base_is_stated_where_one_is_printed(base: float, stated: bool) -> None:
    assert target(base=base).stated is stated


@given(st.floats(0, 1), st.floats(-50, 50))
def test_at_most_is_at_least_turned_round(above: float, distance: float) -> None:
    """Sign, chance and being met are each other's opposite, except at the threshold itself, which meets both."""
    floor, ceiling = target(), target(direction="at_most")
    assert (floor.sign, ceiling.sign) == (1, -1)
    assert floor.at_least
    assert not ceiling.at_least
    assert floor.chance(above) == above
    assert ceiling.chance(above) == 1 - above
    assert floor.is_met(120 + distance) == (120 + distance >= 120)
    assert ceiling.is_met(120 + distance) == (120 + distance <= 120)


def test_chances_of_several_values_come_together() -> None:
    """An array of probabilities gives an array."""
    np.testing.assert_allclose(target(direction="at_most").chance(np.array([0.2, 1.0])), [0.8, 0.0])


ENTRY = {"numerator": "value_added", "denominator": "gdp"}


@pytest.mark.parametrize(
    "entry, area, part_of, numerator, whole, denominator, part",
    [
        (ENTRY, "town", "", "value_added.town", "value_added.town", "gdp.town", ""),
        (ENTRY | {"denominator_area": "town"}, "centre", "town", "value_added.centre", "value_added.town", "gdp.town", "value_added.centre"),
        (ENTRY | {"denominator_area": "city"}, "town", "", "value_added.town", "value_added.town", "gdp.city", ""),
        (ENTRY, "centre", "town", "value_added.centre", "value_added.town", "gdp.centre", "value_added.centre"),
    ],
    ids=["whole", "part", "another area", "part over its own"],
)  # fmt: skip
def test_a_ratio_names_what_is_above_and_below(
    entry: dict[str, str], area: str, part_of: str, numerator: str, whole: str, denominator: str, part: str
) -> None:
    """The numerator is of its own area, the denominator of the area that plan.yaml says, else its own too."""
    found = Ratio.of(entry, area, part_of)
    assert (found.numerator, found.whole, found.denominator) == (numerator, whole, denominator)
    assert (found.part, found.rest) == (part, f"other_{denominator}")


def test_the_rest_has_the_name_that_the_plan_gives_it() -> None:
    """The first ratio over the denominator that names it; empty where none does."""
    named = ENTRY | {"rest": {"zh": "其余", "en": "Rest"}}
    other = {"numerator": "a", "denominator": "b", "rest": {"zh": "乙", "en": "B"}}
    entries = ["independent", other, ENTRY, named]
    assert rest_label(entries, "gdp", "zh") == "其余"
    assert rest_label(entries, "gdp.town", "en") == "Rest"
    assert rest_label(["independent", ENTRY, other], "gdp", "zh") == ""


def test_an_area_has_a_name_in_both_languages() -> None:
    entry = {"zh": "中心", "en": "Centre", "part_of": "town"}
    area = Area.of("centre", entry)
    assert (area.key, area.name("zh"), area.name("en"), area.part_of) == ("centre", "中心", "Centre", "town")
    assert area.name() == "中心"
    assert Area.of("town", {"zh": "镇", "en": "Town"}).part_of == ""


RATIOS = {
    "share": {"numerator": "output", "denominator": "gdp", "denominator_area": "town"},
    "intensity": {"numerator": "research", "denominator": "output"},
    "employment": "independent",
}
SEVERAL = [
    {"indicator": "output"},
    {"indicator": "output", "area": "centre", "part_of": "town", "base": 60, "target": 80},
    {"indicator": "research", "base": 5, "target": 9},
    {"indicator": "share", "kind": "ratio", "unit": "%", "base": 20, "target": 25},
    {"indicator": "share", "area": "centre", "part_of": "town", "kind": "ratio", "unit": "%", "base": 12, "target": 15},
    {"indicator": "intensity", "kind": "ratio", "unit": "%", "base": 5, "target": 6},
    {"indicator": "employment", "kind": "ratio", "unit": "%", "base": 60, "target": 55, "direction": "at_most"},
]  # fmt: skip


def test_a_plan_with_several_ratios_has_each_with_its_key(
    make_plan: Callable[..., pm.Plan], tmp_path: Path
) -> None:
    """One over what is left beside it, one over a target, one of a part, and one on its own."""
    targets = make_plan(tmp_path, targets=SEVERAL, ratios=RATIOS).by_name
    assert targets["share.town"].ratio == Ratio("output.town", "output.town", "gdp.town")
    assert targets["share.centre"].ratio == Ratio("output.centre", "output.town", "gdp.town")
    assert targets["intensity.town"].ratio == Ratio("research.town", "research.town", "output.town")
    without = ("employment.town", "output.town", "output.centre")
    assert [targets[name].ratio for name in without] == [None] * 3


def test_the_targets_of_a_plan_are_the_rows_of_its_table(plan: pm.Plan) -> None:
    """In the same order, with the same values."""
    rows = plan.targets
    assert list(plan.by_name) == list(rows["name"])
    for column in rows.columns:
        assert [getattr(target, column) for target in plan.by_name.values()] == list(rows[column])


def test_the_areas_of_a_plan_are_those_of_its_page(plan: pm.Plan) -> None:
    assert list(plan.areas) == ["district", "core"]
    assert plan.areas["core"] == Area("core", "江北嘴片区", "Jiangbeizui", "district")
    assert plan.area("core", "en") == "Jiangbeizui"
    assert plan.area("elsewhere") == "elsewhere"


def test_nobody_changes_the_things_of_a_plan(plan: pm.Plan) -> None:
    """They are frozen, and so is the table of names; both survive pickling."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan.by_name["assets.core"].base = 1.0  # type: ignore[misc]
    for names in (plan.by_name, plan.areas):
        with pytest.raises(TypeError):
            names["new"] = None  # type: ignore[index]
    again = pickle.loads(pickle.dumps(plan))
    assert dict(again.by_name) == dict(plan.by_name)
    assert dict(again.areas) == dict(plan.areas)


def test_what_a_plan_prints_not_is_nan_or_empty(tmp_path: Path) -> None:
    """A base and its step are NaN, a text is empty."""
    found = pm.load_plan(write_plan(tmp_path, [{"base": "", "base_step": "", "obligation": "", "price": ""}]))
    (one,) = found.by_name.values()
    assert math.isnan(one.base)
    assert math.isnan(one.base_step)
    assert (one.part_of, one.obligation, one.price, one.locator) == ("", "", "", "")
    assert not one.stated


def test_plans_targets_and_areas_are_frozen() -> None:
    assert thawed(plan) == []

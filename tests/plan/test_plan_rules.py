"""The rules of a plan's tables, at their edges: what is just allowed, and what is just not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import META, csv_text, write_plan

import planmodel as pm
from planmodel.base.files import shipped
from planmodel.plan.plan import FACT_COLUMNS, data_folder

Row = Mapping[str, Any]
PART = {"area": "centre", "part_of": "town", "base": 60, "target": 80}
SHARE = {"indicator": "share", "kind": "ratio", "unit": "%", "base": 20, "base_step": 0.1, "target": 25}
KEY: dict[str, Any] = {"numerator": "value_added", "denominator": "gdp"}
FACT = {
    "fact": "said",
    "indicator": "value_added",
    "area": "town",
    "year": 2020,
    "form": "level",
    "value": 100,
    "step": 1,
    "bound": "exact",
    "name_zh": "说法",
    "name_en": "Saying",
    "locator": "part 1",
}


def problems(
    folder: Path,
    targets: Sequence[Row] = ({},),
    ratios: Mapping[str, Any] | None = None,
    fact: Row | None = None,
    **page: Any,
) -> list[tuple[str, str, str]]:
    """Write a small plan and return place, found and expected of every problem; none if it can be loaded."""
    write_plan(folder, targets, ratios=ratios)
    if page:
        changed = yaml.safe_load((folder / "plan.yaml").read_text(encoding="utf-8")) | page
        (folder / "plan.yaml").write_text(yaml.safe_dump(changed, allow_unicode=True), encoding="utf-8")
    if fact is not None:
        (folder / "facts.csv").write_text(csv_text(list(FACT_COLUMNS), [FACT | fact]), encoding="utf-8")
    try:
        pm.load_plan(folder)
    except pm.InputError as error:
        return [(problem.place, problem.found, problem.expected) for problem in error.problems]
    return []


@pytest.mark.parametrize(
    "row",
    [
        {"base": 0.5, "base_step": 0.5},
        {"base": 0.001},
        {"target": 0.001},
        {"target_form": "growth", "target": -99.9},
        {"target_form": "growth", "target": 0},
        {"target_form": "multiple", "target": 2},
        {"base": "", "base_step": ""},
        {"kind": "count", "unit": "家", "base_step": ""},
        {"kind": "count", "unit": "家", "base": 100.0},
    ],
)
def test_what_is_just_allowed_in_a_row(tmp_path: Path, row: Row) -> None:
    """A step as large as the base, tiny levels, growth just above -100 %, no base, and a count without a step."""
    assert problems(tmp_path, [row]) == []


@pytest.mark.parametrize(
    "row, column, found, expected",
    [
        ({"base": 0}, "base", "0", "a number above 0 (leave it empty if the plan states none)"),
        ({"base": 0.5, "base_step": 0.6}, "base_step", "0.6", "a step of at most the base, 0.5"),
        ({"base_step": ""}, "base_step", "nothing", "the step to which the base is printed, e.g. 0.1"),
        ({"target": 0}, "target", "0", "a number above 0"),
        ({"target": 0, "target_form": "multiple"}, "target", "0", "a number above 0"),
        ({"target": -100, "target_form": "growth"}, "target", "-100", "growth above -100% a year"),
        ({"base": "", "base_step": "", "target_form": "growth"}, "base", "nothing", "a base, which a target as growth needs"),
        ({"base": "", "base_step": "", "target_form": "multiple"}, "base", "nothing", "a base, which a target as multiple needs"),
        ({"base_year": 2019}, "base_year", "2019", "2020, as in plan.yaml"),
        ({"target_year": 2030}, "target_year", "2030", "2025, as in plan.yaml"),
        ({"kind": "count", "unit": "家", "base": 40.5}, "base", "40.5", "a whole number for a count"),
    ],
)  # fmt: skip
def test_what_is_just_not_allowed_in_a_row(
    tmp_path: Path, row: Row, column: str, found: str, expected: str
) -> None:
    assert problems(tmp_path, [row]) == [(f"line 2, column {column}", found, expected)]


@pytest.mark.parametrize("column", ["base", "target"])
@pytest.mark.parametrize("value, right", [(99.9, True), (100, False), (120, False)])
def test_a_ratio_is_below_one_hundred_percent(tmp_path: Path, column: str, value: float, right: bool) -> None:
    rows = [{"base": 1, "target": 90}, SHARE | {column: value}]
    expected = [] if right else [(f"line 3, column {column}", f"{value:g}", "a share below 100%")]
    assert problems(tmp_path, rows, {"share": KEY}) == expected


def test_a_ratio_is_in_percent(tmp_path: Path) -> None:
    found = problems(tmp_path, [SHARE | {"unit": "index"}], {"share": "independent"})
    assert found == [("line 2, column unit", "'index'", "% for a ratio")]


@pytest.mark.parametrize(
    "whole, part, expected",
    [
        ({}, {"base": 99.9, "target": 119.9}, []),
        ({}, {"base": 100}, [("line 3, column base", "100", "less than the whole, 100 in line 2")]),
        ({}, {"target": 120}, [("line 3, column target", "120", "less than the whole, 120 in line 2")]),
        ({"target_form": "growth", "target": 3}, {"target": 80}, []),
        ({}, {"target_form": "growth", "target": 200}, []),
        ({"base": "", "base_step": ""}, {}, []),
        ({}, {"base": "", "base_step": ""}, []),
        ({}, {"unit": "家"}, [("line 3, column unit", "'家'", "'亿元', as the whole in line 2")]),
        ({}, {"unit": "家", "base": 200}, [("line 3, column unit", "'家'", "'亿元', as the whole in line 2")]),
        ({"area": "rim"}, {}, [("line 3, column part_of", "no row value_added, town", "a row for the whole")]),
    ],
)  # fmt: skip
def test_a_part_is_less_than_its_whole(
    tmp_path: Path, whole: Row, part: Row, expected: list[tuple[str, str, str]]
) -> None:
    """Levels are compared with levels in one unit; a target as growth says nothing of the level beforehand."""
    areas: dict[str, Any] = META["areas"] | {"rim": {"zh": "外围", "en": "Rim"}}
    assert problems(tmp_path, [whole, PART | part], areas=areas) == expected


def test_a_part_of_a_part_is_refused(tmp_path: Path) -> None:
    areas: dict[str, Any] = META["areas"] | {"rim": {"zh": "外围", "en": "Rim"}}
    rows = [{}, PART, {"area": "rim", "part_of": "centre", "base": 30, "target": 40}]
    expected = ("line 4, column part_of", "a part of a part", "a whole that is not itself a part")
    assert problems(tmp_path, rows, areas=areas) == [expected]


@pytest.mark.parametrize(
    "fact, column, found, expected",
    [
        ({"area": "twon"}, "area", "area 'twon'", "one of: centre, town"),
        ({"form": "growth", "since": 2020}, "since", "2020", "a year before 2020"),
        ({"form": "increase"}, "since", "nothing", "the first year of the increase"),
        ({"form": "growth", "since": 2015, "value": -100}, "value", "-100", "growth above -100%"),
        ({"form": "share", "value": 10}, "of", "nothing", "what it is a share of"),
        ({"form": "share", "of": "tax.town", "value": 100.1}, "value", "100.1", "a share from 0 to 100%"),
        ({"form": "share", "of": "tax.town", "value": -0.1}, "value", "-0.1", "a share from 0 to 100%"),
    ],
)
def test_what_is_just_not_allowed_of_a_fact(
    tmp_path: Path, fact: Row, column: str, found: str, expected: str
) -> None:
    assert problems(tmp_path, fact=fact) == [(f"line 2, column {column}", found, expected)]


@pytest.mark.parametrize(
    "fact",
    [
        {"area": "elsewhere", "indicator": "tax"},
        {"area": ""},
        {"form": "growth", "since": 2019, "value": -99.9},
        {"form": "increase", "since": 2015, "value": -200},
        {"form": "share", "of": "tax.town", "value": 0},
        {"form": "share", "of": "tax.town", "value": 100},
        {"value": 0},
    ],
)
def test_what_is_just_allowed_of_a_fact(tmp_path: Path, fact: Row) -> None:
    """An area of its own for what is no target, a fall, a share of nothing or of all."""
    assert problems(tmp_path, fact=fact) == []


RATIO_PLACE = "line 3, column indicator"
DESCRIBED = "ratios.share in plan.yaml with numerator and denominator (or: independent)"


@pytest.mark.parametrize(
    "ratio, found, expected",
    [
        ({"numerator": "value_added"}, "a ratio that plan.yaml does not describe", DESCRIBED),
        ({"denominator": "gdp"}, "a ratio that plan.yaml does not describe", DESCRIBED),
        ("alone", "a ratio that plan.yaml does not describe", DESCRIBED),
        (KEY | {"rest": "other"}, "other", "rest with zh and en names in plan.yaml"),
        (KEY | {"rest": {"zh": "其余"}}, "{'zh': '其余'}", "rest with zh and en names in plan.yaml"),
        (KEY | {"rset": "x"}, "key of ratios in plan.yaml 'rset'", "one of: denominator, denominator_area, numerator, rest"),
        (KEY | {"numerator": "assets"}, "numerator 'assets'", "one of: share, value_added"),
        (KEY | {"denominator": "gpd"}, "denominator 'gpd'", "one of: gdp, share, value_added"),
        (KEY | {"denominator_area": "city"}, "denominator_area 'city'", "one of: centre, town"),
        (KEY | {"denominator": "people"}, "denominator people in 万人", "亿元, as its numerator in line 2"),
        (KEY | {"denominator": "nothing"}, "nothing with unit None", "a unit of each quantity in plan.yaml"),
        (KEY | {"denominator": "share"}, "denominator share.town of line 3, a ratio", "a level of a whole area"),
        (KEY | {"numerator": "share"}, "numerator share.town of line 3, a ratio", "a level, and part_of as here (empty)"),
    ],
)  # fmt: skip
def test_a_ratio_s_key_is_checked(tmp_path: Path, ratio: Any, found: str, expected: str) -> None:
    """What plan.yaml says of it: its keys, its names, their kinds and units."""
    quantities: dict[str, Any] = META["quantities"] | {
        "people": {"zh": "人口", "en": "People", "unit": "万人"},
        "nothing": {"zh": "无", "en": "Nothing"},
    }
    (first, *_) = problems(tmp_path, [{}, SHARE], {"share": ratio}, quantities=quantities) or [None]
    known = expected.replace("gdp, share", "gdp, nothing, people, share")
    assert first == (RATIO_PLACE, found, known)


@pytest.mark.parametrize(
    "part, key, found, expected",
    [
        ({}, {}, "numerator value_added.town of line 2, part_of empty", "a level, and part_of as here (centre)"),
        ({"part_of": ""}, {"denominator": "output", "denominator_area": "rim"}, "denominator output.rim of line 3, part_of town", "a level of a whole area"),
    ],
    ids=["numerator of a whole", "denominator of a part"],
)  # fmt: skip
def test_a_ratio_of_a_part_is_over_a_whole(
    tmp_path: Path, part: Row, key: Row, found: str, expected: str
) -> None:
    areas: dict[str, Any] = META["areas"] | {"rim": {"zh": "外围", "en": "Rim"}}
    rows = [
        {},
        {"indicator": "output", "area": "rim", "part_of": "town", "base": 60, "target": 80},
        {"indicator": "output", "base": 200, "target": 300},
        SHARE | {"part_of": "centre"} | part,
        SHARE | {"area": "centre"},
        {"area": "centre"},
    ]
    found_all = problems(tmp_path, rows, {"share": KEY | {"denominator_area": "town"} | key}, areas=areas)
    assert ("line 5, column indicator", found, expected) in found_all


@pytest.mark.parametrize(
    "entry, right", [(KEY, True), ("independent", True), ("alone", False), (KEY | {"x": "y"}, False), (KEY | {"numerator": 1}, False), ({"numerator": "a"}, False), (KEY | {"rest": {"zh": "一", "en": "a"}}, True)]
)  # fmt: skip
def test_a_ratio_that_is_no_target_is_described_all_the_same(tmp_path: Path, entry: Any, right: bool) -> None:
    expected = "numerator and denominator, both names (or: independent)"
    found = problems(tmp_path, ratios={"spare": entry})
    assert [words for _, _, words in found] == ([] if right else [expected])


@pytest.mark.parametrize("year, right", [(2021, True), (2050, True), (2020, False), (2051, False)])
def test_a_plan_looks_one_to_thirty_years_ahead(tmp_path: Path, year: int, right: bool) -> None:
    found = problems(tmp_path, [{"target_year": year}], target_year=year)
    assert [words for _, _, words in found] == ([] if right else ["1 to 30 years after base_year"])


@pytest.mark.parametrize(
    "sums, expected",
    [
        ({"value_added": ["a", "b"]}, []),
        ({"value_added": ["a", "b", "c"]}, ["a list of two names"]),
        ({"value_added": ["a", 2]}, ["a list of two names"]),
        (["a"], ["for each whole, the two variables that add up to it"]),
    ],
)
def test_a_sum_is_of_two_names(tmp_path: Path, sums: Any, expected: list[str]) -> None:
    assert [words for _, _, words in problems(tmp_path, sums=sums)] == expected


def test_ratios_without_a_base_may_share_a_denominator(tmp_path: Path) -> None:
    """Nothing is then modelled of it; with one base there is, and the two are told to part."""
    bare = {"base": "", "base_step": ""}
    rows = [{}, {"indicator": "research", "base": 5, "target": 9}, SHARE | bare, SHARE | bare | {"indicator": "second"}]  # fmt: skip
    ratios = {"share": KEY, "second": KEY | {"numerator": "research"}}
    assert problems(tmp_path / "bare", rows, ratios) == []
    (found,) = problems(tmp_path / "one", [*rows[:3], SHARE | {"indicator": "second"}], ratios)
    assert found[1] == "share.town and second.town over one denominator, gdp.town"
    assert "give gdp.town a row with its base" in found[2]


def test_what_was_inferred_fills_only_what_is_empty(tmp_path: Path) -> None:
    """Beside a plan of one's own: a price basis for a row that has none; a row that is not there is named."""
    write_plan(tmp_path, [{"price": ""}, {"indicator": "assets", "price": "constant"}])
    inferred = "indicator,area,price\nvalue_added,town,current\nassets,town,current\n"
    (tmp_path / "prices.csv").write_text(inferred, encoding="utf-8")
    before = pm.load_plan(tmp_path)
    assert list(before.targets["price"]) == ["current", "constant"]
    (tmp_path / "prices.csv").write_text(inferred + "assetts,town,current\n", encoding="utf-8")
    with pytest.raises(
        pm.InputError, match=r"line 4, column indicator: found row 'assetts.town'.*'assets.town'"
    ):
        pm.load_plan(tmp_path)


def test_the_fingerprint_is_that_of_every_file(tmp_path: Path) -> None:
    """Each file of a plan moves it, and writing the same again does not."""
    folder = write_plan(tmp_path)
    seen = [pm.load_plan(folder).fingerprint]
    for name, text in (
        ("facts.csv", csv_text(list(FACT_COLUMNS), [FACT])),
        ("measures.csv", "measure,kind,system,number,name_zh,name_en,locator\nbuild,measure,,1,修,Build,x\n"),
        ("measure_variables.csv", "measure,variables\nbuild,value_added.town\n"),
    ):
        (folder / name).write_text(text, encoding="utf-8")
        seen.append(pm.load_plan(folder).fingerprint)
    assert len(set(seen)) == 4
    assert list(pm.load_plan(folder).measures["variables"]) == ["value_added.town"]
    assert pm.load_plan(folder).fingerprint == seen[-1]


def test_a_plan_names_what_it_speaks_of(plan: pm.Plan) -> None:
    """In both languages, an unknown name as it stands; its years, title and a short line in print."""
    assert plan.label("gdp") == "地区生产总值"
    assert plan.label("assets", "core", "en") == "Financial assets, Jiangbeizui"
    assert plan.label("assets", "core") == "金融资产规模（江北嘴片区）"
    assert plan.label("city_gdp", lang="en") == "City GDP"
    assert plan.label("unheard") == "unheard"
    assert list(plan.years) == [2021, 2022, 2023, 2024, 2025]
    assert plan.title("en").startswith("Plan of Jiangbei District")
    assert plan.title().startswith("重庆市江北区")
    assert repr(plan) == "Plan('jiangbei', 13 targets, 2020–2025)"
    assert "金融机构数量" in plan._repr_html_()
    assert plan.revision_rule["locator"] == "part 4, section 5"
    assert set(plan.ratios) == {"value_added_share"}


@pytest.mark.parametrize(
    "year, right", [(1900, True), (2200, True), (1899, False), (2201, False), (True, False), ("2020", False)]
)
def test_a_figure_s_years_are_years(tmp_path: Path, year: Any, right: bool) -> None:
    """Numbers from 1900 to 2200."""
    series = {"variable": "value_added.town", "years": [year], "status": "one_point"}
    figures = [{"id": "1", "zh": "图", "en": "Figure", "series": [series]}]
    found = [words for _, _, words in problems(tmp_path, figures=figures)]
    assert found == ([] if right else ["a list of years"])


def test_data_of_a_plan_lie_with_it_and_those_of_a_plan_that_ships_in_data(
    plan: pm.Plan, make_plan: Callable[..., pm.Plan], tmp_path: Path
) -> None:
    assert data_folder(plan) == shipped("data")
    assert data_folder(make_plan(tmp_path)) == tmp_path / "small"

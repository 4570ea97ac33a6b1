"""Broken plan folders: what is said, where, and all at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from broken_files import (
    FILES,
    HEADER,
    ROW,
    Case,
    F,
    M,
    P,
    T,
    bomb,
    check_explained,
    everything_wrong_with,
    swap,
    whole,
    write,
)
from conftest import write_plan

import planmodel as pm

CASES = [
    # What the plan says about changing its targets.
    Case(
        "rule_is_text",
        P,
        swap("ratios:", "revision_rule: any time\nratios:"),
        ("line 8, revision_rule", "'any time'", "keys zh, en, locator"),
    ),
    Case(
        "rule_with_another_key",
        P,
        swap("ratios:", "revision_rule: {zh: 可以调整, en: May change, locator: part 1, source: x}\nratios:"),
        ("line 8, revision_rule", "source", "locator"),
    ),
    Case(
        "rule_without_place",
        P,
        swap("ratios:", "revision_rule: {zh: 可以调整, en: May change, locater: part 1}\nratios:"),
        ("line 8, revision_rule", "no locator", "locator: a text", "Did you mean 'locater'?"),
    ),
    Case(
        "rule_with_an_empty_text",
        P,
        swap("ratios:", "revision_rule: {zh: ' ', en: May change, locator: part 1}\nratios:"),
        ("line 8, revision_rule", "' '", "zh: a text"),
    ),
    # The figures that the plan announces, its systems and units.
    *(
        Case(
            f"figure_{name}", P, swap("ratios:", f"figures: {figures}\nratios:"), ("line 8, figures", *words)
        )
        for name, figures, words in (
            ("is_text", "none", ("found 'none'", "a list of figures")),
            ("entry_is_text", "[a]", ("figures.0", "found 'a'", "a figure with id, zh, en, series")),
            (
                "without_series",
                "[{id: a, zh: 图, en: Figure}]",
                ("figures.0", "no series", "a list of series"),
            ),
            (
                "with_serie",
                "[{id: a, zh: 图, en: Figure, serie: []}]",
                ("no series", "a list of series", "Did you mean 'serie'?"),
            ),
            ("without_zh", "[{id: a, en: Figure, series: []}]", ("figures.0", "no zh", "zh: a text")),
            (
                "series_is_text",
                "[{id: a, zh: 图, en: F, series: [b]}]",
                ("figures.0.series.0", "found 'b'", "status"),
            ),
            (
                "status",
                "[{id: a, zh: 图, en: F, series: [{variable: b, years: [], status: no_dat}]}]",
                ("figures.0.series.0.status", "'no_dat'", "one of: complete", "Did you mean 'no_data'?"),
            ),
            (
                "years",
                "[{id: a, zh: 图, en: F, series: [{variable: b, years: 2020, status: no_data}]}]",
                ("figures.0.series.0.years", "found 2020", "a list of years"),
            ),
        )
    ),
    Case(
        "system_without_zh",
        P,
        swap("ratios:", "systems: {people: {en: People}}\nratios:"),
        ("line 8, systems", "people without zh and en", "a name in both languages"),
    ),
    Case(
        "name_is_empty", P, swap("zh: 镇", "zh: ' '"), ("areas", "town without zh and en", "both languages")
    ),
    Case(
        "driver_unit",
        P,
        swap("en: City GDP, unit: 亿元", "en: City GDP, unit: 亿圆"),
        ("line 13, drivers.city_gdp.unit", "unit '亿圆'", "Did you mean '亿元'?"),
    ),
    # The table of targets.
    Case(
        "step_over_base",
        T,
        swap("100,0.1", "100,1000"),
        ("line 2, column base_step", "found 1000", "the base, 100"),
    ),
    Case("missing_column", T, swap(",kind", ""), ("header", "no column 'kind'", "the columns indicator")),
    Case(
        "renamed_column", T, swap(",unit", ",units"), ("header", "no column 'unit'", "Did you mean 'units'?")
    ),
    Case("unknown_column", T, swap("locator\n", "locator,page\n"), ("header", "column 'page'", "one of:")),
    Case("column_twice", T, swap("locator\n", "locator,base\n"), ("column 'base' twice", "each column once")),
    Case(
        "text_in_number", T, swap(",100,", ",about 100,"), ("line 2, column base", "'about 100'", "a number")
    ),
    Case("number_with_comma", T, swap(",100,", ',"1,100",'), ("line 2, column base", "'1,100'", "a number")),
    Case("nan", T, swap(",100,", ",nan,"), ("line 2, column base", "'nan'", "a finite number")),
    Case("inf", T, swap(",150,", ",inf,"), ("line 2, column target", "'inf'", "a finite number")),
    Case("overflow", T, swap(",150,", ",1e999,"), ("line 2, column target", "'1e999'", "a finite number")),
    Case("negative_level", T, swap(",100,", ",-100,"), ("line 2, column base", "-100", "above 0")),
    *(
        Case(
            f"target_growth_{value}",
            T,
            swap("2025,150,level", f"2025,{value},growth"),
            ("line 2, column target", f"found {value}", "growth above -100% a year"),
        )
        for value in ("-100", "-250")
    ),
    Case("zero_level", T, swap(",100,", ",0,"), ("line 2, column base", "found 0", "above 0")),
    Case("negative_target", T, swap(",150,", ",-1,"), ("line 2, column target", "-1", "above 0")),
    Case("negative_step", T, swap(",0.1,", ",-0.1,"), ("line 2, column base_step", "-0.1", "from 0")),
    Case("share_over_100", T, swap(",25,", ",125,"), ("line 4, column target", "125", "below 100%")),
    Case(
        "part_larger_than_whole",
        T,
        swap(",60,", ",160,"),
        ("line 3, column base", "160", "the whole, 100 in line 2"),
    ),
    Case(
        "part_target_larger",
        T,
        swap(",90,", ",200,"),
        ("line 3, column target", "200", "the whole, 150 in line 2"),
    ),
    Case(
        "part_in_other_unit",
        T,
        swap("centre,亿元", "centre,万元"),
        ("line 3, column unit", "'万元'", "'亿元'"),
    ),
    Case(
        "part_of_unknown",
        T,
        swap("level,town", "level,towm"),
        ("line 3, column part_of", "'towm'", "Did you mean 'town'?"),
    ),
    Case(
        "part_of_itself",
        T,
        swap("level,town", "level,centre"),
        ("line 3, column part_of", "'centre'", "one of: town"),
    ),
    Case(
        "part_without_whole",
        T,
        swap(ROW, ""),
        ("column part_of", "no row value_added, town", "a row for the whole"),
    ),
    Case(
        "unknown_area",
        T,
        swap("ions,town", "ions,twon"),
        ("line 5, column area", "'twon'", "Did you mean 'town'?"),
    ),
    Case(
        "unknown_unit",
        T,
        swap("town,亿元", "town,亿"),
        ("line 2, column unit", "'亿'", "one of: 元", "Did you mean '亿元'?"),
    ),
    Case(
        "unknown_kind",
        T,
        swap(",count,", ",cuont,"),
        ("line 5, column kind", "'cuont'", "Did you mean 'count'?"),
    ),
    Case(
        "unknown_direction",
        T,
        swap("at_least", "at_lest"),
        ("column direction", "'at_lest'", "Did you mean 'at_least'?"),
    ),
    Case(
        "year_outside_plan",
        T,
        swap(",2025,", ",2026,"),
        ("line 2, column target_year", "2026", "2025, as in plan.yaml"),
    ),
    Case(
        "fractional_year", T, swap(",2025,", ",2025.5,"), ("line 2, column target_year", "2025.5", "a year")
    ),
    Case("duplicate_row", T, lambda t: t + ROW, ("line 6", "value_added, town again (first in line 2)")),
    Case("too_many_cells", T, swap("row 1\n", "row 1,x\n"), ("line 2", "19 cells", "18, as in the header")),
    Case("too_few_cells", T, swap(",row 1\n", "\n"), ("line 2", "17 cells", "18, as in the header")),
    Case("empty_cell", T, swap(",150,", ",,"), ("line 2, column target", "nothing", "a value")),
    Case("unclosed_quote", T, swap("Value,", '"Value,'), ("line", "well-formed CSV")),
    Case(
        "capital_name",
        T,
        swap("\nvalue_added,", "\nValueAdded,"),
        ("line 2, column indicator", "small letters"),
    ),
    Case("half_an_institution", T, swap(",40,", ",40.5,"), ("line 5, column base", "40.5", "a whole number")),
    Case(
        "share_in_money", T, swap("town,%", "town,亿元"), ("line 4, column unit", "'亿元'", "% for a ratio")
    ),
    Case("header_only", T, whole(HEADER + "\n"), ("only a header", "at least one target")),
    Case("empty_file", T, whole(""), ("an empty file", "at least a header")),
    Case("blank_file", T, whole("\n \n"), ("an empty file", "at least a header")),
    Case("gbk", T, lambda t: t.encode("gbk"), ("line 2", "byte 0x", "UTF-8")),
    Case("utf16", T, lambda t: t.encode("utf-16"), ("line 1", "byte 0x", "UTF-8")),
    Case("nul", T, swap("row 2", "row\x002"), ("line 4", "a NUL character", "plain text")),
    Case("huge_file", T, lambda t: t + "x" * 5_000_001, ("bytes", "at most 5,000,000 bytes")),
    # Facts and measures.
    Case(
        "fact_without_since",
        F,
        swap("2020,2015", "2020,"),
        ("line 2, column since", "nothing", "the first year"),
    ),
    Case(
        "fact_backwards",
        F,
        swap("2020,2015", "2020,2021"),
        ("line 2, column since", "2021", "a year before 2020"),
    ),
    Case(
        "fact_share_over_100",
        F,
        swap(",60,%", ",160,%"),
        ("line 3, column value", "160", "a share from 0 to 100%"),
    ),
    Case(
        "fact_unknown_form",
        F,
        swap("growth,,", "grwth,,"),
        ("line 2, column form", "'grwth'", "Did you mean 'growth'?"),
    ),
    Case(
        "measure_kind",
        M,
        swap(",measure,", ",mesure,"),
        ("line 2, column kind", "'mesure'", "Did you mean 'measure'?"),
    ),
    # The plan's own page.
    Case(
        "plan_duplicate_key",
        P,
        lambda t: t + "plan: again\n",
        ("line 14", "key 'plan' twice", "each key once"),
    ),
    Case("plan_alias_bomb", P, whole(bomb()), ("line 1", "an anchor or alias", "plain values")),
    Case("plan_list", P, whole("- a\n- b\n"), ("list", "keys plan, title")),
    Case("plan_tabs", P, whole("plan: small\n\ttitle: x\n"), ("line 2", "well-formed YAML")),
    Case(
        "plan_python_object",
        P,
        swap("small", "!!python/object/apply:os.getcwd []"),
        ("line 1", "python/object", "YAML"),
    ),
    Case(
        "plan_misspelt_key",
        P,
        swap("base_year", "bse_year"),
        ("nothing", "a year", "Did you mean 'bse_year'?"),
    ),
    Case("plan_year_as_text", P, swap("2025", "next"), ("line 4, target_year", "'next'", "a year")),
    Case(
        "plan_backwards",
        P,
        swap("2025", "2019"),
        ("line 4, target_year", "2019", "1 to 30 years after base_year"),
    ),
    Case(
        "plan_title_zh_only",
        P,
        swap("zh: 小规划, en: A small plan", "zh: 小规划"),
        ("line 2, title", "without zh and en", "both languages"),
    ),
    Case(
        "plan_areas_list",
        P,
        swap("areas:\n  town: {zh: 镇, en: Town}\n  centre: {zh: 中心, en: Centre}", "areas: [town, centre]"),
        ("line 5, areas", "['town', 'centre']", "areas with zh and en"),
    ),
    Case(
        "plan_drivers_list",
        P,
        swap("\n  city_gdp: {zh: 全市, en: City GDP, unit: 亿元}", " [city_gdp]"),
        ("line 12, drivers", "['city_gdp']", "zh and en names"),
    ),
    Case(
        "plan_ratio_missing",
        P,
        swap("value_added_share:", "other_share:"),
        ("targets.csv", "line 4", "plan.yaml does not describe", "numerator and denominator"),
    ),
    Case(
        "plan_ratio_numerator",
        P,
        swap("numerator: value_added", "numerator: value_aded"),
        ("line 4", "'value_aded'", "Did you mean 'value_added'?"),
    ),
    Case(
        "plan_ratio_denominator",
        P,
        swap("denominator: gdp", "denominator: gdq"),
        ("line 4", "'gdq'", "Did you mean 'gdp'?"),
    ),
    Case(
        "plan_ratio_list",
        P,
        swap("numerator: value_added,", "numerator: [a],"),
        ("line 4", "['a']", "names in ratios"),
    ),
    Case(
        "plan_quantity_unit",
        P,
        swap("en: GDP, unit: 亿元", "en: GDP"),
        ("line 4", "gdp with unit None", "a unit of each quantity"),
    ),
    Case("plan_empty", P, whole(""), ("an empty file",)),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_broken_plan_is_explained(tmp_path: Path, case: Case) -> None:
    """The error names file, place, what was found and expected, and the nearest name; nothing is written."""
    check_explained(tmp_path, case)


def test_names_of_cases_are_distinct() -> None:
    """There are at least 60 kinds of broken plan, each with its own name."""
    assert len({case.name for case in CASES}) == len(CASES) >= 60


def test_all_problems_of_targets_are_reported_at_once(tmp_path: Path) -> None:
    """A bad number, a part above its whole, a share above 100 %, an area and a year come in one error."""
    error = everything_wrong_with(
        tmp_path,
        T,
        swap(",60,", ",160,"),
        swap(",25,", ",125,"),
        swap(",40,", ",forty,"),
        lambda text: text + ROW.replace("town", "centr").replace("2025", "2030"),
    )
    places = [problem.place for problem in error.problems]
    assert sorted(places) == [
        "line 3, column base",
        "line 4, column target",
        "line 5, column base",
        "line 6, column area",
        "line 6, column target_year",
    ]


def test_all_files_of_a_plan_are_reported_at_once(tmp_path: Path) -> None:
    """Problems of targets and of facts come together."""
    folder = write(tmp_path / "mine")
    for file, edit in ((T, swap(",100,", ",-1,")), (F, swap("2020,2015", "2020,"))):
        (folder / file).write_text(edit(FILES[file]), encoding="utf-8")
    with pytest.raises(pm.InputError) as caught:
        pm.load_plan(folder)
    assert {Path(problem.file).name for problem in caught.value.problems} == {T, F}


@pytest.mark.parametrize("file", ["plan.yaml", "targets.csv"])
def test_a_missing_file_is_named(tmp_path: Path, file: str) -> None:
    """A plan without its page or its targets is refused with the file's name."""
    folder = write(tmp_path / "mine")
    (folder / file).unlink()
    with pytest.raises(pm.InputError, match=rf"{re.escape(file)}: found no file"):
        pm.load_plan(folder)


def test_an_unknown_plan_has_a_nearest_name() -> None:
    """A misspelt plan is answered with the one that ships."""
    with pytest.raises(pm.InputError, match=r"'jiangbie', expected a folder.*Did you mean 'jiangbei'\?"):
        pm.load_plan("jiangbie")


TWO_RATIOS = [
    {"indicator": "value_added", "base": 100, "target": 150},
    {"indicator": "research", "base": 12, "target": 20},
    {"indicator": "value_added_share", "kind": "ratio", "unit": "%", "base": 20, "target": 25},
    {"indicator": "research_share", "kind": "ratio", "unit": "%", "base": 2.4, "target": 3},
]
OVER_GDP = {
    "value_added_share": {"numerator": "value_added", "denominator": "gdp"},
    "research_share": {"numerator": "research", "denominator": "gdp"},
}


def test_two_ratios_over_one_denominator_are_named(tmp_path: Path) -> None:
    """GDP would be 100 / 20 % = 500 by the one ratio and 12 / 2.4 % + … by the other: two variables for it."""
    folder = write_plan(tmp_path, TWO_RATIOS, ratios=OVER_GDP)
    with pytest.raises(pm.InputError) as caught:
        pm.load_plan(folder)
    (problem,) = caught.value.problems
    assert problem.file.endswith("plan.yaml")
    assert problem.place.endswith("ratios.research_share")
    assert problem.found == "value_added_share.town and research_share.town over one denominator, gdp.town"


def test_more_than_one_part_of_a_whole_is_refused(tmp_path: Path) -> None:
    """Shares modelled one by one would add up to more than their whole in many a draw."""
    second = {"indicator": "value_added", "area": "rim", "part_of": "town", "base": 30, "target": 40}
    rows = [
        {"base": 100, "target": 150},
        {"area": "centre", "part_of": "town", "base": 60, "target": 90},
        second,
    ]
    folder = write_plan(tmp_path, rows)
    page = (folder / "plan.yaml").read_text(encoding="utf-8")
    (folder / "plan.yaml").write_text(
        page.replace("areas:\n", "areas:\n  rim: {zh: 外围, en: Rim}\n"), encoding="utf-8"
    )
    with pytest.raises(pm.InputError) as caught:
        pm.load_plan(folder)
    (problem,) = caught.value.problems
    assert problem.file.endswith("targets.csv")
    assert problem.place == "line 4, column part_of"
    assert problem.found == "a second part of value_added.town (the first, centre, in line 3)"
    assert problem.expected == "one part of a whole (empty for an area modelled on its own)"


def test_sums_of_a_plan_are_checked(tmp_path: Path) -> None:
    folder = write_plan(tmp_path)
    with (folder / "plan.yaml").open("a", encoding="utf-8") as page:
        page.write("sums: {value_aded: [one]}\n")
    with pytest.raises(pm.InputError) as caught:
        pm.load_plan(folder)
    assert [problem.expected for problem in caught.value.problems] == [
        "one of: value_added",
        "a list of two names",
    ]
    assert caught.value.problems[0].nearest == "value_added"

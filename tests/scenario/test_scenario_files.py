"""Broken scenario files: what is said, where, and all at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from broken_files import Case, S, bomb, check_explained, everything_wrong_with, swap, whole, write

import planmodel as pm

CASES = [
    # Scenarios.
    Case(
        "scenario_duplicate_key", S, lambda t: t + "severity: severe\n", ("line 10", "key 'severity' twice")
    ),
    Case(
        "scenario_alias_bomb", S, whole("title: {zh: 一, en: a}\n" + bomb()), ("line 2", "an anchor or alias")
    ),
    Case(
        "scenario_deep",
        S,
        whole("a: " + "[" * 5000 + "]" * 5000),
        ("line 1", "levels", "a few levels of keys"),
    ),
    Case(
        "scenario_python_object",
        S,
        lambda t: t + "x: !!python/object/apply:os.system ['true']\n",
        ("line 10", "python/object", "YAML"),
    ),
    Case("scenario_tabs", S, swap("  city_gdp", "\tcity_gdp"), ("line 5", "well-formed YAML")),
    Case("scenario_list", S, whole("- a\n"), ("list", "the keys title, author")),
    Case("scenario_text", S, whole("just words\n"), ("str", "the keys title, author")),
    Case(
        "scenario_no_title",
        S,
        swap("title: {zh: 测试, en: Test}\n", ""),
        ("no title", "a title in zh and en"),
    ),
    Case(
        "scenario_title_zh_only", S, swap(", en: Test", ""), ("line 1, title", "测试", "a title in zh and en")
    ),
    Case(
        "scenario_unknown_key",
        S,
        swap("severity", "severty"),
        ("line 3, severty", "Did you mean 'severity'?"),
    ),
    Case(
        "scenario_severity", S, swap("mild", "mildd"), ("line 3, severity", "'mildd'", "Did you mean 'mild'?")
    ),
    Case("scenario_severity_list", S, swap("mild", "[mild]"), ("line 3, severity", "['mild']", "one of:")),
    Case(
        "scenario_drivers_list",
        S,
        swap("\n  city_gdp: {2021: 5.0, 2022: 4.0}", " [city_gdp]"),
        ("line 4, drivers", "['city_gdp']", "names with their values"),
    ),
    Case(
        "scenario_unknown_driver",
        S,
        swap("city_gdp:", "city_gpd:"),
        ("line 5, drivers.city_gpd", "Did you mean 'city_gdp'?"),
    ),
    Case(
        "scenario_driver_year",
        S,
        swap("2022: 4.0", "2026: 4.0"),
        ("line 5, drivers.city_gdp.2026", "2026", "a year from 2021 to 2025"),
    ),
    Case(
        "scenario_driver_text",
        S,
        swap("2022: 4.0", "2022: fast"),
        ("drivers.city_gdp.2022", "'fast'", "growth in % a year from -50 to 100"),
    ),
    Case(
        "scenario_driver_nan",
        S,
        swap("2022: 4.0", "2022: .nan"),
        ("drivers.city_gdp.2022", "nan", "from -50 to 100"),
    ),
    Case(
        "scenario_driver_inf",
        S,
        swap("2022: 4.0", "2022: .inf"),
        ("drivers.city_gdp.2022", "inf", "from -50 to 100"),
    ),
    Case(
        "scenario_driver_huge",
        S,
        swap("2022: 4.0", "2022: 1" + "0" * 400),
        ("drivers.city_gdp.2022", "found 1000", "from -50 to 100"),
    ),
    Case(
        "scenario_driver_number",
        S,
        swap("{2021: 5.0, 2022: 4.0}", "5.0"),
        ("line 5, drivers.city_gdp", "5.0", "year by year"),
    ),
    Case(
        "scenario_driver_sd_only",
        S,
        swap("{2021: 5.0, 2022: 4.0}", "{sd: 1.0}"),
        ("line 5, drivers.city_gdp", "sd", "year by year"),
    ),
    Case(
        "scenario_driver_sd_year",
        S,
        swap("{2021: 5.0, 2022: 4.0}", "{2021: 5.0, 2022: 4.0, sd: {2023: 1.0}}"),
        ("line 5, drivers.city_gdp", "2023", "a year of the path"),
    ),
    Case(
        "scenario_shock_variable",
        S,
        swap("variable: institutions", "variable: institutoins"),
        ("line 7, shocks.0", "'institutoins'", "Did you mean 'institutions'?"),
    ),
    Case(
        "scenario_shock_year",
        S,
        swap("year: 2024", "year: 2020"),
        ("line 7, shocks.0", "2020", "a year from 2021 to 2025"),
    ),
    Case(
        "scenario_shock_size",
        S,
        swap("size: -3", "size: -300"),
        ("line 7, shocks.0", "-300", "a size in points from -50 to 50"),
    ),
    Case(
        "scenario_shock_unit",
        S,
        swap("unit: pp", "unit: p"),
        ("line 7, shocks.0", "unit 'p'", "Did you mean 'pp'?"),
    ),
    Case(
        "scenario_shock_persistence",
        S,
        swap("persistence: 0.5", "persistence: 2"),
        ("line 7, shocks.0", "2", "a persistence from 0 to 1"),
    ),
    Case(
        "scenario_shock_without_size",
        S,
        swap(" size: -3,", ""),
        ("line 7, shocks.0", "no size", "a shock with variable"),
    ),
    Case(
        "scenario_shocks_mapping", S, swap("  - {", "  a: {"), ("line 7, shocks", "{'a'", "a list of shocks")
    ),
    Case(
        "scenario_shock_on_path",
        S,
        swap("variable: institutions, year: 2024", "variable: city_gdp, year: 2022"),
        ("line 7, shocks.0", "city_gdp in 2022, which has a path of 4.0%", "a shock or a path, not both"),
    ),
    Case(
        "scenario_unknown_measure",
        S,
        swap("attract_talent", "atract_talent"),
        ("line 9, measures.atract_talent", "Did you mean 'attract_talent'?"),
    ),
    Case(
        "scenario_intensity",
        S,
        swap("talent: 0.5", "talent: 2"),
        ("line 9, measures.attract_talent", "2", "an intensity from 0 to 1"),
    ),
    Case(
        "scenario_on_itself",
        S,
        lambda t: t + "base: test\n",
        ("base", "test → test", "does not build on itself"),
    ),
    Case(
        "scenario_unknown_base",
        S,
        lambda t: t + "base: baselin\n",
        ("line 10, base", "'baselin'", "Did you mean 'baseline'?"),
    ),
    Case("scenario_gbk", S, lambda t: t.encode("gbk"), ("line 1", "byte 0x", "UTF-8")),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_broken_scenario_is_explained(tmp_path: Path, case: Case) -> None:
    """The error names file, place, what was found and expected, and the nearest name; nothing is written."""
    check_explained(tmp_path, case)


def test_names_of_cases_are_distinct() -> None:
    """There are at least 30 kinds of broken scenario, each with its own name."""
    assert len({case.name for case in CASES}) == len(CASES) >= 30


def test_all_problems_of_a_scenario_are_reported_at_once(tmp_path: Path) -> None:
    """Title, driver, shock and measure: four problems, one error."""
    error = everything_wrong_with(
        tmp_path,
        S,
        swap(", en: Test", ""),
        swap("2022: 4.0", "2032: 4.0"),
        swap("variable: institutions", "variable: nothing"),
        swap("talent: 0.5", "talent: 5"),
    )
    assert len(error.problems) == 4


@pytest.mark.parametrize("name", ["credit_squeze", "baseline+credit_squeze"])
def test_an_unknown_scenario_has_a_nearest_name(plan: pm.Plan, name: str) -> None:
    """A misspelt scenario is answered with the nearest of the plan's."""
    with pytest.raises(pm.InputError, match=r"'credit_squeze'.*Did you mean 'credit_squeeze'\?"):
        pm.load_scenario(name, plan)


@pytest.mark.parametrize("name", ["../secrets", "a/../../etc/passwd.yaml", "nowhere.yaml", "a\x00.yaml"])
def test_a_path_that_is_no_file_is_named(plan: pm.Plan, name: str) -> None:
    """A path that leads nowhere is refused with no traceback."""
    with pytest.raises(pm.InputError, match="found no file"):
        pm.load_scenario(name, plan)


def test_scenarios_in_a_circle(tmp_path: Path) -> None:
    """Two scenarios that build on each other are refused, with the chain."""
    folder = write(tmp_path / "mine")
    for name, base in (("one", "two"), ("two", "one")):
        (folder / "scenarios" / f"{name}.yaml").write_text(
            f"title: {{zh: 一, en: a}}\nbase: {base}\n", encoding="utf-8"
        )
    with pytest.raises(pm.InputError, match="one → two → one"):
        pm.load_scenario("one", pm.load_plan(folder))

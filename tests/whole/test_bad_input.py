"""Broken plans, scenarios and observations: what is said, where, all at once, and nothing is written."""

from __future__ import annotations

import math
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
from conftest import equations, write_plan

import planmodel as pm
from planmodel.base.files import shipped
from planmodel.base.tables import Problem

PLAN = """\
plan: small
title: {zh: 小规划, en: A small plan}
base_year: 2020
target_year: 2025
areas:
  town: {zh: 镇, en: Town}
  centre: {zh: 中心, en: Centre}
ratios:
  value_added_share: {numerator: value_added, denominator: gdp}
quantities:
  gdp: {zh: 地区生产总值, en: GDP, unit: 亿元}
drivers:
  city_gdp: {zh: 全市, en: City GDP, unit: 亿元}
"""
HEADER = (
    "indicator,area,unit,kind,part_of,base_year,base,base_step,base_bound,target_year,target,target_form,"
    "direction,obligation,price,name_zh,name_en,locator"
)
TARGETS = f"""\
{HEADER}
value_added,town,亿元,level,,2020,100,0.1,exact,2025,150,level,at_least,预期性,current,增加值,Value,row 1
value_added,centre,亿元,level,town,2020,60,1,exact,2025,90,level,at_least,预期性,current,增加值,Value,row 1
value_added_share,town,%,ratio,,2020,20,0.1,exact,2025,25,level,at_least,预期性,current,占比,Share,row 2
institutions,town,家,count,,2020,40,1,exact,2025,50,level,at_least,预期性,,机构,Institutions,row 3
"""
FACTS = """\
fact,indicator,area,year,since,form,of,value,unit,step,bound,name_zh,name_en,locator,note
growth,value_added,town,2020,2015,growth,,50,%,1,exact,增速,Growth,part 1,
part,value_added,centre,2020,,share,value_added,60,%,1,exact,占比,Share,part 1,
"""
MEASURES = """\
measure,kind,system,number,name_zh,name_en,variables,locator
attract_talent,measure,people,1,人才,Talent,institutions.town,part 3
"""
OBSERVATIONS = """\
variable,area,year,value,unit,bound,sd,comparable,grade,source,note
gdp,town,2021,520,亿元,exact,,yes,A,bureau,
institutions,town,2022,44,家,at_least,,yes,B,bureau,
city_gdp,city,2021,8.1,%,about,0.5,yes,A,bureau,
"""
SCENARIO = """\
title: {zh: 测试, en: Test}
author: A. Person
severity: mild
drivers:
  city_gdp: {2021: 5.0, 2022: 4.0}
shocks:
  - {variable: institutions, year: 2024, size: -3, unit: pp, persistence: 0.5}
measures:
  attract_talent: 0.5
"""
FILES = {
    "plan.yaml": PLAN,
    "targets.csv": TARGETS,
    "facts.csv": FACTS,
    "measures.csv": MEASURES,
    "observations.csv": OBSERVATIONS,
    "scenarios/test.yaml": SCENARIO,
}


class Case(NamedTuple):
    """An edit of one file, and what the message must say: place, found, expected, nearest."""

    name: str
    file: str
    edit: Callable[[str], str | bytes]
    words: tuple[str, ...]


def swap(old: str, new: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return edit


def whole(content: str | bytes) -> Callable[[str], str | bytes]:
    return lambda _: content


def bomb(levels: int = 9) -> str:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, levels)]
    return "\n".join(lines) + "\n"


T, OBS, P, S, F, M = (
    "targets.csv",
    "observations.csv",
    "plan.yaml",
    "scenarios/test.yaml",
    "facts.csv",
    "measures.csv",
)
ROW = TARGETS.splitlines()[1] + "\n"
CASES = [
    # What the plan says about changing its targets.
    Case(
        "rule_is_text",
        P,
        swap("ratios:", "revision_rule: any time\nratios:"),
        ("line 8, revision_rule", "'any time'", "keys zh, en, locator"),
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
            ("line 2, column target", f"found {value}", "growth above -100 % a year"),
        )
        for value in ("-100", "-250")
    ),
    Case("zero_level", T, swap(",100,", ",0,"), ("line 2, column base", "found 0", "above 0")),
    Case("negative_target", T, swap(",150,", ",-1,"), ("line 2, column target", "-1", "above 0")),
    Case("negative_step", T, swap(",0.1,", ",-0.1,"), ("line 2, column base_step", "-0.1", "from 0")),
    Case("share_over_100", T, swap(",25,", ",125,"), ("line 4, column target", "125", "below 100 %")),
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
    Case("header_only", T, whole(HEADER + "\n"), ("a header only", "at least one target")),
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
        ("line 3, column value", "160", "a share from 0 to 100 %"),
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
    # Observations.
    Case(
        "obs_unknown_variable",
        OBS,
        swap("\ngdp", "\ngpd"),
        ("line 2, column variable", "'gpd'", "Did you mean 'gdp'?"),
    ),
    Case(
        "obs_unknown_unit",
        OBS,
        swap("520,亿元", "520,亿园"),
        ("line 2, column unit", "'亿园'", "Did you mean '亿元'?"),
    ),
    Case(
        "obs_other_dimension",
        OBS,
        swap("520,亿元", "520,家"),
        ("line 2, column unit", "'家'", "a unit of gdp, such as 亿元"),
    ),
    Case(
        "obs_unknown_area",
        OBS,
        swap("gdp,town", "gdp,tovn"),
        ("line 2, column area", "'tovn'", "Did you mean 'town'?"),
    ),
    *(
        Case(
            f"obs_driver_growth_{value}",
            OBS,
            swap("8.1,%", f"{value},%"),
            ("line 4, column value", f"found {value}", "growth above -100 %"),
        )
        for value in ("-100", "-250")
    ),
    Case(
        "obs_share_zero",
        OBS,
        swap("gdp,town,2021,520,亿元", "value_added_share,town,2021,0,%"),
        ("found 0,", "a share"),
    ),
    Case("obs_negative", OBS, swap(",520,", ",-520,"), ("line 2, column value", "-520", "a level above 0")),
    Case(
        "obs_share_over_100",
        OBS,
        lambda t: t + "value_added_share,town,2021,120,%,exact,,yes,A,bureau,\n",
        ("line 5, column value", "120", "a share between 0 and 100 %"),
    ),
    Case(
        "obs_twice",
        OBS,
        lambda t: t + "gdp,town,2021,530,亿元,exact,,yes,A,bureau,\n",
        ("line 5", "gdp 2021 again (first in line 2)", "one comparable figure a year"),
    ),
    Case(
        "obs_about_without_sd",
        OBS,
        swap(",0.5,", ",,"),
        ("line 4, column sd", "nothing", "standard deviation"),
    ),
    Case("obs_negative_sd", OBS, swap(",0.5,", ",-0.5,"), ("line 4, column sd", "-0.5", "from 0")),
    Case(
        "obs_year",
        OBS,
        swap(",2021,520", ",20211,520"),
        ("line 2, column year", "'20211'", "from 1900 to 2200"),
    ),
    Case(
        "obs_bound",
        OBS,
        swap("at_least", "atleast"),
        ("line 3, column bound", "'atleast'", "Did you mean 'at_least'?"),
    ),
    Case("obs_grade", OBS, swap("yes,B,", "yes,Z,"), ("line 3, column grade", "'Z'", "one of: A")),
    Case("obs_gbk", OBS, lambda t: t.encode("gbk"), ("line 2", "byte 0x", "UTF-8")),
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
        ("line 7, shocks.0", "city_gdp in 2022, which has a path of 4.0 %", "a shock or a path, not both"),
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


def write(folder: Path, case: Case | None = None) -> Path:
    """Write the sound plan with one file edited."""
    for name, text in FILES.items():
        content = case.edit(text) if case is not None and case.file == name else text
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def read_everything(folder: Path) -> None:
    plan = pm.load_plan(folder)
    pm.load_observations(plan)
    pm.load_scenario(folder / "scenarios" / "test.yaml", plan)


def listing(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))}


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_broken_file_is_explained(tmp_path: Path, case: Case) -> None:
    """The error names file, place, what was found and expected, and the nearest name; nothing is written."""
    folder = write(tmp_path / "mine", case)
    before = listing(tmp_path)
    with pytest.raises(pm.InputError) as caught:
        read_everything(folder)
    message = str(caught.value)
    named = [problem.file for problem in caught.value.problems]
    assert any(file.endswith(case.file) or file == "test" for file in named) or case.file == P
    for words in (*case.words, "found ", "expected "):
        assert words in message
    assert "Traceback" not in message
    assert max(map(len, message.splitlines())) < 700
    assert listing(tmp_path) == before


EQUATIONS = "variable,coefficient,value,sd,unit,estimate,basis,source,note\n"


@pytest.mark.parametrize(
    "unit, words",
    [
        ("家", ("city_gdp, base", "unit '家'", "亿元 (as in plan.yaml), or index")),
        ("亿圆", ("city_gdp, base", "unit '亿圆'", "Did you mean '亿元'?")),
    ],
)
def test_the_unit_of_a_base_is_that_of_its_driver(tmp_path: Path, unit: str, words: tuple[str, ...]) -> None:
    folder = write(tmp_path / "mine")
    (folder / "equations.csv").write_text(
        f"{EQUATIONS}city_gdp,base,25000,,{unit},,fact,x,\ncity_gdp,drift,5,1,,,fact,x,\n"
        "city_gdp,persistence,0,,,,fact,x,\ncity_gdp,innovation,2,,,,fact,x,\n",
        encoding="utf-8",
    )
    with pytest.raises(pm.InputError) as caught:
        pm.build_model(pm.load_plan(folder), as_of=2020)
    assert all(text in str(caught.value) for text in words)


def test_a_level_cannot_enter_where_the_base_is_an_index(tmp_path: Path) -> None:
    """Growth can; the error says so."""
    folder = write(tmp_path / "mine")
    growth = pm.build_model(pm.load_plan(folder), as_of=2021)
    assert ("city_gdp", 2021) in growth.run("baseline").used
    text = OBSERVATIONS.replace("city_gdp,city,2021,8.1,%", "city_gdp,city,2021,26000,亿元")
    (folder / "observations.csv").write_text(text, encoding="utf-8")
    with pytest.raises(
        pm.InputError, match=r"city_gdp, 2021: found '亿元', expected growth in %, or a level in index"
    ):
        pm.build_model(pm.load_plan(folder), as_of=2021)


def test_an_effect_on_no_variable_is_named(tmp_path: Path) -> None:
    """In a file with its line, in a table handed over with its measure."""
    folder = write(tmp_path / "mine")
    head = "measure,variable,effect,sd,years_to_full,cost,basis,source\n"
    row = "attract_talent,institution.town,0.5,0.5,1,1,assumption,x\n"
    (folder / "effects.csv").write_text(head + row, encoding="utf-8")
    plan = pm.load_plan(folder)
    with pytest.raises(
        pm.InputError, match=r"effects.csv, line 2, column variable: .*Did you mean 'institutions.town'"
    ):
        pm.build_model(plan)
    effects = pd.read_csv(folder / "effects.csv")
    with pytest.raises(pm.InputError, match=r"effects, attract_talent: found variable 'institution.town'"):
        pm.build_model(plan, effects=effects).run(folder / "scenarios" / "test.yaml")


@pytest.mark.parametrize("name", ["x" * 300, "x" * 5000])
def test_a_name_that_no_system_can_hold_is_no_file(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path / "mine", Case("x", S, lambda text: f"{text}base: {name}\n", ()))
    with pytest.raises(pm.InputError, match="line 10, base"):
        read_everything(folder)
    with pytest.raises(pm.InputError, match="a folder, or a plan that ships"):
        pm.load_plan(name)
    with pytest.raises(pm.InputError, match="no file"):
        pm.load_scenario(f"{name}.yaml", pm.load_plan(write(tmp_path / "sound")))


@pytest.mark.parametrize(
    "count, last", [(20, None), (21, "… and 1 other problem."), (500, "… and 480 other problems.")]
)
def test_an_error_shows_twenty_problems_and_counts_the_others(count: int, last: str | None) -> None:
    """`problems` keeps all."""
    error = pm.InputError([Problem("x.csv", f"line {n}", "nothing", "a number") for n in range(count)])
    lines = str(error).splitlines()
    assert lines[:20] == [f"x.csv, line {n}: found nothing, expected a number." for n in range(20)]
    assert lines[20:] == ([last] if last else [])
    assert len(error.problems) == count
    assert len(pickle.loads(pickle.dumps(error)).problems) == count


def test_what_was_found_is_not_printed_at_any_length() -> None:
    error = pm.InputError([Problem("x.csv", "line 2", "x" * 10_000, "a number")])
    assert len(str(error)) < 300
    assert len(error.problems[0].found) == 10_000


def test_names_of_cases_are_distinct() -> None:
    """There are at least 60 kinds of broken file, each with its own name."""
    assert len({case.name for case in CASES}) == len(CASES) >= 60


def test_the_sound_files_are_accepted(tmp_path: Path) -> None:
    """The files that the cases break are read, and run, as they stand."""
    folder = write(tmp_path / "mine")
    read_everything(folder)
    assert len(pm.reach(pm.build_model(pm.load_plan(folder)).run("baseline"))) == 4


@pytest.mark.parametrize(
    "file, edit",
    [
        (T, swap("2020,20,0.1,exact,2025,25", "2020,0.4,0.1,exact,2025,0.5")),
        (F, swap("value_added,60,%", "value_added,0.5,%")),
        (OBS, swap("gdp,town,2021,520,亿元", "value_added_share,town,2021,0.5,%")),
    ],
)
def test_a_share_below_one_percent_is_a_share(
    tmp_path: Path, file: str, edit: Callable[[str], str | bytes]
) -> None:
    folder = write(tmp_path / "mine", Case("small share", file, edit, ()))
    read_everything(folder)
    assert pm.reach(pm.build_model(pm.load_plan(folder)).run())["probability"].between(0, 1).all()


@pytest.mark.parametrize(
    "file, old, new", [(T, "2025,150,level", "2025,-99,growth"), (OBS, "8.1,%", "-99,%")]
)
def test_growth_just_above_minus_100_is_growth(tmp_path: Path, file: str, old: str, new: str) -> None:
    """A hundredth of a level is still one: only -100 % and less leave no level at all."""
    targets = swap("town,2020,60,1,exact,2025,90", "town,2020,60,1,exact,2025,0.5")
    folder = write(tmp_path / "mine", Case("shrinking", file, swap(old, new), ()))
    (folder / T).write_text(targets((folder / T).read_text(encoding="utf-8")), encoding="utf-8")
    read_everything(folder)


def test_equations_in_a_circle_are_named(tmp_path: Path) -> None:
    """Those that move with each other are named, and what only follows them is not."""
    circle = [
        *equations("alpha.town", drift=1, innovation=1, **{"on:beta.town": 1}),
        *equations("beta.town", drift=1, innovation=1, **{"on:alpha.town": 0.5}),
        *equations("gamma.town", drift=1, innovation=1, **{"on:alpha.town": 1}),
    ]
    targets = [{"indicator": name} for name in ("alpha", "beta", "gamma")]
    plan = pm.load_plan(write_plan(tmp_path / "round", targets=targets, equations=circle))
    with pytest.raises(pm.InputError) as caught:
        pm.build_model(plan)
    assert str(caught.value) == (
        "equations of small, on: found alpha.town, beta.town moving with each other, "
        "expected equations that form no circle."
    )


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


@pytest.mark.parametrize(
    "more, ratios",
    [
        ([{"indicator": "gdp", "base": 500, "target": 600}], OVER_GDP),
        ([], OVER_GDP | {"research_share": "independent"}),
    ],
)
def test_two_ratios_keep_their_bases_once_told_apart(
    tmp_path: Path, more: list[dict[str, object]], ratios: dict[str, object]
) -> None:
    """With GDP among the targets, or one ratio on its own, each ratio starts from its printed base."""
    plan = pm.load_plan(write_plan(tmp_path, [*TWO_RATIOS, *more], ratios=ratios))
    found = {quantity.name: quantity for quantity in pm.build_model(plan).quantities}
    bases = {variable.name: variable.base for variable in pm.build_model(plan).variables}
    for name, base in (("value_added_share.town", 0.2), ("research_share.town", 0.024)):
        u = sum(weight * bases[variable] for variable, weight in found[name].weights.items())
        share = 1 / (1 + math.exp(-u)) if found[name].form == "logit" else math.exp(u)
        assert share == pytest.approx(base)


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


@pytest.mark.parametrize(
    "rows, found, expected",
    [
        ({"drift": 3}, "an equation of drift only", "innovation (0 if it is to have none)"),
        ({"innovation": 3}, "an equation of innovation only", "drift, or on: what it grows with"),
        (
            {"persistence": 0.3},
            "an equation of persistence only",
            "innovation (0 if it is to have none) and drift, or on: what it grows with",
        ),
    ],
    ids=["no innovation", "no growth", "neither"],
)
@pytest.mark.parametrize("variable", ["value_added.town", "wind"])
def test_half_an_equation_is_refused(
    tmp_path: Path, rows: dict[str, float], found, expected, variable
) -> None:
    """Without an innovation a level would grow for certain, without a drift it would stand still."""
    sound = equations("value_added.town", drift=4, innovation=2) if variable == "wind" else []
    drivers = {"wind": {"zh": "风", "en": "Wind"}}
    written = write_plan(tmp_path, equations=[*sound, *equations(variable, **rows)], drivers=drivers)
    with pytest.raises(pm.InputError) as caught:
        pm.build_model(pm.load_plan(written))
    (problem,) = caught.value.problems
    assert (problem.place, problem.found, problem.expected) == (variable, found, expected)
    assert problem.file == "equations of small"


def test_a_row_on_the_reference_class_is_no_equation(tmp_path: Path) -> None:
    """A variable whose only row names its reference class grows by default, as one without any row does."""
    reference = {"variable": "value_added.town", "coefficient": "reference", "estimate": "gdp"}
    plans = [
        pm.load_plan(write_plan(tmp_path / name, equations=rows))
        for name, rows in (("named", [reference]), ("without", []))
    ]
    named, without = (pm.reach(pm.build_model(plan).run())["probability"][0] for plan in plans)
    assert named == without
    assert 0.01 < without < 0.99


def test_without_persistence_innovations_are_independent(tmp_path: Path) -> None:
    """Drift and innovation are a whole equation: the log level after n years has variance n·σ²."""
    rows = equations("value_added.town", drift=0, innovation=3)
    out = pm.build_model(pm.load_plan(write_plan(tmp_path, equations=rows))).run()
    assert [float(out.cov[n, n]) for n in range(5)] == pytest.approx([(n + 1) * 0.03**2 for n in range(5)])


def drop(coefficient: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda rows: rows[rows["coefficient"] != coefficient]


def change(column: str, value: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def edit(rows: pd.DataFrame) -> pd.DataFrame:
        rows[column] = rows[column].astype(object)
        rows.loc[rows["coefficient"] == "innovation", column] = value
        return rows

    return edit


@pytest.mark.parametrize(
    "edit, words",
    [
        (change("value", -2.0), "value_added.town, innovation, value: found -2"),
        (change("value", math.nan), "value_added.town, innovation, value: found nan"),
        (change("value", math.inf), "value_added.town, innovation, value: found inf"),
        (change("sd", -1.0), "value_added.town, innovation, sd: found -1"),
        (change("basis", "guess"), "value_added.town, innovation, basis: found basis 'guess'"),
        (change("coefficient", "inovation"), "Did you mean 'innovation'?"),
        (lambda rows: pd.concat([rows, rows.iloc[:1]]), "value_added.town, drift: found a second row"),
        (drop("innovation"), "value_added.town: found an equation of drift only"),
        (lambda rows: rows.iloc[:0], "value_added.town: found no equation"),
    ],
)
def test_a_changed_table_of_coefficients_is_checked_as_a_file_is(
    tmp_path: Path, edit: Callable[[pd.DataFrame], pd.DataFrame], words: str
) -> None:
    """What `with_coefficients` is given may be wrong in all the ways of equations.csv."""
    rows = equations("value_added.town", drift=(4, 1), innovation=2)
    plan = pm.load_plan(write_plan(tmp_path, equations=rows))
    evidence = pm.load_evidence(plan)
    with pytest.raises(pm.InputError) as caught:
        pm.build_model(plan, evidence=pm.with_coefficients(evidence, edit(evidence.coefficients)))
    assert words in str(caught.value)


@pytest.mark.parametrize("file", sorted(FILES))
@pytest.mark.parametrize("change", ["bom", "crlf", "blank line at the end"])
def test_what_spreadsheets_do_is_harmless(tmp_path: Path, file: str, change: str) -> None:
    """A byte order mark, Windows line ends and a blank last line are accepted."""
    edits: dict[str, Callable[[str], str | bytes]] = {
        "bom": lambda text: text.encode("utf-8-sig"),
        "crlf": lambda text: text.replace("\n", "\r\n"),
        "blank line at the end": lambda text: text + "\n",
    }
    read_everything(write(tmp_path / "mine", Case(change, file, edits[change], ())))


def everything_wrong_with(tmp_path: Path, file: str, *edits: Callable[[str], str | bytes]) -> pm.InputError:
    def edit(text: str) -> str:
        for step in edits:
            changed = step(text)
            assert isinstance(changed, str)
            text = changed
        return text

    with pytest.raises(pm.InputError) as caught:
        read_everything(write(tmp_path / "mine", Case("many", file, edit, ())))
    return caught.value


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


def test_all_problems_of_observations_are_reported_at_once(tmp_path: Path) -> None:
    """A bad number in one row does not hide an unknown variable in another."""
    error = everything_wrong_with(
        tmp_path, OBS, swap(",520,", ",many,"), swap("\ninstitutions", "\ninstitution")
    )
    assert [problem.place for problem in error.problems] == [
        "line 2, column value",
        "line 3, column variable",
    ]


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


@pytest.mark.parametrize("as_of", [2019, 2026, 20])
def test_as_of_outside_the_plan(plan: pm.Plan, as_of: int) -> None:
    """The reference year is one of the plan's."""
    with pytest.raises(pm.InputError, match=f"found {as_of}, expected a year from 2020 to 2025"):
        pm.build_model(plan, as_of=as_of)


def test_scenarios_in_a_circle(tmp_path: Path) -> None:
    """Two scenarios that build on each other are refused, with the chain."""
    folder = write(tmp_path / "mine")
    for name, base in (("one", "two"), ("two", "one")):
        (folder / "scenarios" / f"{name}.yaml").write_text(
            f"title: {{zh: 一, en: a}}\nbase: {base}\n", encoding="utf-8"
        )
    with pytest.raises(pm.InputError, match="one → two → one"):
        pm.load_scenario("one", pm.load_plan(folder))


COMMANDS = {
    "unknown plan": (["reach", "--plan", "jiangbie"], "Did you mean 'jiangbei'?"),
    "unknown scenario": (["reach", "-s", "credit_squeze"], "Did you mean 'credit_squeeze'?"),
    "bad as-of": (["reach", "--as-of", "2030"], "a year from 2020 to 2025"),
    "broken plan": (
        ["audit", "--plan", "{mine}"],
        "targets.csv, line 2, column base: found 'many', expected a number.",
    ),
    "broken scenario": (
        ["reach", "-s", "{mine}/scenarios/test.yaml"],
        "line 9, measures.attract_talent: found measure 'attract_talent'",
    ),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_says_it_and_exits_with_2(tmp_path: Path, name: str) -> None:
    """The command prints the problem on stderr, nothing on stdout, no traceback, and writes nothing."""
    folder = write(tmp_path / "mine", Case("x", T, swap(",100,", ",many,"), ()))
    arguments, words = COMMANDS[name]
    before = listing(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "planmodel.cli", *(text.format(mine=folder) for text in arguments)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(shipped("seeds").parent), "PYTHONUTF8": "1", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert words.lower() in done.stderr.lower()
    assert "Traceback" not in done.stderr
    assert listing(tmp_path) == before


def test_the_command_shows_twenty_problems_and_counts_the_others(tmp_path: Path) -> None:
    folder = write(tmp_path / "mine", Case("x", F, lambda text: text + "x\n" * 100, ()))
    with pytest.raises(pm.InputError) as caught:
        pm.load_plan(folder)
    done = subprocess.run(
        [sys.executable, "-m", "planmodel.cli", "reach", "--plan", str(folder)],
        env={"PYTHONPATH": str(shipped("seeds").parent), "PYTHONUTF8": "1", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stderr.splitlines()
    assert done.returncode == 2
    assert len(lines) == 21
    assert lines[-1] == f"… and {len(caught.value.problems) - 20} other problems."


def test_a_correlation_stated_from_both_sides_is_refused(plan: pm.Plan) -> None:
    """It would count twice: 0.3 from each side would act as 0.6."""
    evidence = pm.load_evidence(plan)
    rows = evidence.coefficients
    pair = (rows["variable"] == "city_gdp") & (rows["coefficient"] == "innovation_with:city_credit")
    other = rows[pair].assign(variable="city_credit", coefficient="innovation_with:city_gdp")
    twice = pm.with_coefficients(evidence, pd.concat([rows, other]))
    with pytest.raises(pm.InputError, match="the correlation of city_gdp and city_credit twice"):
        pm.build_model(plan, evidence=twice)


def test_a_driver_that_others_move_with_has_an_equation(plan: pm.Plan) -> None:
    """Without a row of its own the margin would stand still for certain, and value added with it."""
    evidence = pm.load_evidence(plan)
    rows = evidence.coefficients
    without = pm.with_coefficients(evidence, rows[rows["variable"] != "margin"])
    with pytest.raises(pm.InputError, match="margin: found no equation, though others move with it"):
        pm.build_model(plan, evidence=without)

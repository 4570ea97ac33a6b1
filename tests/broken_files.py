"""A sound plan folder, edits that break it, and what is asked of every message; for tests of several folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import planmodel as pm

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
T, OBS, P, S, F, M = (
    "targets.csv",
    "observations.csv",
    "plan.yaml",
    "scenarios/test.yaml",
    "facts.csv",
    "measures.csv",
)
ROW = TARGETS.splitlines()[1] + "\n"
FILES = {P: PLAN, T: TARGETS, F: FACTS, M: MEASURES, OBS: OBSERVATIONS, S: SCENARIO}


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


def check_explained(tmp_path: Path, case: Case) -> None:
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

"""The rules of a scenario file, at their edges: what is just allowed, and what is just not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import planmodel as pm
from planmodel.scenario.scenario import another_scenario, scenario_names

TITLE = {"title": {"zh": "测试", "en": "Test"}}


def found(folder: Path, plan: pm.Plan, **content: Any) -> list[str]:
    """Return what a scenario of the shipped plan is told; nothing if it is sound."""
    path = folder / "test.yaml"
    path.write_text(yaml.safe_dump(TITLE | content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    try:
        pm.load_scenario(path, plan)
    except pm.InputError as error:
        return [f"{problem.found}: {problem.expected}" for problem in error.problems]
    return []


def shock(**changes: Any) -> dict[str, Any]:
    return {"shocks": [{"variable": "premium", "year": 2024, "size": -3} | changes]}


def path(growth: Any, **more: Any) -> dict[str, Any]:
    return {"drivers": {"city_gdp": {2024: growth} | more}}


SIZE, RATE, SD = "a size in points from -50 to 50", "growth in % a year from -50 to 100", "a standard deviation in points from 0 to 50"  # fmt: skip


@pytest.mark.parametrize(
    "content, said",
    [
        *((path(growth), "") for growth in (-50, 0, 100)),
        *((path(growth), f"{growth}: {RATE}") for growth in (-50.1, 100.1, True)),
        *((path(5, sd=sd), "") for sd in (0, 50, {2024: 1.5})),
        *((path(5, sd=sd), f"{sd}: {SD}") for sd in (-0.1, 50.1)),
        (path(5, sd={2024: -1}), f"-1: {SD}"),
        (path(5, sd={2023: 1}), "the year 2023: a year of the path"),
        *((shock(size=size), "") for size in (-50, 50)),
        *((shock(size=size), f"{size}: {SIZE}") for size in (-50.1, 50.1)),
        *((shock(persistence=share), "") for share in (0, 0.5, 1)),
        *((shock(persistence=share), f"{share}: a persistence from 0 to 1") for share in (-0.1, 1.1)),
        *((shock(year=year), "") for year in (2021, 2025)),
        *((shock(year=year), f"{year}: a year from 2021 to 2025") for year in (2020, 2026, True)),
        (shock(variable="other_gdp.district"), ""),
        (shock(variable="assets.core"), ""),
        (shock(variable="city_credit"), ""),
        *(({"measures": {"fintech": effort}}, "") for effort in (0, 1)),
        *(({"measures": {"fintech": effort}}, f"{effort}: an intensity from 0 to 1") for effort in (-0.1, 1.1)),
        ({"author": 3}, "3: a name"),
        ({"base": ["a"]}, "['a']: the name of a scenario"),
        ({"description": "words"}, "'words': a description in zh and en"),
        ({"description": {"zh": "述", "en": " "}}, "{'zh': '述', 'en': ' '}: a description in zh and en"),
        ({"description": {"zh": "述", "en": "Said"}}, ""),
        ({"shocks": ["a"]}, "'a': a shock with variable, year, size, unit, persistence"),
    ],
)  # fmt: skip
def test_what_a_scenario_may_say(tmp_path: Path, plan: pm.Plan, content: dict[str, Any], said: str) -> None:
    assert found(tmp_path, plan, **content) == ([said] if said else [])


def test_an_unknown_key_of_a_shock_is_named(tmp_path: Path, plan: pm.Plan) -> None:
    """With the keys that a shock has."""
    (said,) = found(tmp_path, plan, **shock(length=3))
    assert said == "key 'length': one of: persistence, size, unit, variable, year"


@pytest.mark.parametrize("key", ["variable", "year", "size"])
def test_a_shock_names_what_it_needs(tmp_path: Path, plan: pm.Plan, key: str) -> None:
    content = shock()
    del content["shocks"][0][key]
    assert found(tmp_path, plan, **content) == [f"no {key}: a shock with variable, year, size"]


def test_an_indicator_alone_means_its_whole_area(tmp_path: Path, plan: pm.Plan) -> None:
    """Not its part, and a name with its area or a driver's stays as it is."""
    for said, meant in (("assets", "assets.district"), ("assets.core", "assets.core"), ("margin", "margin")):
        assert found(tmp_path, plan, **shock(variable=said)) == []
        (one,) = pm.load_scenario(tmp_path / "test.yaml", plan).shocks
        assert one == pm.Shock(meant, 2024, -3.0, 0.0)


def test_the_second_of_two_scenarios_is_another(plan: pm.Plan) -> None:
    """The one that is wanted, or the next where that is the first."""
    wanted, first = scenario_names(plan)[2], scenario_names(plan)[0]
    assert another_scenario(plan, first, wanted).name == wanted
    assert another_scenario(plan, first, first).name == scenario_names(plan)[1]


def test_a_scenario_is_called_by_its_title() -> None:
    """By its name where it has none; what moves numbers is its fingerprint, and its words are not."""
    bare = pm.Scenario("bare", paths={("city_gdp", 2024): (5.0, 0.0)})
    assert (bare.heading(), bare.heading("en"), bare.text()) == ("bare", "bare", "")
    titled = pm.Scenario("titled", {"zh": "题", "en": "Title"}, description={"zh": "述"}, paths=bare.paths)
    assert (titled.heading(), titled.heading("en"), titled.text()) == ("题", "Title", "述")
    assert titled.fingerprint == bare.fingerprint
    assert pm.Scenario("moved", paths={("city_gdp", 2024): (5.0, 1.0)}).fingerprint != bare.fingerprint
    assert repr(bare) == "Scenario('bare', baseline, 1 driver-years, 0 shocks, 0 measures)"


def test_a_joined_scenario_speaks_for_all_and_is_as_severe_as_the_worst() -> None:
    one = pm.Scenario("one", {"zh": "一", "en": "One"}, "A", {"en": "First."}, "severe")
    two = pm.Scenario("two", {"zh": "二", "en": "Two"}, "B", {"en": "Second."}, "mild")
    both = pm.combine([one, two])
    assert (both.heading("en"), both.heading(), both.text("en")) == ("One + Two", "一 + 二", "First. Second.")
    assert (both.severity, both.author) == ("severe", "B")

"""Scenarios: ranges with their ends, several mistakes at once, what is inherited, and what a nameless one says."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from frozen import thawed

import planmodel as pm
from planmodel import scenario
from planmodel.scenario.scenario import another_scenario, scenario_names

HEAD = "title: {zh: 测试, en: Test}\n"


def load(plan: pm.Plan, folder: Path, body: str, name: str = "test") -> pm.Scenario:
    path = folder / f"{name}.yaml"
    path.write_text(HEAD + body, encoding="utf-8")
    return pm.load_scenario(path, plan)


RANGES = {
    "drivers: {{city_gdp: {{2024: {}}}}}\n": (-50, 100),
    "drivers: {{city_gdp: {{2024: 1, sd: {}}}}}\n": (0, 50),
    "drivers: {{city_gdp: {{2024: 1, sd: {{2024: {}}}}}}}\n": (0, 50),
    "shocks: [{{variable: premium, year: 2024, size: {}}}]\n": (-50, 50),
    "shocks: [{{variable: premium, year: 2024, size: 1, persistence: {}}}]\n": (0, 1),
    "measures: {{fintech: {}}}\n": (0, 1),
}


@pytest.mark.parametrize("body", RANGES)
def test_a_range_holds_its_ends_and_nothing_beyond_them(plan: pm.Plan, tmp_path: Path, body: str) -> None:
    """Nor is a truth value a number."""
    low, high = RANGES[body]
    for number in (low, high):
        assert load(plan, tmp_path, body.format(number))
    for number in (low - 0.01, high + 0.01, "true"):
        with pytest.raises(pm.InputError, match=f"from {low} to {high}"):
            load(plan, tmp_path, body.format(number))


@pytest.mark.parametrize(
    "year, known", [(2020, False), (2021, True), (2025, True), (2026, False), ("true", False)]
)
def test_years_are_the_plan_s_open_ones(plan: pm.Plan, tmp_path: Path, year: Any, known: bool) -> None:
    for body in (
        f"drivers: {{city_gdp: {{{year}: 1}}}}\n",
        f"shocks: [{{variable: premium, year: {year}, size: 1}}]\n",
    ):
        if known:
            assert load(plan, tmp_path, body)
        else:
            with pytest.raises(pm.InputError, match="a year from 2021 to 2025"):
                load(plan, tmp_path, body)


@pytest.mark.parametrize(
    "body, count",
    [
        ("sevrity: mild\nauthr: me\n", 2),
        ("author: 3\nbase: [baseline]\nseverity: huge\n", 3),
        ("drivers: [city_gdp]\nmeasures: [talent]\nshocks: 3\n", 3),
        ("drivers: {city: 3, town: {2030: 500}}\n", 5),
        ("shocks: [3, {variable: nothing, year: 1999, size: 99, persistence: 2, unit: x, more: 1}]\n", 7),
        ("shocks: [{}]\n", 3),
        ("measures: {nothing: 2, fintech: 3}\n", 3),
    ],
)
def test_every_mistake_of_a_file_is_told(plan: pm.Plan, tmp_path: Path, body: str, count: int) -> None:
    with pytest.raises(pm.InputError) as error:
        load(plan, tmp_path, body)
    assert len(error.value.problems) == count


@pytest.mark.parametrize(
    "texts",
    [
        "title: {zh: 一}\n",
        "title: {zh: 一, en: ' '}\n",
        "title: {zh: 一, en: 3}\n",
        "title: Test\n",
        "title: [zh, en]\n",
    ],
)
def test_a_title_and_a_description_are_texts_in_both_languages(
    plan: pm.Plan, tmp_path: Path, texts: str
) -> None:
    path = tmp_path / "test.yaml"
    for key, head in (("title", ""), ("description", HEAD)):
        path.write_text(head + texts.replace("title", key), encoding="utf-8")
        with pytest.raises(pm.InputError, match=f"a {key} in zh and en"):
            pm.load_scenario(path, plan)


def test_a_file_without_more_than_a_title_says_nothing(plan: pm.Plan, tmp_path: Path) -> None:
    found = load(plan, tmp_path, "")
    assert (found.name, found.author, found.severity) == ("test", "", "baseline")
    assert not found.paths
    assert found.shocks == ()
    assert not found.measures
    assert (found.heading("zh"), found.heading("en"), found.text("en")) == ("测试", "Test", "")
    assert pm.Scenario("bare").heading("en") == "bare"


def test_what_is_inherited_is_what_happens_and_not_what_is_said_of_it(plan: pm.Plan, tmp_path: Path) -> None:
    """Paths, shocks and measures come from the base; title, description and severity are the file's own."""
    base = (
        "description: {zh: 述, en: Said}\nseverity: severe\nauthor: B\n"
        "drivers: {city_gdp: {2024: 1, 2025: 2, sd: {2025: 0.5}}}\n"
        "shocks: [{variable: premium, year: 2024, size: -3, persistence: 0.5}]\nmeasures: {fintech: 0.5}\n"
    )
    first = load(plan, tmp_path, base, "first")
    found = load(plan, tmp_path, "base: first\nauthor: C\n", "second")
    assert first.paths == {("city_gdp", 2024): (1.0, 0.0), ("city_gdp", 2025): (2.0, 0.5)}
    assert first.shocks == (pm.Shock("premium.district", 2024, -3.0, 0.5),)
    for what in ("paths", "shocks", "measures", "fingerprint"):
        assert getattr(found, what) == getattr(first, what)
    assert (found.name, found.author, found.severity, found.text("en")) == ("second", "C", "baseline", "")
    both = load(plan, tmp_path, "base: baseline+first\n", "third")
    assert both.fingerprint == first.fingerprint


def test_a_base_in_a_folder_of_its_own_goes_before_the_plan_s(plan: pm.Plan, tmp_path: Path) -> None:
    load(plan, tmp_path, "measures: {fintech: 1}\n", "credit_squeeze")
    assert not load(plan, tmp_path, "base: credit_squeeze\n").paths
    (tmp_path / "credit_squeeze.yaml").unlink()
    assert (
        load(plan, tmp_path, "base: credit_squeeze\n").paths == pm.load_scenario("credit_squeeze", plan).paths
    )


def test_a_shock_on_an_inherited_path_is_refused(plan: pm.Plan, tmp_path: Path) -> None:
    load(plan, tmp_path, "drivers: {city_gdp: {2024: 1}}\n", "first")
    shock = "shocks: [{variable: city_gdp, year: 2024, size: 1}]\n"
    with pytest.raises(pm.InputError, match="a shock or a path, not both"):
        load(plan, tmp_path, "base: first\n" + shock)
    assert load(plan, tmp_path, "base: first\n" + shock.replace("2024", "2025")).shocks


def test_combined_scenarios_are_as_severe_as_the_severest_and_say_what_each_says() -> None:
    parts = [
        pm.Scenario("a", {"zh": "甲", "en": "A"}, "one", {"zh": "述", "en": "First."}, "severe"),
        pm.Scenario("b", {}, "two", {}, "mild"),
        pm.Scenario("c", {"zh": "丙", "en": "C"}, "three", {"zh": "末", "en": "Last."}),
    ]
    both = pm.combine(parts)
    assert (both.name, both.severity, both.author) == ("a+b+c", "severe", "three")
    assert (both.heading("en"), both.heading("zh")) == ("A + b + C", "甲 + b + 丙")
    assert both.text("en") == "First. Last."


def test_a_fingerprint_is_of_what_moves_numbers() -> None:
    one = pm.Scenario(
        "a", paths={("x", 2024): (1.0, 0.0), ("y", 2024): (2.0, 0.0)}, measures={"m": 1.0, "n": 0.5}
    )
    same = pm.Scenario(
        "b", {"zh": "乙"}, "me", severity="mild",
        paths={("y", 2024): (2.0, 0.0), ("x", 2024): (1.0, 0.0)}, measures={"n": 0.5, "m": 1.0},
    )  # fmt: skip
    assert one.fingerprint == same.fingerprint
    assert len(one.fingerprint) == 16
    for change in ({"paths": {}}, {"measures": {}}, {"shocks": (pm.Shock("x", 2025, 1.0),)}):
        assert dataclasses.replace(one, **change).fingerprint != one.fingerprint


def test_a_scenario_prints_what_it_holds() -> None:
    scenario = pm.Scenario("a", paths={("x", 2024): (1.0, 0.0)}, shocks=(pm.Shock("x", 2025, 1.0),))
    assert repr(scenario) == "Scenario('a', baseline, 1 driver-years, 1 shocks, 0 measures)"
    with pytest.raises(dataclasses.FrozenInstanceError):
        scenario.shocks[0].size = 2.0


def test_another_scenario_is_the_wanted_one_or_the_next(plan: pm.Plan) -> None:
    names = scenario_names(plan)
    assert another_scenario(plan, names[0], names[2]).name == names[2]
    assert another_scenario(plan, names[0], "unheard").name == names[1]
    assert another_scenario(plan, names[1], names[1]).name == names[0]


def test_where_a_plan_has_one_scenario_the_other_is_the_same(make_plan: Any, tmp_path: Path) -> None:
    assert another_scenario(make_plan(tmp_path), "baseline", "unheard").name == "baseline"


def test_deviations_are_saved_as_one_number_where_years_agree(plan: pm.Plan, tmp_path: Path) -> None:
    for deviations, text in (((1.5, 1.5), "sd: 1.5"), ((1.5, 0.5), "sd:\n"), ((0.0, 0.0), "")):
        paths = {("city_gdp", 2024 + n): (1.0, sd) for n, sd in enumerate(deviations)}
        pm.save_scenario(pm.Scenario("s", paths=paths), tmp_path / "s.yaml")
        saved = (tmp_path / "s.yaml").read_text("utf-8")
        assert text in saved
        assert ("sd" in saved) == bool(text)
        assert pm.load_scenario(tmp_path / "s.yaml", plan).paths == paths
        assert pm.load_scenario(tmp_path / "s.yaml", plan).heading("en") == "s"


def test_scenarios_and_shocks_are_frozen() -> None:
    assert thawed(scenario) == []

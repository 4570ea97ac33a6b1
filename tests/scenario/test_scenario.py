"""Scenarios: composing, overriding, saving, and what paths, shocks and measures do to the outlook."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

import planmodel as pm
from planmodel.base.files import shipped
from planmodel.questions.odds.marginal import probabilities
from planmodel.scenario.scenario import scenario_names
from planmodel.show.titles import title_with_severity
from planmodel.show.words.outlook import question, scenario_words
from planmodel.show.words.plausibility import acting_words

SCENARIOS = sorted(path.stem for path in shipped("data", "scenarios").glob("*.yaml"))


def growth(out: pm.Outlook, variable: str, year: int) -> tuple[float, float]:
    """Return mean and variance of a variable's log growth in a year."""
    names = out.model.law.names
    row = np.zeros(len(out.mean))
    place = (year - out.plan.base_year - 1) * len(names) + names.index(variable)
    row[place], row[place - len(names)] = 1.0, -1.0
    return float(row @ out.mean), float(row @ out.cov @ row)


def write(folder: Path, name: str, body: str) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text("title: {zh: 测试, en: Test}\n" + body, encoding="utf-8")
    return path


def test_a_path_is_taken_exactly(models: dict[int, pm.Model]) -> None:
    """A driver with a path grows as it says, without variance."""
    out = models[2023].run(
        pm.Scenario("p", paths={("city_credit", 2024): (5.0, 0.0), ("city_credit", 2025): (4.0, 0.0)})
    )
    for year, percent in ((2024, 5.0), (2025, 4.0)):
        mean, variance = growth(out, "city_credit", year)
        assert mean == pytest.approx(np.log1p(percent / 100), abs=1e-12)
        assert variance == pytest.approx(0, abs=1e-14)


def test_what_moves_with_a_driver_follows_its_path(models: dict[int, pm.Model]) -> None:
    """Each point of city credit moves the district's deposits and loans one for one."""
    low, high = (
        models[2023].run(pm.Scenario("p", paths={("city_credit", 2025): (g, 0.0)})) for g in (2.0, 12.0)
    )
    moved = growth(high, "deposits_loans.district", 2025)[0] - growth(low, "deposits_loans.district", 2025)[0]
    assert moved == pytest.approx(np.log(1.12 / 1.02), rel=1e-6)


def test_a_standard_deviation_softens_a_path(models: dict[int, pm.Model]) -> None:
    """With an s.d. the driver lies between its path and what it would have done, with variance left."""
    free, soft, hard = (
        growth(models[2023].run(pm.Scenario("p", paths=paths)), "city_credit", 2025)
        for paths in ({}, {("city_credit", 2025): (0.0, 2.0)}, {("city_credit", 2025): (0.0, 0.0)})
    )
    assert hard[0] < soft[0] < free[0]
    assert hard[1] < soft[1] < free[1]
    noise = 0.02**2
    assert soft[1] == pytest.approx(1 / (1 / free[1] + 1 / noise), rel=1e-9)


def test_a_shock_shifts_the_mean_alone(models: dict[int, pm.Model]) -> None:
    """A shock of s points with persistence p moves growth by s, then s·p, and no variance."""
    base = models[2023].run()
    out = models[2023].run(pm.Scenario("s", shocks=(pm.Shock("premium.district", 2024, -8.0, 0.5),)))
    for year, size in ((2024, -0.08), (2025, -0.04)):
        moved = growth(out, "premium.district", year)[0] - growth(base, "premium.district", year)[0]
        assert moved == pytest.approx(size, abs=1e-12)
    np.testing.assert_allclose(out.cov, base.cov, atol=1e-14)


def test_a_measure_widens(models: dict[int, pm.Model]) -> None:
    """Extra effort moves the mean of what it acts on and adds variance; none does nothing."""
    name = "attract_head_institutions"
    base, full, none = (
        models[2023].run(pm.Scenario("m", measures=m)) for m in ({}, {name: 1.0}, {name: 0.0})
    )
    before, after = (growth(out, "institutions.district", 2025) for out in (base, full))
    assert after[0] > before[0]
    assert after[1] > before[1]
    assert (np.diag(full.cov) >= np.diag(base.cov) - 1e-14).all()
    np.testing.assert_array_equal(none.mean, base.mean)


def test_entries_for_past_years_are_not_used_and_listed(models: dict[int, pm.Model]) -> None:
    """What a scenario says about history changes nothing, and the notes name it."""
    entries = {("city_credit", 2022): (1.0, 0.0)}
    out = models[2023].run(
        pm.Scenario("h", paths=entries, shocks=(pm.Shock("premium.district", 2021, -9.0),))
    )
    np.testing.assert_array_equal(out.mean, models[2023].run().mean)
    notes = out.notes[out.notes["reason"] == "history"]
    said = set(zip(notes["kind"], notes["subject"], notes["year"], strict=True))
    assert said == {("path", "city_credit", 2022), ("shock", "premium.district", 2021)}


def test_severer_slowdowns_are_worse(models: dict[int, pm.Model]) -> None:
    """No level target is likelier under a severer slowdown."""
    for model in models.values():
        names = ("baseline", "slowdown_mild", "slowdown_moderate", "slowdown_severe")
        odds = np.array([probabilities(model.run(name)) for name in names])
        levels = [not quantity.name.startswith("value_added_share") for quantity in model.goals.quantities]
        assert (np.diff(odds[:, levels], axis=0) <= 1e-12).all()


def test_scenarios_compose(plan: pm.Plan, models: dict[int, pm.Model]) -> None:
    """Names joined by + are one scenario with the entries of all."""
    both = pm.load_scenario("baseline+credit_squeeze+head_institutions", plan)
    squeeze, policy = (pm.load_scenario(name, plan) for name in ("credit_squeeze", "head_institutions"))
    assert both.paths == squeeze.paths
    assert both.measures == policy.measures
    assert both.shocks == squeeze.shocks
    assert both.severity == "moderate"
    out = models[2023].run("baseline+credit_squeeze+head_institutions")
    assert out.scenario.fingerprint == both.fingerprint
    np.testing.assert_array_equal(
        models[2023].run("baseline+credit_squeeze").mean, models[2023].run("credit_squeeze").mean
    )


def test_later_scenarios_override() -> None:
    """Later paths and measures override earlier ones; different shocks add up, the same shock counts once."""
    shock, other = pm.Shock("premium.district", 2024, -1.0), pm.Shock("premium.district", 2024, -2.0)
    key = ("city_credit", 2025)
    first = pm.Scenario("a", paths={key: (5.0, 0.0)}, shocks=(shock,), measures={"talent": 0.2})
    second = pm.Scenario("b", paths={key: (3.0, 1.0)}, shocks=(shock, other), measures={"talent": 0.9})
    both = pm.combine([first, second])
    assert both.paths == {key: (3.0, 1.0)}
    assert both.measures == {"talent": 0.9}
    assert both.shocks == (shock, other)
    assert both.name == "a+b"


def test_a_file_builds_on_others(plan: pm.Plan, tmp_path: Path) -> None:
    """`base` inherits, from the same folder first, and what the file says itself rules."""
    write(tmp_path, "first", "drivers: {city_credit: {2024: 5, 2025: 5}}\nseverity: mild\n")
    path = write(tmp_path, "second", "base: first\nseverity: severe\ndrivers: {city_credit: {2025: 2}}\n")
    scenario = pm.load_scenario(path, plan)
    assert scenario.name == "second"
    assert scenario.severity == "severe"
    assert scenario.paths == {("city_credit", 2024): (5.0, 0.0), ("city_credit", 2025): (2.0, 0.0)}


def test_a_shock_on_a_path_is_refused(models: dict[int, pm.Model]) -> None:
    """A shock on a driver-year with a path would be undone by it: an error, however they come together."""
    path = pm.Scenario("a", paths={("city_gdp", 2024): (5.0, 0.0)})
    shock = pm.Scenario("b", shocks=(pm.Shock("city_gdp", 2024, -2.0),))
    with pytest.raises(pm.InputError, match="city_gdp in 2024, which has a path of 5%"):
        pm.combine([path, shock])
    both = pm.Scenario("c", paths=path.paths, shocks=shock.shocks)
    with pytest.raises(pm.InputError, match="a shock or a path, not both"):
        models[2020].run(both)


@pytest.mark.parametrize("name", SCENARIOS)
def test_saving_and_loading_gives_equal_numbers(
    plan: pm.Plan, models: dict[int, pm.Model], tmp_path: Path, name: str
) -> None:
    """A saved scenario reads back to the same scenario and the same outlook."""
    scenario = pm.load_scenario(name, plan)
    pm.save_scenario(scenario, tmp_path / f"{name}.yaml")
    again = pm.load_scenario(tmp_path / f"{name}.yaml", plan)
    assert again.fingerprint == scenario.fingerprint
    assert (again.name, again.severity, dict(again.title)) == (name, scenario.severity, dict(scenario.title))
    np.testing.assert_array_equal(
        probabilities(models[2020].run(again)), probabilities(models[2020].run(scenario))
    )


def test_standard_deviations_by_year_survive_saving(plan: pm.Plan, tmp_path: Path) -> None:
    """A composed scenario may have a different s.d. in each year; saving keeps each."""
    paths = {("city_credit", 2024): (5.0, 0.0), ("city_credit", 2025): (4.0, 1.5)}
    pm.save_scenario(pm.Scenario("mixed", paths=paths), tmp_path / "mixed.yaml")
    assert pm.load_scenario(tmp_path / "mixed.yaml", plan).paths == paths


def test_a_saved_file_keeps_the_order_in_which_one_reads(plan: pm.Plan, tmp_path: Path) -> None:
    """Title and author come first, then what happens; a path's years in order, its deviation last."""
    scenario = pm.Scenario(
        "all",
        title={"zh": "全", "en": "All"},
        author="A. Person",
        description={"zh": "述", "en": "Said"},
        paths={("margin", 2025): (4.0, 1.5), ("margin", 2024): (5.0, 1.5), ("city_gdp", 2024): (3.0, 0.0)},
        shocks=(pm.Shock("premium.district", 2024, -2.0, 0.5),),
        measures={plan.measures["measure"][1]: 0.5, plan.measures["measure"][0]: 1.0},
    )
    pm.save_scenario(scenario, tmp_path / "all.yaml")
    saved = yaml.safe_load((tmp_path / "all.yaml").read_text(encoding="utf-8"))
    assert list(saved) == ["title", "author", "description", "severity", "drivers", "shocks", "measures"]
    assert list(saved["title"]) == ["zh", "en"]
    assert [list(path) for path in saved["drivers"].values()] == [[2024], [2024, 2025, "sd"]]
    assert list(saved["shocks"][0]) == ["unit", "variable", "year", "size", "persistence"]
    assert list(saved["measures"]) == list(scenario.measures)


def test_a_shock_without_persistence_is_gone_after_its_year(plan: pm.Plan, tmp_path: Path) -> None:
    """A file need not say how long a shock lasts: it then acts in its own year alone."""
    body = "shocks:\n  - {variable: premium, year: 2024, size: -3, unit: pp}\n"
    scenario = pm.load_scenario(write(tmp_path, "once", body), plan)
    assert scenario.shocks == (pm.Shock("premium.district", 2024, -3.0, 0.0),)


@pytest.mark.parametrize(
    "word, severity", [("基准", "baseline"), ("轻度", "mild"), ("中度", "moderate"), ("重度", "severe")]
)
def test_severity_words_in_chinese(plan: pm.Plan, tmp_path: Path, word: str, severity: str) -> None:
    """A severity may be written in Chinese."""
    assert pm.load_scenario(write(tmp_path, "words", f"severity: {word}\n"), plan).severity == severity


def test_a_plan_without_scenarios_has_a_baseline(tmp_path: Path, make_plan: Callable[..., pm.Plan]) -> None:
    """A plan of one's own runs with an empty baseline."""
    plan = make_plan(tmp_path)
    assert scenario_names(plan) == []
    assert not pm.load_scenario("baseline", plan).paths


def test_the_baseline_comes_first(plan: pm.Plan) -> None:
    """The shipped scenarios are listed with the baseline first, and hold all four severities."""
    names = scenario_names(plan)
    assert names[0] == "baseline"
    assert sorted(names) == SCENARIOS
    assert {pm.load_scenario(name, plan).severity for name in names} == {
        "baseline",
        "mild",
        "moderate",
        "severe",
    }


def test_a_scenario_keeps_its_own_copy() -> None:
    """Changing a dictionary after a scenario was made from it changes nothing."""
    paths = {("city_credit", 2024): (5.0, 0.0)}
    scenario = pm.Scenario("own", paths=paths)
    paths["city_credit", 2025] = (1.0, 0.0)
    assert list(scenario.paths) == [("city_credit", 2024)]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_description_is_true_as_of_every_year(plan: pm.Plan, lang: str) -> None:
    """Where years of a scenario are history, its words say which act; where none is, they say nothing of it."""
    for name in scenario_names(plan):
        scenario = pm.load_scenario(name, plan)
        years = {year for _, year in scenario.paths} | {shock.year for shock in scenario.shocks}
        for as_of in range(2020, 2026):
            said = acting_words(scenario, as_of, lang)
            assert bool(said) == any(year <= as_of for year in years)
            acting = {year for year in years if year > as_of}
            assert not said or {year for year in years - {as_of} if str(year) in said} == acting
        text = scenario.text(lang)
        assert "2021–2025" not in text
        sizes = {f"{-shock.size:g}" for shock in scenario.shocks if name.startswith("slowdown")}
        assert all(size in text for size in sizes)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_severity_is_said_once(models: dict[int, pm.Model], lang: str) -> None:
    """Also where the title names it; and a title that ends in "scenario" is not called one again."""
    for name in ("slowdown_moderate", "city_competition"):
        words = scenario_words(models[2023].run(name), lang)
        assert (
            words.partition("。" if lang == "zh" else ".")[0].count("中度" if lang == "zh" else "moderate")
            == 1
        )
    assert "情景”情景" not in question(models[2023].run(), lang)
    edited = pm.Scenario(
        "mine", {"zh": "放缓（中度）（调整）", "en": "Slowdown (moderate), adjusted"}, severity="moderate"
    )
    assert title_with_severity(edited, lang) == edited.heading(lang)
    assert title_with_severity(pm.load_scenario("baseline", models[2023].plan)) == "基准情景"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_descriptions_state_the_figures_of_their_files(plan: pm.Plan, lang: str) -> None:
    """Every rate of the credit squeeze's path, its shock and what is left of it; the exit of institutions likewise."""
    squeeze, leaving = (pm.load_scenario(name, plan) for name in ("credit_squeeze", "institutions_exit"))
    (blow,), (left,) = squeeze.shocks, leaving.shocks
    rates = {f"{growth:g}" for growth, _ in squeeze.paths.values()}
    for size in (*rates, f"{-blow.size:g}", f"{-blow.size * blow.persistence:g}", str(blow.year)):
        assert size in squeeze.text(lang)
    assert f"{-left.size:g}" in leaving.text(lang)
    falls = [plan_growth(pm.build_model(plan, as_of).run(leaving), 2025) for as_of in (2020, 2023)]
    assert falls == pytest.approx([-4, -4], abs=0.5)
    assert "停滞" not in pm.load_scenario("talent_shortage", plan).text()


def plan_growth(out: pm.Outlook, year: int) -> float:
    """Growth (%) of the median number of institutions in a year."""
    quantity = next(q for q in out.quantities if q.name == "institutions.district")
    return 100 * (out.median(quantity, year) / out.median(quantity, year - 1) - 1)

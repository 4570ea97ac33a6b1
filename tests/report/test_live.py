"""Sliders: every setting is a scenario that the model could run, and the page's numbers are the model's."""

import dataclasses
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from conftest import equations
from scipy.optimize import brentq
from scipy.special import log_expit, logit, ndtr

import planmodel as pm
from planmodel.questions.odds.marginal import probabilities
from planmodel.report.live import Live, faster
from planmodel.report.page_sliders import LIVE_TYPE, page_sliders
from planmodel.report.pages import report_page
from planmodel.report.report import Report
from planmodel.show.charts.fans import target_words

SCENARIOS = ["baseline", "credit_squeeze", "slowdown_severe", "head_institutions"]


def random_settings(live: Live, seed: int) -> np.ndarray:
    """Settings as the controls give them: on their steps, some untouched."""
    rng = np.random.default_rng(seed)
    values = [round(rng.uniform(slider.low, slider.high), 1) for slider in live.sliders]
    return np.where(rng.random(len(values)) < 0.3, live.start, values)


@pytest.fixture(
    scope="module", params=[(2020, "credit_squeeze"), (2023, "credit_squeeze"), (2023, "baseline")]
)
def report(request: pytest.FixtureRequest, models: dict[int, pm.Model]) -> Report:
    as_of, scenario = request.param
    model = models[as_of]
    return Report(model, model.run(scenario), 2_000, 1, "en")


@pytest.fixture(scope="module")
def data(report: Report) -> dict[str, Any]:
    return json.loads(json.dumps(page_sliders(report).data))


@pytest.mark.parametrize("as_of", [2020, 2023])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_setting_is_what_the_model_gives_for_its_scenario(
    models: dict[int, pm.Model], as_of: int, scenario: str
) -> None:
    """Driver paths, shocks, measures and observations of curved quantities included."""
    live = Live.of(models[as_of], pm.load_scenario(scenario, models[as_of].plan))
    for seed in range(5):
        settings = random_settings(live, seed)
        run = models[as_of].run(live.scenario_at(settings))
        assert live.probabilities(settings) == pytest.approx(probabilities(run), abs=1e-12)


def test_at_their_start_sliders_are_the_scenario(models: dict[int, pm.Model]) -> None:
    scenario = pm.load_scenario("head_institutions", models[2023].plan)
    live = Live.of(models[2023], scenario)
    assert live.scenario_at(live.start).fingerprint == scenario.fingerprint
    assert set(live.start) > {0.0}


def test_a_given_path_is_moved_and_a_free_driver_is_shocked(models: dict[int, pm.Model]) -> None:
    live = Live.of(models[2023], pm.load_scenario("credit_squeeze", models[2023].plan))
    names = [slider.name for slider in live.sliders]
    settings = live.start
    settings[[names.index("city_credit"), names.index("city_gdp")]] = 2.0, -1.0
    moved = live.scenario_at(settings)
    assert moved.paths["city_credit", 2024][0] == faster(5.5, 2.0) == pytest.approx(7.631, abs=1e-3)
    assert moved.paths["city_credit", 2023] == live.scenario.paths["city_credit", 2023]
    assert [(s.year, s.size) for s in moved.shocks if s.variable == "city_gdp"] == [(2024, -1), (2025, -1)]


def test_faster_growth_adds_points_in_logs() -> None:
    assert np.log1p(faster(5.0, 3.0) / 100) == pytest.approx(np.log(1.05) + 0.03, abs=1e-15)


def test_without_open_years_there_is_nothing_to_move(plan: pm.Plan) -> None:
    model = pm.build_model(plan, as_of=plan.target_year)
    report = Report(model, model.run("baseline"), 2_000, 1, "zh")
    assert page_sliders(report).data == {}
    assert 'id="live"' not in page_of(report)


def page_of(report: Report) -> str:
    output = nbformat.v4.new_output("display_data", page_sliders(report)._repr_mimebundle_())
    return report_page(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=[output])]), "", "", "", "en"
    )


def test_a_plan_without_drivers_and_measures_has_a_page_without_sliders(
    make_plan: Callable[..., pm.Plan], tmp_path: Path
) -> None:
    rows = equations("value_added.town", drift=(3, 1), innovation=0)
    model = pm.build_model(make_plan(tmp_path, equations=rows), 2020)
    report = Report(model, model.run("baseline"), 2_000, 1, "en")
    assert "live-data" not in page_of(report)
    assert "sliders" in repr(page_sliders(report))


def test_a_target_without_a_base_has_no_number(make_plan: Callable[..., pm.Plan], tmp_path: Path) -> None:
    plan = make_plan(
        tmp_path,
        targets=[{}, {"indicator": "assets", "base": "", "name_en": "Assets"}],
        equations=[
            *equations("value_added.town", drift=(3, 1), innovation=0, **{"on:wind": 1}),
            *equations("wind", drift=(1, 1), innovation=0),
        ],
        drivers={"wind": {"zh": "风", "en": "Wind"}},
    )
    model = pm.build_model(plan, 2020)
    report = Report(model, model.run("baseline"), 2_000, 1, "en")
    data = page_sliders(report).data
    assert [slider["name"] for slider in data["sliders"]] == ["wind"]
    saved = [target["saved"] for target in data["targets"]]
    assert saved[0] == pytest.approx(probabilities(report.outlook)[0])
    assert saved[1] is None
    assert "NaN" not in page_of(report)


def test_a_measure_that_a_path_would_undo_has_no_slider(models: dict[int, pm.Model]) -> None:
    effects = models[2023].effects
    effects.loc[0, "variable"] = "city_credit"
    model = dataclasses.replace(models[2023], _effects=effects)
    undone = effects.loc[0, "measure"]
    kept = {
        name: undone in [slider.name for slider in Live.of(model, pm.load_scenario(name, model.plan)).sliders]
        for name in ("baseline", "credit_squeeze")
    }
    assert kept == {"baseline": True, "credit_squeeze": False}


# What the script of a page does, in Python, from nothing but the page's own data.


def law(quantity: dict[str, Any], year: int, settings: np.ndarray) -> tuple[Any, Any]:
    row = quantity["laws"][year]
    mean, cov = np.array(row["mean"]), np.array(row["cov"])
    for k, *shift in row["shift"]:
        mean = mean + settings[k] * np.array(shift)
    for k, *spread in row["spread"]:
        cov = cov + settings[k] ** 2 * np.array(spread)
    return mean, cov


def above(data: dict[str, Any], quantity: dict[str, Any], mean: Any, cov: Any, level: float) -> float:
    """P(value ≥ scale·exp(level)) by the page's quadrature over X (U for sums where it matters less)."""
    (u, x), (uu, ux, xx) = mean, cov
    if not quantity["curved"]:
        edge = level if quantity["form"] == "log" else logit(np.exp(level))
        return float(ndtr((u - edge) / np.sqrt(uu)))
    nodes, weights = np.array(data["nodes"]), np.array(data["weights"])
    at, beta = x + np.sqrt(xx) * nodes, ux / np.sqrt(xx)
    needed = level - log_expit(at)
    with np.errstate(invalid="ignore", divide="ignore"):
        edge = needed if quantity["form"] == "log" else np.where(needed < 0, logit(np.exp(needed)), np.inf)
    return float(weights @ ndtr((u + beta * nodes - edge) / np.sqrt(uu - beta**2)))


def targets_of(data: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [(target, data["quantities"][target["quantity"]]) for target in data["targets"]]


@pytest.mark.parametrize("seed", range(3))
def test_probabilities_from_the_page_are_the_kernels(report: Report, data: dict[str, Any], seed: int) -> None:
    live = Live.of(report.model, report.outlook.scenario)
    settings = random_settings(live, seed)
    found = [
        above(data, quantity, *law(quantity, -1, settings), target["level"])
        for target, quantity in targets_of(data)
    ]
    kernel = pm.reach(report.model.run(live.scenario_at(settings)))["probability"]
    assert found == pytest.approx(kernel.tolist(), abs=1e-8)


def test_quantiles_of_parts_from_the_page_are_the_kernels(report: Report, data: dict[str, Any]) -> None:
    live = Live.of(report.model, report.outlook.scenario)
    settings = random_settings(live, 7)
    rows = report.model.run(live.scenario_at(settings)).quantiles(data["probabilities"])
    kernel = rows.set_index(["target", "year", "quantile"])["value"]
    parts = [quantity for _, quantity in targets_of(data) if quantity["curved"]]
    assert len(parts) == 6
    for quantity in parts:
        mean, cov = law(quantity, -1, settings)
        for p in (0.1, 0.9):
            wanted = kernel.loc[(quantity["name"], data["years"][-1], p)]
            level = np.log(wanted / quantity["scale"])
            root = brentq(lambda x: above(data, quantity, mean, cov, x) - (1 - p), level - 0.1, level + 0.1)  # noqa: B023
            assert quantity["scale"] * np.exp(root) == pytest.approx(wanted, rel=1e-6)


def test_growth_beside_a_drivers_slider_is_its_median_growth(report: Report, data: dict[str, Any]) -> None:
    live = Live.of(report.model, report.outlook.scenario)
    settings = random_settings(live, 3)
    rows = (
        report.model.run(live.scenario_at(settings)).quantiles([0.5]).set_index(["target", "year"])["value"]
    )
    as_of, last = report.outlook.as_of, report.outlook.plan.target_year
    for slider in data["sliders"]:
        if slider["kind"] != "driver":
            continue
        growth, *added = slider["growth"]
        shown = np.exp(growth + np.dot(added, settings))
        place = report.model.law.names.index(slider["name"])
        first = np.exp(report.model.law.base[place]) if as_of == 2020 else rows[slider["name"], as_of]
        assert shown == pytest.approx((rows[slider["name"], last] / first) ** (1 / (last - as_of)), rel=1e-9)


def test_data_cannot_end_its_script_and_is_a_small_part_of_the_page(report: Report) -> None:
    page = page_of(report)
    script = re.search(r'<script type="application/json" id="live-data">(.*?)</script>', page, re.DOTALL)
    assert script
    assert "<" not in script[1]
    assert len(script[1]) < 400_000
    assert json.loads(script[1])["scenario"]["name"] == report.outlook.scenario.name


def test_words_from_files_reach_the_page_escaped(report: Report) -> None:
    bundle = page_sliders(report)._repr_mimebundle_()
    bundle = json.loads(json.dumps(bundle).replace("City GDP", "<img src=x onerror=alert(1)>"))
    output = nbformat.v4.new_output("display_data", bundle)
    page = report_page(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=[output])]), "", "", "", "en"
    )
    assert "<img" not in page


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_word_of_the_panel_is_in_the_readers_language(models: dict[int, pm.Model], lang: str) -> None:
    model = models[2023]
    data = page_sliders(Report(model, model.run("credit_squeeze"), 2_000, 1, lang)).data
    assert LIVE_TYPE in page_sliders(Report(model, model.run("baseline"), 2_000, 1, lang))._repr_mimebundle_()
    assert data["words"].pop("between") == {"zh": "", "en": " "}[lang]
    words = [*data["words"].values(), *(slider["label"] for slider in data["sliders"])]
    assert not [word for word in words if word.startswith("live_")]
    chinese = [word for word in words if re.search("[\u4e00-\u9fff]", word)]
    assert len(chinese) >= len(words) - 1 if lang == "zh" else not chinese


def test_the_line_of_a_target_says_what_it_says_in_the_report(report: Report, data: dict[str, Any]) -> None:
    plan = report.outlook.plan
    for target in data["targets"]:
        unit = plan.by_name[target["name"]].unit
        assert target["line"] == target_words(target["threshold"], unit, report.lang)

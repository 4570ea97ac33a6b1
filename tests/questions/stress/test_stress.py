"""Reverse stress, worst case and plausibility: the algebra of distances, then the shipped plan."""

from __future__ import annotations

import itertools
import math
import pickle
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import equations
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize
from scipy.special import chdtrc, ndtr

import planmodel as pm
from planmodel.law.condition import Lines
from planmodel.law.gaussian import condition
from planmodel.law.quantity import Quantity
from planmodel.model.observed import path_conditions
from planmodel.questions.odds.marginal import probabilities
from planmodel.questions.stress.failure import LimitState, Standard, nearest_failure, worst_within
from planmodel.questions.stress.failure_count import Together, least_distance, nearest_count
from planmodel.questions.stress.paths import carriers
from planmodel.questions.stress.reverse import failing_path
from planmodel.scenario.scenario import Scenario, Shock
from planmodel.show.charts.stress import distances, path_panels, path_title
from planmodel.show.charts.targets import show
from planmodel.show.labels import figure, percent
from planmodel.show.words.needs import path_words
from planmodel.show.words.plausibility import plausibility_shown, plausibility_words
from planmodel.show.words.stress import break_words, breaks_words, count_words, deviation_words, worst_words

LEVEL = Quantity("a", "a", "", "", "log", {"a": 1.0})
FORMS = ("log", "logit", "sum")

# The example of four indicators: mean and s.d. of annual log growth in %, equal correlation, five years.
NAMES = ("value_added", "assets", "deposits_loans", "premium")
MEANS, SDS, RHO = (7.0, 8.5, 5.0, 8.0), (3.5, 5.0, 4.0, 6.0), 0.5
LEVELS = ((288.9, 400.0), (2.0, 3.0), (1.5, 1.8), (98.13, 135.0))


def part(form: str) -> Quantity:
    """A curved quantity: a part of a whole, or a sum."""
    return Quantity("p", "p", "", "", form, {"a": 1.0}, "x")


@pytest.fixture
def four(make_plan: Callable[..., pm.Plan], tmp_path: Path) -> pm.Outlook:
    """The example of four indicators, as a plan."""
    rows = []
    for n, name in enumerate(NAMES):
        own = {"drift": (MEANS[n], 0.0), "innovation": SDS[n]}
        own |= {f"innovation_with:{other}.town": RHO for other in NAMES[:n]}
        rows += equations(f"{name}.town", **own)
    targets = [
        {"indicator": name, "base": base, "target": target, "name_zh": name, "name_en": name}
        for name, (base, target) in zip(NAMES, LEVELS, strict=True)
    ]
    return pm.build_model(make_plan(tmp_path / "four", targets=targets, equations=rows), 2020).run()


@pytest.fixture(scope="module")
def model(plan: pm.Plan) -> pm.Model:
    return pm.build_model(plan, as_of=2023)


@pytest.fixture(scope="module")
def out(model: pm.Model) -> pm.Outlook:
    return model.run()


@pytest.fixture(scope="module")
def table(out: pm.Outlook) -> pm.stress.Breaks:
    return pm.breaks(out)


def annual_growth(path: pd.DataFrame) -> list[float]:
    """Average log growth to the last year, % a year, by indicator."""
    last = path[path["year"] == 2025].set_index("indicator")["on_path"]
    return [20 * math.log(last[name] / base) for name, (base, _) in zip(NAMES, LEVELS, strict=True)]


def test_the_example_of_four_indicators(four: pm.Outlook) -> None:
    """Distances, odds, the path that breaks premium income and the worst case of value added, as printed."""
    rows = pm.breaks(four).set_index("indicator")
    assert rows.loc[list(NAMES), "distance"].tolist() == pytest.approx([0.315, 0.175, 0.757, 0.604], abs=6e-4)
    assert rows.loc[list(NAMES), "tail"].tolist() == pytest.approx([0.377, 0.431, 0.225, 0.273], abs=6e-4)
    breaking = annual_growth(pm.breaks(four).path("premium.town"))
    assert breaking == pytest.approx([6.53, 7.82, 4.46, 6.38], abs=6e-3)
    worst = pm.worst_case(four, "value_added.town", 2.0)
    assert annual_growth(worst) == pytest.approx([3.87, 6.26, 3.21, 5.32], abs=6e-3)
    assert worst[worst["indicator"] == "value_added"]["on_path"].iloc[-1] == pytest.approx(350.6, abs=0.05)


def test_the_conditional_forecast_of_the_example() -> None:
    """Value added at 2 % a year in logs: growth and s.d. of the others, δ² = 10.20 and its tail 0.0014, as printed."""
    mean, sd = 5 * np.array(MEANS) / 100, math.sqrt(5) * np.array(SDS) / 100
    cov = np.outer(sd, sd) * (RHO + (1 - RHO) * np.eye(4))
    growth = 5 * 0.02
    found, left = condition(mean, cov, np.eye(4)[:1], np.array([growth]), np.zeros(1))
    assert (found[1:] * 20).tolist() == pytest.approx([4.93, 2.14, 3.71], abs=6e-3)
    assert np.sqrt(np.diag(left))[1:].tolist() == pytest.approx([0.0968, 0.0775, 0.1162], abs=6e-5)
    squared = (growth - mean[0]) ** 2 / cov[0, 0]
    assert squared == pytest.approx(10.20, abs=6e-3)
    assert chdtrc(1, squared) == pytest.approx(0.0014, abs=5e-5)


Q = st.floats(-2, 2)


@st.composite
def laws(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Mean and a regular covariance of (U, X)."""
    sd = np.array([draw(st.floats(0.05, 1.0)), draw(st.floats(0.05, 1.0))])
    rho = draw(st.floats(-0.9, 0.9))
    return np.array([draw(Q), draw(Q)]), np.outer(sd, sd) * np.array([[1, rho], [rho, 1]])


@settings(max_examples=150, deadline=None)
@given(laws(), st.sampled_from(FORMS), st.floats(-1, 1), st.booleans(), st.floats(-3, 3))
def test_the_failing_point_is_the_nearest_of_the_surface(
    law: tuple[np.ndarray, np.ndarray], form: str, shift: float, at_least: bool, other: float
) -> None:
    """It lies on the surface, its Mahalanobis length is the distance, any other point there is farther."""
    mean, cov = law
    quantity = part(form)
    margin = LimitState(quantity, float(quantity.log_value(*mean)) + shift, at_least)
    distance, w = nearest_failure(margin, Standard.of(mean, cov))
    if w is None:
        assert form == "logit"
        assert margin.level > -0.5
        return
    point = Standard.of(mean, cov).point(w)
    assert float(margin.height(*point)) == pytest.approx(0, abs=1e-8)
    gap = point - mean
    assert gap @ np.linalg.solve(cov, gap) == pytest.approx(distance**2, rel=1e-7, abs=1e-14)
    assert (distance >= 0) == (margin.height(*mean) >= 0)
    u = point[0] + other
    beyond = np.linspace(-30, 30, 601)
    heights = margin.height(np.full_like(beyond, u), beyond)
    for place in np.flatnonzero(np.diff(np.sign(heights)))[:1]:
        x = brentq(lambda x: float(margin.height(u, x)), beyond[place], beyond[place + 1], xtol=1e-13)
        gap = np.array([u, x]) - mean
        assert math.sqrt(gap @ np.linalg.solve(cov, gap)) >= abs(distance) - 1e-8


@settings(max_examples=40, deadline=None)
@given(laws(), st.sampled_from(FORMS), st.floats(-0.6, 0.6))
def test_the_curved_solver_agrees_with_a_general_one(
    law: tuple[np.ndarray, np.ndarray], form: str, shift: float
) -> None:
    """No point that SLSQP finds on the surface, from several starts, is nearer."""
    mean, cov = law
    quantity, root = part(form), np.linalg.cholesky(cov)
    margin = LimitState(quantity, float(quantity.log_value(*mean)) + shift, True)
    distance, w = nearest_failure(margin, Standard.of(mean, cov))
    for start in ((0.1, 0.1), (-1.0, 0.5), (1.0, -0.5)):
        found = minimize(
            lambda v: v @ v,
            start,
            jac=lambda v: 2 * v,
            constraints={"type": "eq", "fun": lambda v: float(margin.height(*(mean + root @ v)))},
            method="SLSQP",
            options={"ftol": 1e-14, "maxiter": 200},
        )
        if found.success and abs(margin.height(*(mean + root @ found.x))) < 1e-9:
            assert w is not None
            assert abs(distance) <= math.sqrt(found.fun) + 1e-6


@pytest.mark.parametrize("form", ["log", "logit"])
def test_a_share_without_variance_is_the_exact_case(form: str) -> None:
    """As the s.d. of the share goes to 0 the curved distance goes to (E log value - b) / s.d. on a plane."""
    mean = np.array([0.3, 0.8])
    quantity, straight = part(form), Quantity("a", "a", "", "", form, {"a": 1.0})
    level = float(quantity.log_value(*mean)) - 0.2
    plane = LimitState(straight, level - float(-np.log1p(np.exp(-mean[1]))), True)
    exact = (mean[0] - plane.edge) / 0.4
    for sd, accuracy in ((1e-2, 1e-3), (1e-4, 1e-6), (0.0, 1e-12)):
        law = Standard.of(mean, np.diag([0.16, sd**2]))
        assert nearest_failure(LimitState(quantity, level, True), law)[0] == pytest.approx(
            exact, abs=accuracy
        )
        worst = law.point(worst_within(LimitState(quantity, level, True), law, 2.0))
        assert worst == pytest.approx(mean - [0.8, 0.0], abs=accuracy)


@settings(max_examples=60, deadline=None)
@given(laws(), st.lists(st.floats(-2, 2), min_size=4, max_size=4), st.floats(-1, 1))
def test_a_change_of_variables_changes_nothing(
    law: tuple[np.ndarray, np.ndarray], entries: list[float], level: float
) -> None:
    """Under x → Ax distance and point go along: c'A⁻¹ on Ax has the distance of c on x."""
    mean, cov = law
    turn = np.array(entries).reshape(2, 2) + 3 * np.eye(2)
    row = np.array([[1.0, -0.5]])

    def reach(rows: np.ndarray, m: np.ndarray, v: np.ndarray) -> tuple[float, np.ndarray]:
        margin = LimitState(LEVEL, level, True)
        own = Standard.of(np.append(rows @ m, 0.0), np.pad(rows @ v @ rows.T, (0, 1)))
        distance, w = nearest_failure(margin, own)
        assert w is not None
        return distance, m + v @ rows.T @ own.weights(w)[:1]

    distance, point = reach(row, mean, cov)
    turned, turned_point = reach(row @ np.linalg.inv(turn), turn @ mean, turn @ cov @ turn.T)
    assert turned == pytest.approx(distance, rel=1e-6, abs=1e-9)
    assert turned_point == pytest.approx(turn @ point, rel=1e-6, abs=1e-7)


@settings(max_examples=60, deadline=None)
@given(laws(), st.sampled_from(FORMS), st.floats(0.1, 3), st.floats(0, 2 * math.pi), st.floats(0, 1))
def test_no_point_of_the_ball_is_worse_than_the_worst_case(
    law: tuple[np.ndarray, np.ndarray], form: str, distance: float, angle: float, inside: float
) -> None:
    """The worst point lies at the distance given, and the margin of any other point within is higher."""
    mean, cov = law
    margin = LimitState(part(form), 0.0, True)
    own = Standard.of(mean, cov)
    w = worst_within(margin, own, distance)
    assert np.linalg.norm(w) == pytest.approx(distance, rel=1e-12)
    other = inside * distance * np.array([math.cos(angle), math.sin(angle)])
    assert float(margin.height(*own.point(w))) <= float(margin.height(*own.point(other))) + 1e-12


def test_conditioning_in_two_steps_equals_one(out: pm.Outlook) -> None:
    """Taking the target year's value added first to the threshold, then credit: as both at once."""
    goals = out.model.goals
    rows = goals.rows[[4, 10], 0]
    values = goals.levels[[4, 10]]
    once = condition(out.mean, out.cov, rows, values, np.zeros(2))
    first = condition(out.mean, out.cov, rows[:1], values[:1], np.zeros(1))
    twice = condition(*first, rows[1:], values[1:], np.zeros(1))
    np.testing.assert_allclose(twice[0], once[0], atol=1e-9)
    np.testing.assert_allclose(twice[1], once[1], atol=1e-9)


def test_the_failing_path_is_the_expectation_given_the_threshold(out: pm.Outlook) -> None:
    """For a log-linear target: E[y | c'y = b]; it ends at the threshold and keeps what was observed."""
    goals = out.model.goals
    path = failing_path(out, "assets.district")
    given_that = condition(out.mean, out.cov, goals.rows[8, :1], goals.levels[8:9], np.zeros(1))[0]
    credit = out.model.law.names.index("city_credit")
    levels = np.exp(given_that.reshape(5, -1)[:, credit])
    np.testing.assert_allclose(path[path["quantity"] == "city_credit"]["on_path"], levels, rtol=1e-10)
    assert path[path["quantity"] == "assets.district"]["on_path"].iloc[-1] == pytest.approx(3.0, rel=1e-12)
    known = path[(path["quantity"] == "city_credit") & (path["year"] <= 2023)]
    assert known["difference"].abs().max() < 1e-6


def test_every_open_target_ends_at_its_threshold(out: pm.Outlook, table: pm.stress.Breaks) -> None:
    """Parts too."""
    thresholds = out.plan.targets.set_index("name")["threshold"]
    for target in table["target"]:
        path = table.path(target)
        last = path[(path["quantity"] == target) & (path["year"] == 2025)]["on_path"].iloc[0]
        assert last == pytest.approx(thresholds[target], rel=1e-9)


def test_the_length_of_the_path_is_the_distance(out: pm.Outlook, table: pm.stress.Breaks) -> None:
    """(y - μ)'Σ⁺(y - μ) of the whole vector is the squared distance."""
    from planmodel.questions.stress.paths import threshold_point

    values, vectors = np.linalg.eigh(out.cov)
    kept = values > 1e-12 * values[-1]
    for row in table.itertuples():
        gap = vectors[:, kept].T @ (threshold_point(out, row.target) - out.mean)
        assert np.sum(gap**2 / values[kept]) == pytest.approx(row.distance**2, rel=1e-5, abs=1e-9)


def test_tails_are_exact_for_log_linear_targets_and_near_for_parts(
    out: pm.Outlook, table: pm.stress.Breaks
) -> None:
    fails = 1 - probabilities(out)
    np.testing.assert_allclose(table["failure_probability"], fails, atol=1e-15)
    np.testing.assert_allclose(table["tail"], ndtr(-table["distance"]), atol=1e-15)
    assert table.loc[table["exact"], "target"].tolist() == [
        quantity.name for quantity in out.model.goals.quantities if quantity.log_linear
    ]
    np.testing.assert_allclose(table["tail"][table["exact"]], fails[table["exact"]], atol=1e-12)
    assert (table["tail"] - fails).abs().max() < 0.03


@pytest.mark.parametrize("as_of, accuracy", [(2020, 1e-9), (2023, 1e-3)])
def test_a_driver_alone_as_a_scenario_brings_the_target_to_even_odds(
    plan: pm.Plan, as_of: int, accuracy: float
) -> None:
    """Its path, run as a scenario, has the log-linear target's median on the threshold.

    Observed GDP, a sum, is linearised anew under the scenario: then up to its curvature.
    """
    model = pm.build_model(plan, as_of)
    table = pm.breaks(model.run())
    for target, driver in (("assets.district", "city_credit"), ("premium.district", "national_premium")):
        path = table.path(target, driver)
        own = path[(path["quantity"] == driver) & (path["year"] > as_of)]
        paths = {(driver, int(r.year)): (float(r.path_growth), 0.0) for r in own.itertuples()}
        run = model.run(Scenario("alone", paths=paths))
        odds = pm.reach(run).set_index("target")["probability"]
        assert odds[target] == pytest.approx(0.5, abs=accuracy)
        found = table.set_index("target").loc[target]
        assert found["driver"] == driver
        # That scenario is as implausible as the table says.
        assert pm.plausibility(run)["delta"].iloc[0] == pytest.approx(abs(found["driver_distance"]), rel=1e-8)
        # Alone the driver has farther to go, by the root of what it explains.
        assert found["driver_distance"] == pytest.approx(found["distance"] / math.sqrt(found["driver_share"]))


def test_a_target_that_fails_has_its_smallest_improvement(table: pm.stress.Breaks) -> None:
    """Its distance is negative, and its path lies above the central one."""
    failing = table[table["distance"] < 0]
    assert len(failing)
    for target in failing["target"]:
        path = table.path(target)
        assert path[path["quantity"] == target]["difference"].iloc[-1] > 0


def test_at_most_turns_the_sign(make_plan: Callable[..., pm.Plan], tmp_path: Path) -> None:
    """The same threshold as a ceiling is as far, on the other side."""
    own = equations("value_added.town", drift=(2.0, 1.0), innovation=3.0)
    found = [
        pm.breaks(
            pm.build_model(make_plan(tmp_path / way, targets=[{"direction": way}], equations=own), 2020).run()
        )["distance"].iloc[0]
        for way in ("at_least", "at_most")
    ]
    assert found[0] == pytest.approx(-found[1], rel=1e-12)
    assert found[0] < 0


def test_certain_and_impossible_targets(make_plan: Callable[..., pm.Plan], tmp_path: Path) -> None:
    """Observed in the target year: an infinite distance, no path, and a sentence that says so."""
    own = equations("value_added.town", drift=(2.0, 1.0), innovation=3.0)
    for value, distance in ((130, math.inf), (110, -math.inf)):
        seen = [{"variable": "value_added", "year": 2025, "value": value}]
        plan = make_plan(tmp_path / str(value), equations=own, observations=seen)
        out = pm.build_model(plan, 2025).run()
        found = pm.breaks(out)
        assert found["distance"].tolist() == [distance]
        assert found["tail"].tolist() == [0.0 if distance > 0 else 1.0]
        assert "certain to be" in break_words(out, found, "en")[0]
        with pytest.raises(pm.InputError, match="certain or impossible"):
            found.path("value_added.town")


def test_a_target_without_base_is_left_out(make_plan: Callable[..., pm.Plan], tmp_path: Path) -> None:
    plan = make_plan(tmp_path / "p", targets=[{}, {"indicator": "assets", "base": ""}])
    out = pm.build_model(plan, 2020).run()
    found = pm.breaks(out).set_index("indicator")
    assert math.isnan(found.at["assets", "distance"])
    assert break_words(out, pm.breaks(out), "en")[1] == "No base value, so no judgement."
    assert math.isfinite(found.at["value_added", "distance"])
    with pytest.raises(pm.InputError, match="no base value"):
        failing_path(pm.build_model(plan, 2020).run(), "assets.town")


def test_wrong_names_and_distances_are_refused(out: pm.Outlook) -> None:
    with pytest.raises(pm.InputError, match=r"Did you mean 'assets.district'"):
        failing_path(out, "asset.district")
    with pytest.raises(pm.InputError, match="Did you mean 'city_credit'"):
        failing_path(out, "assets.district", "city_credits")
    with pytest.raises(pm.InputError, match="does not move"):
        failing_path(out, "institutions.district", "city_credit")
    with pytest.raises(pm.InputError, match="0 or more"):
        pm.worst_case(out, "assets.district", -1)
    with pytest.raises(pm.InputError, match="from 1 to 13"):
        pm.breaks_count(out, 14)


def test_worst_case_at_the_distance_to_failure_is_the_threshold(
    out: pm.Outlook, table: pm.stress.Breaks
) -> None:
    """Worst within δ of a target that holds: exactly its threshold; within 0: the central path."""
    thresholds = out.plan.targets.set_index("name")["threshold"]
    for row in table[table["distance"] > 0].itertuples():
        path = pm.worst_case(out, row.target, row.distance)
        last = path[(path["quantity"] == row.target) & (path["year"] == 2025)]["on_path"].iloc[0]
        assert last == pytest.approx(thresholds[row.target], rel=1e-9)
    assert pm.worst_case(out, "assets.core", 0.0)["difference"].abs().max() == 0


def test_the_worst_case_is_by_default_within_two_standard_deviations(out: pm.Outlook) -> None:
    pd.testing.assert_frame_equal(
        pm.worst_case(out, "assets.core"), pm.worst_case(out, "assets.core", distance=2.0)
    )


def test_a_ratio_is_carried_by_its_numerator_and_denominator(
    out: pm.Outlook, make_plan: Callable[..., pm.Plan], tmp_path: Path
) -> None:
    """The denominator may be that of another area; a level, and a ratio that stands alone, carry themselves."""
    for area in ("district", "core"):
        assert carriers(out, f"value_added_share.{area}") == [f"value_added.{area}", "gdp.district"]
    assert carriers(out, "assets.core") == ["assets.core"]
    target = {"indicator": "rate", "unit": "%", "kind": "ratio", "base": 20, "target": 25}
    own = equations("rate.town", drift=1, innovation=2)
    alone = make_plan(tmp_path, targets=[target], equations=own, ratios={"rate": "independent"})
    assert carriers(pm.build_model(alone).run(), "rate.town") == ["rate.town"]


def test_sentences_in_both_languages(out: pm.Outlook) -> None:
    """They state the table's own distance, odds and driver, and the figures of the path."""
    early = pm.build_model(out.plan, as_of=2020).run()
    table = pm.breaks(early)
    own, path = table[table["target"] == "assets.district"], table.path("assets.district", "city_credit")
    row, (zh,), (en,) = own.iloc[0], break_words(early, own, "zh"), break_words(early, own, "en")
    low = -path[path["quantity"] == "city_credit"]["growth_difference"].mean()
    odds = percent(row["failure_probability"])
    assert zh.startswith(
        f"距不达标边界{row['distance']:.2f}个标准差，不达标概率{odds}。若仅全市人民币存贷款余额增速"
    )
    assert f"在2021–2025年各低{low:.1f}个百分点" in zh
    sentence = f"growth of city RMB deposits and loans is lower by {low:.1f} points a year in 2021–2025"
    assert sentence in en
    for lang in ("zh", "en"):
        table = pm.breaks(out)
        assert len(breaks_words(table, out.plan, lang)) == 3
        assert "nan" not in " ".join(break_words(out, table, lang)).lower().replace("finan", "")
    worst = pm.worst_case(out, "assets.core")
    assert "2.4" in worst_words(worst, "assets.core", 2.0, out.plan)


@pytest.mark.parametrize(
    "gaps, zh, en",
    [
        ([-1.8, -1.8], "在2024、2025年各低1.8个百分点", "is lower by 1.8 points a year in 2024 and 2025"),
        (
            [1.0, 2.0],
            "在2024、2025年分别高1.0、2.0个百分点",
            "is higher by 1.0 and 2.0 points in 2024 and 2025 respectively",
        ),
        ([-0.03], "在2024年低0.03个百分点", "is lower by 0.03 points in 2024"),
        (
            [-1.0, -2.0, -3.0, -4.0],
            "在2024–2027年年均低2.5个百分点",
            "lower by 2.5 points a year on average",
        ),
    ],
)
def test_deviations_by_year_in_words(plan: pm.Plan, gaps: list[float], zh: str, en: str) -> None:
    rows = pd.DataFrame({"quantity": "city_credit", "year": range(2024, 2024 + len(gaps))})
    rows["growth_difference"], rows["path_growth"] = gaps, 5.0
    assert zh in deviation_words(rows, plan)
    assert en in deviation_words(rows, plan, "en")


def test_growth_of_several_years_is_told_year_by_year(plan: pm.Plan) -> None:
    """Two figures for two years are said to go with them respectively, also in the brackets."""
    rows = pd.DataFrame({"quantity": "city_credit", "year": [2024, 2025]})
    rows["growth_difference"], rows["path_growth"] = [-7.5, -8.3], [2.7, 1.7]
    assert "分别低7.5、8.3个百分点（分别为2.7%、1.7%）" in deviation_words(rows, plan)
    assert "in 2024 and 2025 respectively (at 2.7 and 1.7%)" in deviation_words(rows, plan, "en")


@pytest.mark.parametrize(
    "lang, joint, alone",
    [
        ("zh", "{}个标准差，", "该路径偏离{}个标准差。"),
        ("en", "{} s.d. ", "this path is {} s.d. from the central one."),
    ],
)
def test_a_path_of_one_driver_is_told_with_its_own_distance(
    out: pm.Outlook, lang: str, joint: str, alone: str
) -> None:
    """The odds stand beside the distance of all variables together; the driver's path ends with the longer one."""
    table = pm.breaks(out)
    own = table[table["target"] == "assets.district"]
    row, said = own.iloc[0], break_words(out, own, lang)[0]
    near, far = f"{row['distance']:.2f}", f"{row['driver_distance']:.2f}"
    assert float(far) > 2 * float(near)
    first, odds, rest = said.partition(percent(row["failure_probability"]))
    assert odds
    assert joint.format(near) in first
    assert near not in rest
    assert rest.endswith(alone.format(far))


def moved_by_a_shock(out: pm.Outlook, path: pd.DataFrame, driver: str, target: str) -> float:
    """By how much a driver's growth on a path, as shocks of it alone, moves a target in the target year."""
    own = path[(path["quantity"] == driver) & (path["year"] > out.as_of)]
    shocks = tuple(Shock(driver, int(r.year), float(r.growth_difference), 0.0) for r in own.itertuples())
    shift = out.model.run(Scenario("alone", shocks=shocks)).shifted_mean - out.model.law.mean
    goals = out.model.goals
    number = [quantity.name for quantity in goals.quantities].index(target)
    moved, still = (goals.rows[number] @ point for point in (out.mean + shift, out.mean))
    return float(goals.quantities[number].log_value(*moved) - goals.quantities[number].log_value(*still))


@pytest.mark.parametrize("scenario", ["baseline", "credit_squeeze", "margin_squeeze", "slowdown_severe"])
@pytest.mark.parametrize("as_of", [2020, 2022, 2023])
def test_a_driver_is_named_only_if_a_shock_of_it_alone_moves_the_target_that_way(
    models: dict[int, pm.Model], plan: pm.Plan, as_of: int, scenario: str
) -> None:
    out = (models.get(as_of) or pm.build_model(plan, as_of)).run(scenario)
    table = pm.breaks(out)
    named = table[np.isfinite(table["driver_distance"])]
    for row in named.itertuples():
        moved = moved_by_a_shock(out, table.path(row.target, row.driver), row.driver, row.target)
        assert -math.copysign(1, row.distance) * moved > 0, row.target


def test_what_only_tells_about_a_target_is_no_means_to_it(plan: pm.Plan) -> None:
    """Slower value added makes more of past balances likely, yet brings none: no sentence names it for assets."""
    out = pm.build_model(plan, 2022).run("credit_squeeze")
    table = pm.breaks(out)
    own = table[table["target"] == "assets.district"]
    needed = pm.driver_paths(out, "assets.district")
    learnt = needed[(needed["variable"] == "margin") & (needed["year"] > 2022)]["difference"]
    assert (learnt < 0).all()
    assert own["driver"].tolist() == [""]
    assert needed.means == []
    count = pm.breaks_count(out, 9, draws=1000)
    assert count.at[0, "tipped"] == "assets.district"
    for text in (*break_words(out, own), *path_words(needed, out), count_words(count)):
        assert "超出存贷款" not in text


def test_a_path_of_drivers_lists_those_that_help_by_themselves(models: dict[int, pm.Model]) -> None:
    """Premiums are helped by the nation's alone; a share also by slower GDP, its denominator."""
    out = models[2023].run("slowdown_severe")
    assert pm.driver_paths(out, "premium.district").means == ["national_premium"]
    share = pm.driver_paths(out, "value_added_share.district")
    assert "city_gdp" in share.means
    assert share[(share["variable"] == "city_gdp") & (share["year"] > 2023)]["difference"].lt(0).all()


def test_a_table_of_breaks_survives_pickling(table: pm.stress.Breaks) -> None:
    again = pickle.loads(pickle.dumps(table))
    pd.testing.assert_frame_equal(again.path("assets.core"), table.path("assets.core"))


def brute_force(together: Together, at_least: int) -> float:
    """The least distance over all sets of targets, each solved by SLSQP."""
    size = together.law.root.shape[1]
    centre = together.heights(np.zeros(size)) >= 0
    breaking = int(centre.sum()) >= at_least
    sign, needed = (-1.0, len(centre) - at_least + 1) if breaking else (1.0, at_least)
    lengths = []
    for chosen in itertools.combinations(range(len(centre)), needed):
        found = minimize(
            lambda v: v @ v,
            np.full(size, 0.01),
            jac=lambda v: 2 * v,
            constraints={"type": "ineq", "fun": lambda v, c=chosen: sign * together.heights(v)[list(c)]},
            method="SLSQP",
            options={"ftol": 1e-13, "maxiter": 300},
        )
        # SLSQP may say that it failed where it has arrived: what counts is that the targets are tipped.
        if np.all(sign * together.heights(found.x)[list(chosen)] >= -1e-8):
            lengths.append(math.sqrt(found.fun))
    nearest = min(lengths, default=math.inf)
    return nearest if breaking else -nearest


@pytest.mark.parametrize("seed", range(6))
def test_the_nearest_count_is_that_of_brute_force(seed: int) -> None:
    """Five targets, straight and curved, every k: the branching search finds what trying all sets finds."""
    random = np.random.default_rng(seed)
    forms = [LEVEL, LEVEL, part("log"), part("logit"), LEVEL]
    mean, root = random.normal(0.2, 0.3, 10), random.normal(0, 0.25, (10, 6))
    margins = [
        LimitState(quantity, float(quantity.log_value(u, x)) + random.normal(0, 0.15), True)
        for quantity, (u, x) in zip(forms, mean.reshape(-1, 2), strict=True)
    ]
    together = Together(tuple(margins), Standard.of(mean, root @ root.T))
    for k in range(1, 6):
        distance, _ = nearest_count(together, k)
        assert distance == pytest.approx(brute_force(together, k), abs=1e-5)


def test_least_distance_to_half_spaces() -> None:
    """To x ≥ 3 and y ≥ 4 it is (3, 4); to opposite half-spaces apart there is none."""
    assert least_distance(np.eye(2), np.array([3.0, 4.0])) == pytest.approx(np.array([3.0, 4.0]))
    assert least_distance(np.eye(2), np.array([3.0, -4.0])) == pytest.approx(np.array([3.0, 0.0]), abs=1e-12)
    assert least_distance(np.array([[1.0], [-1.0]]), np.array([1.0, 1.0])) is None


def test_breaking_the_count_tips_the_targets_it_names(out: pm.Outlook) -> None:
    """On its path fewer than 7 of 13 hold once the thresholds are touched; the odds are those of `joint`."""
    found = pm.breaks_count(out, 7)
    path = found.path()
    last = path[path["year"] == 2025].set_index("quantity")["on_path"]
    thresholds = out.plan.targets.set_index("name")["threshold"]
    clear = last[thresholds.index] > thresholds * (1 + 1e-7)
    assert clear.sum() < 7 <= found["holding"][0]
    assert set(found["tipped"][0].split(" + ")) == set(clear.index[~clear]) & set(
        pm.breaks(out).query("distance >= 0")["target"]
    )
    assert 1 - found["failure_probability"][0] == pm.joint(out, 7, draws=20_000)["at_least"][0]
    assert count_words(found, "en").startswith(
        f"On the central path {found['holding'][0]} targets are reached"
    )


def test_one_of_one_is_the_target_itself(make_plan: Callable[..., pm.Plan], tmp_path: Path) -> None:
    own = equations("value_added.town", drift=(2.0, 1.0), innovation=3.0)
    run = pm.build_model(make_plan(tmp_path / "p", equations=own), 2020).run()
    assert pm.breaks_count(run, 1)["distance"][0] == pytest.approx(pm.breaks(run)["distance"][0], rel=1e-9)


def test_nothing_said_is_nothing_implausible(model: pm.Model) -> None:
    """The empty baseline, and measures alone, are no distance away: δ 0, q 0.5, tail 1."""
    for name in ("baseline", "head_institutions"):
        row = pm.plausibility(model.run(name)).iloc[0]
        assert row.tolist() == [0.0, 1.0, 0.0, 0.5, 32.0, 0.0]
        assert "与模型自身预期相同" in plausibility_words(model.run(name))


@pytest.mark.parametrize("as_of", [2020, 2023])
def test_exact_paths_have_the_distance_of_their_restrictions(plan: pm.Plan, as_of: int) -> None:
    """δ² = (f - Cb)'V⁻¹(f - Cb), from the conditions themselves, given observed GDP."""
    model = pm.build_model(plan, as_of)
    paths = {("city_credit", year): (5.5, 0.0) for year in range(as_of + 1, 2026)}
    paths |= {("margin", year): (-6.0, 0.0) for year in range(as_of + 1, 2026)}
    found = pm.plausibility(model.run(Scenario("paths", paths=paths))).iloc[0]
    without = model.run(Scenario("empty"))
    asked = Lines.of(path_conditions(model.law, model.by_name, paths.items()), model.law.size)
    surprise = asked.values - asked.rows @ without.mean
    squared = surprise @ np.linalg.solve(asked.rows @ without.cov @ asked.rows.T, surprise)
    assert found["delta"] ** 2 == pytest.approx(squared, rel=1e-8)
    assert found["degrees"] == len(paths)
    assert found["chi2_tail"] == pytest.approx(chdtrc(len(paths), squared), rel=1e-8)
    assert found["n"] == 16 * (2025 - as_of)


@pytest.mark.parametrize("fading", [Shock("margin", 2025, -2.0), Shock("city_gdp", 2024, -2.0, 0.5)])
def test_divergence_of_a_mean_shift_is_half_the_squared_distance(plan: pm.Plan, fading: Shock) -> None:
    """KL of N(b + Δ, Σ) from N(b, Σ), by its general formula, also where a shock moves a year that has a path."""
    model = pm.build_model(plan, 2023)
    scenario = Scenario(
        "both",
        paths={("city_credit", 2024): (4.0, 0.0), ("city_gdp", 2025): (3.0, 1.0)},
        shocks=(Shock("premium.district", 2024, -8.0, 0.5), fading),
    )
    moved, without = model.run(scenario), model.run(Scenario("empty"))
    growth = (np.eye(80) - np.eye(80, k=-16))[48:]
    shift, cov = growth @ (moved.mean - without.mean), growth @ without.cov @ growth.T
    inverse = np.linalg.inv(cov)
    divergence = 0.5 * (np.trace(inverse @ cov) + shift @ inverse @ shift - len(cov))
    found = pm.plausibility(moved).iloc[0]
    assert found["kl"] == pytest.approx(divergence, rel=1e-6)
    assert found["kl"] == pytest.approx(found["delta"] ** 2 / 2)
    assert found["degrees"] == 4


def yearly(shocks: Iterable[Shock]) -> tuple[Shock, ...]:
    """The same growth written as one shock a variable and year, none of which lasts."""
    sizes: dict[tuple[str, int], float] = {}
    for shock in shocks:
        for year in range(shock.year, 2026):
            key, size = (shock.variable, year), shock.size * shock.persistence ** (year - shock.year)
            sizes[key] = sizes.get(key, 0.0) + size
    return tuple(Shock(*key, size) for key, size in sizes.items())


SHOCKS = st.builds(
    Shock,
    st.sampled_from(["city_gdp", "margin", "premium.district", "institutions.district"]),
    st.integers(2022, 2025),
    st.sampled_from([-4.0, -1.5, -0.3, 0.0, 0.1, 2.0]),
    st.sampled_from([0.0, 0.3, 0.5, 1.0]),
)


@settings(max_examples=40, deadline=None)
@given(
    shocks=st.lists(SHOCKS, min_size=1, max_size=4), path=st.booleans(), as_of=st.sampled_from([2020, 2023])
)
def test_one_law_written_in_many_ways_is_as_far_and_as_likely(
    models: dict[int, pm.Model], shocks: list[Shock], path: bool, as_of: int
) -> None:
    """Year by year, in two halves, back to front, beside shocks of nothing or that cancel: δ and its tail stay."""
    paths = {("city_credit", 2024): (4.0, 0.0), ("city_credit", 2025): (4.0, 1.0)} if path else {}
    halves = tuple(replace(shock, size=shock.size / 2) for shock in shocks)
    nothing = tuple(Shock("assets.district", 2024, size, 0.3) for size in (0.1, 0.2, 0.0, -0.3))
    open_ones = [shock for shock in shocks if shock.year > as_of]
    rows = [
        pm.plausibility(models[as_of].run(Scenario("s", paths=paths, shocks=tuple(written)))).iloc[0]
        for written in (shocks, yearly(open_ones), halves * 2, reversed(shocks), (*shocks, *nothing))
    ]
    for row in rows[1:]:
        assert row["degrees"] == rows[0]["degrees"]
        assert row.to_numpy() == pytest.approx(rows[0].to_numpy(), rel=1e-6, abs=1e-7)
    moved = {shock.variable for shock in yearly(open_ones) if abs(shock.size) > 1e-9}
    assert rows[0]["degrees"] == len(paths) + len(moved)


def test_a_lasting_shock_and_a_yearly_one_have_one_tail(models: dict[int, pm.Model]) -> None:
    """The severe slowdown: five yearly shocks or one that lasts, three variables: δ = 1.573, tail 0.480 of χ²(3)."""
    once = Scenario(
        "once",
        shocks=tuple(
            Shock(name, 2021, size, 1.0)
            for name, size in (("city_gdp", -4), ("city_credit", -4.5), ("premium.district", -4))
        ),
    )
    for scenario in ("slowdown_severe", once):
        row = pm.plausibility(models[2020].run(scenario)).iloc[0]
        assert (row["degrees"], round(row["delta"], 3), round(row["chi2_tail"], 3)) == (3, 1.573, 0.480)
    assert "设定3项（路径按驱动因素逐年计，冲击按变量计）" in plausibility_words(models[2020].run(once))
    assert (
        "makes 3 settings (a path counts once for each driver and year, shocks once for each variable)"
        in plausibility_words(models[2020].run(once), "en")
    )


@pytest.mark.parametrize("n, q, digits", [(1, 0.99999, 5), (4, 0.980, 3), (20, 0.816, 3)])
def test_q_depends_on_its_n(
    make_plan: Callable[..., pm.Plan], tmp_path: Path, n: int, q: float, digits: int
) -> None:
    """δ² = 10.2 gives the printed q for n = 1, 4 and 20 (variables × open years)."""
    variables, as_of = {1: (1, 2024), 4: (4, 2024), 20: (4, 2020)}[n]
    targets = [{"indicator": name} for name in NAMES[:variables]]
    rows = [
        r for name in NAMES[:variables] for r in equations(f"{name}.town", drift=(2.0, 0.0), innovation=3.0)
    ]
    model = pm.build_model(make_plan(tmp_path / "p", targets=targets, equations=rows), as_of)
    shock = Shock("value_added.town", 2025, -3.0 * math.sqrt(10.2))
    found = pm.plausibility(model.run(Scenario("s", shocks=(shock,)))).iloc[0]
    assert found["n"] == n
    assert found["delta"] ** 2 == pytest.approx(10.2, rel=1e-9)
    assert round(found["q"], digits) == q
    assert found["chi2_tail"] == pytest.approx(0.0014, abs=5e-5)


def test_a_driver_whose_path_is_given_breaks_nothing_more(model: pm.Model) -> None:
    """Under a scenario that fixes city credit, city credit has no path of its own left; others have."""
    paths = {("city_credit", year): (8.0, 0.0) for year in (2024, 2025)}
    fixed = model.run(Scenario("fixed", paths=paths))
    table = pm.breaks(fixed)
    assert "city_credit" not in set(table["driver"])
    with pytest.raises(pm.InputError, match="does not move"):
        table.path("assets.district", "city_credit")


def test_a_soft_path_is_more_plausible_than_a_hard_one(model: pm.Model) -> None:
    hard, soft = (
        pm.plausibility(model.run(Scenario("s", paths={("city_credit", 2024): (2.0, sd)})))["delta"].iloc[0]
        for sd in (0.0, 2.0)
    )
    assert 0 < soft < hard


def test_the_same_shock_twice_is_one_restriction(model: pm.Model) -> None:
    """And no open year leaves nothing to say."""
    shock = Shock("margin", 2024, -1.0)
    twice = pm.plausibility(model.run(Scenario("s", shocks=(shock, replace(shock, size=-2.0))))).iloc[0]
    once = pm.plausibility(model.run(Scenario("s", shocks=(replace(shock, size=-3.0),)))).iloc[0]
    assert twice.tolist() == pytest.approx(once.tolist())
    closed = pm.build_model(model.plan, 2025).run(Scenario("s", shocks=(shock,)))
    assert pm.plausibility(closed).iloc[0].tolist() == [0.0, 1.0, 0.0, 0.5, 0.0, 0.0]


def test_what_the_law_cannot_do_is_infinitely_far(make_plan: Callable[..., pm.Plan], tmp_path: Path) -> None:
    """A shock to a variable without any variance."""
    rows = equations("value_added.town", drift=(2.0, 0.0), innovation=0.0)
    model = pm.build_model(make_plan(tmp_path / "p", equations=rows), 2020)
    run = model.run(Scenario("s", shocks=(Shock("value_added.town", 2023, -1.0),)))
    assert pm.plausibility(run)[["delta", "q"]].iloc[0].tolist() == [math.inf, 1.0]
    assert plausibility_words(run, "en") == "The model cannot produce this scenario."


@pytest.mark.parametrize("lang, worst", [("zh", "中心路径上不达标"), ("en", "missed on the central path")])
def test_charts_have_their_figures_beside_the_marks(
    out: pm.Outlook, table: pm.stress.Breaks, lang: str, worst: str
) -> None:
    """Distances of all targets, and the target's panel ending at its threshold."""
    bars = show(distances(table, out.plan, lang), lang).svg
    assert all(figure(d, 2) in bars for d in table["distance"])
    assert worst in bars
    title = path_title("value_added_share.core", -1.0, out.plan, lang)
    panels = show(
        path_panels(table.path("value_added_share.core"), out, "value_added_share.core", title, lang), lang
    )
    assert len(panels.spec["concat"]) == 7
    assert title in panels.svg


def test_settled_targets_have_words_in_place_of_a_bar(table: pm.stress.Breaks, plan: pm.Plan) -> None:
    rows = pd.DataFrame(table)
    rows["distance"] = [math.inf, -math.inf, math.nan, *rows["distance"].iloc[3:]]
    svg = show(distances(rows, plan, "en"), "en").svg
    assert all(words in svg for words in ("settled: reached", "settled: missed", "no base value"))


def test_the_table_for_display_is_rounded_texts(out: pm.Outlook, model: pm.Model) -> None:
    squeeze = model.run("credit_squeeze")
    shown = plausibility_shown([out, squeeze], "en")
    delta = pm.plausibility(squeeze)["delta"].iloc[0]
    assert shown["Distance δ (s.d.)"].tolist() == ["0.00", f"{delta:.2f}"]

"""Milestones by shape and year, their odds, and the cascade to the parts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from conftest import equations
from hypothesis import given
from hypothesis import strategies as st

import planmodel as pm
from planmodel.base.problems import InputError
from planmodel.questions.track.balancing import balance, fit_proportionally
from planmodel.questions.track.cascades import METHODS, REST, RULES
from planmodel.questions.track.metrics import annual_reduction
from planmodel.questions.track.schedule import SHAPES, milestone_levels, shape_weights

YEARS = list(range(2021, 2026))


def shares(shape, base: float = 288.9, target: float = 400) -> list[float]:
    """Cumulative % of the way at years 1 to 5."""
    levels = milestone_levels(base, target, YEARS, 2020, shape)
    return list(np.round(100 * (levels - base) / (target - base), 1))


# --- shapes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shape, expected",
    [
        ("linear", [20, 40, 60, 80, 100]),  # NDRC's schedule: 20 to 100 % of the five-year target
        ("growth", [17.5, 36.1, 56.1, 77.3, 100]),
        ("power", [8.9, 25.3, 46.5, 71.6, 100]),
        ("logistic", [10.4, 33.9, 66.1, 89.6, 100]),
    ],
)
def test_cumulative_shares_of_financial_value_added(shape: str, expected: list[float]) -> None:
    assert shares(shape) == expected


@pytest.mark.parametrize(
    "shape, expected",
    [("growth", [308.3, 329.1, 351.2, 374.8]), ("logistic", [300.5, 326.6, 362.3, 388.4])],
)
def test_levels_of_financial_value_added(shape: str, expected: list[float]) -> None:
    levels = milestone_levels(288.9, 400, YEARS, 2020, shape)
    assert list(np.round(levels[:4], 1)) == expected
    assert levels[4] == pytest.approx(400)


def test_the_shape_of_constant_growth_grows_alike_every_year_and_is_the_straight_line_in_logs() -> None:
    levels = milestone_levels(288.9, 400, YEARS, 2020, "growth")
    steps = np.diff(np.log([288.9, *levels]))
    assert steps == pytest.approx(np.full(5, math.log(400 / 288.9) / 5))
    assert milestone_levels(288.9, 400, YEARS, 2020, "linear", scale="log") == pytest.approx(levels)


@given(
    shape=st.sampled_from(SHAPES),
    ratio=st.floats(0.05, 20),
    size=st.floats(0.2, 12),
    horizon=st.integers(1, 12),
)
def test_every_shape_rises_from_nothing_to_the_whole_way(
    shape: str, ratio: float, size: float, horizon: int
) -> None:
    weights = shape_weights(shape, range(2021, 2021 + horizon), 2020, ratio, size)
    assert weights[-1] == pytest.approx(1)
    assert (np.diff(weights, prepend=0.0) > 0).all()


@pytest.mark.parametrize("weights", [[0.2, 0.3, 0.45, 0.65], {2021: 0.2, 2022: 0.3, 2023: 0.45, 2024: 0.65}])
def test_an_own_table_gives_the_last_year_or_leaves_it_out(weights) -> None:
    assert shares(weights) == [20, 30, 45, 65, 100]


@pytest.mark.parametrize(
    "weights, message",
    [
        ([0.2, 0.5, 0.4, 0.8], "never fall"),
        ([-0.1, 0.3, 0.45, 0.65], "never fall"),
        ([0.2, math.nan, 0.4, 0.8], "never fall"),
        ([0.2, 0.4], "2 weights, expected 5"),
        ([0.2, 0.4, 0.6, 0.8, 0.9], "1, the whole way"),
        ([20, 40, 60, 80, 100], "1, the whole way"),
        ({2021: 0.2, 2023: 0.5}, "a weight for each year from 2021 to 2025"),
        ({2020: 0.0, 2021: 0.2, 2022: 0.3, 2023: 0.4, 2024: 0.6}, "a weight for each year from 2021 to 2025"),
    ],
)
def test_a_table_that_is_not_monotone_or_complete_is_refused(weights, message: str) -> None:
    with pytest.raises(InputError, match=message):
        milestone_levels(288.9, 400, YEARS, 2020, weights)


def test_a_shape_has_a_name() -> None:
    with pytest.raises(InputError, match="Did you mean 'logistic'"):
        milestone_levels(288.9, 400, YEARS, 2020, "logistics")
    with pytest.raises(InputError, match="level or log"):
        milestone_levels(288.9, 400, YEARS, 2020, scale="logs")
    with pytest.raises(InputError, match="parameter"):
        milestone_levels(288.9, 400, YEARS, 2020, "power", parameter=0)


@pytest.mark.parametrize("base, target", [(0, 10), (-2, 10), (10, 0)])
def test_a_base_of_zero_has_a_straight_line_and_no_constant_growth(base: float, target: float) -> None:
    linear = milestone_levels(base, target, YEARS, 2020)
    assert linear == pytest.approx(np.linspace(base, target, 6)[1:])
    for wrong in ({"shape": "growth"}, {"scale": "log"}):
        with pytest.raises(InputError, match="both above 0 for a geometric path"):
            milestone_levels(base, target, YEARS, 2020, **wrong)


def test_a_target_equal_to_the_base_stays_there() -> None:
    for shape in SHAPES:
        assert milestone_levels(10, 10, YEARS, 2020, shape) == pytest.approx(np.full(5, 10.0))


# --- published schedules -------------------------------------------------------------------------------------

# Directive 2009/28/EC, annex I: share of renewable energy in 2005 and the target for 2020, %, and what part B
# asks of the averages of 2011-12, 2013-14, 2015-16 and 2017-18.
EU_WEIGHTS = [0.20, 0.30, 0.45, 0.65]
EU_TRAJECTORIES = {
    "DE": (5.8, 18, [8.24, 9.46, 11.29, 13.73]),
    "ES": (8.7, 20, [10.96, 12.09, 13.785, 16.045]),
    "IT": (5.2, 17, [7.56, 8.74, 10.51, 12.87]),
    "UK": (1.3, 15, [4.04, 5.41, 7.465, 10.205]),
    "MT": (0.0, 10, [2.0, 3.0, 4.5, 6.5]),
}
EU_SHARES = """
BE 2.2 13, BG 9.4 16, CZ 6.1 13, DK 17.0 30, DE 5.8 18, EE 18.0 25, IE 3.1 16, EL 6.9 18, ES 8.7 20, FR 10.3 23,
HR 12.6 20, IT 5.2 17, CY 2.9 13, LV 32.6 40, LT 15.0 23, LU 0.9 11, HU 4.3 13, MT 0.0 10, NL 2.4 14, AT 23.3 34,
PL 7.2 15, PT 20.5 31, RO 17.8 24, SI 16.0 25, SK 6.7 14, FI 28.5 38, SE 39.8 49, UK 1.3 15
"""


@pytest.mark.parametrize("country", EU_TRAJECTORIES)
def test_the_indicative_trajectories_of_the_renewable_energy_directive(country: str) -> None:
    base, target, published = EU_TRAJECTORIES[country]
    levels = milestone_levels(base, target, YEARS, 2020, EU_WEIGHTS)
    assert levels[:4] == pytest.approx(published, abs=1e-9)


@pytest.mark.parametrize("country", " ".join(EU_SHARES.split()).split(", "))
def test_every_trajectory_is_the_share_of_2005_plus_a_part_of_the_way(country: str) -> None:
    base, target = map(float, country.split()[1:])
    levels = milestone_levels(base, target, YEARS, 2020, EU_WEIGHTS)
    assert [round(100 * (v - base) / (target - base), 6) for v in levels] == [20, 30, 45, 65, 100]


@pytest.mark.parametrize(
    "promised, annual, base, target",
    [(0.195, 4.25, 0.513, 0.413), (0.21, 4.61, None, None), (0.15, 3.2, 0.41, 0.349)],
    ids=["Shenzhen", "Bao'an and Longgang", "Luohu"],
)
def test_shenzhens_cascade_of_energy_intensity_is_geometric(
    promised: float, annual: float, base: float | None, target: float | None
) -> None:
    """12th plan, Shenzhen's decomposition of December 2011: cumulative cut, cut a year, levels of 2010 and 2015."""
    assert annual_reduction(promised, 5) == pytest.approx(annual, abs=0.005)
    if base is not None:
        levels = milestone_levels(base, base * (1 - promised), YEARS, 2020, "growth")
        assert levels[-1] == pytest.approx(target, abs=0.0006)
        assert 100 * (1 - levels[0] / base) == pytest.approx(annual_reduction(promised, 5))


# --- milestones of a plan ------------------------------------------------------------------------------------


def test_milestones_of_the_shipped_plan_end_at_its_targets(plan: pm.Plan) -> None:
    table = pm.milestones(plan, "growth")
    assert list(table.columns) == [
        *("target", "indicator", "area", "year", "share", "level", "median", "probability")
    ]
    assert len(table) == 13 * 5
    last = table[table["year"] == 2025].set_index("target")
    assert last["level"].to_numpy() == pytest.approx(plan.targets["threshold"].to_numpy())
    assert last["share"].to_numpy() == pytest.approx(100)
    assert table["probability"].isna().all()


def test_the_last_milestone_is_as_likely_as_the_target(models) -> None:
    for as_of, model in models.items():
        out = model.run("credit_squeeze")
        last = pm.milestones(out, "power").query("year == 2025").set_index("target")
        reach = pm.reach(out).set_index("target")
        assert last["probability"].to_numpy() == pytest.approx(reach["probability"].to_numpy()), as_of
        assert last["median"].to_numpy() == pytest.approx(reach["median"].to_numpy())


def test_odds_of_milestones_agree_with_draws(models) -> None:
    out = models[2023].run()
    table = pm.milestones(out).query("year == 2024")
    draws = out.draw(20_000, seed=5)
    for row in table.to_dict("records"):
        hit = (draws[(row["indicator"], row["area"], 2024)] >= row["level"]).mean()
        assert abs(hit - row["probability"]) < 4 * math.sqrt(0.25 / 20_000)


def test_falling_targets_and_targets_without_a_base(make_plan, tmp_path) -> None:
    plan = make_plan(
        tmp_path,
        targets=[{"target": 80, "direction": "at_most"}, {"indicator": "premium", "base": ""}],
        equations=equations("value_added.town", drift=(-3.0, 1.0), innovation=2.0),
    )
    out = pm.build_model(plan, as_of=2020).run()
    table = pm.milestones(out).set_index(["target", "year"])
    assert table.loc["value_added.town", "level"].to_list() == pytest.approx([96, 92, 88, 84, 80])
    assert table.loc["value_added.town", "share"].to_list() == pytest.approx([20, 40, 60, 80, 100])
    below = (out.draw(20_000, seed=2)[("value_added", "town", 2022)] <= 92).mean()
    assert table.at[("value_added.town", 2022), "probability"] == pytest.approx(below, abs=0.015)
    assert table.loc["premium.town", ["level", "probability"]].isna().all(axis=None)
    assert len(pm.milestones(plan)) == 10


# --- balancing -----------------------------------------------------------------------------------------------


def test_stones_least_squares_example() -> None:
    """(500, 400, 190) with s.d. (10, 20, 15), the first to be the sum of the others."""
    x, V = balance([500, 400, 190], np.array([10.0, 20.0, 15.0]) ** 2, [[1, -1, -1]], [0])
    assert list(np.round(x, 3)) == [512.414, 350.345, 162.069]
    assert list(np.round(np.sqrt(np.diag(V)), 3)) == [9.285, 13.391, 12.457]


@given(
    prior=st.lists(st.floats(-100, 100), min_size=4, max_size=4),
    sd=st.lists(st.floats(0.1, 50), min_size=4, max_size=4),
    total=st.floats(-200, 200),
)
def test_balanced_figures_add_up_and_are_the_nearest(
    prior: list[float], sd: list[float], total: float
) -> None:
    A, h, variances = np.array([[1.0, 1, 1, 1], [1, -1, 0, 0]]), np.array([total, 3.0]), np.square(sd)
    x, V = balance(prior, variances, A, h)
    assert A @ x == pytest.approx(h, abs=1e-6)
    assert np.diag(V).max() <= variances.max() * (1 + 1e-9)
    # Optimality: the weighted step is a combination of the constraints' rows.
    step = (x - prior) / variances
    along = np.linalg.lstsq(A.T, step, rcond=None)[0]
    assert A.T @ along == pytest.approx(step, abs=1e-5 * (1 + np.abs(step).max()))


def test_figures_that_start_at_nothing_are_balanced() -> None:
    """Their rounding is measured by what they become, not by the noughts they were."""
    x, _ = balance([0, 0, 0, 0], [1, 4, 1, 1], [[1, 1, 1, 1], [1, -1, 0, 0]], [0, 3])
    assert x.sum() == pytest.approx(0, abs=1e-12)
    assert x[0] - x[1] == pytest.approx(3)


def test_a_hard_figure_does_not_move() -> None:
    x, V = balance([100, 70, 40], [0, 25, 25], [[1, -1, -1]], [0])
    assert x == pytest.approx([100, 65, 35])
    assert V[0] == pytest.approx(np.zeros(3))


def test_repeating_a_constraint_changes_nothing() -> None:
    once = balance([100, 70, 40], [1, 25, 25], [[1, -1, -1]], [0])[0]
    twice = balance([100, 70, 40], [1, 25, 25], [[1, -1, -1], [2, -2, -2]], [0, 0])[0]
    assert twice == pytest.approx(once)


def test_hard_figures_that_contradict_a_constraint_are_refused() -> None:
    with pytest.raises(InputError, match="miss constraint 1 by 90"):
        balance([500, 400, 190], [0, 0, 0], [[1, -1, -1]], [0])
    with pytest.raises(InputError, match="miss constraint"):
        balance([1, 1], [1, 1], [[1, 1], [1, 1]], [2, 3])
    with pytest.raises(InputError, match="shapes"):
        balance([1, 1], [1, 1, 1], [[1, 1]], [2])


# Miller and Blair (2009), section 7.4.2: coefficients, outputs, row and column totals; the fitted coefficients
# are computed (the same as with the package ipfn to 4e-8).
MILLER_BLAIR = np.array([[0.12, 0.10, 0.049], [0.21, 0.247, 0.265], [0.026, 0.249, 0.145]])
FITTED = [[0.3924, 0.1219, 0.1596], [0.1509, 0.0661, 0.1897], [0.0529, 0.1887, 0.2938]]


def test_proportional_fitting_of_miller_and_blair() -> None:
    outputs = np.array([421.0, 284, 283])
    fitted = fit_proportionally(MILLER_BLAIR * outputs, [245, 136, 159], [251, 107, 182])
    assert np.round(fitted / outputs, 4).tolist() == FITTED
    assert fitted.sum(axis=1) == pytest.approx([245, 136, 159])
    assert fitted.sum(axis=0) == pytest.approx([251, 107, 182])


def test_proportional_fitting_keeps_cross_ratios_and_refuses_what_it_cannot_do() -> None:
    table = np.array([[3.0, 5], [2, 7]])
    fitted = fit_proportionally(table, [10, 20], [12, 18])
    odds = [t[0, 0] * t[1, 1] / (t[0, 1] * t[1, 0]) for t in (table, fitted)]
    assert odds[0] == pytest.approx(odds[1])
    with pytest.raises(InputError, match="a negative figure"):
        fit_proportionally([[1.0, -1]], [1], [1, 1])
    with pytest.raises(InputError, match="equal sums"):
        fit_proportionally(table, [10, 20], [12, 19])
    with pytest.raises(InputError, match="zeros"):
        fit_proportionally([[0.0, 0], [1, 1]], [5, 5], [5, 5])


# --- the cascade ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rule", RULES)
def test_parts_and_rest_add_up_to_the_whole(models, rule: str, method: str) -> None:
    out = models[2023].run()
    for indicator in ("value_added", "deposits_loans"):
        table = pm.cascade(out, indicator, "growth", rule, method)
        whole = pm.milestones(out, "growth").set_index(["target", "year"])["level"][f"{indicator}.district"]
        assert table.groupby("year")["level"].sum().to_numpy() == pytest.approx(whole.to_numpy())
        assert table.groupby("year")["share"].sum().to_numpy() == pytest.approx(100)
        assert list(dict.fromkeys(table["area"])) == ["core", REST]


@pytest.mark.parametrize("method", METHODS)
def test_by_its_own_way_each_area_ends_at_its_own_target(plan: pm.Plan, method: str) -> None:
    last = pm.cascade(plan, "value_added", "growth", "own", method).query("year == 2025").set_index("area")
    assert last["level"].to_list() == pytest.approx([320, 80])


def test_a_fixed_share_is_eighty_per_cent_in_every_year(plan: pm.Plan) -> None:
    table = pm.cascade(plan, "value_added").query("area == 'core'")
    assert table["share"].to_list() == pytest.approx([80] * 5)
    assert table["level"].to_list() == pytest.approx(table["prior"].to_list())


def test_proportion_to_the_base_is_equal_growth(plan: pm.Plan) -> None:
    table = pm.cascade(plan, "value_added", "growth", "base").pivot_table(
        index="year", columns="area", values="level"
    )
    growth = table.iloc[-1] / [228, 60.9]
    assert growth["core"] == pytest.approx(growth[REST]) == pytest.approx(400 / 288.9)


def test_equal_capacity_is_proportion_to_the_base_and_more_capacity_takes_more(plan: pm.Plan) -> None:
    base = pm.cascade(plan, "assets", "growth", "base", "proportional")["level"]
    equal = pm.cascade(plan, "assets", "growth", "capacity", "proportional", {"core": 5, "rest": 5})["level"]
    assert equal.to_numpy() == pytest.approx(base.to_numpy())
    faster = pm.cascade(plan, "assets", "growth", "capacity", "proportional", {"core": 5, "rest": 20})
    assert (faster.loc[faster["area"] == REST, "level"].to_numpy() > base[5:].to_numpy()).all()


def test_a_tight_figure_moves_less_than_a_loose_one(plan: pm.Plan) -> None:
    capacity = {"core": 0.0, "rest": 0.0}
    tight = pm.cascade(plan, "value_added", "growth", "capacity", capacity=capacity, spread={"core": 0.1})
    moved = (tight["level"] - tight["prior"]).groupby(tight["area"]).max()
    assert moved["core"] < 0.05 * moved[REST]
    assert (tight["sd"] > 0).all()


def test_a_negative_rest_is_flagged_not_hidden(plan: pm.Plan) -> None:
    """A part that must grow by half a year leaves the rest below zero if only the rest may move."""
    capacity, spread = {"core": 15.0, "rest": 0.0}, {"core": 0.0, "rest": 10.0}
    table = pm.cascade(plan, "value_added", "linear", "capacity", capacity=capacity, spread=spread)
    last = table[table["year"] == 2025].set_index("area")
    assert last.at["core", "level"] == pytest.approx(228 * 1.15**5)
    assert last.at[REST, "level"] < 0
    assert last["negative"].to_dict() == {"core": False, REST: True}


def test_odds_of_the_rest_agree_with_draws(models) -> None:
    out = models[2023].run()
    table = pm.cascade(out, "assets", rule="own").set_index(["area", "year"])
    draws = out.draw(20_000, seed=7)
    rest = draws[("assets", "district", 2024)] - draws[("assets", "core", 2024)]
    row = table.loc[(REST, 2024)]
    assert abs((rest >= row["level"]).mean() - row["probability"]) < 4 * math.sqrt(0.25 / 20_000)
    assert rest.median() == pytest.approx(row["median"], rel=0.02)
    core = table.loc[("core", 2025)]
    assert core["probability"] == pytest.approx(
        pm.reach(out).set_index("target").at["assets.core", "probability"]
    )


def test_falling_increments_need_least_squares(plan: pm.Plan) -> None:
    """Outside Jiangbeizui institutions fall from 186 to 100: proportional fitting has no negative increments."""
    table = pm.cascade(plan, "institutions", rule="own").set_index(["area", "year"])
    assert table.at[(REST, 2025), "level"] == pytest.approx(100)
    with pytest.raises(InputError, match="a negative figure"):
        pm.cascade(plan, "institutions", rule="own", method="proportional")


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"indicator": "value_aded"}, "Did you mean 'value_added'"),
        ({"indicator": "value_added_share"}, "a level or count with a part"),
        ({"indicator": "premium"}, "a level or count with a part"),
        ({"rule": "fixed"}, "rule"),
        ({"method": "least_square"}, "Did you mean 'least_squares'"),
        ({"rule": "capacity"}, "an outlook of a whole with one part has its own"),
        ({"rule": "capacity", "capacity": {"core": 3}}, "each of: core, rest"),
        ({"spread": {"centre": 3}}, "areas among: core, rest"),
    ],
)
def test_wrong_arguments_of_a_cascade_are_named(plan: pm.Plan, arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        pm.cascade(plan, **({"indicator": "value_added"} | arguments))

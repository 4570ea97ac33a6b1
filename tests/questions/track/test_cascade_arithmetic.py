"""The cascade and balancing against their formulas: variances, capacities, falling wholes."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import equations

import planmodel as pm
from planmodel.questions.track.balancing import balance, fit_proportionally
from planmodel.questions.track.cascades import REST

YEARS = list(range(2021, 2026))


def stone(prior, covariance, rows, totals):
    """Return Stone's formula as it is written: x0 - V A' (A V A')⁻¹ (A x0 - h), and the same for V."""
    x, V, A, h = (np.asarray(a, dtype=float) for a in (prior, covariance, rows, totals))
    gain = V @ A.T @ np.linalg.inv(A @ V @ A.T)
    return x - gain @ (A @ x - h), V - gain @ A @ V


def test_balancing_with_correlated_figures_is_stones_formula() -> None:
    V = np.array([[4.0, 1, 0.5], [1, 9, -2], [0.5, -2, 1]])
    rows, totals = [[1, -1, -1], [0, 1, 2]], [0, 95]
    x, left = balance([100, 50, 40], V, rows, totals)
    expected, spread = stone([100, 50, 40], V, rows, totals)
    assert x == pytest.approx(expected)
    np.testing.assert_allclose(left, spread, atol=1e-12)
    np.testing.assert_array_equal(left, left.T)


def test_without_a_constraint_nothing_moves() -> None:
    x, left = balance([1, 2], [1, 4], np.empty((0, 2)), [])
    assert x.tolist() == [1, 2]
    np.testing.assert_array_equal(left, np.diag([1.0, 4]))


@pytest.mark.parametrize(
    "covariance, rows, totals",
    [
        (np.eye(3), [[1, 1]], [2]),
        ([1, 1], [[1, 1, 1]], [2]),
        ([1, 1], [[1, 1]], [2, 3]),
    ],
)
def test_shapes_that_do_not_fit_are_refused(covariance, rows, totals) -> None:
    with pytest.raises(pm.InputError, match="shapes n"):
        balance([1, 1], covariance, rows, totals)


@pytest.mark.parametrize("miss, met", [(1e-12, True), (1e-6, False)])
def test_hard_figures_meet_a_constraint_up_to_rounding(miss: float, met: bool) -> None:
    """The second constraint is the one that is missed, and it is named."""
    rows, totals = [[1, 0], [1, 1]], [1, 2 + miss]
    if met:
        assert balance([1, 1], [0, 0], rows, totals)[0].tolist() == [1, 1]
    else:
        with pytest.raises(pm.InputError, match="constraint 2 by"):
            balance([1, 1], [0, 0], rows, totals)


def test_proportional_fitting_takes_rounding_for_nothing_and_refuses_what_is_negative() -> None:
    assert fit_proportionally([[1.0, -1e-12], [0, 1]], [2, 3], [2, 3]).tolist() == [[2, 0], [0, 3]]
    for table, rows, columns in (
        ([[1.0, -1], [1, 1]], [1, 1], [1, 1]),
        ([[1.0, 1], [1, 1]], [-1, 3], [1, 1]),
        ([[1.0, 1], [1, 1]], [1, 1], [-1, 3]),
    ):
        with pytest.raises(pm.InputError, match="a negative figure"):
            fit_proportionally(table, rows, columns)
    with pytest.raises(pm.InputError, match=r"row totals of 2 and column totals of 2\.1"):
        fit_proportionally([[1.0, 1], [1, 1]], [1, 1], [1, 1.1])


def test_a_table_that_fits_already_stays_and_one_of_noughts_fits_noughts() -> None:
    table = [[1.0, 2], [3, 4]]
    assert fit_proportionally(table, [3, 7], [4, 6]) == pytest.approx(np.array(table), abs=1e-12)
    assert not fit_proportionally(np.zeros((2, 2)), [0, 0], [0, 0]).any()


def test_least_squares_moves_each_area_by_its_variance(plan: pm.Plan) -> None:
    """Two areas and a hard total: the gap is parted by variances, ten per cent of each figure unless given."""
    capacity = {"core": 2.0, "rest": 9.0}
    for spread, relative in ((None, (0.1, 0.1)), ({"rest": 4.0}, (0.1, 0.04))):
        table = pm.cascade(plan, "value_added", rule="capacity", capacity=capacity, spread=spread)
        whole = pm.milestones(plan).set_index(["target", "year"])["level"]["value_added.district"]
        for year, own in table.set_index("area").groupby("year"):
            prior = own.loc[["core", REST], "prior"].to_numpy()
            sd = prior * relative
            gap = whole[year] - prior.sum()
            assert own["level"].to_numpy() - prior == pytest.approx(gap * sd**2 / (sd**2).sum())
            assert own["sd"].to_numpy() == pytest.approx(sd.prod() / math.sqrt((sd**2).sum()))


def test_given_capacities_compound_from_the_base(plan: pm.Plan) -> None:
    table = pm.cascade(plan, "value_added", rule="capacity", capacity={"core": 2.0, "rest": 9.0})
    prior = table.set_index(["area", "year"])["prior"]
    for n, year in enumerate(YEARS, 1):
        assert prior["core", year] == pytest.approx(228 * 1.02**n)
        assert prior[REST, year] == pytest.approx(60.9 * 1.09**n)


def test_an_outlook_s_capacities_lead_to_its_medians(models: dict[int, pm.Model]) -> None:
    """Growth at the capacity for five years is the median of the target year, for the part and for the rest."""
    table = pm.cascade(models[2023].run(), "value_added", rule="capacity")
    last = table[table["year"] == 2025]
    assert last["prior"].to_numpy() == pytest.approx(last["median"].to_numpy())
    steps = table.pivot_table(index="year", columns="area", values="prior")
    growth = (steps / steps.shift()).dropna()
    np.testing.assert_allclose(growth, np.broadcast_to(growth.iloc[0], growth.shape))


def test_a_falling_whole_is_reached_from_above(make_plan: Callable[..., pm.Plan], tmp_path: Path) -> None:
    falling = {"target": 80, "direction": "at_most"}
    plan = make_plan(
        tmp_path,
        targets=[falling, {**falling, "area": "centre", "part_of": "town", "base": 60, "target": 40}],
        equations=[
            *equations("value_added.town", drift=-4.0, innovation=2.0),
            *equations("value_added.centre", innovation=5.0),
        ],
    )
    out = pm.build_model(plan).run()
    row = pm.cascade(out, "value_added", rule="own").set_index(["area", "year"]).loc[("centre", 2025)]
    assert row["probability"] == pytest.approx(
        pm.reach(out).set_index("target").at["value_added.centre", "probability"]
    )


def test_every_wrong_argument_of_a_cascade_is_named_at_once(plan: pm.Plan) -> None:
    with pytest.raises(pm.InputError) as error:
        pm.cascade(plan, "value_added", rule="fixed", method="least", spread={"centre": 1.0})
    assert len(error.value.problems) == 3


def test_beside_a_hard_figure_the_rest_is_what_is_left_for_certain(plan: pm.Plan) -> None:
    capacity = {"core": 2.0, "rest": 9.0}
    table = pm.cascade(plan, "value_added", rule="capacity", capacity=capacity, spread={"core": 0.0})
    assert table["sd"].to_numpy() == pytest.approx(np.zeros(10), abs=1e-6)
    own = table[table["area"] == "core"]
    assert own["level"].to_numpy() == pytest.approx(own["prior"].to_numpy())

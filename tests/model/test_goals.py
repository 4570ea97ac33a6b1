"""The targets as arrays: order, names, directions, choices, and which draws reach them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import equations
from frozen import thawed

import planmodel as pm
from planmodel import model
from planmodel.model.goals import Goals, has_bounds


@pytest.fixture
def outlook(make_plan: Callable[..., pm.Plan], tmp_path: Path) -> pm.Outlook:
    """A floor, a target without a base, and a ceiling."""
    targets = [
        {"indicator": "alpha", "target": 120},
        {"indicator": "premium", "base": ""},
        {"indicator": "beta", "target": 80, "direction": "at_most"},
    ]
    rows = [row for name in ("alpha", "beta") for row in equations(f"{name}.town", drift=1.0, innovation=4.0)]
    return pm.build_model(make_plan(tmp_path, targets=targets, equations=rows)).run()


def test_goals_are_the_targets_with_a_base_in_the_plan_s_order(outlook: pm.Outlook) -> None:
    goals = outlook.model.goals
    assert goals.names == ["alpha.town", "beta.town"]
    assert goals.thresholds.tolist() == [120, 80]
    assert goals.levels == pytest.approx(np.log([120, 80]))
    assert goals.at_least.tolist() == [True, False]
    assert goals.sign.tolist() == [1, -1]
    assert goals.headline.tolist() == [True, True]
    assert [goals.of_name(name) for name in ("alpha.town", "beta.town", "premium.town")] == [0, 1, None]


def test_rows_for_a_whole_area_are_headlines(models: dict[int, pm.Model]) -> None:
    goals = models[2023].goals
    assert [n.endswith(".district") for n in goals.names] == goals.headline.tolist()


def test_chosen_goals_are_those_in_the_order_given(models: dict[int, pm.Model]) -> None:
    goals, out = models[2023].goals, models[2023].run()
    some = goals.chosen([5, 0, 12])
    assert some.names == [goals.names[5], goals.names[0], goals.names[12]]
    for field in ("thresholds", "levels", "at_least", "headline", "rows"):
        np.testing.assert_array_equal(getattr(some, field), getattr(goals, field)[[5, 0, 12]])
    assert some.probabilities(out.nodes) == pytest.approx(
        goals.probabilities(out.nodes)[[5, 0, 12]], abs=1e-15
    )
    assert len(goals.chosen([]).names) == 0


def test_a_goal_s_median_is_the_outlook_s_of_the_target_year(
    models: dict[int, pm.Model],
) -> None:
    out = models[2023].run("credit_squeeze")
    goals = out.model.goals
    assert goals.medians(out.nodes) == pytest.approx([out.median(q, 2025) for q in goals.quantities])


def test_a_ceiling_is_reached_where_a_floor_is_missed(outlook: pm.Outlook) -> None:
    goals = outlook.model.goals
    assert goals.reached(np.array([0.3, 0.3])) == pytest.approx([0.3, 0.7])
    draws = np.array([[121.0, 79.0], [119.0, 81.0], [119.0, 79.0]])
    assert goals.hits(draws).tolist() == [[True, True], [False, False], [False, True]]
    floors = goals.chosen([0])
    assert floors.hits(draws[:, :1]).tolist() == [[True], [False], [False]]


def test_a_floor_that_is_met_exactly_is_reached_whatever_its_log_lost(outlook: pm.Outlook) -> None:
    floor = outlook.model.goals.chosen([0])
    assert floor.hits(np.array([[120.0], [120 * (1 - 1e-12)], [120 * (1 - 1e-9)]])).ravel().tolist() == [
        True,
        True,
        False,
    ]


def test_a_majority_is_more_than_half(models: dict[int, pm.Model], outlook: pm.Outlook) -> None:
    goals = models[2023].goals
    assert goals.enough(None) == 7
    assert outlook.model.goals.enough(None) == 2
    assert [goals.enough(k) for k in (0, 13)] == [0, 13]
    for k in (-1, 14):
        with pytest.raises(pm.InputError, match=f"found {k}, expected a number from 0 to 13"):
            goals.enough(k)
    with pytest.raises(pm.InputError, match="found 0, expected a number from 1 to 13"):
        goals.enough(0, 1)


def test_an_outlook_with_at_least_one_bound_has_bounds() -> None:
    assert [has_bounds(bounds) for bounds in (None, pd.DataFrame(), pd.DataFrame({"value": [1.0]}))] == [
        False,
        False,
        True,
    ]


def test_goals_do_not_change(outlook: pm.Outlook) -> None:
    goals = outlook.model.goals
    assert isinstance(goals, Goals)
    with pytest.raises(dataclasses.FrozenInstanceError):
        goals.thresholds = goals.levels


def test_models_goals_and_outlooks_are_frozen() -> None:
    assert thawed(model) == []


def test_a_ceiling_is_kept_as_likely_as_a_floor_is_missed(outlook: pm.Outlook) -> None:
    """Both by the same normal: P(value ≤ 80) = 1 - P(value ≥ 80), far from what is certain."""
    goals = outlook.model.goals
    above = outlook.probability_above(goals.quantities, [2025] * 2, goals.levels)
    np.testing.assert_allclose(goals.probabilities(outlook.nodes), [above[0], 1 - above[1]], atol=1e-9)
    assert 0 < goals.probabilities(outlook.nodes)[1] < 1

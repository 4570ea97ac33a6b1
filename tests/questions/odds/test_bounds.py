"""Bounds such as "more than 490": draws that satisfy them count, the others do not."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import equations
from scipy.stats import norm

import planmodel as pm
from planmodel.questions.odds import bounds
from planmodel.questions.odds.bounds import LEAST_EFFECTIVE, Weighted, bound_weights

DRAWS = 100_000
SPREAD = 0.02 * math.sqrt(5)


@pytest.fixture
def two(make_plan: Callable[..., pm.Plan], tmp_path: Path) -> pm.Outlook:
    """A floor and a ceiling, independent: each is reached with probability .309 (half a standard deviation off)."""
    targets = [
        {"indicator": "alpha", "target": 100 * math.exp(0.5 * SPREAD)},
        {"indicator": "beta", "target": 100 * math.exp(-0.5 * SPREAD), "direction": "at_most"},
    ]
    rows = [row for name in ("alpha", "beta") for row in equations(f"{name}.town", drift=0.0, innovation=2.0)]
    return pm.build_model(make_plan(tmp_path, targets=targets, equations=rows)).run()


def bounded(outlook: pm.Outlook, *rows: dict[str, Any]) -> pm.Outlook:
    """Add bounds; each row states what differs from a floor of 100 on alpha in the target year."""
    usual = {
        "variable": "alpha",
        "area": "town",
        "year": 2025,
        "value": 100.0,
        "unit": "亿元",
        "bound": "at_least",
        "sd": math.nan,
        "comparable": "yes",
        "grade": "A",
        "source": "test",
        "note": "",
    }
    columns = pm.load_observations(outlook.plan).columns
    return outlook.given(pd.DataFrame([usual | row for row in rows], columns=columns), bounds=True)


def test_a_target_above_its_own_bound_is_reached_with_the_truncated_odds(two: pm.Outlook) -> None:
    """P(Z > ½ | Z > 0) = P(Z > ½) / ½; what is independent of the bound keeps its odds."""
    table = pm.reach(bounded(two, {}), DRAWS, 3).set_index("target")
    odds, error = table["probability"], table["standard_error"]
    assert abs(odds["alpha.town"] - 2 * norm.sf(0.5)) <= 4 * error["alpha.town"]
    assert abs(odds["beta.town"] - norm.sf(0.5)) <= 4 * error["beta.town"]
    # Half of the draws count.
    assert error["beta.town"] == pytest.approx(
        math.sqrt(norm.sf(0.5) * norm.cdf(0.5) / (DRAWS / 2)), rel=0.02
    )


def test_the_median_above_a_bound_is_the_truncated_one(two: pm.Outlook) -> None:
    """Above its own median the median is the normal's third quartile."""
    table = pm.reach(bounded(two, {}), DRAWS, 3).set_index("target")
    assert table.at["alpha.town", "median"] == pytest.approx(
        100 * math.exp(SPREAD * norm.ppf(0.75)), rel=1e-3
    )
    assert table.at["beta.town", "median"] == pytest.approx(100, rel=1e-3)


def test_a_ceiling_leaves_the_other_side(two: pm.Outlook) -> None:
    table = pm.reach(bounded(two, {"bound": "at_most"}), DRAWS, 3).set_index("target")
    assert table.at["alpha.town", "probability"] == 0
    assert table.at["alpha.town", "median"] == pytest.approx(
        100 * math.exp(SPREAD * norm.ppf(0.25)), rel=1e-3
    )


def test_two_bounds_leave_the_draws_that_satisfy_both(two: pm.Outlook) -> None:
    out = bounded(two, {}, {"variable": "beta"})
    weighted = bound_weights(out, out.model.goals.quantities, DRAWS, 1)
    assert weighted.effective_size == pytest.approx(DRAWS / 4, abs=4 * math.sqrt(DRAWS * 3 / 16))
    assert (weighted.draws[weighted.weights > 0] >= 100).all()
    assert set(np.unique(weighted.weights)) == {0.0, 1.0}


def test_a_bound_of_an_earlier_year_acts_through_the_correlation(two: pm.Outlook) -> None:
    """Positive after one of five independent steps (ρ = 1/√5): an orthant, 1/4 + asin(ρ) / 2π, over one half."""
    out = bounded(two, {"year": 2021})
    draws = bound_weights(out, out.model.goals.quantities[:1], DRAWS, 2)
    share = float(draws.mean((draws.draws >= 100).astype(float))[0])
    expected = 2 * (0.25 + math.asin(1 / math.sqrt(5)) / (2 * math.pi))
    assert share == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / (DRAWS / 2)))


def test_a_bound_s_unit_is_the_quantity_s(two: pm.Outlook) -> None:
    """100 of 亿元 are a million of 万元."""
    plain, other = (bounded(two, row) for row in ({}, {"value": 1e6, "unit": "万元"}))
    pd.testing.assert_frame_equal(pm.reach(plain, 5_000), pm.reach(other, 5_000))


def test_joint_odds_under_bounds_count_the_draws_that_satisfy_them(two: pm.Outlook) -> None:
    odds = pm.joint(bounded(two, {}), draws=DRAWS, seed=4).iloc[0]
    both = 2 * norm.sf(0.5) * norm.sf(0.5)
    assert odds["draws"] == pytest.approx(DRAWS / 2, abs=4 * math.sqrt(DRAWS / 4))
    assert odds["all"] == pytest.approx(both, abs=4 * odds["standard_error"])
    assert odds["standard_error"] == pytest.approx(math.sqrt(both * (1 - both) / (DRAWS / 2)), rel=0.05)
    assert odds["expected"] == pytest.approx(3 * norm.sf(0.5), abs=0.01)


@pytest.mark.parametrize("level, enough", [(2.25, True), (2.4, False)])
def test_bounds_that_fewer_than_one_draw_in_a_hundred_satisfies_are_refused(
    two: pm.Outlook, level: float, enough: bool
) -> None:
    """Beyond 2.25 standard deviations lie 1.2 % of the draws, beyond 2.4 there are 0.8 %."""
    out = bounded(two, {"value": 100 * math.exp(level * SPREAD)})
    if enough:
        assert pm.joint(out, draws=DRAWS)["draws"].item() == pytest.approx(DRAWS * norm.sf(level), rel=0.1)
    else:
        with pytest.raises(pm.InputError, match=f"{DRAWS:,} draws satisfy them, expected at least 1,000"):
            pm.joint(out, draws=DRAWS)


def test_of_few_draws_two_hundred_must_count(two: pm.Outlook) -> None:
    """Half of 300 are too few, half of 500 are enough."""
    assert LEAST_EFFECTIVE == 200
    with pytest.raises(pm.InputError, match="expected at least 200: the bounds contradict"):
        pm.reach(bounded(two, {}), 300)
    assert len(pm.reach(bounded(two, {}), 500)) == 2


def test_equal_weights_are_as_many_draws_and_none_are_none() -> None:
    draws = np.arange(8.0).reshape(4, 2)
    for weight in (1.0, 0.3):
        weighted = Weighted(draws, np.full(4, weight))
        assert weighted.effective_size == pytest.approx(4)
        assert weighted.mean(draws) == pytest.approx([3, 4])
    assert Weighted(draws, np.zeros(4)).effective_size == 0
    # Kish: (1 + 3)² / (1 + 9).
    assert Weighted(draws[:2], np.array([1.0, 3.0])).effective_size == pytest.approx(1.6)
    assert Weighted(draws[:2], np.array([1.0, 3.0])).mean(draws[:2]) == pytest.approx([1.5, 2.5])


def test_medians_are_of_the_draws_that_count() -> None:
    weighted = Weighted(np.array([[1.0, 10], [2, 20], [3, 90], [50, 60]]), np.array([1.0, 1, 1, 0]))
    assert weighted.medians().tolist() == [2, 20]
    assert weighted.standard_error(np.array([0.5])) == pytest.approx(0.5 / math.sqrt(3))
    assert weighted.effective_size < bounds.LEAST_EFFECTIVE


def test_draws_beside_an_earlier_bound_are_those_of_the_target_year(two: pm.Outlook) -> None:
    """Each target in its own column: medians are those of 2025, of the second too."""
    goals = two.model.goals.quantities
    weighted = bound_weights(bounded(two, {"year": 2021, "variable": "beta"}), goals, DRAWS, 4)
    spread = np.std(np.log(weighted.draws), axis=0)
    assert spread == pytest.approx([SPREAD, SPREAD], rel=0.02)

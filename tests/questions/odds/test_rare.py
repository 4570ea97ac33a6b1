"""Joint odds of many scenarios: rare ones too, each to a given relative error, against closed forms."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import equations
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

import planmodel as pm
from planmodel.questions.odds import rare
from planmodel.questions.odds.marginal import probabilities
from planmodel.questions.odds.rare import (
    NORMAL_95,
    RELATIVE_ERROR,
    RULE_OF_THREE,
    SMALLEST_SHOWN,
    Event,
    Odds,
    events,
    joint_odds,
)


def independent(
    make_plan: Callable[..., pm.Plan], folder: Path, levels: list[float], at_most: int = 0
) -> pm.Outlook:
    """Independent targets at these distances (in standard deviations) from their medians; the last may be ceilings."""
    names = [f"i{n}" for n in range(len(levels))]
    spread = 0.02 * math.sqrt(5)
    targets = [
        {
            "indicator": name,
            "target": 100 * math.exp(spread * level * (-1 if n >= len(levels) - at_most else 1)),
        }
        | ({"direction": "at_most"} if n >= len(levels) - at_most else {})
        for n, (name, level) in enumerate(zip(names, levels, strict=True))
    ]
    rows = [row for name in names for row in equations(f"{name}.town", drift=0.0, innovation=2.0)]
    return pm.build_model(make_plan(folder, targets=targets, equations=rows)).run()


POOR = pm.Scenario(
    "poor",
    paths={
        (driver, year): (-8.0, 0.0) for driver in ("city_credit", "national_premium") for year in (2024, 2025)
    },
)


@pytest.mark.parametrize("scenario", ["baseline", "slowdown_severe", POOR])
def test_joint_odds_are_those_of_plain_draws(
    models: dict[int, pm.Model], scenario: str | pm.Scenario
) -> None:
    out = models[2023].run(scenario)
    plain = pm.joint(out, draws=400_000, seed=2).iloc[0]
    errors = {"all": "standard_error"}
    for name, odds in joint_odds(out, seed=1).items():
        error = math.hypot(odds.standard_error, plain[errors.get(name, f"{name}_standard_error")])
        assert abs(odds.probability - plain[name]) <= 4 * error
        assert odds.standard_error <= RELATIVE_ERROR * odds.probability or odds.upper < SMALLEST_SHOWN
        assert odds.probability <= odds.upper


@pytest.mark.parametrize("target", [108.0, 125.0, 140.0])
def test_rare_joint_odds_are_the_product_of_independent_ones(
    make_plan: Callable[..., pm.Plan], tmp_path: Path, target: float
) -> None:
    """Two independent targets, each as likely as the other: from likely to one in millions."""
    targets = [{"target": target}, {"indicator": "premium", "target": target}]
    rows = [
        row
        for name in ("value_added", "premium")
        for row in equations(f"{name}.town", drift=0.0, innovation=2.0)
    ]
    plan = make_plan(tmp_path, targets=targets, equations=rows)
    out = pm.build_model(plan).run()
    likely = probabilities(out)
    for seed in range(3):
        odds = joint_odds(out, seed)["all"]
        truth = float(likely.prod())
        assert abs(odds.probability - truth) <= 4.5 * odds.standard_error + 1e-9
        if truth > SMALLEST_SHOWN:
            assert odds.standard_error <= RELATIVE_ERROR * odds.probability
        else:
            assert truth <= odds.upper <= min(likely) + 1e-12
    assert likely[0] == pytest.approx(norm.sf(math.log(target / 100) / math.sqrt(out.cov[-1, -1])), rel=1e-9)


def test_without_uncertainty_odds_are_0_or_1(make_plan: Callable[..., pm.Plan], tmp_path: Path) -> None:
    for name, target, expected in (("low", 90.0, 1.0), ("high", 130.0, 0.0)):
        rows = equations("value_added.town", drift=2.0, innovation=0.0)
        plan = make_plan(tmp_path / name, targets=[{"target": target}], equations=rows)
        odds = joint_odds(pm.build_model(plan).run())["all"]
        assert (odds.probability, odds.upper, odds.standard_error) == (expected, expected, 0.0)


def test_two_of_three_rare_targets_are_the_binomial_of_one(
    make_plan: Callable[..., pm.Plan], tmp_path: Path
) -> None:
    """Each one in thirty: two or more of three happen with 3 p² (1 - p) + p³, ceilings or floors."""
    out = independent(make_plan, tmp_path, [1.85, 1.85, 1.85], at_most=1)
    p = norm.sf(1.85)
    odds = joint_odds(out, 3)["at_least"]
    truth = 3 * p**2 * (1 - p) + p**3
    assert SMALLEST_SHOWN < truth < 0.005
    assert abs(odds.probability - truth) <= 4 * odds.standard_error
    assert 0 < odds.standard_error <= RELATIVE_ERROR * odds.probability
    # It stops when that is so: a few blocks and not all.
    assert odds.draws < 10 * rare.BLOCK
    assert odds.upper == pytest.approx(odds.probability + NORMAL_95 * odds.standard_error, rel=1e-12)


def test_what_is_too_rare_to_be_seen_is_found_by_and_by(
    make_plan: Callable[..., pm.Plan], tmp_path: Path
) -> None:
    """One in a hundred thousand: plain draws see none, and the moved ones say it within their error."""
    out = independent(make_plan, tmp_path, [2.72, 2.72, 0.0])
    truth = norm.sf(2.72) ** 2 / 2
    assert truth < 1e-5
    odds = joint_odds(out, 1)["all"]
    assert abs(odds.probability - truth) <= 4 * odds.standard_error
    assert odds.standard_error < truth
    assert truth < odds.upper < SMALLEST_SHOWN


def test_joint_odds_are_no_likelier_than_the_least_likely_target(
    make_plan: Callable[..., pm.Plan], tmp_path: Path
) -> None:
    """Below one in a thousand nothing need be moved: none was seen, and the marginal is the bound."""
    out = independent(make_plan, tmp_path, [4.5, 0.0])
    odds = joint_odds(out)["all"]
    assert odds == Odds(0.0, 0.0, pytest.approx(norm.sf(4.5)), rare.BLOCK)
    # Five of five thousand draws that are all nearly certain: no mean above the least of the marginals.
    likely = joint_odds(independent(make_plan, tmp_path / "likely", [-4.0, -4.0]))["all"]
    assert likely.probability <= norm.cdf(4.0)


def test_the_same_seed_gives_the_same_odds_and_another_does_not(
    make_plan: Callable[..., pm.Plan], tmp_path: Path
) -> None:
    out = independent(make_plan, tmp_path, [0.5, 1.0])
    assert joint_odds(out, 4) == joint_odds(out, 4)
    assert joint_odds(out, 4)["all"] != joint_odds(out, 5)["all"]
    assert joint_odds(out) == joint_odds(out, 0)


def test_the_events_of_a_plan_are_all_k_and_the_rows_of_whole_areas(models: dict[int, pm.Model]) -> None:
    goals = models[2023].goals
    found = events(goals)
    assert [(name, int(event.mask.sum()), event.least) for name, event in found.items()] == [
        ("all", 13, 13),
        ("at_least", 13, 7),
        ("indicators_all", 7, 7),
    ]
    assert found["indicators_all"].mask.tolist() == goals.headline.tolist()
    assert [event.needs_all for event in found.values()] == [True, False, True]
    assert events(goals, 3)["at_least"].least == 3


@given(
    margins=st.lists(st.lists(st.floats(-2, 2), min_size=4, max_size=4), min_size=4, max_size=4),
    mask=st.lists(st.booleans(), min_size=4, max_size=4).filter(any),
    data=st.data(),
)
def test_an_event_happens_where_its_score_is_not_negative(
    margins: list[list[float]], mask: list[bool], data: st.DataObject
) -> None:
    """And it happens where at least so many of its targets are reached, however they are counted."""
    chosen = np.array(mask)
    event = Event(chosen, data.draw(st.integers(1, int(chosen.sum()))))
    array = np.array(margins)
    expected = [(column[chosen] >= 0).sum() >= event.least for column in array.T]
    assert event.happens(array).tolist() == expected
    assert (event.score(array) >= 0).tolist() == expected


def test_weights_average_to_one_and_none_exceeds_five() -> None:
    """A density over a mixture's: its mean under the mixture is 1, and one draw in five stays where it was."""
    rng, centre = np.random.default_rng(1), np.array([1.5, -0.5])
    normal = rng.standard_normal((2, 200_000))
    normal[:, :160_000] += centre[:, None]
    weights = rare._weights(normal, centre)
    assert weights.max() <= 5
    assert weights.mean() == pytest.approx(1, abs=4 * weights.std() / math.sqrt(200_000))
    # The first moment of the plain normals, too.
    assert (normal * weights).mean(axis=1) == pytest.approx([0, 0], abs=0.02)


def test_the_error_of_plain_draws_is_the_binomial_one() -> None:
    found = rare._summed(30.0, 30.0, 1000, 1.0)
    error = math.sqrt(0.03 * 0.97 / 1000)
    assert found == Odds(0.03, pytest.approx(error), pytest.approx(0.03 + NORMAL_95 * error), 1000)
    assert rare._summed(0.0, 0.0, 1000, 1.0) == Odds(0.0, 0.0, RULE_OF_THREE / 1000, 1000)
    assert rare._summed(30.0, 30.0, 1000, 0.02) == Odds(0.02, pytest.approx(error), 0.02, 1000)


@pytest.mark.parametrize(
    "odds, good",
    [
        (Odds(0.5, 0.025, 0.6, 1), True),
        (Odds(0.5, 0.0251, 0.6, 1), False),
        (Odds(1.0, 0.0, 1.0, 1), True),
        (Odds(0.0, 0.0, 0.1, 1), False),
        (Odds(0.5, 0.0, 0.5, 1), False),
    ],
)
def test_odds_are_good_with_an_error_of_five_per_cent_or_where_every_draw_reached_them(
    odds: Odds, good: bool
) -> None:
    assert rare._good(odds) == good


def test_an_event_s_centre_is_the_mean_of_the_normals_that_reach_it(
    make_plan: Callable[..., pm.Plan], tmp_path: Path
) -> None:
    """Of a normal beyond z the mean is φ(z) / P(Z > z), rare or not."""
    for z in (1.0, 4.0):
        out = independent(make_plan, tmp_path / str(z), [z])
        goals = out.model.goals
        draws = rare._Draws(out.sampler(goals.quantities, [2025]), goals, 0)
        centre = rare._centre(events(goals)["all"], draws)
        assert abs(centre[0]) == pytest.approx(norm.pdf(z) / norm.sf(z), rel=0.02)

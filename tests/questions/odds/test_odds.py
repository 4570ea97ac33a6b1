"""Odds: known orthants and updates, closed form against draws, Fréchet bounds, stored results."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import equations
from scipy.special import ndtr

import planmodel as pm
from planmodel.base.files import shipped
from planmodel.law.quantity import Quantity
from planmodel.questions.odds.marginal import probabilities

SCENARIOS = sorted(path.stem for path in shipped("data", "scenarios").glob("*.yaml"))
DRAWS = 200_000
MakePlan = Callable[..., pm.Plan]

# P(three equicorrelated normals all above their medians) = 1/8 + 3 asin(ρ) / 4π.
ORTHANT = {0.0: 0.125, 0.3: 0.1977400130155087, 0.5: 0.25, 0.8: 0.3463754264756499}


def three_even_targets(make_plan: MakePlan, folder: Path, rho: float) -> pm.Outlook:
    """Three targets that are each reached with probability one half, with equal correlations."""
    names = ("alpha", "beta", "gamma")
    targets = [{"indicator": name, "base": 100, "target": 100} for name in names]
    rows = [row for name in names for row in equations(f"{name}.town", drift=0, innovation=4)]
    pairs = (("alpha", "beta"), ("alpha", "gamma"), ("beta", "gamma"))
    for one, other in pairs:
        rows += equations(f"{one}.town", **{f"innovation_with:{other}.town": rho})
    return pm.build_model(make_plan(folder, targets=targets, equations=rows)).run()


@pytest.mark.parametrize("rho, expected", ORTHANT.items())
def test_equicorrelated_orthant(make_plan: MakePlan, tmp_path: Path, rho: float, expected: float) -> None:
    """The joint odds of three even targets are the closed form of the orthant, and draws agree."""
    assert expected == pytest.approx(1 / 8 + 3 * math.asin(rho) / 4 / math.pi, abs=1e-15)
    out = three_even_targets(make_plan, tmp_path, rho)
    odds = pm.joint(out).iloc[0]
    assert odds["all"] == pytest.approx(expected, abs=1e-6)
    assert odds["expected"] == pytest.approx(1.5, abs=1e-12)
    drawn = pm.counts(out, draws=DRAWS, seed=1).query("of == 'targets' and k == 3").iloc[0]
    assert drawn["at_least"] == pytest.approx(expected, abs=4 * drawn["standard_error"])


def value_added_plan(make_plan: MakePlan, folder: Path) -> pm.Plan:
    rows = equations("value_added.town", drift=(8, 3), innovation=6, persistence=0)
    return make_plan(folder, targets=[{"base": 288.9, "target": 400}], equations=rows)


def test_interim_example_before_any_figure(make_plan: MakePlan, tmp_path: Path) -> None:
    """Drift 8 ± 3 and innovations of 6: 288.9 → 400 is reached with probability .645."""
    out = pm.build_model(value_added_plan(make_plan, tmp_path)).run()
    exact = 0.5 * math.erfc(
        -(0.40 - math.log(400 / 288.9)) / math.sqrt(5 * 0.06**2 + 25 * 0.03**2) / math.sqrt(2)
    )
    assert probabilities(out)[0] == pytest.approx(exact, abs=1e-12)
    assert probabilities(out)[0] == pytest.approx(0.645, abs=5e-4)


@pytest.mark.parametrize(
    "level, drift, expected", [(310, 6.51, 0.320), (330, 7.55, 0.606), (340, 8.05, 0.732)]
)
def test_interim_example_after_a_figure(
    make_plan: MakePlan, tmp_path: Path, level: float, drift: float, expected: float
) -> None:
    """A figure for 2022 moves the drift and the odds as the published update says."""
    plan = value_added_plan(make_plan, tmp_path)
    figure = pd.DataFrame(
        [("value_added", "town", 2022, level, "亿元", "exact", np.nan, "yes", "A", "test", "")],
        columns=pm.load_observations(plan).columns,
    )
    out = pm.build_model(plan, as_of=2022, observations=figure).run()
    assert probabilities(out)[0] == pytest.approx(expected, abs=5e-4)
    # Growth after the figure is the drift plus an independent innovation: its mean is the drift's.
    assert 100 * (out.mean[4] - out.mean[3]) == pytest.approx(drift, abs=5e-3)
    posterior = 1 / (1 / 0.03**2 + 2 / 0.06**2)
    step = np.array([0, 0, 0, -1, 1])
    assert step @ out.cov @ step == pytest.approx(0.06**2 + posterior, rel=1e-9)


@pytest.mark.parametrize("as_of", [2020, 2023])
@pytest.mark.parametrize("name", SCENARIOS)
def test_closed_form_and_draws_agree(models: dict[int, pm.Model], name: str, as_of: int) -> None:
    """Every target of every shipped scenario: both engines agree within 4 standard errors."""
    out = models[as_of].run(name)
    goals = out.model.goals
    sampler = out.sampler(goals.quantities, [2025])
    drawn = sampler.reduce(DRAWS, 11, lambda chunk: goals.hits(chunk).sum(axis=0).astype(float)) / DRAWS
    exact = probabilities(out)
    error = np.sqrt(np.maximum(exact * (1 - exact), 1 / DRAWS) / DRAWS)
    assert np.max(np.abs(drawn - exact) / error) < 4


@pytest.mark.parametrize("as_of", [2020, 2023])
@pytest.mark.parametrize("name", SCENARIOS)
def test_stored_results(models: dict[int, pm.Model], name: str, as_of: int) -> None:
    """Each shipped scenario has its expected probabilities beside it, and they are reproduced."""
    expected = pd.read_csv(shipped("data", "scenarios") / f"{name}.expected.csv")
    stored = expected[expected["as_of"] == as_of].set_index("target")["probability"]
    found = pm.reach(models[as_of].run(name)).set_index("target")["probability"]
    assert list(stored.index) == list(found.index)
    np.testing.assert_allclose(found, stored, atol=1e-6)


@pytest.mark.parametrize("as_of", [2020, 2023])
def test_joint_odds_lie_between_their_bounds(models: dict[int, pm.Model], as_of: int) -> None:
    """P(all) lies between the Fréchet bounds, in every shipped scenario."""
    for name in SCENARIOS:
        odds = pm.joint(models[as_of].run(name), draws=20_000).iloc[0]
        slack = 4 * odds["standard_error"] + 4 / 20_000
        assert odds["lower"] - slack <= odds["all"] <= odds["upper"] + slack
        assert 0 <= odds["all"] <= odds["indicators_all"] <= 1


def test_bounds_of_the_joint_odds_follow_from_the_marginals(make_plan: MakePlan, tmp_path: Path) -> None:
    """All together: at most as likely as the least likely, at least 1 less every probability of a miss."""
    targets = [{"indicator": name, "target": level} for name, level in (("alpha", 101), ("beta", 104))]
    rows = [r for name in ("alpha", "beta") for r in equations(f"{name}.town", drift=1.5, innovation=1)]
    out = pm.build_model(make_plan(tmp_path, targets=targets, equations=rows)).run()
    # log 100 + 5 x 1.5 % with variance 5 x (1 %)².
    likely = ndtr((0.075 - np.log([1.01, 1.04])) / (0.01 * math.sqrt(5)))
    odds = pm.joint(out, draws=1_000).iloc[0]
    assert odds["upper"] == pytest.approx(likely.min(), rel=1e-12)
    assert odds["lower"] == pytest.approx(likely.sum() - 1, rel=1e-12)
    assert likely.min() < likely.max() - 0.01


def test_counts_are_distributions(models: dict[int, pm.Model]) -> None:
    """Shares by number reached sum to one, and their mean is the sum of the marginals."""
    out = models[2023].run()
    table = pm.counts(out, seed=5)
    for of, total in (("targets", 13), ("indicators", 7)):
        rows = table[table["of"] == of]
        assert list(rows["k"]) == list(range(total + 1))
        assert rows["exactly"].sum() == pytest.approx(1)
        assert rows["at_least"].iloc[0] == pytest.approx(1)
        assert rows["at_least"].is_monotonic_decreasing
    rows = table[table["of"] == "targets"]
    mean = (rows["k"] * rows["exactly"]).sum()
    variance = (rows["k"] ** 2 * rows["exactly"]).sum() - mean**2
    assert mean == pytest.approx(pm.joint(out)["expected"].iloc[0], abs=4 * math.sqrt(variance / DRAWS))


def test_reach_has_the_columns_of_the_contract(models: dict[int, pm.Model]) -> None:
    """One row a target in the plan's order, with a plain index and no error on a closed form."""
    table = pm.reach(models[2023].run())
    columns = "target indicator area base target_value required history percentile median probability"
    assert list(table.columns) == [*columns.split(), "standard_error", "slack"]
    assert isinstance(table.index, pd.RangeIndex)
    assert len(table) == 13
    assert (table["standard_error"] == 0).all()
    assert table["probability"].between(0, 1).all()


def test_at_most_targets_count_the_other_side(make_plan: MakePlan, tmp_path: Path) -> None:
    """A ceiling is kept with the probability that a floor is missed; what is exactly at it counts for both."""
    rows = equations("value_added.town", drift=(4, 1), innovation=3)
    found = []
    for direction in ("at_least", "at_most"):
        targets = [{"direction": direction}]
        out = pm.build_model(make_plan(tmp_path / direction, targets=targets, equations=rows)).run()
        found.append(pm.reach(out).iloc[0])
    assert found[0]["probability"] + found[1]["probability"] == pytest.approx(1, abs=1e-9)
    assert found[0]["slack"] == pytest.approx(-found[1]["slack"])


@pytest.mark.parametrize("base, target, years, expected", [(100, 200, 5, 14.869835), (100, 100, 3, 0.0)])
def test_required_growth(base: float, target: float, years: int, expected: float) -> None:
    """Required growth is compound."""
    assert pm.required_growth(base, target, years) == pytest.approx(expected, abs=1e-6)
    assert math.isnan(pm.required_growth(math.nan, target, years))


@pytest.mark.parametrize("k", [-1, 14])
def test_joint_refuses_an_impossible_number(models: dict[int, pm.Model], k: int) -> None:
    """At least k of 13 asks for a k between 0 and 13."""
    with pytest.raises(ValueError, match=f"found {k}, expected a number from 0 to 13"):
        pm.joint(models[2023].run(), at_least=k, draws=1000)


def test_quantiles_of_parts_and_sums_agree_with_draws(models: dict[int, pm.Model]) -> None:
    """The share of draws below a closed-form quantile is its probability, for parts and GDP in every year."""
    out = models[2023].run()
    chosen: list[Quantity] = [q for q in out.quantities if q.second]
    levels = (0.05, 0.5, 0.9)
    table = out.quantiles(levels).set_index(["target", "year", "quantile"])["value"]
    drawn = out.sampler(chosen, [2024, 2025]).draw(DRAWS, 3)
    for column, (year, quantity) in enumerate((y, q) for y in (2024, 2025) for q in chosen):
        for level in levels:
            share = np.mean(drawn[:, column] < table[quantity.name, year, level])
            assert share == pytest.approx(level, abs=4 * math.sqrt(level * (1 - level) / DRAWS))


def test_a_target_met_exactly_counts_in_draws_too(make_plan: MakePlan, tmp_path: Path) -> None:
    """One of three met exactly in the last year: the odds by draws are those of the two others, as the integral's."""
    targets = [{"indicator": name, "base": 100, "target": 120} for name in ("alpha", "beta", "gamma")]
    seen = [{"variable": "alpha", "year": 2025, "value": 120}]
    out = pm.build_model(make_plan(tmp_path, targets=targets, observations=seen), as_of=2025).run()
    alone = probabilities(out)
    assert alone[0] == 1
    odds = pm.joint(out).iloc[0]
    assert odds["all"] == pytest.approx(alone[1] * alone[2], abs=1e-6)
    assert odds["indicators_all"] == pytest.approx(odds["all"], abs=4 * odds["indicators_all_standard_error"])

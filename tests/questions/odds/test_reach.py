"""Reach, counts and joint odds on plans small enough for paper."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import equations
from frozen import thawed
from scipy.stats import binom, norm

import planmodel as pm
from planmodel.questions import odds
from planmodel.questions.odds.bounds import DRAWS
from planmodel.questions.odds.rare import joint_odds
from planmodel.questions.odds.verdicts import OUT_OF_REACH, SAFE, VERDICTS, verdict

SPREAD = 0.02 * math.sqrt(5)
MakePlan = Callable[..., pm.Plan]


def alike(make_plan: MakePlan, folder: Path, count: int, z: float = 0.0) -> pm.Outlook:
    """So many independent targets, each z standard deviations above its median."""
    names = [f"i{n}" for n in range(count)]
    targets = [{"indicator": name, "target": 100 * math.exp(z * SPREAD)} for name in names]
    rows = [row for name in names for row in equations(f"{name}.town", drift=0.0, innovation=2.0)]
    return pm.build_model(make_plan(folder, targets=targets, equations=rows)).run()


def test_results_are_frozen() -> None:
    assert thawed(odds) == []


def test_growth_and_slack_are_compound_over_the_plan_s_years(make_plan: MakePlan, tmp_path: Path) -> None:
    """120 of 100 in five years, and a median of 100·exp(0.15): a floor and a ceiling have opposite slack."""
    rows = [row for name in ("alpha", "beta") for row in equations(f"{name}.town", drift=3.0, innovation=2.0)]
    targets = [
        {"indicator": "alpha"},
        {"indicator": "beta", "direction": "at_most"},
        {"indicator": "gamma", "base": ""},
    ]
    table = pm.reach(pm.build_model(make_plan(tmp_path, targets=targets, equations=rows)).run())
    required, expected = 100 * (1.2**0.2 - 1), 100 * math.expm1(0.03)
    assert table["required"].to_list()[:2] == pytest.approx([required, required])
    assert table["median"].to_list()[:2] == pytest.approx([100 * math.exp(0.15)] * 2)
    assert table["slack"].to_list()[:2] == pytest.approx([expected - required, required - expected])
    assert table.loc[2, ["required", "median", "probability", "slack"]].isna().all()
    assert table["target"].to_list() == ["alpha.town", "beta.town", "gamma.town"]
    assert table["target_value"].to_list() == [120] * 3


def test_history_and_percentile_are_the_evidence_s(models: dict[int, pm.Model]) -> None:
    evidence = models[2023].evidence
    table = pm.reach(models[2023].run()).set_index("target")
    history = evidence.history.set_index("target")["growth"]
    assert table["history"].dropna().to_dict() == pytest.approx(
        history.reindex(table.index).dropna().to_dict()
    )
    assert table["history"].notna().any()
    for name, row in table.iterrows():
        assert row["percentile"] == pytest.approx(
            evidence.percentile(str(name), row["history"], row["required"]), nan_ok=True
        )


@pytest.mark.parametrize(
    "base, target, years, expected",
    [(0.5, 1, 1, 100), (1, 0.5, 1, -50), (100, 121, 2, 10), (0, 1, 5, math.nan), (-1, 1, 5, math.nan),
     (1, 0, 5, math.nan), (1, -1, 5, math.nan), (1, 2, 0, math.nan), (1, 2, -1, math.nan), (1, math.nan, 5, math.nan)],
)  # fmt: skip
def test_growth_is_defined_between_positive_levels(
    base: float, target: float, years: int, expected: float
) -> None:
    assert pm.required_growth(base, target, years) == pytest.approx(expected, nan_ok=True)


def test_counts_of_independent_targets_are_binomial(make_plan: MakePlan, tmp_path: Path) -> None:
    """With the standard errors of shares of so many draws."""
    n, z, draws = 4, 0.3, 50_000
    table = pm.counts(alike(make_plan, tmp_path, n, z), draws, 3)
    own = table[table["of"] == "targets"]
    k = np.arange(n + 1)
    for column, truth in (
        ("exactly", binom.pmf(k, n, norm.sf(z))),
        ("at_least", binom.sf(k - 1, n, norm.sf(z))),
    ):
        error = own["standard_error" if column == "at_least" else "exactly_standard_error"].to_numpy()
        assert (np.abs(own[column] - truth) <= 4.5 * np.sqrt(truth * (1 - truth) / draws) + 1e-12).all()
        assert error == pytest.approx(np.sqrt(truth * (1 - truth) / draws), rel=0.1, abs=1e-6)
    pd.testing.assert_frame_equal(
        own.drop(columns="of").reset_index(drop=True),
        table[table["of"] == "indicators"].drop(columns="of").reset_index(drop=True),
    )


def test_joint_odds_of_independent_targets_are_products(make_plan: MakePlan, tmp_path: Path) -> None:
    n, z = 3, 0.3
    p = norm.sf(z)
    found = pm.joint(alike(make_plan, tmp_path, n, z), draws=50_000).iloc[0]
    assert found["all"] == pytest.approx(p**n, abs=1e-6)
    assert 0 < found["standard_error"] < 1e-5
    assert found["k"] == 2
    truth = binom.sf(1, n, p)
    assert found["at_least"] == pytest.approx(truth, abs=4 * found["at_least_standard_error"])
    assert found["at_least_standard_error"] == pytest.approx(
        math.sqrt(truth * (1 - truth) / 50_000), rel=0.05
    )
    assert found["indicators_all_standard_error"] == pytest.approx(
        math.sqrt(p**n * (1 - p**n) / 50_000), rel=0.1
    )
    assert found["draws"] == 50_000
    two = pm.joint(alike(make_plan, tmp_path / "two", 2, z), draws=2000).iloc[0]
    assert two["all"] == pytest.approx(p**2, abs=1e-9)
    assert two["standard_error"] == 0


def test_the_least_k_is_all_and_none_is_certain(make_plan: MakePlan, tmp_path: Path) -> None:
    out = alike(make_plan, tmp_path, 3)
    assert pm.joint(out, 0, 2000)["at_least"].item() == pytest.approx(1)
    of = pm.counts(out, 2000).query("of == 'targets'").set_index("k")
    for k in (1, 2, 3):
        assert pm.joint(out, k, 2000)["at_least"].item() == pytest.approx(of.at[k, "at_least"])


def test_of_two_that_move_as_one_the_harder_decides(make_plan: MakePlan, tmp_path: Path) -> None:
    """Their covariance is singular; both are reached where the less likely is."""
    targets = [{"indicator": "alpha", "target": 105}, {"indicator": "beta", "target": 110}]
    rows = [
        *equations("alpha.town", drift=1.0, innovation=2.0),
        *equations("beta.town", innovation=0.0, **{"on:alpha.town": 1.0}),
    ]
    out = pm.build_model(make_plan(tmp_path, targets=targets, equations=rows)).run()
    assert np.linalg.matrix_rank(out.cov) == 5
    likely = pm.reach(out)["probability"]
    assert pm.joint(out, draws=2000)["all"].item() == pytest.approx(likely.min(), abs=1e-6)
    assert likely.min() < likely.max()


@pytest.mark.parametrize("met", [True, False])
def test_what_is_history_is_met_or_not(make_plan: MakePlan, tmp_path: Path, met: bool) -> None:
    """One target known in the last year: all are reached with the other's odds, or not at all."""
    targets = [{"indicator": "alpha"}, {"indicator": "beta", "target": 110}]
    rows = [row for name in ("alpha", "beta") for row in equations(f"{name}.town", drift=1.0, innovation=2.0)]
    seen = [{"variable": "alpha", "year": 2025, "value": 121 if met else 119}]
    out = pm.build_model(
        make_plan(tmp_path, targets=targets, equations=rows, observations=seen), as_of=2025
    ).run()
    found = pm.joint(out, draws=2000).iloc[0]
    other = pm.reach(out).set_index("target").at["beta.town", "probability"]
    assert found["all"] == pytest.approx(other if met else 0, abs=1e-9)
    assert 0 < other < 1


def test_unless_asked_otherwise_it_is_200000_draws_of_seed_0(make_plan: MakePlan, tmp_path: Path) -> None:
    out = alike(make_plan, tmp_path, 2, 0.3)
    assert DRAWS == 200_000
    pd.testing.assert_frame_equal(pm.counts(out), pm.counts(out, 200_000, 0))
    pd.testing.assert_frame_equal(pm.joint(out), pm.joint(out, None, 200_000, 0))
    assert not pm.counts(out).equals(pm.counts(out, seed=1))
    row = pm.load_observations(out.plan)
    bound = pd.DataFrame(
        [("i0", "town", 2025, 100.0, "亿元", "at_least", math.nan, "yes", "A", "test", "")],
        columns=row.columns,
    )
    bounded = out.given(bound, bounds=True)
    pd.testing.assert_frame_equal(pm.reach(bounded), pm.reach(bounded, 200_000, 0))
    assert not pm.reach(bounded).equals(pm.reach(bounded, seed=1))


def test_verdicts_begin_at_their_cuts() -> None:
    assert (SAFE, OUT_OF_REACH) == (0.9, 0.1)
    cuts = {
        1.0: "safe",
        0.9: "safe",
        0.8999: "open",
        0.1: "open",
        0.0999: "out_of_reach",
        0.0: "out_of_reach",
    }
    assert {p: verdict(p) for p in cuts} == cuts
    assert verdict(math.nan) == "no_base"
    assert set(VERDICTS) == {*cuts.values(), "no_base"}


@pytest.mark.parametrize("direction", ["at_least", "at_most"])
@pytest.mark.parametrize("value", [120, 110.3])
def test_what_is_history_and_exactly_at_its_target_meets_it(
    make_plan: MakePlan, tmp_path: Path, direction: str, value: float
) -> None:
    """A floor and a ceiling: in closed form, in the integral and in draws, those for rare events among them."""
    names = ("alpha", "beta")
    targets = [{"indicator": name, "target": value, "direction": direction} for name in names]
    seen = [{"variable": name, "year": 2025, "value": value} for name in names]
    out = pm.build_model(make_plan(tmp_path, targets=targets, observations=seen), as_of=2025).run()
    assert pm.reach(out)["probability"].tolist() == [1, 1]
    found = pm.joint(out, draws=2000).iloc[0]
    assert (found["all"], found["at_least"], found["standard_error"], found["expected"]) == (1, 1, 0, 2)
    assert {odds.probability for odds in joint_odds(out).values()} == {1.0}


def test_all_of_five_that_share_half_of_their_variance_is_one_in_six(
    make_plan: MakePlan, tmp_path: Path
) -> None:
    """P(all above their medians) is 1/(n+1) where all correlations are ½ (Steck 1962), to the integral's error."""
    names = ("alpha", "beta", "gamma", "delta", "epsilon")
    targets = [{"indicator": name, "target": 100} for name in names]
    rows = equations("common", drift=0.0, innovation=3.0)
    for name in names:
        rows += equations(f"{name}.town", drift=0.0, innovation=3.0, **{"on:common": 1.0})
    driver = {"common": {"zh": "共同", "en": "Common"}}
    plan = make_plan(tmp_path, targets=targets, equations=rows, drivers=driver)
    found = pm.joint(pm.build_model(plan, 2020).run(), draws=2000).iloc[0]
    assert found["all"] == pytest.approx(1 / 6, abs=2e-6)

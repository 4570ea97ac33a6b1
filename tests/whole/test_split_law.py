"""The same law split into three equal nodes: every question gives the same answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import golden_tables as golden
import numpy as np
import pandas as pd
import pytest

import planmodel as pm
from planmodel.law.condition import given
from planmodel.law.nodes import Nodes
from planmodel.model.outlook import Outlook
from planmodel.questions.odds.rare import joint_odds

TARGET, DRAWS = "value_added.district", 2_000

# Those of the golden tables, and the ones that are asked of no scenario there.
QUESTIONS: dict[str, Callable[[Outlook], pd.DataFrame]] = golden.QUESTIONS | {
    "quantiles": lambda out: out.quantiles((0.05, 0.5, 0.95)),
    "draw": lambda out: out.draw(DRAWS, seed=3),
    "breaks": lambda out: pd.DataFrame(pm.breaks(out)).select_dtypes("number"),
    "breaks_count": lambda out: pd.DataFrame(pm.breaks_count(out, seed=1)).select_dtypes("number"),
    "heat_map": lambda out: pm.heat_map(out, TARGET, "city_gdp", "city_credit").table,
    "discover": lambda out: pm.discover(out, [TARGET], draws=DRAWS, seed=1).table,
    "severity_catalogue": lambda out: pm.severity_catalogue(out.model).table,
    "news": lambda out: pm.news(out.model.known_by(2020).run(out.scenario), out),
    "joint_odds": lambda out: pd.DataFrame({k: vars(v) for k, v in joint_odds(out, 1).items()}),
}


def in_three(outlook: Outlook) -> Nodes:
    """Return the outlook's law as three nodes in the same place."""
    mean, cov = given(outlook.shifted_mean, outlook.shifted_cov, outlook.paths + outlook.observed)
    return Nodes(np.full(3, 1 / 3), np.tile(mean, (3, 1)), cov)


def replace_nodes(monkeypatch: pytest.MonkeyPatch, make: Callable[[Outlook], Nodes]) -> None:
    """Every outlook whose nodes are asked from now on has others."""
    nodes = cached_property(make)
    nodes.__set_name__(Outlook, "nodes")
    monkeypatch.setattr(Outlook, "nodes", nodes)


@pytest.fixture(scope="module")
def whole(plan: pm.Plan) -> dict[str, dict[str, pd.DataFrame]]:
    """The answers of one normal, by scenario and question."""
    model = pm.build_model(plan, 2023)
    return {
        name: {question: ask(model.run(name)) for question, ask in QUESTIONS.items()}
        for name in ("baseline", "credit_squeeze")
    }


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("scenario", ["baseline", "credit_squeeze"])
def test_equal_nodes_give_the_same_answer(
    whole: dict[str, dict[str, pd.DataFrame]],
    monkeypatch: pytest.MonkeyPatch,
    plan: pm.Plan,
    scenario: str,
    question: str,
) -> None:
    """Figures agree to 1e-9, codes and order exactly."""
    replace_nodes(monkeypatch, in_three)
    outlook = pm.build_model(plan, 2023).run(scenario)
    assert len(outlook.nodes.weights) == 3
    found = QUESTIONS[question](outlook)
    pd.testing.assert_frame_equal(found, whole[scenario][question], check_exact=False, rtol=1e-9, atol=1e-9)


def test_nodes_apart_give_another_answer(monkeypatch: pytest.MonkeyPatch, plan: pm.Plan) -> None:
    """Two nodes at ±0.05 widen the law: reach is their average, and draws agree with it."""
    model = pm.build_model(plan, 2023)
    one = model.run()

    means = np.stack([one.mean - 0.05, one.mean + 0.05])
    before = pm.reach(one)["probability"]
    replace_nodes(monkeypatch, lambda _: Nodes(np.full(2, 0.5), means, one.cov))
    out = model.run()
    goals, found = model.goals, pm.reach(out)
    sides = [goals.probabilities(Nodes.single(one.mean + shift, one.cov)) for shift in (-0.05, 0.05)]
    np.testing.assert_allclose(found["probability"], np.mean(sides, axis=0), atol=1e-12)
    assert (abs(found["probability"] - before) > 1e-6).any()
    n = 50_000
    hits = goals.hits(out.sampler(goals.quantities, [2025]).draw(n, seed=2)).mean(axis=0)
    error = np.sqrt(found["probability"] * (1 - found["probability"]) / n)
    assert (abs(hits - found["probability"]) <= 4 * error + 1e-4).all()

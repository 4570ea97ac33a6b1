"""The cheapest mix of measures: the closed form, optimality, invariance, and runs that give what it reports."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import equations
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.special import ndtri

import planmodel as pm
from planmodel.questions.needs.cone import Cones, cheapest, most_slack
from planmodel.questions.needs.levers import Levers
from planmodel.questions.needs.mix_result import Mix
from planmodel.questions.needs.mix_stability import mix_stability
from planmodel.questions.odds.marginal import probabilities
from planmodel.show.words.mix import mix_words

MakePlan = Callable[..., pm.Plan]
Small = Callable[..., pm.Outlook]

NEAR = ["headquarters.district", "headquarters.core", "premium.district"]
HEAD = "measure,kind,system,number,name_zh,name_en,variables,locator\n"
EFFECTS = ["measure", "variable", "effect", "sd", "years_to_full", "cost", "basis", "source"]


def effect(measure: str = "push", size: float = 2.0, sd: float = 1.0, cost: float = 1.0) -> tuple[Any, ...]:
    return (measure, "value_added.town", size, sd, 1, cost, "assumption", "")


@pytest.fixture
def small(make_plan: MakePlan, tmp_path: Path) -> Small:
    """Value added 100 → 120 in five years, growing 3 % ± 2 % a year, and measures with the given effects."""

    def build(effects: Sequence[tuple[Any, ...]], as_of: int = 2020, **target: Any) -> pm.Outlook:
        rows = equations("value_added.town", drift=3.0, innovation=2.0)
        folder = make_plan(tmp_path, targets=[target], equations=rows).folder
        names = dict.fromkeys(row[0] for row in effects)
        lines = [f"{name},measure,,{n},举措{n},Measure {n},,\n" for n, name in enumerate(names, start=1)]
        (folder / "measures.csv").write_text(HEAD + "".join(lines), encoding="utf-8")
        table = pd.DataFrame(list(effects), columns=EFFECTS)
        return pm.build_model(pm.load_plan(folder), as_of=as_of, effects=table).run()

    return build


@pytest.fixture(scope="module")
def baseline(models: dict[int, pm.Model]) -> pm.Outlook:
    return models[2023].run("baseline")


@pytest.fixture(scope="module")
def near(baseline: pm.Outlook) -> Mix:
    """A mix that is enough."""
    return pm.seek(baseline, NEAR, 0.6)


@pytest.fixture(scope="module")
def far(baseline: pm.Outlook) -> Mix:
    """The plan's 13 targets with 80 % each: no mix is enough."""
    return pm.seek(baseline)


def root(p: float, size: float = 2.0, sd: float = 1.0) -> float:
    """The z at which m + a z = β √(s² + v z²), from its square."""
    beta, m, s2 = float(ndtri(p)), 5 * 0.03 - math.log(1.2), 5 * 0.02**2
    a, v = 5 * size / 100, (5 * sd / 100) ** 2
    roots = np.roots([a**2 - beta**2 * v, 2 * m * a, m**2 - beta**2 * s2])
    return next(float(z) for z in roots if m + a * z >= 0)


@pytest.mark.parametrize("p", [0.55, 0.7, 0.8])
def test_one_measure_and_one_target_give_the_closed_form(small: Small, p: float) -> None:
    """One chance constraint in one intensity is a quadratic equation."""
    mix = pm.seek(small([effect()]), probability=p)
    assert mix.feasible
    assert 0 < root(p) < 1
    assert mix["intensity"].item() == pytest.approx(root(p), abs=5e-5)
    assert mix.targets["after"].item() == pytest.approx(p, abs=1e-5)


def test_a_target_from_above_is_the_mirror_image(small: Small) -> None:
    """A ceiling as far below the median as the floor is above it takes the same effort."""
    ceiling = 100 * math.exp(5 * 0.03 - (math.log(1.2) - 5 * 0.03))
    mix = pm.seek(small([effect(size=-2.0)], target=ceiling, direction="at_most"), probability=0.8)
    assert mix["intensity"].item() == pytest.approx(root(0.8), abs=5e-5)


def test_a_measure_without_effect_is_not_enough_and_not_used(small: Small) -> None:
    """The shortfall is what is missing at the level that holds with 80 %."""
    mix = pm.seek(small([effect(size=0.0, sd=0.0)]), probability=0.8)
    held = math.exp(5 * 0.03 - float(ndtri(0.8)) * 0.02 * math.sqrt(5))
    row = mix.targets.iloc[0]
    assert not mix.feasible
    assert mix.total_cost == pytest.approx(0, abs=1e-5)
    assert row["shortfall"] == pytest.approx(100 * (1 - held / 1.2), abs=1e-9)
    assert row["before"] == row["after"] == pytest.approx(row["alone"])


def test_equal_measures_share_the_work_and_together_cost_less(small: Small) -> None:
    """Two independent uncertain effects are less uncertain than one."""
    alone = pm.seek(small([effect()]), probability=0.8)
    pair = pm.seek(small([effect("push"), effect("pull")]), probability=0.8)
    assert np.ptp(pair["intensity"]) < 1e-5
    assert pair.total_cost < alone.total_cost - 0.01


def test_the_dearer_of_two_equal_measures_is_used_less(small: Small) -> None:
    """Some of it is used all the same, because it spreads the risk."""
    mix = pm.seek(small([effect("push", cost=1.0), effect("pull", cost=1.2)]), probability=0.8)
    push, pull = mix["intensity"]
    assert push > pull > 0


def test_no_open_year_leaves_nothing_to_do(small: Small) -> None:
    """In the target year measures come too late."""
    mix = pm.seek(small([effect()], as_of=2025))
    assert not mix.feasible
    assert mix["intensity"].item() == pytest.approx(0, abs=1e-5)


def test_what_holds_already_costs_nothing(baseline: pm.Outlook) -> None:
    mix = pm.seek(baseline, "deposits_loans.core", 0.9)
    assert mix.feasible
    assert mix.total_cost == 0
    assert mix.scenario.measures == {}


def test_the_scenario_gives_the_reported_odds(models: dict[int, pm.Model], near: Mix, tmp_path: Path) -> None:
    """Run as it is, and written to a file and read again."""
    pm.save_scenario(near.scenario, tmp_path / "mix.yaml")
    names = list(pm.reach(near.outlook)["target"])
    for scenario in (near.scenario, tmp_path / "mix.yaml"):
        run = dict(zip(names, probabilities(models[2023].run(scenario)), strict=True))
        for frame in (near.targets, near.others):
            assert list(frame["after"]) == [run[name] for name in frame["target"]]


def test_every_chosen_target_holds_and_one_binds(near: Mix) -> None:
    assert near.feasible
    assert near.targets["after"].min() >= 0.6
    assert near.targets["after"].min() == pytest.approx(0.6, abs=1e-5)
    assert (near.targets["shortfall"] == 0).all()


def test_the_exact_odds_of_a_part_are_met(models: dict[int, pm.Model]) -> None:
    """Its curved threshold is followed until the quadrature gives the probability asked for."""
    mix = pm.seek(models[2020].run(), "institutions.core", 0.6)
    assert mix.targets["after"].item() == pytest.approx(0.6, abs=1e-5)
    assert mix.targets["after"].item() >= 0.6


@pytest.mark.parametrize(
    "targets, p", [(NEAR, 0.6), (["headquarters.district", "value_added.district"], 0.6)]
)
def test_no_cheaper_mix_holds(baseline: pm.Outlook, targets: list[str], p: float) -> None:
    """Cuts at the solution contain every mix that holds: their linear program costs as much."""
    mix = pm.seek(baseline, targets, p)
    known = [quantity.name for quantity in baseline.model.goals.quantities]
    levers = Levers.of(baseline, list(mix["measure"]), [known.index(name) for name in targets])
    z = mix["intensity"].to_numpy()
    cones = levers.cones(float(ndtri(p)), z)
    slopes, heights = slopes_of(cones, z), cones.heights(z)
    bound = linprog(np.ones(len(z)), A_ub=-slopes, b_ub=heights - slopes @ z, bounds=(0, 1))
    assert bound.fun == pytest.approx(mix.total_cost, abs=1e-3)
    assert bound.fun <= mix.total_cost + 1e-9


def test_costs_times_ten_leave_the_mix(baseline: pm.Outlook, near: Mix) -> None:
    costs = dict.fromkeys(near["measure"], 10.0)
    dear = pm.seek(baseline, NEAR, 0.6, costs=costs)
    assert dear["intensity"].to_numpy() == pytest.approx(near["intensity"].to_numpy(), abs=2e-5)
    assert dear.total_cost == pytest.approx(10 * near.total_cost, abs=1e-3)


@settings(max_examples=8, deadline=None)
@given(p=st.tuples(st.floats(0.5, 0.74), st.floats(0.5, 0.74)))
def test_more_probability_never_costs_less(baseline: pm.Outlook, p: tuple[float, float]) -> None:
    low, high = (pm.seek(baseline, NEAR[:2], value, draws=10) for value in sorted(p))
    assert high.total_cost >= low.total_cost - 1e-5


def test_more_targets_never_cost_less(baseline: pm.Outlook, near: Mix) -> None:
    assert near.total_cost >= pm.seek(baseline, NEAR[:2], 0.6).total_cost


def test_measures_of_the_scenario_stay_and_only_the_extra_is_paid(
    models: dict[int, pm.Model], baseline: pm.Outlook, near: Mix
) -> None:
    """Half of the cheapest mix is already under way: the rest of it completes it."""
    half = {name: z / 2 for name, z in near.scenario.measures.items()}
    begun = models[2023].run(replace(baseline.scenario, measures=half))
    mix = pm.seek(begun, NEAR, 0.6)
    assert mix["intensity"].to_numpy() == pytest.approx(near["intensity"].to_numpy(), abs=1e-4)
    assert mix.total_cost == pytest.approx(near.total_cost / 2, abs=1e-3)
    assert (mix["intensity"] >= mix["already"]).all()


def test_limits_and_the_choice_of_measures(baseline: pm.Outlook, near: Mix) -> None:
    """Safeguards are left out unless they are named."""
    assert len(near) == 19
    assert set(near["kind"]) == {"measure"}
    first = near.loc[near["intensity"].idxmax(), "measure"]
    limited = pm.seek(baseline, NEAR, 0.6, limits={first: 0.5})
    assert limited.set_index("measure").loc[first, "intensity"] <= 0.5
    assert limited.total_cost > near.total_cost
    chosen = pm.seek(baseline, "headquarters.core", 0.53, measures=["talent_system", "financial_plaza"])
    assert list(chosen["measure"]) == ["talent_system", "financial_plaza"]
    assert chosen.feasible


def test_no_mix_for_the_whole_plan(baseline: pm.Outlook, far: Mix) -> None:
    """The nearest one is returned: no other mix tried has a smaller worst shortfall."""
    assert not far.feasible
    known = [quantity.name for quantity in baseline.model.goals.quantities]
    levers = Levers.of(baseline, list(far["measure"]), range(len(known)))
    found = far["intensity"].to_numpy()
    cones = levers.cones(float(ndtri(0.8)), found)
    generator = np.random.default_rng(1)
    others = [*generator.random((200, len(found))), *(generator.random((200, len(found))) < 0.8)]
    worst = max(cones.heights(np.asarray(z, dtype=float)).min() for z in others)
    assert cones.heights(found).min() > worst - 1e-3
    missing = far.targets[~far.targets["holds"]]
    assert (missing["shortfall"] > 0).all()
    assert (missing["alone"] < 0.8).any()


def test_the_simulated_joint_odds_agree_with_joint(baseline: pm.Outlook, far: Mix) -> None:
    """`joint` of the package on the same outlooks, within the standard errors."""
    row = far.joint.iloc[0]
    for name, outlook in (("before", baseline), ("after", far.outlook)):
        odds = pm.joint(outlook, seed=7).iloc[0]
        error = math.hypot(odds["standard_error"], row[f"{name}_standard_error"])
        assert row[name] == pytest.approx(odds["all"], abs=4 * error)


def test_a_measure_on_a_driver_with_a_path(baseline: pm.Outlook) -> None:
    """The path undoes what the measure does to the driver; what is reported is what the run gives."""
    effects = baseline.model.effects
    extra = effects.iloc[[0]].assign(measure="rule_of_law", variable="margin", effect=2.0, sd=2.0)
    model = pm.build_model(baseline.plan, as_of=2023, effects=pd.concat([effects, extra]))
    path = {("margin", year): (-4.0, 0.5) for year in (2024, 2025)}
    out = model.run(replace(baseline.scenario, paths=path))
    mix = pm.seek(out, ["value_added.district"], 0.6)
    assert mix.feasible
    assert mix.targets["after"].item() == pytest.approx(0.6, abs=1e-3)
    names = list(pm.reach(mix.outlook)["target"])
    run = probabilities(model.run(mix.scenario))
    assert mix.targets["after"].item() == run[names.index("value_added.district")]


def test_the_same_question_has_the_same_answer(baseline: pm.Outlook, near: Mix) -> None:
    again = pm.seek(baseline, NEAR[::-1], 0.6)
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(near))
    pd.testing.assert_frame_equal(again.joint, near.joint)


def test_it_pickles_and_cannot_be_changed_from_outside(near: Mix) -> None:
    taken = near.targets
    taken["after"] = 0.0
    other = pickle.loads(pickle.dumps(near))
    pd.testing.assert_frame_equal(other.targets, near.targets)
    assert (near.targets["after"] > 0.5).all()
    assert mix_words(other, "en") == mix_words(near, "en")


@pytest.mark.parametrize("lang, word", [("zh", "假设"), ("en", "assumptions")])
def test_the_words_say_that_the_ranking_is_conditional(near: Mix, far: Mix, lang: str, word: str) -> None:
    for mix in (near, far):
        assert any(word in sentence for sentence in mix_words(mix, lang))
    assert mix_words(near, lang)[0] != mix_words(far, lang)[0]
    assert f"{near.total_cost:.2f}" in mix_words(near, lang)[0]


def test_costs_that_were_given_are_not_called_assumed(baseline: pm.Outlook) -> None:
    mix = pm.seek(baseline, NEAR, 0.6, costs={"green_finance": 3.0})
    assert any("costs that were not given" in sentence for sentence in mix_words(mix, "en"))
    assert not any("all alike" in sentence for sentence in mix_words(mix, "en"))


@pytest.mark.parametrize(
    "question, message",
    [
        ({"targets": "premium.distrct"}, "Did you mean 'premium.district'"),
        ({"targets": []}, "at least one target"),
        ({"probability": 0.4}, "from 0.5 to below 1"),
        ({"probability": 1.0}, "from 0.5 to below 1"),
        ({"probability": math.nan}, "from 0.5 to below 1"),
        ({"costs": {"fintek": 1.0}}, "Did you mean 'fintech'"),
        ({"costs": {"fintech": -1.0}}, "0 or more"),
        ({"limits": {"fintech": 1.5}}, "0 to 1"),
        ({"measures": ["fintek"]}, "Did you mean 'fintech'"),
    ],
)
def test_wrong_questions_say_what_is_wrong(
    baseline: pm.Outlook, question: dict[str, Any], message: str
) -> None:
    with pytest.raises(pm.InputError, match=message):
        pm.seek(baseline, **question)


def test_an_outlook_with_later_observations_is_refused(models: dict[int, pm.Model], plan: pm.Plan) -> None:
    """A run of the model would not know them."""
    later = models[2020].run().given(pm.load_observations(plan))
    with pytest.raises(pm.InputError, match="build_model"):
        pm.seek(later)


def test_a_plan_without_effects_is_told_so(make_plan: MakePlan, tmp_path: Path) -> None:
    out = pm.build_model(make_plan(tmp_path), as_of=2020).run()
    with pytest.raises(pm.InputError, match=r"effects\.csv"):
        pm.seek(out)


def slopes_of(cones: Cones, x: np.ndarray) -> np.ndarray:
    """Gradients of the constraints' heights, a row each."""
    return cones.linear - cones.score * cones.variances * x / cones.spread(x)[:, None]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_solver_finds_the_optimum_of_random_cones(seed: int) -> None:
    """No point within the cuts at its solution is cheaper, and the solution is inside."""
    generator = np.random.default_rng(seed)
    n, k = 6, 4
    linear = generator.uniform(-0.01, 0.04, (k, n))
    cones = Cones(
        generator.normal(0, 0.02, k),
        linear,
        generator.uniform(0, 0.01, k),
        generator.uniform(0, 0.001, (k, n)),
        generator.uniform(0, 1.5),
    )
    cost, low, high = generator.uniform(0.5, 2, n), np.zeros(n), np.ones(n)
    point, short = most_slack(cones, low, high)
    assert short == pytest.approx(-cones.heights(point).min(), abs=1e-8)
    if short > -1e-6:
        return
    found = cheapest(cost, cones, low, high)
    slopes, heights = slopes_of(cones, found), cones.heights(found)
    assert heights.min() > -1e-9
    bound = linprog(cost, A_ub=-slopes, b_ub=heights - slopes @ found, bounds=(0, 1))
    # A trace of squares in the cost makes the optimum even, at up to 6e-6.
    assert cost @ found == pytest.approx(bound.fun, abs=1e-5)


def test_stability_of_the_mix(baseline: pm.Outlook, near: Mix) -> None:
    """As assumed it is the mix of `seek`; a measure that becomes dearer is never used more."""
    table = mix_stability(baseline, NEAR, 0.6).set_index("measure")
    used = near[near["intensity"] > 0].set_index("measure")["intensity"]
    assert table.loc[used.index, "intensity"].to_numpy() == pytest.approx(used.to_numpy(), abs=1e-6)
    dearer = table["cost_double"].dropna()
    assert (dearer <= table.loc[dearer.index, "intensity"] + 1e-5).all()
    assert set(dearer.index) == set(used.index)


def test_stability_is_empty_where_no_mix_is_enough(baseline: pm.Outlook) -> None:
    assert len(mix_stability(baseline, "value_added_share.district", 0.9)) == 0

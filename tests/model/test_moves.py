"""What a scenario's shocks and measures do to the law: growth is added, levels keep it, uncertain effects widen."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import equations

import planmodel as pm
from planmodel.model.moves import Moves, Unused, moves_of, unused

YEARS = range(2021, 2026)


@pytest.fixture
def small(make_plan: Callable[..., pm.Plan], tmp_path: Path) -> pm.Model:
    """Two quantities, nothing observed; one measure with two effects: half of it on one, certain and in two years."""
    rows = [row for name in ("alpha", "beta") for row in equations(f"{name}.town", drift=3.0, innovation=2.0)]
    plan = make_plan(tmp_path, targets=[{"indicator": "alpha"}, {"indicator": "beta"}], equations=rows)
    return pm.build_model(
        plan, effects=effects(("help", "alpha.town", 2.0, 1.5, 1), ("help", "beta.town", 1.0, 0.0, 2))
    )


def effects(*rows: tuple[str, str, float, float, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["measure", "variable", "effect", "sd", "years_to_full"])


def growth(model: pm.Model, moves: Moves, variable: str) -> list[float]:
    """Return the additional growth of a variable by year, in points."""
    return [100 * moves.growth[model.law.position(variable, year)] for year in YEARS]


def test_a_shock_fades_by_its_persistence_and_moves_nothing_else(small: pm.Model) -> None:
    moves = moves_of(small, pm.Scenario("s", shocks=(pm.Shock("alpha.town", 2023, -2.0, 0.5),)))
    assert growth(small, moves, "alpha.town") == pytest.approx([0, 0, -2, -1, -0.5])
    assert growth(small, moves, "beta.town") == [0] * 5
    assert len(moves.spread) == 0


def test_a_shock_without_persistence_is_one_year_s_and_shocks_add_up(small: pm.Model) -> None:
    shocks = (
        pm.Shock("alpha.town", 2022, 3.0),
        pm.Shock("alpha.town", 2022, -1.0),
        pm.Shock("alpha.town", 2025, 4.0),
    )
    moves = moves_of(small, pm.Scenario("s", shocks=shocks))
    assert growth(small, moves, "alpha.town") == pytest.approx([0, 2, 0, 0, 4])


def test_growth_that_is_added_stays_in_the_level(small: pm.Model) -> None:
    """The mean of each log moves by the sum of the growth so far; the covariance does not."""
    out, plain = small.run(pm.Scenario("s", shocks=(pm.Shock("alpha.town", 2023, -2.0, 0.5),))), small.run()
    moved = [100 * (out.mean - plain.mean)[small.law.position("alpha.town", year)] for year in YEARS]
    assert moved == pytest.approx([0, 0, -2, -3, -3.5])
    np.testing.assert_array_equal(out.cov, plain.cov)


def test_a_measure_grows_over_its_years_in_proportion_to_its_intensity(small: pm.Model) -> None:
    moves = moves_of(small, pm.Scenario("m", measures={"help": 0.5}))
    assert growth(small, moves, "alpha.town") == pytest.approx([1] * 5)
    assert growth(small, moves, "beta.town") == pytest.approx([0.25, 0.5, 0.5, 0.5, 0.5])
    alpha, beta = (
        [100 * column[small.law.position(name, year)] for year in YEARS]
        for column, name in zip(moves.spread, ("alpha.town", "beta.town"), strict=True)
    )
    assert alpha == pytest.approx([0.75] * 5)
    assert beta == [0] * 5


def test_an_uncertain_effect_widens_by_one_error_for_all_years(small: pm.Model) -> None:
    """At full effort the standard deviation of 1.5 points a year is 1.5 n after n years, perfectly correlated."""
    out, plain = small.run(pm.Scenario("m", measures={"help": 1.0})), small.run()
    added = out.cov - plain.cov
    for one, first in enumerate(YEARS, 1):
        for other, second in enumerate(YEARS, 1):
            place = small.law.position("alpha.town", first), small.law.position("alpha.town", second)
            assert added[place] == pytest.approx(0.015**2 * one * other)
    assert added[small.law.position("beta.town", 2025)].max() == 0


def test_a_measure_acts_in_the_open_years_only(make_plan: Callable[..., pm.Plan], tmp_path: Path) -> None:
    plan = make_plan(
        tmp_path, targets=[{}], equations=equations("value_added.town", drift=3.0, innovation=2.0)
    )
    table = effects(("help", "value_added.town", 2.0, 1.0, 2))
    model = pm.build_model(plan, as_of=2022, effects=table)
    found = growth(model, moves_of(model, pm.Scenario("m", measures={"help": 1.0})), "value_added.town")
    assert found == pytest.approx([0, 0, 1, 2, 2])
    last = pm.build_model(plan, as_of=2025, effects=table)
    assert not moves_of(last, pm.Scenario("m", measures={"help": 1.0})).growth.any()


def test_what_a_scenario_says_of_history_is_not_used_and_listed(small: pm.Model) -> None:
    model = dataclasses.replace(small, as_of=2022)
    scenario = pm.Scenario(
        "old",
        paths={("gdp", 2022): (1.0, 0.0), ("gdp", 2023): (1.0, 0.0)},
        shocks=tuple(pm.Shock("alpha.town", year, 1.0, 0.5) for year in (2021, 2022, 2023)),
    )
    assert growth(model, moves_of(model, scenario), "alpha.town") == pytest.approx([0, 0, 1, 0.5, 0.25])
    assert unused(model, scenario) == (
        Unused("shock", "alpha.town", 2021, "history"),
        Unused("shock", "alpha.town", 2022, "history"),
        Unused("path", "gdp", 2022, "history"),
    )


def test_a_point_of_a_share_is_a_point_at_its_base(models: dict[int, pm.Model]) -> None:
    """The core's value added was 228 of 288.9: to first order a shock of one point moves that share by .01."""
    model = models[2020]
    moves = moves_of(model, pm.Scenario("s", shocks=(pm.Shock("value_added.core", 2021, 1.0),)))
    share = 228 / 288.9
    moved = moves.growth[model.law.position("value_added.core", 2021)]
    assert moved * share * (1 - share) == pytest.approx(0.01, rel=1e-9)


@pytest.mark.parametrize(
    "scenario, message",
    [
        (
            pm.Scenario("s", shocks=(pm.Shock("alpha.tow", 2023, 1.0),)),
            "s, shocks: .*Did you mean 'alpha.town'",
        ),
        (
            pm.Scenario("s", measures={"hepl": 1.0}),
            "s, measures: found hepl, .*effects.csv: help. Did you mean 'help'",
        ),
    ],
)
def test_an_unknown_variable_or_measure_is_named_with_the_nearest(
    small: pm.Model, scenario: pm.Scenario, message: str
) -> None:
    with pytest.raises(pm.InputError, match=message):
        moves_of(small, scenario)


def test_a_shock_on_nothing_is_refused_even_in_a_year_that_is_history(small: pm.Model) -> None:
    model = dataclasses.replace(small, as_of=2024)
    with pytest.raises(pm.InputError, match="shocks"):
        moves_of(model, pm.Scenario("s", shocks=(pm.Shock("alpha.tow", 2023, 1.0),)))


def test_an_effect_on_nothing_is_refused_and_so_is_a_measure_of_a_plan_without_effects(
    small: pm.Model,
) -> None:
    for table, message in (
        (effects(("help", "gamma.town", 1.0, 1.0, 1)), "effects, help"),
        (effects(), "an effects.csv"),
    ):
        model = dataclasses.replace(small, _effects=table)
        with pytest.raises(pm.InputError, match=message):
            moves_of(model, pm.Scenario("m", measures={"help": 1.0}))


def test_a_measure_without_effort_does_nothing_whatever_it_is(small: pm.Model) -> None:
    moves = moves_of(small, pm.Scenario("m", measures={"unheard": 0.0, "help": 0.0}))
    assert not moves.growth.any()
    assert len(moves.spread) == 0


@pytest.mark.parametrize("noun", [Moves(np.zeros(1), [])])
def test_moves_do_not_change(noun: Any) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        noun.spread = []

"""Building a model: what is known by when, whose units its drivers have, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import equations, write_plan

import planmodel as pm

TRADE = {"zh": "贸易", "en": "Trade"}
GROWING = equations("value_added.town", drift=3.0, innovation=2.0)
SEEN = [
    {"variable": "value_added", "year": year, "value": 100.0 + year - 2020} for year in (2021, 2022, 2023)
]


def test_a_model_knows_the_figures_up_to_its_year(make_plan: Callable[..., pm.Plan], tmp_path: Path) -> None:
    plan = make_plan(tmp_path, targets=[{}], equations=GROWING, observations=SEEN)
    for as_of in (2020, 2021, 2022, 2023):
        model = pm.build_model(plan, as_of)
        assert model.as_of == as_of
        assert model.observations["year"].to_list() == list(range(2021, as_of + 1))
        assert model.observations.index.to_list() == list(range(as_of - 2020))
        assert list(model.observations.columns) == list(pm.load_observations(plan).columns)
        assert model.run().used == tuple(("value_added.town", year) for year in range(2021, as_of + 1))
    assert pm.build_model(plan).as_of == 2023


def test_what_was_known_earlier_is_the_model_built_then(
    make_plan: Callable[..., pm.Plan], tmp_path: Path
) -> None:
    plan = make_plan(tmp_path, targets=[{}], equations=GROWING, observations=SEEN)
    earlier, built = pm.build_model(plan, 2023).known_by(2022), pm.build_model(plan, 2022)
    pd.testing.assert_frame_equal(earlier.observations, built.observations)
    np.testing.assert_array_equal(earlier.run().mean, built.run().mean)
    np.testing.assert_array_equal(earlier.run().cov, built.run().cov)
    assert earlier.as_of == 2022
    assert list(earlier.observations.columns) == list(pm.load_observations(plan).columns)
    with pytest.raises(pm.InputError, match="as_of"):
        earlier.known_by(2026)


def test_figures_may_be_in_any_order(make_plan: Callable[..., pm.Plan], tmp_path: Path) -> None:
    """The rows of a selection keep no index of their own."""
    plan = make_plan(tmp_path, targets=[{}], equations=GROWING, observations=SEEN)
    table = pm.load_observations(plan)
    model = pm.build_model(plan, 2022, observations=table.iloc[::-1])
    assert model.observations.index.to_list() == [0, 1]
    assert model.observations["year"].to_list() == [2022, 2021]
    np.testing.assert_allclose(model.run().mean, pm.build_model(plan, 2022).run().mean, rtol=1e-12)


@pytest.mark.parametrize("change", ["figure", "effect", "as_of"])
def test_a_fingerprint_tells_what_moves_numbers(
    plan: pm.Plan, models: dict[int, pm.Model], change: str
) -> None:
    observations, effects, as_of = pm.load_observations(plan), models[2023].effects, 2023
    if change == "figure":
        observations.loc[observations["year"] == 2021, "value"] *= 1.001
    elif change == "effect":
        effects.loc[0, "effect"] += 0.01
    else:
        as_of = 2022
    changed = pm.build_model(plan, as_of, observations=observations, effects=effects)
    assert changed.fingerprint != models[2023].fingerprint
    same = pm.build_model(plan, 2023, observations=pm.load_observations(plan), effects=models[2023].effects)
    assert same.fingerprint == models[2023].fingerprint


def test_a_fingerprint_is_of_what_tables_say_not_of_their_index(
    plan: pm.Plan, models: dict[int, pm.Model]
) -> None:
    effects = models[2023].effects
    shifted = pm.build_model(plan, 2023, effects=effects.set_index(effects.index + 100))
    assert shifted.fingerprint == models[2023].fingerprint
    assert len(models[2023].run().fingerprint.split("-")[-1]) == 16


def test_effects_are_kept_by_measure_in_the_file_s_order(models: dict[int, pm.Model]) -> None:
    table, by_measure = models[2023].effects, models[2023].effects_of
    assert list(by_measure) == list(dict.fromkeys(table["measure"]))
    for measure, rows in by_measure.items():
        assert [row["variable"] for row in rows] == table.loc[
            table["measure"] == measure, "variable"
        ].to_list()
    assert sum(map(len, by_measure.values())) == len(table)


def test_effects_need_the_columns_that_are_used(plan: pm.Plan, models: dict[int, pm.Model]) -> None:
    for column in ("measure", "variable", "effect", "sd", "years_to_full"):
        with pytest.raises(pm.InputError, match="effects"):
            pm.build_model(plan, effects=models[2023].effects.drop(columns=column))
    assert pm.build_model(plan, effects=models[2023].effects.drop(columns="cost")).as_of == 2023


def with_driver(folder: Path, driver: dict[str, Any], **base: Any) -> pm.Plan:
    """A plan with one driver: what plan.yaml says of it, and what its base in the equations is."""
    rows = [*GROWING, *equations("trade", drift=4.0, innovation=3.0)]
    if base:
        rows += [{"variable": "trade", "coefficient": "base", "value": 50, **base}]
    return pm.load_plan(write_plan(folder, targets=[{}], equations=rows, drivers={"trade": TRADE | driver}))


@pytest.mark.parametrize(
    "driver, base, unit",
    [
        ({}, {}, "index"),
        ({}, {"unit": "亿元"}, "亿元"),
        ({"unit": "亿元"}, {"unit": "万亿元"}, "万亿元"),
        ({"unit": "亿元"}, {"unit": "index"}, "index"),
    ],
)
def test_a_driver_has_the_unit_of_its_base(
    tmp_path: Path, driver: dict[str, Any], base: dict[str, Any], unit: str
) -> None:
    model = pm.build_model(with_driver(tmp_path / "p", driver, **base))
    assert model.by_name["trade"].unit == unit


@pytest.mark.parametrize(
    "driver, base, message",
    [
        ({}, {"unit": "亿员"}, "trade, base.*Did you mean '亿元'"),
        (
            {"unit": "亿元"},
            {"unit": "家"},
            r"trade, base: found unit '家', expected 亿元 \(as in plan.yaml\), or index",
        ),
    ],
)
def test_a_driver_s_base_has_a_known_unit_that_is_the_plan_s(
    tmp_path: Path, driver: dict[str, Any], base: dict[str, Any], message: str
) -> None:
    plan = with_driver(tmp_path / "p", driver, **base)
    with pytest.raises(pm.InputError, match=message):
        pm.build_model(plan)


def test_a_plan_with_a_driver_alone_has_a_model_and_one_with_nothing_has_none(tmp_path: Path) -> None:
    rows = equations("trade", drift=4.0, innovation=3.0)
    alone = write_plan(tmp_path / "one", targets=[{"base": ""}], equations=rows, drivers={"trade": TRADE})
    model = pm.build_model(pm.load_plan(alone))
    assert [quantity.name for quantity in model.quantities] == ["trade"]
    assert pm.build_model(with_driver(tmp_path / "two", {})).by_name.keys() == {"value_added.town", "trade"}
    with pytest.raises(pm.InputError, match="found nothing, expected a base value for at least one target"):
        pm.build_model(pm.load_plan(write_plan(tmp_path / "none", targets=[{"base": ""}])))


def test_a_scenario_s_paths_act_in_open_years_only(tmp_path: Path) -> None:
    model = pm.build_model(with_driver(tmp_path / "p", {}), as_of=2022)
    out = model.run(pm.Scenario("p", paths={("trade", year): (1.0, 0.0) for year in (2021, 2022, 2023)}))
    assert [condition.key for condition in out.paths] == [("trade", 2023)]
    assert out.notes["subject"].to_list() == ["trade", "trade"]
    assert out.notes["kind"].unique().tolist() == ["path"]
    assert out.notes["reason"].unique().tolist() == ["history"]
    assert out.notes["year"].to_list() == [2021, 2022]


def test_quantiles_are_a_row_for_each_quantity_year_and_probability(models: dict[int, pm.Model]) -> None:
    out = models[2023].run()
    table = out.quantiles([0.25, 0.75])
    assert table["target"].unique().tolist() == [quantity.name for quantity in out.quantities]
    assert table["quantile"].to_list() == [0.25, 0.75] * (len(table) // 2)
    assert table["year"].unique().tolist() == list(range(2021, 2026))
    for row in table.iloc[::37].to_dict("records"):
        expected = out.levels_at([out.quantity(row["target"])], [row["year"]], [row["quantile"]])
        assert row["value"] == pytest.approx(expected.item())


def test_an_outlook_answers_for_pairs_of_quantity_and_year(models: dict[int, pm.Model]) -> None:
    """Above its own quantile lies what the quantile leaves."""
    out = models[2023].run()
    chosen, years = [out.quantity("value_added.core"), out.quantity("gdp.district")], [2024, 2025]
    levels = out.levels_at(chosen, years, [0.2, 0.7])
    for column, share in ((0, 0.8), (1, 0.3)):
        edges = np.log(levels[:, column] / [quantity.scale for quantity in chosen])
        assert out.probability_above(chosen, years, edges) == pytest.approx([share, share])
    assert out.medians(chosen, years) == pytest.approx(
        [out.median(*pair) for pair in zip(chosen, years, strict=True)]
    )

"""Scenarios side by side: what two say differently, and what that does to the targets."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import planmodel as pm
from planmodel.questions.odds.comparison import (
    across,
    entry_differences,
    odds_differences,
    scenario_entries,
)
from planmodel.questions.odds.marginal import probabilities

FULL = pm.Scenario(
    "full",
    paths={("city_credit", 2024): (5.0, 0.0), ("city_credit", 2025): (4.0, 1.5)},
    shocks=(
        pm.Shock("assets.district", 2024, -3.0),
        pm.Shock("assets.district", 2024, -2.0),
        pm.Shock("gdp.district", 2025, 1.0, 0.5),
    ),
    measures={"credit_expansion": 2.0},
)


def test_a_scenario_is_its_entries() -> None:
    """Shocks on one variable in one year add up; a standard deviation and a persistence of 0 say nothing."""
    assert scenario_entries(FULL) == {
        ("path", "city_credit", 2024): 5.0,
        ("path", "city_credit", 2025): 4.0,
        ("path sd", "city_credit", 2025): 1.5,
        ("shock", "assets.district", 2024): -5.0,
        ("shock", "gdp.district", 2025): 1.0,
        ("shock persistence", "gdp.district", 2025): 0.5,
        ("measure", "credit_expansion", 0): 2.0,
    }
    assert scenario_entries(pm.Scenario("nothing")) == {}


def test_a_scenario_does_not_differ_from_itself() -> None:
    assert len(entry_differences(FULL, FULL)) == 0


def test_what_one_alone_says_is_a_difference_and_a_measure_has_no_year() -> None:
    table = entry_differences(pm.Scenario("nothing"), FULL)
    assert list(table.columns) == ["kind", "name", "year", "first", "second"]
    entries = scenario_entries(FULL)
    assert list(zip(table["kind"], table["name"], table["year"].fillna(0), strict=True)) == sorted(entries)
    assert table["second"].tolist() == [entries[key] for key in sorted(entries)]
    assert table["first"].isna().all()
    assert table.loc[table["year"].isna(), "kind"].tolist() == ["measure"]
    assert table.dtypes.astype(str).to_dict() == {
        "kind": "str",
        "name": "str",
        "year": "Int64",
        "first": "float64",
        "second": "float64",
    }


def test_a_number_that_changed_is_a_difference_with_both_its_values() -> None:
    other = pm.Scenario(
        "other",
        paths={("city_credit", 2024): (6.0, 0.0), ("city_credit", 2025): (4.0, 1.5)},
        shocks=FULL.shocks,
        measures=FULL.measures,
    )
    for first, second, expected in ((FULL, other, (5.0, 6.0)), (other, FULL, (6.0, 5.0))):
        row = entry_differences(first, second)
        assert len(row) == 1
        assert (row["first"].item(), row["second"].item()) == expected


def test_a_change_in_odds_is_the_second_less_the_first(models: dict[int, pm.Model]) -> None:
    model = models[2023]
    one, other = pm.Scenario("one"), pm.load_scenario("credit_squeeze", model.plan)
    table, back = odds_differences(model, one, other), odds_differences(model, other, one)
    assert table["target"].tolist() == pm.reach(model.run(one))["target"].tolist()
    assert table["first"].to_numpy() == pytest.approx(probabilities(model.run(one)), abs=0)
    assert table["second"].to_numpy() == pytest.approx(probabilities(model.run(other)), abs=0)
    np.testing.assert_allclose(table["change"], table["second"] - table["first"])
    np.testing.assert_allclose(table["change"], -back["change"])
    # Less credit makes nothing likelier.
    assert (table["change"] <= 1e-12).all()
    assert table["change"].min() < 0


def test_across_is_each_scenario_s_odds_one_below_the_other(models: dict[int, pm.Model]) -> None:
    model = models[2023]
    table = across(model, ["baseline", "credit_squeeze"])
    assert table["scenario"].unique().tolist() == ["baseline", "credit_squeeze"]
    assert table.index.tolist() == list(range(26))
    for name, own in table.groupby("scenario"):
        expected = pm.reach(model.run(str(name)))
        assert own["target"].tolist() == expected["target"].tolist()
        assert own["probability"].to_numpy() == pytest.approx(expected["probability"].to_numpy())


def test_across_asks_every_scenario_of_the_plan_unless_some_are_named(models: dict[int, pm.Model]) -> None:
    model = models[2023]
    assert across(model)["scenario"].unique().tolist() == pm.scenario_names(model.plan)
    nothing = across(model, [])
    assert len(nothing) == 0
    assert list(nothing.columns) == list(across(model, ["baseline"]).columns)
    assert isinstance(nothing, pd.DataFrame)
    assert not math.isnan(across(model, ["baseline"])["probability"].sum())

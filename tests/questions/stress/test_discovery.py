"""Discovery: planted regions are found, figures are those of draws not searched, chance is not reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import equations

import planmodel as pm
from planmodel.questions.stress.discovery import PARTS, Discovery, _limits, _peel, _significant
from planmodel.show.charts import sensitivity as charts
from planmodel.show.charts.targets import show
from planmodel.show.labels import figure
from planmodel.show.words.discovery import discovery_words

MakePlan = Callable[..., pm.Plan]


@pytest.fixture(scope="module")
def out(models: dict[int, pm.Model]) -> pm.Outlook:
    return models[2023].run()


@pytest.fixture(scope="module")
def found(out: pm.Outlook) -> Discovery:
    return pm.discover(out, "value_added.district")


def planted(seed: int, n: int = 3000) -> tuple[pd.DataFrame, np.ndarray]:
    """Hits in a box of two of four inputs, and a few elsewhere."""
    rng = np.random.default_rng(seed)
    inputs = pd.DataFrame(rng.uniform(0, 1, (n, 4)), columns=list("abcd"))
    inside = (inputs["a"] < 0.4) & inputs["c"].between(0.3, 0.8)
    return inputs, (inside | (rng.uniform(size=n) < 0.02)).to_numpy()


def test_prim_finds_a_planted_box() -> None:
    """Its limits within 0.03, and no limit where there is none."""
    box = _significant(_peel(*planted(1)), *planted(2))
    assert set(_limits(box, *planted(2))["source"]) == {"a", "c"}
    assert box["a"].to_list() == [-np.inf, pytest.approx(0.4, abs=0.03)]
    assert box["c"].to_list() == [pytest.approx(0.3, abs=0.03), pytest.approx(0.8, abs=0.03)]


def test_a_target_that_follows_one_driver_fails_below_required_growth(
    tmp_path: Path, make_plan: MakePlan
) -> None:
    """Without growth of its own a target fails just where its driver grows less than required.

    Peeling takes a twentieth at a time: so coarse is the limit.
    """
    rows = [
        *equations("rate", drift=(3, 2), innovation=1),
        *equations("trade", drift=(2, 2), innovation=1),
        *equations("value_added.town", drift=(0, 0), innovation=0, **{"on:rate": 1}),
    ]
    names = {name: {"zh": name, "en": name, "unit": "index"} for name in ("rate", "trade")}
    model = pm.build_model(make_plan(tmp_path, equations=rows, drivers=names))
    box = pm.discover(model.run(), "value_added.town")
    assert box.table["source"].to_list() == ["rate"]
    assert np.isnan(box.table["low"][0])
    assert box.table["high"][0] == pytest.approx(pm.required_growth(100, 120, 5), abs=0.3)
    assert box.summary["density"][0] > 0.98
    assert box.summary["coverage"][0] > 0.9
    reached = pm.discover(model.run(), "value_added.town", fail=False)
    assert reached.table["low"][0] == pytest.approx(pm.required_growth(100, 120, 5), abs=0.3)


def test_figures_are_those_of_the_points_kept_back(found: Discovery) -> None:
    """Base rate, coverage, density and mass, with binomial errors, counted again from limits and points."""
    points, row = found.points, found.summary.iloc[0]
    inside = np.ones(len(points), dtype=bool)
    for source, low, high in found.table[["source", "low", "high"]].to_numpy():
        inside &= (
            points[source]
            .between(-np.inf if np.isnan(low) else low, np.inf if np.isnan(high) else high)
            .to_numpy()
        )
    hit = points["hit"].to_numpy()
    assert len(points) == row["draws"] == 10_000 // PARTS
    assert row["base_rate"] == hit.mean()
    assert row["coverage"] == (hit & inside).sum() / hit.sum()
    assert row["density"] == hit[inside].mean()
    assert row["mass"] == inside.mean()
    assert row["density_standard_error"] == pytest.approx(
        np.sqrt(row["density"] * (1 - row["density"]) / inside.sum())
    )
    assert row["density"] > row["base_rate"] + 4 * row["density_standard_error"]


def test_base_rate_is_the_probability_of_failing(out: pm.Outlook, found: Discovery) -> None:
    row = found.summary.iloc[0]
    fails = 1 - pm.reach(out).set_index("target")["probability"]["value_added.district"]
    assert abs(row["base_rate"] - fails) < 4 * row["base_rate_standard_error"]


def test_the_box_holds_in_the_law(out: pm.Outlook, found: Discovery) -> None:
    """The density is what the outlook's own draws give."""
    draws = out.draw(40_000, seed=11)
    inside = np.ones(len(draws), dtype=bool)
    for source, low, high in found.table[["source", "low", "high"]].to_numpy():
        growth = 100 * ((draws[source, "", 2025] / draws[source, "", 2023]) ** (1 / 2) - 1)
        inside &= ~(growth < low) & ~(growth > high)
    fails = (draws["value_added", "district", 2025] < 400)[inside].mean()
    row = found.summary.iloc[0]
    assert abs(fails - row["density"]) < 4 * row["density_standard_error"]


def test_the_same_seed_gives_the_same_answer(out: pm.Outlook, found: Discovery) -> None:
    again = pm.discover(out, "value_added.district")
    assert again.table.equals(found.table)
    assert again.summary.equals(found.summary)
    assert not pm.discover(out, "value_added.district", seed=1).points.equals(found.points)


def test_chance_is_not_reported(out: pm.Outlook) -> None:
    """No driver moves the number of institutions: there is no box, and the words say so."""
    for seed in range(3):
        nothing = pm.discover(out, "institutions.district", seed=seed)
        assert len(nothing.table) == 0
        assert nothing.summary["coverage"][0] == nothing.summary["mass"][0] == 1
    assert "No range of any driver" in discovery_words(nothing, "en")
    assert "没有" in discovery_words(nothing, "zh")


def test_targets_fail_together_or_one_of_them(out: pm.Outlook) -> None:
    """All of a set fail less often than at least one."""
    chosen = ["value_added.district", "premium.district"]
    together = pm.discover(out, chosen, draws=3000)
    either = pm.discover(out, chosen, at_least=1, draws=3000)
    assert together.summary["base_rate"][0] < either.summary["base_rate"][0]
    assert "all of" in discovery_words(together, "en")
    assert "at least 1 of" in discovery_words(either, "en")


def test_own_growth_can_be_an_input(out: pm.Outlook) -> None:
    """Where a target rests on its own growth, that is where it fails."""
    box = pm.discover(out, "assets.district", inputs=["city_credit", "margin", "assets.district"])
    assert "assets.district" in set(box.table["source"])
    assert box.table.set_index("source")["role"]["assets.district"] == "own_growth"


def test_a_driver_with_a_path_is_no_input(models: dict[int, pm.Model]) -> None:
    box = pm.discover(models[2023].run("margin_squeeze"), "value_added.district", draws=3000)
    assert "margin" not in box.points
    with pytest.raises(pm.InputError, match="none of which varies"):
        pm.discover(models[2023].run("margin_squeeze"), "value_added.district", inputs=["margin"])


def test_questions_that_are_settled_are_refused(out: pm.Outlook) -> None:
    """Under 30 hits, or 30 misses, a box would describe chance."""
    with pytest.raises(pm.InputError, match="at least 30"):
        pm.discover(out, "deposits_loans.district", draws=300)
    with pytest.raises(pm.InputError, match="at least 30"):
        pm.discover(out, "value_added_share.district", draws=150)


def test_wrong_arguments_are_named(out: pm.Outlook) -> None:
    with pytest.raises(pm.InputError, match=r"Did you mean 'assets\.district'"):
        pm.discover(out, "asset.district")
    with pytest.raises(pm.InputError, match="Did you mean 'city_credit'"):
        pm.discover(out, "assets.district", inputs=["city_credits"])
    with pytest.raises(pm.InputError, match="a number from 1 to 1"):
        pm.discover(out, "assets.district", at_least=2)
    with pytest.raises(pm.InputError, match="one before 2025"):
        pm.discover(replace(out, as_of=2025), "assets.district")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_words_and_picture_quote_the_box(found: Discovery, lang: str) -> None:
    said, row = discovery_words(found, lang), found.summary.iloc[0]
    for key in ("density", "coverage", "base_rate"):
        assert f"{100 * row[key]:.1f} ± {100 * row[f'{key}_standard_error']:.1f}%" in said
    assert all(figure(high, 1) in said for high in found.table["high"])
    picture = show(charts.discovery_chart(found, lang), lang).svg
    assert f"{100 * row['density']:.1f} ± {100 * row['density_standard_error']:.1f}%" in picture


def test_correlated_drivers_are_flagged(models: dict[int, pm.Model]) -> None:
    """City GDP and city credit move together as of 2020: the words warn of reading causes."""
    box = pm.discover(models[2020].run(), "assets.district", draws=3000)
    assert box.summary["largest_correlation"][0] > 0.3
    assert "move together" in discovery_words(box, "en")


def test_a_driver_that_only_goes_along_is_said_to(models: dict[int, pm.Model]) -> None:
    """Slow city GDP comes with slow credit, and so with missed assets, which it does not move; credit does."""
    run = models[2020].run()
    gdp, credit = (
        pm.discover(run, "assets.district", inputs=[name], draws=6000) for name in ("city_gdp", "city_credit")
    )
    assert gdp.table["source"].tolist() == ["city_gdp"]
    assert "does not cause this" in discovery_words(gdp, "en")
    assert "本身并不导致" in discovery_words(gdp, "zh")
    assert "does not cause this" not in discovery_words(credit, "en")

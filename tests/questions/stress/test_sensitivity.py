"""Sensitivity: shares and Shapley effects of the variance, tornado, Sobol indices, odds over two drivers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import equations
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

import planmodel as pm
from planmodel.questions.odds.marginal import probabilities
from planmodel.questions.stress.given_growth import _root
from planmodel.questions.stress.margins import margin_of
from planmodel.questions.stress.sensitivity import MOST_SOURCES, explained_variance, shapley_values
from planmodel.show.charts import sensitivity as charts
from planmodel.show.charts.targets import show
from planmodel.show.words.sensitivity import heat_map_words, shapley_words, tornado_words

MakePlan = Callable[..., pm.Plan]
YEARS = 5


@pytest.fixture(scope="module")
def outs(models: dict[int, pm.Model]) -> dict[int, pm.Outlook]:
    return {as_of: model.run() for as_of, model in models.items()}


@pytest.fixture(scope="module")
def targets(plan: pm.Plan) -> list[str]:
    return list(plan.targets["name"])


@pytest.fixture
def two_drivers(tmp_path: Path, make_plan: MakePlan) -> pm.Outlook:
    """A target that moves with two independent drivers and has own growth besides."""
    return pm.build_model(small(make_plan, tmp_path)).run()


def small(make_plan: MakePlan, folder: Path, own: float = 1.0, **table: Any) -> pm.Plan:
    rows = [
        *equations("rate", drift=(3, 1), innovation=2),
        *equations("trade", drift=(2, 2), innovation=1),
        *equations("value_added.town", drift=(0, own), innovation=own, **{"on:rate": 1, "on:trade": 0.5}),
    ]
    names = {name: {"zh": name, "en": name, "unit": "index"} for name in ("rate", "trade")}
    return make_plan(folder, equations=rows, drivers=names, **table)


def covariances(size: int) -> st.SearchStrategy[np.ndarray]:
    numbers = st.floats(-2, 2, allow_nan=False, width=32)
    return st.lists(numbers, min_size=size * size, max_size=size * size).map(
        lambda values: (root := np.reshape(values, (size, size))) @ root.T
    )


# -- the margin ----------------------------------------------------------------------------------------------


def test_margin_gives_the_probability_of_log_linear_targets(outs: dict[int, pm.Outlook]) -> None:
    """Mean over standard deviation of the margin is the normal score of the probability."""
    for out in outs.values():
        for quantity, probability in zip(out.model.goals.quantities, probabilities(out), strict=True):
            margin = margin_of(out, quantity.name)
            assert margin.exact == quantity.log_linear
            if margin.exact:
                assert ndtr(margin.center / np.sqrt(margin.variance)) == pytest.approx(probability, abs=1e-9)


def test_margin_is_a_function_of_own_growth(two_drivers: pm.Outlook) -> None:
    """A point more growth of a driver adds its weight to the margin, five years over."""
    margin = margin_of(two_drivers, "value_added.town")
    weights = dict(zip(margin.sources, margin.weights, strict=True))
    assert weights == pytest.approx({"rate": YEARS, "trade": YEARS / 2, "value_added.town": YEARS})
    assert margin(margin.mean) == pytest.approx(margin.center)
    assert margin(margin.mean + np.array([1, 0, 0])) - margin.center == pytest.approx(margin.weights[0])


# -- variance ------------------------------------------------------------------------------------------------


def test_variance_shares_sum_to_one(outs: dict[int, pm.Outlook], targets: list[str]) -> None:
    for out in outs.values():
        for target in targets:
            assert pm.variance_shares(out, target)["variance_share"].sum() == pytest.approx(1, abs=1e-9)


def test_shapley_effects_sum_to_the_variance(outs: dict[int, pm.Outlook], targets: list[str]) -> None:
    for out in outs.values():
        for target in targets:
            table, variance = pm.shapley(out, target), margin_of(out, target).variance
            assert table["effect"].sum() == pytest.approx(variance, rel=1e-9)
            assert table["variance_share"].sum() == pytest.approx(1, abs=1e-9)
            assert (table["effect"] >= -1e-9).all()


def test_independent_sources_have_one_share(two_drivers: pm.Outlook) -> None:
    """Shapley, covariance, first-order and total shares agree where nothing moves together."""
    effects = pm.shapley(two_drivers, "value_added.town").set_index("source")
    shares = pm.variance_shares(two_drivers, "value_added.town").set_index("source")["variance_share"]
    for column in ("variance_share", "first_order", "total_order"):
        np.testing.assert_allclose(effects[column], shares[effects.index], atol=1e-10)
    assert effects["variance_share"].between(0.01, 0.99).all()


def test_two_correlated_sources_share_what_they_explain_together() -> None:
    """Owen and Prieur (2017): Sh₁ = a²σ₁²(1 - ρ²/2) + abρσ₁σ₂ + b²σ₂²ρ²/2."""
    a, b, s1, s2, rho = 1.5, -0.7, 1.2, 2.0, 0.6
    cov = np.array([[s1**2, rho * s1 * s2], [rho * s1 * s2, s2**2]])
    effects = shapley_values(explained_variance(np.array([a, b]), cov))
    first = a**2 * s1**2 * (1 - rho**2 / 2) + a * b * rho * s1 * s2 + b**2 * s2**2 * rho**2 / 2
    assert effects[0] == pytest.approx(first)
    assert effects.sum() == pytest.approx(np.array([a, b]) @ cov @ [a, b])


@settings(max_examples=30, deadline=None)
@given(covariances(4), st.lists(st.floats(-2, 2, width=32), min_size=4, max_size=4))
def test_effects_are_averages_over_all_orders(cov: np.ndarray, values: list[float]) -> None:
    """The Shapley value by its definition, with conditional variances by a pseudo-inverse."""
    cov, weights = cov + 0.1 * np.eye(4), np.array(values)
    moves = cov @ weights

    def worth(known: tuple[int, ...]) -> float:
        chosen = list(known)
        return float(moves[chosen] @ np.linalg.pinv(cov[np.ix_(chosen, chosen)]) @ moves[chosen])

    expected, orders = np.zeros(4), list(permutations(range(4)))
    for order in orders:
        for n, source in enumerate(order):
            expected[source] += (worth(order[: n + 1]) - worth(order[:n])) / len(orders)
    found = shapley_values(explained_variance(weights, cov))
    np.testing.assert_allclose(found, expected, atol=1e-8 * (1 + abs(expected).max()))


def test_a_source_that_is_known_explains_nothing(models: dict[int, pm.Model]) -> None:
    """A driver with a path in every open year has no share left."""
    out = models[2020].run("credit_squeeze")
    shares = pm.shapley(out, "assets.district").set_index("source")["variance_share"]
    assert shares["city_credit"] == pytest.approx(0, abs=1e-12)
    assert shares.sum() == pytest.approx(1)


def test_two_copies_of_a_source_share_alike() -> None:
    """A covariance that is singular: neither of two equal sources counts twice."""
    worth = explained_variance(np.array([1.0, 1.0]), np.ones((2, 2)))
    np.testing.assert_allclose(shapley_values(worth), [2, 2])


# -- Sobol indices by SALib ----------------------------------------------------------------------------------


def ishigami(points: np.ndarray) -> np.ndarray:
    x, y, z = points.T
    return np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)


def test_ishigami_through_salib() -> None:
    """S1, ST and Shapley effects of Ishigami's function (a = 7, b = 0.1) within 0.01 of the closed form."""
    a, b, pi = 7, 0.1, np.pi
    alone = np.array([(1 + b * pi**4 / 5) ** 2 / 2, a**2 / 8, 0])
    together = 8 * b**2 * pi**8 / 225
    variance = alone.sum() + together
    table = pm.sobol(ishigami, dict.fromkeys("xyz", ("uniform", -pi, pi)), seed=1)
    np.testing.assert_allclose(table["first_order"], alone / variance, atol=0.01)
    np.testing.assert_allclose(
        table["total_order"], (alone + together * np.array([1, 0, 1])) / variance, atol=0.01
    )
    np.testing.assert_allclose(
        table["shapley"], (alone + together * np.array([0.5, 0, 0.5])) / variance, atol=0.01
    )
    errors = table.filter(like="standard_error").to_numpy()
    assert ((errors > 0) & (errors < 0.03)).all()


@pytest.mark.parametrize("seed", [0, 1])
def test_indices_of_a_seed_are_the_same_again(seed: int) -> None:
    """Standard errors, which SALib resamples, included; a seed of 0 is a seed."""
    first, again = (
        pm.sobol(ishigami, dict.fromkeys("xyz", ("uniform", -np.pi, np.pi)), n=64, seed=seed)
        for _ in range(2)
    )
    pd.testing.assert_frame_equal(first, again)


def test_a_margin_goes_through_the_same_interface(two_drivers: pm.Outlook) -> None:
    """SALib's indices of a margin with independent sources are its exact variance shares."""
    margin = margin_of(two_drivers, "value_added.town")
    table = pm.sobol(margin, margin.distributions, n=2048, seed=2).set_index("source")
    exact = pm.variance_shares(two_drivers, "value_added.town").set_index("source")["variance_share"]
    np.testing.assert_allclose(table["first_order"], exact[table.index], atol=0.01)
    np.testing.assert_allclose(table["total_order"], exact[table.index], atol=0.01)


def test_an_unknown_distribution_is_refused() -> None:
    with pytest.raises(pm.InputError, match="normal, uniform"):
        pm.sobol(ishigami, {"x": ("triangular", 0, 1)})


# -- tornado -------------------------------------------------------------------------------------------------


def test_a_move_of_nothing_changes_nothing(outs: dict[int, pm.Outlook], targets: list[str]) -> None:
    for target in targets:
        table = pm.tornado(outs[2023], target, size=0)
        assert table[["change", "change_alone"]].abs().max().max() < 1e-14


def test_tornado_is_a_mean_shift(outs: dict[int, pm.Outlook]) -> None:
    """Φ((m ± size·Cov(margin, source)/sd)/s) with the rest following, Φ((m ± size·weight·sd)/s) alone."""
    for target in ("value_added_share.district", "assets.district"):
        margin, size = margin_of(outs[2023], target), 1.5
        table = pm.tornado(outs[2023], target, size).set_index(["source", "side"])
        spread = np.sqrt(margin.variance)
        for n, source in enumerate(margin.sources):
            for side, sign in (("below", -size), ("above", size)):
                row = table.loc[(source, side)]
                following = sign * (margin.cov @ margin.weights)[n] / margin.sd[n]
                alone = sign * margin.weights[n] * margin.sd[n]
                assert row["probability"] == pytest.approx(
                    ndtr((margin.center + following) / spread), abs=1e-9
                )
                assert row["probability_alone"] == pytest.approx(
                    ndtr((margin.center + alone) / spread), abs=1e-9
                )
                assert row["source_growth"] == pytest.approx(margin.mean[n] + sign * margin.sd[n])


def test_tornado_starts_from_reach(outs: dict[int, pm.Outlook], targets: list[str]) -> None:
    """Probability less change is the outlook's probability; slack goes with the probability."""
    reached = pm.reach(outs[2023]).set_index("target")
    for target in targets:
        table = pm.tornado(outs[2023], target)
        np.testing.assert_allclose(table["probability"] - table["change"], reached["probability"][target])
        better = table["change"] > 0
        assert ((table["slack"] > reached["slack"][target]) == better).all()
        swings = table.groupby("source", sort=False)["change"].agg(lambda change: change.abs().max())
        assert swings.is_monotonic_decreasing


# -- two drivers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", ["baseline", "credit_squeeze"])
@pytest.mark.parametrize("target", ["value_added_share.core", "assets.district"])
def test_a_cell_of_the_map_is_a_run(models: dict[int, pm.Model], scenario: str, target: str) -> None:
    """Each cell is what a scenario with these paths gives, whatever the scenario said about the two drivers."""
    model = models[2023]
    out = model.run(scenario)
    found = pm.heat_map(out, target, "city_credit", "margin", [2, 6, 12], [-9, 0, 2])
    for growth_x, growth_y, probability in found.table.iloc[[0, 4, 8]].to_numpy():
        growth = {"city_credit": growth_x, "margin": growth_y}
        paths = {(driver, year): (g, 0.0) for driver, g in growth.items() for year in (2024, 2025)}
        run = model.run(replace(out.scenario, paths=out.scenario.paths | paths))
        reached = pm.reach(run).set_index("target")["probability"]
        assert probability == pytest.approx(reached[target], abs=1e-9)


def test_odds_are_even_on_the_line(models: dict[int, pm.Model]) -> None:
    for target in ("value_added.district", "value_added.core"):
        found = pm.heat_map(models[2023], target, "city_credit", "margin")
        assert len(found.break_even) > 5
        middle = found.break_even.iloc[len(found.break_even) // 2]
        x, y = middle["growth_x"], middle["growth_y"]
        again = pm.heat_map(models[2023], target, "city_credit", "margin", [x, x + 1], [y, y + 1])
        assert again.table["probability"].iloc[0] == pytest.approx(0.5, abs=1e-8)


def test_a_root_that_has_settled_waits_for_the_others() -> None:
    """The first no longer changes its value, which would be a step over nought in the rounds that the second needs."""
    seen: list[float] = []

    def function(y: np.ndarray) -> np.ndarray:
        seen.extend(y)
        return np.array([max(y[0] - 1, 1e-13), np.expm1(y[1] - 1)])

    found = _root(function, np.array([1.0, 0.0]))
    assert np.isfinite(seen).all()
    np.testing.assert_allclose(found, [1, 1], atol=1e-8)


def test_break_even_without_uncertainty_is_required_growth(tmp_path: Path, make_plan: MakePlan) -> None:
    """A target that moves one for one with a driver and has no growth of its own needs just the required growth."""
    model = pm.build_model(small(make_plan, tmp_path, own=0.0))
    found = pm.heat_map(model, "value_added.town", "trade", "rate", [-1e-9, 0, 1e-9], np.linspace(-5, 15, 9))
    required = pm.required_growth(100, 120, YEARS)
    np.testing.assert_allclose(found.break_even["growth_y"], required, atol=1e-6)
    assert set(found.table["probability"]) == {0, 1}
    above = found.table["growth_y"] > required
    assert (found.table["probability"] == above).all()


def test_the_map_of_a_ceiling_is_turned_round(tmp_path: Path, make_plan: MakePlan) -> None:
    """For a target that may be at most so high, odds fall with growth."""
    floor = pm.build_model(small(make_plan, tmp_path / "floor"))
    ceiling = pm.build_model(small(make_plan, tmp_path / "ceiling", targets=[{"direction": "at_most"}]))
    maps = [
        pm.heat_map(model, "value_added.town", "rate", "trade", [0, 3], [0, 3]) for model in (floor, ceiling)
    ]
    np.testing.assert_allclose(maps[0].table["probability"], 1 - maps[1].table["probability"])
    assert maps[0].rises
    assert not maps[1].rises
    assert "at most" in heat_map_words(pm.heat_map(ceiling, "value_added.town", "rate", "trade"), "en")


# -- errors, words, pictures ---------------------------------------------------------------------------------


def test_wrong_names_are_named(outs: dict[int, pm.Outlook]) -> None:
    out = outs[2023]
    for question in (pm.tornado, pm.variance_shares, pm.shapley):
        with pytest.raises(pm.InputError, match=r"Did you mean 'assets\.district'"):
            question(out, "asset.district")
    with pytest.raises(pm.InputError, match="Did you mean 'city_credit'"):
        pm.heat_map(out, "assets.district", "city_credits", "margin")
    with pytest.raises(pm.InputError, match="two different drivers"):
        pm.heat_map(out, "assets.district", "margin", "margin")
    with pytest.raises(pm.InputError, match="rising growth"):
        pm.heat_map(out, "assets.district", "city_gdp", "margin", [3, 2])
    with pytest.raises(pm.InputError, match="0 or more"):
        pm.tornado(out, "assets.district", size=-1)


def test_a_settled_outlook_has_no_map(models: dict[int, pm.Model]) -> None:
    out = replace(models[2023].run(), as_of=2025)
    with pytest.raises(pm.InputError, match="with a year left"):
        pm.heat_map(out, "assets.district", "city_gdp", "margin")


def test_bounds_are_refused(plan: pm.Plan, models: dict[int, pm.Model]) -> None:
    """An outlook with bounds is not normal: no closed form speaks about it."""
    out = models[2020].run().given(pm.load_observations(plan), bounds=True)
    with pytest.raises(pm.InputError, match="bounds"):
        pm.tornado(out, "institutions.district")
    with pytest.raises(pm.InputError, match="bounds"):
        pm.heat_map(out, "assets.district", "city_gdp", "margin")


def test_too_many_sources_are_refused(outs: dict[int, pm.Outlook], monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_SOURCES >= 9
    monkeypatch.setattr("planmodel.questions.stress.sensitivity.MOST_SOURCES", 3)
    with pytest.raises(pm.InputError, match="at most 3"):
        pm.shapley(outs[2023], "value_added_share.core")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_sentences_quote_the_tables(outs: dict[int, pm.Outlook], lang: str) -> None:
    out, target = outs[2023], "assets.district"
    table, effects = pm.tornado(out, target), pm.shapley(out, target)
    said = tornado_words(table, out, target, lang=lang)
    assert all(f"{100 * p:.1f}%" in said for p in table["probability"].head(2))
    assert f"{100 * effects['variance_share'][0]:.0f}" in shapley_words(effects, out, target, lang)
    found = pm.heat_map(out, "value_added.district", "city_credit", "margin")
    expected = f"{found.expected[0]:.1f}"
    assert expected in heat_map_words(found, lang)
    settled = pm.heat_map(out, "deposits_loans.district", "city_gdp", "margin")
    assert ("都过半" if lang == "zh" else "more likely") in heat_map_words(settled, lang)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_charts_are_drawn_in_both_languages(outs: dict[int, pm.Outlook], lang: str) -> None:
    out, target = outs[2023], "value_added_share.core"
    table = pm.tornado(out, target)
    drawn = [
        charts.tornado_chart(table, out, target, lang=lang),
        charts.shares_chart(pm.variance_shares(out, target), pm.shapley(out, target), out, target, lang),
        charts.heat_map_chart(pm.heat_map(out, "value_added.district", "city_credit", "margin"), lang),
    ]
    pictures = [show(chart, lang).svg for chart in drawn]
    assert all(picture.startswith("<svg") for picture in pictures)
    for probability in table["probability"]:
        assert f"{100 * probability:.1f}%" in pictures[0]
    assert ("概率50%" if lang == "zh" else "probability of 50%") in pictures[2]

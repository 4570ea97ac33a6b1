"""The outlook: the deterministic path, identities in every draw, observations, bounds."""

from __future__ import annotations

import math
import re
import shutil

import numpy as np
import pandas as pd
import pytest

import planmodel as pm
from planmodel.law.quantity import Quantity
from planmodel.questions.odds.marginal import probabilities

WHOLES = ("institutions", "headquarters", "value_added", "assets", "deposits_loans", "value_added_share")


@pytest.fixture(scope="module")
def certain(plan: pm.Plan, tmp_path_factory: pytest.TempPathFactory) -> pm.Model:
    """The shipped plan's model with every standard deviation at zero, rounding of the base included."""
    folder = tmp_path_factory.mktemp("certain") / "jiangbei"
    shutil.copytree(plan.folder, folder)
    targets = pd.read_csv(folder / "targets.csv", dtype=str, keep_default_na=False)
    targets["base_step"] = "0"
    targets.to_csv(folder / "targets.csv", index=False)
    rows = pm.load_evidence(plan).coefficients
    rows["sd"] = 0.0
    rows.loc[rows["coefficient"] == "innovation", "value"] = 0.0
    evidence = pm.with_coefficients(pm.load_evidence(plan), rows)
    nothing = pm.load_observations(plan).iloc[:0]
    return pm.build_model(pm.load_plan(folder), 2020, evidence, nothing)


def deterministic_path(model: pm.Model) -> dict[str, list[float]]:
    """Return each variable's log or logit by year: base plus drift plus what it moves with."""
    rows = model.evidence.coefficients
    drift = rows[rows["coefficient"] == "drift"].set_index("variable")["value"] / 100
    weights = rows[rows["coefficient"].str.startswith("on:")]

    def growth(name: str) -> float:
        own = weights[weights["variable"] == name]
        moved = sum(
            w * growth(c.removeprefix("on:")) for c, w in zip(own["coefficient"], own["value"], strict=True)
        )
        return float(drift.get(name, 0.0)) + moved

    bases = dict(zip(model.law.names, model.law.base, strict=True))
    return {name: [base + t * growth(name) for t in range(1, 6)] for name, base in bases.items()}


def test_without_variance_the_outlook_is_the_deterministic_path(certain: pm.Model) -> None:
    """With every standard deviation zero, mean and quantiles are the deterministic path, to 1e-12."""
    out = certain.run()
    path = deterministic_path(certain)
    expected = np.array([[path[name][t] for name in certain.law.names] for t in range(5)])
    np.testing.assert_allclose(out.mean, expected.ravel(), rtol=1e-12)
    assert not out.cov.any()
    table = out.quantiles([0.01, 0.5, 0.99]).set_index(["target", "year", "quantile"])["value"].unstack()
    np.testing.assert_allclose(table[0.01], table[0.5], rtol=1e-12)
    np.testing.assert_allclose(table[0.99], table[0.5], rtol=1e-12)
    value_added, other = (math.exp(path[name][4]) for name in ("value_added.district", "other_gdp.district"))
    assert table.at[("value_added.district", 2025), 0.5] == pytest.approx(value_added, rel=1e-12)
    assert table.at[("gdp.district", 2025), 0.5] == pytest.approx(value_added + other, rel=1e-12)
    share = 100 * value_added / (value_added + other)
    assert table.at[("value_added_share.district", 2025), 0.5] == pytest.approx(share, rel=1e-12)
    part = value_added / (1 + math.exp(-path["value_added.core"][4]))
    assert table.at[("value_added.core", 2025), 0.5] == pytest.approx(part, rel=1e-12)


def test_without_variance_probabilities_are_certain_and_draws_constant(certain: pm.Model) -> None:
    """With every standard deviation zero, a target is reached or not, and every draw is the same."""
    out = certain.run()
    found = probabilities(out)
    np.testing.assert_allclose(found, np.round(found), atol=1e-12)
    medians = pm.reach(out)
    np.testing.assert_array_equal(found > 0.5, medians["median"] >= medians["target_value"] * (1 - 1e-12))
    draws = out.draw(3000, seed=1)
    np.testing.assert_allclose(draws.max(), draws.min(), rtol=1e-12)
    np.testing.assert_allclose(
        draws.iloc[0], out.quantiles([0.5])["value"].to_numpy()[order(out)], rtol=1e-12
    )


def order(out: pm.Outlook) -> np.ndarray:
    """Return the positions in the quantiles' table (by quantity) of the columns of a draw (by year)."""
    return np.arange(len(out.quantities) * 5).reshape(len(out.quantities), 5).T.ravel()


@pytest.mark.parametrize("as_of", [2020, 2023])
@pytest.mark.parametrize("scenario", ["baseline", "slowdown_severe", "head_institutions"])
def test_identities_hold_in_every_draw(models: dict[int, pm.Model], scenario: str, as_of: int) -> None:
    """Parts stay below wholes, and both shares of GDP are value added over the district's GDP."""
    draws = models[as_of].run(scenario).draw(20_000, seed=7)
    assert draws.shape == (20_000, 5 * len(models[as_of].quantities))
    for year in range(2021, 2026):
        for indicator in WHOLES:
            part, whole = draws[indicator, "core", year], draws[indicator, "district", year]
            assert (part > 0).all()
            assert (part < whole).all()
        gdp = draws["gdp", "district", year]
        for area in ("district", "core"):
            share = 100 * draws["value_added", area, year] / gdp
            np.testing.assert_allclose(draws["value_added_share", area, year], share, rtol=1e-12)


def test_gdp_is_value_added_plus_the_rest(models: dict[int, pm.Model]) -> None:
    """GDP equals value added plus other GDP in every draw."""
    out = models[2023].run()
    by_name = {quantity.name: quantity for quantity in out.quantities}
    rest = Quantity("rest", "rest", "", "亿元", "log", {"other_gdp.district": 1.0})
    drawn = out.sampler([by_name["gdp.district"], by_name["value_added.district"], rest], [2024, 2025]).draw(
        5000, 2
    )
    for start in (0, 3):
        np.testing.assert_allclose(drawn[:, start], drawn[:, start + 1] + drawn[:, start + 2], rtol=1e-14)


def known_by_2023(plan: pm.Plan) -> pd.DataFrame:
    observations = pm.load_observations(plan)
    return observations[observations["year"] <= 2023]


@pytest.mark.parametrize("scenario", ["baseline", "head"])
def test_running_later_equals_being_given_the_figures(
    plan: pm.Plan, models: dict[int, pm.Model], scenario: str
) -> None:
    """As of 2023 equals as of 2020 given the observations to 2023, for a scenario without earlier entries."""
    entries = {("city_credit", 2024): (5.0, 0.0), ("city_credit", 2025): (4.0, 1.0)}
    shocks = (pm.Shock("premium.district", 2024, -5.0, 0.5),)
    chosen = "baseline" if scenario == "baseline" else pm.Scenario("later", paths=entries, shocks=shocks)
    later = models[2023].run(chosen)
    told = models[2020].run(chosen).given(known_by_2023(plan))
    assert told.as_of == 2023
    np.testing.assert_allclose(told.mean, later.mean, atol=1e-10)
    np.testing.assert_allclose(told.cov, later.cov, atol=1e-10)
    np.testing.assert_allclose(probabilities(told), probabilities(later), atol=1e-10)


def test_figures_one_by_one_equal_all_at_once(plan: pm.Plan, models: dict[int, pm.Model]) -> None:
    """Observations enter year by year, or all together, with the same outcome."""
    known = known_by_2023(plan)
    out = models[2020].run()
    for year in (2021, 2022, 2023):
        out = out.given(known[known["year"] == year])
    np.testing.assert_allclose(out.mean, models[2023].run().mean, atol=1e-10)


def test_given_twice_equals_once(plan: pm.Plan, models: dict[int, pm.Model]) -> None:
    """A figure that is in already is not used again."""
    once = models[2020].run().given(known_by_2023(plan))
    twice = once.given(known_by_2023(plan))
    np.testing.assert_array_equal(twice.mean, once.mean)
    np.testing.assert_array_equal(twice.cov, once.cov)


def test_later_figures_change_nothing(plan: pm.Plan, models: dict[int, pm.Model]) -> None:
    """Whatever the figures after as_of are, every output is the same."""
    observations = pm.load_observations(plan)
    assert (observations["year"] > 2023).any()
    observations.loc[observations["year"] > 2023, "value"] *= 3
    extra = observations[observations["year"] == 2023].assign(year=2024, comparable="yes", bound="exact")
    changed = pm.build_model(plan, as_of=2023, observations=pd.concat([observations, extra])).run()
    out = models[2023].run()
    np.testing.assert_array_equal(changed.mean, out.mean)
    np.testing.assert_array_equal(changed.cov, out.cov)
    pd.testing.assert_frame_equal(changed.notes, out.notes)
    pd.testing.assert_frame_equal(pm.reach(changed), pm.reach(out))
    assert changed.fingerprint == out.fingerprint


def test_an_exact_gdp_is_met(models: dict[int, pm.Model]) -> None:
    """Given an exact GDP of 1744, every quantile of that year's GDP is 1744, to 1e-8."""
    table = models[2023].run().quantiles([0.1, 0.5, 0.9])
    gdp = table[(table["target"] == "gdp.district") & (table["year"] == 2023)]
    np.testing.assert_allclose(gdp["value"], 1744, atol=1e-8 * 1744)


def test_unused_figures_are_listed_with_their_reason(plan: pm.Plan, models: dict[int, pm.Model]) -> None:
    """Every observation up to as_of is used or listed, and each listed one says why."""
    known = known_by_2023(plan)
    out = models[2023].run()
    assert len(out.notes) == len(known) - len(out.used)
    assert (out.notes["reason"].str.len() > 0).all()


def test_bounds_act_on_draws_by_weights(plan: pm.Plan, models: dict[int, pm.Model]) -> None:
    """Figures such as "more than 490" move institutions' odds, with an error from the effective size."""
    plain = models[2020].run().given(known_by_2023(plan))
    bounded = models[2020].run().given(known_by_2023(plan), bounds=True)
    before, after = (pm.reach(out, draws=50_000).set_index("target") for out in (plain, bounded))
    assert (before["standard_error"] == 0).all()
    assert after["standard_error"].max() > 0
    assert after["probability"].between(0, 1).all()
    name = "institutions.district"
    moved = abs(after.at[name, "probability"] - before.at[name, "probability"])
    assert moved > 4 * after.at[name, "standard_error"]
    size = pm.joint(bounded, draws=50_000)["draws"].iloc[0]
    assert 200 <= size < 50_000


def test_bounds_that_everything_satisfies_change_nothing(plan: pm.Plan, models: dict[int, pm.Model]) -> None:
    """A bound far below every draw gives the unbounded odds, within 4 standard errors."""
    bound = known_by_2023(plan).query("variable == 'institutions' and bound == 'at_least' and year == 2021")
    out = models[2020].run().given(bound.assign(value=1.0), bounds=True)
    table = pm.reach(out, draws=50_000)
    gap = (table["probability"] - probabilities(models[2020].run())).abs()
    assert (gap <= 4 * table["standard_error"].clip(lower=1e-4)).all()


@pytest.mark.parametrize("indicator, factor", [("assets", 1e4), ("value_added", 1e-4)])
def test_a_bound_in_another_unit_is_the_same_bound(
    plan: pm.Plan, models: dict[int, pm.Model], indicator: str, factor: float
) -> None:
    """More than x 万亿元 and more than 10,000 x 亿元 leave the same draws, and half of all where x is the median."""
    out = models[2020].run()
    quantity = next(q for q in out.quantities if q.name == f"{indicator}.district")
    level = out.median(quantity, 2023)
    other = "亿元" if factor > 1 else "万亿元"
    row = (
        pm.load_observations(plan)
        .iloc[[0]]
        .assign(variable=indicator, area="district", year=2023, bound="at_least", comparable="yes", note="")
    )
    tables = [
        pm.joint(out.given(row.assign(value=value, unit=unit), bounds=True), draws=4_000)
        for value, unit in ((level, quantity.unit), (level * factor, other))
    ]
    pd.testing.assert_frame_equal(*tables)
    assert tables[0]["draws"][0] == pytest.approx(2_000, abs=4 * math.sqrt(1_000))


def test_a_figure_of_the_base_year_conditions_nothing(plan: pm.Plan, models: dict[int, pm.Model]) -> None:
    """The base is the plan's own: another figure of that year is listed as not used, whatever it says."""
    row = (
        pm.load_observations(plan)
        .iloc[[0]]
        .assign(variable="assets", area="district", year=2020, value=9.9, unit="万亿元", sd=np.nan, note="")
    )
    row = row.assign(bound="exact", comparable="yes")
    out = pm.build_model(plan, 2021, observations=row).run()
    assert out.used == ()
    np.testing.assert_array_equal(out.mean, models[2020].run().mean)
    assert out.notes["reason"].to_list() == ["not_a_plan_year"]
    assert models[2020].run().given(row).used == ()


def test_quantiles_are_by_default_the_tenth_the_middle_and_the_ninetieth(models: dict[int, pm.Model]) -> None:
    out = models[2023].run()
    pd.testing.assert_frame_equal(out.quantiles(), out.quantiles([0.1, 0.5, 0.9]))
    assert out.quantiles()["quantile"].unique().tolist() == [0.1, 0.5, 0.9]


def test_the_default_as_of_is_the_last_comparable_year(plan: pm.Plan) -> None:
    """The district's last comparable annual figure of grade B or better is of 2023."""
    assert pm.build_model(plan).as_of == 2023


def test_a_notebook_shows_the_medians_of_the_target_year(models: dict[int, pm.Model]) -> None:
    """Odds are a question of their own: what an outlook shows of itself is its centre."""
    out = models[2023].run("baseline")
    cells = iter(re.findall("<td>(.*?)</td>", out._repr_html_()))
    medians = out.quantiles([0.5]).query("year == 2025")
    expected = [(row.target, "2025", f"{row.value:.4g}") for row in medians.itertuples()]
    assert list(zip(cells, cells, cells, strict=True)) == expected

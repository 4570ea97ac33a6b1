"""Growth needed from here, and the most likely paths on which targets hold."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import equations

import planmodel as pm
from planmodel.law.gaussian import condition
from planmodel.show.words.needs import growth_words, path_words

MakePlan = Callable[..., pm.Plan]

# Annual log growth and its s.d. (%), correlation ½, five years from 100.
EXAMPLE = {"alpha": (7.0, 3.5), "beta": (8.5, 5.0), "gamma": (5.0, 4.0), "delta": (8.0, 6.0)}


def example(make_plan: MakePlan, folder: Path, targets: dict[str, dict[str, Any]]) -> pm.Outlook:
    """Four correlated variables; targets that are not given hold by far."""
    rows, names = [], list(EXAMPLE)
    for name, (drift, innovation) in EXAMPLE.items():
        rows += equations(f"{name}.town", drift=drift, innovation=innovation)
    for n, name in enumerate(names):
        rows += [
            row
            for other in names[n + 1 :]
            for row in equations(f"{name}.town", **{f"innovation_with:{other}.town": 0.5})
        ]
    easy = {"target": 50}
    stated = [{"indicator": name} | targets.get(name, easy) for name in names]
    return pm.build_model(make_plan(folder, targets=stated, equations=rows), as_of=2020).run()


def log_growth(paths: pd.DataFrame, name: str) -> float:
    """Mean log growth (%) a year on the needed path."""
    own = paths[paths["variable"] == name]
    return float(100 * np.log1p(own["needed_growth"] / 100).mean())


def test_published_example_of_a_conditional_path(make_plan: MakePlan, tmp_path: Path) -> None:
    """If alpha grows only 2 % a year, the others grow 4.93, 2.14 and 3.71 %; δ² = 10.20, χ² tail .0014."""
    ceiling = {"alpha": {"target": 100 * math.exp(0.10), "direction": "at_most"}}
    paths = pm.driver_paths(example(make_plan, tmp_path, ceiling), "alpha.town")
    assert log_growth(paths, "alpha.town") == pytest.approx(2.0, abs=1e-9)
    expected = {"beta": 4.93, "gamma": 2.14, "delta": 3.71}
    for name, growth in expected.items():
        assert log_growth(paths, f"{name}.town") == pytest.approx(growth, abs=0.005)
    assert paths.distance**2 == pytest.approx(0.25**2 / (5 * 0.035**2), rel=1e-9)
    assert paths.chi2_tail == pytest.approx(0.0014, abs=5e-5)
    assert paths.binding == ["alpha.town"]


def test_conditioning_in_two_steps_is_conditioning_at_once(make_plan: MakePlan, tmp_path: Path) -> None:
    """Two targets that bind: first one at its threshold, then the other, is the needed path."""
    out = example(make_plan, tmp_path, {"alpha": {"target": 170}, "delta": {"target": 190}})
    paths = pm.driver_paths(out)
    assert paths.binding == ["alpha.town", "delta.town"]
    goals, mean, cov = out.model.goals, out.mean, out.cov
    for k in (3, 0):
        mean, cov = condition(mean, cov, goals.rows[k, :1], goals.levels[[k]], np.zeros(1))
    ends = paths[paths["year"] == 2025].set_index("variable")["needed"]
    for k, quantity in enumerate(goals.quantities):
        assert math.log(ends[quantity.name]) == pytest.approx(goals.rows[k, 0] @ mean, abs=1e-9)


def test_a_target_that_the_other_carries_does_not_bind(make_plan: MakePlan, tmp_path: Path) -> None:
    """Alpha's target pulls beta above its own: beta is not pulled down again."""
    out = example(make_plan, tmp_path, {"alpha": {"target": 190}, "beta": {"target": 154}})
    assert pm.driver_paths(out, "beta.town").binding == ["beta.town"]
    both = pm.driver_paths(out)
    assert both.binding == ["alpha.town"]
    end = both[(both["variable"] == "beta.town") & (both["year"] == 2025)]["needed"].item()
    assert end > 154


def test_no_nearer_point_holds(make_plan: MakePlan, tmp_path: Path) -> None:
    """Every other point tried at which the targets hold is farther from the central path."""
    out = example(make_plan, tmp_path, {"alpha": {"target": 170}, "delta": {"target": 190}})
    paths, goals = pm.driver_paths(out), out.model.goals
    rows = goals.rows[:, 0]
    root = np.linalg.cholesky(rows @ out.cov @ rows.T)
    u = np.random.default_rng(0).normal(0, 2, (20_000, 4))
    hold = (rows @ out.mean + u @ root.T >= goals.levels).all(axis=1)
    assert hold.sum() > 100
    assert np.linalg.norm(u[hold], axis=1).min() > paths.distance


@pytest.mark.parametrize("as_of", [2020, 2023])
def test_the_path_lies_on_the_targets(models: dict[int, pm.Model], plan: pm.Plan, as_of: int) -> None:
    """On the shipped plan, parts among them: what binds is met exactly, the rest with room to spare."""
    paths = pm.driver_paths(models[as_of].run())
    ends = paths[paths["year"] == 2025].set_index("variable")["needed"]
    for name, threshold in zip(plan.targets["name"], plan.targets["threshold"], strict=True):
        ratio = ends[name] / threshold
        assert ratio == pytest.approx(1, abs=1e-8) if name in paths.binding else ratio > 1
    assert paths.binding
    assert paths.targets == list(plan.targets["name"])


@pytest.mark.parametrize("target", ["value_added_share.district", "institutions.core"])
def test_one_target_is_the_path_of_the_reverse_stress(models: dict[int, pm.Model], target: str) -> None:
    """A target that fails on the central path: the smallest improvement is the needed path."""
    out = models[2023].run()
    paths, other = pm.driver_paths(out, target), pm.breaks(out)
    distance = other.set_index("target").loc[target, "distance"]
    assert paths.distance == pytest.approx(-distance, rel=1e-8)
    assert paths["needed"].to_numpy() == pytest.approx(other.path(target)["on_path"].to_numpy(), rel=1e-8)


def test_what_holds_needs_nothing(models: dict[int, pm.Model]) -> None:
    paths = pm.driver_paths(models[2023].run(), "deposits_loans.district")
    assert (paths.distance, paths.chi2_tail, paths.binding) == (0.0, 1.0, [])
    assert (paths["difference"] == 0).all()


def test_known_figures_do_not_move(models: dict[int, pm.Model]) -> None:
    """Observed growth is as it is on every path; what was never published may differ."""
    paths = pm.driver_paths(models[2023].run(), "value_added_share.district")
    past = paths[paths["year"] <= 2023].set_index(["variable", "year"])["difference"]
    assert past.loc["city_gdp"].abs().max() < 1e-6
    assert past.loc["value_added.district"].abs().max() > 0.1


def test_targets_that_nothing_can_meet_are_an_error(make_plan: MakePlan, tmp_path: Path) -> None:
    """Without any uncertainty the outcome is settled."""
    plan = make_plan(tmp_path, equations=equations("value_added.town", drift=1.0, innovation=0.0))
    with pytest.raises(pm.InputError, match="no path meets"):
        pm.driver_paths(pm.build_model(plan, as_of=2020).run())


def test_an_unknown_target_is_an_error_with_the_nearest_name(models: dict[int, pm.Model]) -> None:
    with pytest.raises(pm.InputError, match=r"Did you mean 'premium\.district'"):
        pm.driver_paths(models[2023].run(), "premum.district")


def test_as_of_the_base_year_growth_counts_from_the_base(models: dict[int, pm.Model]) -> None:
    """Then it is what `reach` calls required, and slack is the same."""
    out = models[2020].run()
    needed, reached = pm.growth_needed(out), pm.reach(out)
    assert set(needed["from_kind"]) == {"base"}
    assert needed["needed"].to_numpy() == pytest.approx(reached["required"].to_numpy(), rel=1e-12)
    assert needed["slack"].to_numpy() == pytest.approx(reached["slack"].to_numpy(), rel=1e-9)
    pd.testing.assert_series_equal(needed["history"], reached["history"])


def test_growth_counts_from_the_latest_observation(make_plan: MakePlan, tmp_path: Path) -> None:
    """288.9 → 400 with 310 observed in 2022: 8.87 % a year are left to go (in 2023 nothing was observed)."""
    seen = [{"variable": "value_added", "year": 2022, "value": 310}]
    rows = equations("value_added.town", drift=(8, 3), innovation=6)
    target = {"base": 288.9, "target": 400}
    plan = make_plan(tmp_path, targets=[target], equations=rows, observations=seen)
    row = pm.growth_needed(pm.build_model(plan, as_of=2023).run()).iloc[0]
    assert (row["from_year"], row["from_kind"]) == (2022, "observed")
    assert row["from_value"] == pytest.approx(310)
    assert row["needed"] == pytest.approx(8.87, abs=0.005)
    assert not row["met"]


def test_without_an_observation_growth_counts_from_the_median(models: dict[int, pm.Model]) -> None:
    """And says so; the median's own growth leads to the outlook's median."""
    out = models[2023].run()
    needed = pm.growth_needed(out)
    assert set(needed["from_kind"]) == {"median"}
    assert set(needed["from_year"]) == {2023}
    ends = needed["from_value"] * (1 + needed["median_growth"] / 100) ** 2
    assert ends.to_numpy() == pytest.approx(pm.reach(out)["median"].to_numpy(), rel=1e-9)


def test_a_target_that_is_met_may_need_negative_growth(models: dict[int, pm.Model]) -> None:
    needed = pm.growth_needed(models[2023].run()).set_index("target")
    row = needed.loc["deposits_loans.district"]
    assert row["met"]
    assert row["needed"] < 0
    assert not needed.loc["value_added_share.district", "met"]


def test_a_ceiling_counts_the_other_way(make_plan: MakePlan, tmp_path: Path) -> None:
    """At most 120 from 100: growth may be up to 3.7 % a year, and slack is what lies below that."""
    rows = equations("value_added.town", drift=2.0, innovation=1.0)
    plan = make_plan(tmp_path, targets=[{"direction": "at_most"}], equations=rows)
    row = pm.growth_needed(pm.build_model(plan, as_of=2020).run()).iloc[0]
    assert row["met"]
    assert row["slack"] == pytest.approx(row["needed"] - row["median_growth"])
    assert row["slack"] > 0


def test_without_a_base_or_without_years_there_is_no_growth(make_plan: MakePlan, tmp_path: Path) -> None:
    rows = equations("value_added.town", drift=2.0, innovation=1.0)
    targets = [{}, {"indicator": "assets", "base": "", "base_step": ""}]
    plan = make_plan(tmp_path, targets=targets, equations=rows)
    needed = pm.growth_needed(pm.build_model(plan, as_of=2020).run())
    assert needed["needed"].isna().to_list() == [False, True]
    assert needed["from_kind"].to_list() == ["base", "no_base"]
    late = pm.growth_needed(pm.build_model(plan, as_of=2025).run())
    assert late["needed"].isna().all()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_words_hold_the_figures(models: dict[int, pm.Model], plan: pm.Plan, lang: str) -> None:
    out = models[2023].run()
    needed, paths = pm.growth_needed(out), pm.driver_paths(out)
    worst = needed.loc[needed["slack"].idxmin()]
    text = " ".join(growth_words(needed, plan, lang))
    assert f"{worst['needed']:.1f}" in text
    assert "2023" in text
    assert f"{paths.distance:.2f}" in " ".join(path_words(paths, out, lang))
    assert len(path_words(pm.driver_paths(out, "assets.district"), out, lang)) == 1


def test_without_a_year_left_nothing_is_said_of_growth(plan: pm.Plan) -> None:
    """As of the target year: what is likely met, and what that rests on."""
    late = pm.growth_needed(pm.build_model(plan, as_of=2025).run())
    met, medians = growth_words(late, plan, "en")
    assert met.startswith("The outlook's median of 2025 puts 8 at")
    assert "outlook's median of 2025" in medians


@pytest.mark.parametrize(
    "lang, seen, likely",
    [
        ("zh", "起算时已达到目标水平的有1个", "可能已达到目标水平的有1个"),
        ("en", "puts 1 at the target's level", "puts 1 at the target's level already (likely"),
    ],
)
def test_only_a_figure_meets_a_target_and_a_median_is_likely_there(
    models: dict[int, pm.Model], plan: pm.Plan, lang: str, seen: str, likely: str
) -> None:
    needed = pm.growth_needed(models[2023].run()).query("met").head(2)
    assert set(needed["from_kind"]) == {"median"}
    first = growth_words(needed.assign(from_kind=["observed", "median"]), plan, lang)[:2]
    assert seen in first[0]
    assert likely in first[1]

"""Charts of what it takes: they draw in both languages and carry the figures of their tables."""

from __future__ import annotations

import json

import pytest

import planmodel as pm
from planmodel.show.charts import needs as charts
from planmodel.show.charts.targets import show
from planmodel.show.labels import growth


@pytest.fixture(scope="module")
def baseline(models: dict[int, pm.Model]) -> pm.Outlook:
    return models[2023].run("baseline")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_needed_growth_writes_every_figure(baseline: pm.Outlook, plan: pm.Plan, lang: str) -> None:
    needed = pm.growth_needed(baseline)
    picture = show(charts.needed_growth(needed, plan, lang), lang).svg
    for value in needed["needed"]:
        assert f">{growth(value)}<" in picture


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_needed_paths_has_a_panel_for_what_moves(baseline: pm.Outlook, lang: str) -> None:
    """Four drivers and three binding targets; figures are written only where paths differ."""
    paths = pm.driver_paths(baseline)
    shown = show(charts.needed_paths(paths, baseline, lang), lang)
    assert len(shown.spec["concat"]) == 4 + len(paths.binding)
    credit = paths[paths["variable"] == "city_credit"].set_index("year")["needed_growth"]
    assert f">{credit[2025]:.1f}<" in shown.svg
    assert shown.svg.count(f">{credit[2021]:.1f}<") == 0


def test_needed_paths_of_what_holds_still_draws(baseline: pm.Outlook) -> None:
    paths = pm.driver_paths(baseline, "deposits_loans.core")
    assert show(charts.needed_paths(paths, baseline)).svg.startswith("<svg")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_mix_is_drawn_with_its_figures(baseline: pm.Outlook, plan: pm.Plan, lang: str) -> None:
    mix = pm.seek(baseline, ["headquarters.core", "premium.district"], 0.6)
    bars, dots = show(charts.mix_measures(mix, lang), lang), show(charts.mix_targets(mix, lang), lang)
    names = plan.measures.set_index("measure")[f"name_{lang}"]
    for measure, cost in mix.loc[mix["cost"] > 0, ["measure", "cost"]].itertuples(index=False):
        assert names[measure] in bars.svg
        assert f">{cost:.2f}<" in bars.svg
    assert "→ 60.0%" in dots.svg
    assert "60%" in dots.svg


def test_a_mix_that_is_not_enough_says_so(baseline: pm.Outlook) -> None:
    mix = pm.seek(baseline, "value_added_share.district", 0.9)
    assert "none is enough" in json.dumps(charts.mix_measures(mix, "en").to_dict())


def test_an_empty_mix_draws(baseline: pm.Outlook) -> None:
    mix = pm.seek(baseline, "deposits_loans.core", 0.9)
    assert show(charts.mix_measures(mix, "en"), "en").svg.startswith("<svg")

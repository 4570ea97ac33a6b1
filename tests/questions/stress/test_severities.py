"""Severities: every story mild, moderate and severe; margins follow, and where they do not it is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import planmodel as pm
from planmodel.questions.stress.catalogue import SeverityCatalogue
from planmodel.questions.stress.severities import load_severities, median_growth, severity_factors, stories
from planmodel.scenario.checks import SEVERITIES
from planmodel.scenario.scenario import Scenario, Shock, scenario_folder
from planmodel.show.charts import sensitivity as charts
from planmodel.show.charts.targets import show
from planmodel.show.words.catalogue import catalogue_title, catalogue_words

MakePlan = Callable[..., pm.Plan]

# Where GDP falls and finance does not, its share of GDP is easier to reach.
EASIER = {
    (story, f"value_added_share.{area}")
    for story in ("trade_conflict", "epidemic")
    for area in ("district", "core")
}


@pytest.fixture(scope="module")
def catalogues(models: dict[int, pm.Model]) -> dict[int, SeverityCatalogue]:
    return {as_of: pm.severity_catalogue(model) for as_of, model in models.items()}


def test_every_story_has_every_severity(plan: pm.Plan, catalogues: dict[int, SeverityCatalogue]) -> None:
    found = catalogues[2020]
    assert set(found.outlooks) == {("baseline", "baseline")} | {
        (story, severity) for story in stories(plan) for severity in SEVERITIES[1:]
    }
    assert set(stories(plan)["slowdown"]) == set(SEVERITIES[1:])
    assert len(found.table) == len(found.outlooks) * len(plan.targets)
    for (_, severity), out in found.outlooks.items():
        assert out.scenario.severity == severity


@pytest.mark.parametrize("as_of", [2020, 2023])
def test_margins_are_monotone_in_severity(catalogues: dict[int, SeverityCatalogue], as_of: int) -> None:
    """Baseline ≥ mild ≥ moderate ≥ severe by slack, for every story and target, but for what the catalogue names."""
    directions = catalogues[as_of].directions
    assert set(directions["margin"]) == {"falls", "rises", "unmoved"}
    rising = {
        tuple(row) for row in directions.loc[directions["margin"] == "rises", ["story", "target"]].to_numpy()
    }
    # Given GDP to 2023, a path of the margin says something about years that nobody observed.
    inferred = {key for key in rising if key[0] == "margin_squeeze"}
    assert rising - inferred == EASIER
    assert bool(inferred) == (as_of == 2023)
    said = "".join(catalogue_words(catalogues[as_of], "en"))
    assert all(catalogue_title(catalogues[as_of], story, "en") in said for story, _ in rising)


def test_slack_is_that_of_reach(catalogues: dict[int, SeverityCatalogue]) -> None:
    for key in (("baseline", "baseline"), ("city_competition", "severe")):
        out = catalogues[2023].outlooks[key]
        table = catalogues[2023].table.set_index(["story", "severity"]).loc[key].set_index("target")
        reached = pm.reach(out).set_index("target")
        np.testing.assert_allclose(table["slack"], reached["slack"], atol=1e-8)
        np.testing.assert_allclose(table["probability"], reached["probability"], atol=1e-12)


def test_a_path_can_raise_the_odds_of_a_falling_margin(catalogues: dict[int, SeverityCatalogue]) -> None:
    """A path takes uncertainty away: the odds of a target with room first rise. The catalogue says so."""
    directions = catalogues[2020].directions
    turned = directions[~directions["probability_monotone"]]
    assert set(turned["story"]) == {"credit_squeeze"}
    assert set(turned["target"]) == {"deposits_loans.district", "deposits_loans.core"}
    assert any("takes uncertainty away" in sentence for sentence in catalogue_words(catalogues[2020], "en"))


@pytest.mark.parametrize("story", ["credit_squeeze", "margin_squeeze", "bad_loans", "talent_shortage"])
def test_logs_move_in_proportion(plan: pm.Plan, models: dict[int, pm.Model], story: str) -> None:
    """The mean of every log and logit moves by the factor of the severity, δ too."""
    base, factors = models[2020].run("baseline").mean, severity_factors(plan)
    runs = {s: models[2020].run(pm.at_severity(story, s, models[2020])) for s in SEVERITIES[1:]}
    unit = runs["moderate"].mean - base
    assert np.abs(unit).max() > 0.01
    for severity, run in runs.items():
        np.testing.assert_allclose(run.mean - base, factors[severity] * unit, atol=1e-12)
        delta = pm.plausibility(run)["delta"][0]
        assert delta == pytest.approx(factors[severity] * pm.plausibility(runs["moderate"])["delta"][0])


def test_at_baseline_nothing_of_a_story_is_left(models: dict[int, pm.Model]) -> None:
    for model in models.values():
        run = model.run(pm.at_severity("credit_squeeze", "baseline", model))
        np.testing.assert_array_equal(run.mean, model.run("baseline").mean)
        np.testing.assert_array_equal(run.cov, model.run("baseline").cov)


def test_a_storys_own_file_is_its_severity(plan: pm.Plan, models: dict[int, pm.Model]) -> None:
    """The severity of the file gives the file; a story with three files is never scaled."""
    for name, severity in (
        ("bad_loans", "severe"),
        ("credit_squeeze", "moderate"),
        ("talent_shortage", "mild"),
    ):
        same = pm.at_severity(name, severity, models[2023])
        assert same.fingerprint == pm.load_scenario(name, plan).fingerprint
    for name in ("slowdown", "slowdown_mild"):
        severe = pm.at_severity(name, "severe", models[2023])
        assert severe.fingerprint == pm.load_scenario("slowdown_severe", plan).fingerprint


def test_factors_multiply_shocks_and_distances_from_the_baseline(models: dict[int, pm.Model]) -> None:
    story = Scenario(
        "story",
        severity="moderate",
        paths={("city_credit", 2025): (5.0, 0.5)},
        shocks=(Shock("premium.district", 2024, -10, 0.5),),
        measures={"fintech": 0.5},
    )
    severe = pm.at_severity(story, "severe", models[2023])
    assert severe.shocks == (Shock("premium.district", 2024, -16, 0.5),)
    assert severe.measures == story.measures
    growth, sd = severe.paths["city_credit", 2025]
    median = median_growth(models[2023])["city_credit", 2025]
    assert np.log1p(growth / 100) - median == pytest.approx(1.6 * (np.log(1.05) - median))
    assert sd == 0.5


def test_a_scaled_story_is_a_file_like_any_other(
    plan: pm.Plan, models: dict[int, pm.Model], tmp_path: Path
) -> None:
    """It saves, reads back to the same numbers, and says what was scaled, in both languages."""
    severe = pm.at_severity("credit_squeeze", "重度", models[2023])
    assert severe.name == "credit_squeeze_severe"
    assert severe.title == {"zh": "信贷收缩（重度）", "en": "Credit squeeze (severe)"}
    assert "1.6倍" in severe.text("zh")
    assert "1.6 times" in severe.text("en")
    pm.save_scenario(severe, tmp_path / "credit_squeeze_severe.yaml")
    again = pm.load_scenario(tmp_path / "credit_squeeze_severe.yaml", plan)
    assert again.fingerprint == severe.fingerprint
    assert again.severity == "severe"


def test_what_cannot_be_scaled_is_refused(models: dict[int, pm.Model]) -> None:
    model = models[2023]
    with pytest.raises(pm.InputError, match="Did you mean 'severe'"):
        pm.at_severity("credit_squeeze", "sever", model)
    with pytest.raises(pm.InputError, match="a stress scenario"):
        pm.at_severity("head_institutions", "severe", model)
    huge = Scenario("huge", severity="mild", shocks=(Shock("premium.district", 2024, -20),))
    with pytest.raises(pm.InputError, match="at most 50 points"):
        pm.at_severity(huge, "severe", model)


def test_factors_are_data(tmp_path: Path, make_plan: MakePlan) -> None:
    """A plan may bring its own factors; wrong ones are named."""
    plan = make_plan(tmp_path)
    assert severity_factors(plan) == {"baseline": 0, "mild": 0.4, "moderate": 1, "severe": 1.6}
    assert set(load_severities(plan)["basis"]) == {"assumption"}
    path = plan.folder / "severities.csv"
    path.write_text(
        "severity,factor,basis,source\nmild,0.5,assumption,\nmoderate,1,assumption,\n", encoding="utf-8"
    )
    with pytest.raises(pm.InputError, match="no severe"):
        load_severities(plan)
    path.write_text(path.read_text(encoding="utf-8") + "severe,0.9,assumption,\n", encoding="utf-8")
    with pytest.raises(pm.InputError, match="rise from mild to severe"):
        load_severities(plan)


def test_summary_is_joint_and_plausibility(catalogues: dict[int, SeverityCatalogue]) -> None:
    """Expected number in closed form, odds of at least k within their error, δ as elsewhere; the same seed, the same."""
    found = catalogues[2023]
    table = found.summary(at_least=6, seed=3)
    assert table.equals(found.summary(at_least=6, seed=3))
    for n in (0, 5, len(table) - 1):
        row = table.iloc[n]
        out = found.outlooks[row["story"], row["severity"]]
        joint = pm.joint(out, at_least=6, draws=50_000).iloc[0]
        assert row["expected"] == pytest.approx(joint["expected"])
        error = np.hypot(row["at_least_standard_error"], joint["at_least_standard_error"])
        assert abs(row["at_least"] - joint["at_least"]) < 4 * error
        assert row["delta"] == pm.plausibility(out)["delta"][0]
    with pytest.raises(pm.InputError, match="from 0 to 13"):
        found.summary(at_least=14)


def test_a_plan_without_stories_says_so(tmp_path: Path, make_plan: MakePlan) -> None:
    found = pm.severity_catalogue(pm.build_model(make_plan(tmp_path)))
    assert found.stories == []
    assert catalogue_words(found, "en") == ["The plan has no stress scenario."]


def test_tables_are_copies(catalogues: dict[int, SeverityCatalogue]) -> None:
    table = catalogues[2023].table
    table.loc[:, "slack"] = 0.0
    assert catalogues[2023].table["slack"].abs().max() > 1


def test_stories_of_one_family_share_a_name(plan: pm.Plan) -> None:
    """Files of one story are `story_severity.yaml`, each with the severity of its name."""
    for story, family in stories(plan).items():
        if len(family) > 1:
            for severity in family:
                assert (scenario_folder(plan) / f"{story}_{severity}.yaml").is_file()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_catalogue_is_drawn_in_both_languages(
    catalogues: dict[int, SeverityCatalogue], lang: str
) -> None:
    found = catalogues[2023]
    drawn = [charts.catalogue_chart(found, lang), charts.catalogue_slack_chart(found, "mild", lang)]
    for chart in drawn:
        picture = show(chart, lang).svg
        assert all(catalogue_title(found, story, lang) in picture for story in found.stories)

"""The revision rule: growth needed from the latest observation, when to cut, when to stretch."""

from __future__ import annotations

import dataclasses
import math
import re

import numpy as np
import pandas as pd
import pytest
from conftest import equations

import planmodel as pm
from planmodel.questions.track.metrics import remaining_reduction
from planmodel.questions.track.revision import mid_term, unusual_growth
from planmodel.show.words.track import revision_words

OBSERVED = {"variable": "value_added"}


def town(make_plan, tmp_path, observations=(), drift: float = 3.0, sd: float = 2.0, **target) -> pm.Plan:
    return make_plan(
        tmp_path,
        targets=[target],
        equations=equations("value_added.town", drift=drift, innovation=sd),
        observations=[OBSERVED | row for row in observations],
    )


def test_required_growth_is_recomputed_from_the_latest_observation(make_plan, tmp_path) -> None:
    """Nothing in 2022: the figure of 2021 still stands, with the years left from there."""
    plan = town(make_plan, tmp_path, [{"year": 2021, "value": 102}, {"year": 2023, "value": 110}])
    table = pm.revisions(pm.build_model(plan, as_of=2023).run()).set_index("as_of")
    assert table["latest"].to_list() == pytest.approx([100, 102, 102, 110])
    assert table["latest_year"].to_list() == [2020, 2021, 2021, 2023]
    assert table["years_left"].to_list() == [5, 4, 4, 2]
    expected = [100 * ((120 / y) ** (1 / n) - 1) for y, n in ((100, 5), (102, 4), (102, 4), (110, 2))]
    assert table["required"].to_list() == pytest.approx(expected)
    assert table["median_now"].to_list() == pytest.approx([100, 102, 102 * math.exp(0.03), 110])
    assert table.at[2022, "required_from_median"] == pytest.approx(
        100 * ((120 / (102 * math.exp(0.03))) ** (1 / 3) - 1)
    )


def test_each_year_knows_only_what_was_known_then(make_plan, tmp_path) -> None:
    plan = town(make_plan, tmp_path, [{"year": 2021, "value": 102}, {"year": 2023, "value": 110}])
    table = pm.revisions(pm.build_model(plan, as_of=2023).run()).set_index("as_of")
    for year in range(2020, 2024):
        known = pm.reach(pm.build_model(plan, as_of=year).run())
        assert table.at[year, "probability"] == pytest.approx(known["probability"].item(), abs=1e-12)
        assert table.at[year, "even_odds"] == pytest.approx(known["median"].item())


def test_the_shipped_plans_history_is_that_of_its_outlooks(models) -> None:
    out = models[2023].run("credit_squeeze")
    table = pm.revisions(out)
    assert len(table) == 13 * 4
    assert list(table.index) == list(range(52))
    for year in (2020, 2023):
        reach = pm.reach(models[year].run("credit_squeeze"))
        now = table[table["as_of"] == year]
        assert now["target"].to_list() == reach["target"].to_list()
        assert now["probability"].to_numpy() == pytest.approx(reach["probability"].to_numpy(), abs=1e-12)


def test_a_model_known_by_an_earlier_year_is_the_one_built_for_it(plan: pm.Plan, models) -> None:
    for year in (2020, 2021, 2022):
        earlier, built = models[2023].known_by(year), pm.build_model(plan, as_of=year)
        assert earlier.fingerprint == built.fingerprint
        assert earlier.run().fingerprint == built.run().fingerprint
        pd.testing.assert_frame_equal(earlier.run().notes, built.run().notes)


def test_the_share_of_gdp_is_flagged_in_2023_and_deposits_and_loans_can_be_stretched(models) -> None:
    table = pm.revisions(models[2023].run())
    now = table[table["as_of"] == 2023].set_index("target")
    cut = now.index[now["flag"] == "cut"]
    assert set(cut) == {"value_added_share.district", "value_added_share.core"}
    assert set(now.loc[cut, "reasons"]) == {"probability"}
    assert set(now.index[now["flag"] == "stretch"]) == {"deposits_loans.district", "deposits_loans.core"}
    assert now["mid_term"].all()
    # Only deposits and loans have both a reference class and growth of their own that the document states.
    assert set(now.index[now["limit"].notna()]) == {"deposits_loans.district"}


def test_a_low_probability_alone_is_enough(make_plan, tmp_path) -> None:
    plan = town(make_plan, tmp_path, drift=1.0)
    row = pm.revisions(pm.build_model(plan, as_of=2020).run()).iloc[0]
    assert (row["flag"], row["reasons"]) == ("cut", "probability")
    assert row["probability"] < 0.2
    assert row["even_odds"] == pytest.approx(100 * math.exp(0.05))
    assert row["average_rate"] == pytest.approx(100 * math.expm1(0.01))


def test_behind_schedule_counts_only_two_years_running(make_plan, tmp_path) -> None:
    """4 of 20 is asked a year: 102 and 106 are 50 and 75 % of the schedule, then 116 is ahead of it."""
    figures = [{"year": 2021, "value": 102}, {"year": 2022, "value": 106}, {"year": 2023, "value": 116}]
    plan = town(make_plan, tmp_path, figures, drift=3.65, sd=4.0)
    table = pm.revisions(pm.build_model(plan, as_of=2023).run()).set_index("as_of")
    assert table["schedule_ratio"].to_list()[1:] == pytest.approx([0.5, 0.75, 4 / 3])
    assert math.isnan(table.at[2020, "schedule_ratio"])
    assert table["flag"].to_list() == ["keep", "keep", "cut", "keep"]
    assert table.at[2022, "reasons"] == "schedule"


def test_a_level_lost_two_years_running_is_behind_schedule(make_plan, tmp_path) -> None:
    """No schedule leads from a base to an equal target: a year below it is behind, whatever the ratio."""
    figures = [{"year": 2021, "value": 99}, {"year": 2022, "value": 99.5}, {"year": 2023, "value": 101}]
    plan = town(make_plan, tmp_path, figures, drift=1.0, sd=4.0, target=100)
    table = pm.revisions(pm.build_model(plan, as_of=2023).run()).set_index("as_of")
    assert ["schedule" in reasons for reasons in table["reasons"]] == [False, False, True, False]
    assert table["schedule_ratio"].isna().all()


def test_a_target_already_met_is_not_behind(make_plan, tmp_path) -> None:
    figures = [{"year": year, "value": 121 + year - 2021} for year in (2021, 2022)]
    table = pm.revisions(pm.build_model(town(make_plan, tmp_path, figures), as_of=2022).run())
    assert table["flag"].to_list()[1:] == ["stretch", "stretch"]
    assert table["required"].iloc[-1] < 0


def test_the_limit_is_the_ninetieth_percentile_of_the_reference_class(models) -> None:
    evidence = models[2023].evidence
    history = evidence.history.set_index("target")["growth"]
    past = history["deposits_loans.district"]
    limit = unusual_growth(evidence, "deposits_loans.district", past)
    windows = evidence.comparable("deposits_loans.district", past)["next"]
    assert (windows < 100 * math.log1p(limit / 100)).mean() == pytest.approx(0.9, abs=0.01)
    assert evidence.percentile("deposits_loans.district", past, limit) == pytest.approx(90, abs=1)
    assert math.isnan(unusual_growth(evidence, "premium.district", 14.0))
    assert math.isnan(unusual_growth(evidence, "deposits_loans.district", math.nan))


def test_growth_beyond_nine_in_ten_comparable_cities_is_a_reason(models, monkeypatch) -> None:
    monkeypatch.setattr("planmodel.questions.track.revision.unusual_growth", lambda *_: 3.0)
    table = pm.revisions(models[2020].run()).set_index("target")
    above = table.index[table["required"] > table["limit"]]
    assert len(above) == 4
    assert set(table.index[table["reasons"].str.contains("growth")]) == set(above)
    assert set(table.loc[above, "flag"]) == {"cut"}


def test_falling_targets_follow_the_same_rule(make_plan, tmp_path) -> None:
    """Promised 20 % less, 15.61 % done after four years: 5.20 % of today's level remain, not 4.39 points."""
    figures = [{"year": 2024, "value": 84.39}]
    plan = town(make_plan, tmp_path, figures, drift=-4.4, target=80, direction="at_most")
    row = pm.revisions(pm.build_model(plan, as_of=2024).run()).iloc[-1]
    assert round(-row["required"], 2) == 5.20
    assert -row["required"] == pytest.approx(100 * remaining_reduction(0.1561, 0.2))
    assert row["schedule_ratio"] == pytest.approx(0.1561 / 0.2 / 0.8)


def test_an_observation_added_to_an_outlook_is_known_from_its_year_on(make_plan, tmp_path) -> None:
    plan = town(make_plan, tmp_path, [{"year": 2021, "value": 104}])
    out = pm.build_model(plan, as_of=2021).run()
    more = pm.load_observations(plan).assign(year=2022, value=112.0)
    table = pm.revisions(out.given(more)).set_index("as_of")
    assert table["latest"].to_list() == pytest.approx([100, 104, 112])
    assert table.at[2022, "probability"] == pytest.approx(pm.reach(out.given(more))["probability"].item())
    assert table.at[2021, "probability"] == pytest.approx(pm.reach(out)["probability"].item())


def test_a_plan_stands_for_its_baseline(plan: pm.Plan, models) -> None:
    pd.testing.assert_frame_equal(pm.revisions(plan), pm.revisions(models[2023].run()))


def test_in_the_target_year_nothing_is_left(make_plan, tmp_path) -> None:
    plan = town(make_plan, tmp_path, [{"year": 2025, "value": 118}])
    row = pm.revisions(pm.build_model(plan, as_of=2025).run()).iloc[-1]
    assert row["years_left"] == 0
    assert np.isnan([row["required"], row["required_from_median"], row["remaining_rate"]]).all()
    assert row["probability"] == 0


@pytest.mark.parametrize("years, middle", [(5, 2023), (4, 2022), (10, 2025), (1, 2021)])
def test_the_mid_term_is_the_third_year_of_five(make_plan, tmp_path, years: int, middle: int) -> None:
    plan = make_plan(tmp_path)
    assert mid_term(dataclasses.replace(plan, target_year=2020 + years)) == middle


def test_words_state_the_new_rate_the_average_and_which_targets_the_plan_calls_binding(
    make_plan, tmp_path
) -> None:
    figures = [{"year": 2021, "value": 101}, {"year": 2022, "value": 103}]
    plan = town(make_plan, tmp_path, figures, obligation="约束性")
    table = pm.revisions(pm.build_model(plan, as_of=2022).run())
    row = table.iloc[-1]
    english, chinese = ("\n".join(revision_words(table, plan, lang)) for lang in ("en", "zh"))
    rates = (row["remaining_rate"], row["average_rate"])
    assert f"{rates[0]:.1f}% a year after 2022, {rates[1]:.1f}% over the whole plan" in english
    assert f"2022年之后年均{rates[0]:.1f}%，全期年均{rates[1]:.1f}%" in chinese
    assert "the plan calls binding: Indicator (Town)" in english
    assert "规划列为约束性指标的有：指标（镇）" in chinese


@pytest.mark.parametrize(
    "lang, claims", [("zh", "批准|中期|人大|常委会"), ("en", "approv|mid-term|congress|review")]
)
def test_nobody_is_said_to_approve_a_change_unless_the_plan_says_so(
    make_plan, tmp_path, models, lang: str, claims: str
) -> None:
    plan = town(make_plan, tmp_path, drift=1.0)
    small = revision_words(pm.revisions(pm.build_model(plan, as_of=2020).run()), plan, lang)
    assert len(small) == 2  # the flag and the project's own rule
    out = models[2023].run()
    shipped = revision_words(pm.revisions(out), out.plan, lang)
    assert not re.search(claims, " ".join([*small, *shipped]))


@pytest.mark.parametrize(
    "lang, place, words",
    [
        ("zh", "第四部分第五节", "依据法定程序对目标任务进行必要的动态调整"),
        (
            "en",
            "part 4, section 5",
            "adjust targets and tasks as necessary, under the procedures laid down by law",
        ),
    ],
)
def test_the_plan_is_quoted_on_how_its_targets_may_change(models, lang: str, place: str, words: str) -> None:
    out = models[2023].run()
    last = revision_words(pm.revisions(out), out.plan, lang)[-1]
    assert place in last
    assert words in last
    assert out.plan.revision_rule[lang] in last


def test_words_say_when_nothing_is_flagged(make_plan, tmp_path) -> None:
    plan = town(make_plan, tmp_path, drift=3.65, sd=4.0)
    table = pm.revisions(pm.build_model(plan, as_of=2020).run())
    assert revision_words(table, plan, "en") == ["The revision rule flags no target."]
    assert revision_words(table, plan, "zh") == ["没有目标触发调整规则。"]

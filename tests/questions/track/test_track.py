"""Progress in every metric, the schemes that judge it, and how likely each judgement is."""

from __future__ import annotations

import math
import pickle
import re

import numpy as np
import pandas as pd
import pytest
from conftest import equations
from hypothesis import given
from hypothesis import strategies as st

import planmodel as pm
from planmodel.base.problems import InputError
from planmodel.questions.track.metrics import (
    annual_reduction,
    completion_rate,
    overfulfilment,
    reduction_progress,
    remaining_reduction,
)
from planmodel.questions.track.schemes import (
    SCHEMES,
    class_rank,
    on_track,
    scheme_rows,
    scheme_table,
    statcan_score,
)
from planmodel.questions.track.scoreboards import NO_BASE, NO_OBSERVATION, observed_levels
from planmodel.show.charts.track import flag_board, milestone_chart, required_chart, scheme_board
from planmodel.show.words.track import (
    class_name,
    likely_words,
    median_classes,
    scheme_cells,
    scheme_words,
    shown_board,
    track_words,
)

# Financial value added 288.9 to 400 over five years, 310 after two: one set of figures, six verdicts.
VALUE_ADDED = (288.9, 310, 400, 2020, 2022, 2025)

positive = st.floats(1, 1e6)


def same(found: float, expected: float, digits: int = 3) -> bool:
    return round(found, digits) == expected


# --- analytic truths -----------------------------------------------------------------------------------------


def test_one_set_of_figures_in_every_metric() -> None:
    found = pm.progress(*VALUE_ADDED)
    assert list(found.index[:6]) == ["linear", "log", "cagr_ratio", "schedule_ratio", "projected", "required"]
    assert same(found["linear"], 0.190)
    assert same(found["log"], 0.217)
    assert same(found["time_share"], 0.4)
    assert same(found["growth"], 3.587)
    assert same(found["growth_needed"], 6.724)
    assert same(found["cagr_ratio"], 0.534)
    assert same(found["schedule_ratio"], 0.475)
    assert same(found["log_schedule_ratio"], 0.542)
    assert same(found["projected"], 344.6, 1)
    assert same(found["projected_linear"], 341.65, 2)
    assert same(found["projected_ratio"], 0.501)
    assert same(found["status_index"], 1.90, 2)
    assert same(found["anticipated_gap"], 52.5, 1)
    assert same(found["required"], 8.87, 2)
    assert same(found["required_increment"], 30, 9)
    assert same(statcan_score(found), -0.277)


def test_one_set_of_figures_has_six_verdicts() -> None:
    found = pm.progress(*VALUE_ADDED)
    assert {scheme: pm.classify(found, scheme) for scheme in SCHEMES} == {
        "eurostat": "insufficient",
        "statcan": "limited",
        "unsd": "acceleration_needed",
        "escap": "accelerate",
        "sdsn": "stagnating",
        "cn_schedule": "behind",
    }
    assert pm.classify(found) == "insufficient"


def test_the_straight_line_has_a_schedule_ratio_of_one() -> None:
    found = pm.progress(100, 140, 200, 2020, 2022, 2025)
    assert found["schedule_ratio"] == pytest.approx(1, abs=1e-15)
    assert found["projected_linear"] == pytest.approx(200)


def test_constant_growth_has_a_cagr_ratio_of_one_and_a_log_share_equal_to_time() -> None:
    found = pm.progress(100, 100 * 1.07**3, 100 * 1.07**5, 2020, 2023, 2025)
    assert found["cagr_ratio"] == pytest.approx(1, abs=1e-13)
    assert found["log"] == pytest.approx(0.6, abs=1e-13)
    assert found["projected"] == pytest.approx(100 * 1.07**5)
    assert found["required"] == pytest.approx(7)


# --- invariants ----------------------------------------------------------------------------------------------


@given(base=positive, value=positive, target=positive, factor=st.floats(0.01, 100))
def test_a_change_of_unit_changes_no_ratio(base: float, value: float, target: float, factor: float) -> None:
    if abs(target / base - 1) < 1e-3:
        return
    one = pm.progress(base, value, target, 2020, 2022, 2025)
    other = pm.progress(factor * base, factor * value, factor * target, 2020, 2022, 2025)
    for measure in ("linear", "log", "cagr_ratio", "schedule_ratio", "required", "projected_ratio"):
        assert one[measure] == pytest.approx(other[measure], rel=1e-6, abs=1e-9)


@given(base=positive, value=positive, target=positive)
def test_a_falling_target_mirrors_a_rising_one(base: float, value: float, target: float) -> None:
    """In logs the reciprocal of everything is the same progress: no absolute value is taken."""
    if abs(target / base - 1) < 1e-3:
        return
    one = pm.progress(base, value, target, 2020, 2022, 2025)
    other = pm.progress(1 / base, 1 / value, 1 / target, 2020, 2022, 2025)
    assert one["log"] == pytest.approx(other["log"], rel=1e-6, abs=1e-9)
    assert one["direction"] == -other["direction"]


@given(base=positive, target=positive, low=positive, high=positive)
def test_a_better_value_never_has_a_worse_class(base: float, target: float, low: float, high: float) -> None:
    low, high = sorted((low, high))
    if abs(target / base - 1) < 1e-3:
        return
    sign = 1 if target > base else -1
    worse, better = (low, high) if sign > 0 else (high, low)
    for scheme in SCHEMES:
        ranks = [
            class_rank(scheme, pm.classify(pm.progress(base, value, target, 2020, 2022, 2025), scheme))
            for value in (worse, better)
        ]
        assert ranks[0] <= ranks[1]


# --- edge cases ----------------------------------------------------------------------------------------------


def test_a_target_that_is_met_is_met_in_every_scheme_whatever_the_trend() -> None:
    """Here the base was better still: growth is negative, and the floor holds."""
    found = pm.progress(120, 110, 100, 2020, 2022, 2025, direction=1)
    assert found["met"] == 1
    assert found["cagr_ratio"] < 0
    best = ["achieved", "achieved", "met_or_on_track", "maintain", "on_track", "early"]
    assert [pm.classify(found, scheme) for scheme in SCHEMES] == best
    assert statcan_score(found) == 5


def test_a_floor_that_is_broken_is_the_worst_class_of_every_scheme() -> None:
    """The target lies behind the base: Statistics Canada's sign, d·change over |distance|."""
    found = pm.progress(100, 85, 90, 2020, 2022, 2025, direction="at_least")
    assert found["linear"] == pytest.approx(-1.5)
    assert found["met"] == 0
    assert [class_rank(s, pm.classify(found, s)) for s in SCHEMES] == [0] * 6


def test_falling_targets_need_no_other_formula() -> None:
    found = pm.progress(1, 0.87, 0.8, 2020, 2023, 2025)
    assert found["direction"] == -1
    assert found["linear"] == pytest.approx(0.65)
    assert found["log"] == pytest.approx(math.log(0.87) / math.log(0.8))
    assert found["required"] == pytest.approx(100 * ((0.8 / 0.87) ** 0.5 - 1))
    assert found["required"] < 0
    assert pm.classify(found, "statcan") == "on_track"


def test_a_base_of_zero_leaves_the_linear_share_and_nothing_geometric() -> None:
    found = pm.progress(0, 4, 10, 2020, 2022, 2025)
    assert found["linear"] == pytest.approx(0.4)
    assert found["projected_linear"] == pytest.approx(10)
    assert found[["log", "cagr_ratio", "projected", "growth", "projected_ratio"]].isna().all()
    assert pm.classify(found, "sdsn") == "on_track"
    for scheme in ("eurostat", "statcan", "unsd"):
        with pytest.raises(InputError, match=f"scheme {scheme}.*found no value"):
            pm.classify(found, scheme)
    assert math.isnan(statcan_score(found))


@pytest.mark.parametrize(
    "figures", [(-10, -8, -5), (-10, 2, 5), (10, 0, 20), (10, -3, 20), (10, 8, 0), (5, 3, -2)]
)
def test_levels_that_are_not_positive_have_no_logs(figures: tuple[float, float, float]) -> None:
    found = pm.progress(*figures, 2020, 2022, 2025)
    base, value, target = figures
    assert found["linear"] == pytest.approx((value - base) / (target - base))
    assert found[["log", "cagr_ratio", "projected"]].isna().all()


def test_a_target_equal_to_the_base_needs_a_direction_and_has_no_ratio() -> None:
    with pytest.raises(InputError, match="direction: found none, where target and base are equal"):
        pm.progress(100, 98, 100, 2020, 2022, 2025)
    missed = pm.progress(100, 98, 100, 2020, 2022, 2025, direction=1)
    assert missed[["linear", "log", "cagr_ratio", "schedule_ratio", "projected_ratio"]].isna().all()
    assert missed["required"] == pytest.approx(100 * ((100 / 98) ** (1 / 3) - 1))


@pytest.mark.parametrize("direction", [1, -1])
def test_a_target_to_be_kept_has_a_class_in_every_scheme(direction: int) -> None:
    """Kept, the best; missed, the worst, which is the limit of the ratios as the target nears the base."""
    for move, rank, score in ((0, 1, 5), (2, 1, 5), (-2, 0, -5)):
        found = pm.progress(100, 100 + direction * move, 100, 2020, 2022, 2025, direction)
        assert [class_rank(s, pm.classify(found, s)) for s in SCHEMES] == [rank] * 6
        assert statcan_score(found) == score
        for near in (-1e-6, 1e-6):
            close = pm.progress(100, 100 + direction * move, 100 + near, 2020, 2022, 2025, direction)
            if move:
                assert [pm.classify(close, s) for s in SCHEMES] == [pm.classify(found, s) for s in SCHEMES]


def test_a_share_kept_within_a_point_of_its_limit_is_still_met_for_unsd() -> None:
    near = pm.progress(100, 99.5, 100, 2020, 2022, 2025, direction=1, unit="%")
    assert pm.classify(near, "unsd") == "met_or_on_track"
    assert pm.classify(near, "sdsn") == "decreasing"


def test_only_sdsn_says_what_a_lost_level_is_and_the_other_rows_say_that_they_are_ours() -> None:
    rows = scheme_table().query("metric == 'level_lost'").set_index("scheme")
    assert set(rows.index) == set(SCHEMES)
    assert rows["basis"].drop("sdsn").eq("assumption").all()
    assert rows.at["sdsn", "basis"] == "published"
    assert rows["source"].drop(["sdsn"]).str.contains("Our own rule").all()


def test_the_year_must_be_after_the_base_year() -> None:
    for year in (2020, 2019):
        with pytest.raises(
            InputError, match=r"progress, year: found \d+, expected a year after the base year, 2020"
        ):
            pm.progress(100, 110, 120, 2020, year, 2025)
    with pytest.raises(InputError, match="target_year"):
        pm.progress(100, 110, 120, 2020, 2022, 2020)


def test_after_the_horizon_it_is_judged_at_the_target_year() -> None:
    """121 in 2026, a year late: on the way of constant growth 2025 had 117.2, so the target was missed."""
    late = pm.progress(100, 121, 120, 2020, 2026, 2025)
    assert late["projected"] == pytest.approx(100 * 1.21 ** (5 / 6))
    assert late["met"] == 0
    assert math.isnan(late["required"])
    assert math.isnan(late["required_increment"])
    assert pm.classify(late, "unsd") == "acceleration_needed"
    in_time = pm.progress(100, 126, 120, 2020, 2026, 2025)
    assert in_time["met"] == 1
    zero = pm.progress(0, 12, 11, 2020, 2026, 2025)
    assert zero["projected_linear"] == pytest.approx(10)
    assert zero["met"] == 0


def test_in_the_target_year_nothing_is_required_any_more() -> None:
    found = pm.progress(100, 115, 120, 2020, 2025, 2025)
    assert found["projected"] == pytest.approx(115)
    assert math.isnan(found["required"])
    assert found["met"] == 0


def test_a_share_close_to_its_limit_counts_as_met_for_unsd_alone() -> None:
    near = pm.progress(98.5, 99.1, 100, 2020, 2022, 2025, unit="%")
    assert pm.classify(near, "unsd") == "met_or_on_track"
    assert pm.classify(near, "eurostat") != "achieved"
    off = pm.progress(98.5, 98.6, 100, 2020, 2022, 2025, unit="%")
    assert pm.classify(off, "unsd") == "acceleration_needed"
    assert pm.progress(98.5, 99.1, 100, 2020, 2022, 2025)["near_limit"] == 0


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("bad", [math.nan, math.inf, "100", None])
def test_a_figure_must_be_a_finite_number(place: int, bad: object) -> None:
    figures: list[object] = [100, 110, 120]
    figures[place] = bad
    with pytest.raises(InputError, match="a finite number"):
        pm.progress(*figures, 2020, 2022, 2025)


def test_every_wrong_argument_is_reported_at_once() -> None:
    with pytest.raises(InputError) as error:
        pm.progress(math.nan, "x", 120, 2020.5, 2022, 2025)
    assert len(error.value.problems) == 3


@pytest.mark.parametrize("direction", [0, 2, "upwards"])
def test_a_direction_is_one_of_four(direction: object) -> None:
    with pytest.raises(InputError, match="direction"):
        pm.progress(100, 110, 120, 2020, 2022, 2025, direction=direction)


# --- the schemes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "scheme, metric, bound",
    [
        (row["scheme"], row["metric"], row["lower"])
        for row in scheme_table().to_dict("records")
        if math.isfinite(row["lower"]) and row["metric"] != "level_lost"
    ],
)
def test_a_bound_belongs_to_the_class_above_it(scheme: str, metric: str, bound: float) -> None:
    """Exactly at the bound the better class, a hair below it the next one."""
    at, below = (
        pm.classify(pd.Series({metric: value, scheme_rows(scheme)[-1]["metric"]: value}), scheme)
        for value in (bound, bound - 1e-9)
    )
    if metric in ("met", "near_limit"):
        assert class_rank(scheme, at) == 1
    else:
        assert at == next(
            row["code"] for row in scheme_rows(scheme) if (row["metric"], row["lower"]) == (metric, bound)
        )
        assert class_rank(scheme, below) < class_rank(scheme, at)


@pytest.mark.parametrize("share, code", [(0.95, "significant"), (0.6, "moderate"), (0.0, "insufficient")])
@pytest.mark.parametrize("needed", [0.005, 0.0672, 0.25])
def test_growth_of_exactly_95_per_cent_of_what_is_needed_is_on_track(
    share: float, code: str, needed: float
) -> None:
    """The ratio is computed from levels: rounding must not cost a class."""
    base = 288.9
    found = pm.progress(base, base * (1 + share * needed) ** 3, base * (1 + needed) ** 5, 2020, 2023, 2025)
    assert pm.classify(found, "eurostat") == code


def test_an_unknown_scheme_is_named_with_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'eurostat'"):
        pm.classify(pm.progress(*VALUE_ADDED), "eurostats")


def test_the_six_schemes_are_there_each_with_words_a_basis_and_a_source() -> None:
    table = scheme_table()
    assert tuple(dict.fromkeys(table["scheme"])) == SCHEMES
    assert not table["source"].eq("").any()
    classes = zip(table["scheme"], table["code"], strict=True)
    assert [pair for pair in classes if class_name(*pair, "en") == class_name(*pair, "zh")] == []
    # No cut-offs of the Chinese words were published: they must say that they are ours.
    assert set(table.loc[table["scheme"] == "cn_schedule", "basis"]) == {"assumption"}
    assert "own assumption" in table.loc[table["scheme"] == "cn_schedule", "source"].iloc[0]
    words = [class_name("cn_schedule", code) for code in ("early", "ahead", "on_schedule", "behind")]
    assert words == ["提前实现", "快于预期", "基本符合预期", "滞后"]
    assert [row["symbol"] for row in scheme_rows("sdsn")] == ["↑", "↑", "➚", "→", "↓", "↓"]
    for scheme in SCHEMES:
        rows = scheme_rows(scheme)
        assert rows[0]["metric"] == "met"
        assert rows[-1]["lower"] == -math.inf
        assert on_track(scheme, rows[0]["code"])
        assert not on_track(scheme, rows[-1]["code"])


@pytest.mark.parametrize(
    "ratio, score", [(-2, -5), (-0.6, -5), (0, -2.5), (0.6, 0), (0.95, 2.5), (1.3, 5), (3, 5)]
)
def test_statistics_canadas_score_is_piecewise_linear(ratio: float, score: float) -> None:
    assert statcan_score({"met": 0, "cagr_ratio": ratio}) == pytest.approx(score)


# --- published numbers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "done, promised, published, tolerance",
    [
        (0.2007, 0.20, 100.39, 0.03),  # Tianjin, 11th plan, four years: both figures as published
        (0.1386, 0.17, 80.0, 0.5),  # Shanghai, 13th plan, three years; the 17 % as commonly cited
        (0.0694, 0.17, 38.58, 0.05),  # Beijing 2011; the 17 % as commonly cited
        (0.053, 0.18, 27.56, 0.3),  # Shanghai 2011: one decimal; the 18 % as commonly cited
    ],
)
def test_published_progress_of_reductions_is_logarithmic(
    done: float, promised: float, published: float, tolerance: float
) -> None:
    assert abs(100 * reduction_progress(done, promised) - published) <= tolerance
    assert pm.progress(1, 1 - done, 1 - promised, 2010, 2013, 2015)["log"] == pytest.approx(
        reduction_progress(done, promised)
    )


@pytest.mark.parametrize(
    "base, value, target, behind",
    [
        (100, 100 - 5.54, 100 - 16, True),  # energy per GDP
        (100, 100 - 6.6, 100 - 17, True),  # CO2 per GDP: 0.97 of the schedule
        (8.6, 9.4, 11.4, True),  # share of non-fossil energy, %
        (100, 100 + 2.82, 100 - 10, True),  # nitrogen oxides
        (100, 100 - 5.03, 100 - 8, False),  # chemical oxygen demand
        (100, 100 - 6.62, 100 - 8, False),  # sulphur dioxide
        (100, 100 - 4.1, 100 - 10, False),  # ammonia nitrogen: 1.03 of the schedule
    ],
)
def test_our_cut_off_of_behind_agrees_with_the_report_of_2013(
    base: float, value: float, target: float, behind: bool
) -> None:
    """Mid-term report on China's 12th plan, 25 December 2013, on 2010 to 2012: four of 24 indicators are behind.

    The four with their figures: Xinhua, 26 December 2013 (National People's Congress, "China slow at realizing
    environmental targets for 2015"). The others from the same report: People's Daily, 26 December 2013; what they
    were to fall by: China Securities Journal, 4 June 2012.
    """
    found = pm.progress(base, value, target, 2010, 2012, 2015)
    assert (pm.classify(found, "cn_schedule") == "behind") == behind


def test_tianjins_figure_is_not_the_linear_one() -> None:
    """20.07 % of 20 %: linear is at most 100.375 even for the largest figure that rounds to 20.07."""
    assert (
        100 * (overfulfilment(0.20075, 0.2) + 1)
        <= 100.38
        < 100.39
        <= 100 * reduction_progress(0.2007, 0.2) + 0.005
    )


@pytest.mark.parametrize(
    "done, published",
    [(0.2659, 32.95), (0.2167, 8.35), (0.21, 5.0)],
    ids=["Beijing", "Hubei", "Tianjin"],
)
def test_published_overfulfilment_is_linear(done: float, published: float) -> None:
    """NDRC and NBS, notice 9 of 2011, on the 11th plan's 20 %."""
    assert 100 * overfulfilment(done, 0.2) == pytest.approx(published, abs=0.005)


@pytest.mark.parametrize(
    "met, targets, published",
    [
        (23, 24, 95.8),
        (27, 28, 96.4),
        (24, 28, 85.7),
        (3, 28, 10.7),
        (1, 28, 3.6),
        (25, 28, 89.3),
        (20, 23, 86.96),
    ],
)
def test_published_completion_rates(met: int, targets: int, published: float) -> None:
    """Hu Angang's counts of the 12th plan, and Sichuan's mid-term review of 2014 (the last)."""
    digits = 2 if published == 86.96 else 1
    assert round(100 * completion_rate(met, targets), digits) == published


@pytest.mark.parametrize("met, rate", [(0, 0.0), (28, 1.0)])
def test_none_met_and_all_met_are_rates_too(met: int, rate: float) -> None:
    assert completion_rate(met, 28) == rate


def test_the_additive_trap() -> None:
    """11th plan: of 20 %, 15.61 % done after four years leaves 5.20 %, not 4.39 points."""
    assert round(100 * remaining_reduction(0.1561, 0.20), 2) == 5.20
    assert 100 * (1 - (1 - 0.1561) * (1 - remaining_reduction(0.1561, 0.2))) == pytest.approx(20)


@pytest.mark.parametrize("promised", [0.0, 1.0, -0.2, 20, math.nan])
def test_a_promised_reduction_is_a_share(promised: float) -> None:
    for function in (reduction_progress, overfulfilment, remaining_reduction):
        with pytest.raises(InputError, match="promised"):
            function(0.1, promised)
    with pytest.raises(InputError, match="promised"):
        annual_reduction(promised, 5)
    with pytest.raises(InputError, match="done"):
        reduction_progress(1.0, 0.2)


@pytest.mark.parametrize("met, targets", [(-1, 5), (6, 5), (0, 0)])
def test_a_completion_rate_counts_targets(met: int, targets: int) -> None:
    with pytest.raises(InputError, match="completion_rate"):
        completion_rate(met, targets)


# --- the scoreboard ------------------------------------------------------------------------------------------


@pytest.fixture
def small(make_plan, tmp_path) -> pm.Outlook:
    """A town whose value added was observed, with a target lacking a base and one never observed."""
    plan = make_plan(
        tmp_path,
        targets=[
            {},
            {"indicator": "premium", "base": ""},
            {"indicator": "assets", "base": 50, "target": 40, "direction": "at_most"},
        ],
        equations=[
            *equations("value_added.town", drift=(3.0, 1.0), innovation=2.0),
            *equations("assets.town", drift=(-3.0, 1.0), innovation=4.0),
        ],
        observations=[
            {"variable": "value_added", "year": 2021, "value": 103},
            {"variable": "value_added", "year": 2022, "value": 110, "bound": "about", "sd": 0.5},
            {"variable": "value_added", "year": 2024, "value": 400},
        ],
    )
    return pm.build_model(plan, as_of=2023).run()


def test_the_latest_comparable_observation_is_judged(small: pm.Outlook) -> None:
    board = pm.scoreboard(small).set_index("target")
    row = board.loc["value_added.town"]
    assert (row["basis"], row["year"]) == ("observed", 2022)
    assert row["value"] == pytest.approx(110)
    expected = pm.progress(100, 110, 120, 2020, 2022, 2025)
    for measure in ("linear", "log", "cagr_ratio", "schedule_ratio", "projected", "required"):
        assert row[measure] == pytest.approx(expected[measure])
    assert [row[s] for s in SCHEMES] == [pm.classify(expected, s) for s in SCHEMES]
    assert set(board.loc["assets.town", list(SCHEMES)]) == {NO_OBSERVATION}
    assert set(board.loc["premium.town", list(SCHEMES)]) == {NO_BASE}
    assert board["year"].isna().sum() == 2
    assert list(pm.scoreboard(small).index) == [0, 1, 2]


def test_where_nothing_was_observed_the_median_can_be_judged_and_says_so(small: pm.Outlook) -> None:
    board = pm.scoreboard(small, values="median").set_index("target")
    assert list(board["basis"]) == ["observed", "none", "median"]
    median = small.quantiles([0.5]).set_index(["target", "year"])["value"][("assets.town", 2023)]
    assert board.loc["assets.town", "value"] == pytest.approx(median)
    with pytest.raises(InputError, match="Did you mean 'median'"):
        pm.scoreboard(small, values="medians")


def many_targets() -> list[dict[str, object]]:
    """Targets above, below and equal to the base, in both directions; every fifth equal."""
    random = np.random.default_rng(5)
    rows = []
    for n in range(40):
        target = 100.0 if n % 5 == 0 else round(float(random.uniform(70, 150)), 1)
        rows.append({"indicator": f"i{n}", "target": target, "direction": ("at_least", "at_most")[n % 2]})
    return rows


def test_scoreboard_and_class_odds_agree_with_classify_for_any_target(make_plan, tmp_path) -> None:
    """Observed, one class has probability 1, and it is the one that `classify` and the scoreboard give."""
    targets, random = many_targets(), np.random.default_rng(6)
    values = {f"i{n}": round(float(random.uniform(80, 130)), 2) for n in range(40)}
    plan = make_plan(
        tmp_path,
        targets=targets,
        equations=[
            row for t in targets for row in equations(f"{t['indicator']}.town", drift=1.0, innovation=2.0)
        ],
        observations=[{"variable": name, "year": 2022, "value": value} for name, value in values.items()],
    )
    out = pm.build_model(plan, as_of=2022).run()
    board = pm.scoreboard(out).set_index("target")
    odds = pm.class_odds(out, 2022)
    assert len(odds.groupby(["target", "scheme"])) == 40 * 6
    certain = odds[odds["probability"] > 0.5].set_index(["target", "scheme"])
    assert certain["probability"].to_numpy() == pytest.approx(1)
    for row in targets:
        name = f"{row['indicator']}.town"
        found = pm.progress(
            100, values[str(row["indicator"])], row["target"], 2020, 2022, 2025, row["direction"]
        )
        for scheme in SCHEMES:
            code = pm.classify(found, scheme)
            assert board.at[name, scheme] == code
            assert certain.at[(name, scheme), "code"] == code


def test_the_odds_of_keeping_a_level_are_those_of_its_best_class(make_plan, tmp_path) -> None:
    """Nothing observed: kept or lost are all there is, and the odds are those of growing or not."""
    plan = make_plan(
        tmp_path,
        targets=[{"target": 100}],
        equations=equations("value_added.town", drift=1.0, innovation=2.0),
    )
    out = pm.build_model(plan, as_of=2020).run()
    odds = pm.class_odds(out, 2021)
    kept = odds.groupby("scheme")["probability"].first()
    assert len(kept) == 6
    assert kept.to_numpy() == pytest.approx(0.6915, abs=1e-4)  # the normal's at 0.5
    assert odds.groupby("scheme")["probability"].sum().to_numpy() == pytest.approx(1)
    assert odds.groupby("scheme")["probability"].last().to_numpy() == pytest.approx(1 - kept.to_numpy())


def test_a_figure_added_to_an_outlook_is_judged_too(small: pm.Outlook) -> None:
    more = small.model.observations.iloc[[0]].assign(variable="assets", year=2023, value=44.0)
    assert observed_levels(small.given(more))["assets.town"] == {2023: pytest.approx(44)}


def test_no_target_of_the_shipped_plan_has_a_comparable_observation_in_2023(models) -> None:
    """Only GDP has: 3.5 trillion of assets and the balances with foreign currency are no evidence."""
    out = models[2023].run()
    assert set(pm.scoreboard(out)[list(SCHEMES)].to_numpy().ravel()) == {NO_OBSERVATION}
    assert set(observed_levels(out)["gdp.district"]) == {2021, 2022, 2023}


def test_the_odds_of_the_classes_sum_to_one_and_agree_with_draws(models) -> None:
    out = models[2023].run()
    odds = pm.class_odds(out)
    assert odds.groupby(["target", "scheme"])["probability"].sum().to_numpy() == pytest.approx(1)
    assert (odds["probability"] >= 0).all()
    draws = out.draw(4000, seed=3)
    targets = out.plan.targets.set_index("name")
    for name in ("value_added.district", "institutions.core"):
        target = targets.loc[name]
        values = draws[(target["indicator"], target["area"], 2023)].to_numpy()
        for scheme in ("statcan", "unsd", "cn_schedule"):
            codes = [
                pm.classify(pm.progress(target["base"], value, target["threshold"], 2020, 2023, 2025), scheme)
                for value in values[:1500]
            ]
            rows = odds[(odds["target"] == name) & (odds["scheme"] == scheme)].set_index("code")[
                "probability"
            ]
            shares = pd.Series(codes).value_counts(normalize=True).reindex(rows.index, fill_value=0.0)
            assert np.abs(shares - rows).max() < 4 * math.sqrt(0.25 / 1500)


def test_a_class_begins_at_the_value_that_its_measure_says(small: pm.Outlook) -> None:
    """Falling targets too: just on the good side of `from_value` the class, just off it the next."""
    odds = pm.class_odds(small, 2023)
    targets = small.plan.targets.set_index("name")
    checked = 0
    for row in odds.to_dict("records"):
        target = targets.loc[row["target"]]
        sign = 1 if target["direction"] == "at_least" else -1
        if not (math.isfinite(row["from_value"]) and row["from_value"] > 0):
            continue
        for step, inside in ((1e-9, True), (-1e-6, False)):
            value = row["from_value"] * (1 + sign * step)
            found = pm.progress(target["base"], value, target["threshold"], 2020, 2023, 2025)
            assert (pm.classify(found, row["scheme"]) == row["code"]) == inside
            checked += 1
    assert checked == 2 * 2 * (4 + 4 + 2 + 2 + 3 + 3)


def test_an_observed_value_has_one_certain_class(small: pm.Outlook) -> None:
    exact = small.model.observations.iloc[[0]].assign(year=2023, value=112.0, bound="exact")
    odds = pm.class_odds(small.given(exact), 2023)
    certain = odds[(odds["target"] == "value_added.town") & (odds["probability"] > 0.5)]
    assert certain["probability"].to_numpy() == pytest.approx(1)
    expected = pm.progress(100, 112, 120, 2020, 2023, 2025)
    assert list(certain["code"]) == [pm.classify(expected, s) for s in SCHEMES]


def test_class_odds_are_about_a_year_of_the_plan(small: pm.Outlook) -> None:
    with pytest.raises(InputError, match="a year from 2021 to 2025"):
        pm.class_odds(small, 2020)
    assert set(pm.class_odds(small)["year"]) == {2023}


@pytest.mark.parametrize("lang, mark", [("zh", "可能："), ("en", "likely: ")])
def test_a_class_without_a_figure_is_called_likely(small: pm.Outlook, lang: str, mark: str) -> None:
    """Observed in 2022, value added has verdicts; the assets, never observed, only a likely class."""
    board = pm.scoreboard(small, "median").set_index("target", drop=False)
    shown = shown_board(board, lang)
    assert not shown.loc["value_added.town", list(SCHEMES)].str.startswith(mark).any()
    assert shown.loc["assets.town", list(SCHEMES)].str.startswith(mark).all()
    assert not shown.loc["premium.town", list(SCHEMES)].str.startswith(mark).any()
    assert likely_words(board, lang)
    assert likely_words(pm.scoreboard(small), lang) == []


@pytest.mark.parametrize("lang, mark", [("zh", "可能："), ("en", "likely: ")])
def test_the_board_of_a_year_without_figures_calls_every_class_likely(models, lang: str, mark: str) -> None:
    out = models[2023].run()
    cells = median_classes(pm.class_odds(out))
    assert set(cells["basis"]) == {"outlook"}
    for frame in (cells, scheme_cells(pm.scoreboard(out, "median"))):
        chart = scheme_board(frame, out.plan, lang, 2023).to_dict()
        words = [row["word"] for rows in chart["datasets"].values() for row in rows]
        assert len(words) == 13 * 6
        assert all(word.startswith(mark) for word in words)


def test_an_observed_class_on_the_board_is_a_verdict(small: pm.Outlook) -> None:
    cells = median_classes(pm.class_odds(small, 2022)).set_index("target")
    assert set(cells.loc["value_added.town", "basis"]) == {"observed"}
    assert set(cells.loc["assets.town", "basis"]) == {"outlook"}


@pytest.mark.parametrize(
    "lang, words", [("zh", "按2023年的预测分布"), ("en", "By the outlook's distribution of 2023")]
)
def test_what_schemes_would_say_names_the_outlook_and_the_year_in_each_sentence(models, lang, words) -> None:
    *judged, measures = scheme_words(models[2023].run(), lang)
    assert len(judged) == 3
    assert all(words in sentence for sentence in judged)
    ahead, behind = (
        next(row["lower"] for row in scheme_rows("cn_schedule") if row["code"] == code)
        for code in ("ahead", "on_schedule")
    )
    assert {"zh": f"{ahead:g}倍", "en": f"from {ahead:g} times"}[lang] in measures
    assert {"zh": f"低于{behind:g}倍", "en": f"below {behind:g}"}[lang] in measures


def test_the_class_of_the_median_is_that_of_the_scoreboard(models) -> None:
    out = models[2023].run()
    middle = median_classes(pm.class_odds(out)).set_index(["target", "scheme"])["code"].sort_index()
    board = scheme_cells(pm.scoreboard(out, values="median")).set_index(["target", "scheme"])["code"]
    assert middle.to_dict() == board.to_dict()


# --- words and charts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_answer_names_what_was_not_used_and_what_to_revise(models, lang: str) -> None:
    out = models[2023].run()
    text = "\n".join(track_words(out, pm.revisions(out), lang))
    for figure in ("35,000", "19,400", "1,744", "8.1%"):
        assert figure in text
    assert {"zh": "本外币", "en": "foreign currency"}[lang] in text
    assert {"zh": "法定程序", "en": "laid down by law"}[lang] in text
    assert not re.search(r"\bnan\b", text)
    assert "{" not in text


def test_a_small_plans_answer_lists_its_observed_target(small: pm.Outlook) -> None:
    first = track_words(small, pm.revisions(small), "en")[0]
    assert first == "As of 2023, 1 of 3 targets has a comparable observation: Indicator (Town)."
    shown = shown_board(pm.scoreboard(small))["eurostat"]
    assert list(shown) == ["显著进展", "无基期值", "无可比观测值"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_cells_of_the_board_are_broken_so_that_they_fit_a_page(models, lang: str) -> None:
    out = models[2023].run()
    chart = scheme_board(median_classes(pm.class_odds(out)), out.plan, lang, 2023).to_dict()
    rows = [row for rows in chart["datasets"].values() for row in rows]
    assert all(" ".join(row["lines"]) == row["word"] for row in rows)
    assert max(row["height"] for row in rows) == {"zh": 1, "en": 2}[lang]
    assert chart["width"] < 1100


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_charts_write_the_words_and_the_numbers(models, lang: str) -> None:
    out = models[2023].run()
    revised = pm.revisions(out)
    cells = median_classes(pm.class_odds(out))
    boards = str(scheme_board(cells, out.plan, lang, 2023).to_dict())
    assert class_name("cn_schedule", "behind", lang) in boards
    undefined = scheme_cells(pm.scoreboard(out)).assign(code="undefined")
    assert {"zh": "无定义", "en": "undefined"}[lang] in str(scheme_board(undefined, out.plan, lang).to_dict())
    empty = str(scheme_board(scheme_cells(pm.scoreboard(out)), out.plan, lang).to_dict())
    assert {"zh": "无可比观测值", "en": "no comparable observation"}[lang] in empty
    chart = milestone_chart(out, pm.milestones(out, "growth"), "value_added.district", lang).to_dict()
    assert "308.3" in str(chart)
    assert "11.0" in str(required_chart(revised, out.plan, "value_added_share.district", lang).to_dict())
    assert {"zh": "考虑下调", "en": "consider cutting"}[lang] in str(
        flag_board(revised, out.plan, lang).to_dict()
    )


def test_a_progress_can_be_pickled_and_written() -> None:
    found = pm.progress(*VALUE_ADDED)
    assert pickle.loads(pickle.dumps(found)).equals(found)
    assert found.dtype == float

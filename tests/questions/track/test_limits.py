"""Where one judgement ends and the next begins: the revision rule, the classes' cuts, the shapes' tables."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import equations
from frozen import thawed

import planmodel as pm
from planmodel.questions import track
from planmodel.questions.track.metrics import NEAR_LIMIT
from planmodel.questions.track.revision import BEHIND, NEAR_CERTAIN, UNLIKELY, _reasons
from planmodel.questions.track.schedule import milestone_levels, shape_weights
from planmodel.questions.track.schemes import class_bound, class_rank, on_track, scheme_rows
from planmodel.questions.track.scoreboards import _class_cuts, _value_at

YEARS = list(range(2021, 2026))
FLOOR = {
    "name": "a.town",
    "indicator": "a",
    "area": "town",
    "unit": "亿元",
    "base": 100.0,
    "threshold": 120.0,
    "base_year": 2020,
    "target_year": 2025,
    "direction": "at_least",
}


def reasons(odds: float = 0.5, required: float = 3.0, limit: float = math.nan, **found: Any) -> list[str]:
    """Return the rule's reasons; `ratios` are the schedule's of two years, `lost` whether levels were lost."""
    ratios, lost = found.get("ratios", (1.0, 1.0)), found.get("lost", 0.0)
    two = [None if r is None else pd.Series({"schedule_ratio": r, "level_lost": lost}) for r in ratios]
    return _reasons(FLOOR | found.get("target", {}), required, limit, odds, two)


def test_the_limits_themselves_are_no_reason() -> None:
    assert (UNLIKELY, NEAR_CERTAIN, BEHIND) == (0.2, 0.95, 0.8)
    assert reasons(odds=0.2) == []
    assert reasons(odds=0.1999) == ["probability"]
    assert reasons(required=3.0, limit=3.0) == []
    assert reasons(required=3.01, limit=3.0) == ["growth"]
    assert reasons(required=3.01, limit=3.0, target={"direction": "at_most"}) == []
    assert reasons(ratios=(0.8, 0.8)) == []
    assert reasons(ratios=(0.79, 0.79)) == ["schedule"]


def test_one_year_behind_is_no_reason_and_a_year_without_a_figure_breaks_the_run() -> None:
    for ratios in ((0.5, 1.0), (1.0, 0.5), (None, 0.5), (0.5, None), (None, None)):
        assert reasons(ratios=ratios) == []
    assert reasons(ratios=(math.nan, math.nan), lost=1.0) == ["schedule"]


def test_reasons_stand_in_one_order() -> None:
    assert reasons(odds=0.1, required=9.0, limit=5.0, ratios=(0.1, 0.1)) == [
        "growth",
        "probability",
        "schedule",
    ]


def test_a_stretch_begins_above_its_limit(make_plan, tmp_path: Path) -> None:
    """Above 95 % a target may be stretched, and just below it is kept."""
    for z, flag in ((1.70, "stretch"), (1.60, "keep")):
        target = 100 * math.exp(0.15 - z * 0.02 * math.sqrt(5))
        plan = make_plan(
            tmp_path / flag,
            targets=[{"target": target}],
            equations=equations("value_added.town", drift=3.0, innovation=2.0),
        )
        table = pm.revisions(pm.build_model(plan).run())
        assert table["flag"].to_list() == [flag]
        assert table["reasons"].to_list() == [""]


@pytest.mark.parametrize("direction, threshold", [("at_least", 120.0), ("at_most", 80.0)])
def test_a_class_of_each_scheme_begins_where_classify_says(direction: str, threshold: float) -> None:
    """At each finite cut the value has that class, and a hair to the worse side it has not."""
    target = FLOOR | {"direction": direction, "threshold": threshold}
    cuts = _class_cuts(target, 2022)
    assert [cut[3] for cut in cuts] == [
        s for s, n in pd.Series([c[3] for c in cuts]).value_counts(sort=False).items() for _ in range(n)
    ]
    for *_, scheme, code, sign, value in cuts:
        if not (math.isfinite(value) and value > 0):
            continue
        at, off = (
            pm.classify(pm.progress(100, v, threshold, 2020, 2022, 2025, direction), scheme)
            for v in (value * (1 + sign * 1e-10), value * (1 - sign * 1e-6))
        )
        assert at == code
        assert class_rank(scheme, off) < class_rank(scheme, code)


def test_a_target_of_nothing_has_the_schemes_that_need_no_logs() -> None:
    cuts = _class_cuts(FLOOR | {"threshold": 0.0, "direction": "at_most"}, 2022)
    assert {cut[3] for cut in cuts} == {"escap", "sdsn", "cn_schedule"}


@pytest.mark.parametrize(
    "unit, threshold, direction, expected",
    [
        ("%", 100.0, "at_least", 100 - NEAR_LIMIT),
        ("%", 0.0, "at_most", NEAR_LIMIT),
        ("%", 99.0, "at_least", math.inf),
        ("亿元", 100.0, "at_least", math.inf),
        ("亿元", 0.0, "at_most", -math.inf),
    ],
)
def test_near_its_limit_is_within_a_point_of_a_share_of_0_or_100(
    unit: str, threshold: float, direction: str, expected: float
) -> None:
    target = FLOOR | {"unit": unit, "threshold": threshold, "direction": direction, "base": 50.0}
    sign = 1 if direction == "at_least" else -1
    assert _value_at("near_limit", 1.0, target, 2022, sign) == expected


@pytest.mark.parametrize(
    "base, value, unit, near", [(2, 0.9, "%", 1), (2, 1.1, "%", 0), (2, 1.0, "%", 1), (2, 0.9, "", 0)]
)
def test_a_share_near_nothing_is_near_its_limit(base: float, value: float, unit: str, near: int) -> None:
    assert pm.progress(base, value, 0, 2020, 2022, 2025, unit=unit)["near_limit"] == near


@pytest.mark.parametrize("year", [2021, 2023, 2025])
def test_class_odds_are_judged_in_the_year_that_is_asked(models: dict[int, pm.Model], year: int) -> None:
    """The odds of being met, or not, are those of a value beyond the target in that year."""
    out = models[2020].run()
    odds = pm.class_odds(out, year)
    assert set(odds["year"]) == {year}
    met = odds[(odds["scheme"] == "sdsn") & (odds["code"] == "on_track")].set_index("target")
    name = "premium.district"
    assert met.at[name, "from_value"] == pytest.approx(98.13 + (135 - 98.13) * (year - 2020) / 5)
    above = out.probability_above([out.quantity(name)], [year], np.log([met.at[name, "from_value"]]))
    assert met.at[name, "probability"] == pytest.approx(above.item(), abs=1e-12)


def test_before_anything_is_known_the_first_year_is_judged(models: dict[int, pm.Model]) -> None:
    assert set(pm.class_odds(models[2020].run())["year"]) == {2021}
    assert set(pm.class_odds(models[2023].run())["year"]) == {2023}


def test_a_board_has_its_columns_whether_or_not_anything_was_observed(models: dict[int, pm.Model]) -> None:
    """Its nothings are missing figures."""
    observed, median = pm.scoreboard(models[2023].run()), pm.scoreboard(models[2023].run(), "median")
    assert list(observed.columns) == list(median.columns)
    assert list(observed.columns[:8]) == [
        "target",
        "indicator",
        "area",
        "basis",
        "year",
        "value",
        "base",
        "target_value",
    ]
    assert observed["linear"].isna().all()
    assert median["linear"].notna().all()
    assert str(observed["year"].dtype) == str(median["year"].dtype) == "Int64"
    assert set(pm.scoreboard(models[2020].run(), "median")["basis"]) == {"none"}


def test_places_among_classes_run_from_one_to_nought() -> None:
    for scheme in ("eurostat", "cn_schedule"):
        codes = list(dict.fromkeys(row["code"] for row in scheme_rows(scheme)))
        ranks = [class_rank(scheme, code) for code in codes]
        assert ranks == pytest.approx(np.linspace(1, 0, len(codes)))
        assert [on_track(scheme, code) for code in codes] == sorted(
            (on_track(scheme, c) for c in codes), reverse=True
        )
    assert math.isnan(class_rank("eurostat", "ahead"))
    assert not on_track("eurostat", "ahead")
    assert class_bound("cn_schedule", "ahead") == 1.1


@pytest.mark.parametrize(
    "weights, refused",
    [
        ([0.2, 0.6000000001, 0.6, 0.8], False),
        ([0.2, 0.6001, 0.6, 0.8], True),
        ([0.2, 0.4, 0.6, 0.8, 1 + 1e-10], False),
        ([0.2, 0.4, 0.6, 0.8, 1 + 1e-7], True),
        ([0.0, 0.0, 0.0, 0.0], False),
        ([0.2, 0.4, 0.6, 0.8, 1.0, 1.0], True),
    ],
)
def test_a_table_may_stand_still_and_err_by_rounding(weights: list[float], refused: bool) -> None:
    if refused:
        with pytest.raises(pm.InputError, match="milestones, shape"):
            shape_weights(weights, YEARS, 2020)
    else:
        assert shape_weights(weights, YEARS, 2020)[:4].tolist() == weights[:4]


def test_weights_by_year_are_those_of_the_year_whatever_their_order() -> None:
    found = shape_weights({2024: 0.9, 2022: 0.3, 2021: 0.1, 2023: 0.5}, YEARS, 2020)
    assert found.tolist() == [0.1, 0.3, 0.5, 0.9, 1.0]
    assert (
        shape_weights({2021: 0.1, 2022: 0.3, 2023: 0.5, 2024: 0.9, 2025: 1.0}, YEARS, 2020).tolist()
        == found.tolist()
    )


@pytest.mark.parametrize("size", [0.0, -1.0, math.inf, math.nan])
@pytest.mark.parametrize("shape", ["power", "logistic"])
def test_a_parameter_is_a_number_above_nought(shape: str, size: float) -> None:
    with pytest.raises(pm.InputError, match="a number above 0"):
        shape_weights(shape, YEARS, 2020, parameter=size)
    assert shape_weights("linear", YEARS, 2020, parameter=size).tolist() == pytest.approx(
        [0.2, 0.4, 0.6, 0.8, 1]
    )


def test_shapes_follow_their_formulas() -> None:
    time = np.arange(1, 6) / 5
    assert shape_weights("power", YEARS, 2020, parameter=2.0) == pytest.approx(time**2)
    assert shape_weights("growth", YEARS, 2020, 1.5) == pytest.approx((1.5**time - 1) / 0.5)
    one = 1 / (1 + np.exp(-4.0 * (np.array([0, *time]) - 0.5)))
    assert shape_weights("logistic", YEARS, 2020, parameter=4.0) == pytest.approx(
        (one[1:] - one[0]) / (one[-1] - one[0])
    )
    assert milestone_levels(100, 200, YEARS, 2020, "power", scale="log") == pytest.approx(100 * 2**time**1.5)


def test_a_level_to_be_kept_has_no_share_of_the_way(
    make_plan: Callable[..., pm.Plan], tmp_path: Path
) -> None:
    table = pm.milestones(make_plan(tmp_path, targets=[{"target": 100}]))
    assert table["share"].isna().all()
    assert table["level"].to_list() == [100] * 5


@pytest.mark.parametrize("year", [2020.5, "2022", math.nan])
def test_a_year_is_a_whole_number(year: Any) -> None:
    for place in range(3):
        years: list[Any] = [2020, 2022, 2025]
        years[place] = year
        with pytest.raises(pm.InputError, match="a year"):
            pm.progress(100, 110, 120, *years)


def test_what_was_done_may_not_be_everything() -> None:
    from planmodel.questions.track.metrics import overfulfilment, reduction_progress, remaining_reduction

    assert remaining_reduction(0.0, 0.2) == pytest.approx(0.2)
    assert remaining_reduction(-0.1, 0.2) == pytest.approx(1 - 0.8 / 1.1)
    assert overfulfilment(0.1, 0.2) == pytest.approx(-0.5)
    for function in (reduction_progress, overfulfilment, remaining_reduction):
        for done in (1.0, 1.5, math.nan):
            with pytest.raises(pm.InputError, match="a share below 1"):
                function(done, 0.2)


def test_what_the_track_returns_is_frozen() -> None:
    assert thawed(track) == []


def test_a_progress_carries_what_it_was_made_from() -> None:
    found = pm.progress(100, 110, 120, 2020, 2022, 2025)
    inputs = ("base", "value", "target", "base_year", "year", "target_year")
    assert [found[name] for name in inputs] == [100, 110, 120, 2020, 2022, 2025]


@pytest.mark.parametrize("year", [2021, 2023, 2024])
def test_what_is_required_leads_to_the_target_in_the_years_left(year: int) -> None:
    found = pm.progress(100, 110, 120, 2020, year, 2025)
    assert 110 * (1 + found["required"] / 100) ** (2025 - year) == pytest.approx(120)
    assert 110 + found["required_increment"] * (2025 - year) == pytest.approx(120)
    assert found["anticipated_gap"] == pytest.approx(100 * (1 - 0.5 / ((year - 2020) / 5)))


@pytest.mark.parametrize(
    "base, value, target, gone", [(100, 0, 120, True), (100, -1, 120, True), (100, 1, 120, False)]
)
def test_growth_needs_a_value_above_nought(base: float, value: float, target: float, gone: bool) -> None:
    found = pm.progress(base, value, target, 2020, 2022, 2025)
    assert found[["required", "growth", "log"]].isna().all() == gone
    assert not math.isnan(found["linear"])


def test_milestones_without_a_base_have_their_columns_and_no_odds(
    make_plan: Callable[..., pm.Plan], tmp_path: Path
) -> None:
    """Of a plan whose only figure is a driver's."""
    rows = equations("trade", drift=4.0, innovation=3.0)
    plan = make_plan(
        tmp_path, targets=[{"base": ""}], equations=rows, drivers={"trade": {"zh": "贸易", "en": "Trade"}}
    )
    table = pm.milestones(pm.build_model(plan).run())
    assert list(table.columns) == list(pm.milestones(plan).columns)
    assert table[["level", "median", "probability"]].isna().all(axis=None)

"""The audit: each kind of line from a small plan whose arithmetic one does by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from conftest import csv_text, write_plan

import planmodel as pm
from planmodel.plan.audit import audit
from planmodel.plan.plan import FACT_COLUMNS
from planmodel.show.words.plan import audit_findings

Rows = Sequence[Mapping[str, Any]]
FACT = {
    "fact": "said",
    "indicator": "value_added",
    "area": "town",
    "year": 2020,
    "form": "level",
    "value": 100,
    "unit": "亿元",
    "step": 1,
    "bound": "exact",
    "name_zh": "说法",
    "name_en": "Saying",
    "locator": "part 1",
}
SHARE = {"indicator": "share", "kind": "ratio", "unit": "%", "base": 20, "base_step": 0.1, "target": 25}
OVER = {"share": {"numerator": "value_added", "denominator": "gdp", "denominator_area": "town"}}
PART = {"area": "centre", "part_of": "town", "base": 60, "target": 80}
UNSTATED = {"base": "", "base_step": ""}


def lines(
    folder: Path,
    targets: Rows = ({},),
    facts: Rows = (),
    more: Mapping[str, Any] | None = None,
    **tables: Any,
) -> pd.DataFrame:
    """Write a small plan with facts, and more on its page, and return the lines of its audit."""
    write_plan(folder, targets, **tables)
    rows = [FACT | {"fact": f"said_{n}"} | fact for n, fact in enumerate(facts)]
    (folder / "facts.csv").write_text(csv_text(list(FACT_COLUMNS), rows), encoding="utf-8")
    if more:
        page = yaml.safe_load((folder / "plan.yaml").read_text(encoding="utf-8")) | more
        (folder / "plan.yaml").write_text(yaml.safe_dump(page, allow_unicode=True), encoding="utf-8")
    return told(pm.load_plan(folder))


def told(plan: pm.Plan) -> pd.DataFrame:
    """Return a plan's audit, with each row's sentences."""
    found = audit(plan)
    return found.assign(words_zh=audit_findings(found, "zh"), words_en=audit_findings(found, "en"))


def line(found: pd.DataFrame, check: str) -> pd.Series:
    """Return the one line of a check."""
    (row,) = [row for _, row in found.iterrows() if row["check"] == check]
    return row


def bounds(row: pd.Series) -> list[float]:
    return [float(row[column]) for column in ("implied", "low", "high")]


def test_a_plan_that_says_nothing_twice_has_no_line(tmp_path: Path) -> None:
    assert len(lines(tmp_path)) == 0


@pytest.mark.parametrize(
    "value, verdict", [(60, "consistent"), (61, "consistent"), (62, "contradiction"), (58, "contradiction")]
)
def test_a_stated_share_is_held_against_the_levels(tmp_path: Path, value: float, verdict: str) -> None:
    """60 ± 0.5 of 100 ± 0.5 is 59.2 to 60.8 %; the text is printed to 1 %."""
    rows = [{"base_step": 1}, PART | {"base_step": 1}]
    fact = {"form": "share", "area": "centre", "of": "value_added.town", "value": value, "unit": "%"}
    found = line(lines(tmp_path, rows, [fact]), "share")
    assert bounds(found) == pytest.approx([60, 100 * 59.5 / 100.5, 100 * 60.5 / 99.5])
    assert (found["subject"], found["stated"], found["verdict"]) == ("said_0", value, verdict)
    assert found["words_en"] == f"Saying: {value}% in the text, 60.0% from the levels"
    assert found["words_zh"] == f"说法：文中{value}%，按总量推算为60.0%"


def test_a_share_that_fits_another_whole_says_so(tmp_path: Path) -> None:
    """80 % is not the share of assets, but of value added it is: 60 of 75."""
    rows = [{"indicator": "assets", "base": 200}, {"indicator": "output", "base": 75}, {"indicator": "value_added", "base": 60, "target": 80}]  # fmt: skip
    fact = {"form": "share", "of": "assets.town", "value": 80, "unit": "%"}
    found = line(lines(tmp_path, rows, [fact]), "share")
    assert (found["verdict"], found["implied"]) == ("contradiction", 30)
    assert found["words_en"].endswith("; the printed figure is the share of Indicator, Town")
    assert found["words_zh"].endswith("；文中数字实为占指标（镇）的比重")


def test_a_share_is_not_explained_by_its_own_part(tmp_path: Path) -> None:
    """100 % fits every part as its own whole, which explains nothing."""
    rows = [{"indicator": "assets", "base": 200}, {"base": 60, "target": 80}]
    fact = {"form": "share", "of": "assets.town", "value": 100, "unit": "%"}
    found = line(lines(tmp_path, rows, [fact]), "share")
    assert found["words_en"] == "Saying: 100% in the text, 30.0% from the levels"


@pytest.mark.parametrize("fact", [{"of": "tax.town"}, {"of": "value_added.town", "indicator": "tax"}])
def test_a_share_without_levels_cannot_be_tested(tmp_path: Path, fact: dict[str, str]) -> None:
    found = line(lines(tmp_path, facts=[{"form": "share", "value": 31, "unit": "%"} | fact]), "share")
    assert found["verdict"] == "unknown"
    assert all(map(math.isnan, bounds(found)))
    assert "gives no denominator to test it against" in found["words_en"]
    assert "无法核对" in found["words_zh"]


def test_a_share_of_an_implied_denominator_is_tested(tmp_path: Path) -> None:
    """GDP is 100 / 20 % = 500, so 100 is 20 % of it, give or take the ratio's rounding."""
    fact = {"form": "share", "of": "gdp.town", "value": 20, "unit": "%", "step": 0.1}
    found = line(lines(tmp_path, [{}, SHARE], [fact], ratios=OVER), "share")
    assert bounds(found) == pytest.approx([20, 19.95, 20.05])
    assert found["verdict"] == "consistent"


@pytest.mark.parametrize("value, verdict", [(100, "consistent"), (102, "contradiction")])
def test_a_level_of_the_text_is_held_against_the_table(tmp_path: Path, value: float, verdict: str) -> None:
    found = line(lines(tmp_path, [{"base_step": 1}], [{"value": value}]), "level")
    assert bounds(found) == [100, 99.5, 100.5]
    assert (found["subject"], found["stated"], found["verdict"]) == ("said_0", value, verdict)
    assert found["words_en"] == f"Saying: {value} in the text, 100 in the table"
    assert found["words_zh"] == f"说法：正文{value}，表中100"


@pytest.mark.parametrize(
    "target, fact",
    [({}, {"year": 2019}), ({}, {"unit": "万元"}), (UNSTATED, {}), ({}, {"area": "centre"}), ({}, {"form": "increase", "since": 2021, "year": 2022})],
    ids=["another year", "another unit", "no base", "another area", "another form"],
)  # fmt: skip
def test_what_is_no_second_statement_of_the_base_has_no_line(
    tmp_path: Path, target: dict[str, Any], fact: dict[str, Any]
) -> None:
    assert len(lines(tmp_path, [target], [fact])) == 0


def test_the_ratio_of_a_part_is_held_against_its_levels(tmp_path: Path) -> None:
    """GDP is 500 and, if both targets are met, 150 / 25 % = 600: 60 is 12 % of the one, 90 15 % of the other."""
    part = SHARE | {"area": "centre", "part_of": "town", "base": 12, "target": 16}
    rows = [{"target": 150}, PART | {"target": 90}, SHARE, part]
    found = lines(tmp_path, rows, ratios=OVER).set_index("subject")
    base, asked = found.loc["share.centre.2020"], found.loc["share.centre.2025"]
    assert bounds(base) == pytest.approx([12, 11.97, 12.03])
    assert (base["stated"], base["verdict"]) == (12, "consistent")
    assert bounds(asked) == pytest.approx([15, 15, 15])
    assert (asked["stated"], asked["verdict"]) == (16, "contradiction")
    assert asked["words_en"] == "Indicator, Centre, 2025: 16% in the table, 15.0% from the levels"
    assert asked["words_zh"] == "指标（中心）2025年：表中16%，推算为15.0%"


def test_the_target_of_a_part_s_ratio_is_as_rounded_as_its_base(tmp_path: Path) -> None:
    """15.05 % printed to 0.1 may be 15: no contradiction."""
    part = SHARE | {"area": "centre", "part_of": "town", "base": 12, "target": 15.05}
    found = lines(tmp_path, [{"target": 150}, PART | {"target": 90}, SHARE, part], ratios=OVER)
    assert found.set_index("subject").loc["share.centre.2025", "verdict"] == "consistent"


@pytest.mark.parametrize("unstated", range(4), ids=["numerator", "its part", "ratio", "the part's ratio"])
def test_the_ratio_of_a_part_needs_every_base(tmp_path: Path, unstated: int) -> None:
    """Where one is not printed the base cannot be tested; and nothing is said of a target without its levels."""
    part = SHARE | {"area": "centre", "part_of": "town", "base": 12, "target": 16}
    rows = [{}, PART, SHARE, part]
    rows[unstated] = rows[unstated] | UNSTATED
    found = lines(tmp_path, rows, ratios=OVER)
    assert "share.centre.2020" not in set(found["subject"])
    assert ("share.centre.2025" in set(found["subject"])) == (unstated in (0, 2))
    assert not found["words_en"].str.contains("nan").any()


def test_targets_imply_the_growth_of_their_denominator(tmp_path: Path) -> None:
    """From 100 / 20 % to 120 / 25 %: 500 to 480, a fall of 0.81 % a year."""
    found = line(lines(tmp_path, [{}, SHARE], ratios=OVER), "implied growth")
    assert found["subject"] == "gdp.town"
    assert bounds(found) == pytest.approx([100 * ((480 / level) ** 0.2 - 1) for level in (500, 100 / 0.1995, 100 / 0.2005)])  # fmt: skip
    assert found["verdict"] == "implication"
    assert math.isnan(found["stated"])
    assert (
        found["words_en"]
        == "If the targets are met exactly, GDP, Town grows from 500.0 to 480, −0.81% a year"
    )
    assert found["words_zh"] == "两个目标若恰好达到，地区生产总值（镇）将由500.0增至480，年均增长−0.81%"


@pytest.mark.parametrize(
    "rows, ratios",
    [
        ([{}, SHARE, {"indicator": "gdp", "base": 500, "target": 700}], OVER),
        ([{}, SHARE | UNSTATED], OVER),
        ([{}, SHARE], {"share": "independent"}),
    ],
    ids=["a target itself", "no ratio at the base", "no denominator"],
)
def test_no_growth_is_implied_of_what_is_stated_or_unknown(
    tmp_path: Path, rows: Rows, ratios: dict[str, Any]
) -> None:
    assert "implied growth" not in set(lines(tmp_path, rows, ratios=ratios)["check"])


def test_a_plan_with_two_ratios_has_the_growth_of_each_denominator(tmp_path: Path) -> None:
    """Each of its own area: 500 to 480 in the town; 30 / 10 % = 300 to 44 / 11 % = 400 in the centre."""
    rows = [{}, SHARE, {"area": "centre", "base": 30, "target": 44}, SHARE | {"area": "centre", "base": 10, "target": 11}]  # fmt: skip
    ratios = {"share": {"numerator": "value_added", "denominator": "gdp"}}
    found = lines(tmp_path, rows, ratios=ratios).query("check == 'implied growth'").set_index("subject")
    growth = {"gdp.town": (480 / 500) ** 0.2, "gdp.centre": (400 / 300) ** 0.2}
    assert found["implied"].to_dict() == pytest.approx(
        {name: 100 * (way - 1) for name, way in growth.items()}
    )


def test_what_lies_outside_a_part_follows(tmp_path: Path) -> None:
    """100 - 60 = 40 now and 120 - 80 = 40 then; both printed to 1, so that 40 may be 39 to 41."""
    found = lines(tmp_path, [{"base_step": 1}, PART | {"base_step": 1}]).set_index("check")
    now, then = found.loc["rest at base"], found.loc["rest at target"]
    assert bounds(now) == [40, 39, 41]
    assert bounds(then) == [40, 40, 40]
    assert (now["subject"], then["subject"]) == ("value_added.rest.2020", "value_added.rest.2025")
    assert now["words_en"] == "Indicator outside Centre in 2020: 40 (100m yuan)"
    assert now["words_zh"] == "中心以外的指标2020年为40亿元"
    assert (
        then["words_en"]
        == "Indicator outside Centre in 2025, if both targets are met exactly: 40 (100m yuan)"
    )
    assert then["words_zh"] == "两个目标若恰好达到，中心以外的指标2025年为40亿元"
    assert set(found["verdict"]) == {"implication"}


@pytest.mark.parametrize(
    "rows", [[{} | UNSTATED, PART], [{}, PART | UNSTATED], [{}, {"area": "centre", "base": 60, "target": 80}]]
)
def test_nothing_lies_outside_where_a_base_or_a_part_is_missing(tmp_path: Path, rows: Rows) -> None:
    assert not lines(tmp_path, rows)["check"].str.startswith("rest").any()


def parts(first: float, second: float, step: float = 1) -> Rows:
    """Return two wholes of 200 and 100 to be reached, with a part each."""
    other = {"indicator": "assets"}
    return [
        {"target": 200},
        PART | {"target": first, "base_step": step},
        {"target": 100} | other,
        PART | {"target": second, "base": 50, "base_step": step} | other,
    ]


@pytest.mark.parametrize("first, second, common", [(160, 80, 80), (160, 81, None), (160.5, 80, 80.25)])
def test_a_common_share_of_all_parts_is_a_pattern(
    tmp_path: Path, first: float, second: float, common: float | None
) -> None:
    """80 % of each whole, within the step of 1: 79.75 to 80.25 and 79.5 to 80.5; 81 of 100 is none."""
    found = lines(tmp_path, parts(first, second))
    assert ("common share" in set(found["check"])) == (common is not None)
    if common is not None:
        row = line(found, "common share")
        assert (row["subject"], row["verdict"]) == ("parts", "pattern")
        assert row["implied"] == pytest.approx((row["low"] + row["high"]) / 2) == pytest.approx(common)
        assert row["low"] == pytest.approx(max(100 * (first - 0.5) / 200, second - 0.5))
        assert row["high"] == pytest.approx(min(100 * (first + 0.5) / 200, second + 0.5))
        assert (
            row["words_en"]
            == "All 2 targets of parts are 80% of their wholes, once rounded to their printed step"
        )
        assert row["words_zh"] == "2个部分的目标均为各自整体的80%（按表列精度）"


def test_one_part_shows_no_pattern(tmp_path: Path) -> None:
    assert "common share" not in set(lines(tmp_path, [{}, PART])["check"])


def test_a_part_printed_without_a_step_is_taken_to_whole_numbers(tmp_path: Path) -> None:
    row = line(lines(tmp_path, parts(160, 80, step=0)), "common share")
    assert (row["low"], row["high"]) == pytest.approx((79.75, 80.25))


@pytest.mark.parametrize(
    "fact, expected",
    [
        ({"form": "growth", "since": 2015, "value": 25, "unit": "%"}, [80, 99.5 / 1.255, 100.5 / 1.245]),
        ({"form": "increase", "since": 2015, "value": 30}, [70, 69, 71]),
    ],
)
def test_an_earlier_level_follows_from_stated_change(
    tmp_path: Path, fact: dict[str, Any], expected: list[float]
) -> None:
    """100 after growth of 25 ± 0.5 % was 80, after an increase of 30 ± 0.5 it was 70."""
    row = line(lines(tmp_path, [{"base_step": 1}], [fact]), "earlier level")
    assert bounds(row) == pytest.approx(expected)
    assert (row["subject"], row["verdict"]) == ("value_added.town.2015", "implication")
    assert row["words_en"] == f"Indicator in 2015: {expected[0]:.4g} (100m yuan), by arithmetic"
    assert row["words_zh"] == f"指标2015年推算为{expected[0]:.4g}亿元"


@pytest.mark.parametrize("target, fact", [(UNSTATED, {}), ({}, {"year": 2019}), ({}, {"indicator": "tax"})])
def test_no_earlier_level_without_base_or_from_another_year(
    tmp_path: Path, target: dict[str, Any], fact: dict[str, Any]
) -> None:
    growth = {"form": "growth", "since": 2015, "value": 25, "unit": "%"}
    assert len(lines(tmp_path, [target], [growth | fact])) == 0


def test_a_figure_announced_without_data_has_a_line(tmp_path: Path) -> None:
    """One with any series of which something is printed has none."""

    def series(status: str) -> dict[str, Any]:
        return {"variable": "a", "years": [], "status": status}

    figures = [
        {"id": "图1", "zh": "甲", "en": "First", "series": [series("no_data")]},
        {"id": "图2", "zh": "乙", "en": "Second", "series": [series("no_data"), series("one_point")]},
    ]
    row = line(lines(tmp_path, more={"figures": figures}), "figure")
    assert (row["subject"], row["verdict"]) == ("图1", "unknown")
    assert row["words_en"] == "图1, First: announced, but without data"
    assert row["words_zh"] == "图1甲：只有图题，文件未给出数据"


TWO_PARTS = [
    {"base_step": 1},
    {"area": "centre", "base": 60, "base_step": 1, "target": 70},
    {"area": "rim", "base": 30, "base_step": 1, "target": 40},
]
AREAS = {
    "town": {"zh": "镇", "en": "Town"},
    "centre": {"zh": "中心", "en": "Centre", "part_of": "town"},
    "rim": {"zh": "外围", "en": "Rim", "part_of": "town"},
}


def sums(folder: Path, *changes: Mapping[str, Any]) -> dict[int, pd.Series]:
    """Return the lines of a whole and two parts by year, each row changed."""
    rows = [row | change for row, change in zip(TWO_PARTS, changes, strict=True)]
    write_plan(folder, rows)
    page = yaml.safe_load((folder / "plan.yaml").read_text(encoding="utf-8")) | {"areas": AREAS}
    (folder / "plan.yaml").write_text(yaml.safe_dump(page, allow_unicode=True), encoding="utf-8")
    found = told(pm.load_plan(folder)).query("check == 'sum of parts'")
    return {int(row["subject"][-4:]): row for _, row in found.iterrows()}


def test_two_parts_are_added_up(tmp_path: Path) -> None:
    """60 + 30 = 90, each to 1, against 100; 70 + 40 = 110 against 120."""
    found = sums(tmp_path, {}, {}, {})
    assert bounds(found[2020]) == [90, 89, 91]
    assert bounds(found[2025]) == [110, 110, 110]
    assert [found[year]["stated"] for year in (2020, 2025)] == [100, 120]
    assert {row["verdict"] for row in found.values()} == {"consistent"}
    assert found[2020]["words_en"] == "Indicator, Town, 2020: Centre, Rim together 90, no more than the 100 of the whole (100m yuan)"  # fmt: skip
    assert found[2020]["words_zh"] == "指标（镇）2020年：中心、外围合计90，不超过整体的100（亿元）"


@pytest.mark.parametrize("bound, verdict", [("exact", "contradiction"), ("at_least", "implication")])
def test_parts_above_their_whole_at_the_base_contradict_it(tmp_path: Path, bound: str, verdict: str) -> None:
    """90 + 30 are more than 100; a whole that is "at least 100" is then more."""
    found = sums(tmp_path, {"base_bound": bound}, {"base": 90}, {})[2020]
    assert (found["implied"], found["verdict"]) == (120, verdict)
    assert "more than the 100 of the whole" in found["words_en"]
    assert "超过整体的100" in found["words_zh"]
    assert "不超过" not in found["words_zh"]


@pytest.mark.parametrize(
    "whole, first, second, verdict",
    [
        ("at_most", "at_least", "at_least", "contradiction"),
        ("at_most", "at_least", "at_most", "implication"),
        ("at_least", "at_least", "at_least", "implication"),
        ("at_most", "at_most", "at_most", "implication"),
    ],
)
def test_floors_above_a_ceiling_cannot_all_be_met(
    tmp_path: Path, whole: str, first: str, second: str, verdict: str
) -> None:
    """Floors of parts above a floor of their whole, or ceilings, can."""
    directions = [{"direction": direction} for direction in (whole, first, second)]
    found = sums(tmp_path, directions[0], directions[1] | {"target": 90}, directions[2])[2025]
    assert (found["implied"], found["verdict"]) == (130, verdict)


def test_what_rounding_leaves_open_is_no_contradiction(tmp_path: Path) -> None:
    """70 + 31 may be 100 and 100 may be 100.5: both printed to 1."""
    assert sums(tmp_path, {}, {"base": 70}, {"base": 31})[2020]["verdict"] == "consistent"


def test_parts_are_added_up_in_the_unit_of_the_whole(tmp_path: Path) -> None:
    """600,000 万元 are 60 亿元; what cannot be converted is left alone."""
    small = {"unit": "万元", "base": 600000, "base_step": 10000, "target": 700000}
    assert bounds(sums(tmp_path / "one", {}, small, {})[2020]) == pytest.approx([90, 89, 91])
    assert sums(tmp_path / "two", {}, {"unit": "家"}, {}) == {}


def test_a_sum_without_every_base_has_no_line_at_the_base(tmp_path: Path) -> None:
    assert list(sums(tmp_path, {}, UNSTATED, {})) == [2025]


SUM = {"sums": {"value_added": ["tax", "rent"]}}
STATED = {"indicator": "tax", "value": 40, "name_zh": "税", "name_en": "Tax"}
GROWTH = {"form": "growth", "since": 2015, "unit": "%", "step": 0}


def test_the_rest_of_a_sum_follows_from_its_stated_part(tmp_path: Path) -> None:
    """100 ± 0.5 less 40 ± 0.5."""
    row = line(lines(tmp_path, [{"base_step": 1}], [STATED], SUM), "rest of a sum")
    assert bounds(row) == [60, 59, 61]
    assert (row["subject"], row["verdict"]) == ("rent.town", "implication")
    assert (
        row["words_en"]
        == "rent, Town in 2020: 60 (100m yuan), the whole less Tax, if all of the latter is in it"
    )
    assert row["words_zh"] == "rent（镇）2020年推算为60亿元（整体减去税，假定后者全部包含在内）"


@pytest.mark.parametrize(
    "value, verdict", [(100, "implication"), (100.9, "implication"), (101.1, "contradiction")]
)
def test_a_part_that_is_more_than_its_whole_contradicts_it(
    tmp_path: Path, value: float, verdict: str
) -> None:
    """Beyond what the rounding of both leaves open."""
    row = line(lines(tmp_path, [{"base_step": 1}], [STATED | {"value": value}], SUM), "rest of a sum")
    assert row["verdict"] == verdict


def test_the_rest_of_a_sum_is_in_the_unit_of_its_part(tmp_path: Path) -> None:
    row = line(lines(tmp_path, facts=[STATED | {"value": 400000, "unit": "万元", "step": 0}], more=SUM), "rest of a sum")  # fmt: skip
    assert row["implied"] == pytest.approx(600000)


@pytest.mark.parametrize(
    "fact",
    [[STATED, STATED | {"indicator": "rent"}], [STATED | {"year": 2019}], [STATED | {"unit": "家"}], [STATED | {"area": "centre"}], []],
    ids=["both stated", "another year", "another unit", "another area", "none stated"],
)  # fmt: skip
def test_no_rest_where_it_is_stated_or_cannot_be_told(tmp_path: Path, fact: Rows) -> None:
    assert "rest of a sum" not in set(lines(tmp_path, facts=fact, more=SUM)["check"])


def test_the_second_of_a_sum_may_be_the_stated_one(tmp_path: Path) -> None:
    assert line(lines(tmp_path, facts=[STATED | {"indicator": "rent"}], more=SUM), "rest of a sum")["subject"] == "tax.town"  # fmt: skip


def test_the_growth_of_the_rest_follows_from_that_of_whole_and_part(tmp_path: Path) -> None:
    """100 after 25 % was 80, 40 after 60 % was 25: the rest went from 55 to 60."""
    facts = [STATED | {"step": 0}, GROWTH | {"value": 25}, STATED | GROWTH | {"value": 60}]
    found = lines(tmp_path, facts=facts, more=SUM).set_index("subject")
    row = found.loc["rent.town.growth"]
    assert bounds(row) == pytest.approx([100 * (60 / 55 - 1)] * 3)
    assert (
        row["words_en"]
        == "rent, Town grew 9.1% over 2015–2020 by arithmetic, while the whole grew 25% and Tax 60%"
    )
    assert row["words_zh"] == "rent（镇）2015–2020年推算增长9.1%（整体增长25%，税增长60%）"


def test_the_growth_of_the_rest_keeps_the_bounds_of_every_figure(tmp_path: Path) -> None:
    """The corners of four rounded figures."""
    facts = [STATED, GROWTH | {"value": 25, "step": 1}, STATED | GROWTH | {"value": 60, "step": 2}]
    row = lines(tmp_path, [{"base_step": 1}], facts, SUM).set_index("subject").loc["rent.town.growth"]
    ends = [
        100 * ((w - p) / (w / (1 + g / 100) - p / (1 + h / 100)) - 1)
        for w in (99.5, 100.5) for p in (39.5, 40.5) for g in (24.5, 25.5) for h in (59, 61)
    ]  # fmt: skip
    assert (row["low"], row["high"]) == pytest.approx((min(ends), max(ends)))


@pytest.mark.parametrize(
    "whole, part, base",
    [({"since": 2014}, {}, 100), ({"year": 2019}, {}, 100), ({"year": 2019}, {"year": 2019}, 100), ({"value": 300}, {"value": -20}, 100), ({}, {}, 40)],
    ids=["other starts", "other ends", "not up to the base", "nothing before", "nothing now"],
)  # fmt: skip
def test_the_growth_of_the_rest_needs_one_span_and_something_to_grow(
    tmp_path: Path, whole: dict[str, Any], part: dict[str, Any], base: float
) -> None:
    facts = [STATED | {"step": 0}, GROWTH | {"value": 25} | whole, STATED | GROWTH | {"value": 60} | part]
    found = lines(tmp_path, [{"base": base}], facts, SUM)
    assert "rent.town.growth" not in set(found["subject"])
    assert "rent.town" in set(found["subject"])


def test_parts_that_ask_for_more_than_their_whole_have_a_line(tmp_path: Path) -> None:
    """Two areas of the town, each on its own: 90 + 73 = 163 against 150; at the base 60 + 30 are within 100."""
    rows = [
        {"base": 100, "target": 150},
        {"area": "centre", "base": 60, "target": 90},
        {"area": "rim", "base": 30, "target": 73},
    ]
    folder = write_plan(tmp_path, rows)
    page = (
        (folder / "plan.yaml")
        .read_text(encoding="utf-8")
        .replace("en: Centre", "en: Centre\n    part_of: town")
    )
    rim = "areas:\n  rim: {zh: 外围, en: Rim, part_of: town}\n"
    (folder / "plan.yaml").write_text(page.replace("areas:\n", rim), encoding="utf-8")
    lines = told(pm.load_plan(folder)).set_index("subject")
    base, target = lines.loc["value_added.parts.2020"], lines.loc["value_added.parts.2025"]
    assert (base["stated"], base["implied"], base["verdict"]) == (100, 90, "consistent")
    assert (target["stated"], target["implied"], target["verdict"]) == (150, 163, "implication")
    assert "163, more than the 150 of the whole" in target["words_en"]
    assert "合计163，超过整体的150" in target["words_zh"]


def test_a_part_that_outgrows_its_whole_has_a_line(make_plan: Callable[..., pm.Plan], tmp_path: Path) -> None:
    """60 growing by 20 % a year is 149.3 in 2025, above the 120 of the whole."""
    part = {"area": "centre", "part_of": "town", "base": 60, "target": 20, "target_form": "growth"}
    lines = told(make_plan(tmp_path, targets=[{}, part])).set_index("check")
    assert lines.loc["sum of parts", "implied"] == pytest.approx(60 * 1.2**5)


def test_deposits_follow_from_the_stated_loans(plan: pm.Plan) -> None:
    """15,000 - 8,771.45 = 6,228.55; in 2015 15,000 / 1.939 - 8,771.45 / 1.973 = 3,290.2, so 89.3 % more."""
    lines = told(plan).set_index("subject")
    assert lines.loc["deposits.district", "implied"] == pytest.approx(15000 - 8771.45)
    before = 15000 / 1.939 - 8771.45 / 1.973
    growth = lines.loc["deposits.district.growth"]
    assert growth["implied"] == pytest.approx(100 * ((15000 - 8771.45) / before - 1))
    assert growth["low"] < growth["implied"] < growth["high"] < 93.9


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_columns_of_sentences_are_still_answered_with_a_warning(plan: pm.Plan, lang: str) -> None:
    found = pm.audit(plan)
    some = found[found["verdict"] == "implication"]
    assert f"words_{lang}" not in found
    with pytest.warns(DeprecationWarning, match="audit_findings"):
        assert list(some[f"words_{lang}"]) == audit_findings(some, lang)

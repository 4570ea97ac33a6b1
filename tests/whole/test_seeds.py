"""The transcription of the plan document and the observations kept beside it."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

import planmodel as pm

ROOT = Path(__file__).resolve().parents[2]
PLAN = ROOT / "seeds" / "jiangbei"

# The document's table of main indicators, row by row: indicator, area, unit, 2020, target for 2025.
TABLE = """
institutions      district 家     488   500
institutions      core     家     302   400
headquarters      district 家     88    100
headquarters      core     家     70    80
value_added       district 亿元   288.9 400
value_added       core     亿元   228   320
value_added_share district %      21.8  25
value_added_share core     %      17.2  20
assets            district 万亿元 2     3
assets            core     万亿元 1.8   2.4
deposits_loans    district 万亿元 1.5   1.8
deposits_loans    core     万亿元 1.1   1.4
premium           district 亿元   98.13 135
"""
SYSTEMS = {"institutions": 4, "markets": 3, "specialised": 5, "openness": 3, "ecosystem": 4}
MOVED = {
    *(f"{i}.district" for i in ("institutions", "headquarters", "assets", "deposits_loans", "premium")),
    *(f"{i}.core" for i in ("institutions", "headquarters", "value_added", "assets", "deposits_loans")),
    "value_added.district",
    "other_gdp.district",
    "margin",
}
FIGURES = {
    "图1-1": {"assets.district": "two_points", "deposits_loans.district": "two_points"},
    "图1-2": {"value_added.district": "two_points"},
    "图1-3": {
        f"{i}.core": "complete"
        for i in ("institutions", "headquarters", "value_added", "assets", "deposits_loans")
    },
    "图1-4": {"institutions.district": "two_points", "headquarters.district": "one_point"},
    "图1-5": {"institutions_by_licence.core": "no_data"},
}


def seed(name: str) -> pd.DataFrame:
    return pd.read_csv(PLAN / name, dtype=str, keep_default_na=False)


def frame() -> dict[str, Any]:
    return dict(yaml.safe_load((PLAN / "plan.yaml").read_text(encoding="utf-8")))


def data(name: str) -> pd.DataFrame:
    return pd.read_csv(ROOT / "data" / name, dtype=str, keep_default_na=False)


def test_targets_equal_the_document_s_table() -> None:
    """The 13 rows of targets.csv equal the document's table, in its order."""
    printed = [line.split() for line in TABLE.split("\n") if line]
    rows = seed("targets.csv")[["indicator", "area", "unit", "base", "target"]]
    assert rows.to_numpy().tolist() == printed


def test_floors_are_the_two_balances_of_jiangbeizui() -> None:
    """Only Jiangbeizui's assets and its deposits and loans are printed as floors."""
    targets = seed("targets.csv")
    floors = targets[targets["base_bound"] == "at_least"]
    assert (floors["indicator"] + "." + floors["area"]).tolist() == ["assets.core", "deposits_loans.core"]


def test_measures_are_nineteen_in_five_systems_and_five_safeguards() -> None:
    """Part 3 has 4 + 3 + 5 + 3 + 4 measures in five systems, part 4 five safeguards."""
    measures = seed("measures.csv")
    of_systems = measures[measures["kind"] == "measure"]
    counts = of_systems.groupby("system", sort=False).size().to_dict()
    assert counts == SYSTEMS
    assert list(frame()["systems"]) == list(SYSTEMS)
    assert (measures["kind"] == "safeguard").sum() == 5
    assert measures["measure"].is_unique
    assert measures["name_zh"].is_unique


def test_measures_move_variables_of_the_model() -> None:
    """Every measure and safeguard names at least one variable, and only known ones."""
    for row in pm.load_plan("jiangbei").measures.itertuples():
        moved = set(str(row.variables).split(";"))
        assert moved <= MOVED, row.measure


def test_facts_can_be_looked_up() -> None:
    """Every fact has its own name, a place in the document and a rounding step."""
    facts = seed("facts.csv")
    assert facts["fact"].is_unique
    assert facts["locator"].str.fullmatch(r"part \d, section \d, paragraph \d").all()
    assert (facts["step"].astype(float) >= 0).all()
    assert facts["bound"].isin(["exact", "at_least", "at_most", "about"]).all()


def test_facts_say_what_they_are_measured_against() -> None:
    """Growth and increases have an earlier year, shares a whole, levels neither."""
    facts = seed("facts.csv")
    changes, shares = facts["form"].isin(["growth", "increase"]), facts["form"] == "share"
    assert (facts.loc[changes, "since"] == "2015").all()
    assert (facts.loc[~changes, "since"] == "").all()
    assert ((facts["of"] != "") == shares).all()


def test_the_slip_of_the_text_is_transcribed_as_printed() -> None:
    """The 78.9 % that the text calls a share of GDP stays a share of GDP here."""
    facts = seed("facts.csv").set_index("fact")
    slip = facts.loc["value_added_core_share"]
    assert slip[["of", "value", "note"]].tolist() == ["gdp.district", "78.9", "as printed"]


@pytest.mark.parametrize("derived", ["1.1001", "109.6", "0.7736", "50.17"])
def test_levels_of_2015_are_derived_and_never_typed(derived: str) -> None:
    """A level of 2015 follows from the stated growth, so no seed file holds it."""
    for path in PLAN.iterdir():
        assert derived not in path.read_text(encoding="utf-8"), path.name


def test_figures_say_what_can_be_drawn() -> None:
    """Each of the five announced figures is listed with the state of each of its series."""
    listed = {f["id"]: {s["variable"]: s["status"] for s in f["series"]} for f in frame()["figures"]}
    assert listed == FIGURES


def test_figures_have_the_years_their_status_promises() -> None:
    """Two points are 2015 and 2020, one point and a complete one are 2020, no data has no year."""
    years = {"two_points": [2015, 2020], "one_point": [2020], "complete": [2020], "no_data": []}
    series = [s for f in frame()["figures"] for s in f["series"]]
    assert all(s["years"] == years[s["status"]] for s in series)


@pytest.mark.parametrize("name", ["observations.csv", "statistics.csv"])
def test_figures_from_elsewhere_have_a_source_and_a_grade(name: str) -> None:
    """Every figure of data/ says where it is from and how far it can be trusted."""
    rows = data(name)
    assert (rows["source"] != "").all()
    assert rows["grade"].str.fullmatch(r"(A|A-|B|C)(-derived)?").all()
    assert rows["unit"].isin(["亿元", "万亿元", "家", "%"]).all()


def test_weak_observations_never_condition() -> None:
    """A figure of grade C is not comparable, and a figure that is not comparable says why."""
    rows = data("observations.csv")
    assert (rows.loc[rows["grade"].str.startswith("C"), "comparable"] == "no").all()
    assert (rows.loc[rows["comparable"] == "no", "note"] != "").all()


def test_one_figure_a_variable_and_year_conditions() -> None:
    """No two comparable figures, bounds apart, are about the same variable in the same year."""
    rows = data("observations.csv")
    used = rows[(rows["comparable"] == "yes") & rows["bound"].isin(["exact", "about"])]
    assert not used.duplicated(["variable", "area", "year"]).any()


def test_spread_is_given_where_a_figure_is_about_right() -> None:
    """A comparable figure has a standard deviation exactly where its bound is `about`."""
    rows = data("observations.csv")
    used = rows[rows["comparable"] == "yes"]
    assert ((used["sd"] != "") == (used["bound"] == "about")).all()


def test_city_credit_is_the_sum_of_its_two_series() -> None:
    """Observed city credit equals RMB deposits plus RMB loans of the statistics."""
    statistics = data("statistics.csv").query("area == 'chongqing' and year >= '2021'")
    balances = statistics[statistics["series"].isin(["rmb_deposits", "rmb_loans"])]
    sums = balances["value"].astype(float).groupby(balances["year"]).sum()
    rows = data("observations.csv").query("variable == 'city_credit' and grade == 'A-'")
    assert rows.set_index("year")["value"].astype(float).to_dict() == pytest.approx(sums.to_dict())


def test_the_documents_own_rule_on_changing_targets_is_quoted_with_its_place() -> None:
    """Part 4, section 5: follow up, assess and adjust as things develop, and change targets as procedures allow."""
    rule = frame()["revision_rule"]
    assert set(rule) == {"zh", "en", "locator"}
    assert rule["locator"] == "part 4, section 5"
    assert rule["zh"].split("……") == [
        "定期跟踪落实情况、开展评估分析、动态研判调整",
        "根据中央、市区经济金融形势变化和规划实施情况，依据法定程序对目标任务进行必要的动态调整",
    ]


def test_what_was_inferred_lies_apart_from_the_document() -> None:
    """The seed has neither price basis nor what a measure moves; the plan has both, from data/."""
    assert "price" not in seed("targets.csv")
    assert "variables" not in seed("measures.csv")
    plan = pm.load_plan("jiangbei")
    assert (plan.targets["price"] == "current").sum() == 9
    assert (plan.measures["variables"] != "").all()

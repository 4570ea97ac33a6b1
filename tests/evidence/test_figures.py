"""The figures that the plan announces: two points are two points."""

import pytest

import planmodel as pm
from planmodel.show.charts.figures import COLUMNS, figure_points


@pytest.fixture(scope="module")
def points():
    return figure_points(pm.load_plan())


def test_every_announced_figure_is_listed_once_a_point(points):
    assert list(points.columns) == COLUMNS
    assert list(points["figure"].unique()) == ["图1-1", "图1-2", "图1-3", "图1-4", "图1-5"]
    assert not points.duplicated(["figure", "series", "year"]).any()
    assert points.groupby("figure").size().to_dict() == {
        "图1-1": 4,
        "图1-2": 2,
        "图1-3": 5,
        "图1-4": 3,
        "图1-5": 1,
    }


def test_no_year_in_between_is_filled_in(points):
    assert set(points["year"].dropna()) == {2015, 2020}
    assert (points.loc[points["year"] == 2020, "how"] == "stated").sum() == 7
    assert set(points.loc[points["year"] == 2015, "how"]) == {"derived"}


@pytest.mark.parametrize(
    "series, value",
    [
        ("assets.district", 2 / 1.818),
        ("deposits_loans.district", 1.5 / 1.939),
        ("value_added.district", 288.9 / 2.636),
        ("institutions.district", 488 - 128),
    ],
)
def test_levels_of_2015_follow_from_stated_growth_or_increase(points, series, value):
    row = points[(points["series"] == series) & (points["year"] == 2015)]
    assert row["value"].item() == pytest.approx(value, rel=1e-12)


def test_headquarters_have_one_point(points):
    rows = points[points["series"] == "headquarters.district"]
    assert rows[["year", "value"]].to_numpy().tolist() == [[2020, 88]]


def test_shares_are_as_printed_of_the_same_whole_else_part_over_whole(points):
    """The text's 78.9 % is printed as a share of GDP, so the share of value added is computed."""
    shares = points[points["figure"] == "图1-3"].set_index("series")
    assert set(shares["unit"]) == {"%"}
    assert shares["how"].to_dict() == {
        "institutions.core": "derived",
        "headquarters.core": "derived",
        "value_added.core": "derived",
        "assets.core": "stated",
        "deposits_loans.core": "stated",
    }
    assert shares["value"].round(1).to_list() == [61.9, 79.5, 78.9, 90.0, 75.0]


def test_a_figure_without_data_has_a_row_without_a_value(points):
    row = points[points["figure"] == "图1-5"]
    assert row["how"].item() == "none"
    assert row[["year", "value"]].isna().all(axis=None)

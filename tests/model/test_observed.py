"""Driver paths and observed figures as conditions: what each says of the vector, with which noise."""

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
from planmodel.law.condition import Condition
from planmodel.model.observed import observed_conditions, path_conditions

USUAL = {
    "variable": "value_added",
    "area": "town",
    "year": 2022,
    "value": 110.0,
    "unit": "亿元",
    "bound": "exact",
    "sd": math.nan,
    "comparable": "yes",
    "grade": "A",
    "source": "test",
    "note": "",
}


@pytest.fixture
def small(make_plan: Callable[..., pm.Plan], tmp_path: Path) -> pm.Model:
    """Value added with a driver behind it."""
    rows = [
        *equations("value_added.town", drift=3.0, innovation=2.0),
        *equations("trade", drift=4.0, innovation=3.0),
    ]
    drivers = {"trade": {"zh": "贸易", "en": "Trade"}}
    return pm.build_model(make_plan(tmp_path, targets=[{}], equations=rows, drivers=drivers))


def figures(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame([USUAL | row for row in rows])


def condition(model: pm.Model, as_of: int = 2025, **row: Any) -> Condition:
    """Return the one condition that a figure makes."""
    (found,) = observed_conditions(model.law, model.by_name, figures(row), as_of)
    return found


def test_a_level_is_the_log_of_its_variable_in_that_year(small: pm.Model) -> None:
    found = condition(small, sd=2.2)
    assert (found.kind, found.key) == ("level", ("value_added.town", 2022))
    assert found.rows.shape == (1, small.law.size)
    assert found.rows[0].nonzero()[0].tolist() == [small.law.position("value_added.town", 2022)]
    assert found.rows.sum() == 1
    assert found.value == pytest.approx(math.log(110))
    assert found.noise == pytest.approx(0.02**2)
    assert condition(small).noise == 0


def test_a_level_in_another_unit_is_the_same_level(small: pm.Model) -> None:
    assert condition(small, value=1.1e6, unit="万元").value == pytest.approx(
        condition(small).value, abs=1e-14
    )


def test_a_unit_that_measures_something_else_is_refused(small: pm.Model) -> None:
    with pytest.raises(
        pm.InputError, match=r"value_added\.town, 2022: found '家', expected growth in %, or a level in 亿元"
    ):
        condition(small, unit="家")


def test_growth_in_per_cent_is_the_difference_of_two_logs(small: pm.Model) -> None:
    """Its noise in logs is the points over 1 + growth."""
    found = condition(small, value=10.0, unit="%", sd=1.1)
    assert found.kind == "growth"
    assert found.of_growth
    assert found.value == pytest.approx(math.log(1.1))
    assert found.noise == pytest.approx(0.01**2)
    row = np.zeros(small.law.size)
    row[small.law.position("value_added.town", 2022)] = 1
    row[small.law.position("value_added.town", 2021)] = -1
    np.testing.assert_array_equal(found.rows[0], row)


def test_growth_of_the_first_year_starts_from_the_base(small: pm.Model) -> None:
    """Ten per cent on a base of 100 is a level of 110."""
    out = small.run().given(figures({"year": 2021, "value": 10.0, "unit": "%"}))
    assert out.median(out.quantity("value_added.town"), 2021) == pytest.approx(110)
    place = small.law.position("value_added.town", 2021)
    assert out.cov[place, place] == pytest.approx(0, abs=1e-15)


def test_a_path_says_what_its_driver_s_growth_is(small: pm.Model) -> None:
    paths = [(("trade", 2023), (5.0, 0.0)), (("trade", 2024), (-2.0, 1.96))]
    exact, soft = path_conditions(small.law, small.by_name, paths)
    assert [(one.kind, one.key) for one in (exact, soft)] == [
        ("path", ("trade", 2023)),
        ("path", ("trade", 2024)),
    ]
    assert exact.value == pytest.approx(math.log(1.05))
    assert exact.noise == 0
    assert soft.value == pytest.approx(math.log(0.98))
    # 1.96 points of what is 98 % of the year before.
    assert soft.noise == pytest.approx(0.02**2)


def test_figures_after_the_as_of_year_and_those_that_are_not_comparable_say_nothing(small: pm.Model) -> None:
    table = figures(
        {}, {"year": 2023}, {"year": 2021, "comparable": "no"}, {"year": 2024, "bound": "at_least"}
    )
    for as_of, years in ((2021, []), (2022, [2022]), (2025, [2022, 2023])):
        found = observed_conditions(small.law, small.by_name, table, as_of)
        assert [one.key for one in found] == [("value_added.town", year) for year in years]


def test_a_part_and_a_share_are_curves_of_two_rows(models: dict[int, pm.Model]) -> None:
    """A share's noise in logs is its points over its value; its value is a share of 1 in logs of its scale."""
    model = models[2020]
    row = {"variable": "value_added_share", "area": "district", "value": 20.0, "unit": "%", "sd": 0.5}
    found = condition(model, **row)
    assert found.curved
    assert found.rows.shape == (2, model.law.size)
    assert found.noise == pytest.approx((0.5 / 20) ** 2)
    assert found.value == pytest.approx(math.log(20 / found.subject.quantity.scale))
    part = condition(model, variable="value_added", area="core", value=240.0, sd=2.4)
    assert part.curved
    assert part.noise == pytest.approx(0.01**2)


def test_an_exact_share_is_met(models: dict[int, pm.Model]) -> None:
    row = {"variable": "value_added_share", "area": "district", "value": 20.0, "unit": "%", "year": 2022}
    out = models[2020].run().given(figures(row))
    table = out.quantiles([0.01, 0.99]).query("target == 'value_added_share.district' and year == 2022")
    assert table["value"].to_list() == pytest.approx([20, 20], rel=1e-7)

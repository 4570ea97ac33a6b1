"""A new form costs a class and a line: a plan whose target has one is asked everything, and nothing else is edited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import OBSERVATION, equations
from new_form import Complement

import planmodel as pm
from planmodel.law.forms import FORMS
from planmodel.questions.record.forecasts import Forecast, stored_forecasts


@pytest.fixture
def model(make_plan: Callable[..., pm.Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pm.Model:
    """A small plan as of its base year, its target and a part of it in the new form."""
    monkeypatch.setitem(FORMS, "complement", Complement())
    plan = make_plan(
        tmp_path,
        targets=[
            {"base": 0.5, "target": 0.5},
            {"area": "centre", "part_of": "town", "base": 0.2, "target": 0.2},
        ],
        equations=[
            *equations("value_added.town", drift=(3, 1), innovation=4),
            *equations("value_added.centre", drift=(1, 1), innovation=4),
        ],
    )
    built = pm.build_model(plan, as_of=2020)
    return replace(built, quantities=tuple(replace(q, form="complement") for q in built.quantities))


def test_every_question_is_answered(model: pm.Model) -> None:
    """Reach, quantiles, draws and the joint odds agree with each other; the ways to fail meet the threshold."""
    out = model.run()
    table, joint = pm.reach(out).set_index("target"), pm.joint(out, draws=50_000).iloc[0]
    draws = out.draw(50_000, seed=1)["value_added"]
    for area, threshold in (("town", 0.5), ("centre", 0.2)):
        likely = table.loc[f"value_added.{area}", "probability"]
        assert 0.01 < likely < 0.99
        share = (draws[area, 2025] >= threshold).mean()
        assert share == pytest.approx(likely, abs=4 * np.sqrt(likely * (1 - likely) / 50_000))
        assert np.median(draws[area, 2025]) == pytest.approx(
            table.loc[f"value_added.{area}", "median"], rel=0.01
        )
    assert joint["lower"] <= joint["all"] + 4 * joint["standard_error"]
    assert len(out.quantiles([0.1, 0.9])) == 2 * 2 * 5
    assert np.isfinite(pm.breaks(out)["distance"]).all()


def test_figures_and_forecasts_of_it_go_on_record(model: pm.Model) -> None:
    """A figure moves the outlook to itself, and forecasts are stored and scored under the form's name."""
    figure = pd.DataFrame(
        [
            OBSERVATION
            | {
                "variable": "value_added",
                "year": 2022,
                "value": 0.52,
                "sd": np.nan,
                "url": "",
                "published": "",
            }
        ]
    )
    after = model.run().given(figure)
    town = model.quantities[0]
    assert after.median(town, 2022) == pytest.approx(0.52, rel=1e-9)
    assert after.median(town, 2023) > model.run().median(town, 2023)
    entries = stored_forecasts(model.run())
    assert {entry["form"] for entry in entries} == {"complement"}
    for entry in entries:
        median = entry["quantiles"]["0.5"]
        forecast = Forecast(entry)
        assert forecast.below(np.array([forecast.log_of(median)]))[0] == pytest.approx(0.5, abs=1e-4)
        assert forecast.crps(forecast.log_of(median)) > 0

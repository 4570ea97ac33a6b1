"""Scoring: published values, true forecasts pass, wrong ones do not, and nothing is claimed from little."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scoringrules
from conftest import equations

import planmodel as pm
from planmodel.base.columns import RESULTS
from planmodel.evidence.observations import OBSERVATION_COLUMNS
from planmodel.questions.record.forecasts import Forecast
from planmodel.questions.record.manifest import checksum, manifest, manifest_path, write_manifest
from planmodel.questions.record.naive import naive_forecasts
from planmodel.questions.record.skill import reliability, reliability_table, score_summary
from planmodel.show.words.scores import score_folder, score_words

TRUTHS = 400


def observed(**columns: Any) -> pd.DataFrame:
    """Observations of which each column is given or the same for all rows."""
    fixed = {"area": "", "unit": "亿元", "bound": "exact", "comparable": "yes", "grade": "A", "sd": np.nan}
    return pd.DataFrame(fixed | columns).reindex(columns=list(OBSERVATION_COLUMNS))


@pytest.fixture(scope="module")
def out(models: dict[int, pm.Model]) -> pm.Outlook:
    return models[2020].run()


@pytest.fixture(scope="module")
def record(out: pm.Outlook) -> dict[str, Any]:
    return manifest(out, 1000, 0, "zh")


@pytest.fixture(scope="module")
def history(plan: pm.Plan) -> pd.DataFrame:
    rows = pm.load_observations(plan)
    return rows[rows["year"] <= 2023].reset_index(drop=True)


@pytest.fixture(scope="module")
def scored_truths(out: pm.Outlook, record: dict[str, Any]) -> pd.DataFrame:
    """Truths drawn from the outlook itself, each seen in one target of the target year."""
    draws, targets = out.draw(TRUTHS, seed=3), record["targets"]
    frames = []
    for k in range(TRUTHS):
        target = targets[k % len(targets)]
        indicator, area = target["target"].split(".")
        truth = observed(
            variable=[indicator],
            area=area,
            year=2025,
            value=draws[indicator, area, 2025][k],
            unit=target["unit"],
        )
        frames.append(pm.score({"own": record}, truth))
    return pd.concat(frames, ignore_index=True)


def test_published_scores() -> None:
    """CRPS of a two-piece normal and of an ensemble, interval score, energy score: what the library gives."""
    assert scoringrules.crps_2pnormal(0, 0.4, 2, 0.1) == pytest.approx(0.7243199144, abs=1e-10)
    assert scoringrules.interval_score(10, 2, 8, 0.1) == pytest.approx(46, abs=1e-12)
    ensemble = np.array([-1.0, 0.0, 1.0])
    assert scoringrules.crps_ensemble(0, ensemble) == pytest.approx(2 / 9)
    assert scoringrules.crps_ensemble(0, ensemble, estimator="fair") == pytest.approx(0, abs=1e-15)
    energy = scoringrules.es_ensemble(np.zeros(2), np.array([[0.0, 0.0], [1.0, 1.0]]))
    assert energy == pytest.approx(0.35355, abs=1e-5)


def entry(form: str, mean: list[float], sd: list[float], scale: float = 1.0) -> dict[str, Any]:
    moments = {"mean": mean, "sd": sd, "covariance": 0.0}
    return {"variable": "x", "measure": "level", "unit": "亿元", "form": form, "scale": scale} | moments


def test_quadrature_of_a_part_is_the_closed_form_where_there_is_one() -> None:
    """A part that is all of its whole is the whole: CRPS and log score are those of the normal."""
    for log in (-1.3, 0.1, 0.7, 2.5):
        part = Forecast(entry("log", [0.3, 40.0], [0.4, 0.0]))
        whole = Forecast(entry("log", [0.3], [0.4]))
        assert part.normal is None
        assert part.crps(log) == pytest.approx(scoringrules.crps_normal(log, 0.3, 0.4), abs=1e-7)
        assert part.log_score(log) == pytest.approx(whole.log_score(log), abs=1e-4)


@pytest.mark.parametrize("name", ["gdp.district", "value_added_share.district", "assets.core"])
def test_quadrature_is_the_crps_of_draws(out: pm.Outlook, record: dict[str, Any], name: str) -> None:
    """Sums, shares and parts: the integral agrees with an ensemble of draws."""
    stored = next(e for e in record["outlook"] if (e["variable"], e["year"]) == (name, 2025))
    forecast = Forecast(stored)
    draws = np.log(out.draw(20_000, seed=5)[(*name.split("."), 2025)].to_numpy() / stored["scale"])
    for p in (0.02, 0.5, 0.9):
        log = float(np.quantile(draws, p))
        ensemble = float(scoringrules.crps_ensemble(log, draws, estimator="pwm"))
        assert forecast.crps(log) == pytest.approx(ensemble, rel=0.03)


def test_true_outlook_is_reliable(scored_truths: pd.DataFrame) -> None:
    """Scored on truths drawn from itself, the PIT is uniform and intervals cover as often as they say."""
    assert len(scored_truths) == TRUTHS
    assert scored_truths["pit"].mean() == pytest.approx(0.5, abs=4 / np.sqrt(12 * TRUTHS))
    for name, share in (("inside_50", 0.5), ("inside_80", 0.8), ("inside_90", 0.9)):
        error = np.sqrt(share * (1 - share) / TRUTHS)
        assert scored_truths[name].mean() == pytest.approx(share, abs=4 * error)
    tests = reliability(scored_truths).set_index("test")
    assert tests["outcomes"].eq(TRUTHS).all()
    assert (tests["p_value"] > 1e-3).all()
    table = reliability_table(scored_truths)
    error = np.sqrt(table["probability"] * (1 - table["probability"]) / table["outcomes"])
    assert ((table["reached"] - table["probability"]).abs() < 4 * error).all()


def test_wrong_outlook_scores_worse_and_is_found_out(
    record: dict[str, Any], scored_truths: pd.DataFrame
) -> None:
    """The same truths, called a quarter too high: worse CRPS, and the PIT is not uniform."""
    wrong = record | {
        "outlook": [e | {"mean": [e["mean"][0] + 0.25, *e["mean"][1:]]} for e in record["outlook"]]
    }
    level = scored_truths[scored_truths["variable"].isin(["premium.district", "deposits_loans.district"])]
    frames = []
    for row in level.itertuples():
        indicator, area = str(row.variable).split(".")
        truth = observed(variable=[indicator], area=area, year=2025, value=row.value, unit=row.unit)
        frames.append(pm.score({"wrong": wrong}, truth))
    scores = pd.concat(frames, ignore_index=True)
    assert len(scores) >= 40
    assert scores["crps"].mean() > level["crps"].mean()
    assert scores["log_score"].mean() > level["log_score"].mean()
    assert reliability(scores).set_index("test").loc["pit", "p_value"] < 1e-3


def test_outlook_of_2020_meets_the_observations_to_2023(
    out: pm.Outlook, record: dict[str, Any], history: pd.DataFrame, tmp_path: Path
) -> None:
    """From the record on disk to the table and the words."""
    write_manifest(record, manifest_path(tmp_path / "then.csv"))
    scores = pm.score(tmp_path, history)
    assert list(scores.columns) == list(RESULTS["score"])
    assert len(scores) == 12
    assert set(zip(scores["variable"], scores["year"], strict=True)) == set(
        pm.build_model(out.plan, 2023).run().used
    )
    by_key = scores.set_index(["variable", "year"])
    median = out.quantiles([0.5]).set_index(["target", "year"])["value"]
    assert by_key.loc[("gdp.district", 2023), "median"] == pytest.approx(median["gdp.district", 2023])
    margin = by_key.loc[("margin", 2023)]
    assert (margin["measure"], margin["unit"], margin["value"]) == ("growth", "%", -6.45)
    assert scores["crps"].gt(0).all()
    assert scores["brier"].isna().all()
    summary = score_summary(scores).set_index(["score", "against"])
    assert summary.loc[("crps", "same_growth"), "outcomes"] == 6
    assert summary.loc[("crps", "closed_windows"), "outcomes"] == 9
    both = scores.dropna(subset="crps_same_growth")
    skill = 1 - both["crps"].mean() / both["crps_same_growth"].mean()
    assert summary.loc[("crps", "same_growth"), "skill"] == pytest.approx(skill)
    with pytest.raises(pm.InputError, match="12 observed figures, expected at least 20"):
        reliability(scores)
    with pytest.raises(pm.InputError, match="0 targets with an outcome"):
        reliability_table(scores)
    for lang, words in (("zh", "只有12个不同的观测值，少于20个"), ("en", "12 different observations")):
        text = "".join(score_words(scores, out.plan, lang))
        assert words in text
        assert "2025" in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_command_gets_scores_table_and_words(
    record: dict[str, Any], plan: pm.Plan, history: pd.DataFrame, tmp_path: Path, lang: str
) -> None:
    """Of the plan asked for; records of others in the folder are left alone, and a folder of others is named."""
    write_manifest(record, tmp_path / "then.manifest.json")
    scores, table, words = score_folder(tmp_path, plan, history, lang)
    assert len(scores) == 12
    assert len(table) == len(score_summary(scores))
    assert not any("_" in text for text in [*table.columns, *table.to_numpy().ravel()])
    assert words == score_words(scores, plan, lang)
    other = record | {"plan": "jiangbie"}
    write_manifest(other | {"checksum": checksum(other)}, tmp_path / "then.manifest.json")
    with pytest.raises(pm.InputError, match="records of jiangbie only, expected records of jiangbei"):
        score_folder(tmp_path, plan, history, lang)


def test_only_comparable_later_figures_count_and_each_once(
    record: dict[str, Any], models: dict[int, pm.Model], history: pd.DataFrame
) -> None:
    later = manifest(models[2023].run(), 1000, 0, "zh")
    assert len(pm.score({"later": later}, history)) == 0
    twice = pd.concat([history, history], ignore_index=True)
    assert len(pm.score({"a": record, "run again": record}, twice)) == 12
    bounds = history[history["bound"].isin(["at_least", "at_most"]) | (history["comparable"] == "no")]
    assert len(pm.score({"a": record}, bounds)) == 0
    assert score_words(pm.score({"a": record}, bounds), models[2020].plan, "en")[0].startswith(
        "There is nothing"
    )


def test_same_figure_seen_by_several_outlooks_is_one_outcome(
    record: dict[str, Any], plan: pm.Plan, history: pd.DataFrame
) -> None:
    middle = manifest(pm.build_model(plan, 2022).run(), 1000, 0, "zh")
    scores = pm.score({"2020": record, "2022": middle}, history)
    assert scores["as_of"].value_counts().to_dict() == {2020: 12, 2022: 5}
    with pytest.raises(pm.InputError, match="12 observed figures"):
        reliability(scores)


def test_unit_does_not_matter(record: dict[str, Any]) -> None:
    """2.5 万亿元 and 25,000 亿元 are the same outcome."""
    columns = {"variable": ["deposits_loans"], "area": "district", "year": 2025}
    first = pm.score({"a": record}, observed(**columns, value=2.5, unit="万亿元"))
    second = pm.score({"a": record}, observed(**columns, value=25_000.0, unit="亿元"))
    pd.testing.assert_frame_equal(first, second)


def test_reaching_a_target_is_scored_in_its_year(make_plan: Callable[..., pm.Plan], tmp_path: Path) -> None:
    """Brier of the stored probability, for a target to exceed and for one to stay below."""
    plan = make_plan(
        tmp_path,
        targets=[
            {"base": 100, "target": 120},
            {"indicator": "energy", "base": 100, "target": 90, "direction": "at_most"},
        ],
        equations=[
            *equations("value_added.town", drift=(4, 1), persistence=0, innovation=3),
            *equations("energy.town", drift=(-1, 1), persistence=0, innovation=3),
        ],
    )
    out = pm.build_model(plan, as_of=2020).run()
    truth = observed(variable=["value_added", "energy"], area="town", year=2025, value=[121.0, 90.0])
    scores = pm.score({"a": manifest(out, 1000, 0, "zh")}, truth)
    likely = pm.reach(out)["probability"].to_numpy()
    assert scores["reached"].tolist() == [True, True]
    assert scores["brier"].to_numpy() == pytest.approx((1 - likely) ** 2, abs=1e-10)
    assert scores["brier_same_growth"].isna().all()
    earlier = pm.score({"a": manifest(out, 1000, 0, "zh")}, truth.assign(year=2024))
    assert earlier["brier"].isna().all()


def test_naive_forecasts_are_made_of_the_closed_windows(out: pm.Outlook) -> None:
    """Mean and spread of what comparable cities did; own growth with the errors of that rule."""
    rows = naive_forecasts(out).set_index(["variable", "method"])
    windows = out.model.evidence.reference
    gdp = windows[windows["variable"] == "gdp"]
    mean = rows.loc[("gdp.district", "closed_windows")]
    assert mean["growth"] == pytest.approx(gdp["next"].mean())
    assert mean["spread"] == pytest.approx(gdp["next"].std())
    same = rows.loc[("city_gdp", "same_growth")]
    assert same["growth"] == pytest.approx(20 * np.log(25158.1 / 16305.9), abs=0.01)
    assert same["spread"] == pytest.approx(np.sqrt(((gdp["next"] - gdp["past"]) ** 2).mean()))
    assert same["start_value"] == pytest.approx(25158.1)
    missing = rows.loc[("gdp.district", "same_growth")]
    assert np.isnan(missing["growth"])
    assert missing["reason"] == "no_own_growth"
    formed = rows["growth"].notna()
    assert (rows["reason"] == "").eq(formed).all()


def test_naive_forecasts_start_from_the_last_figure_known(models: dict[int, pm.Model]) -> None:
    rows = naive_forecasts(models[2023].run()).set_index(["variable", "method"])
    assert rows.loc[("gdp.district", "closed_windows"), ["start_year", "start_value"]].tolist() == [
        2023,
        pytest.approx(1744),
    ]
    assert rows.loc[("assets.district", "same_growth"), "start_year"] == 2020


def test_past_growth_of_the_drivers_is_that_of_the_statistics() -> None:
    root = Path(__file__).resolve().parents[3] / "data"
    stated = pd.read_csv(root / "past_growth.csv").set_index("variable")["growth"]
    rows = pd.read_csv(root / "statistics.csv")
    rows = rows[(rows["area"] == "chongqing") & (rows["vintage"] != "before the fifth census")]
    value = rows.set_index(["series", "year"])["value"]
    gdp = value["gdp", 2020] / value["gdp", 2015]
    balances = [value["rmb_deposits", year] + value["rmb_loans", year] for year in (2015, 2020)]
    assert stated["city_gdp"] == pytest.approx(100 * (gdp**0.2 - 1), abs=0.005)
    assert stated["city_credit"] == pytest.approx(100 * ((balances[1] / balances[0]) ** 0.2 - 1), abs=0.005)


def test_what_if_is_not_called_a_forecast(
    models: dict[int, pm.Model], history: pd.DataFrame, plan: pm.Plan
) -> None:
    """Nor are the paths that the scenario itself fixes put to the test."""
    squeeze = manifest(models[2020].run("credit_squeeze"), 1000, 0, "zh")
    scores = pm.score({"a": squeeze}, history)
    assert "city_credit" not in set(scores["variable"])
    assert len(scores) == 9
    words = score_words(scores, plan, "zh")
    assert any("不是预测" in sentence for sentence in words)


def test_missing_library_is_named(
    record: dict[str, Any], history: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "scoringrules", None)
    with pytest.raises(ImportError, match=r"planmodel\[score\]"):
        pm.score({"a": record}, history)

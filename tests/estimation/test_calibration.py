"""The calibration: its stored estimates come from the panel, from nothing later, by the stated formulas."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import planmodel as pm
from planmodel.estimation import calibration
from planmodel.estimation.own_growth import own_growth
from planmodel.estimation.panel import annual_growth, growth_windows, load_panel

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="module")
def panel():
    return load_panel()


@pytest.fixture(scope="module")
def stored():
    return pd.read_csv(DATA / "calibration.csv")


@pytest.fixture(scope="module")
def value(stored):
    return stored.set_index("key")["value"]


def test_the_stored_estimates_are_made_again_from_the_panel(panel, stored):
    """Every key, value, standard deviation, count, method and the hash of the data file agree."""
    fresh = calibration.calibrate(panel)
    exact = ["key", "unit", "n", "method", "source"]
    pd.testing.assert_frame_equal(fresh[exact], stored[exact], check_dtype=False)
    for column in ("value", "sd"):
        np.testing.assert_allclose(fresh[column], stored[column], rtol=1e-8, atol=1e-12)


def test_the_stored_reference_class_is_made_again_from_the_panel(panel):
    stored = pd.read_csv(DATA / "reference_class.csv")
    pd.testing.assert_frame_equal(calibration.reference_class(panel), stored, check_dtype=False, rtol=1e-8)


def test_the_stored_own_growth_is_made_again_from_the_statistics(stored):
    """Every drift from the plan's own past follows from its document, the statistics and the estimates."""
    fresh = own_growth(pm.load_plan(), pd.read_csv(DATA / "statistics.csv"), stored)
    kept = pd.read_csv(DATA / "own_growth.csv")
    pd.testing.assert_frame_equal(fresh, kept, check_dtype=False, rtol=1e-8)


def test_the_reference_class_holds_only_windows_closed_by_the_base_year():
    stored = pd.read_csv(DATA / "reference_class.csv")
    assert stored["start"].max() + 5 == calibration.BASE_YEAR
    assert not stored.isna().to_numpy().any()
    assert (DATA / "reference_class.csv").stat().st_size < 400_000


def test_no_year_after_the_base_year_enters(panel):
    """Doubling every figure after 2020 changes nothing."""
    later = panel["year"] > calibration.BASE_YEAR
    changed = panel.copy()
    changed.loc[later, ["gdp", "deposits", "loans"]] *= 2
    pd.testing.assert_frame_equal(calibration.calibrate(changed), calibration.calibrate(panel))
    pd.testing.assert_frame_equal(calibration.reference_class(changed), calibration.reference_class(panel))


def test_the_dropped_rows_are_counted(panel, value):
    """What was kept and what went, by reason, makes all city-years of 2001 to 2020."""
    for variable in calibration.VARIABLES:
        parts = value[value.index.str.startswith(f"rows.{variable}.")]
        counted = parts.drop([f"rows.{variable}.cities", f"rows.{variable}.windows"])
        assert counted.sum() == panel["city"].nunique() * 20
    assert value["rows.credit.deposit_break"] > 250
    assert value["rows.gdp.outlier"] > 0


def test_cleaning_does_not_look_ahead(panel):
    """A forecaster of 2014 cleans the years to 2014 as we do."""
    cleaned, _ = annual_growth(panel)
    then, _ = annual_growth(panel[panel["year"] <= 2014])
    known = cleaned[cleaned["year"] <= 2014].reset_index(drop=True)
    pd.testing.assert_frame_equal(known, then)


def small_panel(**changed):
    """Twelve cities, 2010 to 2024, growing evenly but for their own small differences; some cells changed."""
    years = np.arange(2010, 2025)
    rows = []
    for number in range(12):
        wobble = 0.01 * np.sin(np.arange(len(years)) * (number + 1)) + 0.1
        for name in ("gdp", "deposits", "loans"):
            rows += [
                {"city": f"c{number:02}", "province": "p", "year": year, "name": name, "level": level}
                for year, level in zip(years, 100 * np.exp(wobble.cumsum()), strict=True)
            ]
    panel = pd.DataFrame(rows).pivot_table(index=["city", "province", "year"], columns="name", values="level")
    for name, (city, year, level) in changed.items():
        panel.loc[(city, "p", year), name] = level
    return panel.reset_index()


def reasons(panel, variable):
    """The reasons for which rows went, by year."""
    _, dropped = annual_growth(panel)
    own = dropped[dropped["variable"] == variable]
    return {(row.year, row.reason): row.rows for row in own.itertuples()}


def test_credit_is_missing_where_the_central_bank_changed_the_count():
    """Growth of credit 2014 to 2015 is dropped for every city; GDP of that year stays."""
    assert reasons(small_panel(), "credit")[2015, "deposit_break"] == 12
    assert not any(year == 2015 for year, _ in reasons(small_panel(), "gdp"))


def test_the_census_year_is_not_growth():
    assert reasons(small_panel(), "gdp") == {(2024, "census"): 12}


def test_a_zero_is_missing_in_its_year_and_in_the_next():
    found = reasons(small_panel(loans=("c03", 2012, 0.0)), "credit")
    assert found[2012, "missing"] == found[2013, "missing"] == 1


def test_a_misprint_is_an_outlier_going_up_and_coming_down():
    found = reasons(small_panel(gdp=("c03", 2012, 9999.0)), "gdp")
    assert found[2012, "outlier"] == found[2013, "outlier"] == 1


def test_a_repeated_figure_is_filled_in():
    panel = small_panel()
    last = panel.loc[(panel["city"] == "c03") & (panel["year"] == 2012), "gdp"].item()
    assert reasons(small_panel(gdp=("c03", 2013, last)), "gdp")[2013, "filled"] == 1


def test_a_window_is_the_mean_of_its_five_years():
    """Past and next together are log growth from five years before to five years after."""
    panel = small_panel()
    growth, _ = annual_growth(panel)
    windows = growth_windows(growth[growth["variable"] == "gdp"]).set_index(["city", "start"])
    level = panel.set_index(["city", "year"])["gdp"]
    span = 100 * np.log(level["c05", 2022] / level["c05", 2012]) / 5
    assert windows.loc[("c05", 2017), ["past", "next"]].sum() == pytest.approx(span, rel=1e-12)


@pytest.mark.parametrize("persistence", [-0.3, 0.0, 0.26, 0.9])
def test_the_variance_of_a_five_year_mean_is_that_of_the_covariance_matrix(persistence):
    """mean_covariance equals 1' C 1 / 25 with C the Toeplitz matrix of a stationary AR(1)."""
    lags = np.abs(np.subtract.outer(np.arange(5), np.arange(5)))
    matrix = 2.5 * persistence**lags
    found = calibration.mean_covariance((persistence, persistence), 2.5)
    assert found == pytest.approx(matrix.sum() / 25, rel=1e-12)


def test_the_covariance_of_two_means_is_that_of_the_cross_covariance_matrix():
    """With innovations of one year only, cov(x[t], y[s]) decays with the persistence of the later one."""
    gap = np.subtract.outer(np.arange(5), np.arange(5))
    matrix = 1.7 * np.where(gap >= 0, 0.6 ** np.abs(gap), 0.2 ** np.abs(gap))
    assert calibration.mean_covariance((0.6, 0.2), 1.7) == pytest.approx(matrix.sum() / 25, rel=1e-12)


def test_annual_noise_finds_the_persistence_of_a_known_covariance():
    """Rows whose second moments are those of an AR(1) give back phi and variance, whatever the drifts."""
    lags = np.abs(np.subtract.outer(np.arange(5), np.arange(5)))
    root = np.linalg.cholesky(4.0 * 0.3**lags)
    rows = np.sqrt(10) * np.vstack([root.T, -root.T])  # ten rows; their mean square is root root'
    drift = np.linspace(-9, 9, 10)[:, None]
    persistence, variance = calibration.annual_noise(pd.DataFrame(rows / np.sqrt(2) + drift))
    assert (persistence, variance) == pytest.approx((0.3, 4.0), rel=1e-10)


@pytest.mark.parametrize("variable", calibration.VARIABLES)
def test_drift_and_noise_make_the_back_tested_five_year_spread(panel, value, variable):
    """Drift s.d. squared plus the AR(1)'s variance of the mean is the forecast's variance."""
    growth, _ = annual_growth(panel[panel["year"] <= 2020])
    own = growth[growth["variable"] == variable]
    forecast = calibration.relative_forecast(own, growth_windows(own), 2020, calibration.CHOSEN)
    city = forecast.set_index("city").loc[calibration.CITY]
    phi, sigma = value[f"city_{variable}.persistence"], value[f"city_{variable}.innovation"]
    noise = calibration.mean_covariance((phi, phi), sigma**2 / (1 - phi**2))
    stored = pd.read_csv(DATA / "calibration.csv", index_col="key").loc[f"city_{variable}.drift"]
    assert stored["value"] == pytest.approx(city["mean"], rel=1e-8)
    assert stored["sd"] ** 2 + noise == pytest.approx(city["sd"] ** 2, rel=1e-8)


def test_a_slower_nation_errs_by_less_under_a_proportional_rule():
    """Half the growth everywhere: half the forecast and half its errors."""
    national = pd.Series([9.0, 11, 10, 14, 8, 12, 9, 7, 8, 6], index=range(2001, 2011))
    rule = calibration.NationalRule(3, proportional=True)
    forecast, errors = calibration.national_forecast(national, 2010, rule)
    assert forecast == pytest.approx(7.0)
    assert errors[2003] == pytest.approx((10.0 - 10.0) * 0.7)
    assert errors[2005] == pytest.approx((8.4 - 32 / 3) * 7.0 / (32 / 3))
    assert list(errors.index) == [2003, 2004, 2005]


@pytest.fixture(scope="module")
def backtest():
    """The benchmark `backtest.py` as a module."""
    return importlib.import_module("backtest")


def test_the_back_test_scores_a_normal_as_published(backtest):
    """CRPS of N(0, 1) at 0 is 0.23369497725510913 (Gneiting and Raftery 2007; properscoring)."""
    zero, one = pd.Series([0.0]), pd.Series([1.0])
    assert backtest.normal_crps(zero, one, zero)[0] == pytest.approx(0.23369497725510913, rel=1e-12)
    assert backtest.SPECIFICATIONS["relative_3_proportional"].forecast.args == (calibration.CHOSEN,)


def test_a_city_without_a_forecast_is_not_a_miss(backtest, panel):
    """Coverage and `n` are of the cities that were forecast: the spread is boundless, so all of them are held."""
    growth, _ = annual_growth(panel)
    own = growth[growth["variable"] == "gdp"]

    def every_second(_growth, windows, origin):
        city = windows.loc[windows["start"] == origin, "city"].iloc[::2]
        return pd.DataFrame({"city": city, "mean": 0.0, "sd": 1e6})

    table = pd.concat(backtest.scores(every_second, own, origin) for origin in (2013, 2014))
    row = backtest.summary("plain", "gdp", table)[0]
    assert row["coverage_80"] == 1
    assert row["n"] == len(table) == table["crps"].count()
    everyone = sum(len(backtest.scores(backtest.plain, own, origin)) for origin in (2013, 2014))
    assert 0.4 < len(table) / everyone < 0.6


def test_the_stored_back_test_of_the_chosen_forecast_is_made_again(backtest, panel):
    """From 2015 deposits and loans have no forecast: 1,121 rows count, not 1,394, and 93.0 % of them were held."""
    growth, _ = annual_growth(panel)
    own = growth[growth["variable"] == "credit"]
    forecast = backtest.SPECIFICATIONS["relative_3_proportional"].forecast
    table = pd.concat(backtest.scores(forecast, own, origin) for origin in range(2010, 2019))
    assert 2015 not in set(table["start"])
    fresh = pd.DataFrame(backtest.summary("relative_3_proportional", "credit", table))
    stored = pd.read_csv(DATA / "backtest.csv")
    stored = stored[(stored["specification"] == "relative_3_proportional") & (stored["variable"] == "credit")]
    pd.testing.assert_frame_equal(fresh, stored.reset_index(drop=True), rtol=0, atol=5.1e-5)
    assert dict(zip(stored["starts"], stored["n"], strict=True))["2014-2018"] == 1121
    assert (100 * stored["coverage_80"]).round(1).to_list() == [92.7, 92.4, 93.0]


def test_coverage_is_told_era_by_era(backtest):
    """Too wide in 2014-2018, far too narrow for GDP in 2010-2013: the words follow the table, and so does README."""
    table = pd.read_csv(DATA / "backtest.csv", keep_default_na=False)
    words = backtest.coverage_words(table)
    assert [line.rsplit(", ", 1)[1] for line in words] == ["too narrow", "too wide", "too wide", "too wide"]
    chosen = table[table["note"] == backtest.TAKEN].set_index(["starts", "variable"])["coverage_80"]
    readme = " ".join((DATA.parent / "README.md").read_text(encoding="utf-8").split())
    # Whether Chinese is set with spaces is for another test to say.
    tight = readme.replace(" ", "")
    eras = {
        era: [round(100 * chosen[era, name]) for name in ("gdp", "credit")]
        for era in ("2010-2013", "2014-2018")
    }
    english = "{}% of outcomes for GDP and {}% for deposits and loans"
    chinese = "GDP为{}%、存贷款为{}%"
    assert all(english.format(*held) in readme and chinese.format(*held) in tight for held in eras.values())


def test_the_back_test_lists_every_specification_and_one_choice():
    table = pd.read_csv(DATA / "backtest.csv")
    chosen = table[table["note"].fillna("").str.startswith("chosen")]
    assert set(chosen["specification"]) == {"relative_3_proportional"}
    assert set(table.loc[table["tuned_after_seeing"] == "no", "specification"]) == {"plain"}
    assert (table.groupby("specification").size() == 6).all()


def test_without_the_panel_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "city_macro_data", None)
    monkeypatch.delitem(sys.modules, "city_macro_data.data", raising=False)
    with pytest.raises(ImportError, match="planmodel\\[calibrate\\]"):
        load_panel()

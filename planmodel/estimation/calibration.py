"""What the city panel says about the next five years: estimators shared by the back-test and the calibration.

The forecast of a city is national growth, carried on, plus its own excess of the last five years, shrunk.
Growth is log points x 100 a year. Only figures up to the base year enter :func:`calibrate`. Nothing is
estimated at import: the results are stored in ``data/``, and a test makes them again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from planmodel.base.extras import need
from planmodel.estimation.panel import (
    WINDOW,
    YEARS,
    annual_growth,
    closed_windows,
    excess_over_nation,
    excess_over_province,
    growth_windows,
    load_panel,
    national_growth,
    panel_source,
    relative_windows,
    with_years,
)

BASE_YEAR = 2020  # the plan's: nothing later enters
CITY = "重庆市"
VARIABLES = ("gdp", "credit")
GROUPS = 20  # of cities, left out one at a time for standard errors
UNIT = "log % a year"
Estimates = dict[str, float]
Estimate = dict[str, object]


@dataclass(frozen=True)
class NationalRule:
    """How national growth of the next five years is forecast: an average of the last years.

    ``proportional`` takes its past errors as a share of the forecast: slower growth, smaller errors.
    """

    years: int
    average: str = "mean"
    proportional: bool = False


CHOSEN = NationalRule(3, proportional=True)  # data/backtest.csv says how it was chosen


def national_forecast(national: pd.Series, origin: int, rule: NationalRule) -> tuple[float, pd.Series]:
    """National mean growth of the next five years by ``rule``, and the errors that the rule has made before.

    The errors, by start year, are those of all five-year windows closed by ``origin``, as large as they would
    be now. They hold the shocks common to all cities; the windows are few and overlap.
    """
    known = national[national.index <= origin]
    forecast = float(known.tail(rule.years).agg(rule.average))
    errors = {}
    for start in known.index[known.index + WINDOW <= origin]:
        before = known[known.index <= start]
        if len(before) >= rule.years:
            then = before.tail(rule.years).agg(rule.average)
            after = known[(known.index > start) & (known.index <= start + WINDOW)].mean()
            errors[start] = (after - then) * (forecast / then if rule.proportional else 1.0)
    return forecast, pd.Series(errors)


def shrinkage(closed: pd.DataFrame) -> tuple[float, float, float]:
    """Slope of next on past excess (no constant), its standard error by city, and the residual variance."""
    need("calibrate", "statsmodels")
    import statsmodels.api as sm

    groups = {"groups": pd.factorize(closed["city"])[0]}
    fit = sm.OLS(closed["next"], closed[["past"]]).fit(cov_type="cluster", cov_kwds=groups)
    return float(fit.params["past"]), float(fit.bse["past"]), float(fit.scale)


def relative_forecast(
    growth: pd.DataFrame, windows: pd.DataFrame, origin: int, rule: NationalRule
) -> pd.DataFrame:
    """National growth forecast by ``rule``, plus each city's excess of the last five years, shrunk.

    Returns ``city, mean, sd`` of the next five years' mean growth, a normal forecast. The slope of next on
    past excess comes from closed windows; ``sd`` joins the spread of its residuals with the national errors.
    """
    relative = relative_windows(windows)
    slope, _, variance = shrinkage(closed_windows(relative, origin))
    national, errors = national_forecast(national_growth(growth), origin, rule)
    sd = float(np.sqrt(variance + (errors**2).mean()))
    now = relative[relative["start"] == origin]
    return pd.DataFrame({"city": now["city"], "mean": national + slope * now["past"], "sd": sd})


def mean_covariance(persistences: tuple[float, float], covariance: float, years: int = WINDOW) -> float:
    """Covariance of the means over ``years`` of two stationary AR(1) with this covariance in any one year.

    ``(g / n^2) [n + sum over k of (n - k)(p^k + q^k)]``; the variance of one's mean if both are the same.
    """
    lags = np.arange(1, years)
    weights = (years - lags) * (persistences[0] ** lags + persistences[1] ** lags)
    return float(covariance / years**2 * (years + weights.sum()))


def annual_noise(residuals: pd.DataFrame) -> tuple[float, float]:
    """Persistence and stationary variance of AR(1) noise; each row is a window around a drift of its own.

    Half the mean squared difference one and two years apart is ``g (1 - phi)`` and ``g (1 - phi^2)``.
    The drift cancels, so short windows bring no bias as demeaning them would (Nickell 1981).
    """
    table = residuals.to_numpy()
    one, two = (np.nanmean((table[:, lag:] - table[:, :-lag]) ** 2) / 2 for lag in (1, 2))
    persistence = float(two / one - 1)
    return persistence, float(one / (1 - persistence))


def excess_dynamics(closed: pd.DataFrame) -> Estimates:
    """Shrinkage, spread of drift, persistence and innovation of an excess.

    The drift's variance is that of the five-year residuals less what five years of annual noise contribute.
    """
    slope, _, variance = shrinkage(closed)
    persistence, stationary = annual_noise(closed[YEARS])
    noise = mean_covariance((persistence, persistence), stationary)
    return {
        "shrinkage": slope,
        "drift_sd": float(np.sqrt(max(variance - noise, 0.0))),
        "persistence": persistence,
        "innovation": float(np.sqrt(stationary * (1 - persistence**2))),
    }


def excess_correlations(
    gdp: pd.DataFrame, credit: pd.DataFrame, common: tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> Estimates:
    """Correlation of drift, of annual innovation and of five-year residuals between GDP and credit.

    ``common``: variances of the national errors and their covariance, which belong to the drift. The drift's
    covariance is that of the five-year residuals less what annual noise contributes. Credit follows GDP by a
    year; that counts as drift here, so its correlation comes out high. The five-year one is firmer.
    """
    one, two = excess_dynamics(gdp), excess_dynamics(credit)
    pairs = gdp.merge(credit, on=["city", "start"], suffixes=("", "_credit"))
    columns = (YEARS, [f"{year}_credit" for year in YEARS])
    changes = [np.diff(pairs[names].to_numpy(), axis=1) for names in columns]
    persistences = one["persistence"], two["persistence"]
    noise = float(np.nanmean(changes[0] * changes[1]) / 2 / (1 - sum(persistences) / 2))
    innovation = noise * (1 - persistences[0] * persistences[1]) / (one["innovation"] * two["innovation"])
    left = pairs["next"] - one["shrinkage"] * pairs["past"]
    right = pairs["next_credit"] - two["shrinkage"] * pairs["past_credit"]
    covariance = float((left * right).mean()) + common[2]
    total = np.sqrt(((left**2).mean() + common[0]) * ((right**2).mean() + common[1]))
    drifts = np.sqrt((one["drift_sd"] ** 2 + common[0]) * (two["drift_sd"] ** 2 + common[1]))
    drift = (covariance - mean_covariance(persistences, noise)) / drifts
    return {"drift": float(drift), "innovation": innovation, "five_year": float(covariance / total)}


def jackknife(estimate: Callable[..., Estimates], *tables: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Each estimate with its standard error, from leaving out one group of cities at a time."""
    cities = sorted(set().union(*(table["city"] for table in tables)))
    group = {city: position % GROUPS for position, city in enumerate(cities)}
    samples = ([table[table["city"].map(group) != out] for table in tables] for out in range(GROUPS))
    parts = [estimate(*sample) for sample in samples]
    errors = pd.DataFrame(parts).std(ddof=0) * np.sqrt(GROUPS - 1)
    return {name: (value, float(errors[name])) for name, value in estimate(*tables).items()}


@dataclass(frozen=True)
class Sample:
    """What the calibration of one variable starts from; nothing in it is later than the base year.

    ``nation``, ``province``: the closed windows as excess over the nation, over the rest of the province.
    """

    growth: pd.DataFrame
    windows: pd.DataFrame
    nation: pd.DataFrame
    province: pd.DataFrame


def _sample(growth: pd.DataFrame) -> Sample:
    windows = growth_windows(growth)
    third = np.ceil(3 * windows.groupby("start")["level"].rank(pct=True))
    closed = {}
    for name, excess in {"nation": excess_over_nation, "province": excess_over_province}.items():
        relative = closed_windows(relative_windows(windows.assign(third=third), excess), BASE_YEAR)
        closed[name] = with_years(relative, growth, excess(growth, "growth", "year"))
    return Sample(growth, windows, **closed)


def _samples(panel: pd.DataFrame | None) -> tuple[dict[str, Sample], pd.DataFrame]:
    """The cleaned sample of each variable up to the base year, and the rows dropped."""
    levels = load_panel() if panel is None else panel
    growth, dropped = annual_growth(levels[levels["year"] <= BASE_YEAR])
    return {variable: _sample(growth[growth["variable"] == variable]) for variable in VARIABLES}, dropped


def _row(key: str, estimate: tuple[float, float], unit: str, count: int, method: str) -> Estimate:
    return {"key": key, "value": estimate[0], "sd": estimate[1], "unit": unit, "n": count, "method": method}


def _city_rows(variable: str, sample: Sample) -> list[Estimate]:
    """Drift, persistence and innovation of the city's growth: a split of the back-tested five-year spread."""
    forecasts = relative_forecast(sample.growth, sample.windows, BASE_YEAR, CHOSEN).set_index("city")
    mean, sd = float(forecasts["mean"][CITY]), float(forecasts["sd"][CITY])
    noise = jackknife(excess_dynamics, sample.nation)
    persistence, innovation = noise["persistence"][0], noise["innovation"][0]
    annual = mean_covariance((persistence, persistence), innovation**2 / (1 - persistence**2))
    drift_sd = float(np.sqrt(max(sd**2 - annual, 0.0)))
    count = len(sample.nation)
    split = "annual growth less the national mean of the year; changes over one and two years; sd by city"
    drift = f"last three national years plus own excess shrunk; five-year s.d. {sd:.4f} less annual noise"
    return [
        _row(f"city_{variable}.drift", (mean, drift_sd), UNIT, count, drift),
        _row(f"city_{variable}.persistence", noise["persistence"], "ratio", count, split),
        _row(f"city_{variable}.innovation", noise["innovation"], UNIT, count, split),
    ]


def _excess_rows(variable: str, closed: pd.DataFrame, suffix: str, whose: str) -> list[Estimate]:
    """Shrinkage, drift, persistence and innovation of an excess over the rest of the province."""
    estimates = jackknife(excess_dynamics, closed)
    estimates["shrinkage"] = shrinkage(closed)[:2]
    method = f"excess over the province's other cities; {whose}; windows closed by {BASE_YEAR}; sd by city"
    units = {"drift_sd": UNIT, "innovation": UNIT}
    return [
        _row(f"{variable}.excess.{name}{suffix}", estimate, units.get(name, "ratio"), len(closed), method)
        for name, estimate in estimates.items()
    ]


def _correlation_rows(samples: dict[str, Sample]) -> list[Estimate]:
    """Correlations between GDP and credit: of the city (national errors included) and of the excess."""
    gdp, credit = samples["gdp"], samples["credit"]
    left, right = (
        national_forecast(national_growth(sample.growth), BASE_YEAR, CHOSEN)[1] for sample in (gdp, credit)
    )
    common = float((left**2).mean()), float((right**2).mean()), float((left * right).mean())
    city = jackknife(lambda one, two: excess_correlations(one, two, common), gdp.nation, credit.nation)
    own = jackknife(excess_correlations, gdp.province, credit.province)
    count = len(gdp.nation.merge(credit.nation, on=["city", "start"]))
    own_count = len(gdp.province.merge(credit.province, on=["city", "start"]))
    text = "five-year residuals with national errors; annual changes; sd by city: too small, windows are few"
    own_text = "five-year residuals and annual changes of the excess over the province; sd by city"
    rows = [_row(f"correlation.{name}", estimate, "ratio", count, text) for name, estimate in city.items()]
    for name, estimate in own.items():
        rows.append(_row(f"correlation.excess_{name}", estimate, "ratio", own_count, own_text))
    return rows


def _count_rows(samples: dict[str, Sample], dropped: pd.DataFrame) -> list[Estimate]:
    """City-years kept and dropped, by reason, up to the base year; cities and closed windows."""
    rows = []
    for variable, sample in samples.items():
        counts = dropped[dropped["variable"] == variable].groupby("reason")["rows"].sum().to_dict()
        cities, windows = sample.nation["city"].nunique(), len(sample.nation)
        counts |= {"kept": len(sample.growth), "cities": cities, "windows": windows}
        rows += [
            _row(f"rows.{variable}.{name}", (float(number), 0.0), "count", number, f"count up to {BASE_YEAR}")
            for name, number in counts.items()
        ]
    return rows


def calibrate(panel: pd.DataFrame | None = None) -> pd.DataFrame:
    """Estimates for the base year 2020: ``key, value, sd, unit, n, method, source``.

    ``panel`` holds levels as :func:`planmodel.estimation.panel.load_panel` gives them (the default); years after 2020 in
    it are not used. Raises MissingExtraError if the extra ``calibrate`` is missing.
    """
    samples, dropped = _samples(panel)
    rows: list[Estimate] = []
    for variable, sample in samples.items():
        smallest = sample.province[sample.province["third"] == 1]
        rows += _city_rows(variable, sample)
        rows += _excess_rows(variable, sample.province, "", "all cities")
        rows += _excess_rows(variable, smallest, ".small", "the smallest third of cities")
    rows += _correlation_rows(samples) + _count_rows(samples, dropped)
    return pd.DataFrame(rows).assign(source=panel_source())


def reference_class(panel: pd.DataFrame | None = None) -> pd.DataFrame:
    """Growth in the five years before and after each start, by city: ``variable, city, start, past, next``.

    Windows closed by 2020; log points x 100 a year, rounded to 0.01.
    """
    samples, _ = _samples(panel)
    closed = pd.concat([closed_windows(sample.windows, BASE_YEAR) for sample in samples.values()])
    return closed[["variable", "city", "start", "past", "next"]].round(2).reset_index(drop=True)


def write_calibration(folder: str | Path) -> None:
    """Estimate anew and write ``calibration.csv`` and ``reference_class.csv`` into ``folder``."""
    tables = {"calibration.csv": (calibrate(), "%.12g"), "reference_class.csv": (reference_class(), "%.2f")}
    for name, (table, digits) in tables.items():
        table.to_csv(Path(folder) / name, index=False, float_format=digits, lineterminator="\n")

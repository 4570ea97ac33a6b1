"""What the city panel says about the next five years: estimators shared by the back-test and the calibration.

Growth is log points x 100 a year throughout. The forecast of one city is national growth, carried on, plus the city's
own excess of the last five years, shrunk. Only figures up to the base year enter :func:`calibrate`. Nothing is
estimated at import; the results are stored in ``data/`` and a test re-makes them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from planmodel.panel import WINDOW, annual_growth, growth_windows, load_panel, panel_source

BASE_YEAR = 2020  # the plan's: nothing later enters
CITY = "重庆市"
VARIABLES = ("gdp", "credit")
FEWEST_OTHERS = 5  # cities a province needs besides the one that is held against it
GROUPS = 20  # of cities, left out one at a time for standard errors
UNIT = "log % a year"
YEARS = [f"year_{ahead}" for ahead in range(1, WINDOW + 1)]
Estimates = dict[str, float]


@dataclass(frozen=True)
class NationalRule:
    """How national growth of the next five years is forecast: an average of the last years, with its past errors.

    ``proportional`` takes the errors as a share of the forecast, so that the standard error shrinks with growth.
    """

    years: int
    average: str = "mean"
    proportional: bool = False


CHOSEN = NationalRule(3, proportional=True)  # data/backtest.csv says how it was chosen


def closed_windows(windows: pd.DataFrame, origin: int) -> pd.DataFrame:
    """The windows whose five years were over by the year ``origin``: all that a forecaster knew then."""
    known = windows["next"].notna() & (windows["start"] + WINDOW <= origin)
    return windows[known]


def national_growth(growth: pd.DataFrame) -> pd.Series:
    """Mean growth over the cities by year, for one variable; years missing for all cities are left out."""
    return growth.groupby("year")["growth"].mean()


def national_errors(national: pd.Series, origin: int, rule: NationalRule) -> pd.Series:
    """What ``rule`` got wrong in each five-year window closed by ``origin``, by start year."""
    known = national[national.index <= origin]
    errors = {}
    for start in known.index[known.index + WINDOW <= origin]:
        before = known[known.index <= start]
        if len(before) >= rule.years:
            forecast = before.tail(rule.years).agg(rule.average)
            after = known[(known.index > start) & (known.index <= start + WINDOW)].mean()
            errors[start] = (after - forecast) / (forecast if rule.proportional else 1.0)
    return pd.Series(errors)


def national_forecast(national: pd.Series, origin: int, rule: NationalRule) -> tuple[float, float]:
    """National mean growth of the next five years by ``rule``, and its standard error.

    The standard error is the root mean square of the rule's errors in closed windows: it holds the common shocks, and
    it is estimated from few overlapping windows.
    """
    newest = float(national[national.index <= origin].tail(rule.years).agg(rule.average))
    error = float(np.sqrt((national_errors(national, origin, rule) ** 2).mean()))
    return newest, error * (newest if rule.proportional else 1.0)


def excess(windows: pd.DataFrame) -> pd.DataFrame:
    """The windows with ``past`` and ``next`` taken relative to the mean of all cities at the same start."""
    relative = windows.copy()
    for column in ("past", "next"):
        relative[column] = windows[column] - windows.groupby("start")[column].transform("mean")
    return relative


def excess_over_province(table: pd.DataFrame, column: str, year: str) -> pd.Series:
    """A city's growth less the mean of the other cities of its province; empty in provinces with fewer than six."""
    group = table.groupby(["province", year])[column]
    others = group.transform("count") - 1
    mean_of_others = (group.transform("sum") - table[column]) / others.where(others >= FEWEST_OTHERS)
    return table[column] - mean_of_others


def shrinkage(closed: pd.DataFrame) -> tuple[float, float, float]:
    """Slope of next on past excess (no constant), its standard error clustered by city, and the residual variance."""
    import statsmodels.api as sm

    groups = {"groups": pd.factorize(closed["city"])[0]}
    fit = sm.OLS(closed["next"], closed[["past"]]).fit(cov_type="cluster", cov_kwds=groups)
    return float(fit.params["past"]), float(fit.bse["past"]), float(fit.scale)


def relative_forecast(
    growth: pd.DataFrame, windows: pd.DataFrame, origin: int, rule: NationalRule
) -> pd.DataFrame:
    """National growth forecast by ``rule``, plus the city's own excess of the last five years, shrunk.

    Returns ``city, mean, sd`` of the next five years' mean growth. The slope of next on past excess comes from the
    closed windows; ``sd`` joins the spread of its residuals with the standard error of the national forecast.
    """
    relative = excess(windows)
    slope, _, variance = shrinkage(closed_windows(relative, origin))
    national, error = national_forecast(national_growth(growth), origin, rule)
    now = relative[relative["start"] == origin]
    mean = national + slope * now["past"]
    return pd.DataFrame({"city": now["city"], "mean": mean, "sd": float(np.sqrt(variance + error**2))})


def mean_covariance(persistences: tuple[float, float], covariance: float, years: int = WINDOW) -> float:
    """Covariance of the means over ``years`` of two stationary AR(1) with this stationary covariance.

    (g0 / n^2) [n + sum over k of (n - k)(p^k + q^k)]: with both the same, the variance of the mean of one AR(1).
    """
    lags = np.arange(1, years)
    weights = (years - lags) * (persistences[0] ** lags + persistences[1] ** lags)
    return float(covariance / years**2 * (years + weights.sum()))


def annual_noise(residuals: pd.DataFrame) -> tuple[float, float]:
    """AR(1) persistence and stationary variance of annual residuals around a drift that differs by row.

    From half the mean squared difference one and two years apart, v1 = g0 (1 - phi) and v2 = g0 (1 - phi^2): the
    drift cancels, so there is no bias from demeaning short windows (Nickell 1981).
    """
    table = residuals.to_numpy()
    one, two = (np.nanmean((table[:, lag:] - table[:, :-lag]) ** 2) / 2 for lag in (1, 2))
    persistence = float(two / one - 1)
    return persistence, float(one / (1 - persistence))


def excess_dynamics(closed: pd.DataFrame) -> Estimates:
    """Shrinkage, spread of drift, persistence and innovation of an excess; together its five-year spread.

    The variance of the five-year residuals less that of the mean of five years of annual noise is the drift's.
    """
    slope, _, variance = shrinkage(closed)
    persistence, stationary = annual_noise(closed[YEARS].sub(slope * closed["past"], axis=0))
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
    """Correlation of drift and of annual innovation between the excess of GDP and that of credit.

    ``common`` holds the variances of the national errors and their covariance, which belong to the drift. The drift's
    covariance is that of the five-year residuals less what the annual noise makes of it.
    """
    one, two = excess_dynamics(gdp), excess_dynamics(credit)
    pairs = gdp.merge(credit, on=["city", "start"], suffixes=("", "_credit"))
    changes = [
        np.diff(pairs[columns].to_numpy(), axis=1)
        for columns in (YEARS, [f"{year}_credit" for year in YEARS])
    ]
    persistences = one["persistence"], two["persistence"]
    noise = float(np.nanmean(changes[0] * changes[1]) / 2 / (1 - sum(persistences) / 2))
    innovation = noise * (1 - persistences[0] * persistences[1]) / (one["innovation"] * two["innovation"])
    residual = pairs["next"] - one["shrinkage"] * pairs["past"]
    residual_credit = pairs["next_credit"] - two["shrinkage"] * pairs["past_credit"]
    covariance = float((residual * residual_credit).mean()) + common[2] - mean_covariance(persistences, noise)
    spreads = np.sqrt((one["drift_sd"] ** 2 + common[0]) * (two["drift_sd"] ** 2 + common[1]))
    return {"drift": covariance / float(spreads), "innovation": innovation}


def jackknife(estimate: Callable[..., Estimates], *tables: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Each estimate with its standard error from leaving out one group of cities at a time."""
    cities = sorted(set().union(*(table["city"] for table in tables)))
    group = {city: position % GROUPS for position, city in enumerate(cities)}
    parts = [
        estimate(*(table[table["city"].map(group) != left_out] for table in tables))
        for left_out in range(GROUPS)
    ]
    errors = pd.DataFrame(parts).std(ddof=0) * np.sqrt(GROUPS - 1)
    return {name: (value, float(errors[name])) for name, value in estimate(*tables).items()}


def with_years(windows: pd.DataFrame, growth: pd.DataFrame, column: str) -> pd.DataFrame:
    """The windows with the five annual figures after each start beside them (``year_1`` to ``year_5``)."""
    annual = growth.set_index(["city", "year"])[column]
    table = windows.copy()
    for ahead, name in enumerate(YEARS, start=1):
        table[name] = annual.reindex(
            pd.MultiIndex.from_arrays([table["city"], table["start"] + ahead])
        ).to_numpy()
    return table


def _closed_excess(growth: pd.DataFrame, windows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Closed windows of one variable relative to the nation, and relative to the rest of the province."""
    annual = growth.assign(
        nation=growth["growth"] - growth.groupby("year")["growth"].transform("mean"),
        province_excess=excess_over_province(growth, "growth", "year"),
    )
    nation = with_years(closed_windows(excess(windows), BASE_YEAR), annual, "nation")
    relative = windows.copy()
    for column in ("past", "next"):
        relative[column] = excess_over_province(windows, column, "start")
    relative["third"] = np.ceil(3 * windows.groupby("start")["level"].rank(pct=True))
    province = closed_windows(relative[relative["past"].notna()], BASE_YEAR)
    return nation, with_years(province, annual, "province_excess")


@dataclass(frozen=True)
class _Sample:
    """What the calibration of one variable starts from; nothing in it is later than the base year."""

    growth: pd.DataFrame
    windows: pd.DataFrame
    nation: pd.DataFrame
    province: pd.DataFrame


def _samples(panel: pd.DataFrame) -> tuple[dict[str, _Sample], pd.DataFrame]:
    """The cleaned sample of each variable up to the base year, and the rows dropped."""
    growth, dropped = annual_growth(panel[panel["year"] <= BASE_YEAR])
    samples = {}
    for variable in VARIABLES:
        own = growth[growth["variable"] == variable]
        windows = growth_windows(own)
        samples[variable] = _Sample(own, windows, *_closed_excess(own, windows))
    return samples, dropped


def _national_error(sample: _Sample) -> pd.Series:
    """National errors in closed windows at the size they have at the base year."""
    national = national_growth(sample.growth)
    newest, _ = national_forecast(national, BASE_YEAR, CHOSEN)
    return national_errors(national, BASE_YEAR, CHOSEN) * (newest if CHOSEN.proportional else 1.0)


def _city_rows(variable: str, sample: _Sample) -> list[dict[str, object]]:
    """Drift, persistence and innovation of Chongqing's growth, splitting the back-tested five-year spread."""
    forecast = relative_forecast(sample.growth, sample.windows, BASE_YEAR, CHOSEN).set_index("city").loc[CITY]
    noise = jackknife(excess_dynamics, sample.nation)
    persistence, innovation = noise["persistence"][0], noise["innovation"][0]
    annual = mean_covariance((persistence, persistence), innovation**2 / (1 - persistence**2))
    drift_sd = float(np.sqrt(max(forecast["sd"] ** 2 - annual, 0.0)))
    count = len(sample.nation)
    split = (
        "annual growth less the national mean of the year, differences one and two years apart; sd jackknife"
    )
    drift = (
        "mean of the last three national years plus own excess of 2015-2020 shrunk; sd: five-year predictive spread "
        f"{forecast['sd']:.4f} less the annual noise"
    )
    return [
        _row(f"city_{variable}.drift", (forecast["mean"], drift_sd), UNIT, count, drift),
        _row(f"city_{variable}.persistence", noise["persistence"], "ratio", count, split),
        _row(f"city_{variable}.innovation", noise["innovation"], UNIT, count, split),
    ]


def _excess_rows(variable: str, closed: pd.DataFrame, suffix: str, whose: str) -> list[dict[str, object]]:
    """Shrinkage, drift, persistence and innovation of an excess over the rest of the province."""
    estimates = jackknife(excess_dynamics, closed)
    estimates["shrinkage"] = shrinkage(closed)[:2]
    method = f"excess over the province's other cities, {whose}, windows closed by {BASE_YEAR}; sd by city"
    unit = {"drift_sd": UNIT, "innovation": UNIT}
    return [
        _row(f"{variable}.excess.{name}{suffix}", estimate, unit.get(name, "ratio"), len(closed), method)
        for name, estimate in estimates.items()
    ]


def _correlation_rows(samples: dict[str, _Sample]) -> list[dict[str, object]]:
    """Correlations between GDP and credit, of the city (national errors included) and of the excess."""
    errors = pd.DataFrame({name: _national_error(sample) for name, sample in samples.items()})
    squares = (errors**2).mean()
    common = float(squares["gdp"]), float(squares["credit"]), float((errors["gdp"] * errors["credit"]).mean())
    gdp, credit = samples["gdp"], samples["credit"]
    city = jackknife(lambda one, two: excess_correlations(one, two, common), gdp.nation, credit.nation)
    own = jackknife(excess_correlations, gdp.province, credit.province)
    city_text = f"five-year residuals and {len(errors.dropna())} overlapping national errors; sd by city alone: optimistic"
    own_text = "five-year residuals and annual differences of the excess over the province; sd by city"
    count = len(gdp.nation.merge(credit.nation, on=["city", "start"]))
    own_count = len(gdp.province.merge(credit.province, on=["city", "start"]))
    return [
        _row(f"correlation.{name}", estimate, "ratio", count, city_text) for name, estimate in city.items()
    ] + [
        _row(f"correlation.excess_{name}", estimate, "ratio", own_count, own_text)
        for name, estimate in own.items()
    ]


def _count_rows(samples: dict[str, _Sample], dropped: pd.DataFrame) -> list[dict[str, object]]:
    """How many city-years were kept and dropped and why, up to the base year; cities and closed windows."""
    rows = []
    for variable, sample in samples.items():
        counts = dropped[dropped["variable"] == variable].groupby("reason")["rows"].sum().to_dict()
        closed = sample.nation
        counts |= {"kept": len(sample.growth), "cities": closed["city"].nunique(), "windows": len(closed)}
        rows += [
            _row(
                f"rows.{variable}.{name}",
                (float(value), 0.0),
                "count",
                value,
                "count of city-years up to 2020",
            )
            for name, value in counts.items()
        ]
    return rows


def _row(key: str, estimate: tuple[float, float], unit: str, count: int, method: str) -> dict[str, object]:
    return {"key": key, "value": estimate[0], "sd": estimate[1], "unit": unit, "n": count, "method": method}


def calibrate(panel: pd.DataFrame | None = None) -> pd.DataFrame:
    """Estimates for the base year 2020: ``key, value, sd, unit, n, method, source``.

    ``panel`` holds levels as :func:`planmodel.panel.load_panel` returns them (the default); years after 2020 in it
    are not read. Raises ImportError if the extra ``calibrate`` is missing.
    """
    samples, dropped = _samples(load_panel() if panel is None else panel)
    rows = []
    for variable, sample in samples.items():
        province = sample.province
        rows += _city_rows(variable, sample)
        rows += _excess_rows(variable, province, "", "all cities")
        rows += _excess_rows(variable, province[province["third"] == 1], ".small", "smallest third")
    table = pd.DataFrame(rows + _correlation_rows(samples) + _count_rows(samples, dropped))
    return table.assign(source=panel_source())


def reference_class(panel: pd.DataFrame | None = None) -> pd.DataFrame:
    """Growth in the five years before and after each start, for every city: ``variable, city, start, past, next``.

    Windows closed by 2020, log points x 100 a year, rounded to 0.01.
    """
    samples, _ = _samples(load_panel() if panel is None else panel)
    closed = pd.concat([closed_windows(sample.windows, BASE_YEAR) for sample in samples.values()])
    return closed[["variable", "city", "start", "past", "next"]].round(2).reset_index(drop=True)


def write_calibration(folder: str | Path) -> None:
    """Estimate anew and write ``calibration.csv`` and ``reference_class.csv`` into ``folder``."""
    panel = load_panel()
    calibrate(panel).to_csv(
        Path(folder) / "calibration.csv", index=False, float_format="%.12g", lineterminator="\n"
    )
    reference_class(panel).to_csv(
        Path(folder) / "reference_class.csv", index=False, float_format="%.2f", lineterminator="\n"
    )

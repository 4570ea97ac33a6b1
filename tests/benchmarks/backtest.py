"""Back-test of five-year growth forecasts on the city panel. Run: python tests/benchmarks/backtest.py

Forecasts are made at the end of each start year 2010 ... 2018 from data up to that year and calibrated on windows
closed by then; the outcome is mean annual log growth of the five years after it (the last ends in 2023). Cleaning
looks at the year itself and at earlier years only. What this test cannot undo: the panel is ONE REVISED VINTAGE.
A forecaster of 2014 had unrevised figures, so every forecast here, the naive ones too, knows revisions it could not
have known.

Scores are mean CRPS over cities and starts (points of annual log growth x 100, lower is better). The two naive
forecasts are normal too, with the spread of their own errors in the closed windows. The standard error of the ratio
is a jackknife over start years; neighbouring windows share four of five years, so it is optimistic.

All specifications ever tried are listed here and in data/backtest.csv. `plain` was run and stored first.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.special import ndtr

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from planmodel.calibration import (  # noqa: E402
    NationalRule,
    closed_windows,
    excess,
    national_forecast,
    national_growth,
    plain_forecast,
    relative_forecast,
)
from planmodel.panel import annual_growth, growth_windows, load_panel  # noqa: E402

STARTS = {"2010-2018": range(2010, 2019), "2010-2013": range(2010, 2014), "2014-2018": range(2014, 2019)}
LAST_3 = NationalRule(3)
Forecast = Callable[[pd.DataFrame, pd.DataFrame, int], pd.DataFrame]

def carried_drop(windows: pd.DataFrame, origin: int) -> pd.DataFrame:
    """The plain forecast, moved by how far the newest national five years lie from those of the closed windows."""
    closed, now = closed_windows(windows, origin), windows[windows["start"] == origin]
    forecast = plain_forecast(windows, origin)
    forecast["mean"] += now["past"].mean() - closed["past"].mean()
    return forecast


def relative_drift(growth: pd.DataFrame, windows: pd.DataFrame, origin: int) -> pd.DataFrame:
    """As relative_3, with the national mean and its error from a local level model (random walk seen with noise)."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    national = national_growth(growth)
    series = national.reindex(range(national.index.min(), origin + 1)).to_numpy()
    fit = UnobservedComponents(series, "local level").fit(disp=False)
    noise, walk = fit.params
    level, uncertainty = fit.filtered_state[0, -1], fit.filtered_state_cov[0, 0, -1]
    variance = uncertainty + walk * 55 / 25 + noise / 5  # mean of a random walk over five years, and of the noise
    return _with_national(growth, windows, origin, level, variance)


def _with_national(
    growth: pd.DataFrame, windows: pd.DataFrame, origin: int, level: float, variance: float
) -> pd.DataFrame:
    """relative_3 with another forecast of national growth and its variance."""
    national, error = national_forecast(national_growth(growth), origin, LAST_3)
    forecast = relative_forecast(growth, windows, origin, LAST_3)
    forecast["mean"] += level - national
    forecast["sd"] = np.sqrt(forecast["sd"] ** 2 - error**2 + variance)
    return forecast


def with_predictors(
    growth: pd.DataFrame, windows: pd.DataFrame, origin: int, extra: pd.DataFrame
) -> pd.DataFrame:
    """As relative_3, with one more predictor of a city's excess (``city, start, extra``) in the regression."""
    relative = excess(windows).merge(extra, on=["city", "start"])
    closed, now = closed_windows(relative, origin), relative[relative["start"] == origin]
    fit = sm.OLS(closed["next"], closed[["past", "extra"]]).fit()
    national, error = national_forecast(national_growth(growth), origin, LAST_3)
    mean = national + now[["past", "extra"]] @ fit.params
    return pd.DataFrame({"city": now["city"], "mean": mean, "sd": float(np.sqrt(fit.scale + error**2))})


def last_year(growth: pd.DataFrame, windows: pd.DataFrame, origin: int) -> pd.DataFrame:
    """One more predictor: the city's excess in the last year alone (momentum, or what a bad figure gives back)."""
    wide = growth.pivot(index="city", columns="year", values="growth")
    single = (wide - wide.mean()).fillna(0.0).stack().rename("extra").rename_axis(["city", "start"])
    return with_predictors(growth, windows, origin, single.reset_index())


def by_province(growth: pd.DataFrame, windows: pd.DataFrame, origin: int) -> pd.DataFrame:
    """One more predictor: the mean excess of the city's province, which may persist otherwise than the city's own."""
    relative = excess(windows)
    relative["extra"] = relative.groupby(["province", "start"])["past"].transform("mean")
    return with_predictors(growth, windows, origin, relative[["city", "start", "extra"]])


def by_size(growth: pd.DataFrame, windows: pd.DataFrame, origin: int) -> pd.DataFrame:
    """As relative_3, with the spread of the excess by thirds of size: large cities are more diversified."""
    relative = excess(windows)
    relative["third"] = (3 * relative.groupby("start")["level"].rank(pct=True)).clip(upper=2.999).astype(int)
    closed, now = closed_windows(relative, origin), relative[relative["start"] == origin]
    fit = sm.OLS(closed["next"], closed[["past"]]).fit()
    variance = (fit.resid**2).groupby(closed["third"]).mean()
    _, error = national_forecast(national_growth(growth), origin, LAST_3)
    forecast = relative_forecast(growth, windows, origin, LAST_3)
    forecast["sd"] = np.sqrt(now["third"].map(variance) + error**2)
    return forecast


# name: (forecast of one variable's growth and windows at an origin, what it is, specified after seeing results)
SPECIFICATIONS: dict[str, tuple[Forecast, str, str]] = {
    "plain": (
        lambda growth, windows, origin: plain_forecast(windows, origin),
        "own last five years shrunk towards the mean of closed windows; residual spread of closed windows",
        "no",
    ),
    "plain_drop": (
        lambda growth, windows, origin: carried_drop(windows, origin),
        "plain, moved by the newest national five-year mean less that of the closed windows",
        "yes",
    ),
    "relative_5": (
        lambda growth, windows, origin: relative_forecast(growth, windows, origin, NationalRule(5)),
        "national mean of the last five years plus own excess shrunk; spread: residuals and past national errors",
        "yes",
    ),
    "relative_3": (
        lambda growth, windows, origin: relative_forecast(growth, windows, origin, LAST_3),
        "as relative_5 with the national mean of the last three years",
        "yes",
    ),
    "relative_1": (
        lambda growth, windows, origin: relative_forecast(growth, windows, origin, NationalRule(1)),
        "as relative_5 with the national mean of the last year",
        "yes",
    ),
    "relative_local_level": (relative_drift, "as relative_3 with the national mean from a local level model", "yes"),
    "relative_3_last_year": (last_year, "as relative_3 with the excess of the last year as a second predictor", "yes"),
    "relative_3_province": (by_province, "as relative_3 with the province's excess as a second predictor", "yes"),
    "relative_3_size": (by_size, "as relative_3 with the spread of the excess by thirds of size", "yes"),
    "relative_median_3": (
        lambda growth, windows, origin: relative_forecast(growth, windows, origin, NationalRule(3, "median")),
        "as relative_3 with the median of the last three national years: one year of stimulus or epidemic is no trend",
        "yes",
    ),
    "relative_1_proportional": (
        lambda growth, windows, origin: relative_forecast(growth, windows, origin, NationalRule(1, "mean", True)),
        "as relative_1 with national errors as a share of growth: slower growth, smaller errors",
        "yes",
    ),
    "relative_3_proportional": (
        lambda growth, windows, origin: relative_forecast(growth, windows, origin, NationalRule(3, "mean", True)),
        "as relative_3 with national errors as a share of growth",
        "yes",
    ),
    "relative_median_3_proportional": (
        lambda growth, windows, origin: relative_forecast(growth, windows, origin, NationalRule(3, "median", True)),
        "as relative_median_3 with national errors as a share of growth",
        "yes",
    ),
}


def same_as_last_five(windows: pd.DataFrame, origin: int) -> pd.DataFrame:
    """Naive: the last five years again, with the root mean square of its own errors in closed windows."""
    closed, now = closed_windows(windows, origin), windows[windows["start"] == origin]
    spread = float(np.sqrt(((closed["next"] - closed["past"]) ** 2).mean()))
    return pd.DataFrame({"city": now["city"], "mean": now["past"], "sd": spread})


def mean_of_closed(windows: pd.DataFrame, origin: int) -> pd.DataFrame:
    """Naive: the mean of all closed windows, with their standard deviation."""
    closed, now = closed_windows(windows, origin), windows[windows["start"] == origin]
    return pd.DataFrame({"city": now["city"], "mean": closed["next"].mean(), "sd": closed["next"].std()})


def normal_crps(mean: pd.Series, sd: pd.Series, outcome: pd.Series) -> pd.Series:
    """CRPS of a normal forecast: sd [z (2 Phi(z) - 1) + 2 phi(z) - 1/sqrt(pi)] (Gneiting and Raftery 2007)."""
    z = (outcome - mean) / sd
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return sd * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi))


def scores(name: str, growth: pd.DataFrame, windows: pd.DataFrame) -> pd.DataFrame:
    """One row a city and start: CRPS of the forecast and of both naive ones, and whether 80 % covered it."""
    rows = []
    for origin in STARTS["2010-2018"]:
        known = growth[growth["year"] <= origin]
        seen = growth_windows(known)
        table = windows.loc[(windows["start"] == origin) & windows["next"].notna(), ["city", "start", "next"]]
        forecasts = {
            "crps": SPECIFICATIONS[name][0](known, seen, origin),
            "crps_same_as_last_five": same_as_last_five(seen, origin),
            "crps_mean_of_closed": mean_of_closed(seen, origin),
        }
        for column, forecast in forecasts.items():
            joined = table[["city", "next"]].merge(forecast, on="city", how="left").set_index(table.index)
            table[column] = normal_crps(joined["mean"], joined["sd"], joined["next"])
            if column == "crps":
                table["covered"] = (joined["next"] - joined["mean"]).abs() <= 1.2815515655446004 * joined["sd"]
        rows.append(table)
    return pd.concat(rows, ignore_index=True)


def ratio_of(table: pd.DataFrame) -> float:
    """Mean CRPS over that of the better naive forecast on the same rows."""
    naive = table[["crps_same_as_last_five", "crps_mean_of_closed"]].mean().min()
    return float(table["crps"].mean() / naive)


def jackknife_error(table: pd.DataFrame) -> float:
    """Standard error of the ratio, leaving out one start year at a time."""
    left_out = np.array([ratio_of(table[table["start"] != start]) for start in table["start"].unique()])
    count = len(left_out)
    return float(np.sqrt((count - 1) / count * ((left_out - left_out.mean()) ** 2).sum()))


def summary(name: str, variable: str, table: pd.DataFrame) -> list[dict[str, object]]:
    """The rows of data/backtest.csv for one specification and variable."""
    rows = []
    for label, starts in STARTS.items():
        part = table[table["start"].isin(starts)]
        means = part[["crps", "crps_same_as_last_five", "crps_mean_of_closed"]].mean().round(4)
        rows.append(
            {"specification": name, "description": SPECIFICATIONS[name][1], "variable": variable, "starts": label}
            | {"n": len(part), **means}
            | {"ratio": round(ratio_of(part), 4), "ratio_se": round(jackknife_error(part), 4)}
            | {"coverage_80": round(part["covered"].mean(), 4), "tuned_after_seeing": SPECIFICATIONS[name][2]}
        )
    return rows


def backtest() -> pd.DataFrame:
    """Every specification on both variables; the table that data/backtest.csv stores."""
    growth = annual_growth(load_panel())[0]
    rows: list[dict[str, object]] = []
    for name in SPECIFICATIONS:
        for variable in ("gdp", "credit"):
            own = growth[growth["variable"] == variable]
            rows += summary(name, variable, scores(name, own, growth_windows(own)))
    return pd.DataFrame(rows)


def main() -> None:
    """Print the table with its caveat and store it."""
    table = backtest()
    print("City panel, one revised vintage: forecasts know revisions that no forecaster of the day knew.")
    print("Mean CRPS, points of annual log growth; standard errors by start year are optimistic (windows overlap).")
    print(table.drop(columns="description").to_string(index=False))
    folder = Path(__file__).resolve().parents[2] / "data"
    table.to_csv(folder / "backtest.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()

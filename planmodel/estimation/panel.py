"""The city panel: GDP, deposits and loans of 300 Chinese cities as annual growth and five-year windows.

The panel is the PyPI package ``city-macro-data`` (extra ``calibrate``). It is one revised vintage, does not
state its origin, mixes RMB with RMB-and-foreign-currency balances, and holds gaps, filled figures and breaks.
Every cleaning rule looks at the year itself and at earlier years only: cleaning never looks ahead.
Growth is log points x 100 a year.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from importlib import metadata, resources

import numpy as np
import pandas as pd

from planmodel.base.extras import need

PACKAGE = "city-macro-data"
COLUMNS = {
    "年份": "year",
    "城市": "city",
    "省份": "province",
    "地区生产总值(万元)": "gdp",
    "年末金融机构存款余额(万元)": "deposits",
    "年末金融机构各项贷款余额(万元)": "loans",
}
WINDOW = 5  # years: the length of a plan
YEARS = [f"year_{ahead}" for ahead in range(1, WINDOW + 1)]
FEWEST_YEARS = 4  # of a window's five that must have survived the cleaning
FEWEST_OTHERS = 5  # cities a province needs besides the one that is held against it
ROBUST_DEVIATIONS = 6.0  # generous on purpose: oil towns and epidemics are history, misprints are not
SAME_GROWTH = 1e-3  # log points x 100: two years that agree to this were filled in, not observed
DEPOSIT_BREAK = 2015  # the central bank began to count deposits of non-bank financial institutions
LAST_YEAR = 2023  # from 2023 to 2024 the fifth economic census revised GDP: a break, not growth


def _data_bytes() -> bytes:
    """The panel's CSV file."""
    need("calibrate", "city_macro_data")
    return resources.files("city_macro_data.data").joinpath("city_macro.csv").read_bytes()


def panel_source() -> str:
    """Name, version and sha256 of the panel's data file, as the stored estimates quote it."""
    digest = hashlib.sha256(_data_bytes()).hexdigest()
    return f"pypi:{PACKAGE}=={metadata.version(PACKAGE)} city_macro.csv sha256:{digest}"


def load_panel() -> pd.DataFrame:
    """The panel's levels: ``city, province, year, gdp, deposits, loans`` (100 million yuan, current prices).

    Raises MissingExtraError if the package of the extra ``calibrate`` is missing.
    """
    raw = pd.read_csv(io.BytesIO(_data_bytes()), encoding="utf-8-sig", usecols=list(COLUMNS))
    panel = raw.rename(columns=COLUMNS)[["city", "province", "year", "gdp", "deposits", "loans"]]
    amounts = ["gdp", "deposits", "loans"]
    panel[amounts] = panel[amounts].astype(float) / 1e4
    return panel.sort_values(["city", "year"], ignore_index=True)


def _growth_and_fault(panel: pd.DataFrame, level: pd.Series) -> pd.DataFrame:
    """Growth of one series and why it is not usable ("" if it is); the panel is sorted by city and year."""
    logs = 100 * np.log(level.where(level > 0))
    consecutive = panel.groupby("city")["year"].diff() == 1
    growth = logs.groupby(panel["city"]).diff().where(consecutive)
    before = growth.groupby(panel["city"]).shift()
    fault = pd.Series("", index=panel.index).mask(growth.isna(), "missing")
    filled = (growth.abs() < SAME_GROWTH) | ((growth - before).abs() < SAME_GROWTH)
    fault = fault.mask(filled & (fault == ""), "filled")
    sound = growth.where(fault == "")
    distance = (sound - sound.groupby(panel["year"]).transform("median")).abs()
    limit = ROBUST_DEVIATIONS * 1.4826 * distance.groupby(panel["year"]).transform("median")
    return pd.DataFrame({"level": level, "growth": growth, "fault": fault.mask(distance > limit, "outlier")})


def annual_growth(panel: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clean the panel into annual log growth, and say what went.

    ``growth``: variable (``gdp``, ``credit``: deposits plus loans), city, province, year, level (100 million
    yuan), growth. ``dropped``: variable, year, reason, rows. The reasons, in the order they are looked for:

    - ``missing``: this year's or last year's figure is absent or not positive;
    - ``filled``: the growth is zero, or equals last year's (a repeated or interpolated figure);
    - ``outlier``: more than six robust standard deviations (1.4826 x median absolute deviation) from the
      median of the cities in that year: boundary changes, census breaks of one city or province, misprints;
    - ``deposit_break``: credit in 2015 is missing for every city. Subtracting that year's excess over its
      neighbours would need 2016, which a forecaster of 2015 does not have, and the excess is not common (the
      median city shows less than 1 point, Chongqing 3.5);
    - ``census``: years after 2023.

    Credit goes when its deposits or its loans go for any of the first three.
    """
    panel = panel.sort_values(["city", "year"], ignore_index=True)
    gdp = _growth_and_fault(panel, panel["gdp"])
    positive = panel[["deposits", "loans"]].where(panel[["deposits", "loans"]] > 0)
    credit = _growth_and_fault(panel, positive.sum(axis=1, skipna=False))
    for part in ("deposits", "loans"):
        credit["fault"] = credit["fault"].mask(
            credit["fault"] == "", _growth_and_fault(panel, panel[part])["fault"]
        )
    credit.loc[(panel["year"] == DEPOSIT_BREAK) & (credit["fault"] == ""), "fault"] = "deposit_break"
    keys = panel[["city", "province", "year"]]
    table = pd.concat([keys.join(gdp).assign(variable="gdp"), keys.join(credit).assign(variable="credit")])
    table = table[table["year"] > panel["year"].min()]  # the first year has nothing to grow from
    table.loc[(table["year"] > LAST_YEAR) & (table["fault"] == ""), "fault"] = "census"
    gone = table[table["fault"] != ""].rename(columns={"fault": "reason"})
    dropped = gone.groupby(["variable", "year", "reason"]).size().rename("rows").reset_index()
    kept = table.loc[table["fault"] == "", ["variable", "city", "province", "year", "level", "growth"]]
    return kept.reset_index(drop=True), dropped


def growth_windows(growth: pd.DataFrame) -> pd.DataFrame:
    """Mean annual growth of one variable before and after each start year.

    Returns ``variable, city, province, start, level, past, next``: ``past`` is the mean over the five years
    up to ``start``, ``next`` over the five years after it, each on at least four of them; ``next`` is empty
    where they are not over or not known. ``level`` is the newest sound level up to ``start``.
    """
    years = range(
        growth["year"].min(), growth["year"].max() + 1
    )  # a year missing for every city still counts
    annual = growth.pivot_table(index="city", columns="year", values="growth").reindex(columns=years)
    level = growth.pivot_table(index="city", columns="year", values="level").reindex(columns=years)
    means = annual.T.rolling(WINDOW, min_periods=FEWEST_YEARS).mean().T
    means.iloc[:, : WINDOW - 1] = np.nan  # windows that begin before the data
    table = _long(means, "past")
    table["next"] = _long(means.shift(-WINDOW, axis=1), "next")["next"]
    table["level"] = _long(level.ffill(axis=1), "level")["level"]
    table.insert(0, "variable", growth["variable"].iloc[0])
    table.insert(2, "province", table["city"].map(growth.groupby("city")["province"].first()))
    table = table[table["past"].notna()].sort_values(["city", "start"], ignore_index=True)
    return table[["variable", "city", "province", "start", "level", "past", "next"]]


def _long(wide: pd.DataFrame, name: str) -> pd.DataFrame:
    """A table of cities by years as rows ``city, start`` and the value."""
    return wide.reset_index().melt(id_vars="city", var_name="start", value_name=name)


def closed_windows(windows: pd.DataFrame, origin: int) -> pd.DataFrame:
    """The windows whose five years were over by the year ``origin``: all that a forecaster knew then."""
    return windows[windows["next"].notna() & (windows["start"] + WINDOW <= origin)]


def excess_over_nation(table: pd.DataFrame, column: str, year: str) -> pd.Series:
    """A city's growth less the mean of all cities in the same year; ``year`` names the year's column."""
    return table[column] - table.groupby(year)[column].transform("mean")


def excess_over_province(table: pd.DataFrame, column: str, year: str) -> pd.Series:
    """A city's growth less the mean of its province's other cities; empty where those are fewer than five."""
    group = table.groupby(["province", year])[column]
    others = group.transform("count") - 1
    mean_of_others = (group.transform("sum") - table[column]) / others.where(others >= FEWEST_OTHERS)
    return table[column] - mean_of_others


def relative_windows(
    windows: pd.DataFrame, excess: Callable[[pd.DataFrame, str, str], pd.Series] = excess_over_nation
) -> pd.DataFrame:
    """The windows with ``past`` and ``next`` as an excess, by default over the mean of all cities."""
    parts = {column: excess(windows, column, "start") for column in ("past", "next")}
    relative = windows.assign(**parts)
    return relative[relative["past"].notna()]


def national_growth(growth: pd.DataFrame) -> pd.Series:
    """Mean growth over the cities by year, for one variable; years missing for all cities are left out."""
    return growth.groupby("year")["growth"].mean()


def with_years(windows: pd.DataFrame, growth: pd.DataFrame, annual: pd.Series) -> pd.DataFrame:
    """The windows with the five annual figures after each start beside them (``year_1`` to ``year_5``)."""
    by_year = pd.Series(annual.to_numpy(), index=pd.MultiIndex.from_frame(growth[["city", "year"]]))
    figures = {
        name: by_year.reindex(
            pd.MultiIndex.from_arrays([windows["city"], windows["start"] + ahead])
        ).to_numpy()
        for ahead, name in enumerate(YEARS, start=1)
    }
    return windows.assign(**figures)

"""The city panel: 300 Chinese cities, GDP, deposits and loans by year, cleaned into annual log growth.

The panel is the PyPI package ``city-macro-data`` (extra ``calibrate``). It is one revised vintage, does not state
its origin, mixes RMB with RMB-and-foreign-currency balances, and holds gaps, filled values and breaks. Every
cleaning rule looks at the year itself and at earlier years only, so cleaning never looks ahead.
"""

from __future__ import annotations

import hashlib
import io
from importlib import metadata, resources

import numpy as np
import pandas as pd

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
FEWEST_YEARS = 4  # of a window's five that must have survived the cleaning
ROBUST_DEVIATIONS = 6.0  # generous on purpose: oil towns and epidemics are history, typing errors are not
SAME_GROWTH = 1e-3  # log points x 100; two years that agree to this were filled in, not observed
DEPOSIT_BREAK = 2015  # the central bank began to count deposits of non-bank financial institutions
LAST_YEAR = 2023  # 2023 to 2024 the fifth economic census revised GDP: a break, not growth


def _data_bytes() -> bytes:
    """The bytes of the panel's CSV file; ImportError names the extra that brings it."""
    try:
        folder = resources.files("city_macro_data.data")
    except ModuleNotFoundError:
        raise ImportError(
            "The city panel is not installed; it comes with the extra `calibrate`: pip install 'planmodel[calibrate]'."
        ) from None
    return folder.joinpath("city_macro.csv").read_bytes()


def panel_source() -> str:
    """Name, version and sha256 of the panel's data file, as the stored estimates quote it."""
    digest = hashlib.sha256(_data_bytes()).hexdigest()
    return f"pypi:{PACKAGE}=={metadata.version(PACKAGE)} city_macro.csv sha256:{digest}"


def load_panel() -> pd.DataFrame:
    """The panel's levels: ``city, province, year, gdp, deposits, loans`` (100 million yuan, current prices).

    Raises ImportError if the package of the extra ``calibrate`` is missing.
    """
    raw = pd.read_csv(io.BytesIO(_data_bytes()), encoding="utf-8-sig", usecols=list(COLUMNS))
    levels = raw.rename(columns=COLUMNS)[["city", "province", "year", "gdp", "deposits", "loans"]]
    levels[["gdp", "deposits", "loans"]] = levels[["gdp", "deposits", "loans"]].astype(float) / 1e4
    return levels.sort_values(["city", "year"], ignore_index=True)


def _faults(levels: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Growth of one series and, cell by cell, why it is not usable ("" if it is); city by year."""
    positive = levels.where(levels > 0)
    growth = 100 * np.log(positive).diff(axis=1)
    fault = pd.DataFrame("", index=growth.index, columns=growth.columns)
    fault[growth.isna()] = "missing"
    filled = (growth.abs() < SAME_GROWTH) | (growth.diff(axis=1).abs() < SAME_GROWTH)
    fault[filled & (fault == "")] = "filled"
    sound = growth.where(fault == "")
    distance = (sound - sound.median()).abs()
    fault[distance > ROBUST_DEVIATIONS * 1.4826 * distance.median()] = "outlier"
    return growth, fault


def _tidy(variable: str, growth: pd.DataFrame, fault: pd.DataFrame, level: pd.DataFrame) -> pd.DataFrame:
    """One row a city and year: variable, city, year, level, growth, fault."""
    stacked = {"level": level, "growth": growth, "fault": fault}
    table = pd.DataFrame({name: frame.iloc[:, 1:].stack(future_stack=True) for name, frame in stacked.items()})
    table = table.rename_axis(["city", "year"]).reset_index()
    table.insert(0, "variable", variable)
    return table


def annual_growth(panel: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clean the panel into annual log growth, and say what went.

    ``growth``: variable (``gdp``, ``credit``), city, province, year, level (100 million yuan) and growth (log points
    x 100). Credit is deposits plus loans. ``dropped``: variable, year, reason, rows. Reasons, in this order:

    - ``missing``: this year's or last year's figure is absent or not positive;
    - ``filled``: the growth is zero to the yuan, or equals last year's (a repeated or interpolated figure);
    - ``outlier``: more than six robust standard deviations (1.4826 x median absolute deviation) from the median of
      the cities in that year. Boundary changes, census breaks of single cities and misprints fall here. Credit goes
      when its deposits or its loans go;
    - ``deposit_break``: credit in 2015 is missing for every city. Subtracting the year's excess over its neighbours
      would need 2016, which a forecaster of 2015 does not have, and the excess is not common (the median city shows
      under 1 point, Chongqing 3.5);
    - ``census``: years after 2023.
    """
    wide = {name: panel.pivot(index="city", columns="year", values=name) for name in ("gdp", "deposits", "loans")}
    gdp_growth, gdp_fault = _faults(wide["gdp"])
    credit = wide["deposits"] + wide["loans"]
    credit_growth, credit_fault = _faults(credit)
    for part in ("deposits", "loans"):
        part_fault = _faults(wide[part])[1]
        credit_fault = credit_fault.where(credit_fault != "", part_fault)
    if DEPOSIT_BREAK in credit_fault:
        column = credit_fault[DEPOSIT_BREAK]
        credit_fault[DEPOSIT_BREAK] = column.where(column != "", "deposit_break")
    both = [_tidy("gdp", gdp_growth, gdp_fault, wide["gdp"]), _tidy("credit", credit_growth, credit_fault, credit)]
    table = pd.concat(both, ignore_index=True)
    table.loc[(table["year"] > LAST_YEAR) & (table["fault"] == ""), "fault"] = "census"
    gone = table[table["fault"] != ""].rename(columns={"fault": "reason"})
    dropped = gone.groupby(["variable", "year", "reason"]).size().rename("rows").reset_index()
    kept = table[table["fault"] == ""].drop(columns="fault").reset_index(drop=True)
    kept.insert(2, "province", kept["city"].map(panel.groupby("city")["province"].first()))
    return kept, dropped


def growth_windows(growth: pd.DataFrame, length: int = WINDOW) -> pd.DataFrame:
    """Mean annual growth before and after each start year: ``variable, city, province, start, level, past, next``.

    ``past`` is the mean over the ``length`` years up to ``start``, ``next`` the mean over the five years after it
    (log points x 100 a year); a mean stands on at least four fifths of its years. ``next`` is empty where the
    five years are not over, ``level`` is the level in the start year (the newest sound one before it).
    """
    tables = []
    for variable, rows in growth.groupby("variable", sort=False):
        years = range(rows["year"].min(), rows["year"].max() + 1)  # a year that is missing for all still counts
        wide = rows.pivot(index="city", columns="year", values="growth").reindex(columns=years)
        past = _rolling_mean(wide, length)
        following = _rolling_mean(wide, WINDOW).shift(-WINDOW, axis=1)
        level = rows.pivot(index="city", columns="year", values="level").reindex(columns=years).ffill(axis=1)
        frames = {"level": level, "past": past, "next": following}
        table = pd.DataFrame({name: frame.stack(future_stack=True) for name, frame in frames.items()})
        table = table.rename_axis(["city", "start"]).reset_index()
        table.insert(0, "variable", variable)
        tables.append(table)
    table = pd.concat(tables, ignore_index=True)
    table.insert(2, "province", table["city"].map(growth.groupby("city")["province"].first()))
    return table[table["past"].notna()].reset_index(drop=True)


def _rolling_mean(wide: pd.DataFrame, length: int) -> pd.DataFrame:
    """Mean over each run of ``length`` years ending in a year, empty where the run starts before the panel."""
    fewest = int(np.ceil(length * FEWEST_YEARS / WINDOW))
    means = wide.T.rolling(length, min_periods=fewest).mean().T
    means.iloc[:, : length - 1] = np.nan
    return means

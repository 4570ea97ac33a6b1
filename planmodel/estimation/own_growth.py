"""The plan's own past growth, shrunk towards the reference class: the drifts of the district's equations."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from planmodel.base.files import shipped
from planmodel.base.frames import rows_of
from planmodel.evidence.defaults import CARRIED_ON
from planmodel.evidence.equations import own_history
from planmodel.plan.plan import Plan

# The vintage in which the district's GDP is published: the city's is taken from the same.
BUREAU = "before the fifth census"

# Log points times 100 a year: assumptions. Assets and institutions have no reference class of their own.
ASSETS_SD, INSTITUTIONS_SD = 3.0, 3.0


def own_growth(plan: Plan, statistics: pd.DataFrame, calibration: pd.DataFrame) -> pd.DataFrame:
    """Return the drift of each equation that rests on the plan's own past, as rows of `own_growth.csv`.

    Excess growth e over the variable it moves with is carried on as w·e, where w is the slope that the panel
    shows for the next five years' excess on the last five years'.

    Returns
    -------
    DataFrame
        key, value, sd (log points times 100 a year), unit, n, method, source.
    """
    panel = {row["key"]: row for row in rows_of(calibration)}
    history = own_history(plan).set_index("target")["growth"]
    log_growth = {target: 100 * math.log1p(growth / 100) for target, growth in history.items()}
    credit = log_growth["deposits_loans.district"] - _credit_growth(statistics, 2015, 2020)
    gdp = _growth(statistics, "jiangbei", 2019, 2020) - _growth(statistics, "chongqing", 2019, 2020)
    assets = log_growth["assets.district"] - log_growth["deposits_loans.district"]
    return pd.DataFrame(
        [
            _shrunk(
                "other_gdp.district.drift",
                gdp,
                "gdp",
                panel,
                1,
                "GDP 2019→2020 less the city's, bureau vintage",
            ),
            _shrunk("deposits_loans.district.drift", credit, "credit", panel, 5, "2015→2020 less the city's"),
            _shrunk(
                "assets.district.drift", assets, "credit", panel, 5, "2015→2020 less own deposits and loans"
            )
            | {"sd": ASSETS_SD},
            {
                "key": "institutions.district.drift",
                "value": CARRIED_ON * log_growth["institutions.district"],
                "sd": INSTITUTIONS_SD,
                "unit": "log % a year",
                "n": 5,
                "method": f"half of own growth 2015→2020, {log_growth['institutions.district']:.3f}; an assumption",
                "source": "seeds/jiangbei/facts.csv",
            },
        ]
    )


def _shrunk(
    key: str, excess: float, variable: str, panel: Mapping[str, Mapping[str, Any]], n: int, what: str
) -> dict[str, object]:
    weight = float(panel[f"{variable}.excess.shrinkage"]["value"])
    return {
        "key": key,
        "value": weight * excess,
        "sd": float(panel[f"{variable}.excess.drift_sd"]["value"]),
        "unit": "log % a year",
        "n": n,
        "method": f"own excess {what}: {excess:.3f}, times {variable}.excess.shrinkage",
        "source": "seeds/jiangbei/facts.csv, data/statistics.csv, data/calibration.csv",
    }


def _growth(statistics: pd.DataFrame, area: str, start: int, end: int) -> float:
    """Return log growth of GDP a year, times 100, in the bureau's vintage before the fifth census."""
    values = _series(statistics[statistics["vintage"] == BUREAU], area, "gdp")
    return 100 * math.log(values[end] / values[start]) / (end - start)


def _credit_growth(statistics: pd.DataFrame, start: int, end: int) -> float:
    deposits, loans = (_series(statistics, "chongqing", f"rmb_{name}") for name in ("deposits", "loans"))
    return 100 * math.log((deposits[end] + loans[end]) / (deposits[start] + loans[start])) / (end - start)


def _series(statistics: pd.DataFrame, area: str, series: str) -> Mapping[int, float]:
    rows = statistics[(statistics["area"] == area) & (statistics["series"] == series)]
    return dict(zip(rows["year"], rows["value"], strict=True))


def write_own_growth(plan: Plan, folder: Path) -> pd.DataFrame:
    """Write `own_growth.csv` beside `calibration.csv` in `folder`, from the statistics that ship, and return it."""
    statistics = pd.read_csv(shipped("data", "statistics.csv"))
    calibration = pd.read_csv(folder / "calibration.csv")
    table = own_growth(plan, statistics, calibration)
    table.to_csv(folder / "own_growth.csv", index=False, float_format="%.9g", lineterminator="\n")
    return table

"""What the city panel says about the next five years: estimators shared by the back-test and the calibration."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planmodel.panel import WINDOW


def closed_windows(windows: pd.DataFrame, origin: int) -> pd.DataFrame:
    """The windows whose five years were over by the year ``origin``: all that a forecaster knew then."""
    known = windows["next"].notna() & (windows["start"] + WINDOW <= origin)
    return windows[known]


def plain_forecast(windows: pd.DataFrame, origin: int) -> pd.DataFrame:
    """Own growth of the last five years, shrunk towards the mean of the closed windows: ``city, mean, sd``.

    Ordinary least squares of the next five years on the last five over the closed windows of one variable;
    ``sd`` is the spread of its residuals.
    """
    import statsmodels.api as sm

    closed = closed_windows(windows, origin)
    fit = sm.OLS(closed["next"], sm.add_constant(closed["past"])).fit()
    now = windows[windows["start"] == origin]
    mean = fit.params["const"] + fit.params["past"] * now["past"]
    return pd.DataFrame({"city": now["city"], "mean": mean, "sd": float(np.sqrt(fit.scale))})

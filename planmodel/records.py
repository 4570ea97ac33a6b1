"""Rows of a frame as plain dictionaries, typed."""

from __future__ import annotations

from typing import Any

import pandas as pd


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one dictionary a row, keyed by column name; a missing value of a nullable type is None."""
    # `to_dict("records")` gives the same and takes longer.
    keys = [str(key) for key in frame.columns]
    columns = [_values(column) for _, column in frame.items()]
    return [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=True)]


def _values(column: pd.Series) -> list[Any]:
    values = column.tolist()
    nullable = getattr(column.dtype, "na_value", None) is pd.NA
    return [None if value is pd.NA else value for value in values] if nullable else values

"""Rows of a frame as plain dictionaries, typed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from planmodel.base.messages import Message
from planmodel.base.problems import Problems, nearest, phrase


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one dictionary a row, keyed by column name; a missing value of a nullable type is None."""
    # `to_dict("records")` gives the same and takes longer.
    keys = [str(key) for key in frame.columns]
    columns = [_values(column) for _, column in frame.items()]
    return [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=True)]


def check_columns(frame: pd.DataFrame, columns: Iterable[str], what: str, expected: Message) -> None:
    """Refuse a frame that lacks some of `columns`, naming each of them.

    Raises
    ------
    InputError
        With one problem for each column that is missing.
    """
    problems = Problems(what)
    given = {str(column) for column in frame.columns}
    for column in columns:
        if column not in given:
            problems.add("", phrase("found.no_column", column=repr(column)), expected, nearest(column, given))
    problems.check()


def _values(column: pd.Series) -> list[Any]:
    values = column.tolist()
    nullable = getattr(column.dtype, "na_value", None) is pd.NA
    return [None if value is pd.NA else value for value in values] if nullable else values

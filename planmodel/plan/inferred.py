"""What a plan's document does not state of its targets and measures, kept apart from it: price basis, what is moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from planmodel.base.files import shipped
from planmodel.base.problems import Problems
from planmodel.base.tables import Column, Row, read_rows

PRICES = ("current", "constant")

# File, the table it adds to, the columns that name a row, and the column that it adds.
FILES: tuple[tuple[str, str, tuple[str, ...], str, Column], ...] = (
    ("prices.csv", "targets", ("indicator", "area"), "price", Column(choices=PRICES)),
    ("measure_variables.csv", "measures", ("measure",), "variables", Column()),
)


def inferred_files(folder: Path) -> list[Path]:
    """Return those files of a plan that hold what was inferred: in `data/` for one that ships, else beside it."""
    home = shipped("data") if folder.parent == shipped("seeds") else folder
    return [path for name, *_ in FILES if (path := home / name).is_file()]


def with_inferred(
    folder: Path, tables: Mapping[str, list[Row]], complete: bool
) -> tuple[dict[str, list[Row]], Problems]:
    """Return a plan's tables with what was inferred filled in; a value in the table itself comes first."""
    result, problems = dict(tables), Problems("")
    paths = {path.name: path for path in inferred_files(folder)}
    for name, table, keys, column, cell in FILES:
        if name not in paths:
            continue
        found = Problems(str(paths[name]))
        columns = {key: Column("name") for key in keys} | {column: cell}
        rows = read_rows(paths[name], columns, keys, found)
        values = {tuple(row[key] for key in keys): row for row in rows}
        known = {tuple(row[key] for key in keys) for row in tables[table]}
        for key, row in values.items() if complete else ():
            if key not in known:
                found.add_unknown(row.place(keys[0]), ".".join(key), map(".".join, known), "row")
        result[table] = [
            _filled(row, values.get(tuple(row[key] for key in keys)), column) for row in tables[table]
        ]
        problems.found += found.found
    return result, problems


def _filled(row: Row, inferred: Row | None, column: str) -> Row:
    if inferred is None or row[column] is not None:
        return row
    values: dict[str, Any] = {**row.values, column: inferred[column]}
    return replace(row, values=values)

"""CSV files into checked rows that know their line."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planmodel.base.files import is_file
from planmodel.base.messages import Message
from planmodel.base.problems import InputError, Problem, Problems, nearest, phrase

# A plan, scenario or observation file is written by people: larger ones are a mistake or an attack.
LARGEST_FILE = 5_000_000


@dataclass(frozen=True)
class Column:
    """What a column of a CSV file may hold. `kind` is text, number, integer, name or year.

    A column that need not be `present` is empty in a file without it.
    """

    kind: str = "text"
    required: bool = True
    choices: tuple[str, ...] = ()
    low: float = -math.inf
    high: float = math.inf
    present: bool = True

    def parse(self, text: str) -> str | float | int | None:
        """Return the value of a cell, None if it is empty.

        Raises
        ------
        ValueError
            With what was expected, a message, if the cell does not hold it.
        """
        if text == "":
            if self.required:
                raise ValueError(phrase("expected.value"))
            return None
        if self.kind in ("number", "integer", "year"):
            return self._number(text)
        if self.choices and text not in self.choices:
            raise ValueError(phrase("expected.one_of", names=", ".join(self.choices)))
        if self.kind == "name" and not is_name(text):
            raise ValueError(phrase("expected.name"))
        return text

    def _number(self, text: str) -> float | int:
        try:
            value = float(text)
        except ValueError:
            raise ValueError(phrase("expected.number")) from None
        if not math.isfinite(value):
            raise ValueError(phrase("expected.finite_number"))
        if self.kind != "number" and value != int(value):
            raise ValueError(
                phrase("expected.year") if self.kind == "year" else phrase("expected.whole_number")
            )
        if not self.low <= value <= self.high:
            raise ValueError(phrase("expected.number_between", low=f"{self.low:g}", high=f"{self.high:g}"))
        return value if self.kind == "number" else int(value)


@dataclass(frozen=True)
class Row:
    """A row of a CSV file: its values by column, and the line it stands in."""

    line: int
    values: Mapping[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.values[column]

    def place(self, column: str = "") -> Message:
        """Say where this row (or its cell in `column`) is."""
        if not column:
            return phrase("place.line", line=self.line)
        return phrase("place.line_column", line=self.line, column=column)


def is_name(text: str) -> bool:
    """Whether `text` is an identifier: small letters, digits and underscores."""
    return bool(text) and all(c.isdigit() or c == "_" or "a" <= c <= "z" for c in text) and text.isascii()


def check_file(path: Path, option: str) -> None:
    """Raise InputError where no file can be written: its folder is missing, or a folder has its name."""
    problems = Problems(option)
    if path.is_dir():
        problems.add("", phrase("found.folder", path=path), phrase("expected.name_of_file"))
    elif not path.absolute().parent.is_dir():
        problems.add("", str(path), phrase("expected.file_in_folder"))
    problems.check()


def check_folder(path: Path, option: str) -> None:
    """Raise InputError where a folder cannot be made or used: a file stands in its place, or above it."""
    for part in (path, *path.absolute().parents):
        if part.exists() and not part.is_dir():
            raise InputError(
                [Problem(option, "", phrase("found.file", path=part), phrase("expected.folder_or_free_name"))]
            )


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file.

    Raises
    ------
    InputError
        If the file is missing, empty, too large or not UTF-8.
    """
    problems = Problems(str(path))
    if not is_file(path):
        problems.add("", phrase("found.no_file"), phrase("expected.file_here"))
        problems.check()
    if path.stat().st_size > LARGEST_FILE:
        problems.add(
            "",
            phrase("found.bytes", n=f"{path.stat().st_size:,}"),
            phrase("expected.most_bytes", n=f"{LARGEST_FILE:,}"),
        )
        problems.check()
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        problems.add(
            phrase("place.line", line=line),
            phrase("found.byte", byte=f"0x{raw[error.start]:02x}"),
            phrase("expected.utf8"),
        )
        problems.check()
    if "\x00" in text:
        line = text[: text.index(chr(0))].count("\n") + 1
        problems.add(phrase("place.line", line=line), phrase("found.nul"), phrase("expected.plain_text"))
    if not text.strip():
        problems.add("", phrase("found.empty_file"), phrase("expected.header"))
    problems.check()
    return text


def read_csv(path: Path, columns: Mapping[str, Column], unique: Sequence[str] = ()) -> list[Row]:
    """Read a CSV file whose columns are known.

    Parameters
    ----------
    path : Path
        The file.
    columns : mapping of name to Column
        What each column may hold. All must be present, in any order; others are an error.
    unique : sequence of names
        Columns whose values together identify a row.

    Raises
    ------
    InputError
        With every problem found.
    """
    problems = Problems(str(path))
    rows = read_rows(path, columns, unique, problems)
    problems.check()
    return rows


def read_rows(
    path: Path, columns: Mapping[str, Column], unique: Sequence[str], problems: Problems
) -> list[Row]:
    """Return the rows of a CSV file that are well formed, and note every problem of the others."""
    rows: list[Row] = []
    try:
        reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
        header = [cell.strip() for cell in next(reader)]
        _check_header(header, columns, problems)
        if problems.found:
            return []
        line = reader.line_num + 1
        for cells in reader:
            before = len(problems.found)
            row = _parse_row(cells, header, columns, line, problems) if any(map(str.strip, cells)) else None
            if row is not None and len(problems.found) == before:
                rows.append(row)
            line = reader.line_num + 1
    except InputError as error:
        problems.found += error.problems
    except csv.Error as error:
        problems.add(
            phrase("place.line", line=reader.line_num),
            phrase("found.unreadable", error=str(error)),
            phrase("expected.csv"),
        )
    _check_unique(rows, unique, problems)
    return rows


def _check_header(header: list[str], columns: Mapping[str, Column], problems: Problems) -> None:
    for name, column in columns.items():
        if column.present and name not in header:
            problems.add(
                phrase("place.header"),
                phrase("found.no_column", column=repr(name)),
                phrase("expected.columns", columns=", ".join(columns)),
                nearest(name, header),
            )
    for name in header:
        if name not in columns:
            problems.add_unknown(phrase("place.header"), name, columns, "column")
    for name in sorted({name for name in header if header.count(name) > 1}):
        problems.add(
            phrase("place.header"),
            phrase("found.column_twice", column=repr(name)),
            phrase("expected.each_column_once"),
        )


def _parse_row(
    cells: list[str], header: list[str], columns: Mapping[str, Column], line: int, problems: Problems
) -> Row:
    if len(cells) != len(header):
        problems.add(
            phrase("place.line", line=line),
            phrase("found.cells", n=len(cells)),
            phrase("expected.cells", n=len(header)),
        )
    values: dict[str, Any] = dict.fromkeys(columns)
    for name, cell in zip(header, cells, strict=False):
        text = cell.strip()
        try:
            values[name] = columns[name].parse(text)
        except ValueError as error:
            close = nearest(text, columns[name].choices) if text else ""
            place = phrase("place.line_column", line=line, column=name)
            problems.add(place, repr(text) if text else phrase("found.nothing"), error.args[0], close)
    return Row(line, values)


def _check_unique(rows: Sequence[Row], unique: Sequence[str], problems: Problems) -> None:
    first: dict[tuple[Any, ...], int] = {}
    for row in rows if unique else ():
        key = tuple(row[name] for name in unique)
        if key in first:
            shown = ", ".join(str(part) for part in key if part is not None)
            problems.add(
                row.place(),
                phrase("found.row_again", row=shown, line=first[key]),
                phrase("expected.each_row_once"),
            )
        first.setdefault(key, row.line)

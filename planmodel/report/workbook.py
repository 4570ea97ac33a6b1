"""A report's numbers as an Excel workbook and as a long table (CSV with the IAMC columns)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd

from planmodel.base import columns
from planmodel.base.extras import need
from planmodel.base.frames import rows_of
from planmodel.base.messages import label, unit_name
from planmodel.model.outlook import Outlook
from planmodel.report.report import Report
from planmodel.show.labels import GROWTHS, LEVELS, PROBABILITIES, name_of, named
from planmodel.show.sheets import assumptions, translated, unused

# Regions of rows that belong to no area of the plan.
WHOLE_PLAN, OUTSIDE = "plan", "outside"

# Widths of columns, in characters; a Chinese one takes two.
NARROW, WIDE = 10, 60


def write_workbook(report: Report, path: Path) -> None:
    """Write the sheets targets, quantiles, joint, assumptions, sources and notes, with units and a frozen head."""
    need("report", "openpyxl")
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for name, frame in _sheets(report).items():
        page = book.create_sheet(label(f"sheet_{name}", report.lang))
        for place, column in enumerate(frame.columns, start=1):
            _put(page.cell(1, place), label(str(column), report.lang), "")
            for row, value in enumerate(frame[column].tolist(), start=2):
                _put(page.cell(row, place), value, str(column))
            page.column_dimensions[page.cell(1, place).column_letter].width = _width(page, place)
        if name == "joint":
            _format_by_row(page, list(report.joint.columns))
        _dress(page)
    book.save(path)


def _format_by_row(page: Any, keys: list[str]) -> None:
    """Give each figure of a sheet with one a row the format of what it is."""
    for row, key in enumerate(keys, start=2):
        cell = page.cell(row, 2)
        if cell.value is not None:
            cell.number_format = number_format(cell.value, key)


def _dress(page: Any) -> None:
    """Make a sheet one to read: the head bold and in sight, filters, printed on one page's width."""
    from openpyxl.styles import Alignment, Font

    for cell in page[1]:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    page.freeze_panes = "B2"
    page.auto_filter.ref = page.dimensions
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = True


def _sheets(report: Report) -> dict[str, pd.DataFrame]:
    outlook, plan, lang = report.outlook, report.outlook.plan, report.lang
    joint = report.joint.T.reset_index()
    joint.columns = pd.Index(["what", "value"])
    joint["what"] = [label(str(key), lang) for key in joint["what"]]
    targets = report.targets
    targets["unit"] = [unit_name(unit, lang) for unit in targets["unit"]]
    return {
        "targets": named(targets, plan, lang),
        "quantiles": named(_quantiles(report), plan, lang),
        "joint": joint,
        "assumptions": assumptions(outlook, lang),
        "sources": sources(outlook, lang),
        "notes": unused(outlook, lang),
    }


def _quantiles(report: Report) -> pd.DataFrame:
    """Return one row a quantity and year, with a column for each quantile, such as 90%."""
    wide = report.quantiles.pivot(index=["target", "year"], columns="quantile", values="value")
    wide.columns = pd.Index([f"{quantile:.0%}" for quantile in wide.columns])
    rows = wide.loc[[quantity.name for quantity in report.outlook.quantities]].reset_index()
    units = {quantity.name: quantity.unit for quantity in report.outlook.quantities}
    rows.insert(1, "unit", [unit_name(units[name], report.lang) for name in rows["target"]])
    return rows


def sources(outlook: Outlook, lang: str = "zh") -> pd.DataFrame:
    """Return the observations that condition the outlook, with grade and source."""
    used, _, _ = outlook.sorted_figures
    rows = used[["name", "year", "value", "unit", "bound", "sd", "grade", "source", "note"]].reset_index(
        drop=True
    )
    rows["name"] = [name_of(name, outlook.plan, lang) for name in rows["name"]]
    rows["unit"] = [unit_name(unit, lang) for unit in rows["unit"]]
    rows["grade"] = [label(grade, lang) for grade in rows["grade"]]
    rows["bound"] = [label(f"bound_{bound}", lang) for bound in rows["bound"]]
    rows["note"] = [translated(str(note), lang) for note in rows["note"]]
    return rows.rename(columns={"name": "variable"})


def _put(cell: Any, value: Any, column: str) -> None:
    """Put a value in a cell: numbers as numbers, anything else as text, which is never a formula."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if isinstance(value, bool | str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", str(value))
        cell.data_type = "s"
    elif value is not None and not math.isnan(value):
        cell.value = value
        cell.number_format = number_format(value, column)


def number_format(value: float, column: str) -> str:
    """Return how a workbook shows a number: probabilities as %, growth with one decimal, levels to four digits."""
    if column in PROBABILITIES or column.endswith("standard_error"):
        return "0.0%" if column in PROBABILITIES else "0.00%"
    if column in GROWTHS or column in ("expected", "percentile"):
        return "0.0"
    is_level = column in LEVELS or column.endswith("%")
    if is_level and value != int(value):
        decimals = max(0, 3 - math.floor(math.log10(abs(value))))
        return "#,##0" + ("." + "0" * decimals if decimals else "")
    return "#,##0" if column == "draws" or is_level else "General"


def _width(page: Any, place: int) -> float:
    """Return the width that a column's texts need; its numbers are short by their format."""
    cells = (row[0] for row in page.iter_rows(min_col=place, max_col=place))
    texts = [cell.value[:WIDE] for cell in cells if cell.data_type == "s"]
    return max(NARROW, *(2 + len(text) + sum(ord(sign) > 0x2E80 for sign in text) for text in texts))


def long_table(report: Report) -> pd.DataFrame:
    """Return every number of a report, one a row: quantiles, probabilities, joint odds and standard errors."""
    outlook, year = report.outlook, report.outlook.plan.target_year
    units = {quantity.name: quantity.unit for quantity in outlook.quantities}
    rows = [
        (
            row["area"] or OUTSIDE,
            f"{row['indicator']}|{row['quantile']:g} quantile",
            units[row["target"]],
            row["year"],
            row["value"],
        )
        for row in rows_of(report.quantiles)
    ]
    for row in rows_of(report.reach):
        rows.append((row["area"], f"{row['indicator']}|reach probability", "1", year, row["probability"]))
        rows.append((row["area"], f"{row['indicator']}|required growth", "% a year", year, row["required"]))
    rows += [
        (WHOLE_PLAN, f"targets|{key}", "1", year, float(value)) for key, value in report.joint.iloc[0].items()
    ]
    for row in rows_of(report.counts):
        exactly, error = f"{row['of']}|exactly {row['k']}", row["exactly_standard_error"]
        rows.append((WHOLE_PLAN, exactly, "1", year, row["exactly"]))
        rows.append((WHOLE_PLAN, f"{exactly} standard error", "1", year, error))
    return columns.frame("long", [("planmodel", outlook.scenario.name, *row) for row in rows])


def write_long_table(report: Report, path: Path) -> None:
    """Write the long table; ten digits, so that the last bits of an addition's order do not show."""
    long_table(report).to_csv(path, index=False, float_format="%.10g", lineterminator="\n", encoding="utf-8")

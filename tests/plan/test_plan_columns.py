"""The tables of a plan: what may be left empty, and which years and numbers there can be."""

from __future__ import annotations

import pytest

from planmodel.plan.plan import FACT_COLUMNS, TARGET_COLUMNS

TABLES = {
    "targets": (
        TARGET_COLUMNS,
        {"part_of", "base", "base_step", "base_bound", "obligation", "price", "locator"},
    ),
    "facts": (FACT_COLUMNS, {"area", "since", "of", "unit", "step", "note"}),
}


@pytest.mark.parametrize("table", TABLES)
def test_what_a_document_may_not_say_may_be_empty(table: str) -> None:
    """A target may lack a base and its printing; a fact its area, its earlier year and its unit."""
    columns, empty = TABLES[table]
    assert {name for name, column in columns.items() if not column.required} == empty


@pytest.mark.parametrize("table", TABLES)
def test_years_are_of_three_centuries_and_steps_are_not_negative(table: str) -> None:
    columns, _ = TABLES[table]
    years = [column for column in columns.values() if column.kind == "year"]
    assert years
    assert {(column.low, column.high) for column in years} == {(1900, 2200)}
    assert all(column.low == 0 for name, column in columns.items() if name.endswith("step"))


def test_only_the_price_may_be_a_column_that_is_not_there() -> None:
    assert [name for name, column in TARGET_COLUMNS.items() if not column.present] == ["price"]
    assert all(column.present for column in FACT_COLUMNS.values())

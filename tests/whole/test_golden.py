"""The golden tables: what the shipped scenarios say is what is stored, figure by figure and word by word."""

import re

import golden_tables as golden
import pytest


@pytest.mark.parametrize("name", golden.TABLES)
def test_shipped_scenarios_say_what_is_stored(name: str) -> None:
    """Every cell is the stored one; `make golden` stores them anew after a change that is meant to move them."""
    rows = golden.TABLES[name][1](golden.models())
    assert golden.differences(name, rows, golden.ELSEWHERE)[: golden.SHOWN] == []


def test_a_changed_figure_word_or_row_is_found() -> None:
    """A figure beyond the tolerance, another word, a row more and a row less are each a difference."""
    rows = golden.stored("long")
    assert golden.differences("long", rows, golden.STRICT) == []
    head, value = rows[5][:-1], float(rows[5][-1])
    for changed in ([(*head, repr(value * (1 + 1e-9)))], [(*head, "text")], [rows[4], rows[5]], []):
        assert golden.differences("long", [*rows[:5], *changed, *rows[6:]], golden.STRICT)
    assert not golden.differences("long", [*rows[:5], (*head, repr(value * (1 + 1e-14))), *rows[6:]], 1e-12)


def test_no_text_writes_a_hyphen_for_a_minus() -> None:
    """Sentences, and cells that are not numbers; the plan's own title has a hyphen between two years."""
    hyphen = re.compile(r"(?<![\w.)\]-])-\d")
    told = [row[-1] for name in golden.TABLES for row in golden.stored(name)]
    assert len(told) > 10_000
    assert [text for text in told if hyphen.search(text) and not number(text)] == []


def number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

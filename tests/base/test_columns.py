"""Every public result has the columns that `planmodel.base.columns` defines, in order and of their dtypes."""

import inspect
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
from asked import ASK, needs
from conftest import equations, write_plan

import planmodel as pm
from planmodel.base import columns
from planmodel.questions.track.schemes import SCHEMES
from planmodel.show import labels

PARTS = {"load_observations": "observations", "failing_path": "breaks.path", "news_since_base": "news"}

# What can be asked of a plan none of whose targets the model can speak about.
OF_NOTHING = (
    *("audit", "observations", "quantiles", "draw", "notes", "reach", "joint", "counts", "across"),
    *(
        "entry_differences",
        "odds_differences",
        "breaks",
        "severity_catalogue",
        "severity_catalogue.summary",
    ),
    *("severity_catalogue.directions", "plausibility", "growth_needed", "progress", "scoreboard"),
    *("class_odds", "milestones", "revisions", "news", "score", "score_summary", "naive_forecasts"),
    "long",
)
# Of these, what has no row there.
EMPTY = {
    *("audit", "observations", "notes", "across", "entry_differences", "odds_differences"),
    *("severity_catalogue", "severity_catalogue.directions", "class_odds", "revisions", "news", "score"),
    "score_summary",
}


@pytest.fixture(scope="module")
def out(models: dict[int, pm.Model]) -> pm.Outlook:
    return models[2023].run("bad_loans")


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> pm.Outlook:
    """The outlook of a plan whose only target has no base: the model knows a driver, and no target."""
    folder = write_plan(
        tmp_path_factory.mktemp("columns") / "small",
        targets=[{"base": ""}],
        equations=equations("wind", drift=(5, 1), innovation=2, persistence=0.2),
        drivers={"wind": {"zh": "风", "en": "Wind"}},
    )
    return pm.build_model(pm.load_plan(folder)).run()


def repeated(result: str, found: pd.DataFrame) -> Sequence[str]:
    """Return the names that a bracketed column stands for."""
    if result == "draw":
        assert found.columns.names == ["indicator", "area", "year"]
        return list(found.columns)
    return SCHEMES if result == "scoreboard" else [name for name in found if name not in ("hit", "inside")]


def check(result: str, found: pd.DataFrame) -> None:
    """Compare names, order and dtypes with the definitions; probabilities and errors lie where they can."""
    wanted = columns.columns_of(result, repeated(result, found))
    if result == "progress":
        assert list(found.index) == list(wanted)
        assert found.dtype == float
        return
    assert {name: str(found[name].dtype) for name in found} == {n: each.dtype for n, each in wanted.items()}
    assert list(found.columns) == list(wanted)
    for name, column in wanted.items():
        if column.kind in ("probability", "error"):
            assert found[name].dropna().between(0, 1).all(), name


@pytest.mark.parametrize("result", columns.RESULTS)
def test_results_have_the_columns_that_are_defined(result: str, out: pm.Outlook) -> None:
    """Names, order and dtypes of every result on the shipped plan."""
    needs(result)
    found = ASK[result](out)
    assert len(found)
    check(result, found)


@pytest.mark.parametrize("result", OF_NOTHING)
def test_results_about_nothing_have_the_same_columns(result: str, silent: pm.Outlook) -> None:
    """The same holds where the model can speak about no target, and results without a row are among them."""
    needs(result)
    found = ASK[result](silent)
    assert (len(found) == 0) == (result in EMPTY)
    check(result, found)


def test_every_question_that_returns_a_table_has_its_columns_defined() -> None:
    """Public functions that return a frame, or a class of their own that is one, are questions of the table."""
    public = {name: value for name in pm.__all__ if inspect.isfunction(value := getattr(pm, name))}
    frames = [name for name, value in public.items() if value.__annotations__["return"] == "pd.DataFrame"]
    assert "reach" in frames
    assert [name for name in frames if PARTS.get(name, name) not in columns.RESULTS] == []


def test_no_column_without_a_definition_and_none_without_a_use() -> None:
    """Each definition is what some result means, and says a kind and a unit that are known."""
    used = {
        own if (own := f"{result}.{name}") in columns.COLUMNS else name
        for result, names in columns.RESULTS.items()
        for name in names
    }
    assert used == set(columns.COLUMNS)
    assert {column.kind for column in columns.COLUMNS.values()} == set(columns.KINDS)
    assert {column.unit for column in columns.COLUMNS.values()} == set(columns.UNITS)


def test_a_meaning_of_its_own_is_another_one() -> None:
    """What a question says of a name differs from what the name means elsewhere."""
    own = {
        key: column for key, column in columns.COLUMNS.items() if key.rpartition(".")[0] in columns.RESULTS
    }
    assert own
    assert [key for key, column in own.items() if columns.COLUMNS.get(key.rpartition(".")[2]) == column] == []


def test_meanings_are_single_sentences() -> None:
    """Each is one line that ends with a full stop."""
    meanings = [column.meaning for column in columns.COLUMNS.values()]
    assert [text for text in meanings if not text.endswith(".") or "\n" in text] == []


def test_columns_are_shown_as_what_they_are() -> None:
    """What tables print as a probability, change, share or level is one by its definition."""
    shown = {
        labels.PROBABILITIES: ("probability", ""),
        labels.CHANGES: ("number", "probability"),
        labels.SHARES: ("number", "share"),
        labels.LEVELS: ("number", "own"),
    }
    wrong = [
        name
        for names, what in shown.items()
        for name in names
        if name in columns.COLUMNS and columns.COLUMNS[name][:2] != what
    ]
    assert wrong == []


def test_frames_are_made_of_rows_or_of_columns() -> None:
    """Rows as tuples or dictionaries, and a mapping of columns in any order, give the same frame."""
    rows = [("a", "b.c", 0.5), ("a", "d.e", 1.0)]
    names = columns.RESULTS["across"]
    made = columns.frame("across", rows)
    turned = {name: [row[n] for row in rows] for n, name in reversed(list(enumerate(names)))}
    for other in ([dict(zip(names, row, strict=True)) for row in rows], turned, made):
        pd.testing.assert_frame_equal(made, columns.frame("across", other))


def test_what_a_row_does_not_say_is_missing() -> None:
    """A dictionary without an optional year or flag, or without a figure, leaves it missing."""
    row = columns.frame("score", [{"outlook": "a", "as_of": 2020, "year": 2021}]).iloc[0]
    assert row["reached"] is pd.NA
    assert pd.isna(row["crps"])


def test_definitions_need_no_file_and_no_pandas() -> None:
    """`planmodel.base.columns` is imported without pandas, so that whoever only names columns does not wait."""
    code = "import sys; import planmodel.base.columns; sys.exit('pandas' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0

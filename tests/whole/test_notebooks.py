"""Notebooks as they are committed: one question, short cells, outputs of a clean run. nbval runs them."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import nbformat
import papermill
import pytest

from planmodel.plan.template import new_plan

ROOT = Path(__file__).resolve().parents[2]
# The report is a template: the tests of the reports run it.
PATHS = [path for path in sorted((ROOT / "notebooks").glob("*.ipynb")) if path.name != "report.ipynb"]
MOST_CODE_CELLS, MOST_LINES = 15, 20
RUN_NOTES = {"execution", "papermill", "ExecuteTime"}
UNROUNDED = re.compile(r"\d\.\d{6,}")


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def outputs(notebook):
    return [output for cell in code(notebook) for output in cell.outputs]


def test_the_notebooks_are_there():
    assert {"00_start", "01_plan", "02_evidence"} <= {path.stem for path in PATHS}


def test_it_is_valid(notebook):
    nbformat.validate(notebook)


def test_it_opens_with_its_question_and_ends_with_the_answer(notebook):
    """The answer's heading and next steps, then a cell that computes it."""
    assert notebook.cells[0].source.startswith("## Question")
    assert notebook.cells[-2].source.startswith("## Answer")
    assert "Markdown(" in notebook.cells[-1].source


def test_it_can_be_asked_of_another_plan_scenario_year_and_language(notebook):
    """Four parameters for papermill, in one cell before all other code."""
    tagged = [cell for cell in code(notebook) if "parameters" in cell.metadata.get("tags", ())]
    assert tagged == code(notebook)[:1]
    names = [node.targets[0].id for node in ast.parse(tagged[0].source).body]
    assert names[:4] == ["plan", "scenario", "as_of", "lang"]


def test_prose_states_no_figure_of_the_plan(notebook):
    """Sentences with results are computed: prose beside the code names years of data sets and settings alone."""
    for text in prose(notebook):
        assert not re.search(r"\d+\.\d+ ?%|\d+\.\d+ (points|s\.d\.|个标准差)", text), text


OTHERS = {
    "from the start, in English": {"as_of": 2020, "lang": "en"},
    "when no year is left": {"as_of": 2025, "scenario": "slowdown_mild"},
    "another plan": {"as_of": 2027, "lang": "en"},
}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
@pytest.mark.parametrize("case", OTHERS)
def test_it_runs_for_other_parameters(path, case, tmp_path):
    """Of an earlier year, of a year after which nothing is open, and of a plan with no driver, measure or part."""
    parameters = dict(OTHERS[case])
    if case == "another plan":
        new_plan(tmp_path / "mine")
        parameters["plan"] = str(tmp_path / "mine")
    done = papermill.execute_notebook(
        path,
        tmp_path / "out.ipynb",
        parameters,
        engine_name="planmodel",
        kernel_name="python3",
        progress_bar=False,
        cwd=path.parent,
    )
    told = "".join(output.get("data", {}).get("text/markdown", "") for output in outputs(done))
    assert told
    assert not re.search(r"\bnan\b", told)
    if case == "another plan":
        assert not re.search("Jiangbei|Chongqing's own|district", told)


def test_prose_is_in_both_languages(notebook):
    for text in prose(notebook):
        assert re.search(r"[\u4e00-\u9fff]", text), text
        assert re.search(r"[A-Za-z]{3}", text), text


def test_its_cells_are_few_and_short_and_stand_between_paragraphs(notebook):
    assert len(code(notebook)) <= MOST_CODE_CELLS
    assert max(cell.source.count("\n") + 1 for cell in code(notebook)) <= MOST_LINES
    kinds = [cell.cell_type for cell in notebook.cells]
    assert ("code", "code") not in set(pairwise(kinds))


def test_it_defines_nothing(notebook):
    """Functions and classes belong in the library."""
    for cell in code(notebook):
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda)


def test_what_it_quotes_is_checked(notebook):
    assert any(cell.source.startswith("assert") or "\nassert" in cell.source for cell in code(notebook))


def test_it_has_no_path_of_a_machine(notebook):
    text = nbformat.writes(notebook)
    assert str(ROOT) not in text
    assert str(Path.home()) + "/" not in text
    for cell in code(notebook):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not re.match(r"/|~|\.\.|[A-Za-z]:[\\/]", node.value), node.value


def test_every_cell_has_run_once_in_order(notebook):
    assert [cell.execution_count for cell in code(notebook)] == list(range(1, len(code(notebook)) + 1))
    assert outputs(notebook)


def test_no_error_warning_or_stray_print(notebook):
    assert {output.output_type for output in outputs(notebook)} <= {"display_data", "execute_result"}


def test_no_widget_state_and_no_note_of_the_run(notebook):
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.metadata.language_info == {"name": "python"}
    assert not any(RUN_NOTES & set(cell.metadata) for cell in notebook.cells)
    assert not any("application/vnd.jupyter.widget-view+json" in output.data for output in outputs(notebook))


def test_no_raw_float_in_text_or_tables(notebook):
    for output in outputs(notebook):
        for kind in ("text/plain", "text/html"):
            assert not UNROUNDED.search(output.data.get(kind, "")), output.data[kind]


def test_every_chart_carries_its_specification_and_its_picture(notebook):
    charts = [output.data for output in outputs(notebook) if output.data.get("text/plain") == "chart"]
    assert charts
    for data in charts:
        assert any(kind.endswith("+json") for kind in data)
        assert data["image/svg+xml"].lstrip().startswith("<svg")

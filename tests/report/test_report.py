"""Reports: made for real, whole or not at all, the same each time, and fetching nothing."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from openpyxl import load_workbook

import planmodel as pm
from planmodel.base.columns import RESULTS
from planmodel.base.files import shipped
from planmodel.base.problems import InputError, Problem, phrase
from planmodel.batch import batch
from planmodel.forks.server import WorkerLostError
from planmodel.report.making import failure
from planmodel.report.pages import as_script, report_page
from planmodel.report.report import Report, prepare
from planmodel.report.workbook import sources, write_long_table, write_workbook
from planmodel.show.sheets import assumptions, foundations, share_sensitivity, translated, unused
from planmodel.show.words import outlook as words

DRAWS = 5_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    results = batch.run_reports("jiangbei", ["baseline"], 2023, DRAWS, 1, "zh", folder, progress=False)
    assert [(result.scenario, result.ok, result.message) for result in results] == [("baseline", True, "")]
    return folder


@pytest.fixture(scope="module")
def report() -> Report:
    return prepare("jiangbei", "baseline", 2023, DRAWS, 1, "zh")


class References(HTMLParser):
    """Collects what a page would fetch or lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = [
            value or "" for name, value in attrs if name in ("src", "href", "xlink:href", "data", "srcset")
        ]
        (self.links if tag == "a" else self.fetched).extend(found)


def test_report_is_whole(folder: Path) -> None:
    ends = [".csv", ".html", ".ipynb", ".manifest.json", ".xlsx"]
    shared = ["index.html", "journal.jsonl"]
    assert sorted(path.name for path in folder.iterdir()) == [f"baseline{end}" for end in ends] + shared


@pytest.mark.parametrize("name", ["baseline.html", "index.html"])
def test_page_fetches_nothing_and_is_legible(folder: Path, name: str) -> None:
    page = (folder / name).read_text(encoding="utf-8")
    references = References()
    references.feed(page)
    assert not [link for link in references.fetched if not link.startswith(("#", "data:"))]
    assert all((folder / link).is_file() for link in references.links if not link.startswith("#"))
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style
    assert "@import" not in style[1]
    assert set(re.findall(r'url\("(\w+):', style[1])) == {"data"}
    assert "font/woff;base64" in style[1]
    assert (folder / name).stat().st_size < 3e6
    plan = pm.load_plan("jiangbei")
    for row in plan.targets.itertuples():
        assert plan.label(str(row.indicator), str(row.area), "zh") in page


def test_page_answers_in_words(folder: Path) -> None:
    page = (folder / "baseline.html").read_text(encoding="utf-8")
    for part in ("问题", "答案", "436亿元", "远高于400", "稳妥", "难以达到", "全部为假设"):
        assert part in page
    assert "Question" not in page.split("<details>")[0].split("</script>")[0]


def test_workbook_opens_with_units_and_a_frozen_head(folder: Path) -> None:
    book = load_workbook(folder / "baseline.xlsx")
    assert book.sheetnames == ["目标", "分位数", "联合概率", "假设", "来源", "未使用的信息"]
    assert all(page.freeze_panes == "B2" for page in book)
    targets = book["目标"]
    assert targets.max_row == 14
    assert "单位" in [cell.value for cell in targets[1]]
    assert not [cell for page in book for row in page.iter_rows() for cell in row if cell.data_type == "f"]


def test_text_in_a_workbook_is_never_a_formula(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planmodel.report.workbook.translated", lambda *_: '=HYPERLINK("http://x")')
    write_workbook(report, tmp_path / "book.xlsx")
    cells = [cell for row in load_workbook(tmp_path / "book.xlsx")["来源"].iter_rows() for cell in row]
    assert '=HYPERLINK("http://x")' in [cell.value for cell in cells if cell.data_type == "s"]
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_long_table_is_the_same_each_time(folder: Path, report: Report, tmp_path: Path) -> None:
    write_long_table(report, tmp_path / "again.csv")
    first = (folder / "baseline.csv").read_bytes()
    assert first == (tmp_path / "again.csv").read_bytes()
    assert first.splitlines()[0].decode() == ",".join(RESULTS["long"])
    assert b"\r" not in first


def test_manifest_says_what_the_report_was_made_from(folder: Path) -> None:
    found = json.loads((folder / "baseline.manifest.json").read_text(encoding="utf-8"))
    assert (found["plan"], found["scenario"], found["as_of"], found["seed"]) == (
        "jiangbei",
        "baseline",
        2023,
        1,
    )
    assert all(found["fingerprints"].values())
    assert {"python", "planmodel", "numpy"} <= set(found["versions"])
    assert "gdp.district" in {row["variable"] for row in found["observations"]}


def test_failing_scenario_is_named_and_leaves_no_half_report(tmp_path: Path) -> None:
    parameters = nbformat.v4.new_code_cell("scenario = ''", metadata={"tags": ["parameters"]})
    failing = nbformat.v4.new_code_cell("assert scenario != 'credit_squeeze', 'no such luck'")
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(
        nbformat.v4.new_notebook(cells=[parameters, failing], metadata=kernel), tmp_path / "report.ipynb"
    )
    folder = tmp_path / "reports"
    names = ["credit_squeeze", "baseline"]
    how = batch.How(notebook=tmp_path / "report.ipynb", progress=False)
    results = batch.run_reports("jiangbei", names, 2023, DRAWS, 1, "en", folder, how=how)
    assert [(result.scenario, result.ok) for result in results] == [
        ("credit_squeeze", False),
        ("baseline", True),
    ]
    assert "no such luck" in results[0].message
    left = [path.name for path in folder.iterdir() if path.name.startswith(("credit", "."))]
    assert left == ["credit_squeeze.failed.ipynb"]
    assert "no such luck" in (folder / "credit_squeeze.failed.ipynb").read_text(encoding="utf-8")
    assert "no such luck" in (folder / "index.html").read_text(encoding="utf-8")


def test_wrong_input_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(pm.InputError, match="credit_squeeze"):
        batch.run_reports("jiangbei", ["credit_squeze"], 2023, DRAWS, 1, "zh", tmp_path / "reports")
    assert not (tmp_path / "reports").exists()


def test_wrong_parameters_are_all_named() -> None:
    with pytest.raises(pm.InputError) as caught:
        prepare("jiangbei", "baseline", 2023, draws=3, seed=-1, lang="fr")
    assert len(caught.value.problems) == 3


def test_plain_papermill_runs_the_notebook(tmp_path: Path) -> None:
    done = tmp_path / "out.ipynb"
    command = [
        sys.executable,
        "-m",
        "papermill",
        str(shipped("notebooks", "report.ipynb")),
        str(done),
        "--no-progress-bar",
    ]
    for name, value in (("scenario", "credit_squeeze"), ("lang", "en"), ("draws", str(DRAWS))):
        command += ["-p", name, value]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    notebook = nbformat.read(done, as_version=4)
    page = report_page(notebook, "title", "subtitle", "stamp", "en")
    body = page.split("<details>")[0]
    assert "Credit squeeze" in body
    assert "<h2" in body
    assert "问题" not in body


def test_notebook_has_few_cells_and_no_functions() -> None:
    notebook = nbformat.read(shipped("notebooks", "report.ipynb"), as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert len(code) <= 15
    assert not [cell for cell in code if "def " in cell.source]
    assert (prose[0], prose[-1]) == ("## 问题 Question", "## 答案 Answer")


def test_spec_cannot_end_its_script() -> None:
    assert "<" not in as_script({"title": "</script><script>alert(1)"})


def test_markup_in_a_scenario_is_shown_and_not_obeyed() -> None:
    output = nbformat.v4.new_output("display_data", {"text/markdown": "<img src=x onerror=alert(1)>"})
    cell = nbformat.v4.new_code_cell("", outputs=[output])
    page = report_page(nbformat.v4.new_notebook(cells=[cell]), "<b>", "", "", "en")
    assert "<img" not in page
    assert "<b>" not in page


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_summary_follows_the_numbers(report: Report, lang: str) -> None:
    text = "\n".join(words.summary(report.outlook, lang, DRAWS, 1))
    for part in ("436", "1,744", "±", "35,000"):
        assert part in text
    reached = report.reach.set_index("target")["probability"]
    assert reached["deposits_loans.district"] > 0.9
    assert reached["value_added_share.district"] < 0.1


def test_half_the_spread_of_shares_lies_on_the_other_side_of_double(report: Report) -> None:
    rows = share_sensitivity(report.model)
    assert len(rows) == 6
    odds = report.reach.set_index("target")["probability"]
    assert rows["as_assumed"].tolist() == pytest.approx(odds.loc[rows["target"]].tolist(), abs=1e-12)
    assert ((rows["half"] - rows["as_assumed"]) * (rows["as_assumed"] - rows["double"]) > 0).all()


def test_what_rests_on_assumptions_and_what_was_not_used(report: Report) -> None:
    rows = foundations(report.outlook).set_index("target")["all_assumed"]
    assert rows["assets.district"]
    assert not rows["deposits_loans.district"]
    chinese = unused(report.outlook, "zh")["reason"]
    assert len(chinese) == len(report.outlook.notes)
    assert chinese.str.contains("[\u4e00-\u9fff]").all()


def test_every_reason_for_leaving_a_figure_out_is_written_in_both_languages() -> None:
    """A note that a page may show stands in English without Chinese words, and has its Chinese beside it."""
    observations = pd.read_csv(shipped("data", "observations.csv"), keep_default_na=False)
    notes = set(observations.loc[observations["comparable"] != "yes", "note"])
    assert [note for note in notes if re.search("[\u4e00-\u9fff]", note)] == []
    assert [note for note in notes if note and translated(note, "zh") == note] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_tables_of_sources_and_assumptions_speak_one_language(report: Report, lang: str) -> None:
    """Every note and unit of the plan that ships is there in both languages."""
    tables = (sources(report.outlook, lang), assumptions(report.outlook, lang), unused(report.outlook, lang))
    columns = ("unit", "note", "reason", "coefficient")
    texts = [str(text) for table in tables for column in columns for text in table.get(column, ())]
    chinese = [text for text in texts if re.search("[一-鿿]", text)]
    sentences = [text for text in texts if " " in text]
    assert sentences
    assert not chinese if lang == "en" else set(sentences) <= set(chinese)


def test_why_a_report_failed_is_said_in_its_language() -> None:
    """A wrong input, an error with a phrase and a lost worker; what knows no language is said as it is."""
    wrong = InputError([Problem("bounds", "", phrase("found.nothing_given"), phrase("expected.year"))])
    assert failure(wrong, "zh") == "InputError: bounds：现为未给出，应为年份。"
    assert failure(wrong, "en") == "InputError: bounds: found nothing, expected a year."
    assert failure(RuntimeError(phrase("found.page_not_printed")), "zh") == "RuntimeError: 浏览器未能打印网页"
    assert failure(WorkerLostError(7), "zh") == "WorkerLostError: 工作进程7已中止"
    assert failure(WorkerLostError(7), "en") == "WorkerLostError: worker process 7 has died"
    assert failure(ValueError("no such luck"), "zh") == "ValueError: no such luck"

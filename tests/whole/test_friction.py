"""Friction: what must be written to add something, and that everything which reads a plan then speaks of it."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from openpyxl import load_workbook

import planmodel as pm
from planmodel.base.files import PACKAGE, shipped
from planmodel.base.messages import WHOLE
from planmodel.batch.batch import run_reports
from planmodel.report.report import Report
from planmodel.report.workbook import long_table, write_workbook
from planmodel.show.words.outlook import summary

INDICATOR = {
    "indicator": "green_loans",
    "area": "district",
    "unit": "亿元",
    "kind": "level",
    "base_year": "2020",
    "base": "150",
    "base_step": "1",
    "base_bound": "exact",
    "target_year": "2025",
    "target": "200",
    "target_form": "level",
    "direction": "at_least",
    "obligation": "预期性",
    "name_zh": "绿色贷款余额",
    "name_en": "Green loans",
    "locator": "an example",
}
NAME = "green_loans.district"

# Statistics Canada's measure cut at one place only.
SCHEME = (
    "half,met,1,yes,done,,yes,assumption,test\n"
    "half,cagr_ratio,0.5,yes,upper,,yes,assumption,test\n"
    "half,level_lost,1,yes,lower,,no,assumption,test\n"
    "half,cagr_ratio,-inf,yes,lower,,no,assumption,test\n"
)
# Its words; without them a class would be told by its code.
SCHEME_WORDS = {"en": "scheme.half.upper,more than half\n", "zh": "scheme.half.upper,过半\n"}
# What is asked of a checkout with this scheme, in a process of its own.
ASK = """
import json, sys
import planmodel as pm
from planmodel.report.report import Report
from planmodel.report.workbook import long_table, write_workbook
from planmodel.show.charts.track import scheme_board
from planmodel.show.words.track import median_classes, scheme_words, shown_board
out = pm.build_model(pm.load_plan("jiangbei"), 2023).run()
board, odds = pm.scoreboard(out, "median"), pm.class_odds(out)
write_workbook(Report(out.model, out, 2000, 0, "en"), sys.argv[1])
print(json.dumps({
    "reach": len(pm.reach(out)),
    "long": len(long_table(Report(out.model, out, 2000, 0, "en"))),
    "classify": pm.classify(pm.progress(100, 106, 120, 2020, 2022, 2025), "half"),
    "board": board["half"].tolist(),
    "words": shown_board(board, "en")["half"].tolist(),
    "chart": "likely: more than half" in str(scheme_board(median_classes(odds), out.plan, "en", 2023).to_dict()),
    "odds": odds[odds["scheme"] == "half"].groupby("target")["probability"].sum().tolist(),
    "schemes": sorted(odds["scheme"].unique()),
    "said": " ".join(scheme_words(out, "en")),
}))
"""


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the shipped plan with its equations, figures and effects beside it, as a plan of one's own has them."""
    folder = tmp_path_factory.mktemp("before") / "jiangbei"
    shutil.copytree(shipped("seeds", "jiangbei"), folder)
    for name in ("equations", "observations", "effects"):
        shutil.copyfile(shipped("data", f"{name}.csv"), folder / f"{name}.csv")
    return folder


@pytest.fixture(scope="module")
def after(before: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with one more row in its table of targets."""
    folder = tmp_path_factory.mktemp("after") / "jiangbei"
    shutil.copytree(before, folder)
    with (folder / "targets.csv").open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    with (folder / "targets.csv").open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, columns, lineterminator="\n").writerow(INDICATOR)
    return folder


@pytest.fixture(scope="module")
def outlooks(before: Path, after: Path) -> tuple[pm.Outlook, pm.Outlook]:
    old, new = (pm.build_model(pm.load_plan(folder), 2023).run() for folder in (before, after))
    return old, new


def test_a_new_indicator_is_one_row_and_its_odds_are_answered(
    outlooks: tuple[pm.Outlook, pm.Outlook],
) -> None:
    """It has a probability by the default equations, and the other targets keep theirs."""
    old, new = (pm.reach(out).set_index("target") for out in outlooks)
    assert list(new.index) == [*old.index, NAME]
    assert 0 < new.at[NAME, "probability"] < 1
    assert new.at[NAME, "required"] == pytest.approx(100 * ((200 / 150) ** 0.2 - 1))
    np.testing.assert_allclose(new["probability"].iloc[:-1], old["probability"], rtol=1e-12)
    odds = pm.joint(outlooks[1], draws=2000).iloc[0]
    assert odds["expected"] == pytest.approx(new["probability"].sum())


def test_every_question_of_the_track_has_the_new_indicator(outlooks: tuple[pm.Outlook, pm.Outlook]) -> None:
    out = outlooks[1]
    for table in (
        pm.scoreboard(out, "median"),
        pm.class_odds(out),
        pm.milestones(out),
        pm.revisions(out),
        pm.growth_needed(out),
    ):
        assert NAME in set(table["target"])


@pytest.mark.parametrize("lang", WHOLE)
def test_tables_words_and_workbook_of_a_report_have_the_new_indicator(
    outlooks: tuple[pm.Outlook, pm.Outlook], tmp_path: Path, lang: str
) -> None:
    out = outlooks[1]
    report = Report(out.model, out, 2000, 0, lang)
    rows = long_table(report)
    assert rows["variable"].astype(str).str.contains("green_loans").any()
    write_workbook(report, tmp_path / "report.xlsx")
    cells = {
        str(cell.value) for sheet in load_workbook(tmp_path / "report.xlsx") for row in sheet for cell in row
    }
    assert any(INDICATOR[f"name_{lang}"] in cell for cell in cells)
    assert summary(out, lang, 2000, 0)


def test_the_page_of_a_report_has_the_new_indicator(after: Path, tmp_path: Path) -> None:
    results = run_reports(str(after), ["baseline"], 2023, 2000, 1, "en", tmp_path, progress=False)
    assert [(result.ok, result.message) for result in results] == [(True, "")]
    assert INDICATOR["name_en"] in (tmp_path / "baseline.html").read_text(encoding="utf-8")


def test_a_new_scheme_is_rows_in_one_table(tmp_path: Path) -> None:
    """Data, package and plan are copied, four rows are added to one file and a word to the catalogues, and every table and word has the scheme."""
    shutil.copytree(PACKAGE, tmp_path / "planmodel", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("seeds", "data", "notebooks"):
        shutil.copytree(shipped(name), tmp_path / name, dirs_exist_ok=True)
    with (tmp_path / "data" / "schemes.csv").open("a", encoding="utf-8") as file:
        file.write(SCHEME)
    for lang, words in SCHEME_WORDS.items():
        with (tmp_path / "data" / "messages" / f"{lang}.csv").open("a", encoding="utf-8") as file:
            file.write(words)
    asked = subprocess.run(
        [sys.executable, "-c", ASK, str(tmp_path / "report.xlsx")],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": ""},
        check=True,
        capture_output=True,
        text=True,
    )
    found = json.loads(asked.stdout)
    assert found["schemes"] == sorted(
        {"half", *pm.class_odds(pm.build_model(pm.load_plan("jiangbei")).run())["scheme"]}
    )
    # Growth of 2.96 % a year of the 3.71 % that are needed.
    assert found["classify"] == "upper"
    assert found["reach"] == len(found["board"]) == 13
    assert set(found["board"]) <= {"done", "upper", "lower"}
    assert "likely: more than half" in found["words"]
    assert found["chart"]
    assert found["odds"] == pytest.approx([1] * 13)
    assert found["long"] > 0
    assert "all seven" in found["said"]
    assert "six" not in found["said"]
    assert (tmp_path / "report.xlsx").is_file()

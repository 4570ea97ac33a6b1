"""A third language is one catalogue: whatever speaks runs in it, and says in English what it lacks."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from openpyxl import load_workbook

import planmodel as pm
from planmodel.base import messages
from planmodel.base.files import shipped
from planmodel.base.problems import InputError
from planmodel.batch.index import index_text
from planmodel.lab.dashboard_door import refusal
from planmodel.lab.state import Session
from planmodel.lab.widgets import Bench
from planmodel.lab.words import driver_source, judgement, notice_words, quantity_options, together
from planmodel.plan.area import text_in
from planmodel.report.page_sliders import page_sliders
from planmodel.report.pages import report_page
from planmodel.report.report import Report, prepare
from planmodel.report.workbook import write_workbook
from planmodel.show.titles import story_title, title_with_severity
from planmodel.show.words.track import revision_words, scheme_words, track_words

# Esperanto: a language that the package does not ship.
LANG = "eo"
TEXTS = {
    "html_lang": "eo",
    "language_name": "Esperanto",
    "target": "Celo",
    "probability": "Probablo",
    "sheet_targets": "Celoj",
    "live_title": "Provu mem",
    "heading.together": "Kune",
    "scenario": "Scenaro",
    "bench_save": "Konservi",
    "moderate": "meza",
}


@pytest.fixture
def _esperanto(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    folder = tmp_path / "data" / "messages"
    shutil.copytree(shipped("data", "messages"), folder)
    rows = pd.DataFrame(sorted(TEXTS.items()), columns=["key", "text"])
    rows.to_csv(folder / f"{LANG}.csv", index=False)
    monkeypatch.setattr(messages, "shipped", tmp_path.joinpath)
    for cached in (messages.languages, messages.catalogue):
        cached.cache_clear()
    yield
    for cached in (messages.languages, messages.catalogue):
        cached.cache_clear()


pytestmark = pytest.mark.usefixtures("_esperanto")


def report_in(lang: str) -> Report:
    return prepare("jiangbei", "credit_squeeze", 2023, 2_000, 1, lang)


def test_a_table_has_its_words_and_english_for_the_rest(plan: pm.Plan) -> None:
    """The heads that the catalogue has are its own, everything else is the English table."""
    outlook = pm.build_model(plan, 2023).run("baseline")
    table = pm.reach(outlook, 2_000, 1)
    ours, english = (pm.labels.sheet(table, lang, plan=plan).frame for lang in (LANG, "en"))
    heads = {messages.label(key, "en"): TEXTS[key] for key in ("target", "probability")}
    pd.testing.assert_frame_equal(ours, english.rename(columns=heads))
    assert set(heads.values()) <= set(ours.columns)


def test_what_the_track_says_is_english(plan: pm.Plan) -> None:
    """No sentence of the track is in the catalogue, so that each is the English one."""
    outlook = pm.build_model(plan, 2023).run("baseline")
    revised = pm.revisions(outlook)
    for words in (
        lambda lang: track_words(outlook, revised, lang),
        lambda lang: scheme_words(outlook, lang),
        lambda lang: revision_words(revised, plan, lang),
    ):
        assert words(LANG) == words("en") != []


def test_a_page_has_its_words_and_english_for_the_rest() -> None:
    """Headings, sliders and the language that the page declares."""
    made = report_in(LANG)
    output = nbformat.v4.new_output("display_data", page_sliders(made)._repr_mimebundle_())
    cells = [
        nbformat.v4.new_markdown_cell("## 联合概率 Together\n\n## 假设 Assumptions\n\n## 自拟 My own"),
        nbformat.v4.new_code_cell("", outputs=[output]),
    ]
    page = report_page(nbformat.v4.new_notebook(cells=cells), "title", "subtitle", "stamp", LANG)
    assert '<html lang="eo">' in page
    assert re.findall("<h2[^>]*>([^<]+)", page) == ["Kune", "Assumptions", "My own", "Provu mem"]
    assert re.findall("<summary>([^<]+)", page)[1:3] == [
        messages.text(key, "en") for key in ("live_numbers", "live_file")
    ]


def test_the_catalogues_say_the_headings_of_the_notebook_as_it_has_them() -> None:
    """A page has the same headings as the notebook, in either language."""
    notebook = nbformat.read(shipped("notebooks", "report.ipynb"), as_version=4)
    written = [cell.source.removeprefix("## ") for cell in notebook.cells if cell.cell_type == "markdown"]
    keys = [key for key in messages.catalogue("en") if key.startswith("heading.")]
    said = [f"{messages.text(key, 'zh')} {messages.text(key, 'en')}" for key in keys]
    assert sorted(written) == sorted(said)


def test_sliders_say_names_of_the_plan_in_english() -> None:
    """Drivers, measures, effects and levels: the figures and words of the English page."""
    ours, english = (page_sliders(report_in(lang)).data for lang in (LANG, "en"))
    assert ours["sliders"] == english["sliders"]
    assert ours["quantities"] == english["quantities"]
    assert ours["words"] == english["words"] | {
        "title": TEXTS["live_title"],
        "target": TEXTS["target"],
        "probability": TEXTS["probability"],
    }


def test_a_workbook_has_its_words_and_english_for_the_rest(tmp_path: Path) -> None:
    """One sheet is named by the catalogue; cells differ from the English ones in its words only."""
    books = {}
    for lang in (LANG, "en"):
        write_workbook(report_in(lang), tmp_path / f"{lang}.xlsx")
        books[lang] = load_workbook(tmp_path / f"{lang}.xlsx")
    assert books[LANG].sheetnames == ["Celoj", *books["en"].sheetnames[1:]]
    own = {messages.label(key, "en"): text for key, text in TEXTS.items()}
    for ours, english in zip(books[LANG], books["en"], strict=True):
        rows = [[own.get(cell, cell) for cell in row] for row in english.iter_rows(values_only=True)]
        assert [list(row) for row in ours.iter_rows(values_only=True)] == rows


def test_an_index_declares_its_language(plan: pm.Plan, tmp_path: Path) -> None:
    """Also one without a report."""
    page = index_text(pm.build_model(plan, 2023), [], [], [], LANG, tmp_path)
    assert '<html lang="eo">' in page
    assert plan.title("en") in page


def test_the_bench_offers_and_speaks_it(plan: pm.Plan, tmp_path: Path) -> None:
    """Each language by its own name; a change to the third one says its words, English for the rest."""
    bench = Bench(Session(plan, 2023, "credit_squeeze"), "zh", tmp_path, tmp_path)
    language = bench.choices.box.children[-1]
    assert ("Esperanto", LANG) in language.options
    assert ("中文", "zh") in language.options
    bench.speak(LANG)
    assert bench.files.save_button.description == "Konservi"
    assert bench.files.report_button.description == messages.label("bench_report", "en")
    assert bench.choices.picked.description == "Scenaro"
    assert "Credit squeeze" in bench.heading.value


def test_the_bench_s_sentences_are_english(plan: pm.Plan) -> None:
    """What stands beside its charts, and what an edit did: of it the catalogue says nothing."""
    session = Session(plan, 2023, "credit_squeeze")
    driver = next(iter(session.scenario.paths))[0]
    session.set_shape(driver, "constant", -2.0)
    session.notice, session.noticed = "history", [(driver, 2022), (driver, 2023)]
    for words in (
        lambda lang: notice_words(session, lang),
        lambda lang: judgement(session.outlook, lang),
        lambda lang: together(session.outlook, lang, 2_000),
        lambda lang: driver_source(session, driver, 2025, lang),
        lambda lang: quantity_options(session.model, "district", lang),
    ):
        assert words(LANG) == words("en") != []


def test_a_stranger_is_told_in_the_languages_that_say_it() -> None:
    """A language without a text of its own adds nothing."""
    assert refusal().count("<p lang=") == len(
        [lang for lang in messages.languages() if "bench_no_token" in messages.catalogue(lang)]
    )
    assert 'lang="eo"' not in refusal()


def test_names_that_a_plan_does_not_state_are_english(plan: pm.Plan) -> None:
    """Plan, area, indicator, scenario; a title keeps its severity once, whatever the reader's word for it."""
    scenario = pm.load_scenario("credit_squeeze", plan)
    story = pm.Scenario("s", {"zh": "风暴（中度）", "en": "Storm (moderate)"}, severity="moderate")
    assert plan.title(LANG) == plan.title("en")
    assert [plan.area(area, LANG) for area in plan.areas] == [plan.area(area, "en") for area in plan.areas]
    assert plan.label("gdp", "district", LANG) == plan.label("gdp", "district", "en")
    assert scenario.heading(LANG) == scenario.heading("en")
    assert scenario.text(LANG) == scenario.text("en")
    assert story_title(story, LANG) == "Storm"
    assert title_with_severity(story, LANG) == "Storm (moderate)"


def test_a_name_that_is_stated_in_chinese_only_is_chinese() -> None:
    """English first, then Chinese, then nothing."""
    assert text_in({"zh": "甲", "en": "A"}, "zh") == "甲"
    assert text_in({"zh": "甲", "en": "A"}, LANG) == "A"
    assert text_in({"zh": "甲"}, LANG) == "甲"
    assert text_in({}, LANG) == ""


def test_a_language_without_a_catalogue_is_refused() -> None:
    """With those that there are."""
    with pytest.raises(InputError, match=r"one of: .*eo"):
        report_in("xx")

"""The bench without a browser: its state, the rows of its charts, its files, and its widgets as objects."""

import math
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import planmodel as pm
from planmodel.lab.rows import QUANTILES, ChartRows, ends_of
from planmodel.lab.saving import is_saved, save
from planmodel.lab.shapes import SHAPES, held, held_growth, path_of_shape
from planmodel.lab.state import Session
from planmodel.lab.widgets import Bench
from planmodel.lab.words import all_texts, judgement, together
from planmodel.questions.odds.marginal import probabilities
from planmodel.show.charts.fans import fan_bands
from planmodel.show.labels import percent


@pytest.fixture
def session(plan):
    return Session(plan, 2023, "credit_squeeze")


def logs(path):
    return sum(math.log1p(growth / 100) for growth in path.values())


# Shapes and sums


def test_shapes_spread_one_number_over_the_years():
    expected = dict.fromkeys(range(2021, 2026), 6.0)
    paths = {shape: list(path_of_shape(expected, shape, -4.0).values()) for shape in SHAPES}
    assert paths == {
        "constant": [2.0] * 5,
        "fading": [2.0, 4.0, 5.0, 5.5, 5.75],
        "v_shaped": [2.0, 10.0, 6.0, 6.0, 6.0],
    }
    assert list(path_of_shape({2025: 6.0}, "v_shaped", -4.0).values()) == [2.0]


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=8),
    st.floats(0, 1),
    st.integers(0, 7),
)
def test_the_sum_is_held_and_nobody_leaves_the_range(values, value, place):
    start = dict(enumerate(values))
    moved = place % len(values)
    result = held(start, moved, value, 0.0, 1.0)
    assert sum(result.values()) == pytest.approx(sum(values), abs=1e-12)
    assert all(-1e-12 <= own <= 1 + 1e-12 for own in result.values())
    room = sum(own for key, own in start.items() if key != moved)
    if value - start[moved] <= room and start[moved] - value <= len(values) - 1 - room:
        assert result[moved] == pytest.approx(value)


def test_growth_over_all_years_is_held():
    path = {2023: 5.0, 2024: 6.0, 2025: 7.0}
    moved = held_growth(path, 2024, 1.0)
    assert moved[2024] == pytest.approx(1.0)
    assert moved[2023] > 5.0
    assert logs(moved) == pytest.approx(logs(path), abs=1e-12)


# Edits


def test_without_a_path_a_driver_shows_what_the_model_expects(plan):
    session = Session(plan, 2023)
    medians = session.model.run(pm.Scenario("baseline")).mean.reshape(5, -1)
    place = session.model.law.names.index("city_gdp")
    assert session.shape("city_gdp") == ("model", 0.0)
    expected = 100 * np.expm1(medians[4, place] - medians[3, place])
    assert session.growth("city_gdp", 2025) == pytest.approx(expected)


def test_an_edit_is_what_the_model_runs(session):
    session.set_growth("city_gdp", 2024, 3.0)
    assert session.scenario.paths["city_gdp", 2024] == (3.0, 0.0)
    assert (session.outlook.mean == session.model.run(session.scenario).mean).all()
    assert session.edited
    assert session.heading["en"].startswith("Credit squeeze")


def test_one_number_draws_the_open_years_and_leaves_history(session):
    session.set_shape("city_credit", "constant", -2.0)
    assert session.scenario.paths["city_credit", 2021] == (9.0, 0.0)
    for year in (2024, 2025):
        expected = session.expected_growth("city_credit", year) - 2
        assert session.growth("city_credit", year) == pytest.approx(expected, abs=0.005 + 1e-9)
    assert session.shape("city_credit") == ("constant", -2.0)
    session.set_growth("city_credit", 2024, 1.0)
    assert session.shape("city_credit")[0] == "by_year"
    session.release("city_credit")
    assert session.shape("city_credit")[0] == "model"


def test_moves_of_one_control_are_one_step_back(session):
    start = session.scenario
    for growth in (4.0, 3.0, 2.0):
        session.set_growth("city_gdp", 2024, growth)
    session.set_measure("fintech", 0.5)
    assert session.steps == 2
    session.undo()
    assert session.growth("city_gdp", 2024) == 2.0
    assert not session.scenario.measures
    session.undo()
    assert session.scenario.fingerprint == start.fingerprint
    session.undo()
    assert session.steps == 0


def test_reset_returns_to_what_was_loaded_and_can_be_undone(session):
    session.load("margin_squeeze")
    session.set_measure("fintech", 1.0)
    edited = session.scenario.fingerprint
    session.reset()
    assert not session.edited
    session.undo()
    assert session.scenario.fingerprint == edited
    assert session.loaded.name == "margin_squeeze"


def test_what_the_model_refuses_changes_nothing(session):
    session.set_growth("city_gdp", 2024, 3.0)
    session.add_shock()
    before, steps = session.scenario.fingerprint, session.steps
    with pytest.raises(pm.InputError, match="a shock or a path"):
        session.set_shock(1, variable="city_gdp", year=2024)
    with pytest.raises(pm.InputError, match="constant, fading"):
        session.set_shape("city_gdp", "square", 1.0)
    assert (session.scenario.fingerprint, session.steps) == (before, steps)


def test_shocks_are_added_changed_and_removed(session):
    count = len(session.scenario.shocks)
    session.add_shock()
    session.set_shock(count, variable="premium.district", year=2025, size=-3.0, persistence=0.0)
    assert session.scenario.shocks[-1] == pm.Shock("premium.district", 2025, -3.0, 0.0)
    session.remove_shock(count)
    assert len(session.scenario.shocks) == count


def test_scenarios_are_loaded_at_a_severity_and_on_top_of_each_other(session):
    session.load("slowdown", "severe")
    assert session.scenario.name == "slowdown_severe"
    session.load("head_institutions", add=True)
    assert session.scenario.measures
    assert session.scenario.shocks


def test_a_path_takes_the_place_of_shocks_in_its_years(plan):
    """A driver without a path shows the outlook, shocks included; moving it makes that its path."""
    session = Session(plan, 2023, "slowdown_severe")
    shown = session.growth("city_gdp", 2025)
    assert shown < session.expected_growth("city_gdp", 2025) - 1
    session.set_growth("city_gdp", 2024, 5.0)
    assert session.notice == "shocks_replaced"
    assert session.growth("city_gdp", 2025) == shown
    left = [shock for shock in session.scenario.shocks if shock.variable == "city_gdp"]
    assert all(shock.year <= 2023 for shock in left)


def test_drivers_without_a_path_move_along(plan):
    session = Session(plan, 2023)
    before = session.growth("city_credit", 2025)
    session.set_shape("city_gdp", "constant", -5.0)
    assert session.growth("city_credit", 2025) < before


def test_the_sum_of_efforts_is_held(session):
    session.set_measure("fintech", 1.0)
    session.set_measure("leadership", 0.5, hold=True)
    efforts = session.scenario.measures
    assert efforts["leadership"] == 0.5
    assert sum(efforts.values()) == pytest.approx(1.0)


def test_another_year_has_its_own_model_and_can_be_undone(session):
    session.set_as_of(2020)
    assert session.open_years == [2021, 2022, 2023, 2024, 2025]
    assert session.outlook.as_of == 2020
    session.undo()
    assert session.outlook.as_of == 2023
    assert session.as_of_years[0] == 2020


# Rows


def test_the_board_has_the_numbers_of_reach(session):
    session.pin()
    session.set_shape("city_credit", "fading", -3.0)
    reach = pm.reach(session.outlook)
    rows = ChartRows(session.model, "en").board(session.outlook, session.pinned)
    assert [row["target"] for row in rows] == list(reach["target"])
    for key in ("probability", "required", "slack"):
        assert [row[key] for row in rows] == list(reach[key])
    assert [row["text"] for row in rows] == [percent(p) for p in reach["probability"]]
    assert [row["saved"] for row in rows] == list(probabilities(session.pinned))
    assert [row["target"] for row in rows if row["mark"]] == [reach["target"][reach["slack"].idxmin()]]


@pytest.mark.parametrize("target", ["assets.core", "gdp.district", "city_credit", "premium.district"])
def test_the_fan_has_the_numbers_of_the_fan_chart(session, target):
    rows = ChartRows(session.model, "zh").fan(session.outlook, target, session.outlook)
    bands = fan_bands(session.outlook, target)
    found = [[row[key] for key in QUANTILES] for row in rows["bands"]]
    assert found == pytest.approx(bands[list(QUANTILES)].to_numpy(), rel=1e-6)
    assert [row["saved"] for row in rows["bands"]] == pytest.approx(list(bands["q50"]))
    low, high = ends_of(rows)
    assert low <= bands["q10"].min()
    assert high >= bands["q90"].max()


def test_a_target_without_a_base_has_no_number(make_plan, tmp_path):
    plan = make_plan(tmp_path, targets=[{}, {"area": "centre", "base": "", "base_step": ""}])
    session = Session(plan, 2020)
    rows = ChartRows(session.model, "en").board(session.outlook)
    assert rows[1]["probability"] is rows[1]["slack"] is None
    assert (rows[1]["text"], rows[1]["mark"]) == ("–", "")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_sentences_are_those_of_the_report(session, lang):
    joint = pm.joint(session.outlook, draws=20_000).iloc[0]
    assert f"{joint['expected']:.1f}" in together(session.outlook, lang, 20_000)[0]
    assert len(judgement(session.outlook, lang)) == 4
    assert set("".join(judgement(session.outlook, lang))) <= set(all_texts(session.plan)) | set("0123456789")


# Files


def test_a_saved_scenario_gives_the_boards_numbers_exactly(session, plan, tmp_path):
    """Written, read again and run in a model of its own, as a batch does."""
    session.set_shape("city_gdp", "v_shaped", -3.7)
    session.set_growth("margin", 2025, -2.3)
    session.set_measure("fintech", 0.35)
    session.set_measure("leadership", 0.8, hold=True)
    session.add_shock()
    path = save(session, tmp_path, "mine")
    assert is_saved(session, path)
    batch = pm.reach(pm.build_model(pm.load_plan("jiangbei"), as_of=2023).run(path))
    rows = ChartRows(session.model, "zh").board(session.outlook)
    assert [row["probability"] for row in rows] == list(batch["probability"])
    assert [row["slack"] for row in rows] == list(batch["slack"])
    assert pm.load_scenario(path, plan).heading("en") == session.heading["en"]


@pytest.mark.parametrize("name", ["", "../out", "a/b", "Mine", "名", "a.yaml"])
def test_a_name_cannot_leave_the_folder(session, tmp_path, name):
    with pytest.raises(pm.InputError, match="small letters"):
        save(session, tmp_path / "inside", name)
    assert not list(tmp_path.iterdir())


def test_a_file_is_replaced_only_on_demand(session, tmp_path):
    path = save(session, tmp_path, "mine", "一")
    session.set_measure("fintech", 1.0)
    before = path.read_text()
    with pytest.raises(pm.InputError, match="overwrite"):
        save(session, tmp_path, "mine")
    assert path.read_text() == before
    save(session, tmp_path, "mine", overwrite=True)
    assert path.read_text() != before
    assert "Adjusted on the bench" in path.read_text()


# Widgets


@pytest.fixture
def bench(tmp_path):
    from planmodel.lab.widgets import bench

    return bench("jiangbei", 2023, "en", "baseline", tmp_path / "scenarios", tmp_path / "reports")


def texts(bench):
    return [row["text"] for row in bench.board.rows["board"]]


def test_a_slider_moves_board_and_fan_and_nothing_else_is_said(bench):
    before, fan = texts(bench), bench.fan.rows["bands"]
    assert not bench.session.edited
    driver = bench.panels[0].panels[1]
    driver.years[2024].value = 3.0
    assert texts(bench) != before
    assert bench.fan.rows["bands"] != fan
    assert driver.shape.value == "by_year"
    assert "status" in bench.message.value


def test_controls_follow_undo_load_and_year(bench):
    driver = bench.panels[0].panels[0]
    driver.shape.value = "constant"
    driver.size.value = -4.0
    assert driver.years[2024].value == pytest.approx(
        bench.session.expected_growth("city_gdp", 2024) - 4, abs=0.05
    )
    bench.choices.undo.click()
    bench.choices.undo.click()
    assert driver.shape.value == "model"
    bench.choices.picked.value = "credit_squeeze"
    bench.choices._load()
    bench.attempt(lambda: bench.session.set_as_of(2020))
    assert list(bench.panels[0].panels[0].years) == [2021, 2022, 2023, 2024, 2025]
    assert bench.choices.year.value == 2020


def test_what_is_refused_is_said_in_words_and_the_control_returns(bench):
    bench.panels[0].panels[0].years[2024].value = 3.0
    shocks = bench.panels[1]
    shocks.add.click()
    next(iter(shocks.blocks.values()))["variable"].value = "city_gdp"
    assert "cannot have both" in bench.message.value
    assert (
        next(iter(shocks.blocks.values()))["variable"].value
        == bench.session.scenario.shocks[0].variable
        != "city_gdp"
    )


def test_the_language_changes_and_the_state_stays(bench):
    bench.panels[2].sliders["fintech"].value = 0.5
    before = texts(bench)
    bench.speak("zh")
    assert texts(bench) == before
    assert bench.panels[2].sliders["fintech"].value == 0.5
    assert "情景" in bench.heading.value
    assert bench.link.comm is not None


def test_pinning_compares_and_pinning_again_ends_it(bench):
    pin = bench.choices.pin
    pin.click()
    bench.panels[2].sliders["fintech"].value = 1.0
    assert bench.board.rows["board"][0]["saved"] is not None
    assert "Compared with" in bench.heading.value
    pin.click()
    pin.click()
    assert bench.board.rows["board"][0]["saved"] is None


def test_a_stale_question_of_the_page_is_not_answered(bench):
    bench.panels[2].sliders["fintech"].value = 1.0
    odds = bench.joint.value
    old, now = bench.board.revision - 1, bench.board.revision
    bench.board._heard(None, {"ask": "rest", "revision": old}, [])
    assert bench.joint.value == odds
    bench.board._heard(None, {"ask": "rest", "revision": now}, [])
    assert bench.joint.value != odds


def test_a_click_on_a_target_shows_its_fan(bench):
    bench.board._heard(None, {"pick": "premium.district"}, [])
    assert (bench.indicator.value, bench.area.value) == ("premium.district", "district")
    bench.area.value = "core"
    assert bench.quantity.endswith(".core")


def test_saving_twice_asks_before_it_replaces(bench, tmp_path):
    files, path = bench.files, tmp_path / "scenarios" / "mine.yaml"
    files.name.value = "../mine"
    files.save_button.click()
    assert "cannot be used" in bench.message.value
    files.name.value = "mine"
    files.save_button.click()
    bench.panels[2].sliders["fintech"].value = 1.0
    before = path.read_text()
    files.save_button.click()
    assert "Press again" in bench.message.value
    assert path.read_text() == before
    files.save_button.click()
    assert path.read_text() != before


def test_the_bundle_travels_once(bench):
    """Both charts refer to one widget that holds the program, and carry none themselves."""
    assert bench.board._bundle == bench.fan._bundle
    assert max(len(str(chart.get_state())) for chart in (bench.board, bench.fan)) < 60_000


def test_the_kernel_answers_a_slider_at_once(bench, capsys):
    """Measured, not judged: the figure is printed."""
    slider = bench.panels[0].panels[1].years[2024]
    took = []
    for move in range(60):
        start = time.perf_counter()
        slider.value = 3.0 + move / 10
        took.append(1000 * (time.perf_counter() - start))
    with capsys.disabled():
        print(f"\nslider to new board and fan rows: median {statistics.median(took):.1f} ms")
    assert bench.session.steps == 1


def test_shipped_files_stay_where_they_are(bench, tmp_path):
    assert bench.files.scenarios == tmp_path / "scenarios"
    assert not Path("scenarios").exists()


# The dashboard


def test_the_dashboard_says_what_it_needs(monkeypatch, capsys):
    from planmodel import cli

    monkeypatch.setitem(sys.modules, "voila", None)
    assert cli.main(["lab", "--dashboard"]) == 2
    assert "planmodel[dashboard]" in capsys.readouterr().err


def test_a_wrong_plan_is_said_before_anything_is_served(capsys):
    from planmodel import cli

    assert cli.main(["lab", "--dashboard", "--plan", "jiangbe"]) == 2
    assert "jiangbei" in capsys.readouterr().err


def test_the_dashboards_notebook_is_one_cell_and_saves_where_it_was_started(monkeypatch, tmp_path):
    import nbformat

    from planmodel.lab.dashboard import write_notebook

    monkeypatch.chdir(tmp_path)
    write_notebook(tmp_path / "bench.ipynb", "jiangbei", 2023, "en")
    (cell,) = nbformat.read(tmp_path / "bench.ipynb", as_version=4).cells
    assert str(tmp_path / "scenarios") in cell.source
    assert "'lang': 'en'" in cell.source


def test_without_a_token_one_is_made_and_kept_out_of_the_command_line(monkeypatch, capsys):
    """It stands in a file of the owner's and in the printed address."""
    import json

    from planmodel import cli
    from planmodel.lab import dashboard

    seen = {}

    def run(notebook, port):
        seen["settings"] = json.loads((notebook.parent / "voila.json").read_text())["Voila"]
        seen["mode"] = notebook.parent.stat().st_mode & 0o777
        return port and 0

    monkeypatch.setattr(dashboard, "_run", run)
    assert cli.main(["lab", "--dashboard"]) == 0
    token = seen["settings"]["token"]
    assert len(token) >= 20
    assert capsys.readouterr().out.strip().endswith(f"?token={token}")
    assert seen["mode"] == 0o700


@pytest.mark.parametrize("scenario", ["baseline", "credit_squeeze", "slowdown_severe", "margin_squeeze"])
def test_a_slider_that_is_moved_back_leaves_what_was_loaded(plan, scenario):
    """A path of the same numbers would take its variance away; paths, their s.d. and shocks come back as they were."""
    session = Session(plan, 2023, scenario)
    before = pm.reach(session.outlook)["probability"]
    for driver in ("city_credit", "margin", "city_gdp"):
        shown = round(session.growth(driver, 2025), 1)
        session.set_growth(driver, 2025, shown + 3)
        assert session.edited
        session.set_growth(driver, 2025, shown)
        assert session.scenario.fingerprint == session.loaded.fingerprint
    assert (pm.reach(session.outlook)["probability"] == before).all()


def test_a_driver_moved_back_does_not_take_others_along(plan):
    session = Session(plan, 2023, "credit_squeeze")
    shown = round(session.growth("margin", 2024), 1)
    session.set_growth("margin", 2024, 4.0)
    session.set_growth("city_gdp", 2024, 3.0)
    session.set_growth("margin", 2024, shown)
    assert not session.has_path("margin")
    assert session.scenario.paths["city_gdp", 2024] == (3.0, 0.0)


def test_no_points_beside_the_expectation_is_what_the_model_expects(session):
    """The shape stays on the control, ready for its number; the result is that without a path."""
    before = pm.reach(session.outlook)["probability"]
    session.set_shape("margin", "fading", 0.0)
    assert session.shape("margin") == ("fading", 0.0)
    assert (pm.reach(session.outlook)["probability"] == before).all()
    session.set_shape("margin", "fading", 2.0)
    session.set_shape("margin", "fading", 0.0)
    assert (pm.reach(session.outlook)["probability"] == before).all()


def test_a_year_that_becomes_history_takes_its_settings_along_and_it_is_said(plan):
    session = Session(plan, 2020, "bad_loans")
    session.set_as_of(2023)
    shocks = session.scenario.shocks
    assert session.noticed == [(shock.variable, shock.year) for shock in shocks if shock.year <= 2023]
    assert session.notice == ("history" if session.noticed else "")
    session.set_as_of(2020)
    assert session.notice == ""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_bench_says_what_it_leaves_out_and_where_a_slider_ends(plan, lang, tmp_path):
    shown = Bench(Session(plan, 2020, "slowdown_mild"), lang, tmp_path, tmp_path)
    shown.choices.year.value = 2023
    assert "2021" in shown.message.value
    assert plan.label("city_gdp", lang=lang) in shown.message.value
    shown.panels[0].panels[3].years[2025].value = 30.0
    assert {"zh": "已取30，", "en": "30 was used"}[lang] in shown.message.value
    assert {"zh": "−20至30", "en": "−20 to 30"}[lang] in shown.message.value
    shown.panels[2].sliders["fintech"].value = 1.0
    assert "30" not in shown.message.value


def test_the_list_shows_the_scenario_that_is_loaded_in_either_language(plan, tmp_path):
    shown = Bench(Session(plan, 2023, "credit_squeeze"), "en", tmp_path, tmp_path)
    assert shown.choices.picked.value == "credit_squeeze"
    shown.attempt(lambda: shown.session.load("slowdown", "severe"))
    assert (shown.choices.picked.value, shown.choices.severity.value) == ("slowdown", "severe")
    shown.speak("zh")
    assert (shown.choices.picked.value, shown.choices.severity.value) == ("slowdown", "severe")


@pytest.mark.parametrize("first", ["city_gdp", "city_credit"])
def test_two_drivers_that_are_moved_back_leave_what_was_loaded_in_either_order(plan, first):
    """The first one's moves move what the second shows, and so what its path takes over."""
    session = Session(plan, 2020, "trade_conflict")
    drivers = ["city_gdp", "city_credit"]
    shown = {driver: round(session.growth(driver, 2023), 1) for driver in drivers}
    for driver in drivers:
        session.set_growth(driver, 2023, -3.0)
    for driver in sorted(drivers, key=lambda name: name != first):
        session.set_growth(driver, 2023, shown[driver])
    assert session.scenario.fingerprint == session.loaded.fingerprint


@pytest.mark.parametrize("away", [8.0, 15.0, -12.0])
@pytest.mark.parametrize("driver", ["city_gdp", "city_credit", "national_premium", "margin"])
def test_with_growth_held_a_slider_that_is_moved_back_leaves_what_was_loaded(plan, driver, away):
    session = Session(plan, 2020, "credit_squeeze")
    shown = round(session.growth(driver, 2022), 1)
    for growth in (shown + away, shown + away / 2, shown):
        session.set_growth(driver, 2022, growth, hold=True)
    assert session.scenario.fingerprint == session.loaded.fingerprint


def test_with_efforts_held_a_slider_that_is_moved_back_gives_the_others_theirs(plan):
    """What one takes from a few measures does not come back to all of them."""
    session = Session(plan, 2023, "head_institutions")
    session.set_measure("leadership", 0.3)
    before = session.scenario.fingerprint
    for effort in (0.7, 0.9, 0.3):
        session.set_measure("leadership", effort, hold=True)
    assert session.scenario.fingerprint == before


def test_a_control_that_shows_less_than_the_file_says_is_back_at_what_the_file_says(plan):
    """A story made milder has shocks of 1.75 points, which the slider shows in tenths; efforts, in hundredths."""
    session = Session(plan, 2023)
    session.load("institutions_exit", "mild")
    (shock,) = session.scenario.shocks
    session.set_shock(0, size=-3.0)
    session.set_measure("fintech", 0.5)
    session.set_measure("fintech", 0.0)
    session.set_shock(0, size=round(shock.size, 1))
    assert round(shock.size, 1) != shock.size
    assert session.scenario.fingerprint == session.loaded.fingerprint
    session.load(pm.Scenario("thirds", measures={"fintech": 1 / 3}))
    session.set_measure("fintech", 0.5)
    session.set_measure("fintech", 0.33)
    assert not session.edited


def test_a_driver_without_a_path_again_has_its_shocks_again(plan):
    session = Session(plan, 2023, "slowdown_severe")
    session.set_shape("city_gdp", "constant", -3.0)
    session.set_growth("city_gdp", 2024, 1.0)
    session.release("city_gdp")
    assert session.scenario.fingerprint == session.loaded.fingerprint
    session.set_shape("city_gdp", "constant", 0.0)
    as_expected = session.scenario.fingerprint
    session.set_shape("city_gdp", "constant", -3.0)
    session.set_shape("city_gdp", "constant", 0.0)
    assert session.scenario.fingerprint == as_expected


def test_no_points_beside_the_expectation_leaves_no_shock_beside_it_either(plan):
    """The slider says 0 points; with the shocks of a slowdown that would not be true."""
    session = Session(plan, 2023, "slowdown_severe")
    session.set_shape("city_gdp", "constant", 0.0)
    assert not session.has_path("city_gdp")
    assert all(shock.variable != "city_gdp" for shock in session.scenario.shocks if shock.year > 2023)
    assert session.notice == "shocks_replaced"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_undo_that_makes_years_history_says_what_acts_no_more(plan, lang, tmp_path):
    """A variable is named once, with its years."""
    shown = Bench(Session(plan, 2023, "slowdown_severe"), lang, tmp_path, tmp_path)
    shown.choices.year.value = 2020
    assert "2021" not in shown.message.value
    shown.choices.undo.click()
    name, years = (
        plan.label("city_gdp", lang=lang),
        {"zh": "（2021、2022、2023年）", "en": " (2021, 2022, 2023)"},
    )
    assert shown.message.value.count(f"{name}{years[lang]}") == 1


def test_a_sliders_end_is_said_beside_the_shocks_that_its_path_replaces_and_only_then(plan, tmp_path):
    shown = Bench(Session(plan, 2023, "slowdown_severe"), "en", tmp_path, tmp_path)
    shown.panels[0].panels[0].years[2024].value = 30.0
    assert "30 was used" in shown.message.value
    assert "takes the place" in shown.message.value
    shown.choices.pin.click()
    assert "30 was used" not in shown.message.value


def test_a_scenario_that_is_no_file_of_the_plan_stands_in_the_list_while_it_is_loaded(plan, tmp_path):
    """One added up, or saved elsewhere: not the baseline, and not the one that was added."""
    path = save(Session(plan, 2023, "credit_squeeze"), tmp_path, "mine", "One of mine")
    shown = Bench(Session(plan, 2023, path), "en", tmp_path, tmp_path)
    assert shown.choices.picked.label == "One of mine"
    shown.choices.picked.value = "head_institutions"
    shown.attempt(lambda: shown.choices._load(add=True))
    added = shown.session.heading["en"]
    assert shown.choices.picked.label == added
    shown.choices._load()
    assert shown.session.heading["en"] == added
    shown.speak("zh")
    assert shown.choices.picked.label == shown.session.heading["zh"]
    shown.attempt(lambda: shown.session.load("credit_squeeze"))
    assert added not in [label for label, _ in shown.choices.picked.options]


def test_a_reset_lets_the_list_show_what_it_returned_to(plan, tmp_path):
    shown = Bench(Session(plan, 2023, "credit_squeeze"), "en", tmp_path, tmp_path)
    shown.choices.picked.value = "baseline"
    shown.choices.reset.click()
    assert shown.choices.picked.value == "credit_squeeze"

"""Charts: one bundle of specification and picture, in both languages, with every number in its place."""

import base64
import io
import json

import pandas as pd
import pytest
from PIL import Image
from refresh_picture import PICTURE, picture

import planmodel as pm
from planmodel.base.messages import label
from planmodel.questions.odds.comparison import entry_differences
from planmodel.questions.odds.verdicts import verdict
from planmodel.scenario.scenario import Scenario, load_scenario
from planmodel.show.charts import stress
from planmodel.show.charts import targets as charts
from planmodel.show.charts.fans import base_level, fan_bands, fan_points
from planmodel.show.labels import difference, level, percent, sheet, table
from planmodel.show.theme import LATER, PICTURE_TYPE, PICTURES, PNG_TYPE, SPEC_TYPE, SVG_ONLY, SVG_TYPE
from planmodel.show.words.comparison import entry_words


@pytest.fixture(scope="module")
def out() -> pm.Outlook:
    return pm.build_model(pm.load_plan("jiangbei"), as_of=2023).run("baseline")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_chart_is_one_bundle(out: pm.Outlook, lang: str) -> None:
    reached, plan = pm.reach(out), out.plan
    made = [
        charts.board(reached, plan, lang),
        charts.growth(reached, plan, lang),
        charts.fan(out, "assets.district", lang),
        charts.fan(out, "gdp.district", lang),
        charts.counts_chart(pm.counts(out, draws=2_000, seed=1), lang),
    ]
    for chart in made:
        bundle = charts.show(chart, lang)._repr_mimebundle_()
        assert set(bundle) == {SPEC_TYPE, SVG_TYPE, PNG_TYPE, "text/plain"}
        assert bundle[SVG_TYPE].startswith("<svg")
        assert "Noto Sans SC" in json.dumps(bundle[SPEC_TYPE])


def test_a_chart_has_a_small_picture_for_notebooks_that_are_not_trusted(out: pm.Outlook) -> None:
    """A PNG, as large as the SVG, of few kilobytes, on white, with the colours of its bars."""
    bundle = charts.show(charts.board(pm.reach(out), out.plan))._repr_mimebundle_()
    content = base64.b64decode(bundle[PNG_TYPE])
    assert len(content) < 20_000
    drawn = Image.open(io.BytesIO(content)).convert("RGB")
    width, height = drawn.size
    assert f'width="{width}" height="{height}"' in bundle[SVG_TYPE]
    assert min(drawn.getpixel((0, 0))) > 250
    wanted = [tuple(bytes.fromhex(colour[1:])) for colour in charts.VERDICT_COLOURS.values()][:3]
    shades = [colour for _, colour in drawn.getcolors()]
    for colour in wanted:
        assert min(max(abs(a - b) for a, b in zip(shade, colour, strict=True)) for shade in shades) < 8


@pytest.mark.parametrize("wanted, kind", [(SVG_ONLY, SVG_TYPE), (LATER, PICTURE_TYPE)])
def test_a_page_has_no_need_of_it(
    out: pm.Outlook, monkeypatch: pytest.MonkeyPatch, wanted: str, kind: str
) -> None:
    """Kernels of reports draw SVG only, or leave it to who runs them."""
    monkeypatch.setenv(PICTURES, wanted)
    bundle = charts.show(charts.board(pm.reach(out), out.plan))._repr_mimebundle_()
    assert set(bundle) == {SPEC_TYPE, "text/plain", kind}


def test_board_writes_every_target_and_its_probability(out: pm.Outlook) -> None:
    reached = pm.reach(out)
    picture = charts.show(charts.board(reached, out.plan, "zh"), "zh").svg
    for target, probability in zip(reached["target"], reached["probability"], strict=True):
        indicator, area = target.split(".")
        assert out.plan.label(indicator, area, "zh") in picture
        assert percent(probability).replace("<", "&lt;").replace(">", "&gt;") in picture


def test_same_chart_twice_is_the_same_text(out: pm.Outlook) -> None:
    first, second = (charts.show(charts.fan(out, "assets.district"))._repr_mimebundle_() for _ in range(2))
    assert first == second


def test_fan_starts_at_the_base_and_shows_what_was_not_used(out: pm.Outlook) -> None:
    bands, points = fan_bands(out, "assets.district"), fan_points(out, "assets.district")
    assert bands["year"].tolist() == [2020, *out.plan.years]
    assert bands.loc[0, "q10"] == bands.loc[0, "q90"] == 2
    unused = points[points["kind"] == "not_used"]
    assert unused["value"].tolist() == [3.5, 3.5]
    assert unused["reason"].str.contains("efinition").all()


def test_base_of_gdp_is_value_added_over_its_share(out: pm.Outlook) -> None:
    assert base_level(out.plan, "gdp.district") == pytest.approx(288.9 / 0.218)


@pytest.mark.parametrize(
    "probability, error, draws, shown",
    [
        (0.5034, 0, 0, "50.3%"),
        (0.00786, 0.000197, 200_000, "0.79 ± 0.02%"),
        (0.657, 0.00106, 200_000, "65.7 ± 0.1%"),
        (0.7299, 0.000994, 200_000, "73.0 ± 0.1%"),
        (0.0, 0.0, 200_000, "<0.0015%"),
        (0.0001, 0.0, 0, "<0.1%"),
        (0.99995, 0.0, 0, ">99.9%"),
        (1.0, 0.0, 0, "100%"),
        (float("nan"), 0.0, 0, "–"),
    ],
)
def test_probabilities_as_shown(probability: float, error: float, draws: float, shown: str) -> None:
    assert percent(probability, error, draws) == shown


def test_levels_have_four_digits() -> None:
    assert [level(x) for x in (23456.0, 1744.0, 288.94, 3.4863, 0.0, -4.7)] == [
        "23,456",
        "1,744",
        "288.9",
        "3.486",
        "0",
        "−4.7",
    ]


def test_verdicts_at_the_cut_offs() -> None:
    assert [verdict(p) for p in (0.9, 0.899, 0.1, 0.099, float("nan"))] == [
        "safe",
        "open",
        "open",
        "out_of_reach",
        "no_base",
    ]


def test_table_renames_rounds_and_takes_the_error_in() -> None:
    frame = pd.DataFrame({"probability": [0.5], "standard_error": [0.001], "required": [3.14159]})
    shown = table(frame, "en")
    assert shown.columns.tolist() == [label("probability", "en"), label("required", "en")]
    assert shown.iloc[0].tolist() == ["50.0 ± 0.1%", "3.1"]


def test_sheet_escapes_what_a_file_says() -> None:
    shown = sheet(pd.DataFrame({"what": ["<script>alert(1)</script>"]}))._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


def test_each_simulated_figure_shows_its_own_standard_error() -> None:
    """In joint odds the error of "at least k" is not that of "all", and bounds have none."""
    frame = pd.DataFrame(
        {
            "all": [0.01],
            "at_least": [0.6],
            "upper": [0.1],
            "standard_error": [0.001],
            "at_least_standard_error": [0.02],
        }
    )
    assert table(frame, "en").iloc[0].tolist() == ["1.0 ± 0.1%", "60.0 ± 2.0%", "10.0%"]


def test_the_picture_of_the_readme_is_what_the_model_says_today() -> None:
    """`make notebooks` draws the picture again whenever a figure moves."""
    assert PICTURE.read_text(encoding="utf-8") == picture()


@pytest.mark.parametrize("value, shown", [(-0.94, "−0.9"), (0.04, "0.0"), (-0.04, "0.0"), (1.0, "+1.0")])
def test_a_difference_has_its_sign_and_its_minus_is_no_hyphen(value: float, shown: str) -> None:
    assert difference(value) == shown


def test_entries_of_a_scenario_have_a_minus_and_no_hyphen(out: pm.Outlook) -> None:
    squeeze = load_scenario("credit_squeeze", out.plan)
    said = " ".join(entry_words(entry_differences(Scenario("nothing"), squeeze), out.plan, "en"))
    assert "(points): −8" in said
    assert "-8" not in said


def test_headings_of_small_panels_are_broken_and_not_cut_off(out: pm.Outlook) -> None:
    """English names are longer than a panel is wide: two headings that are cut at the same place look the same."""
    target = "headquarters.core"
    path = pm.breaks(out).path(target)
    panels = charts.show(stress.path_panels(path, out, target, "", "en"), "en").spec["concat"]
    headings = [panel["title"]["text"] for panel in panels]
    assert any(len(heading) > 1 for heading in headings)
    assert len({" ".join(heading) for heading in headings}) == len(headings)
    assert max(len(line) for heading in headings for line in heading) <= 42


def test_a_figure_of_the_document_is_written_without_an_exponent(out: pm.Outlook) -> None:
    figures = pm.charts.figure_points(out.plan).query("unit != '%'").dropna(subset="value").head(1)
    picture = charts.show(pm.charts.two_points(figures.assign(value=23456.0), "en"), "en").svg
    assert ">23,456<" in picture

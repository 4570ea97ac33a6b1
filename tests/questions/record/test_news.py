"""News: each change has an observation, the changes add up, and the sum does not depend on the order."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import equations
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

import planmodel as pm
from planmodel.base.columns import RESULTS
from planmodel.questions.odds.marginal import probabilities
from planmodel.questions.record.naive import naive_forecasts
from planmodel.questions.record.updates import news_since_base
from planmodel.questions.track.scoreboards import observed_levels
from planmodel.show.charts.news import news_chart
from planmodel.show.charts.targets import show
from planmodel.show.labels import points
from planmodel.show.words import outlook as words
from planmodel.show.words.updates import moved_words, news_words

SHARE = "value_added_share.district"
FIGURES = ["observation", "revision"]


@pytest.fixture(scope="module")
def observations(plan: pm.Plan) -> pd.DataFrame:
    return pm.load_observations(plan)


def totals(changes: pd.DataFrame) -> np.ndarray:
    by_target = changes.groupby("target", sort=False)
    return (by_target["probability_after"].first() + by_target["change"].sum()).to_numpy()


@pytest.mark.parametrize("scenario", ["baseline", "credit_squeeze", "head_institutions"])
def test_changes_add_up_exactly(models: dict[int, pm.Model], scenario: str) -> None:
    """Earlier odds plus every change are the later odds, paths and measures that became history included."""
    earlier, later = models[2020].run(scenario), models[2023].run(scenario)
    changes = pm.news(earlier, later)
    assert list(changes.columns) == list(RESULTS["news"])
    assert changes.index.equals(pd.RangeIndex(len(changes)))
    np.testing.assert_allclose(totals(changes), probabilities(later), rtol=0, atol=1e-12)
    first = changes.groupby("target", sort=False)["probability_after"].first()
    np.testing.assert_array_equal(first, probabilities(earlier))
    assert ("scenario" in set(changes["step"])) == (scenario != "baseline")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=st.sets(st.integers(0, 11), min_size=1))
def test_any_subset_of_observations_adds_up(
    chosen: set[int], plan: pm.Plan, observations: pd.DataFrame, models: dict[int, pm.Model]
) -> None:
    usable = observations[
        (observations["comparable"] == "yes")
        & observations["bound"].isin(["exact", "about"])
        & observations["year"].between(2021, 2023)
    ]
    earlier = models[2020].run("baseline")
    later = earlier.given(usable.iloc[sorted(chosen)])
    changes = pm.news(earlier, later)
    assert changes["step"].isin(FIGURES).sum() == len(chosen) * len(plan.targets)
    np.testing.assert_allclose(totals(changes), probabilities(later), rtol=0, atol=1e-12)


def test_total_does_not_depend_on_the_order(plan: pm.Plan, observations: pd.DataFrame) -> None:
    """Observations listed the other way round share the change otherwise; its sum stays."""
    both = []
    for rows in (observations, observations.iloc[::-1].reset_index(drop=True)):
        runs = [pm.build_model(plan, as_of=year, observations=rows).run() for year in (2020, 2023)]
        both.append(pm.news(*runs).groupby("target", sort=False)["change"].sum())
    np.testing.assert_allclose(both[0], both[1], rtol=0, atol=1e-10)


def test_news_in_two_parts_is_news_in_one(plan: pm.Plan, models: dict[int, pm.Model]) -> None:
    """2020 to 2022 and 2022 to 2023 are the same steps as 2020 to 2023."""
    middle = pm.build_model(plan, as_of=2022).run()
    first, last = models[2020].run(), models[2023].run()
    parts = pd.concat([pm.news(first, middle), pm.news(middle, last)])
    parts, whole = (frame[frame["step"].isin(FIGURES)] for frame in (parts, pm.news(first, last)))
    columns = ["target", "observed", "variable"]
    merged = whole.merge(parts, on=columns, suffixes=("", "_parts"))
    assert len(merged) == len(whole) == len(parts)
    for column in ("change", "surprise_sd", "expected"):
        np.testing.assert_allclose(merged[column], merged[f"{column}_parts"], rtol=0, atol=1e-8)


@pytest.mark.parametrize("observed, expected", [(310, 0.320), (330, 0.606), (340, 0.732)])
def test_one_observation_is_the_interim_update(
    make_plan: Callable[..., pm.Plan], tmp_path: Path, observed: float, expected: float
) -> None:
    """P = Φ((H m - log(target/observed)) / √(Hσ² + H²s²)), 1/s² = 1/s₀² + n/σ²: the worked example."""
    plan = make_plan(
        tmp_path,
        targets=[{"base": 288.9, "target": 400}],
        equations=equations("value_added.town", drift=(8, 3), persistence=0, innovation=6),
        observations=[{"variable": "value_added", "year": 2022, "value": observed}],
    )
    changes = pm.news(*(pm.build_model(plan, as_of=year).run() for year in (2020, 2022)))
    assert changes["step"].tolist() == ["start", "observation", "end"]
    assert changes["probability_after"].round(3).tolist() == [0.645, expected, expected]
    mean, drift_sd, sigma, left = 0.08, 0.03, 0.06, 3
    variance = 1 / (1 / drift_sd**2 + 2 / sigma**2)
    drift = variance * (mean / drift_sd**2 + np.log(observed / 288.9) / sigma**2)
    spread = np.sqrt(left * sigma**2 + left**2 * variance)
    closed = ndtr((left * drift - np.log(400 / observed)) / spread)
    assert changes.loc[1, "probability_after"] == pytest.approx(closed, abs=1e-12)
    assert changes.loc[1, "expected"] == pytest.approx(288.9 * np.exp(2 * mean))
    surprise = (np.log(observed / 288.9) - 2 * mean) / np.sqrt(2 * sigma**2 + 4 * drift_sd**2)
    assert changes.loc[1, "surprise_sd"] == pytest.approx(surprise)


def test_an_expected_figure_moves_the_median_nowhere(
    make_plan: Callable[..., pm.Plan], tmp_path: Path
) -> None:
    """A figure at its median has no surprise; where the target is the median too, the odds stay at one half."""
    plan = make_plan(
        tmp_path,
        targets=[{"base": 100, "target": 100 * np.exp(0.4)}],
        equations=equations("value_added.town", drift=(8, 3), persistence=0, innovation=6),
        observations=[{"variable": "value_added", "year": 2022, "value": 100 * np.exp(0.16)}],
    )
    changes = pm.news(*(pm.build_model(plan, as_of=year).run() for year in (2020, 2022)))
    assert changes.loc[1, "surprise_sd"] == pytest.approx(0, abs=1e-9)
    assert changes["probability_after"].tolist() == pytest.approx([0.5, 0.5, 0.5])


def test_revised_figure_is_a_revision(
    plan: pm.Plan, observations: pd.DataFrame, models: dict[int, pm.Model]
) -> None:
    revised = observations.copy()
    chosen = (revised["variable"] == "gdp") & (revised["year"] == 2023) & (revised["comparable"] == "yes")
    revised.loc[chosen, "value"] = 1800.0
    earlier = models[2023].run()
    later = pm.build_model(plan, as_of=2023, observations=revised).run()
    changes = pm.news(earlier, later)
    rows = changes[changes["step"].isin(FIGURES)]
    assert set(rows["step"]) == {"revision"}
    assert set(rows["variable"]) == {"gdp.district"}
    assert rows["expected"].to_numpy() == pytest.approx(1744)
    assert rows["surprise_sd"].isna().all()
    np.testing.assert_allclose(totals(changes), probabilities(later), rtol=0, atol=1e-12)


def test_same_outlook_twice_has_no_news(models: dict[int, pm.Model]) -> None:
    out = models[2023].run()
    changes = pm.news(out, out)
    assert set(changes["step"]) == {"start", "end"}
    assert not changes["change"].any()


def test_news_refuses_what_differs_in_more_than_observations(
    plan: pm.Plan, models: dict[int, pm.Model], observations: pd.DataFrame
) -> None:
    earlier, later = models[2020].run(), models[2023].run()
    other = pm.scale_sd(models[2020].evidence, ["margin"], 2)
    for wrong, message in [
        ((later, earlier), "as of 2023, then as of 2020"),
        ((earlier, models[2023].run("credit_squeeze")), "two different scenarios"),
        ((pm.build_model(plan, 2020, evidence=other).run(), later), "two different evidence"),
        ((earlier, earlier.given(observations, bounds=True)), "bounds"),
    ]:
        with pytest.raises(pm.InputError, match=message):
            pm.news(*wrong)


def test_sentence_names_the_observation_that_moved_the_share(models: dict[int, pm.Model]) -> None:
    """With the observations to 2023 the 25 % share fell most on the margin of 2023."""
    out = models[2023].run()
    changes = news_since_base(out)
    pd.testing.assert_frame_equal(changes, pm.news(models[2020].run(), out))
    own = changes[(changes["target"] == SHARE) & changes["step"].isin(FIGURES)]
    largest = own.loc[own["change"].abs().idxmax()]
    assert (largest["variable"], largest["observed"]) == ("margin", 2023)
    chinese, english = ("".join(news_words(changes, out.plan, SHARE, lang)) for lang in ("zh", "en"))
    assert "2023年金融业增加值与存贷款增速差" in chinese
    assert f"{points(largest['change'])}个百分点" in chinese
    assert "beyond balances in 2023" in english
    nothing = news_words(changes, out.plan, "institutions.district", "en")
    assert nothing[-1] == "No observation in between moved it."
    with pytest.raises(pm.InputError, match="Did you mean"):
        news_words(changes, out.plan, "value_added_share.distric")


def test_report_says_what_moved_the_share_and_how_good_the_figure_is(
    make_plan: Callable[..., pm.Plan], tmp_path: Path, models: dict[int, pm.Model]
) -> None:
    """The summary implies value added from GDP, names the decisive figure, and what was not used and why."""
    text = "".join(words.summary(models[2023].run(), "zh", draws=2_000))
    for part in ("其25%已约为436亿元", "影响最大的是2023年金融业增加值与存贷款增速差", "B（推算）"):
        assert part in text
    assert "统计范围疑已变动" in text
    assert "本外币口径" in text
    assert moved_words(models[2020].run()) == []
    plan = make_plan(
        tmp_path,
        targets=[{"base": 288.9, "target": 400}],
        equations=equations("value_added.town", drift=(8, 3), persistence=0, innovation=6),
        observations=[{"variable": "value_added", "year": 2022, "value": 310}],
    )
    assert moved_words(pm.build_model(plan, 2022).run(), "en")[-1] == (
        "That observation, Indicator, Town in 2022, is of grade A."
    )


GROWTH = {"variable": "wind", "area": "", "unit": "%"}


@pytest.fixture
def windy(make_plan: Callable[..., pm.Plan], tmp_path: Path) -> pm.Model:
    """A target that follows a driver whose growth was observed in 2021, 2022 and 2024."""
    return pm.build_model(
        make_plan(
            tmp_path,
            equations=[
                *equations("wind", drift=(3, 1), innovation=2),
                *equations("value_added.town", drift=(0, 1), innovation=1, **{"on:wind": 1}),
            ],
            observations=[
                GROWTH | {"year": year, "value": value} for year, value in ((2021, 4), (2022, 5), (2024, 6))
            ],
            drivers={"wind": {"zh": "风", "en": "Wind"}},
        ),
        2024,
    )


def test_growth_is_news_of_growth_in_the_first_year_too(windy: pm.Model) -> None:
    """4.0 % was seen where e^0.03 - 1 = 3.05 % was expected; no year's growth is shown as a level."""
    news = news_since_base(windy.run())
    seen = news[news["step"] == "observation"]
    assert seen["value"].to_numpy() == pytest.approx([4, 5, 6])
    assert set(seen["unit"]) == {"%"}
    assert seen["expected"].iloc[0] == pytest.approx(100 * np.expm1(0.03))
    assert seen["surprise_sd"].iloc[0] == pytest.approx((np.log(1.04) - 0.03) / np.hypot(0.01, 0.02))


def test_a_growth_rate_is_no_observed_level(windy: pm.Model) -> None:
    """Nothing is listed for a driver of which only growth was seen; its kind stands beside each condition."""
    out = windy.run()
    assert observed_levels(out) == {}
    assert [figure.kind for figure in out.observed] == ["growth"] * 3
    level = out.model.observations.iloc[[0]].assign(
        variable="value_added", area="town", unit="亿元", value=104.0
    )
    more = out.given(level)
    assert observed_levels(more) == {"value_added.town": {2021: pytest.approx(104)}}
    assert [figure.kind for figure in more.observed] == ["growth"] * 3 + ["level"]


def test_naive_forecasts_chain_growth_to_the_last_level_known(windy: pm.Model) -> None:
    """100 · 1.04 · 1.05 is known for 2022; 2023 was not seen, so the growth of 2024 leads nowhere."""
    row = naive_forecasts(windy.run()).set_index("variable").loc["wind"].iloc[0]
    assert (row["start_year"], row["start_value"]) == (2022, pytest.approx(100 * 1.04 * 1.05))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_waterfall_writes_every_change(models: dict[int, pm.Model], lang: str) -> None:
    """Bars run from one probability to the next, and each figure stands beside its bar."""
    changes = news_since_base(models[2023].run("credit_squeeze"))
    own = changes[changes["target"] == SHARE]
    picture = show(news_chart(changes, models[2023].plan, SHARE, lang), lang).svg
    for row in own[own["step"].isin(FIGURES)].itertuples():
        assert points(float(row.change)) in picture
    for probability in own["probability_after"].iloc[[0, -1]]:
        assert f"{100 * probability:.1f}%" in picture

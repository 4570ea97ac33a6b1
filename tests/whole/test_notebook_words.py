"""Words of the notebooks: every figure in them is that of the table beside it, for any plan, in both languages."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import equations

import planmodel as pm
from planmodel.plan.template import new_plan
from planmodel.questions.odds.comparison import across, odds_differences
from planmodel.questions.record.updates import news_since_base
from planmodel.show.labels import points
from planmodel.show.words.comparison import across_words, change_words
from planmodel.show.words.evidence import backtest_words, basis_words, pace_words, reference_words
from planmodel.show.words.milestones import cascade_words, milestone_words, progress_words
from planmodel.show.words.mix import effect_words, stability_words
from planmodel.show.words.plan import audit_words, promise_words, promises
from planmodel.show.words.unasked import unasked_words
from planmodel.show.words.updates import figure_words

SHARE = "value_added_share.district"
LANGUAGES = pytest.mark.parametrize("lang", ["zh", "en"])


@pytest.fixture(scope="module")
def baseline(models: dict[int, pm.Model]) -> pm.Outlook:
    return models[2023].run("baseline")


@pytest.fixture
def small(tmp_path: Path) -> pm.Plan:
    """The folder that `planmodel new` writes."""
    new_plan(tmp_path / "new")
    return pm.load_plan(tmp_path / "new")


def test_the_shares_fell_by_the_citys_figure_not_by_gdp(baseline: pm.Outlook) -> None:
    """News of the shipped plan: -43.0 points from value added against balances; the three GDP figures, little."""
    words = figure_words(news_since_base(baseline), baseline.plan, SHARE, "en")
    assert words.index("−43.0 (2023)") < words.index("City GDP")
    assert "+3.6 (2021), +3.3 (2022), −0.3 (2023)" in words


def test_figures_of_news_sum_to_the_change(baseline: pm.Outlook) -> None:
    changes = news_since_base(baseline)
    own = changes[changes["target"] == SHARE]
    told = own.loc[own["step"] == "observation", "change"].sum()
    assert own["probability_after"].iloc[0] + told == pytest.approx(own["probability_after"].iloc[-1])


@LANGUAGES
def test_no_news_is_said(models: dict[int, pm.Model], lang: str) -> None:
    out = models[2020].run("baseline")
    words = figure_words(news_since_base(out), out.plan, SHARE, lang)
    assert ("其间没有观测值" if lang == "zh" else "nothing was observed") in words


@LANGUAGES
def test_across_scenarios_counts_those_under_the_cut_off(models: dict[int, pm.Model], lang: str) -> None:
    """The share is out of reach in most scenarios of the shipped plan, and not in all: 11.2 % under a trade conflict."""
    model = models[2023]
    table = across(model)
    share = table[table["target"] == SHARE].set_index("scenario")["probability"]
    assert {"trade_conflict", "deepen_markets"} == set(share.index[share >= 0.1])
    words = across_words(table, model.plan, lang)
    heading = pm.load_scenario("trade_conflict", model.plan).heading(lang)
    (sentence,) = [words for words in words if heading in words and "11.2%" in words]
    n, under = len(share), int((share < 0.1).sum())
    assert (f"达标概率有{under}个低于10%" if lang == "zh" else f"{under} of {n} scenarios") in sentence
    assert not any("均低于10%的目标有" in text for text in words)
    assert any(("没有目标" if lang == "zh" else "No target") in text for text in words)


@LANGUAGES
def test_a_target_that_is_always_out_of_reach_is_called_so(plan: pm.Plan, lang: str) -> None:
    table = pd.DataFrame(
        {"scenario": ["baseline", "slowdown_mild"], "target": SHARE, "probability": [0.01, 0.02]}
    )
    words = across_words(table, plan, lang)
    assert ("在全部2个情景下达标概率均低于10%的目标有1个" if lang == "zh" else "under 10% in all 2") in words[
        1
    ]
    assert len(words) == 3


@LANGUAGES
def test_a_change_is_told_with_its_largest(models: dict[int, pm.Model], lang: str) -> None:
    model = models[2023]
    first, second = (pm.load_scenario(name, model.plan) for name in ("baseline", "credit_squeeze"))
    change = odds_differences(model, first, second)
    words = change_words(change, first, second, model.plan, lang)
    assert f"{change['first'].sum():.1f}" in words[0]
    assert f"{change['second'].sum():.1f}" in words[0]
    assert points(change["change"].min()) in words[1]
    same = change_words(odds_differences(model, first, first), first, first, model.plan, lang)
    assert len(same) == 1


def test_identical_assumptions_are_called_arithmetic(models: dict[int, pm.Model], plan: pm.Plan) -> None:
    """What measures win back says nothing of any measure where all effects are the same placeholder."""
    words = effect_words(models[2023], lang="en")
    assert "all are alike (0.5 ± 0.5 points a year at full effort)" in words
    effects = models[2023].effects
    effects.loc[0, "effect"] = 0.7
    other = pm.build_model(plan, 2023, effects=effects)
    assert "from 0.5 to 0.7 points a year" in effect_words(other, lang="en")
    assert "alike" not in effect_words(other, lang="en")
    assert "(measures: 1)" in effect_words(other, ["attract_head_institutions"], "en")


@LANGUAGES
def test_stability_says_where_no_mix_is_enough(lang: str) -> None:
    nan = float("nan")
    table = pd.DataFrame(
        {"intensity": [0.5, 1.0], "sd_half": [0.4, 1.0], "sd_double": [nan, nan], "cost_double": [0, 1]}
    )
    words = stability_words(table, lang)
    assert "0.10" in words
    assert "nan" not in words
    assert ("没有组合能满足要求" if lang == "zh" else "no mix is enough") in words
    assert ("2项中有1项" if lang == "zh" else "own cost doubles is 1 of 2.") in words


def test_promises_are_the_plans_own_figures(make_plan: Callable[..., pm.Plan], tmp_path: Path) -> None:
    """100 to 120 in five years is 3.7 % a year; a plan without facts has no past to compare with."""
    plan = make_plan(tmp_path, targets=[{}, {"indicator": "loans", "base": 100, "target": 100.5}])
    table = promises(plan).set_index("target")
    assert table["required"].round(2).to_list() == [3.71, 0.10]
    words = promise_words(plan, "en")
    assert "2 targets for 2025, on 2 indicators: 2 expected" in words[0]
    assert "(3.7% a year)" in words[1]
    assert "states no past growth" in words[2]


@LANGUAGES
def test_promises_and_audit_of_the_shipped_plan(plan: pm.Plan, lang: str) -> None:
    audit = pm.audit(plan)
    words = promise_words(plan, lang) + audit_words(audit, lang)
    assert any(("13个目标" if lang == "zh" else "13 targets") in text for text in words)
    assert any("8.4" in text and "0.5" in text for text in words)
    assert str(len(audit)) in words[3]
    assert sum("78.9" in text for text in words) == sum("3.84" in text for text in words) == 1


def test_bases_are_counted(plan: pm.Plan) -> None:
    evidence = pm.load_evidence(plan)
    counts = evidence.coefficients["basis"].value_counts()
    words = basis_words(evidence, "en")
    assert f"Of the {counts.sum()} coefficients (assumption {counts['assumption']}" in words


def test_the_reference_class_is_counted(baseline: pm.Outlook) -> None:
    """8 windows of growth 1 to 8 %: 3 lie below 3.5."""
    windows = pd.DataFrame({"next": [100 * math.log1p(n / 100) for n in range(1, 9)], "start": 2010})
    words = reference_words(windows, "deposits_loans.district", 3.5, baseline, "en")
    assert "of 8 windows of the reference class, 3 (37.5%) then grew less" in words


@pytest.mark.parametrize(
    "covered, en", [(0.55, "far too narrow"), (0.7, "too narrow"), (0.8, "about right"), (0.91, "too wide")]
)
def test_intervals_are_judged_by_their_coverage(covered: float, en: str) -> None:
    """80 % is what an 80 % interval should hold; each era has its own sentence."""
    row: dict[str, Any] = {"note": "chosen: x", "variable": "gdp", "n": 1121, "ratio": 0.7, "ratio_se": 0.02}
    eras = ["2010-2018", "2010-2013", "2014-2018"]
    table = pd.DataFrame([row | {"starts": era, "coverage_80": covered} for era in eras])
    words = backtest_words(table, "en")
    assert [text[:17] for text in words] == ["Starts 2010–2013:", "Starts 2014–2018:"]
    assert all(f"covered {100 * covered:.1f}%, which is {en}." in text and "1,121" in text for text in words)


def test_a_pace_is_called_slower_only_where_it_is() -> None:
    assert "slower each time" in pace_words("GDP", {"a": 9, "b": 6}, "en")
    assert "slower" not in pace_words("GDP", {"a": 6, "b": 9}, "en")
    assert "逐段放慢" in pace_words("GDP", {"a": 9, "b": 6}, "zh")


@LANGUAGES
def test_progress_milestones_and_cascades_are_told(baseline: pm.Outlook, lang: str) -> None:
    plan, target = baseline.plan, "value_added.district"
    example = pm.progress(288.9, 310, 400, 2020, 2022, 2025)
    assert all(text in progress_words(example, target, plan, lang) for text in ("19", "22", "0.53", "8.9"))
    milestones = pm.milestones(baseline, "growth")
    words = milestone_words(milestones, target, plan, lang)
    assert all(text in words for text in ("308.3", "329.1", "351.2", "374.8", "400", "49.8%"))
    handed = pm.cascade(baseline, "institutions", "linear", rule="own")
    assert all(text in cascade_words(handed, plan, lang) for text in ("80.0", "29.2%", "96.1%"))


@LANGUAGES
def test_what_has_no_meaning_is_said_in_one_sentence(small: pm.Plan, baseline: pm.Outlook, lang: str) -> None:
    """A new plan has no drivers, stories, measures or figures; the shipped one has all of them."""
    out = pm.build_model(small, 2030).run("baseline")
    cases: list[dict[str, Any]] = [
        *({key: True} for key in ("open_year", "stress", "measures", "figures", "reference")),
        {"drivers": 2},
    ]
    for case in cases:
        assert unasked_words(baseline, lang, **case) == ""
        sentence = unasked_words(out, lang, **case)
        assert sentence.count("。" if lang == "zh" else ".") == 1
    assert unasked_words(out, lang, parts=True) == ""


def test_notes_have_types_also_where_there_are_none(
    make_plan: Callable[..., pm.Plan], tmp_path: Path
) -> None:
    """Nothing was left unused: the table is empty, and joins with one that is not."""
    plan = make_plan(tmp_path, equations=equations("value_added.town", drift=2, innovation=1))
    notes = pm.build_model(plan, 2020).run().notes
    assert notes.empty
    other = pd.DataFrame({"subject": ["a"], "year": [2021], "value": [1.0], "unit": ["家"]})
    assert len(other.merge(notes, how="left", on=["subject", "year", "value", "unit"])) == 1


def test_a_plan_whose_targets_have_no_base_is_refused(
    make_plan: Callable[..., pm.Plan], tmp_path: Path
) -> None:
    plan = make_plan(tmp_path, targets=[{"base": ""}])
    with pytest.raises(pm.InputError, match="a base value for at least one target"):
        pm.build_model(plan)

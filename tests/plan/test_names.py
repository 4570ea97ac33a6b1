"""Names are accepted as codes or as readers are shown them, in either language."""

from __future__ import annotations

import pytest

import planmodel as pm
from planmodel.batch.selection import axis_text, read_axis, select_scenarios
from planmodel.cli import main
from planmodel.plan.names import resolve

NAMES = ["金融机构数量（江北区）", "金融机构数量(江北区)", "Financial institutions, jiangbei district"]


@pytest.mark.parametrize("written", ["institutions.district", *NAMES])
def test_a_target_is_known_by_its_code_and_by_its_name(plan: pm.Plan, written: str) -> None:
    """Brackets of either width and letters of either case."""
    assert resolve(written, plan.by_name, plan) == "institutions.district"


def test_a_name_of_several_is_refused_with_each(plan: pm.Plan) -> None:
    with pytest.raises(pm.InputError, match=r"one of: institutions.district, institutions.core"):
        resolve("金融机构数量", plan.by_name, plan)
    assert resolve("保费收入", plan.by_name, plan) == "premium.district"


def test_what_is_no_name_stays_as_it_is_written(plan: pm.Plan) -> None:
    assert resolve("金融机构", plan.by_name, plan) == "金融机构"


def test_questions_take_names(models: dict[int, pm.Model]) -> None:
    """Of targets, drivers, measures and indicators: the answer is that to the code."""
    out = models[2023].run()
    plan, code = out.plan, "premium.district"
    zh, en = (plan.label("premium", "district", lang) for lang in ("zh", "en"))
    measure = plan.measures.iloc[0]
    for ask in (
        pm.tornado,
        pm.variance_shares,
        pm.failing_path,
        pm.worst_case,
        lambda out, target: pm.seek(out, target, 0.6),
        lambda out, target: pm.driver_paths(out, [target]),
    ):
        told = ask(out, code).to_csv()
        assert ask(out, zh).to_csv() == told
        assert ask(out, en).to_csv() == told
    assert pm.margin_of(out, zh).target == code
    drivers = list(plan.meta["drivers"])[:2]
    found = pm.heat_map(out, zh, *(plan.label(driver, lang="en") for driver in drivers))
    assert (found.target, found.driver_x, found.driver_y) == (code, *drivers)
    mix = pm.seek(out, code, 0.6, measures=[measure["name_en"]], costs={measure["name_zh"]: 2.0})
    assert list(mix["measure"]) == [measure["measure"]]
    assert pm.cascade(out, "金融机构数量").equals(pm.cascade(out, "institutions"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_quantities_and_charts_are_asked_for_by_name(
    plan: pm.Plan, models: dict[int, pm.Model], lang: str
) -> None:
    """A fan, milestones, growth needed and news of a target that is named as readers are shown it."""
    out, code = models[2023].run(), "assets.district"
    name = pm.Voice(plan, lang).name(code)
    assert out.quantity(name) is out.quantity(code)
    steps, revised, news = pm.milestones(out), pm.revisions(out), pm.news_since_base(out)
    for named, coded in (
        (pm.charts.fan(out, name), pm.charts.fan(out, code)),
        (pm.charts.milestone_chart(out, steps, name), pm.charts.milestone_chart(out, steps, code)),
        (pm.charts.required_chart(revised, plan, name), pm.charts.required_chart(revised, plan, code)),
        (pm.charts.news_chart(news, plan, name), pm.charts.news_chart(news, plan, code)),
    ):
        assert named.to_dict() == coded.to_dict()


def test_the_nearest_may_be_a_name(models: dict[int, pm.Model]) -> None:
    with pytest.raises(pm.InputError, match="保费收入（江北区）"):
        pm.tornado(models[2023].run(), "保费收人（江北区）")


def test_scenarios_are_known_by_their_titles(plan: pm.Plan, models: dict[int, pm.Model]) -> None:
    """In either language, also joined; a broken or unknown one is refused with the nearest."""
    assert pm.load_scenario("Credit squeeze", plan).name == "credit_squeeze"
    both = pm.load_scenario("信贷收缩+institutions_exit", plan)
    assert both.fingerprint == pm.load_scenario("credit_squeeze+institutions_exit", plan).fingerprint
    assert pm.at_severity("信贷收缩", "severe", models[2023]).name == "credit_squeeze_severe"
    assert select_scenarios(["信贷收缩"], plan) == ["credit_squeeze"]
    with pytest.raises(pm.InputError, match="Credit squeeze"):
        pm.load_scenario("Credit squeze", plan)


def test_an_axis_is_read_by_a_driver_s_name(plan: pm.Plan) -> None:
    text = f"{plan.label('city_credit')}=4:10:7"
    assert axis_text(text, plan) == "city_credit=4:10:7"
    assert read_axis(text, plan) == read_axis("city_credit=4:10:7", plan)


def test_a_plan_that_ships_is_known_by_its_title(plan: pm.Plan) -> None:
    assert pm.load_plan(plan.title("zh")).name == pm.load_plan(plan.title("en")).name == plan.name


def test_the_command_line_takes_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stress", "--target", "保费收入（江北区）", "-s", "信贷收缩", "--lang", "zh"]) == 0
    named = capsys.readouterr().out
    assert main(["stress", "--target", "premium.district", "-s", "credit_squeeze", "--lang", "zh"]) == 0
    assert named == capsys.readouterr().out

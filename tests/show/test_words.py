"""One name for one thing: words that readers of the two languages asked to be spared appear nowhere that they see."""

import re
from pathlib import Path

import pytest

import planmodel as pm
from planmodel.base.messages import label
from planmodel.show.labels import name_of
from planmodel.show.sheets import variable_name
from planmodel.show.words.sensitivity import source_name

ROOT = Path(__file__).resolve().parents[2]

# Translationese, words of the trade for insiders, and second names of things that have one.
SPARED = (
    *("落空", "一碰就倒", "最伤", "守得住", "五五开", "漂移", "项目标", "判为按期", "历史增速"),
    *("其他地区生产总值", "falls at a touch", "GDP of other", "利差"),
)
# What surrounds one of these and is another word.
ELSEWHERE = re.compile("各项目标准|事项目标")


@pytest.mark.parametrize("word", SPARED)
def test_a_word_that_readers_were_to_be_spared_is_gone(word: str) -> None:
    """In code, labels, notes, scenarios, notebooks and README."""
    files = [
        *(ROOT / "planmodel").rglob("*.py"),
        *(ROOT / "notebooks").glob("*.ipynb"),
        *(ROOT / "data" / "scenarios").glob("*.yaml"),
        *(ROOT / "data" / "messages").glob("*.csv"),
        *(ROOT / "data" / name for name in ("notes_zh.csv", "schemes.csv")),
        ROOT / "README.md",
    ]
    found = [path.name for path in files if word in ELSEWHERE.sub("", path.read_text(encoding="utf-8"))]
    assert found == []


def test_the_rest_of_a_denominator_has_the_name_that_the_plan_gives_it() -> None:
    plan = pm.load_plan("jiangbei")
    model = pm.build_model(plan, 2023)
    rest = "other_gdp.district"
    assert name_of(rest, plan, "zh") == variable_name(model, rest, "zh") == "非金融业增加值（江北区）"
    assert name_of(rest, plan, "en") == "Non-financial value added, Jiangbei District"
    assert source_name(rest, model.run(), "en") == "Non-financial value added, Jiangbei District: own growth"


def test_without_a_name_the_rest_is_called_the_rest(tmp_path: Path) -> None:
    """Never the GDP of other areas."""
    from planmodel.plan.template import new_plan

    new_plan(tmp_path / "mine")
    plan = pm.load_plan(tmp_path / "mine")
    assert name_of("other_gdp.whole", plan, "en") == "rest of GDP, Whole area"
    assert name_of("other_gdp.whole", plan, "zh") == "地区生产总值（全区）中其余部分"


def test_grades_and_columns_of_tables_are_words() -> None:
    assert label("B-derived", "zh") == "B（推算）"
    tables = ["before", "after", "required_probability", "alone", "probability", "failure_probability"]
    assert not [head for head in tables if "odds" in label(head, "en").lower()]


def test_growth_of_a_driver_that_is_money_is_called_nominal() -> None:
    for key in ("bench_drivers_note", "live_drivers"):
        assert "名义" in label(key, "zh")
        assert "nominal" in label(key, "en")

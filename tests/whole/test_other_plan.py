"""Another plan: what our words say of it names its own areas, never those of the plan that ships."""

from __future__ import annotations

import html
import re
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import planmodel as pm
from planmodel.base.messages import catalogue, languages
from planmodel.cli import main
from planmodel.plan.template import new_plan
from planmodel.show.charts.fans import base_level
from planmodel.show.words.outlook import growth_note, summary, together_words
from planmodel.show.words.plan import audit_findings

# Words that belong to the shipped plan: its district, its city, its reference class, who approves it.
SHIPPED = re.compile(
    "全区|本区|分区|市区|江北|重庆|全市|本市|城市|人大|常委会|银保监"
    r"|\bdistricts?\b|\bcit(y|ies)\b|jiangbei|chongqing|congress|\bthe centre\b",
    re.IGNORECASE,
)
RENAMED = {"全区": "青山", "Whole area": "Green Hill", "核心区": "山顶", "Core area": "Summit"}
# Parts that are one fraction of their wholes, as finance's are: the audit says so.
ASSETS = (
    "assets,hill,亿元,level,,2025,200,1,exact,2030,280,level,at_least,预期性,current,金融资产,Assets,example\n"
    "assets,top,亿元,level,hill,2025,120,1,exact,2030,180,level,at_least,预期性,current,金融资产,Assets,example\n"
)
FILES = {
    "measures.csv": "measure,kind,system,number,name_zh,name_en,variables,locator\n"
    "build,measure,works,1,修路,Build roads,finance.hill,example\n",
    "effects.csv": "measure,variable,effect,sd,years_to_full,cost,basis,source\n"
    "build,finance.hill,1.5,1.5,2,1,assumption,example\n",
    "observations.csv": "variable,area,year,value,unit,bound,sd,comparable,grade,source,note\n"
    "gdp,hill,2026,1040,亿元,exact,,yes,A,example,\n"
    "finance,hill,2026,103,亿元,exact,,yes,A,example,\n"
    "finance,top,2026,95,亿元,exact,,no,A,example,counted anew\n",
    "equations.csv": "variable,coefficient,value,sd,unit,estimate,basis,source,note\n"
    "finance.hill,drift,4,1,log % a year,,assumption,example,\n"
    "finance.hill,innovation,2,,log % a year,,assumption,example,\n"
    "finance.hill,reference,,,,credit,estimate,example,\n"
    "trade,base,500,,亿元,,fact,example,\n"
    "trade,drift,3,1,log % a year,,assumption,example,\n"
    "trade,innovation,2,,log % a year,,assumption,example,\n"
    "other_gdp.hill,drift,4,1,log % a year,,assumption,example,\n"
    "other_gdp.hill,innovation,2,,log % a year,,assumption,example,\n"
    "other_gdp.hill,on:trade,0.5,0.1,,,assumption,example,\n",
    "scenarios/slump.yaml": "title: {zh: 低迷, en: Slump}\nseverity: moderate\ndrivers:\n  trade: {2027: -2.0}\n",
}


@pytest.fixture(scope="module")
def hill(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `planmodel new` writes, its areas renamed, with a driver, a measure and figures."""
    folder = tmp_path_factory.mktemp("other") / "hill"
    new_plan(folder)
    for name in ("plan.yaml", "targets.csv", "facts.csv"):
        text = (folder / name).read_text(encoding="utf-8")
        for old, new in RENAMED.items():
            text = text.replace(old, new)
        text = text.replace("whole", "hill").replace("core", "top")
        (folder / name).write_text(text, encoding="utf-8")
    with (folder / "targets.csv").open("a", encoding="utf-8") as file:
        file.write(ASSETS)
    with (folder / "plan.yaml").open("a", encoding="utf-8") as file:
        file.write("drivers:\n  trade: {zh: 外贸, en: Trade, unit: 亿元}\n")
        file.write("systems:\n  works: {zh: 工程, en: Works}\n")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def shipped_words(text: str) -> list[str]:
    return [text[max(0, m.start() - 40) : m.end() + 40] for m in SHIPPED.finditer(text)]


COMMANDS = [
    *(("audit",), ("reach",), ("reach", "-s", "slump"), ("stress",), ("stress", "-s", "slump")),
    *(("seek",), ("track",), ("show",), ("show", "slump"), ("diff", "slump", "baseline")),
]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_uses_the_shipped_plans_words(hill: Path, capsys, command, lang: str) -> None:
    assert main([*command, "--plan", str(hill), "--lang", lang]) == 0
    printed = capsys.readouterr().out
    assert len(printed) > 10
    assert shipped_words(printed.replace(str(hill), "")) == []


def shown(page: str) -> str:
    """What a reader sees of a page, charts and sliders included: no styles, no program, no code of the notebook."""
    page = re.sub(r"<details[^>]*>\s*<summary>(代码|Code)</summary>.*?</details>", "", page, flags=re.DOTALL)
    text = re.sub(r"<style.*?</style>", "", page, flags=re.DOTALL)
    text = re.sub(r"<script(?![^>]*json).*?</script>", "", text, flags=re.DOTALL)
    return html.unescape(text)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_report_uses_the_shipped_plans_words(hill: Path, tmp_path: Path, lang: str) -> None:
    order = [
        "report",
        "slump",
        "--plan",
        str(hill),
        "--lang",
        lang,
        "--out",
        str(tmp_path),
        "--draws",
        "2000",
    ]
    assert main([*order, "-j", "1"]) == 0
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) >= 2
    books = list(tmp_path.rglob("*.xlsx"))
    assert books
    for book in books:
        with zipfile.ZipFile(book) as archive:
            cells = "".join(
                archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml")
            )
        assert shipped_words(html.unescape(cells)) == []
    for page in pages:
        text = shown(page.read_text(encoding="utf-8"))
        assert {"zh": "青山", "en": "Green Hill"}[lang] in text or page.name == "index.html"
        assert shipped_words(text.replace(str(hill), "")) == []


def labelled() -> Iterator[tuple[str, str]]:
    for lang in languages():
        yield from catalogue(lang).items()


# What is said of the panel of cities that estimates come from.
OF_THE_PANEL = {"command.calibrate", "shrinkage.lead"}


def test_no_label_of_tables_and_charts_names_the_shipped_plan() -> None:
    """Labels are shared by all plans."""
    named = {key: text for key, text in labelled() if SHIPPED.search(text)}
    assert set(named) == OF_THE_PANEL


@pytest.mark.parametrize("lang, words", [("zh", "青山的3个"), ("en", "all 3 of Green Hill")])
def test_targets_that_are_no_parts_are_called_by_their_area(hill: Path, lang: str, words: str) -> None:
    out = pm.build_model(pm.load_plan(hill)).run()
    assert words in " ".join(together_words(pm.joint(out, draws=500), out.plan, lang))


def test_a_plan_without_parts_has_one_joint_figure(make_plan, tmp_path) -> None:
    out = pm.build_model(make_plan(tmp_path, targets=[{}, {"indicator": "assets"}])).run()
    said = together_words(pm.joint(out, draws=500), out.plan, "en")[1]
    assert said.startswith("The probability of reaching all 2 is")
    assert "; that" not in said


@pytest.mark.parametrize("lang, words", [("zh", "没有参照组"), ("en", "no reference class")])
def test_the_note_on_growth_speaks_of_the_reference_class(hill: Path, lang: str, words: str) -> None:
    assert words in growth_note(pm.build_model(pm.load_plan(hill)).run(), lang)


SHARE = {"indicator": "share", "kind": "ratio", "unit": "%", "base": 20, "target": 25}
ABOVE = {"indicator": "output", "base": 100, "target": 120}
UNSTATED = {"base": "", "base_step": ""}
OVER = {"share": {"numerator": "output", "denominator": "gdp"}}
OVER_CENTRE = {"share": OVER["share"] | {"denominator_area": "centre"}}


@pytest.mark.parametrize("ratios", [OVER, OVER_CENTRE], ids=["own area", "another area"])
@pytest.mark.parametrize(
    "targets",
    [[ABOVE | UNSTATED, SHARE, {}], [ABOVE, SHARE | UNSTATED], [ABOVE, SHARE]],
    ids=["numerator without base", "ratio without base", "both with base"],
)
def test_a_ratio_is_audited_told_and_drawn_whatever_base_is_stated(
    make_plan, tmp_path, targets, ratios
) -> None:
    """Where no denominator follows from what is stated, none is spoken of; where one does, it is 100 / 20 %."""
    plan = make_plan(tmp_path, targets=targets, ratios=ratios)
    out = pm.build_model(plan).run()
    assert not [row for row in audit_findings(pm.audit(plan), "en") if "nan" in row]
    for lang in ("zh", "en"):
        assert not [sentence for sentence in summary(out, lang, draws=500) if "nan" in sentence]
    found = {quantity.name: quantity for quantity in out.quantities if quantity.indicator == "gdp"}
    stated = all(row.get("base") for row in targets)
    assert len(found) == stated
    for name, quantity in found.items():
        assert name.endswith(ratios["share"].get("denominator_area", "town"))
        assert base_level(plan, name) == 500
        assert out.draw(10)[(quantity.indicator, quantity.area, 2025)].gt(100).all()


def test_a_denominator_that_is_a_target_without_base_has_the_targets_unit(make_plan, tmp_path) -> None:
    """Its level follows from numerator and ratio; it need not be among the plan's other quantities."""
    rows = [ABOVE, SHARE, {"indicator": "output_of_all", "target": 600} | UNSTATED]
    ratios = {"share": {"numerator": "output", "denominator": "output_of_all"}}
    out = pm.build_model(make_plan(tmp_path, targets=rows, ratios=ratios)).run()
    (whole,) = [quantity for quantity in out.quantities if quantity.name == "output_of_all.town"]
    assert whole.unit == "亿元"
    assert out.median(whole, 2021) > 500


@pytest.mark.parametrize(
    "lang, words",
    [
        ("zh", ["3个目标中（另有1个无基期值，不计在内）", "3个全部达标"]),
        ("en", ["out of 3 (1 more", "all 3 "]),
    ],
)
def test_command_and_report_speak_of_the_same_number_of_targets(
    make_plan, tmp_path, capsys, lang: str, words: list[str]
) -> None:
    """A target without a base has no odds: neither may count it among all that are reached."""
    rows = [{}, {"indicator": "assets"}, {"indicator": "premium"}, {"indicator": "patents"} | UNSTATED]
    plan = make_plan(tmp_path, targets=rows)
    said = " ".join(summary(pm.build_model(plan).run(), lang, draws=500))
    assert not [word for word in words if word not in said]
    assert main(["reach", "--plan", str(plan.folder), "--lang", lang]) == 0
    assert {"zh": "3个全部达标", "en": "all 3:"}[lang] in capsys.readouterr().out


@pytest.mark.parametrize("last, odds", [(120.0, 1.0), (119.0, 0.0), (None, None)])
def test_a_target_that_is_history_warns_of_nothing(make_plan, tmp_path, last, odds) -> None:
    """What is known for certain is met or missed; the rest are as likely as without it."""
    seen = [] if last is None else [{"variable": "value_added", "year": 2025, "value": last}]
    rows = [{}, {"indicator": "premium"}]
    out = pm.build_model(make_plan(tmp_path, targets=rows, observations=seen), 2025).run()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        together = pm.joint(out, draws=500)["all"][0]
    known, free = pm.reach(out)["probability"]
    assert together == pytest.approx(free * (known if odds is None else odds), abs=1e-6)


def test_frames_without_a_column_are_refused_by_its_name(make_plan, tmp_path) -> None:
    """Observations and effects may be given as frames: each column that is missing is named."""
    plan = make_plan(tmp_path)
    frame = pd.DataFrame({"variable": ["value_added"], "area": ["town"], "year": [2021], "value": [104.0]})
    for give in (
        lambda: pm.build_model(plan, observations=frame),
        lambda: pm.build_model(plan).run().given(frame),
    ):
        with pytest.raises(pm.InputError) as caught:
            give()
        found = [problem.found for problem in caught.value.problems]
        assert found == [
            f"no column {name!r}" for name in ("unit", "bound", "sd", "comparable", "grade", "note")
        ]
    with pytest.raises(pm.InputError, match="effects: found no column 'measure'"):
        pm.build_model(plan, effects=pd.DataFrame({"effect": [1.0]}))

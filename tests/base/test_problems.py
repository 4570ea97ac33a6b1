"""Problems: each part has a code, so that an error is said whole in any language."""

import ast
import pickle
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import planmodel as pm
from planmodel.base import messages
from planmodel.base.extras import MissingExtraError, need
from planmodel.base.messages import Message
from planmodel.base.problems import InputError, Problem, phrase
from planmodel.plan.template import new_plan

ROOT = Path(__file__).resolve().parents[2]
# Where every problem has a code.
FOLDERS = ("base", "plan", "evidence", "scenario", "model", "law")


def calls() -> Iterator[tuple[str, ast.Call]]:
    for folder in FOLDERS:
        for path in sorted((ROOT / "planmodel" / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def called(node: ast.Call) -> str:
    return ast.unparse(node.func).rpartition(".")[2]


def places(key: str) -> set[str]:
    text = messages.catalogue("en")[key]
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_what_was_expected_is_never_a_plain_text() -> None:
    """The third argument of `problems.add` and the fourth of `Problem` is a phrase."""
    position = {"add": 2, "Problem": 3}
    given = [
        (where, node.args[position[called(node)]])
        for where, node in calls()
        if called(node) in position and len(node.args) > position[called(node)]
    ]
    assert len(given) > 100
    plain = [where for where, part in given if isinstance(part, ast.JoinedStr | ast.BinOp | ast.Constant)]
    assert plain == []


def test_a_phrase_is_given_the_values_that_its_text_has_places_for() -> None:
    phrases = [
        (where, node.args[0].value, {keyword.arg for keyword in node.keywords})
        for where, node in calls()
        if called(node) == "phrase" and isinstance(node.args[0], ast.Constant)
    ]
    assert len(phrases) > 150
    assert [(where, key) for where, key, given in phrases if given != places(key)] == []


def test_a_pickled_error_keeps_its_keys_and_values() -> None:
    part = phrase("expected.number_between", low="0", high="1")
    problem = Problem("file.csv", phrase("place.line", line=3), phrase("found.nothing"), part)
    again = pickle.loads(pickle.dumps(InputError([problem])))
    assert again.problems == (problem,)
    assert again.text("zh") == InputError([problem]).text("zh") != str(again)
    assert again.problems[0].code == "number_between"
    assert isinstance(again.problems[0].place, Message)


def test_a_missing_extra_speaks_any_language() -> None:
    with pytest.raises(MissingExtraError) as caught:
        need("report", "no_such_package")
    assert caught.value.text("en") == str(caught.value)
    assert caught.value.text("zh").startswith("未找到no_such_package")


def words(text: object) -> set[str]:
    return set(re.findall(r"[A-Za-z][A-Za-z_0-9]*", str(text)))


def values(part: object) -> set[str]:
    """The words of an input: a plain part, or what a phrase was given."""
    if isinstance(part, Message):
        return set().union(*map(values, part.values.values()))
    return words(part)


def english(error: InputError) -> set[str]:
    """The words of an error in Chinese that are English and no part of the input, nor a key of a file."""
    given = {"zh", "en", "id", "series", "variable", "years", "status", "plan", "yaml"}
    for problem in error.problems:
        given |= words(problem.nearest)
        for part in (problem.file, problem.place, problem.found, problem.expected):
            given |= values(part)
    return words(error.text("zh")) - given


@pytest.mark.parametrize("settings", ["", "figures: 3\nsystems: 4\nrevision_rule: {zh: x, zn: y}\n"])
def test_a_bad_plan_is_told_in_chinese(tmp_path: Path, settings: str) -> None:
    """Its rows, which are held against its settings where these are right, and else what can be told of both."""
    folder = tmp_path / "plan"
    new_plan(folder)
    file = folder / "targets.csv"
    header, first, *others = file.read_text(encoding="utf-8").splitlines()
    cells = dict(zip(header.split(","), first.split(","), strict=True))
    cells |= {"base": "-3", "target_year": "1999", "area": "nowhere", "target": "0"}
    bad = {**cells, "indicator": "second", "base": "", "base_year": "soon" if settings else "1998"}
    lines = [
        header,
        ",".join(cells.values()),
        ",".join(bad.values()),
        *others,
        *(["1,2"] if settings else []),
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    meta = folder / "plan.yaml"
    meta.write_text(meta.read_text(encoding="utf-8") + "\n" + settings, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        pm.load_plan(folder)
    assert len(caught.value.problems) > 4
    assert english(caught.value) == set()


def test_a_bad_scenario_is_told_in_chinese(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(
        "title: x\ndrivers: {gdp: 3}\nshocks: [{year: 1990, size: many}, 4]\nmeasures: {none: 3}\nauthor: 5\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        pm.load_scenario(file, pm.load_plan())
    assert len(caught.value.problems) > 4
    assert english(caught.value) == set()

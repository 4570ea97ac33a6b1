"""The catalogues: no key missing, none unused, the same places for values, and a text for every key that is named."""

import ast
import csv
import json
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from babel.core import Locale

from planmodel.base import messages

ROOT = Path(__file__).resolve().parents[2]
FORMS = ("zero", "one", "two", "few", "many", "other")
# Methods and functions whose first argument is a key.
SPEAKERS = {"label", "text", "say", "count", "phrase", "Message"}


def keys(lang: str) -> list[str]:
    with (ROOT / "data" / "messages" / f"{lang}.csv").open(encoding="utf-8", newline="") as file:
        return [row["key"] for row in csv.DictReader(file)]


def root_of(key: str) -> str:
    """A key without its plural form."""
    head, _, form = key.rpartition(".")
    return head if head and form in FORMS else key


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def trees() -> Iterator[ast.AST]:
    for path in sorted((ROOT / "planmodel").rglob("*.py")):
        yield ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                yield ast.parse("".join(cell["source"]))


def constants() -> set[str]:
    """Every text in the code, and every cell of the data that ships: codes are told by their words."""
    nodes = (node for tree in trees() for node in ast.walk(tree))
    found = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    for path in (ROOT / "data").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            found.update(cell for row in csv.reader(file) for cell in row)
    for path in (ROOT / "planmodel" / "show" / "templates").glob("*.*"):
        found.update(re.findall(r"[\w.]+", path.read_text(encoding="utf-8")))
    return found


def patterns() -> list[re.Pattern[str]]:
    """Keys that are put together, such as f"bench_{notice}"."""
    nodes = (node for tree in trees() for node in ast.walk(tree) if isinstance(node, ast.JoinedStr))
    written = set()
    for node in nodes:
        parts = [re.escape(str(p.value)) if isinstance(p, ast.Constant) else r"\w+" for p in node.values]
        fixed = "".join(str(p.value) for p in node.values if isinstance(p, ast.Constant))
        if re.fullmatch(r"[a-z_.]{4,}", fixed):
            written.add("".join(parts))
    return [re.compile(pattern) for pattern in sorted(written)]


@pytest.mark.parametrize("lang", messages.languages())
def test_keys_stand_in_order_and_once(lang: str) -> None:
    assert keys(lang) == sorted(set(keys(lang)))


@pytest.mark.parametrize("lang", messages.WHOLE)
def test_a_whole_language_has_every_key_in_each_of_its_plural_forms(lang: str) -> None:
    english = set(keys("en"))
    plural = {root_of(key) for key in english if f"{root_of(key)}.other" in english}
    forms = {*Locale.parse(lang).plural_form.rules, "other"}
    wanted = {key for key in english if root_of(key) not in plural}
    wanted |= {f"{key}.{form}" for key in plural for form in forms}
    assert set(keys(lang)) == wanted


@pytest.mark.parametrize("lang", messages.languages())
def test_a_language_has_no_key_that_english_lacks(lang: str) -> None:
    assert {root_of(key) for key in keys(lang)} <= {root_of(key) for key in keys("en")}


@pytest.mark.parametrize("lang", messages.languages())
def test_a_text_has_the_same_places_for_values_in_every_language(lang: str) -> None:
    english = messages.catalogue("en")
    differ = {
        key: text
        for key, text in messages.catalogue(lang).items()
        # A plural form may leave out its number: "one target".
        if places(text) - {"n"} != places(english.get(key) or english[f"{root_of(key)}.other"]) - {"n"}
    }
    assert differ == {}


def test_every_key_is_used() -> None:
    """By its own name in code, notebooks, templates or data, or by a name that is put together."""
    used, made = constants(), patterns()
    idle = [
        key
        for key in keys("en")
        if not {key, root_of(key)} & used and not any(p.fullmatch(root_of(key)) for p in made)
    ]
    assert idle == []


def test_every_key_that_the_code_names_is_there() -> None:
    known = {*keys("en"), *map(root_of, keys("en"))}
    named = {
        node.args[0].value
        for tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", "")) in SPEAKERS
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }
    assert len(named) > 100
    # `plan.label("gdp")` names a quantity of a plan.
    assert sorted(key for key in named - known if "." in key) == []


def test_numbers_have_the_plural_forms_of_their_language() -> None:
    english = messages.catalogue("en")
    assert {"problem.others.one", "problem.others.other"} <= set(english)
    assert messages.count("problem.others", 1, "en") == "… and 1 other problem."
    assert messages.count("problem.others", 2, "en") == "… and 2 other problems."


def test_an_unknown_key_is_an_error_and_an_unknown_code_its_own_word() -> None:
    with pytest.raises(KeyError):
        messages.text("no.such.key", "en")
    assert messages.label("some_name", "zh") == "some_name"


HAN = "\u3000-\u303f\u3040-\u30ff\u4e00-\u9fff\uff00-\uffef"


def set_otherwise(text: str, chinese: bool) -> bool:
    """Whether a text sets a per cent sign apart, or has a space inside Chinese or Japanese."""
    apart = re.search(r"[\d}] %", text)
    spaced = re.search(rf"[{HAN}] \S|\S [{HAN}]", text) if chinese else None
    return bool(apart or spaced)


@pytest.mark.parametrize("lang", messages.languages())
def test_numbers_signs_and_spaces_are_set_in_one_way(lang: str) -> None:
    """8.1%, and 13个目标."""
    texts = messages.catalogue(lang)
    assert {key: text for key, text in texts.items() if set_otherwise(text, lang != "en")} == {}


def test_scenarios_and_notes_are_set_as_the_catalogues_are() -> None:
    """Descriptions of the scenarios that ship, and the Chinese of the data's notes."""
    with (ROOT / "data" / "notes_zh.csv").open(encoding="utf-8", newline="") as file:
        told = [row["zh"] for row in csv.DictReader(file)]
    for path in (ROOT / "data" / "scenarios").glob("*.yaml"):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        told += [content[key]["zh"] for key in ("title", "text") if key in content]
    assert [text for text in told if set_otherwise(text, chinese=True)] == []


def test_what_a_language_lacks_is_counted() -> None:
    """Whole languages lack nothing; Japanese lacks what it has no text for, and no singular, for it knows none."""
    assert [messages.lacking(lang) for lang in messages.WHOLE] == [[], []]
    lacking = messages.lacking("ja")
    assert len(lacking) > 300
    assert "problem.others.one" not in lacking
    assert messages.text(lacking[0], "ja") == messages.catalogue("en")[lacking[0]]

"""Computing never speaks: what a question returns are codes of `planmodel.base.columns` and names of the plan."""

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from asked import ASK, needs
from conftest import csv_text, equations, write_plan

import planmodel as pm
from planmodel.base import columns
from planmodel.base.units import KNOWN_UNITS
from planmodel.plan.plan import FACT_COLUMNS, MEASURE_COLUMNS
from planmodel.questions.track.schemes import SCHEMES, scheme_rows

# A long table is a report's file for other programs: its variables are that format's own.
TABLES = [name for name in columns.RESULTS if name != "long"]
# Signs and Latin and Chinese letters, so that no text is made of words.
SIGNS = "bcdfghjklmnpqrstvwxz瓜果梨桃茶酒米面油盐-·（）/&"
# What stands in a name beside the plan's own: `alpha.rest.2020`, `at_least_2`, `rest` of a denominator.
BESIDE = ("rest", "parts", "growth", "targets")


class Words:
    """Texts at random, and all that were made."""

    def __init__(self) -> None:
        self.made: set[str] = set()
        self._random = random.Random(12)

    def __call__(self) -> str:
        text = "".join(self._random.choices(SIGNS, k=12)).strip()
        self.made.add(text)
        return text

    def named(self) -> dict[str, str]:
        """A name in both languages."""
        return {"zh": self(), "en": self()}

    def columns(self) -> dict[str, str]:
        """The same, as two columns of a table."""
        return {"name_zh": self(), "name_en": self()}


def write(folder: Path, words: Words) -> Path:
    """Write a plan of every kind of row, each of whose names, titles and notes is a text at random."""
    finance, share = words.columns(), words.columns()
    write_plan(
        folder,
        targets=[
            {"indicator": "cash", "base": 100, "base_step": 0.1, "target": 122, **finance},
            {
                "indicator": "cash",
                "area": "centre",
                "part_of": "town",
                "base": 60,
                "base_step": 0.1,
                "target": 80,
                **finance,
            },
            {
                "indicator": "weight",
                "kind": "ratio",
                "unit": "%",
                "base": 10,
                "base_step": 0.1,
                "target": 11,
                **share,
            },
        ],
        equations=[
            *equations("wind", drift=(5, 1), innovation=2, persistence=0.2),
            *equations("rain", drift=(2, 1), innovation=3),
            *equations("cash.town", **{"on:wind": (0.5, 0.1), "on:rain": 0.2}, drift=(1, 1), innovation=2),
        ],
        observations=[
            {"variable": "cash", "year": 2021, "value": 106, "source": words()},
            {"variable": "wind", "area": "", "year": 2022, "value": 4, "unit": "%", "source": words()},
            {"variable": "cash", "year": 2022, "value": 111, "bound": "at_least", "source": words()},
            {"variable": "cash", "year": 2023, "value": 9, "comparable": "no", "grade": "C", "note": words()},
            {"variable": "cash", "year": 2022, "value": 9, "comparable": "no", "grade": "C"},
            {"variable": "coins", "year": 2022, "value": 9},
            {"variable": "cash", "year": 2020, "value": 100},
            {"variable": "cash", "year": 2023, "value": 117, "source": words()},
        ],
        ratios={"weight": {"numerator": "cash", "denominator": "gdp", "denominator_area": "town"}},
        drivers={"wind": words.named(), "rain": words.named()},
    )
    page = yaml.safe_load((folder / "plan.yaml").read_text(encoding="utf-8"))
    page["title"] = words.named()
    page["areas"] = {"town": words.named(), "centre": words.named()}
    page["quantities"] = {name: {**words.named(), "unit": "亿元"} for name in ("gdp", "coins", "notes")}
    page["sums"] = {"cash": ["coins", "notes"]}
    page["systems"] = {"north": words.named()}
    page["figures"] = [
        {
            "id": words(),
            **words.named(),
            "series": [{"variable": "cash", "years": [2020], "status": "no_data"}],
        }
    ]
    put(folder / "plan.yaml", page)
    fact = {"area": "town", "year": 2020, "unit": "亿元", "step": 1, "bound": "exact", "locator": "p"}
    facts: list[dict[str, Any]] = [
        {"indicator": "cash", "form": "level", "value": 100},
        {"indicator": "cash", "form": "growth", "since": 2015, "value": 30, "unit": "%"},
        {"indicator": "coins", "form": "level", "value": 40},
        {"indicator": "coins", "form": "growth", "since": 2015, "value": 20, "unit": "%"},
        {"indicator": "cash", "area": "centre", "form": "share", "of": "gdp.town", "value": 60, "unit": "%"},
        {"indicator": "notes", "form": "share", "of": "cash.town", "value": 20, "unit": "%"},
    ]
    rows = [{**fact, "fact": f"said_{n}", **row, **words.columns()} for n, row in enumerate(facts)]
    (folder / "facts.csv").write_text(csv_text(list(FACT_COLUMNS), rows), encoding="utf-8")
    measures = [
        {"measure": name, "kind": kind, "system": system, "number": n, **words.columns()}
        for n, (name, kind, system) in enumerate([("dig", "measure", "north"), ("wait", "safeguard", "")])
    ]
    (folder / "measures.csv").write_text(csv_text(list(MEASURE_COLUMNS), measures), encoding="utf-8")
    effect = {"effect": 1, "sd": 1, "years_to_full": 1, "cost": 1, "basis": "assumption", "source": words()}
    effects = [{"measure": name, "variable": "cash.town", **effect} for name in ("dig", "wait")]
    heads = ["measure", "variable", "effect", "sd", "years_to_full", "cost", "basis", "source"]
    (folder / "effects.csv").write_text(csv_text(heads, effects), encoding="utf-8")
    (folder / "scenarios").mkdir()
    put(folder / "scenarios" / "baseline.yaml", {"title": words.named(), "severity": "baseline"})
    put(
        folder / "scenarios" / "storm.yaml",
        {
            "title": words.named(),
            "description": words.named(),
            "severity": "moderate",
            "drivers": {"rain": {2022: -3, 2024: -3, "sd": 1}},
            "shocks": [
                {"variable": "wind", "year": year, "size": -4, "unit": "pp", "persistence": 0.5}
                for year in (2021, 2024)
            ],
            "measures": {"dig": 0.3},
        },
    )
    return folder


def put(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


@pytest.fixture(scope="module")
def words() -> Words:
    return Words()


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, words: Words) -> pm.Outlook:
    """The outlook of such a plan, in a scenario that has a path, shocks and a measure."""
    folder = write(tmp_path_factory.mktemp("codes") / "small", words)
    return pm.build_model(pm.load_plan(folder), 2023).run("storm")


def names(out: pm.Outlook, words: Words) -> set[str]:
    """Every name of the plan and of its files: those at random, and the keys that they are given to."""
    plan, meta = out.plan, out.plan.meta
    keys = {name.partition(".")[0] for name in (*out.model.law.names, *out.model.by_name)}
    keys |= {
        *plan.areas,
        *meta["quantities"],
        *meta["systems"],
        *plan.facts["fact"],
        *plan.measures["measure"],
    }
    return words.made | keys | {"baseline", "storm", "first", "planmodel", "test"} | set(KNOWN_UNITS)


def codes(question: str, name: str) -> set[str]:
    """What a column may hold beside names: its closed list, and of schemes their names and classes."""
    if name in SCHEMES or name in ("scheme", "code"):
        classes = {row["code"] for scheme in SCHEMES for row in scheme_rows(scheme)}
        return classes | {*SCHEMES, "no_observation", "no_base", "undefined"}
    return set(columns.definition(question, name).codes)


def cells(found: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Column and text of every cell that holds one."""
    if found.columns.nlevels > 1:
        return
    for name in found.columns:
        yield from ((str(name), cell) for cell in set(found[name].dropna()) if isinstance(cell, str))


def is_code(cell: str, known: set[str]) -> bool:
    """Whether a cell is a code or a name, or several that are joined: by a dot, a plus, as a year or a count of."""
    if cell in known or not cell:
        return True
    parts = re.split(r" \+ |[.+]", re.sub(r"^at_least_", "", cell))
    return all(part in known or part in BESIDE or part.isdigit() for part in parts)


@pytest.mark.parametrize("question", TABLES)
def test_no_cell_of_a_result_is_a_sentence(question: str, out: pm.Outlook, words: Words) -> None:
    """Each is a code that its column has, or a name of the plan, all of which are texts at random."""
    needs(question)
    found = ASK[question](out)
    if question == "progress":
        found = found.to_frame()
    assert len(found)
    known = names(out, words)
    spoken = {
        (name, cell)
        for name, cell in cells(found)
        if not is_code(cell, known | codes(question, name) if name != "progress" else known)
    }
    assert spoken == set()


def test_a_column_of_codes_holds_no_other(out: pm.Outlook) -> None:
    """Where a column has a closed list of codes, a cell is one of them, or of none, or the plan's own note."""
    wrong = set()
    for question in ("audit", "notes", "observations", "growth_needed", "tornado", "news", "revisions"):
        for name, cell in cells(ASK[question](out)):
            listed = columns.definition(question, name).codes
            if listed and cell and (question, name) != ("notes", "reason"):
                wrong |= {(question, name, part) for part in cell.split("+") if part not in listed}
    assert wrong == set()


def test_the_plan_of_this_test_has_every_kind_of_finding_and_of_what_is_not_used(out: pm.Outlook) -> None:
    """Else the test above would hold for want of rows."""
    listed = columns.definition
    found = pm.audit(out.plan)
    assert set(found["check"]) >= {
        "share",
        "level",
        "implied growth",
        "rest of a sum",
        "earlier level",
        "figure",
    }
    assert set(found["verdict"]) >= {"consistent", "contradiction", "implication", "unknown"}
    assert set(out.notes["kind"]) == set(listed("notes", "kind").codes)
    assert set(listed("notes", "reason").codes) <= set(out.notes["reason"])
    assert set(out.notes["reason"]) - set(listed("notes", "reason").codes)


def test_what_a_column_may_hold_is_told_with_its_meaning() -> None:
    """Codes are of columns of codes, each once."""
    told = {name: column for name, column in columns.COLUMNS.items() if column.codes}
    assert {column.kind for column in told.values()} == {"code"}
    assert [name for name, column in told.items() if len(set(column.codes)) < len(column.codes)] == []
    assert columns.COLUMNS["side"].description == "Which way a source is moved from its mean: below, above."

"""The plan: what a plan document promises and states, read from a folder and checked whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from planmodel.base.documents import Document, read_yaml
from planmodel.base.files import file_hash, is_folder, shipped
from planmodel.base.formats import FIRST, check_format
from planmodel.base.frames import rows_of
from planmodel.base.naming import with_area
from planmodel.base.problems import InputError, Problem, Problems, nearest, phrase
from planmodel.base.tables import Column, Row, read_rows
from planmodel.base.units import KNOWN_UNITS
from planmodel.plan.area import Area, join_name, text_in
from planmodel.plan.checks import check_plan
from planmodel.plan.inferred import PRICES, inferred_files, with_inferred
from planmodel.plan.meta_checks import check_meta
from planmodel.plan.ratio import INDEPENDENT, Ratio
from planmodel.plan.target import SIGNS, Target

BOUNDS = ("exact", "at_least", "at_most", "about")

TARGET_COLUMNS = {
    "indicator": Column("name"),
    "area": Column("name"),
    "unit": Column(choices=KNOWN_UNITS),
    "kind": Column(choices=("level", "count", "ratio")),
    "part_of": Column("name", required=False),
    "base_year": Column("year", low=1900, high=2200),
    "base": Column("number", required=False),
    "base_step": Column("number", required=False, low=0),
    "base_bound": Column(required=False, choices=("exact", "at_least", "about")),
    "target_year": Column("year", low=1900, high=2200),
    "target": Column("number"),
    "target_form": Column(choices=("level", "multiple", "growth")),
    "direction": Column(choices=tuple(SIGNS)),
    "obligation": Column(required=False, choices=("预期性", "约束性")),
    "price": Column(required=False, choices=PRICES, present=False),
    "name_zh": Column(),
    "name_en": Column(),
    "locator": Column(required=False),
}

FACT_COLUMNS = {
    "fact": Column("name"),
    "indicator": Column("name"),
    "area": Column("name", required=False),
    "year": Column("year", low=1900, high=2200),
    "since": Column("year", required=False, low=1900, high=2200),
    "form": Column(choices=("level", "growth", "increase", "share")),
    "of": Column(required=False),
    "value": Column("number"),
    "unit": Column(required=False),
    "step": Column("number", required=False, low=0),
    "bound": Column(choices=BOUNDS),
    "name_zh": Column(),
    "name_en": Column(),
    "locator": Column(),
    "note": Column(required=False),
}

MEASURE_COLUMNS = {
    "measure": Column("name"),
    "kind": Column(choices=("measure", "safeguard")),
    "system": Column("name", required=False),
    "number": Column("integer"),
    "name_zh": Column(),
    "name_en": Column(),
    "variables": Column(required=False, present=False),
    "locator": Column(required=False),
}


@dataclass(frozen=True, eq=False, repr=False)
class Plan:
    """A plan: its targets, the other figures its document states, and its measures.

    Attributes
    ----------
    name : str
        Short name, e.g. ``jiangbei``.
    folder : Path
        Where it was read from.
    base_year, target_year : int
        First and last year of the promise.
    ratios : mapping
        What plan.yaml says of each ratio: its numerator, denominator and the denominator's area. The names
        that follow for a target are its `Target.ratio`.
    by_name, areas : mapping
        The plan's targets and areas as things: see `Target` and `Area`.
    fingerprint : str
        Hash of the plan's files.
    """

    name: str
    folder: Path
    meta: Mapping[str, Any]
    base_year: int
    target_year: int
    fingerprint: str
    _targets: pd.DataFrame
    _facts: pd.DataFrame
    _measures: pd.DataFrame

    @property
    def targets(self) -> pd.DataFrame:
        """One row a target, in the document's order; `threshold` is the level that must be reached."""
        return self._targets.copy()

    @property
    def by_name(self) -> Mapping[str, Target]:
        """Every target by its name, in the document's order."""
        return MappingProxyType(self._by_name)

    @cached_property
    def _by_name(self) -> dict[str, Target]:
        made = (Target.of(row, _ratio_of(row, self.ratios)) for row in rows_of(self._targets))
        return {target.name: target for target in made}

    @property
    def areas(self) -> Mapping[str, Area]:
        """Every area by its short name, as plan.yaml lists them."""
        return MappingProxyType(self._areas)

    @cached_property
    def _areas(self) -> dict[str, Area]:
        return {key: Area.of(key, entry) for key, entry in self.meta["areas"].items()}

    @property
    def facts(self) -> pd.DataFrame:
        """Every other figure that the document states."""
        return self._facts.copy()

    @property
    def measures(self) -> pd.DataFrame:
        """The measures and safeguards that the document announces."""
        return self._measures.copy()

    @property
    def years(self) -> range:
        """The years of the plan after its base year."""
        return range(self.base_year + 1, self.target_year + 1)

    @property
    def ratios(self) -> dict[str, Any]:
        """Numerator, denominator and denominator's area of each ratio; `independent` where it has none."""
        return dict(self.meta.get("ratios") or {})

    @property
    def revision_rule(self) -> dict[str, str]:
        """What the document says about changing its targets: zh, en (its words) and locator; empty if nothing."""
        return dict(self.meta.get("revision_rule") or {})

    def title(self, lang: str = "zh") -> str:
        """Return the plan's title in a language; in English where the plan does not state it."""
        return text_in(self.meta["title"], lang)

    def area(self, area: str, lang: str = "zh") -> str:
        """Return the name of an area."""
        return self._areas[area].name(lang) if area in self._areas else area

    @cached_property
    def _names(self) -> dict[str, dict[str, str]]:
        """The names of every indicator, quantity and driver by language; an indicator's come first."""
        known = {**(self.meta.get("quantities") or {}), **(self.meta.get("drivers") or {})}
        rows = rows_of(self._targets.drop_duplicates("indicator"))
        return known | {row["indicator"]: {"zh": row["name_zh"], "en": row["name_en"]} for row in rows}

    def label(self, indicator: str, area: str = "", lang: str = "zh") -> str:
        """Return the name of an indicator, quantity or driver, with its area if one is given."""
        name = text_in(self._names.get(indicator, {}), lang) or indicator
        return with_area(name, self.area(area, lang), lang) if area else name

    def __repr__(self) -> str:
        return f"Plan({self.name!r}, {len(self._targets)} targets, {self.base_year}–{self.target_year})"

    def _repr_html_(self) -> str:
        shown = self._targets[["name_zh", "name_en", "area", "unit", "base", "target"]]
        return f"<p>{self!r}</p>" + shown.to_html(index=False, escape=True)


def find_plan(plan: str | Path) -> Path:
    """Return the folder of a plan: the name of a shipped one or its title in either language, or a path.

    Raises
    ------
    InputError
        If there is no such plan, with the nearest shipped name.
    """
    seeds = shipped("seeds")
    ships = sorted(folder.name for folder in seeds.iterdir() if (folder / "plan.yaml").is_file())
    if str(plan) in ships:
        return seeds / str(plan)
    folder = Path(plan)
    if is_folder(folder):
        return folder
    titled = [ship for ship in ships if str(plan) in _titles(seeds / ship)]
    if len(titled) == 1:
        return seeds / titled[0]
    expected = phrase("expected.plan", names=", ".join(ships))
    raise InputError([Problem("plan", "", repr(str(plan)), expected, nearest(plan, ships))])


def _titles(folder: Path) -> list[str]:
    return list(map(str, read_yaml(folder / "plan.yaml").value["title"].values()))


def data_folder(plan: Plan) -> Path:
    """Return where a plan's data lies: `data/` for a plan that ships, its own folder for any other."""
    return shipped("data") if plan.folder.parent == shipped("seeds") else plan.folder


def load_plan(plan: str | Path = "jiangbei") -> Plan:
    """Read a plan: the name of one that ships, or a folder of the same shape.

    Raises
    ------
    InputError
        With every problem found, each with its file, line and column.
    """
    folder = find_plan(plan)
    document, problems = _read_meta(folder)
    broken: list[Problem] = []
    tables: dict[str, list[Row]] = {"targets": [], "facts": [], "measures": []}
    for name, columns, unique in (
        ("targets", TARGET_COLUMNS, ("indicator", "area")),
        ("facts", FACT_COLUMNS, ("fact",)),
        ("measures", MEASURE_COLUMNS, ("measure",)),
    ):
        path = folder / f"{name}.csv"
        if name != "targets" and not path.is_file():
            continue
        found = Problems(str(path))
        tables[name] = read_rows(path, columns, unique, found)
        broken += found.found
    tables, inferred = with_inferred(folder, tables, complete=not broken)
    broken += inferred.found
    if not problems:
        problems = broken + check_plan(folder, document, tables, complete=not broken)
    else:
        problems += broken
    if problems:
        raise InputError(problems)
    return _make_plan(folder, document.value, tables)


def _read_meta(folder: Path) -> tuple[Document, list[Problem]]:
    try:
        document = read_yaml(folder / "plan.yaml")
    except InputError as error:
        return Document({}, {}), list(error.problems)
    problems = Problems(str(folder / "plan.yaml"))
    meta = document.value
    if not isinstance(meta, dict):
        problems.add("", phrase("found.of_type", type=type(meta).__name__), phrase("expected.plan_keys"))
        return document, problems.found
    check_format(meta.get("format", FIRST), problems.file, document.place("format"))
    check_meta(document, problems)
    return document, problems.found


def _make_plan(folder: Path, meta: dict[str, Any], tables: Mapping[str, list[Row]]) -> Plan:
    targets = pd.DataFrame([dict(row.values) for row in tables["targets"]], columns=list(TARGET_COLUMNS))
    targets[["base", "base_step"]] = targets[["base", "base_step"]].astype(float)
    targets["target"] = targets["target"].astype(float)
    names = list(map(join_name, targets["indicator"], targets["area"]))
    targets.insert(0, "name", names)
    texts = ["part_of", "base_bound", "obligation", "price", "locator"]
    targets[texts] = targets[texts].fillna("")
    targets["threshold"] = [Target.of(row).threshold for row in rows_of(targets)]
    facts = pd.DataFrame([dict(row.values) for row in tables["facts"]], columns=list(FACT_COLUMNS))
    # A column without any figure would be one of Nones.
    facts = facts.astype({"step": float, "since": float})
    texts = ["area", "of", "unit", "note"]
    facts[texts] = facts[texts].fillna("")
    measures = pd.DataFrame([dict(row.values) for row in tables["measures"]], columns=list(MEASURE_COLUMNS))
    measures[["system", "variables"]] = measures[["system", "variables"]].fillna("")
    files = [folder / name for name in ("plan.yaml", "targets.csv", "facts.csv", "measures.csv")]
    fingerprint = file_hash(*(path for path in files if path.is_file()), *inferred_files(folder))
    return Plan(
        meta["plan"],
        folder,
        meta,
        meta["base_year"],
        meta["target_year"],
        fingerprint,
        targets,
        facts,
        measures,
    )


def _ratio_of(row: Mapping[str, Any], ratios: Mapping[str, Any]) -> Ratio | None:
    """Return the key of a row's ratio; None for a level, a count or a ratio without numerator."""
    if row["kind"] != "ratio" or ratios[row["indicator"]] == INDEPENDENT:
        return None
    return Ratio.of(ratios[row["indicator"]], row["area"], row["part_of"])

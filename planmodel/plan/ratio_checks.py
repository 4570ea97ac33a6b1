"""What must hold of a plan's ratios: they are described, their parts fit, and each denominator is one variable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planmodel.base.documents import Document
from planmodel.base.problems import Problem, Problems, phrase
from planmodel.base.tables import Row
from planmodel.base.units import KNOWN_UNITS
from planmodel.plan.area import join_name, split_name
from planmodel.plan.meta_checks import is_name_pair
from planmodel.plan.ratio import INDEPENDENT, Ratio

if TYPE_CHECKING:
    from planmodel.base.messages import Message

RATIO_KEYS = ("numerator", "denominator", "denominator_area", "rest")
_TERMS = {"numerator", "denominator"}


def row_name(row: Row) -> str:
    """Return the name of the target in a row."""
    return join_name(row["indicator"], row["area"])


def check_ratio(
    row: Row,
    by_name: Mapping[str, Row],
    meta: Mapping[str, Any],
    complete: bool,
    problems: Problems,
) -> None:
    """Note every problem of a ratio's row: what plan.yaml says of it, its numerator and its denominator."""
    if row["kind"] != "ratio":
        return
    entry = (meta.get("ratios") or {}).get(row["indicator"])
    if entry == INDEPENDENT:
        return
    if not isinstance(entry, dict) or not _TERMS.issubset(entry):
        expected = phrase("expected.ratio", indicator=row["indicator"])
        problems.add(row.place("indicator"), phrase("found.ratio_undescribed"), expected)
        return
    if "rest" in entry and not is_name_pair(entry["rest"]):
        problems.add(row.place("indicator"), f"{entry['rest']}"[:60], phrase("expected.rest_names"))
        return
    if not all(isinstance(name, str) for key, name in entry.items() if key != "rest"):
        problems.add(row.place("indicator"), f"{entry}"[:60], phrase("expected.names_in_ratios"))
        return
    for key in set(entry) - set(RATIO_KEYS):
        problems.add_unknown(row.place("indicator"), key, RATIO_KEYS, "ratio_key")
    ratio = Ratio.of(entry, row["area"], row["part_of"] or "")
    _check_denominator(row, entry["denominator"], by_name, meta, problems)
    if complete and ratio.numerator not in by_name:
        problems.add_unknown(row.place("indicator"), entry["numerator"], _indicators(by_name), "numerator")
    area = split_name(ratio.denominator)[1]
    if area not in meta["areas"]:
        problems.add_unknown(row.place("indicator"), area, map(str, meta["areas"]), "denominator_area")
    _check_terms(row, ratio, by_name, meta, problems)


def _check_terms(
    row: Row,
    ratio: Ratio,
    by_name: Mapping[str, Row],
    meta: Mapping[str, Any],
    problems: Problems,
) -> None:
    """A numerator is a level, a part where the ratio is one; a denominator is a whole's level in the same unit."""
    above, below = by_name.get(ratio.numerator), by_name.get(ratio.denominator)
    if above is not None and (above["kind"] == "ratio" or above["part_of"] != row["part_of"]):
        found = phrase("found.numerator", name=row_name(above), line=above.line, kind=_kind(above))
        problems.add(row.place("indicator"), found, phrase("expected.level_of_part", part_of=_part_of(row)))
    if below is not None and (below["kind"] == "ratio" or below["part_of"] is not None):
        found = phrase("found.denominator", name=row_name(below), line=below.line, kind=_kind(below))
        problems.add(row.place("indicator"), found, phrase("expected.level_of_whole"))
    indicator = split_name(ratio.denominator)[0]
    quantity = (meta.get("quantities") or {}).get(indicator) or {}
    unit = below["unit"] if below is not None else quantity.get("unit")
    if above is not None and unit in KNOWN_UNITS and unit != above["unit"]:
        found = phrase("found.denominator_in", name=indicator, unit=unit)
        problems.add(
            row.place("indicator"),
            found,
            phrase("expected.unit_of_numerator", unit=above["unit"], line=above.line),
        )


def _indicators(by_name: Mapping[str, Row]) -> set[str]:
    return {str(row["indicator"]) for row in by_name.values()}


def _part_of(row: Row) -> str:
    return row["part_of"] or phrase("found.empty")


def _kind(row: Row) -> Message:
    return (
        phrase("found.a_ratio") if row["kind"] == "ratio" else phrase("found.part_of", part_of=_part_of(row))
    )


def check_ratios_together(folder: Path, document: Document, by_name: Mapping[str, Row]) -> list[Problem]:
    """Return the problems of plan.yaml's ratios that no single row of targets shows.

    Two ratios over one denominator that is no target: what is modelled of it is what is left beside the
    numerator, so it would be two variables. And a description of a ratio that is not in targets.csv.
    """
    problems = Problems(str(folder / "plan.yaml"))
    rows = {row["indicator"] for row in by_name.values() if row["kind"] == "ratio"}
    for indicator, entry in (document.value.get("ratios") or {}).items():
        if indicator not in rows and entry != INDEPENDENT and not _is_described(entry):
            expected = phrase("expected.ratio_terms")
            problems.add(document.place("ratios", indicator), repr(entry)[:60], expected)
    return problems.found + _shared_denominators(folder, document, by_name)


def _is_described(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and _TERMS.issubset(entry)
        and set(entry).issubset(RATIO_KEYS)
        and all(isinstance(name, str) for key, name in entry.items() if key != "rest")
    )


def _shared_denominators(folder: Path, document: Document, by_name: Mapping[str, Row]) -> list[Problem]:
    problems = Problems(str(folder / "plan.yaml"))
    over: dict[str, list[Row]] = {}
    for row in by_name.values():
        name = _denominator(row, document.value, by_name)
        if name:
            over.setdefault(name, []).append(row)
    for name, rows in over.items():
        # Without the base of any ratio there is no such variable, and nothing to be wrong.
        if len(rows) > 1 and any(row["base"] is not None for row in rows):
            found = phrase("found.shared_denominator", names=_together(map(row_name, rows)), name=name)
            expected = phrase("expected.own_denominator", name=name)
            problems.add(document.place("ratios", rows[-1]["indicator"]), found, expected)
    return problems.found


def _together(names: Iterable[str]) -> str:
    return reduce(lambda first, second: phrase("found.and", first=first, second=second), names)


def _denominator(row: Row, meta: Mapping[str, Any], by_name: Mapping[str, Row]) -> str:
    """Return the name of the denominator that a whole's ratio makes a variable of; empty if none."""
    entry = (meta.get("ratios") or {}).get(row["indicator"])
    if row["kind"] != "ratio" or row["part_of"] is not None:
        return ""
    if not isinstance(entry, dict) or not _TERMS.issubset(entry):
        return ""
    ratio = Ratio.of(entry, row["area"], "")
    above, below = by_name.get(ratio.numerator), by_name.get(ratio.denominator)
    if above is None or above["base"] is None or (below is not None and below["base"] is not None):
        return ""
    return ratio.denominator


def _check_denominator(
    row: Row, name: str, by_name: Mapping[str, Row], meta: Mapping[str, Any], problems: Problems
) -> None:
    quantities = meta.get("quantities") or {}
    if name not in quantities and name not in _indicators(by_name):
        known = {str(quantity) for quantity in quantities} | _indicators(by_name)
        problems.add_unknown(row.place("indicator"), name, known, "denominator")
    elif name in quantities and quantities[name].get("unit") not in KNOWN_UNITS:
        found = phrase("found.with_unit", name=name, unit=repr(quantities[name].get("unit")))
        problems.add(row.place("indicator"), found, phrase("expected.unit_of_quantity"))

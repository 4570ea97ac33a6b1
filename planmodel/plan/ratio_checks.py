"""What must hold of a plan's ratios: they are described, their parts fit, and each denominator is one variable."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from planmodel.base.documents import Document
from planmodel.base.problems import Problem, Problems
from planmodel.base.tables import Row
from planmodel.base.units import KNOWN_UNITS
from planmodel.plan.meta_checks import is_name_pair

RATIO_KEYS = ("numerator", "denominator", "denominator_area", "rest")


def check_ratio(
    row: Row,
    by_name: Mapping[tuple[Any, Any], Row],
    meta: Mapping[str, Any],
    complete: bool,
    problems: Problems,
) -> None:
    """Note every problem of a ratio's row: what plan.yaml says of it, its numerator and its denominator."""
    if row["kind"] != "ratio":
        return
    ratio = (meta.get("ratios") or {}).get(row["indicator"])
    if ratio == "independent":
        return
    if not isinstance(ratio, dict) or not {"numerator", "denominator"} <= set(ratio):
        expected = f"ratios.{row['indicator']} in plan.yaml with numerator and denominator (or: independent)"
        problems.add(row.place("indicator"), "a ratio that plan.yaml does not describe", expected)
        return
    if "rest" in ratio and not is_name_pair(ratio["rest"]):
        problems.add(
            row.place("indicator"), f"{ratio['rest']}"[:60], "rest with zh and en names in plan.yaml"
        )
        return
    if not all(isinstance(name, str) for key, name in ratio.items() if key != "rest"):
        problems.add(row.place("indicator"), f"{ratio}"[:60], "names in ratios of plan.yaml")
        return
    for key in set(ratio) - set(RATIO_KEYS):
        problems.add_unknown(row.place("indicator"), key, RATIO_KEYS, "key of ratios in plan.yaml")
    _check_denominator(row, ratio, by_name, meta, problems)
    if complete and (ratio["numerator"], row["area"]) not in by_name:
        names = {str(indicator) for indicator, _ in by_name}
        problems.add_unknown(row.place("indicator"), ratio["numerator"], names, "numerator")
    area = ratio.get("denominator_area", row["area"])
    if area not in meta["areas"]:
        problems.add_unknown(row.place("indicator"), area, map(str, meta["areas"]), "denominator_area")
    _check_terms(row, ratio, by_name, meta, problems)


def _check_terms(
    row: Row,
    ratio: Mapping[str, str],
    by_name: Mapping[tuple[Any, Any], Row],
    meta: Mapping[str, Any],
    problems: Problems,
) -> None:
    """A numerator is a level, a part where the ratio is one; a denominator is a whole's level in the same unit."""
    above = by_name.get((ratio["numerator"], row["area"]))
    below = by_name.get((ratio["denominator"], ratio.get("denominator_area", row["area"])))
    if above is not None and (above["kind"] == "ratio" or above["part_of"] != row["part_of"]):
        found = f"numerator {_name(above)} of line {above.line}, {_kind(above)}"
        problems.add(
            row.place("indicator"), found, f"a level, and part_of as here ({row['part_of'] or 'empty'})"
        )
    if below is not None and (below["kind"] == "ratio" or below["part_of"] is not None):
        found = f"denominator {_name(below)} of line {below.line}, {_kind(below)}"
        problems.add(row.place("indicator"), found, "a level of a whole area")
    entry = (meta.get("quantities") or {}).get(ratio["denominator"]) or {}
    unit = below["unit"] if below is not None else entry.get("unit")
    if above is not None and unit in KNOWN_UNITS and unit != above["unit"]:
        found = f"denominator {ratio['denominator']} in {unit}"
        problems.add(row.place("indicator"), found, f"{above['unit']}, as its numerator in line {above.line}")


def _name(row: Row) -> str:
    return f"{row['indicator']}.{row['area']}"


def _kind(row: Row) -> str:
    return "a ratio" if row["kind"] == "ratio" else f"part_of {row['part_of'] or 'empty'}"


def check_ratios_together(
    folder: Path, document: Document, by_name: Mapping[tuple[Any, Any], Row]
) -> list[Problem]:
    """Return the problems of plan.yaml's ratios that no single row of targets shows.

    Two ratios over one denominator that is no target: what is modelled of it is what is left beside the
    numerator, so it would be two variables. And a description of a ratio that is not in targets.csv.
    """
    problems = Problems(str(folder / "plan.yaml"))
    rows = {row["indicator"] for row in by_name.values() if row["kind"] == "ratio"}
    for indicator, ratio in (document.value.get("ratios") or {}).items():
        if indicator not in rows and ratio != "independent" and not _is_described(ratio):
            expected = "numerator and denominator, both names (or: independent)"
            problems.add(document.place("ratios", indicator), repr(ratio)[:60], expected)
    return problems.found + _shared_denominators(folder, document, by_name)


def _is_described(ratio: object) -> bool:
    return (
        isinstance(ratio, dict)
        and {"numerator", "denominator"} <= set(ratio) <= set(RATIO_KEYS)
        and all(isinstance(name, str) for key, name in ratio.items() if key != "rest")
    )


def _shared_denominators(
    folder: Path, document: Document, by_name: Mapping[tuple[Any, Any], Row]
) -> list[Problem]:
    problems = Problems(str(folder / "plan.yaml"))
    over: dict[tuple[str, str], list[Row]] = {}
    for row in by_name.values():
        name = _denominator(row, document.value, by_name)
        if name:
            over.setdefault(name, []).append(row)
    for name, rows in over.items():
        # Without the base of any ratio there is no such variable, and nothing to be wrong.
        if len(rows) > 1 and any(row["base"] is not None for row in rows):
            found = f"{' and '.join(map(_name, rows))} over one denominator, {'.'.join(name)}"
            expected = (
                f"one ratio over what is no target with a base: give {'.'.join(name)} a row with its base in "
                "targets.csv, or make the other ratio independent"
            )
            problems.add(document.place("ratios", rows[-1]["indicator"]), found, expected)
    return problems.found


def _denominator(
    row: Row, meta: Mapping[str, Any], by_name: Mapping[tuple[Any, Any], Row]
) -> tuple[str, str] | tuple[()]:
    """Return indicator and area of the denominator that a whole's ratio makes a variable of; empty if none."""
    ratio = (meta.get("ratios") or {}).get(row["indicator"])
    if row["kind"] != "ratio" or row["part_of"] is not None or not isinstance(ratio, Mapping):
        return ()
    name = (str(ratio.get("denominator")), str(ratio.get("denominator_area", row["area"])))
    above, below = by_name.get((str(ratio.get("numerator")), row["area"])), by_name.get(name)
    if above is None or above["base"] is None or (below is not None and below["base"] is not None):
        return ()
    return name


def _check_denominator(
    row: Row,
    ratio: Mapping[str, str],
    by_name: Mapping[tuple[Any, Any], Row],
    meta: Mapping[str, Any],
    problems: Problems,
) -> None:
    name = ratio["denominator"]
    quantities = meta.get("quantities") or {}
    if name not in quantities and name not in {indicator for indicator, _ in by_name}:
        known = {str(quantity) for quantity in quantities} | {str(indicator) for indicator, _ in by_name}
        problems.add_unknown(row.place("indicator"), name, known, "denominator")
    elif name in quantities and quantities[name].get("unit") not in KNOWN_UNITS:
        found = f"{name} with unit {quantities[name].get('unit')!r}"
        problems.add(row.place("indicator"), found, "a unit of each quantity in plan.yaml")

"""What must hold inside a plan before it can be used: years, signs, parts and wholes, ratios, names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from planmodel.base.documents import Document
from planmodel.base.problems import Problem, Problems, phrase
from planmodel.base.tables import Row
from planmodel.plan.area import join_name
from planmodel.plan.ratio import SCALE, UNIT
from planmodel.plan.ratio_checks import check_ratio, check_ratios_together, row_name


def _check_sums(folder: Path, document: Document, indicators: Collection[str]) -> list[Problem]:
    """A whole among the targets is the sum of two names."""
    problems = Problems(str(folder / "plan.yaml"))
    sums = document.value.get("sums") or {}
    if not isinstance(sums, dict):
        problems.add(document.place("sums"), repr(sums)[:60], phrase("expected.sums"))
        return problems.found
    for whole, addends in sums.items():
        place = document.place("sums", whole)
        if whole not in indicators:
            problems.add_unknown(place, whole, indicators, "indicator")
        if not (isinstance(addends, list) and len(addends) == 2 and all(isinstance(a, str) for a in addends)):
            problems.add(place, repr(addends)[:60], phrase("expected.two_names"))
    return problems.found


def check_plan(
    folder: Path, document: Document, tables: Mapping[str, Sequence[Row]], complete: bool = True
) -> list[Problem]:
    """Return every problem of the rows of a plan that could be read; `document` is its plan.yaml.

    Where some could not (`complete` is false), a row that is missed may be among those.
    """
    meta, targets = document.value, tables["targets"]
    problems = Problems(str(folder / "targets.csv"))
    if not targets and complete:
        problems.add("", phrase("found.header_only"), phrase("expected.a_target"))
    by_name = {row_name(row): row for row in targets}
    for row in targets:
        _check_years(row, meta, problems)
        _check_values(row, problems)
        _check_part(row, by_name, meta, complete, problems)
        check_ratio(row, by_name, meta, complete, problems)
    _check_one_part(targets, problems)
    shared = check_ratios_together(folder, document, by_name)
    if complete:
        shared += _check_sums(folder, document, {row["indicator"] for row in targets})
    return problems.found + shared + _check_facts(folder, meta, tables["facts"], targets)


def _check_years(row: Row, meta: Mapping[str, Any], problems: Problems) -> None:
    for column in ("base_year", "target_year"):
        if row[column] != meta[column]:
            problems.add(
                row.place(column), str(row[column]), phrase("expected.as_in_plan", value=meta[column])
            )
    if row["area"] not in meta["areas"]:
        problems.add_unknown(row.place("area"), row["area"], map(str, meta["areas"]), "area")


def _check_values(row: Row, problems: Problems) -> None:
    base, target = row["base"], row["target"]
    if base is not None and base <= 0:
        problems.add(row.place("base"), f"{base:g}", phrase("expected.base_above_zero"))
    if base is None and row["target_form"] != "level":
        problems.add(
            row.place("base"),
            phrase("found.nothing"),
            phrase("expected.base_for_form", form=row["target_form"]),
        )
    if row["target_form"] != "growth" and target <= 0:
        problems.add(row.place("target"), f"{target:g}", phrase("expected.number_above_zero"))
    if row["target_form"] == "growth" and target <= -100:
        problems.add(row.place("target"), f"{target:g}", phrase("expected.growth_a_year"))
    if base is not None:
        _check_step(row, problems)
    _check_kind(row, problems)


def _check_step(row: Row, problems: Problems) -> None:
    """The base of anything but a count is printed to a step, which is no larger than the base itself."""
    base, step = row["base"], row["base_step"]
    if step is None and row["kind"] != "count":
        problems.add(row.place("base_step"), phrase("found.nothing"), phrase("expected.base_step"))
    if (step or 0) > base > 0:
        problems.add(
            row.place("base_step"), f"{step:g}", phrase("expected.step_within_base", base=f"{base:g}")
        )


def _check_kind(row: Row, problems: Problems) -> None:
    """A ratio is a share in %, a count is whole."""
    if row["kind"] == "ratio":
        for column in ("base", "target"):
            if row[column] is not None and row[column] >= SCALE:
                problems.add(row.place(column), f"{row[column]:g}", phrase("expected.share_below"))
        if row["unit"] != UNIT:
            problems.add(row.place("unit"), repr(row["unit"]), phrase("expected.unit_of_ratio", unit=UNIT))
    if row["kind"] == "count" and row["base"] is not None and row["base"] != int(row["base"]):
        problems.add(row.place("base"), f"{row['base']:g}", phrase("expected.whole_count"))


def _check_part(
    row: Row,
    by_name: Mapping[str, Row],
    meta: Mapping[str, Any],
    complete: bool,
    problems: Problems,
) -> None:
    if row["part_of"] is None:
        return
    if row["part_of"] == row["area"] or row["part_of"] not in meta["areas"]:
        areas = [str(area) for area in meta["areas"] if area != row["area"]]
        problems.add_unknown(row.place("part_of"), row["part_of"], areas, "area")
        return
    whole = by_name.get(join_name(row["indicator"], row["part_of"]))
    if whole is None and not complete:
        return
    if whole is None:
        problems.add(
            row.place("part_of"),
            phrase("found.no_row", indicator=row["indicator"], area=row["part_of"]),
            phrase("expected.row_of_whole"),
        )
        return
    if whole["part_of"] is not None:
        problems.add(row.place("part_of"), phrase("found.part_of_part"), phrase("expected.whole_of_all"))
    if whole["unit"] != row["unit"]:
        problems.add(
            row.place("unit"),
            repr(row["unit"]),
            phrase("expected.unit_of_whole", unit=repr(whole["unit"]), line=whole.line),
        )
    _check_below(row, whole, problems)


def _check_below(part: Row, whole: Row, problems: Problems) -> None:
    """A part lies below its whole, where both are levels in one unit."""
    if part["unit"] != whole["unit"]:
        return
    for column in ("base", "target"):
        own, total = part[column], whole[column]
        levels = column == "base" or part["target_form"] == whole["target_form"] == "level"
        if own is not None and total is not None and levels and own >= total:
            expected = phrase("expected.below_whole", total=f"{total:g}", line=whole.line)
            problems.add(part.place(column), f"{own:g}", expected)


def _check_one_part(targets: Sequence[Row], problems: Problems) -> None:
    """Parts are modelled as shares of their whole one by one: two of them could exceed it in a draw."""
    first: dict[str, Row] = {}
    for row in targets:
        # A ratio's parts are over the denominator of the whole: it is their numerators that add up.
        if row["part_of"] is None or row["kind"] == "ratio":
            continue
        whole = join_name(row["indicator"], row["part_of"])
        before = first.setdefault(whole, row)
        if before is not row:
            found = phrase("found.second_part", whole=whole, area=before["area"], line=before.line)
            expected = phrase("expected.one_part")
            problems.add(row.place("part_of"), found, expected)


def _check_facts(
    folder: Path, meta: Mapping[str, Any], facts: Sequence[Row], targets: Sequence[Row]
) -> list[Problem]:
    problems = Problems(str(folder / "facts.csv"))
    indicators = {row["indicator"] for row in targets}
    for row in facts:
        if row["area"] is not None and row["indicator"] in indicators and row["area"] not in meta["areas"]:
            problems.add_unknown(row.place("area"), row["area"], map(str, meta["areas"]), "area")
        if row["form"] in ("growth", "increase"):
            if row["since"] is None:
                problems.add(
                    row.place("since"),
                    phrase("found.nothing"),
                    phrase(f"expected.first_year_of_{row['form']}"),
                )
            elif row["since"] >= row["year"]:
                problems.add(
                    row.place("since"), str(row["since"]), phrase("expected.year_before", year=row["year"])
                )
        if row["form"] == "growth" and row["value"] <= -100:
            problems.add(row.place("value"), f"{row['value']:g}", phrase("expected.growth"))
        if row["form"] == "share" and row["of"] is None:
            problems.add(row.place("of"), phrase("found.nothing"), phrase("expected.share_of"))
        if row["form"] == "share" and not 0 <= row["value"] <= 100:
            problems.add(row.place("value"), f"{row['value']:g}", phrase("expected.share_closed"))
    return problems.found

"""What a coefficient may be, whether it was read from a file or changed in a table, and what an equation needs."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from planmodel.base.problems import Problems, phrase

BASES = ("estimate", "fact", "assumption")

# `on:x` is the weight on the growth of x; `drift_with:x` and `innovation_with:x` are correlations with x.
COEFFICIENTS = ("base", "drift", "persistence", "innovation", "reference")
PREFIXES = ("on:", "drift_with:", "innovation_with:")


def check_name(name: str, place: str, problems: Problems) -> None:
    """Note a coefficient that there is not."""
    if name not in COEFFICIENTS and not name.startswith(PREFIXES):
        problems.add_unknown(place, name, [*COEFFICIENTS, *PREFIXES], "coefficient")


def check_range(name: str, value: float | None, place: str, problems: Problems) -> None:
    """Note a value that its coefficient cannot have."""
    if value is None:
        return
    if name == "persistence" and not -1 < value < 1:
        problems.add(place, f"{value:g}", phrase("expected.persistence"))
    if name == "innovation" and value < 0:
        problems.add(place, f"{value:g}", phrase("expected.sd"))
    if name == "base" and value <= 0:
        problems.add(place, f"{value:g}", phrase("expected.level_above_zero"))
    if name.startswith(PREFIXES[1:]) and not -1 <= value <= 1:
        problems.add(place, f"{value:g}", phrase("expected.correlation"))


def check_rows(rows: Iterable[Mapping[str, Any]], problems: Problems) -> None:
    """Note everything wrong with a table of coefficients whose columns are there and whose numbers are numbers."""
    seen = set()
    for row in rows:
        variable, name, value = str(row["variable"]), str(row["coefficient"]), float(row["value"])
        place = f"{variable}, {name}"
        check_name(name, place, problems)
        if (variable, name) in seen:
            problems.add(place, phrase("found.second_row"), phrase("expected.each_coefficient_once"))
        seen.add((variable, name))
        if name != "reference" and not math.isfinite(value):
            problems.add(f"{place}, value", f"{value:g}", phrase("expected.finite_number"))
        else:
            check_range(name, value, f"{place}, value", problems)
        if row["sd"] < 0 or math.isinf(row["sd"]):
            problems.add(f"{place}, sd", f"{row['sd']:g}", phrase("expected.sd"))
        if row["basis"] not in BASES:
            problems.add_unknown(f"{place}, basis", row["basis"], BASES, "basis")


def check_equation(variable: str, given: Collection[str], grows: bool, problems: Problems) -> None:
    """Note what an equation lacks: without an innovation its variable would be certain, without growth stand still.

    `grows` says that the variable is a level: the share of a part, or a rate, needs no growth of its own.
    """
    missing = [] if "innovation" in given else [phrase("expected.innovation")]
    if grows and "drift" not in given and not any(name.startswith("on:") for name in given):
        missing.append(phrase("expected.drift"))
    if missing:
        found = phrase("found.equation_of", names=", ".join(given)) if given else phrase("found.no_equation")
        both = len(missing) > 1
        expected = phrase("expected.both", first=missing[0], second=missing[1]) if both else missing[0]
        problems.add(variable, found, expected)

"""A ratio's key: what is above and below the line, and the variable that the model makes of what is below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from planmodel.plan.area import join_name, split_name, text_in

# What plan.yaml says of a ratio that has no numerator among the targets.
INDEPENDENT = "independent"

# A ratio is printed in %.
UNIT, SCALE = "%", 100.0

_REST = "other_"


def rest_name(denominator: str) -> str:
    """Return the variable of what is left of a denominator beside its numerator, e.g. ``other_gdp.district``."""
    return f"{_REST}{denominator}"


def denominator_of(variable: str) -> str:
    """Return the denominator that a variable is the rest of; empty if its name is no such variable's."""
    return variable.removeprefix(_REST) if variable.startswith(_REST) else ""


@dataclass(frozen=True)
class Ratio:
    """A ratio of one area: its numerator is a target, its denominator a target or an implied level.

    Where the denominator is no target with a base, the model has it as the numerator of its whole area plus a
    rest; the ratio is then the logistic function of log numerator less log rest.

    Attributes
    ----------
    numerator : str
        The target above the line, of the ratio's own area: ``value_added.core``.
    whole : str
        The same indicator of the area that the ratio's area is a part of: ``value_added.district``; the
        numerator itself where the ratio is of a whole area.
    denominator : str
        What is below the line: ``gdp.district``.
    """

    numerator: str
    whole: str
    denominator: str

    @classmethod
    def of(cls, entry: Mapping[str, Any], area: str, part_of: str) -> Ratio:
        """Read an entry of plan.yaml's `ratios` for a row of an area, part of another or (empty) of none."""
        above, below = str(entry["numerator"]), str(entry["denominator"])
        return cls(
            join_name(above, area),
            join_name(above, part_of or area),
            join_name(below, str(entry.get("denominator_area", area))),
        )

    @property
    def rest(self) -> str:
        """The variable of what the denominator holds beside the numerator of its whole area."""
        return rest_name(self.denominator)

    @property
    def part(self) -> str:
        """The numerator where it is a part of another area's, and so moves by its share; else empty."""
        return self.numerator if self.numerator != self.whole else ""


def rest_label(entries: Iterable[Any], denominator: str, lang: str) -> str:
    """Return what a plan calls the rest of a denominator, an indicator or a name; empty if it says nothing."""
    indicator = split_name(denominator)[0]
    for entry in entries:
        if entry != INDEPENDENT and entry["denominator"] == indicator and "rest" in entry:
            return text_in(entry["rest"], lang)
    return ""

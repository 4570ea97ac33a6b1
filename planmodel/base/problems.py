"""What is wrong in an input, said the way its author can mend it; every problem of a file is reported at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

# A reader mends a few at a time; what was found may be a whole line, or a whole file on one.
MOST_SHOWN = 20
LONGEST_FOUND = 200


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in an input, said the way its author can mend it."""

    file: str
    place: str
    found: str
    expected: str
    nearest: str = ""

    def __str__(self) -> str:
        place = f"{self.file}, {self.place}" if self.place else self.file
        hint = f" Did you mean {self.nearest!r}?" if self.nearest else ""
        found = self.found if len(self.found) <= LONGEST_FOUND else f"{self.found[:LONGEST_FOUND]} …"
        return f"{place}: found {found}, expected {self.expected}.{hint}"


class InputError(ValueError):
    """The input is wrong. `problems` lists every problem found; the message has a line for each of the first 20."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [str(problem) for problem in self.problems[:MOST_SHOWN]]
        others = len(self.problems) - len(lines)
        if others:
            lines.append(f"… and {others} other problem{'s' if others > 1 else ''}.")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.problems,)


@dataclass
class Problems:
    """Collects the problems of one file, to be raised together."""

    file: str
    found: list[Problem] = field(default_factory=list)

    def add(self, place: str, found: str, expected: str, nearest: str = "") -> None:
        """Note one problem."""
        self.found.append(Problem(self.file, place, found, expected, nearest))

    def add_unknown(self, place: str, name: object, known: Iterable[str], what: str) -> None:
        """Note a name that is not among `known`, with the nearest one that is."""
        names = sorted(known)
        shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
        self.add(
            place,
            f"{what} {name!r}",
            f"one of: {shown}" if names else f"no {what} here",
            nearest(name, names),
        )

    def check(self) -> None:
        """Raise InputError if any problem was noted."""
        if self.found:
            raise InputError(self.found)


def nearest(name: object, known: Iterable[str]) -> str:
    """Return the known name most like `name`, or an empty string."""
    text = str(name)
    # One wrong character of a two-character Chinese word leaves only half of it alike.
    cutoff = 0.6 if len(text) > 3 else 0.5
    close = difflib.get_close_matches(text, list(known), n=1, cutoff=cutoff)
    return close[0] if close else ""

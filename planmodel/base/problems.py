"""What is wrong in an input, said the way its author can mend it; every problem of a file is reported at once.

An error carries codes and figures: its texts are English, and know by which key and values they are said in any
other language (`planmodel.base.messages.text`).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from planmodel.base.messages import ENGLISH, Message, count, text

# A reader mends a few at a time; what was found may be a whole line, or a whole file on one.
MOST_SHOWN = 20
LONGEST_FOUND = 200


def phrase(key: str, /, **values: object) -> Message:
    """Return a part of a problem by its key, e.g. ``expected.number_above_zero`` or ``found.nothing``."""
    return Message(key, **values)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in an input, said the way its author can mend it.

    Attributes
    ----------
    file, place : str
        Where: a file or an option, and a line, column or key in it.
    found : str
        What stands there: the input's own text, or a phrase.
    expected : Message
        What could stand there.
    nearest : str
        The known name most like what was found; empty if there is none.
    """

    file: str
    place: str
    found: str
    expected: Message
    nearest: str = ""

    @property
    def code(self) -> str:
        """What kind of problem it is, whatever the language: the last part of the key of what was expected."""
        return self.expected.key.partition(".")[2]

    def text(self, lang: str) -> str:
        """Return the problem in a language."""
        file, place, found, expected = (
            _said(part, lang) for part in (self.file, self.place, self.found, self.expected)
        )
        found = found if len(found) <= LONGEST_FOUND else f"{found[:LONGEST_FOUND]} …"
        where = text("problem.where", lang, file=file, place=place) if place else file
        hint = text("problem.nearest", lang, nearest=self.nearest) if self.nearest else ""
        return text("problem.line", lang, where=where, found=found, expected=expected) + hint

    def __str__(self) -> str:
        return self.text(ENGLISH)


def _said(part: str, lang: str) -> str:
    return text(part, lang) if isinstance(part, Message) else part


class InputError(ValueError):
    """The input is wrong. `problems` lists every problem found; the message has a line for each of the first 20."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.text(ENGLISH))

    def text(self, lang: str) -> str:
        """Return the message in a language."""
        lines = [problem.text(lang) for problem in self.problems[:MOST_SHOWN]]
        others = len(self.problems) - len(lines)
        if others:
            lines.append(count("problem.others", others, lang))
        return "\n".join(lines)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.problems,)


@dataclass
class Problems:
    """Collects the problems of one file, to be raised together."""

    file: str
    found: list[Problem] = field(default_factory=list)

    def add(self, place: str, found: str, expected: Message, nearest: str = "") -> None:
        """Note one problem."""
        self.found.append(Problem(self.file, place, found, expected, nearest))

    def add_unknown(
        self, place: str, name: object, known: Iterable[str], what: str, shown: Iterable[str] = ()
    ) -> None:
        """Note a name that is not among `known`, with the nearest one that is; `what` is the key of its kind.

        `shown` are names that readers are shown for what is known: the nearest may be one of them.
        """
        names = sorted(known)
        listed = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
        kind = phrase(f"kind.{what}")
        self.add(
            place,
            phrase("found.unknown", kind=kind, name=repr(name)),
            phrase("expected.one_of", names=listed) if names else phrase("expected.none_here", kind=kind),
            nearest(name, [*names, *shown]),
        )

    def check(self) -> None:
        """Raise InputError if any problem was noted."""
        if self.found:
            raise InputError(self.found)


def nearest(name: object, known: Iterable[str]) -> str:
    """Return the known name most like `name`, or an empty string."""
    written = str(name)
    # One wrong character of a two-character Chinese word leaves only half of it alike.
    cutoff = 0.6 if len(written) > 3 else 0.5
    close = difflib.get_close_matches(written, list(known), n=1, cutoff=cutoff)
    return close[0] if close else ""

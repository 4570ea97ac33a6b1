"""The format of a file: which ones this version reads, and a newer one refused by name."""

from __future__ import annotations

from planmodel.base.problems import InputError, Problem, phrase

FIRST, NEWEST = 1, 2


def refuse_newer(found: object, file: str, place: str) -> None:
    """Raise InputError, with this one problem, if a file says that it is of a format after this version.

    What else it holds may not mean what it seems to: nothing more is read of it.
    """
    if isinstance(found, int) and found > NEWEST:
        expected = phrase("expected.formats_update", first=FIRST, newest=NEWEST)
        raise InputError([Problem(file, place, str(found), expected)])


def check_format(found: object, file: str, place: str) -> None:
    """Raise InputError, with this one problem, unless this version reads the format that a file says it has."""
    refuse_newer(found, file, place)
    if type(found) is not int or found < FIRST:
        raise InputError(
            [Problem(file, place, repr(found), phrase("expected.formats", first=FIRST, newest=NEWEST))]
        )

"""A parser of command lines whose words are all in the catalogues, those of argparse itself included."""

from __future__ import annotations

import argparse
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

from planmodel.base.messages import text

# What argparse says, by the key of its text; its places for values stay as they are until it fills them in.
# A sentence that a later Python adds or words in another way is said in English.
ARGPARSE: dict[str, tuple[str, dict[str, str]]] = {
    "usage: ": ("argparse.usage", {}),
    "positional arguments": ("argparse.positional", {}),
    "options": ("argparse.options", {}),
    "%(heading)s:": ("argparse.heading", {"heading": "%(heading)s"}),
    "argument %(argument_name)s: %(message)s": (
        "argparse.argument",
        {"name": "%(argument_name)s", "message": "%(message)s"},
    ),
    "unrecognized arguments: %s": ("argparse.unrecognized", {"arguments": "%s"}),
    "the following arguments are required: %s": ("argparse.required", {"arguments": "%s"}),
    "expected one argument": ("argparse.one", {}),
    "expected at most one argument": ("argparse.at_most_one", {}),
    "expected at least one argument": ("argparse.at_least_one", {}),
    "ignored explicit argument %r": ("argparse.no_value", {"value": "%r"}),
    "ambiguous option: %(option)s could match %(matches)s": (
        "argparse.ambiguous",
        {"option": "%(option)s", "matches": "%(matches)s"},
    ),
    "invalid choice: %(value)r (choose from %(choices)s)": (
        "argparse.choice",
        {"value": "%(value)r", "choices": "%(choices)s"},
    ),
}

# What a line may not break within: a Chinese character or a word, with the marks that open and close it.
PIECE = re.compile(r" *(?:[“（]*(?:[\u2e80-\u9fff]|[^\u2e80-\u9fff “（，。；：、）”]+)[，。；：、）”]*|\S)")

# Stands for the second column of a wide character, and is never shown.
FILL = "\0"

T = TypeVar("T")


@contextmanager
def argparse_speaks(lang: str) -> Iterator[None]:
    """Let argparse say its words in a language while a parser is made and used.

    It looks up every one with gettext, by its name `_`, and offers no other way to have them said.
    """

    def look_up(words: str) -> str:
        key, values = ARGPARSE.get(words, ("", {}))
        return text(key, lang, **values) if key else words

    usual = argparse._  # type: ignore[attr-defined]
    argparse._ = look_up  # type: ignore[attr-defined]
    try:
        yield
    finally:
        argparse._ = usual  # type: ignore[attr-defined]


class Parser(argparse.ArgumentParser):
    """A parser that speaks a language: what it is told to say are keys of the catalogues."""

    def __init__(self, lang: str, **settings: Any) -> None:
        super().__init__(add_help=False, formatter_class=WideFormatter, **settings)
        self.lang = lang
        self.add("-h", "--help", words="argument.help", action="help")

    def add(self, *names: str, words: str, metavar: str = "", **settings: Any) -> None:
        """Add an argument: `words` and `metavar` are the keys of its help and of what stands for its value."""
        if metavar:
            settings["metavar"] = text(metavar, self.lang)
        told = text(words, self.lang, default=settings.get("default"))
        self.add_argument(*names, help=told.replace("%", "%%"), **settings)

    def whole(self, written: str) -> int:
        """Read a whole number, as a `type` of an argument."""
        return self._read(int, written, "cli.whole_number")

    def positive(self, written: str) -> int:
        """Read a whole number of 1 or more, as a `type` of an argument."""
        return self._read(_positive, written, "cli.one_or_more")

    def number(self, written: str) -> float:
        """Read a number, as a `type` of an argument."""
        return self._read(float, written, "cli.number")

    def _read(self, read: Callable[[str], T], written: str, expected: str) -> T:
        try:
            return read(written)
        except ValueError:
            said = text("cli.value", self.lang, found=written, expected=text(expected, self.lang))
            raise argparse.ArgumentTypeError(said) from None

    def format_help(self) -> str:
        """Return the help; Python 3.11 does not look up how a heading ends, as the later ones do."""
        shown = super().format_help()
        for key in ("argparse.positional", "argparse.options"):
            heading = text(key, self.lang)
            shown = shown.replace(
                f"\n{heading}:\n", f"\n{text('argparse.heading', self.lang, heading=heading)}\n"
            )
        return shown

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the line, and end with the status of wrong input."""
        self.print_usage(sys.stderr)
        self.exit(2, text("cli.error", self.lang, prog=self.prog, message=message) + "\n")


def _positive(written: str) -> int:
    number = int(written)
    if number < 1:
        raise ValueError
    return number


class WideFormatter(argparse.HelpFormatter):
    """Sets help in which a character may be two columns wide, and a line may break between two of those."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return _lines(text, width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(indent + line for line in _lines(text, width - len(indent)))

    def _format_action_invocation(self, action: argparse.Action) -> str:
        name = super()._format_action_invocation(action)
        # argparse counts characters where it sets columns: a wide one is made two, until all is set.
        return name + FILL * (_width(name) - len(name))

    def format_help(self) -> str:
        """Return the usage or help that was put together."""
        return super().format_help().replace(FILL, "")


def _width(text: str) -> int:
    """Return how many columns a text takes."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _lines(text: str, width: int) -> list[str]:
    """Return a text in lines of at most so many columns; none begins with a mark that closes."""
    lines = [""]
    for piece in PIECE.findall(text):
        if lines[-1] and _width(lines[-1] + piece) > width:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return lines

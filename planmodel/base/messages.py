"""Messages: what the package can say, one flat catalogue a language. It knows no plan and makes no figure.

A catalogue is ``data/messages/LANG.csv``: a key and its text, with the places of values as `str.format` has them. A
text for a number has a key for each plural form of its language, ``KEY.one`` and ``KEY.other`` in English. What a
catalogue lacks is said in English; English and Chinese lack nothing. A further language is one further file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Protocol

from planmodel.base.files import shipped

# What every catalogue is a translation of, and what is said where it lacks a text.
ENGLISH = "en"
# The languages that are whole come first wherever one chooses.
WHOLE = ("zh", ENGLISH)


class Spoken(Protocol):
    """What can say itself in a language, as an error can."""

    def text(self, lang: str) -> str:
        """Return it in a language."""


class Message(str):
    """A text in English that knows its key and values, so that it can be said in any language."""

    __slots__ = ("key", "values")

    key: str
    values: dict[str, object]

    def __new__(cls, key: str, /, **values: object) -> Message:
        """Make the English text of a key of the catalogues; a value may be a message itself."""
        made = super().__new__(cls, text(key, ENGLISH, **values))
        made.key, made.values = key, values
        return made

    def __reduce__(self) -> tuple[object, ...]:
        return _message, (self.key, self.values)


def _message(key: str, values: dict[str, object]) -> Message:
    return Message(key, **values)


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that there is a catalogue of: those that are whole, then others by name."""
    found = {path.stem for path in shipped("data", "messages").glob("*.csv")}
    return (*WHOLE, *sorted(found.difference(WHOLE)))


@cache
def catalogue(lang: str) -> Mapping[str, str]:
    """Return the texts of a language by their keys; of no other language, also where one is lacking."""
    with (shipped("data", "messages") / f"{lang}.csv").open(encoding="utf-8", newline="") as file:
        return MappingProxyType({row["key"]: row["text"] for row in csv.DictReader(file)})


def lacking(lang: str) -> list[str]:
    """Return the keys that a language has no text for, so that English is said.

    A plural form that English has and the language does not is not lacking where its general one, ``.other``, is there.
    """
    own = catalogue(lang)
    return [
        key
        for key in catalogue(ENGLISH)
        if key not in own and not (key.endswith(".one") and f"{key.removesuffix('.one')}.other" in own)
    ]


def label(key: str, lang: str = "zh") -> str:
    """Return the word for a code; the code itself if it has none, such as a name of the plan."""
    return _text(key, lang) or key


def unit_name(unit: str, lang: str = "zh") -> str:
    """Return a unit as it is written in a language, e.g. 亿元 as 100m yuan."""
    return label(unit, lang)


def text(message: str | Spoken, lang: str, /, **values: object) -> str:
    """Return a message in a language: the text of a key, with its values, or an error with all its problems.

    Raises
    ------
    KeyError
        If no catalogue has the key.
    """
    if isinstance(message, Message):
        values, message = message.values, message.key
    if not isinstance(message, str):
        return message.text(lang)
    found = _text(message, lang)
    if found is None:
        raise KeyError(message)
    return found.format(**{name: _spoken(value, lang) for name, value in values.items()})


def count(key: str, number: float, lang: str, /, **values: object) -> str:
    """Return the text for a number, in the plural form that its language has for it; `{n}` is the number."""
    return text(f"{key}.{_plural_form(number, lang, key)}", lang, n=number, **values)


def _plural_form(number: float, lang: str, key: str) -> str:
    # Where the language lacks the text it is English that is spoken, with English forms.
    spoken = lang if f"{key}.other" in catalogue(lang) else ENGLISH
    return str(_plural_rule(spoken)(number))


@cache
def _plural_rule(lang: str):  # type: ignore[no-untyped-def]
    from babel.core import Locale

    return Locale.parse(lang).plural_form


def listed(items: Iterable[str], lang: str) -> str:
    """Return an enumeration of short things, e.g. a, b, c."""
    return text("list_comma", lang).join(items)


def listed_apart(items: Iterable[str], lang: str) -> str:
    """Return an enumeration of things that have commas of their own, e.g. a, 1; b, 2."""
    return text("list_semicolon", lang).join(items)


def paragraph(sentences: Iterable[str], lang: str) -> str:
    """Return sentences one after another, as a language sets them; empty ones are left out."""
    return text("list_sentences", lang).join(filter(None, sentences))


def _spoken(value: object, lang: str) -> object:
    return text(value, lang) if isinstance(value, Message) else value


def _text(key: str, lang: str) -> str | None:
    found = catalogue(lang).get(key)
    return catalogue(ENGLISH).get(key) if found is None else found

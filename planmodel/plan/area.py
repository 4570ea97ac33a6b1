"""The areas of a plan, and the names of what is said of an area: ``gdp.district``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DOT = "."

# A name that a plan does not state in a reader's language is said in the first of these that it is stated in.
STATED = ("en", "zh")


def stated(names: Mapping[str, Any], lang: str) -> str:
    """Return the language to say a name in that is stated in several: the reader's, else English, else Chinese."""
    return next((each for each in (lang, *STATED) if names.get(each)), lang)


def text_in(names: Mapping[str, Any], lang: str) -> str:
    """Return what is stated in several languages, in the reader's or the nearest; empty if it is stated in none."""
    return str(names.get(stated(names, lang)) or "")


def name_in(row: Mapping[str, Any], lang: str) -> str:
    """Return the name of a row that has one a language, ``name_zh`` and ``name_en``."""
    return text_in({each: row.get(f"name_{each}") for each in (lang, *STATED)}, lang)


def join_name(indicator: str, area: str) -> str:
    """Return the name of an indicator of an area, ``indicator.area``; without an area the indicator's own."""
    return f"{indicator}{DOT}{area}" if area else indicator


def split_name(name: str) -> tuple[str, str]:
    """Return indicator and area of a name; the area is empty where it names none, as a driver's does."""
    indicator, _, area = name.partition(DOT)
    return indicator, area


@dataclass(frozen=True)
class Area:
    """An area that a plan speaks of.

    Attributes
    ----------
    key : str
        Its short name in the plan's files, e.g. ``core``.
    name_zh, name_en : str
        What readers call it.
    part_of : str
        The area that it is a part of, as plan.yaml says; empty if it says nothing.
    """

    key: str
    name_zh: str
    name_en: str
    part_of: str = ""

    @classmethod
    def of(cls, key: str, entry: Mapping[str, Any]) -> Area:
        """Read an entry of plan.yaml's `areas`."""
        return cls(key, str(entry["zh"]), str(entry["en"]), str(entry.get("part_of") or ""))

    def name(self, lang: str = "zh") -> str:
        """Return the area's name in a language; in English where the plan does not state it."""
        return text_in({"zh": self.name_zh, "en": self.name_en}, lang)

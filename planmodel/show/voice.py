"""The voice: how a plan is spoken of in a language. It knows the plan's names, and how numbers and units are set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from planmodel.base import messages
from planmodel.base.frames import rows_of
from planmodel.base.naming import with_area
from planmodel.plan.area import name_in, split_name, text_in
from planmodel.plan.plan import Plan
from planmodel.plan.ratio import denominator_of, rest_label


@dataclass(frozen=True)
class Voice:
    """A plan in a language: sentences of the catalogue, filled with the plan's names.

    Attributes
    ----------
    plan : Plan
        Whose targets, areas, drivers and measures are named.
    lang : str
        The language; what its catalogue lacks is said in English.
    """

    plan: Plan
    lang: str = "zh"

    def say(self, key: str, /, **values: object) -> str:
        """Return a text of the catalogue with its values."""
        return messages.text(key, self.lang, **values)

    def count(self, key: str, number: float, /, **values: object) -> str:
        """Return a text in the plural form for a number, which is its value `n`."""
        return messages.count(key, number, self.lang, **values)

    def label(self, code: str) -> str:
        """Return the word for a code; the code itself if it has none."""
        return messages.label(code, self.lang)

    def unit(self, unit: str) -> str:
        """Return a unit as it is written in the language."""
        return messages.unit_name(unit, self.lang)

    def level(self, level: str, unit: str) -> str:
        """Return a level, as it is written, with its unit."""
        if unit == "%":
            return self.say("level_in_percent", level=level)
        return self.say("level_with_unit", level=level, unit=self.unit(unit))

    def listed(self, items: Iterable[str]) -> str:
        """Return an enumeration of short things."""
        return messages.listed(items, self.lang)

    def listed_apart(self, items: Iterable[str]) -> str:
        """Return an enumeration of things that have commas of their own."""
        return messages.listed_apart(items, self.lang)

    def paragraph(self, sentences: Iterable[str]) -> str:
        """Return sentences one after another; empty ones are left out."""
        return messages.paragraph(sentences, self.lang)

    def title(self) -> str:
        """Return the plan's title."""
        return self.plan.title(self.lang)

    def area(self, area: str) -> str:
        """Return the name of an area."""
        return self.plan.area(area, self.lang)

    def indicator(self, indicator: str) -> str:
        """Return the name of an indicator, quantity or driver without its area."""
        return self.plan.label(indicator, lang=self.lang)

    def name(self, target: str) -> str:
        """Return the name of a target, quantity, driver or rest of a denominator, e.g. ``assets.core``."""
        indicator, area = split_name(target)
        denominator = denominator_of(indicator)
        if not denominator or self.indicator(indicator) != indicator:
            return self.plan.label(indicator, area, self.lang)
        rest = rest_label(self.plan.ratios.values(), denominator, self.lang)
        if rest:
            return with_area(rest, self.area(area), self.lang) if area else rest
        return self.say("other_part", name=self.plan.label(denominator, area, self.lang))

    def names(self, targets: Iterable[str]) -> str:
        """Return the names of targets as one enumeration, the areas of an indicator together."""
        areas: dict[str, list[str]] = {}
        for target in targets:
            indicator, area = split_name(target)
            areas.setdefault(indicator, []).append(self.area(area))
        named = (
            self.say("name_with_areas", name=self.indicator(name), areas=self.listed(where))
            for name, where in areas.items()
        )
        return self.say("list_names").join(named)

    def measure(self, measure: str) -> str:
        """Return the name of a measure; its own word where the plan has no such measure."""
        rows = (row for row in rows_of(self.plan.measures) if row["measure"] == measure)
        return next((name_in(row, self.lang) for row in rows), measure)

    def system(self, kind: str, system: str) -> str:
        """Return the name of a measure's system: as the plan declares it, else what the measure is, or its own word."""
        declared = (self.plan.meta.get("systems") or {}).get(system)
        if declared:
            return text_in(declared, self.lang)
        return self.label("safeguard") if kind == "safeguard" else system or self.label("measure")

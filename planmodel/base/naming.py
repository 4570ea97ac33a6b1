"""How a language sets what a plan and its scenarios say beside each other: a name and its area, several texts."""

from __future__ import annotations

from collections.abc import Iterable

from planmodel.base.messages import paragraph, text


def with_area(name: str, area: str, lang: str) -> str:
    """Return a name with its area, e.g. Value added, Town."""
    return text("name_with_area", lang, name=name, area=area)


def one_after_another(texts: Iterable[str], lang: str) -> str:
    """Return texts in a row, as a language sets them; empty ones are left out."""
    return paragraph(texts, lang)

"""How a language sets the name of something beside that of its area."""

from __future__ import annotations

from planmodel.base.messages import text


def with_area(name: str, area: str, lang: str) -> str:
    """Return a name with its area, e.g. Value added, Town."""
    return text("name_with_area", lang, name=name, area=area)

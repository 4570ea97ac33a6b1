"""The glyphs that ship: of what can be said and of the plans, read from the catalogues and not from the program."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from planmodel.base import messages
from planmodel.show import theme

ROOT = Path(__file__).resolve().parents[2]


def spoken(tree: ast.AST) -> Iterator[str]:
    """Every text in code that is no docstring."""
    bare = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in bare:
            yield node.value


def test_no_character_that_the_program_writes_is_missing() -> None:
    """Signs stand in code and templates: each of them is among those that ship."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "planmodel/show/templates").glob("*.*")]
    for folder in ("show", "report", "lab", "batch", "cli"):
        for path in (ROOT / "planmodel" / folder).rglob("*.py"):
            texts += spoken(ast.parse(path.read_text(encoding="utf-8")))
    assert set("".join(texts)) - theme.common_characters() == set()


@pytest.mark.parametrize("lang", messages.languages())
def test_every_character_of_a_catalogue_ships(lang: str) -> None:
    assert set("".join(messages.catalogue(lang).values())) <= theme.common_characters()


def test_a_rare_character_of_a_plan_is_taken_from_the_whole_font() -> None:
    """A name such as 彧 is in no catalogue: the page's font still has its glyph, and differs by it."""
    assert "彧" not in theme.common_characters()
    assert len(theme.font_face("彧")) > len(theme.font_face(""))

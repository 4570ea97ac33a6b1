"""The glyphs that ship: of what can be said and of the plans, read from the catalogues and not from the program."""

import ast
import base64
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

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
    for path in (ROOT / "planmodel").rglob("*.py"):
        texts += spoken(ast.parse(path.read_text(encoding="utf-8")))
    written = {sign for sign in "".join(texts) if sign.isprintable()}
    assert sorted(written - theme.common_characters()) == []


@pytest.mark.parametrize("lang", messages.languages())
def test_every_character_of_a_catalogue_ships(lang: str) -> None:
    assert set("".join(messages.catalogue(lang).values())) <= theme.common_characters()


def test_a_rare_character_of_a_plan_is_taken_from_the_whole_font(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A name such as 彧 is in no catalogue: though there is a small font, the page's font has its glyph."""
    assert "彧" not in theme.common_characters()
    small = tmp_path / "small.otf"
    small.write_bytes(theme.small_font())
    monkeypatch.setattr(theme, "made_ahead", lambda _: small)
    assert glyphs(theme.font_face("目标")) == {"目", "标"}
    assert glyphs(theme.font_face("目标彧")) == {"目", "标", "彧"}


def glyphs(rule: str) -> set[str]:
    """The characters of the font that a CSS rule holds."""
    packed = base64.b64decode(rule.split("base64,")[1].split('"', maxsplit=1)[0])
    return {chr(code) for code in TTFont(io.BytesIO(packed)).getBestCmap()}

"""The font of pages and pictures: cut down to the glyphs in use, so that Chinese is legible on any machine.

The Chinese font that is a dependency has 30,000 glyphs in 8 MB. A *small font* holds only the characters that this
package and the plans that ship can write; cutting a page's glyphs out of it is several times as quick, and so is
drawing pictures with it, for the renderer opens the font anew for each glyph.
"""

from __future__ import annotations

import base64
import io
import string
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from planmodel.base.files import PACKAGE, shipped
from planmodel.show.assets import FONT_FILE, made_ahead
from planmodel.show.theme import FONT

# Tables for vertical text and for features that horizontal Chinese and Latin text does not use.
_NEEDLESS = ["vhea", "vmtx", "VORG", "GSUB", "BASE", "DSIG"]


def font_face(text: str) -> str:
    """Return the CSS rule with the glyphs of `text`, as a data address."""
    return _rule("".join(sorted({*text})))


# The pages of a batch use nearly the same characters, those of a grid the very same.
@lru_cache(maxsize=64)
def _rule(characters: str) -> str:
    small = made_ahead(FONT_FILE)
    source = small if small and common_characters().issuperset(characters) else whole_font()
    address = base64.b64encode(_cut(source, characters, "woff", features=[])).decode("ascii")
    return (
        f'@font-face {{ font-family: "{FONT}"; src: url("data:font/woff;base64,{address}") format("woff"); }}'
    )


@cache
def common_characters() -> frozenset[str]:
    """Return the characters that this package and the plans that ship can write."""
    paths = [*PACKAGE.rglob("*.py"), *PACKAGE.glob("show/templates/*"), *shipped("data").rglob("*")]
    paths += [*shipped("seeds").rglob("*"), *shipped("notebooks").glob("report.ipynb")]
    texts = (path.read_text(encoding="utf-8") for path in sorted(paths) if path.is_file())
    return frozenset(string.printable).union(*texts)


def small_font() -> bytes:
    """Return the font with the common characters only, under the same name and with the same widths."""
    return _cut(whole_font(), "".join(sorted(common_characters())), None, features=["kern"])


def whole_font() -> Path:
    """Return the file of the font that the dependency brings."""
    from pylopdf_fonts_zh_cn import sans_path

    return Path(sans_path())


def _cut(source: Path, characters: str, flavor: str | None, features: list[str]) -> bytes:
    from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    options: Any = Options(
        layout_features=features, hinting=False, desubroutinize=True, notdef_outline=True, name_IDs=["*"]
    )
    options.drop_tables += _NEEDLESS
    cutter = Subsetter(options)
    cutter.populate(text=characters)
    packed = io.BytesIO()
    # Bounds of the whole font are good enough for each part of it, and take half of the time to work out.
    with TTFont(source, lazy=True, recalcBBoxes=False, recalcTimestamp=False) as font:
        cutter.subset(font)
        font.flavor = flavor
        font.save(packed)
    return packed.getvalue()

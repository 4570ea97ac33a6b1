"""The font of a page: the glyphs that it uses, inside the page, so that Chinese is legible on any machine."""

from __future__ import annotations

import base64
import io

from planmodel.chart_theme import FONT


def font_face(text: str) -> str:
    """Return the CSS rule with the glyphs of `text` cut out of the Chinese font, as a data address."""
    from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
    from pylopdf_fonts_zh_cn import sans_path

    options = Options(layout_features=[], hinting=False, desubroutinize=True, notdef_outline=True)
    cutter = Subsetter(options)
    cutter.populate(text="".join(sorted({*text})))
    packed = io.BytesIO()
    with TTFont(sans_path(), lazy=True) as font:
        cutter.subset(font)
        font.flavor = "woff"
        font.save(packed)
    address = base64.b64encode(packed.getvalue()).decode("ascii")
    return (
        f'@font-face {{ font-family: "{FONT}"; src: url("data:font/woff;base64,{address}") format("woff"); }}'
    )

"""How charts look, and how one is emitted: as a specification and as pictures at once, in a font that is everywhere.

The Chinese font that is a dependency has 30,000 glyphs in 8 MB. A *small font* holds only the characters that this
package and the plans that ship can write; cutting a page's glyphs out of it is several times as quick, and so is
drawing pictures with it, for the renderer opens the font anew for each glyph.
"""

from __future__ import annotations

import base64
import io
import os
import string
from collections.abc import Iterator
from copy import deepcopy
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from planmodel.base.extras import need
from planmodel.base.files import shipped
from planmodel.base.messages import catalogue, languages, text
from planmodel.show.assets import FONT_FILE, made_ahead

SPEC_TYPE = "application/vnd.vegalite.v6+json"
SVG_TYPE = "image/svg+xml"
# Of a notebook that came from elsewhere JupyterLab shows neither specifications nor SVG until it is trusted or run.
PNG_TYPE = "image/png"

# What a kernel draws is said by this environment variable; a kernel without it draws everything. A page needs no PNG,
# so its kernel draws SVG only, or LATER: then charts say their language where the picture belongs, and whoever runs
# the notebook draws it (draw_pictures): the first picture of a process takes a second.
PICTURES = "PLANMODEL_PICTURES"
LATER, SVG_ONLY = "later", "svg"
PICTURE_TYPE = "application/vnd.planmodel.picture"

# Colours of a PNG: a chart has few, and their shades where lines are smoothed. A tenth of the size of true colour.
PNG_COLOURS = 128

FONT = "Noto Sans SC"
# A page is read on machines without that font: the usual Chinese fonts of each system follow.
FONTS = f"{FONT}, Noto Sans CJK SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, Arial, sans-serif"

# Okabe and Ito's colours, told apart by colour-blind readers too.
BLUE, SKY, GREEN, ORANGE, VERMILION, GREY = "#0072B2", "#56B4E9", "#009E73", "#E69F00", "#D55E00", "#767676"
INK, LINE = "#1d2733", "#e3e8ec"


# What numbers, charts, pages and the meanings of columns are written with beside ASCII, whatever the language.
SIGNS = "±–−→←×²·…“”▲▼◀▶●○◆■—χδΦ∞≤≥é"

# Tables for vertical text and for features that horizontal Chinese and Latin text does not use.
_NEEDLESS = ["vhea", "vmtx", "VORG", "GSUB", "BASE", "DSIG"]


@cache
def register_font() -> None:
    """Make the font that ships as a dependency known to the renderer of pictures.

    A small font goes first: the renderer falls back on the whole one for the characters that it lacks.
    """
    import vl_convert

    for path in (made_ahead(FONT_FILE), whole_font()):
        if path:
            vl_convert.register_font_directory(str(path.parent))


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
    """Return the characters of the catalogues and of the plans that ship, and the signs of numbers and charts."""
    texts = (text for lang in languages() for text in catalogue(lang).values())
    paths = sorted([*shipped("data").rglob("*"), *shipped("seeds").rglob("*")])
    plans = (path.read_text(encoding="utf-8") for path in paths if path.is_file())
    return frozenset(string.printable + SIGNS).union(*texts, *plans)


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


def config() -> dict[str, Any]:
    """Return the Vega-Lite configuration of every chart."""
    text = {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelFontWeight": "normal",
    }
    return {
        "font": FONTS,
        "background": "white",
        "padding": 8,
        "view": {"stroke": None},
        "title": {"fontSize": 15, "fontWeight": "normal", "anchor": "start", "color": INK, "offset": 12},
        "axis": {
            **text,
            "labelColor": INK,
            "titleColor": INK,
            "gridColor": LINE,
            "domainColor": GREY,
            "labelLimit": 420,
        },
        "legend": {**text, "orient": "bottom", "title": None, "labelLimit": 300, "symbolSize": 110},
        "text": {"fontSize": 12, "color": INK},
    }


def picture(spec: dict[str, Any], lang: str = "zh") -> str:
    """Return a chart as SVG, drawn without a browser."""
    need("charts", "vl_convert", "fontTools")
    import vl_convert

    register_font()
    locale: Any = text("vega_locale", lang)
    spec = _without_needless_limits(spec)
    return str(vl_convert.vegalite_to_svg(spec, format_locale=locale, time_format_locale=locale))


def small_png(svg: str) -> bytes:
    """Return an SVG as a PNG at the size of the chart, in few colours: small enough to be stored in a notebook."""
    need("charts", "PIL", "vl_convert")
    from PIL import Image
    from vl_convert import svg_to_png

    register_font()
    drawn = Image.open(io.BytesIO(svg_to_png(svg, scale=1))).convert("RGB")
    result = io.BytesIO()
    few = drawn.quantize(PNG_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(result, "PNG", optimize=True)
    return result.getvalue()


def _without_needless_limits(spec: dict[str, Any]) -> dict[str, Any]:
    """Drop the limits on the widths of labels that no label can reach: keeping to them doubles the time of a picture.

    No character is wider than the font is high.
    """
    longest = max((len(text) for text in _texts(spec)), default=0)
    result = deepcopy({"config": spec.get("config", {})})
    for part in ("axis", "legend"):
        own = result["config"].get(part, {})
        if longest * own.get("labelFontSize", 0) < own.get("labelLimit", 0):
            own["labelLimit"] = 0
    return {**spec, **result}


def _texts(content: Any) -> Iterator[str]:
    """Return every text in a specification."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict | list):
        for part in content.values() if isinstance(content, dict) else content:
            yield from _texts(part)


def draw_pictures(notebook: Any, png: bool = True) -> None:
    """Draw the pictures that a notebook's kernel left to be drawn."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            lang = output.get("data", {}).pop(PICTURE_TYPE, None)
            if lang is not None:
                output["data"] |= _pictures(output["data"][SPEC_TYPE], lang, png)


def _pictures(spec: dict[str, Any], lang: str, png: bool) -> dict[str, str]:
    svg = picture(spec, lang)
    return {SVG_TYPE: svg} | ({PNG_TYPE: base64.b64encode(small_png(svg)).decode("ascii")} if png else {})


class Shown:
    """A chart as one bundle: specification for pages, pictures for viewers that draw nothing themselves."""

    def __init__(self, spec: dict[str, Any], lang: str) -> None:
        self.spec, self.lang = spec, lang

    def __repr__(self) -> str:
        return "chart"

    @property
    def svg(self) -> str:
        """The picture."""
        return picture(self.spec, self.lang)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        wanted = os.environ.get(PICTURES)
        if wanted == LATER:
            pictures = {PICTURE_TYPE: self.lang}
        else:
            pictures = _pictures(self.spec, self.lang, wanted != SVG_ONLY)
        return {SPEC_TYPE: self.spec, **pictures, "text/plain": "chart"}

"""Charts as files: PNG, SVG and PDF, with the Chinese glyphs in them, drawn without a browser."""

from __future__ import annotations

from pathlib import Path

from planmodel.base.extras import need
from planmodel.base.problems import InputError, Problem, nearest, phrase
from planmodel.show.charts.targets import Chart, show
from planmodel.show.theme import FONT, Shown, font_face, register_font

KINDS = (".png", ".svg", ".pdf")
FONT_PACKAGE = "pylopdf-fonts-zh-cn"

# Pixels of a PNG per unit of the chart: sharp in print at the size of a page.
PNG_SCALE = 3.0


def save_chart(chart: Chart, path: str | Path, lang: str = "zh") -> Path:
    """Write a chart to a file that looks the same on every machine.

    The font comes with the installation. A PDF embeds it; an SVG holds the glyphs that it uses, for browsers;
    a PNG is drawn with it, at three pixels a unit.

    Parameters
    ----------
    chart
        What a function of `planmodel.show.charts.targets` returns, or `charts.show` of it.
    path : str or Path
        Ends in .png, .svg or .pdf.
    lang : {"zh", "en"}
        Of the numbers and dates on axes.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If the ending is another one, or if the font is not installed.
    """
    need("charts", "vl_convert")
    from vl_convert import svg_to_pdf, svg_to_png

    path = Path(path)
    if path.suffix not in KINDS:
        expected = phrase("expected.file_ending", endings=", ".join(KINDS))
        raise InputError([Problem("chart", "", path.name, expected, nearest(path.suffix, KINDS))])
    _check_font()
    shown = chart if isinstance(chart, Shown) else show(chart, lang)
    svg = shown.svg
    if path.suffix == ".svg":
        path.write_text(with_glyphs(svg), encoding="utf-8")
    else:
        path.write_bytes(svg_to_pdf(svg) if path.suffix == ".pdf" else svg_to_png(svg, scale=PNG_SCALE))
    return path


def with_glyphs(svg: str) -> str:
    """Return an SVG with the glyphs that it uses inside, so that it needs no font."""
    end = svg.index(">", svg.index("<svg")) + 1
    return f"{svg[:end]}<style>{font_face(svg)}</style>{svg[end:]}"


def _check_font() -> None:
    """Without the font Chinese would be drawn as boxes, silently."""
    try:
        register_font()
    except ModuleNotFoundError as error:
        if error.name != "pylopdf_fonts_zh_cn":
            raise
        found = phrase("found.no_font", font=FONT)
        expected = phrase("expected.package", package=FONT_PACKAGE)
        raise InputError([Problem("chart", "", found, expected)]) from error

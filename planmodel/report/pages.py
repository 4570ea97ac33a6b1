"""Pages: an executed notebook, and the comparison of scenarios, as one self-contained HTML file each.

Everything is in the file: charts as specifications with one Vega bundle, and as pictures for readers without
scripts. A page fetches nothing, which its content security policy enforces.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache, partial
from importlib import resources
from typing import Any

from planmodel.base.messages import label
from planmodel.plan.area import text_in
from planmodel.report.page_sliders import LIVE_TYPE
from planmodel.show.assets import BUNDLE_FILE, made_ahead
from planmodel.show.theme import FONTS, SPEC_TYPE, font_face

_HEADING = re.compile(r"(#+) (\S+) (.+)")
# What scripts may write beyond the text of the page: numbers and signs on axes.
DRAWN_BY_SCRIPTS = string.printable.strip() + "−…–—±"

_PARAMETER_TAGS = {"parameters", "injected-parameters"}


@cache
def vega_bundle() -> str:
    """Return the JavaScript that draws every chart of a page, safe inside a script element."""
    import vl_convert

    if path := made_ahead(BUNDLE_FILE):
        return path.read_text(encoding="utf-8")
    # Its published types require the snippet that its code makes optional.
    bundle = str(vl_convert.javascript_bundle())  # type: ignore[call-arg]
    return bundle.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def live_script() -> str:
    """Return the JavaScript behind the sliders of a page."""
    templates = resources.files("planmodel.show") / "templates"
    return "".join((templates / name).read_text(encoding="utf-8") for name in ("law.js", "live.js"))


def as_script(spec: Mapping[str, Any]) -> str:
    """Return a specification as JSON that cannot end the script element it stands in."""
    return json.dumps(spec, ensure_ascii=False).replace("<", "\\u003c")


def in_language(markdown: str, lang: str) -> str:
    """Return a Markdown cell with each heading, which stands there in Chinese and then English, in one language.

    The catalogues say the headings that ship; others are said as the notebook has them.
    """
    lines = []
    for line in markdown.splitlines():
        heading = _HEADING.fullmatch(line)
        lines.append(f"{heading[1]} {_heading(heading[2], heading[3], lang)}" if heading else line)
    return "\n".join(lines)


def _heading(chinese: str, english: str, lang: str) -> str:
    key = f"heading.{english.lower().replace(' ', '_')}"
    known = label(key, lang)
    return known if known != key else text_in({"zh": chinese, "en": english}, lang)


def report_page(notebook: Any, title: str, subtitle: str, stamp: str, lang: str) -> str:
    """Return the page of an executed report notebook."""
    from markupsafe import Markup

    specs: list[str] = []
    blocks: list[dict[str, Any]] = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            blocks.append({"kind": "html", "html": _markdown(in_language(cell.source, lang))})
        elif not _PARAMETER_TAGS & set(cell.metadata.get("tags", ())):
            blocks += [block for output in cell.outputs for block in _blocks(output, specs)]
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    sliders = next((block["sliders"] for block in blocks if block["kind"] == "live"), None)
    return _render(
        "report.html.j2",
        lang,
        specs,
        title=title,
        subtitle=subtitle,
        stamp=stamp,
        blocks=blocks,
        sources=sources,
        live=sliders,
        live_data=Markup(as_script(sliders | {"specs": _live_specs(sliders, lang)})) if sliders else "",
        live_script=Markup(live_script()) if sliders else "",
    )


def index_page(
    rows: Sequence[Mapping[str, Any]],
    others: Sequence[Mapping[str, str]],
    failed: Sequence[Mapping[str, str]],
    targets: Sequence[str],
    lang: str,
    **words: str,
) -> str:
    """Return the page that compares scenarios; `words` are title, subtitle, most (a table's head) and stamp."""
    from markupsafe import Markup

    script = resources.files("planmodel.show") / "templates" / "index.js"
    return _render(
        "index.html.j2",
        lang,
        [],
        rows=rows,
        others=others,
        failed=failed,
        targets=targets,
        index_script=Markup(script.read_text(encoding="utf-8")),
        **words,
    )


def _live_specs(sliders: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """Return the specifications of the charts that follow the sliders."""
    targets = sliders["targets"]
    without_base = any(target["saved"] is None for target in targets)
    years = (sliders["base_year"], *sliders["years"])
    return _specs_of(tuple(target["label"] for target in targets), without_base, years, lang)


# The same for every page of a batch.
@lru_cache(maxsize=16)
def _specs_of(
    labels: tuple[str, ...], without_base: bool, years: tuple[int, ...], lang: str
) -> dict[str, Any]:
    from planmodel.report.live_charts import board_spec, fan_spec

    return {"board": board_spec(list(labels), without_base, lang), "fan": fan_spec(list(years))}


def _blocks(output: Any, specs: list[str]) -> Iterable[dict[str, Any]]:
    """Return what the page shows of one output of a cell; a chart's specification is added to `specs`."""
    from markupsafe import Markup

    if output.output_type == "error":
        yield {"kind": "error", "text": f"{output.ename}: {output.evalue}"}
        return
    data = output.get("data", {})
    if LIVE_TYPE in data:
        if sliders := json.loads(data[LIVE_TYPE]):
            yield {"kind": "live", "sliders": sliders}
    elif SPEC_TYPE in data:
        specs.append(as_script(data[SPEC_TYPE]))
        yield {"kind": "chart", "number": len(specs), "picture": Markup(data.get("image/svg+xml", ""))}
    elif "text/markdown" in data:
        yield {"kind": "html", "html": _markdown(data["text/markdown"])}
    elif "text/html" in data:
        yield {"kind": "html", "html": Markup(data["text/html"])}


def _markdown(text: str) -> Any:
    """Return Markdown as HTML; HTML inside it is shown, not obeyed."""
    from markupsafe import Markup
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(escape=True, allow_harmful_protocols=False, exclude_anchor_links=True)
    return Markup(MarkdownWithMath(renderer=renderer).render(text))


@cache
def _templates() -> Any:
    from jinja2 import Environment, PackageLoader

    return Environment(
        loader=PackageLoader("planmodel.show"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )


def _render(template: str, lang: str, specs: Sequence[str], **values: Any) -> str:
    from markupsafe import Markup

    # The bundle and the specifications stand in script elements, where HTML escapes would be read as they are.
    values |= {
        "lang": lang,
        "word": partial(label, lang=lang),
        "fonts": Markup(FONTS),
        "width": "820px" if template.startswith("report") else "min(96vw, 1640px)",
        "specs": [Markup(spec) for spec in specs],
    }
    page = _templates().get_template(template)
    glyphs = font_face(page.render(**values) + DRAWN_BY_SCRIPTS)
    return str(page.render(**values, font_face=Markup(glyphs), bundle=Markup(vega_bundle()) if specs else ""))

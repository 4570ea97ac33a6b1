"""Widgets of our own: a chart that is drawn once and then receives rows only, and a link to a page."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

import anywidget
import traitlets

from planmodel.report.pages import vega_bundle
from planmodel.show.theme import font_face


def _template(name: str) -> str:
    return (resources.files("planmodel.show") / "templates" / name).read_text(encoding="utf-8")


class Bundle(anywidget.AnyWidget):
    """The program that draws every chart of a page; it is never shown and travels once."""

    _esm = "export default { render() {} }"
    source = traitlets.Unicode().tag(sync=True)
    style = traitlets.Unicode().tag(sync=True)


@cache
def bundle(texts: str) -> Bundle:
    """Return the one bundle of this kernel, with a font for these texts."""
    return Bundle(source=vega_bundle(), style=font_face(texts))


class LiveChart(anywidget.AnyWidget):
    """A chart whose specification names its data; `show` replaces the rows and nothing else.

    The page draws the latest rows and drops those in between. Once it has drawn and no newer rows have come, it
    asks twice: `soon`, and when the hand is at rest; `on_ask` is called with which of the two, but only for the
    rows that are still the latest. `texts` holds every text that the page may have to write. `on_pick` is called with the target that was clicked on.
    """

    _esm = _template("lab_chart.js")
    _css = _template("lab.css")
    _bundle = traitlets.Unicode().tag(sync=True)
    spec = traitlets.Dict().tag(sync=True)
    rows = traitlets.Dict().tag(sync=True)
    parameters = traitlets.Dict().tag(sync=True)
    revision = traitlets.Int().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)

    def __init__(
        self, texts: str, on_ask: Callable[[str], None], on_pick: Callable[[str], None], **traits: Any
    ) -> None:
        super().__init__(_bundle=f"IPY_MODEL_{bundle(texts).model_id}", **traits)
        self._on_ask, self._on_pick = on_ask, on_pick
        self.on_msg(self._heard)

    def show(self, rows: dict[str, Any], parameters: dict[str, float] | None = None) -> None:
        """Show these rows, and set the parameters that the specification declares."""
        with self.hold_sync():
            self.revision += 1
            self.parameters = parameters or {}
            self.rows = rows

    def _heard(self, _: Any, content: dict[str, Any], __: Any) -> None:
        if "pick" in content:
            self._on_pick(str(content["pick"]))
        elif content.get("revision") == self.revision:
            self._on_ask(str(content["ask"]))


class PageLink(anywidget.AnyWidget):
    """A link to a page that the widget carries; without a page it shows nothing."""

    _esm = _template("lab_page.js")
    page = traitlets.Bytes().tag(sync=True)
    words = traitlets.Unicode().tag(sync=True)

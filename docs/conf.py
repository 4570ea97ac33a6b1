"""How `make docs` builds the reference: from the docstrings, without the network, a warning being an error."""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import pkgutil
from functools import partial
from types import ModuleType
from typing import Any

from sphinx.application import Sphinx

import planmodel
from planmodel import charts, words

project = "planmodel"
author = copyright = "The planmodel developers"  # noqa: A001 - Sphinx's own name
release = importlib.metadata.version("planmodel")

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
html_theme = "alabaster"
html_theme_options = {"page_width": "1100px", "show_powered_by": False}
html_show_sourcelink = False
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 100
numpydoc_show_class_members = False  # autodoc lists them


def folder_of(name: str) -> str:
    """Return the folder of planmodel that a public name lives in; a plain value does not know it."""
    return str(getattr(getattr(planmodel, name), "__module__", "planmodel.values").split(".")[1])


def heading(title: str) -> list[str]:
    """Return a heading as lines."""
    return ["", title, "-" * 2 * len(title), ""]


def entry(name: str, value: object) -> list[str]:
    """Return the directive that prints one name's docstring, as lines."""
    if inspect.isclass(value):
        return [f".. autoclass:: {name}", "   :members:", ""]
    return [f".. {'autofunction' if callable(value) else 'autodata'}:: {name}", ""]


def public_names() -> str:
    """Return the reference of the names of `planmodel`, by the folder that they live in."""
    names = [n for n in planmodel.__all__ if not isinstance(getattr(planmodel, n), ModuleType)]
    lines: list[str] = []
    for folder in sorted({folder_of(name) for name in names}):
        about = (
            "" if folder == "values" else inspect.getdoc(importlib.import_module(f"planmodel.{folder}")) or ""
        )
        lines += [*heading(folder), about, ""]
        for name in names:
            if folder_of(name) == folder:
                lines += entry(f"planmodel.{name}", getattr(planmodel, name))
    return "\n".join(lines)


def names_of(home: ModuleType) -> str:
    """Return the reference of a home, such as `planmodel.charts`, by its modules."""
    lines: list[str] = []
    for module in sorted(found.name for found in pkgutil.iter_modules(home.__path__)):
        lines += [*heading(module), f".. automodule:: {home.__name__}.{module}", "   :members:", ""]
    return "\n".join(lines)


GENERATED = {
    "reference": public_names,
    "charts": partial(names_of, charts),
    "words": partial(names_of, words),
}


def fill(_: Sphinx, page: str, source: list[str]) -> None:
    """Add to a page what is made from the code: no list of names is kept by hand."""
    if page in GENERATED:
        source[0] += GENERATED[page]()


def hide(*event: Any) -> tuple[str, None] | None:
    """Leave out the signature of a class with private fields: functions make it, not users."""
    _, what, _, _, _, signature, _ = event
    return ("", None) if what == "class" and signature and " _" in signature else None


def setup(app: Sphinx) -> None:
    """Register what fills the pages."""
    app.connect("source-read", fill)
    app.connect("autodoc-process-signature", hide)

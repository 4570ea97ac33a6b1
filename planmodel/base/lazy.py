"""Names of a package that are loaded when they are first used, as its stub lists them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module


def attach(package: str, file: str) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """Return `__getattr__`, `__dir__` and `__all__` of a package: `file` is its `__init__.py`, the stub beside it.

    A line of the stub reads ``from a.b import name as name``; where `a.b` has no such name, it is the module `a.b.name`.
    """
    with open(f"{file}i", encoding="utf-8") as stub:  # noqa: PTH123 (pathlib takes longer to import than all the rest)
        words = [line.split() for line in stub if line.startswith("from ")]
    homes = {name: home for _, home, _, name, *_ in words}

    def load(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        home = import_module(homes[name])
        value = getattr(home, name) if hasattr(home, name) else import_module(f"{homes[name]}.{name}")
        setattr(sys.modules[package], name, value)
        return value

    return load, lambda: sorted(homes), sorted(homes)

"""Which dataclasses of a folder could be changed after they were made: nouns and results are frozen."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from types import ModuleType


def thawed(package: ModuleType) -> list[str]:
    """Return the names of the dataclasses in a package's modules that are not frozen."""
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    ]
    classes = [value for module in modules for value in vars(module).values() if isinstance(value, type)]
    own = {c for c in classes if dataclasses.is_dataclass(c) and c.__module__.startswith(package.__name__)}
    return sorted(c.__name__ for c in own if not c.__dataclass_params__.frozen)  # type: ignore[attr-defined]

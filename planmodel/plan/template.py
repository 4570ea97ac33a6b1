"""A new plan folder to start from: three made-up targets that the user replaces by their own."""

from __future__ import annotations

import tempfile
from pathlib import Path

from planmodel.base.files import shipped
from planmodel.base.problems import InputError, Problem, phrase

# The files of `data/template`; the plan's name there gives way to the folder's.
_FILES = ("plan.yaml", "targets.csv", "facts.csv", "measures.csv", "scenarios/baseline.yaml")
_NAME = "plan: example\n"


def new_plan(folder: Path) -> None:
    """Write a plan folder that can be loaded, audited and run as it is.

    It appears whole or not at all.

    Raises
    ------
    InputError
        If the folder exists and is not empty, or its parent does not exist.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            [Problem(str(folder), "", phrase("found.something_here"), phrase("expected.new_folder"))]
        )
    if not folder.absolute().parent.is_dir():
        raise InputError(
            [Problem(str(folder), "", phrase("found.no_parent"), phrase("expected.folder_inside"))]
        )
    name = "".join(c if c.isascii() and c.isalnum() else "_" for c in folder.name.lower()) or "plan"
    with tempfile.TemporaryDirectory(dir=folder.absolute().parent) as made:
        inside = Path(made) / "plan"
        (inside / "scenarios").mkdir(parents=True)
        for file in _FILES:
            text = shipped("data", "template", *file.split("/")).read_text(encoding="utf-8")
            (inside / file).write_text(text.replace(_NAME, f"plan: {name}\n"), encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        inside.replace(folder)

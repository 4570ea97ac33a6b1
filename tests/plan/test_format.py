"""The format of a plan's folder: both known ones load, and a newer one is refused by name."""

from pathlib import Path

import pytest

import planmodel as pm
from planmodel.cli import main


def made(folder: Path, line: str) -> Path:
    """Write a new plan whose plan.yaml begins with a line."""
    assert main(["new", str(folder)]) == 0
    path = folder / "plan.yaml"
    path.write_text(line + path.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


@pytest.mark.parametrize("line", ["format: 1\n", "format: 2\n"])
def test_a_known_format_loads_as_a_plan_without_one(tmp_path: Path, line: str) -> None:
    without, with_one = (pm.load_plan(made(tmp_path / name, text)) for name, text in (("a", ""), ("b", line)))
    assert with_one.targets.equals(without.targets)
    assert with_one.facts.equals(without.facts)


def test_a_newer_format_is_refused_whole_by_its_name(tmp_path: Path) -> None:
    """One problem, whatever else this version does not understand of it."""
    folder = made(tmp_path / "new", "format: 3\nbase_years: [2025]\n")
    (folder / "targets.csv").write_text("another,form\n1,2\n", encoding="utf-8")
    with pytest.raises(pm.InputError) as error:
        pm.load_plan(folder)
    assert str(error.value) == (
        f"{folder / 'plan.yaml'}, line 1, format: found 3, "
        "expected 1 or 2 (a newer planmodel wrote it: update this one to read it)."
    )


@pytest.mark.parametrize("value", ["0", "-1", "'2'", "2.0", "true", "[2]", ""])
def test_what_is_no_format_is_refused_with_the_known_ones(tmp_path: Path, value: str) -> None:
    folder = made(tmp_path / "new", f"format: {value}\n")
    with pytest.raises(pm.InputError, match=r"plan.yaml, line 1, format: found .*, expected 1 or 2\.$"):
        pm.load_plan(folder)

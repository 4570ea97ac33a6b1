"""The folder that a new plan starts from: complete, sound, and never over something that is there."""

from __future__ import annotations

from pathlib import Path

import pytest

import planmodel as pm
from planmodel.plan.template import new_plan


def test_a_new_plan_can_be_loaded_and_audited(tmp_path: Path) -> None:
    """Its figures agree with each other: 100 over 10 % is a GDP of 1,000."""
    new_plan(tmp_path / "mine")
    plan = pm.load_plan(tmp_path / "mine")
    assert (plan.name, plan.base_year, plan.target_year) == ("mine", 2025, 2030)
    assert list(plan.by_name) == ["finance.whole", "finance.core", "finance_share.whole"]
    assert plan.areas["core"].part_of == "whole"
    found = pm.audit(plan)
    assert "contradiction" not in set(found["verdict"])
    (growth,) = found.loc[found["subject"] == "gdp.whole", "implied"]
    assert growth == pytest.approx(100 * ((140 / 0.11 / 1000) ** 0.2 - 1))


def test_a_new_plan_has_every_file(tmp_path: Path) -> None:
    new_plan(tmp_path / "mine")
    files = {str(path.relative_to(tmp_path / "mine")) for path in (tmp_path / "mine").rglob("*.*")}
    assert files == {"plan.yaml", "targets.csv", "facts.csv", "measures.csv", "scenarios/baseline.yaml"}
    assert pm.load_scenario("baseline", pm.load_plan(tmp_path / "mine")).title["en"] == "Baseline"


@pytest.mark.parametrize("folder, name", [("My Plan", "my_plan"), ("规划", "__"), ("a-2", "a_2")])
def test_a_folder_s_name_becomes_the_plan_s(tmp_path: Path, folder: str, name: str) -> None:
    """What no name may hold becomes an underscore."""
    new_plan(tmp_path / folder)
    assert pm.load_plan(tmp_path / folder).name == name


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    new_plan(tmp_path / "mine")
    assert (tmp_path / "mine" / "plan.yaml").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_nothing_is_written_over(tmp_path: Path) -> None:
    """A folder with something in it, or a file of that name, is refused and left as it was."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "kept").write_text("kept", encoding="utf-8")
    for place in (tmp_path / "mine", tmp_path / "mine" / "kept"):
        with pytest.raises(
            pm.InputError, match="something here already, expected a folder that does not exist"
        ):
            new_plan(place)
    assert [path.name for path in tmp_path.rglob("*")] == ["mine", "kept"]


def test_a_folder_needs_a_parent(tmp_path: Path) -> None:
    with pytest.raises(pm.InputError, match="no parent folder, expected a folder inside one that exists"):
        new_plan(tmp_path / "nowhere" / "mine")

"""Commands at their edges: files that cannot be written, settings that move nothing, answers that are empty."""

from collections.abc import Callable
from pathlib import Path

import pytest

import planmodel as pm
from planmodel import cli
from planmodel.batch.selection import grid_scenarios, idle_drivers
from planmodel.cli import making
from planmodel.plan.template import new_plan

Written = Callable[..., Path]


@pytest.mark.parametrize(
    "arguments, option",
    [
        (["report", "baseline", "--out"], "--out"),
        (["sweep", "baseline", "--out"], "--out"),
        (["reach", "--csv"], "--csv"),
        (["seek", "--save"], "--save"),
    ],
)
def test_a_place_that_cannot_be_written_is_named(
    arguments: list[str], option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file where a folder is meant, and a folder where a file is meant: one line, status 2, nothing written."""
    place = tmp_path / "taken"
    if arguments[0] == "report":
        place.write_text("mine")
    else:
        place.mkdir()
    assert cli.main([*arguments, str(place), "--lang", "en"]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert said.err.startswith(f"{option}: found {place}")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
    assert place.is_dir() or place.read_text() == "mine"


def test_reports_are_not_written_below_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("mine")
    assert cli.main(["report", "baseline", "--lang", "en", "--out", str(tmp_path / "taken" / "reports")]) == 2
    assert f"{tmp_path / 'taken'}, a file" in capsys.readouterr().err


def test_estimates_are_not_written_into_a_plan_that_would_not_read_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mine"
    new_plan(folder)
    before = sorted(path.name for path in folder.iterdir())
    assert cli.main(["calibrate", "--out", str(folder), "--lang", "en"]) == 2
    assert "equations.csv" in capsys.readouterr().err
    assert sorted(path.name for path in folder.iterdir()) == before


def test_root_is_told_how_to_open_the_notebooks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """JupyterLab refuses root in twenty lines of log; the command says it in one, and how to insist."""
    became: list[list[str]] = []
    monkeypatch.setattr(making.os, "geteuid", lambda: 0)
    monkeypatch.setattr(making.os, "execve", lambda _, command, __: became.append(command))
    assert cli.main(["lab"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "--allow-root" in said
    assert not became
    with pytest.raises(TypeError):  # execve does not return; its stand-in does
        cli.main(["lab", "--allow-root"])
    assert "--allow-root" in became[0]


def test_a_driver_of_a_grid_that_moves_nothing_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With no year left a grid makes equal rows; with years left every driver of the plan moves some target."""
    plan = pm.load_plan("jiangbei")
    axes = ["city_credit=4:10:3", "margin=0:2:2"]
    assert idle_drivers(grid_scenarios(axes, pm.build_model(plan, 2023))) == []
    assert idle_drivers(grid_scenarios(axes, pm.build_model(plan, 2025))) == ["city_credit", "margin"]
    path = str(tmp_path / "sweep.csv")
    assert cli.main(["sweep", "--as-of", "2025", "--grid", axes[0], "--out", path, "--lang", "en"]) == 0
    assert "City RMB deposits and loans” in the grid moves no target" in capsys.readouterr().err


@pytest.mark.parametrize("lang, words", [("zh", "不需要任何额外举措"), ("en", "No extra measure is needed")])
def test_an_empty_mix_is_said_in_words(lang: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    mix = ["seek", "--targets", "deposits_loans.district", "--probability", "0.6", "--lang", lang]
    assert cli.main(mix) == 0
    said = capsys.readouterr().out
    assert words in said
    assert "Empty" not in said


def test_a_measure_of_an_undeclared_system_is_no_safeguard() -> None:
    """A declared system has its name, a safeguard is one, any other has its own word or is a measure."""
    from planmodel.show.labels import system_name

    plan = pm.load_plan("jiangbei")
    known = next(iter(plan.meta["systems"]))
    assert system_name(plan, "measure", known, "en") == plan.meta["systems"][known]["en"]
    assert system_name(plan, "safeguard", "", "en") == "Safeguard"
    assert system_name(plan, "measure", "outreach", "en") == "outreach"
    assert system_name(plan, "measure", "", "en") != "Safeguard"


def test_the_audit_says_each_line_once(capsys: pytest.CaptureFixture[str]) -> None:
    for lang in ("zh", "en"):
        assert cli.main(["audit", "--lang", lang]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert len(set(lines)) == len(lines)

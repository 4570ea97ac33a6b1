"""Grids, choices of scenarios, and sweeps: the same numbers however they are made."""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import planmodel as pm
from planmodel import cli
from planmodel.batch.executors import executor
from planmodel.batch.selection import Grid, grid_scenarios, read_axis, select_scenarios

GRID = ["city_credit=4:10:4", "national_premium=-5:5:3"]


def test_a_grid_is_every_combination_with_the_last_axis_moving_fastest(models: dict[int, pm.Model]) -> None:
    grid = grid_scenarios(GRID, models[2023])
    assert len(grid) == 12
    assert [grid.growths(n) for n in (0, 1, 3)] == [
        {"city_credit": 4.0, "national_premium": -5.0},
        {"city_credit": 4.0, "national_premium": 0.0},
        {"city_credit": 6.0, "national_premium": -5.0},
    ]
    assert grid[0].name == "city_credit_4_national_premium_m5"
    assert grid[0].paths == {(d, y): (g, 0.0) for d, g in grid.growths(0).items() for y in (2024, 2025)}
    assert len({scenario.name for scenario in grid}) == 12
    assert [point.name for point in grid[2:4]] == [grid[2].name, grid[3].name]
    assert grid[-1].name == grid[11].name


def test_a_grid_lies_on_a_scenario(models: dict[int, pm.Model]) -> None:
    grid = grid_scenarios(["national_premium=1.5:2:2"], models[2023], on="credit_squeeze")
    below = pm.load_scenario("credit_squeeze", models[2023].plan)
    assert grid[0].name == "credit_squeeze_national_premium_1p5"
    assert grid[0].shocks == below.shocks
    assert grid[0].severity == below.severity
    assert below.heading("en") in grid[0].heading("en")
    assert set(below.paths) < set(grid[0].paths)


@pytest.mark.parametrize(
    "text, said",
    [
        ("city_credt=4:10:7", "city_credit"),
        ("city_credit=4:10", "low:high:points"),
        ("city_credit=10:4:7", "low:high:points"),
        ("city_credit=4:x:7", "low:high:points"),
        ("city_credit=4:10:1", "low:high:points"),
        ("city_credit=4:400:3", "-50 to 100"),
        ("city_credit=4:4.001:100", "apart"),
    ],
)
def test_an_axis_that_is_wrong_is_named(plan: pm.Plan, text: str, said: str) -> None:
    with pytest.raises(pm.InputError, match=said):
        read_axis(text, plan)


def test_a_grid_names_each_driver_once_and_stays_within_reason(models: dict[int, pm.Model]) -> None:
    with pytest.raises(pm.InputError, match="twice"):
        grid_scenarios(["city_credit=4:10:2", "city_credit=5:6:2"], models[2023])
    with pytest.raises(pm.InputError, match="100,000"):
        grid_scenarios(["city_credit=4:10:1000", "national_premium=-5:5:101"], models[2023])


def test_scenarios_by_name_file_folder_and_pattern(plan: pm.Plan, tmp_path: Path) -> None:
    for name in ("one", "two"):
        pm.save_scenario(pm.Scenario(name), tmp_path / f"{name}.yaml")
    files = [str(tmp_path / f"{name}.yaml") for name in ("one", "two")]
    assert select_scenarios(["baseline", "baseline+bad_loans"], plan) == ["baseline", "baseline+bad_loans"]
    assert select_scenarios([str(tmp_path)], plan) == files
    assert select_scenarios([str(tmp_path / "t*.yaml"), files[0]], plan) == files[::-1]
    assert select_scenarios(["slowdown_*"], plan) == ["slowdown_mild", "slowdown_moderate", "slowdown_severe"]
    (tmp_path / "empty").mkdir()
    for nothing in ("nothing_*", str(tmp_path / "empty"), str(tmp_path / "*.csv")):
        with pytest.raises(pm.InputError, match="at least one scenario"):
            select_scenarios([nothing], plan)


def sweep(out: Path, *more: str) -> pd.DataFrame:
    arguments = ["bad_loans", "--grid", *GRID, "--as-of", "2023", "--lang", "en", "--out", str(out), *more]
    assert cli.main(["sweep", *arguments]) == 0
    return pd.read_csv(out) if out.suffix == ".csv" else pd.read_parquet(out)


def test_a_sweep_says_what_the_model_says(tmp_path: Path, models: dict[int, pm.Model]) -> None:
    table = sweep(tmp_path / "s.csv")
    model = models[2023]
    grid = grid_scenarios(GRID, model)
    assert table["scenario"].tolist() == ["bad_loans", *(scenario.name for scenario in grid)]
    assert table.loc[1:, "city_credit_growth"].tolist() == [grid.growths(n)["city_credit"] for n in range(12)]
    assert math.isnan(table.at[0, "city_credit_growth"])
    for place, scenario in ((0, "bad_loans"), (8, grid[7])):
        odds = pm.reach(model.run(scenario)).set_index("target")["probability"]
        assert table.loc[place, list(odds.index)].tolist() == pytest.approx(odds.tolist(), abs=1e-12)
        assert table.at[place, "expected"] == pytest.approx(odds.sum())
        assert table.at[place, "delta"] == pytest.approx(pm.plausibility(model.run(scenario)).at[0, "delta"])
    assert set(table["k"]) == {7}


def test_a_sweep_is_the_same_for_any_number_of_workers_and_in_any_file(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    first = sweep(tmp_path / "a.csv", "-j", "1")
    assert (tmp_path / "a.csv").read_bytes() == (
        sweep(tmp_path / "b.csv", "-j", "3"),
        (tmp_path / "b.csv").read_bytes(),
    )[1]
    parquet = sweep(tmp_path / "c.parquet")
    pd.testing.assert_frame_equal(first, parquet, check_dtype=False, rtol=1e-15)
    assert not list(tmp_path.glob(".*"))


def test_a_sweep_that_cannot_be_written_says_so_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, said in (("s.txt", ".parquet or .csv"), ("no/s.csv", "folder that exists")):
        assert cli.main(["sweep", "baseline", "--lang", "en", "--out", str(tmp_path / name)]) == 2
        assert said in capsys.readouterr().err
    assert cli.main(["sweep", "baselin", "--out", str(tmp_path / "s.csv")]) == 2
    assert list(tmp_path.iterdir()) == []


def test_titles_are_unchanged_in_a_sweep(tmp_path: Path) -> None:
    title = '<b>"=1+1", two\nlines'
    pm.save_scenario(pm.Scenario("x", {"zh": title, "en": title}), tmp_path / "x.yaml")
    assert cli.main(["sweep", str(tmp_path / "x.yaml"), "--out", str(tmp_path / "s.csv")]) == 0
    assert pd.read_csv(tmp_path / "s.csv")["title"].tolist() == [title]


@pytest.fixture(scope="module")
def cluster() -> Any:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local:
        yield local


def test_a_cluster_gives_the_same_numbers(tmp_path: Path, cluster: Any) -> None:
    here = sweep(tmp_path / "here.csv")
    there = sweep(tmp_path / "there.csv", "--dask", cluster.scheduler_address)
    pd.testing.assert_frame_equal(here, there)


def test_work_of_a_lost_dask_worker_is_done_by_another(cluster: Any) -> None:
    with executor(cluster=cluster.scheduler_address) as pool:
        pids = {pool.submit(os.getpid).result() for _ in range(8)}
        jobs = [pool.submit(time.sleep, 1.0) for _ in range(4)]
        killer = threading.Timer(0.4, lambda: os.kill(pids.pop(), signal.SIGKILL))
        killer.start()
        assert [job.result(60) for job in jobs] == [None] * 4
        killer.join()


def test_a_scheduler_that_does_not_answer_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("distributed")
    arguments = ["sweep", "baseline", "--out", str(tmp_path / "s.csv"), "--dask", "nonsense://x"]
    assert cli.main([*arguments, "--lang", "en"]) == 2
    assert "Dask scheduler" in capsys.readouterr().err


def test_a_grid_is_a_sequence_of_scenarios(models: dict[int, pm.Model]) -> None:
    grid = grid_scenarios(["city_credit=4:10:3"], models[2023])
    assert isinstance(grid, Grid)
    assert list(grid)[1].name == grid[1].name
    with pytest.raises(IndexError):
        grid[3]

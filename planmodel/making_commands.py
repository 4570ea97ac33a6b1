"""The commands that make something: `report`, `new`, `calibrate`, and `lab`, which opens the notebooks."""

from __future__ import annotations

import argparse
import os
import sys

from planmodel.files import shipped
from planmodel.plan_commands import chosen_model, chosen_plan
from planmodel.tables import InputError, Problem


def report(options: argparse.Namespace) -> int:
    """Write the report of each scenario, and the index."""
    # jsonschema imports this package if it is there, to check a format that nothing here uses; the import
    # builds thirty parsers and takes a second in every process.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    from planmodel.batch import run_reports
    from planmodel.scenario import load_scenario, scenario_names

    plan = chosen_plan(options)
    as_of = chosen_model(options, plan).as_of
    names = options.scenarios or scenario_names(plan) or ["baseline"]
    for name in names:
        load_scenario(name, plan)
    which = options.plan if plan.folder.parent == shipped("seeds") else str(plan.folder.resolve())
    results = run_reports(which, names, as_of, options.draws, options.seed, options.lang, options.out)
    failed = [result for result in results if not result.ok]
    for result in failed:
        print(f"{result.scenario}: {result.message}", file=sys.stderr)
    print((options.out / "index.html").resolve())
    return 1 if failed else 0


def new(options: argparse.Namespace) -> int:
    """Write a plan folder to start from."""
    from planmodel.new_plan import new_plan

    new_plan(options.folder)
    print(options.folder)
    return 0


def calibrate(options: argparse.Namespace) -> int:
    """Make the stored estimates again."""
    from planmodel.calibration import write_calibration
    from planmodel.own_growth import write_own_growth
    from planmodel.plan import load_plan

    folder = options.out or shipped("data")
    if not folder.is_dir():
        raise InputError([Problem("--out", "", str(folder), "a folder that exists")])
    try:
        write_calibration(folder)
    except ImportError as error:
        print(error, file=sys.stderr)
        return 1
    write_own_growth(load_plan("jiangbei"), folder)
    for name in ("calibration.csv", "reference_class.csv", "own_growth.csv"):
        print(folder / name)
    return 0


def lab(_options: argparse.Namespace) -> int:
    """Open the first notebook in JupyterLab."""
    start = shipped("notebooks", "00_start.ipynb")
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", str(start)])

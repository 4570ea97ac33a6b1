"""The commands over many scenarios: `report`, and `sweep`, which writes no reports."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from planmodel.base.files import shipped
from planmodel.base.messages import text
from planmodel.cli.plans import chosen_model, chosen_plan
from planmodel.show.labels import name_of

if TYPE_CHECKING:
    from planmodel.model.model import Model
    from planmodel.plan.plan import Plan
    from planmodel.scenario.scenario import Scenario


def report(options: argparse.Namespace) -> int:
    """Write the report of each scenario, and the index; say what failed and why."""
    # jsonschema imports this package if it is there, to check a format that nothing here uses; the import
    # builds thirty parsers and takes a second in every process.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    from planmodel.batch.batch import How, run_reports

    plan = chosen_plan(options)
    model = chosen_model(options, plan)
    how = How(
        *(options.workers, options.engine, options.time_limit, options.notebook, options.dask, options.pdf),
    )
    scenarios: list[str | Scenario] = list(chosen_names(options, plan))
    scenarios += chosen_grid(options, model)
    results = run_reports(
        *(plan_text(plan), scenarios, model.as_of, options.draws, options.seed, options.lang),
        *(options.out, True, how),
    )
    failed = [result for result in results if not result.ok]
    made = sum(result.fresh for result in results) - len(failed)
    stood = len(results) - made - len(failed)
    done = text("cli.reports", options.lang, made=made, stood=stood, failed=len(failed))
    print(done, file=sys.stderr)
    for result in failed:
        why = text("cli.failed", options.lang, scenario=result.scenario, message=result.message)
        print(why, file=sys.stderr)
    print((options.out / "index.html").resolve())
    return 1 if failed else 0


def sweep(options: argparse.Namespace) -> int:
    """Write a table with a row a scenario."""
    from planmodel.batch.sweep import sweep as write
    from planmodel.batch.sweep_rows import Study
    from planmodel.scenario.scenario import load_scenario

    plan = chosen_plan(options)
    model = chosen_model(options, plan)
    names = chosen_names(options, plan)
    # Every mistake is found before the work begins.
    for name in names:
        load_scenario(name, plan)
    points = len(chosen_grid(options, model))
    study = Study(
        *(plan_text(plan), model.as_of, tuple(names), tuple(options.grid), options.on),
        *(options.seed, options.lang, model.fingerprint),
    )
    write(study, len(names) + points, options.out, options.workers, options.dask)
    print(options.out.resolve())
    return 0


def chosen_grid(options: argparse.Namespace, model: Model) -> Sequence[Scenario]:
    """Return the points of the grid that a command names; say which of its drivers move no target."""
    from planmodel.batch.selection import axis_text, grid_scenarios, idle_drivers

    if not options.grid:
        return []
    options.grid = [axis_text(axis, model.plan) for axis in options.grid]
    grid = grid_scenarios(options.grid, model, options.on)
    for driver in idle_drivers(grid):
        words = text("grid_idle", options.lang, name=name_of(driver, model.plan, options.lang))
        print(words, file=sys.stderr)
    return grid


def plan_text(plan: Plan) -> str:
    """Return what other processes call a plan: the name of one that ships, or the path of a folder."""
    return plan.folder.name if plan.folder.parent == shipped("seeds") else str(plan.folder.resolve())


def chosen_names(options: argparse.Namespace, plan: Plan) -> list[str]:
    """Return the scenarios that a command names, files by their whole paths; by default all, unless there is a grid."""
    from planmodel.batch.selection import select_scenarios
    from planmodel.scenario.scenario import scenario_names

    names = list(select_scenarios(options.scenarios, plan))
    if not names and not options.grid:
        names = scenario_names(plan) or ["baseline"]
    return [str(Path(name).resolve()) if name.endswith(".yaml") or "/" in name else name for name in names]

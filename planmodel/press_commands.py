"""The commands over many scenarios: `report`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from planmodel.files import shipped
from planmodel.plan_commands import chosen_model, chosen_plan

if TYPE_CHECKING:
    from planmodel.model import Model
    from planmodel.scenario import Scenario


def report(options: argparse.Namespace) -> int:
    """Write the report of each scenario, and the index; say what failed and why."""
    # jsonschema imports this package if it is there, to check a format that nothing here uses; the import
    # builds thirty parsers and takes a second in every process.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    from planmodel.batch import How, run_reports

    plan = chosen_plan(options)
    model = chosen_model(options, plan)
    how = How(
        *(options.workers, options.engine, options.time_limit, options.notebook, options.dask, options.pdf),
    )
    which = options.plan if plan.folder.parent == shipped("seeds") else str(plan.folder.resolve())
    results = run_reports(
        *(which, chosen_scenarios(options, model), model.as_of, options.draws, options.seed, options.lang),
        *(options.out, True, how),
    )
    failed = [result for result in results if not result.ok]
    made = sum(result.fresh for result in results) - len(failed)
    stood = len(results) - made - len(failed)
    print(f"{made} made, {stood} stood already, {len(failed)} failed", file=sys.stderr)
    for result in failed:
        print(f"{result.scenario}: {result.message}", file=sys.stderr)
    print((options.out / "index.html").resolve())
    return 1 if failed else 0


def chosen_scenarios(options: argparse.Namespace, model: Model) -> list[str | Scenario]:
    """Return the scenarios that a command names, and the points of its grid; by default all of the plan."""
    from planmodel.scenario import load_scenario, scenario_names
    from planmodel.selection import grid_scenarios, select_scenarios

    chosen: list[str | Scenario] = list(select_scenarios(options.scenarios, model.plan))
    if options.grid:
        chosen += grid_scenarios(options.grid, model, options.on)
    elif not chosen:
        chosen = list(scenario_names(model.plan)) or ["baseline"]
    for scenario in chosen:
        load_scenario(scenario, model.plan)
    return chosen

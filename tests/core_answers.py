"""What the core says of a plan, as JSON: run by its tests where only the core's own dependencies can be imported.

`python tests/core_answers.py [PLAN]` prints the answers of every question from `load_plan` to `seek`, numbers to
their last bit, with the versions they were made with. It needs nothing but the core.
"""

from __future__ import annotations

import json
import math
import sys
from importlib.metadata import version
from typing import Any

import pandas as pd

import planmodel as pm

DRAWS, SEED = 20_000, 0
CORE = ("numpy", "pandas", "scipy", "PyYAML", "clarabel")


def answers(name: str) -> dict[str, pd.DataFrame]:
    """Return the answers of every question of the core, by its name."""
    plan = pm.load_plan(name)
    base = pm.build_model(plan, as_of=plan.base_year).run("baseline")
    newest = pm.build_model(plan)
    out = newest.run("baseline")
    target = str(plan.targets["name"].iloc[0])
    first = plan.targets.iloc[0]
    progress = pm.progress(
        *(first["base"], first["base"] * 1.1, first["threshold"]),
        *(plan.base_year, plan.base_year + 2, plan.target_year),
    )
    return {
        "audit": pd.DataFrame(pm.audit(plan)),
        "reach": pm.reach(out, DRAWS, SEED),
        "joint": pm.joint(out, draws=DRAWS, seed=SEED),
        "quantiles": out.quantiles([0.1, 0.5, 0.9]).reset_index(),
        "breaks": pd.DataFrame(pm.breaks(out)),
        "tornado": pm.tornado(out, target),
        "news": pm.news(base, out),
        "progress": progress.to_frame("progress").reset_index(),
        "classify": pd.DataFrame({"class": [pm.classify(progress)]}),
        "milestones": pm.milestones(out),
        "growth_needed": pm.growth_needed(out),
        **({"seek": pd.DataFrame(pm.seek(out, [target], 0.6, seed=SEED))} if len(plan.measures) else {}),
    }


def plain(value: object) -> Any:
    """Return a cell as JSON holds it: a float to its last bit, a missing one as nothing."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return value if isinstance(value, bool | int | float | str) else str(value)


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "jiangbei"
    tables = {
        question: {
            str(column): [plain(value) for value in frame[column].tolist()] for column in frame.columns
        }
        for question, frame in answers(name).items()
    }
    loaded = sorted({module.partition(".")[0] for module in sys.modules} - sys.stdlib_module_names)
    versions = {"Python": sys.version.split()[0], **{package: version(package) for package in CORE}}
    print(json.dumps({"versions": versions, "loaded": loaded, "answers": tables}, ensure_ascii=True))


if __name__ == "__main__":
    main()

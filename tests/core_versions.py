"""The core at the versions that Pyodide ships: a fresh environment with these five packages, and the same answers.

`python tests/core_versions.py [PYTHON]` makes the environment in a temporary folder with PYTHON (by default the one
that runs this; scipy 1.18 needs 3.12 or newer), runs `core_answers.py` there and here, and lists every difference.
Pyodide's own Python is 3.14. The versions are those of the lock file in npm's `pyodide` 314.0.7.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
VERSIONS = {"numpy": "2.4.6", "pandas": "3.0.2", "scipy": "1.18.0", "clarabel": "0.11.1", "PyYAML": "6.0.3"}
# Another version may add up in another order.
CLOSE = 1e-9


def answers(python: str | Path) -> dict[str, Any]:
    """Return what the core says of the plan that ships, run by a Python."""
    script = ROOT / "tests" / "core_answers.py"
    surroundings = os.environ | {"PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [str(python), str(script)], env=surroundings, check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def gap(one: object, other: object) -> float:
    """Return how far two cells lie apart: relatively, below one in absolute value absolutely; texts 0 or infinitely."""
    numbers = (int, float)
    if (
        isinstance(one, numbers)
        and isinstance(other, numbers)
        and math.isfinite(one)
        and math.isfinite(other)
    ):
        return abs(one - other) / max(1.0, abs(one), abs(other))
    return 0.0 if one == other else math.inf


def main() -> int:
    python = sys.argv[1] if len(sys.argv) > 1 else sys.executable
    with TemporaryDirectory(prefix="planmodel-core-") as folder:
        subprocess.run([python, "-m", "venv", folder], check=True)
        there = Path(folder) / "bin" / "python"
        pins = [f"{name}=={version}" for name, version in VERSIONS.items()]
        subprocess.run([str(there), "-m", "pip", "install", "--quiet", *pins], check=True)
        other = answers(there)
    here = answers(sys.executable)
    print("here: ", here["versions"])
    print("there:", other["versions"])
    worst = 0.0
    for question in sorted(here["answers"].keys() | other["answers"].keys()):
        tables = [answer["answers"].get(question, {}) for answer in (here, other)]
        columns = list(dict.fromkeys([*tables[0], *tables[1]]))
        pairs = [pair for name in columns for pair in zip_longest(*(table.get(name, []) for table in tables))]
        apart = max((gap(*pair) for pair in pairs), default=0.0)
        print(f"{question:<14} {len(pairs):>5} cells, largest difference {apart:.1e}")
        worst = max(worst, apart)
    return 0 if worst <= CLOSE else 1


if __name__ == "__main__":
    sys.exit(main())

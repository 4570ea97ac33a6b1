"""The core by itself: five packages, no estimation, no threads; and what is said where an extra is missing."""

import ast
import json
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import distribution, packages_distributions
from pathlib import Path
from typing import Any

import pytest
from core_answers import CORE
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from planmodel.plan.template import new_plan

ROOT = Path(__file__).resolve().parents[2]
# Where no thread starts, as in a browser.
NO_THREADS = """
import _thread
def refuse(*_, **__):
    raise RuntimeError("can't start new thread")
for name in ("start_new_thread", "start_new", "start_joinable_thread"):
    if hasattr(_thread, name):
        setattr(_thread, name, refuse)
"""
# Where a process cannot be copied, as in a browser and on Windows.
NO_FORKS = """
import os
for name in ("fork", "forkpty", "pidfd_open"):
    if hasattr(os, name):
        delattr(os, name)
"""
ANSWERS = f"""
import runpy, sys
sys.argv = ["core_answers.py", *sys.argv[1:]]
runpy.run_path({str(ROOT / "tests" / "core_answers.py")!r}, run_name="__main__")
"""


def run(code: str, *arguments: str | Path, packages: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh Python: with all that is installed, or with what lies in a folder and nothing else."""
    alone = ["-I", "-S"] if packages else []
    where = [str(packages)] if packages else [str(ROOT)]
    code = f"import sys; sys.path[:0] = {where}\n{code}"
    command = [sys.executable, *alone, "-c", code, *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False, timeout=120
    )


def answers(*arguments: str | Path, before: str = "", packages: Path | None = None) -> dict[str, Any]:
    done = run(before + ANSWERS, *arguments, packages=packages)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def closure(names: tuple[str, ...]) -> set[str]:
    """Return distributions with all that they themselves require here."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in found:
            continue
        found.add(name)
        for line in distribution(name).requires or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)
    return found


def linked(folder: Path, *names: str) -> Path:
    """Fill a folder with links to planmodel and to distributions with all that they require."""
    for name in closure(names):
        own = distribution(name)
        for top in {path.parts[0] for path in own.files or []} - {"..", "__pycache__"}:
            (folder / top).symlink_to(Path(str(own.locate_file(top))))
    (folder / "planmodel").symlink_to(ROOT / "planmodel")
    return folder


@pytest.fixture(scope="module")
def core_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with planmodel and the core's dependencies: nothing else can be imported."""
    return linked(tmp_path_factory.mktemp("core"), *CORE)


@pytest.fixture(scope="module")
def without_extras(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an installation without extras has: the core, and Babel for sentences."""
    return linked(tmp_path_factory.mktemp("plain"), *CORE, "babel")


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str | Path]:
    """The plan that ships, and one from `planmodel new`."""
    folder = tmp_path_factory.mktemp("plans") / "fresh"
    new_plan(folder)
    return {"shipped": "jiangbei", "new": folder}


@pytest.fixture(scope="module")
def everywhere(plans: dict[str, str | Path]) -> dict[str, dict[str, Any]]:
    """The answers where everything is installed."""
    return {which: answers(plan) for which, plan in plans.items()}


@pytest.mark.parametrize("which", ["shipped", "new"])
def test_the_core_needs_five_packages_and_answers_the_same(
    which: str,
    core_only: Path,
    plans: dict[str, str | Path],
    everywhere: dict[str, dict[str, Any]],
) -> None:
    """From `load_plan` to `seek`, to the last bit, with numpy, pandas, scipy, PyYAML and clarabel only."""
    alone = answers(plans[which], packages=core_only)
    assert {"reach", "joint", "news", "milestones"} <= set(alone["answers"])
    assert ("seek" in alone["answers"]) == (which == "shipped")
    assert {"pyarrow", "statsmodels", "altair"} & set(alone["loaded"]) == set()
    assert alone["answers"] == everywhere[which]["answers"]


def test_the_core_asks_for_what_its_test_links() -> None:
    """The dependencies in pyproject.toml are those five, and Babel, which sentences alone need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    assert asked == {*map(canonicalize_name, CORE), "babel"}


@pytest.mark.parametrize("which", ["shipped", "new"])
def test_building_a_model_estimates_nothing(which: str, plans: dict[str, str | Path]) -> None:
    """Loading reads what `calibrate` wrote: neither statsmodels nor our own estimators are imported."""
    code = """
import planmodel as pm
pm.reach(pm.build_model(pm.load_plan(sys.argv[1])).run("baseline"))
print([name for name in sys.modules if name.split(".")[0] == "statsmodels" or "estimation" in name])
print("planmodel.evidence.equations" in sys.modules)
"""
    done = run(code, plans[which])
    assert done.stdout.split("\n")[:2] == ["[]", "True"], done.stderr


@pytest.mark.parametrize("absent", [NO_THREADS, NO_FORKS], ids=["threads", "forks"])
def test_the_core_answers_without(absent: str, everywhere: dict[str, dict[str, Any]]) -> None:
    """Where the platform starts no thread, or copies no process, the same answers come."""
    assert answers("jiangbei", before=absent)["answers"] == everywhere["shipped"]["answers"]


def test_threads_are_refused_in_that_test() -> None:
    """What the test above takes away is what the draws would use."""
    code = "from concurrent.futures import ThreadPoolExecutor\nThreadPoolExecutor(2).submit(print)"
    refused = run(NO_THREADS + code)
    assert refused.returncode == 1
    assert "RuntimeError: can't start new thread" in refused.stderr


def test_an_error_of_a_summary_is_not_taken_for_a_missing_thread() -> None:
    """A RuntimeError of the function that sums draws comes out of `reduce` as it is."""
    code = """
import planmodel as pm
def summary(chunk):
    raise RuntimeError("mine")
pm.build_model(pm.load_plan("jiangbei")).run("baseline").sampler().reduce(5000, 0, summary)
"""
    assert run(code).stderr.rstrip().endswith("RuntimeError: mine")


def test_reports_go_on_without_forks() -> None:
    """Where there are no forks, work over many scenarios is shared among threads."""
    code = """
from planmodel.batch.executors import executor
with executor(2) as pool:
    print(type(pool).__name__, list(pool.map(abs, [-1, -2])))
"""
    assert run(NO_FORKS + code).stdout.strip() == "ThreadPoolExecutor [1, 2]"


COMMAND = "from planmodel.cli import main\nsys.exit(main(sys.argv[1:]))"
PARTLY = {  # what is asked, and the extra that it needs
    "report": (["report", "baseline", "--out", "{folder}/reports"], "report"),
    "sweep": (["sweep", "--out", "{folder}/sweep.csv"], "sweep"),
    "calibrate": (["calibrate", "--out", "{folder}"], "calibrate"),
    "lab": (["lab"], "lab"),
    "dashboard": (["lab", "--dashboard"], "lab"),
}


@pytest.mark.parametrize("case", PARTLY)
def test_a_command_says_which_extra_it_needs(case: str, without_extras: Path, tmp_path: Path) -> None:
    """In one line, with the status of wrong input, before it writes anything."""
    arguments, extra = PARTLY[case]
    line = ("--lang", "en", *(part.format(folder=tmp_path) for part in arguments))
    done = run(COMMAND, *line, packages=without_extras)
    assert done.returncode == 2, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert f"this needs the extra {extra}: pip install 'planmodel[{extra}]'" in last
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        *(["audit"], ["reach"], ["reach", "--lang", "en"], ["stress"], ["track"], ["show"]),
        *(["seek", "--targets", "assets.district"], ["diff", "baseline", "margin_squeeze"], ["--help"]),
    ],
    ids=" ".join,
)
def test_commands_that_need_no_extra_run_without_one(arguments: list[str], without_extras: Path) -> None:
    """All but report, sweep, score, calibrate and lab."""
    done = run(COMMAND, *arguments, packages=without_extras)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    "code, extra",
    [
        ("from planmodel.show.charts.targets import board", "charts"),
        ("from planmodel.lab.widgets import bench", "lab"),
        ("pm.discover(OUT, 'assets.district')", "explore"),
        ("pm.score({}, pm.load_observations(OUT.plan))", "score"),
        ("from planmodel.estimation.calibration import calibrate; calibrate()", "calibrate"),
    ],
    ids=["charts", "lab", "explore", "score", "calibrate"],
)
def test_a_name_says_which_extra_it_needs(code: str, extra: str, without_extras: Path) -> None:
    """The last line of the traceback is the sentence."""
    outlook = "import planmodel as pm; OUT = pm.build_model(pm.load_plan('jiangbei')).run('baseline')\n"
    done = run(outlook + code, packages=without_extras)
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("planmodel.base.extras.MissingExtraError: ")
    assert last.endswith(f"not found: this needs the extra {extra}: pip install 'planmodel[{extra}]'")


def needs() -> list[tuple[str, str]]:
    """Return each extra and package that a call of `need` names, read from the code."""
    found = []
    for path in sorted((ROOT / "planmodel").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "need":
                extra, *packages = (ast.literal_eval(argument) for argument in node.args)
                found += [(extra, package) for package in packages]
    return found


INSTALLS = cache(packages_distributions)


def _distribution(package: str) -> str:
    """Return what installs a package that is imported under that name."""
    (name,) = set(INSTALLS()[package])
    return canonicalize_name(name)


def test_an_extra_that_is_named_brings_the_package() -> None:
    """Each extra that the code names is one of pyproject.toml's, and installing it brings what is missing."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]

    @cache
    def brings(extra: str) -> set[str]:
        asked = [Requirement(line) for line in extras[extra]]
        direct = tuple(r.name for r in asked if r.name != "planmodel")
        inner = [brings(name) for r in asked if r.name == "planmodel" for name in r.extras]
        return closure(direct).union(*inner)

    named = needs()
    assert len(named) > 15
    assert [pair for pair in named if _distribution(pair[1]) not in brings(pair[0])] == []

"""How much work a command does, counted: models compiled, data files opened, kernels started.

Times differ from machine to machine; these numbers do not, and grow where something is done twice.
"""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Read by every Python that a command starts, its fork server and kernels included: each notes what it does in one
# file. A file counts where it is opened, a kernel where it opens its connection file, a law where it is compiled.
COUNTING = """
import os, sys
from importlib.abc import MetaPathFinder
from importlib.util import find_spec

LOG = os.environ["WORK_LOG"]

def note(kind, what):
    handle = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{kind}\\t{what}\\n".encode())
    os.close(handle)

def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)) and os.fsdecode(arguments[0]) != LOG:
        note("open", os.path.abspath(os.fsdecode(arguments[0])))

class CountCompilations(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != "planmodel.law.law":
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        execute = spec.loader.exec_module
        def counted(module):
            execute(module)
            compile_law = module.compile_law
            def compile_and_note(*arguments, **options):
                note("compile", os.getpid())
                return compile_law(*arguments, **options)
            module.compile_law = compile_and_note
        spec.loader.exec_module = counted
        return spec

sys.addaudithook(hook)
sys.meta_path.insert(0, CountCompilations())
"""
CONNECTION_FILE = re.compile(r"/(planmodel-fork-[^/]+/[0-9a-f]{12}|tmp\w{8})\.json$")
# The most that each command may do: laws compiled, data files opened, kernels started. A number is lowered when the
# work becomes less, and raised only by a commit that says what for.
MOST = {
    "audit": (0, 14, 0),
    "reach": (1, 24, 0),
    "reach -s credit_squeeze --as-of 2020": (1, 25, 0),
    "stress": (1, 24, 0),
    "stress --catalogue": (1, 55, 0),
    "seek --targets assets.district": (1, 24, 0),
    "track": (1, 26, 0),
    "show": (0, 43, 0),
    "show epidemic": (1, 25, 0),
    "diff baseline margin_squeeze": (1, 26, 0),
    "sweep baseline credit_squeeze epidemic --out sweep.csv -j 1": (2, 57, 0),
    "report baseline -j 1": (7, 291, 1),
    "report baseline credit_squeeze epidemic -j 1": (13, 375, 3),
    "report baseline -j 1 --engine ordinary": (7, 295, 1),
}


def work(arguments: list[str], folder: Path) -> tuple[dict[str, int], Counter[str]]:
    """Run a command and return what it did, and how often it opened each data file."""
    (folder / "sitecustomize.py").write_text(COUNTING, encoding="utf-8")
    log = folder / "work.log"
    places = os.pathsep.join([str(folder), str(ROOT)])
    surroundings = os.environ | {"PYTHONPATH": places, "WORK_LOG": str(log), "PYTHONDONTWRITEBYTECODE": "1"}
    code = "import sys; from planmodel.cli import main; sys.exit(main(sys.argv[1:]))"
    here = folder / "here"
    here.mkdir()
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=here, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    noted = [line.split("\t", 1) for line in log.read_text(encoding="utf-8").splitlines()]
    opened = [what for kind, what in noted if kind == "open"]
    data = Counter(
        path.removeprefix(f"{ROOT}/")
        for path in opened
        if path.startswith(tuple(f"{ROOT}/{part}/" for part in ("seeds", "data", "notebooks", "planmodel")))
        and not path.endswith((".py", ".pyc", ".pyi"))
    )
    kernels = {path for path in opened if CONNECTION_FILE.search(path)}
    counted = {
        "laws compiled": sum(kind == "compile" for kind, _ in noted),
        "files opened": data.total(),
        "kernels started": len(kernels),
    }
    return counted, data


@pytest.mark.parametrize("command", MOST)
def test_a_command_does_no_more_work_than_it_did(command: str, tmp_path: Path) -> None:
    """Laws compiled, data files opened and kernels started stay at the committed numbers or below."""
    counted, data = work(command.split(), tmp_path)
    limits = dict(zip(counted, MOST[command], strict=True))
    over = {
        what: f"{number}, at most {limits[what]}" for what, number in counted.items() if number > limits[what]
    }
    assert over == {}, f"{counted}\n" + "\n".join(f"{n} times {path}" for path, n in data.most_common())
    # What it cannot do without was seen: the counting works.
    assert data["seeds/jiangbei/targets.csv"] >= 1
    assert (counted["laws compiled"] > 0) == (limits["laws compiled"] > 0)
    assert counted["kernels started"] == limits["kernels started"]

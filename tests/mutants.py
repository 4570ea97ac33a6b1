"""Mutants: change the code in one place, as a slip would, and see whether the tests of its folder notice.

`make mutants` draws 300 by a fixed seed; at least nine in ten must be killed. Each is tried in a copy of the
checkout, never in the checkout itself. What survives is listed; `mutants_survivors.csv` says why it may.

Own code, since cosmic-ray mutates the tree in place, one after another, and counts an operator eleven times, and
mutmut skips every decorated function, mutates words, and forks from a process whose caches are full.
"""

from __future__ import annotations

import argparse
import ast
import csv
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
COUNT, SEED, BAR = 300, 11, 0.9
# A mutant that runs so many times as long as the code itself, and a minute, has lost its way.
PATIENCE, AT_LEAST = 6, 60
# A mutant may not take the machine with it: 8 GB of addresses.
MEMORY = 8 * 2**30

# What is mutated, and the tests that must notice.
FOLDERS = {
    "law": "tests/law",
    "model": "tests/model",
    "plan": "tests/plan",
    "scenario": "tests/scenario",
    "questions/odds": "tests/questions/odds",
    "questions/track": "tests/questions/track",
    "batch/journal.py": "tests/batch/test_journal.py",
}

# Each operator and what it is mistaken for.
SWAPS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Div,),
    ast.Mod: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
}
UNARY = (ast.Not, ast.USub, ast.Invert)
STEPS = (ast.AugAssign, ast.Raise, ast.Continue, ast.Break, ast.Delete)
# Types and words are not mutated: annotations, f-strings, and what an error says.
TYPES = ("annotation", "returns")
WORDS = ("InputError", "Problem")


@dataclass(frozen=True)
class Site:
    """A place in a module's tree, the statement around it, and what may stand there instead."""

    statement: ast.stmt
    holder: ast.AST
    field: str
    index: int | None
    options: Sequence[ast.AST]

    def put(self, node: ast.AST) -> None:
        """Put a node in this place."""
        if self.index is None:
            setattr(self.holder, self.field, node)
        else:
            getattr(self.holder, self.field)[self.index] = node


@dataclass(frozen=True)
class Mutant:
    """A module with one change: where, the statement before and after, and the module's new text."""

    folder: str
    module: str
    line: int
    before: str
    after: str
    text: str


def sites(holder: ast.AST, statement: ast.stmt | None = None) -> Iterator[Site]:
    """Return every place below a node that can be mutated, in order."""
    for field, value in ast.iter_fields(holder):
        if field in TYPES:
            continue
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(node, ast.AST) or isinstance(node, ast.JoinedStr) or _is_path(holder, node):
                continue
            inner = node if isinstance(node, ast.stmt) else statement
            found = list(options(node))
            if field in ("test", "ifs") and not isinstance(holder, ast.Assert):
                found.append(ast.UnaryOp(ast.Not(), node))
            if found and inner:
                yield Site(inner, holder, field, index, found)
            if not _left_out(node):
                yield from sites(node, inner)


def _is_path(holder: ast.AST, node: ast.AST) -> bool:
    """Whether this is the stroke of a path, folder / "name": another operator fails at once and proves nothing."""
    words = isinstance(holder, ast.BinOp) and isinstance(holder.right, ast.JoinedStr | ast.Constant)
    return (
        isinstance(node, ast.Div)
        and words
        and not isinstance(getattr(holder.right, "value", ""), int | float)
    )


def _left_out(node: ast.AST) -> bool:
    """Whether what is inside a node is for people or for the type checker."""
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING"
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) in WORDS
    return isinstance(node, ast.Raise | ast.Assert)


def options(node: ast.AST) -> Iterator[ast.AST]:
    """Return what may stand in a node's place."""
    yield from (swap() for swap in SWAPS.get(type(node), ()))
    if isinstance(node, ast.Constant):
        yield from _constants(node.value)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, UNARY):
        yield node.operand
    elif isinstance(node, ast.Return) and node.value and ast.unparse(node.value) != "None":
        yield ast.Return(ast.Constant(None))
    elif isinstance(node, ast.Call):
        for n, keyword in enumerate(node.keywords):
            if keyword.arg:
                yield ast.Call(node.func, node.args, node.keywords[:n] + node.keywords[n + 1 :])
    elif isinstance(node, STEPS) or (isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)):
        yield ast.Pass()


def _constants(value: object) -> Iterator[ast.AST]:
    """Return what a number or a truth value is mistaken for."""
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        yield ast.Constant(value + 1)
        if value:
            yield ast.UnaryOp(ast.USub(), ast.Constant(value))


def said(statement: ast.stmt) -> str:
    """Return a statement in one line; of one that holds others, its head only."""
    head = copy(statement)
    for field in ("body", "orelse", "handlers", "finalbody", "cases"):
        if hasattr(head, field):
            setattr(head, field, [])
    return " ".join(ast.unparse(head).split())


def modules(folder: str) -> list[Path]:
    """Return a folder's modules, or the one module that is named."""
    path = ROOT / "planmodel" / folder
    return [path] if path.suffix else sorted(path.rglob("*.py"))


def draw(folders: Sequence[str], count: int, seed: int) -> list[Mutant]:
    """Draw mutants: places uniformly, without repetition, and for each place one of its changes."""
    places = [
        (folder, path, n)
        for folder in folders
        for path in modules(folder)
        for n in range(sum(1 for _ in sites(ast.parse(path.read_text("utf-8")))))
    ]
    chance = random.Random(seed)
    print(f"{len(places):,} places, of which {min(count, len(places))} are drawn with seed {seed}")
    return [_mutant(*place, chance) for place in chance.sample(places, min(count, len(places)))]


def _mutant(folder: str, path: Path, n: int, chance: random.Random) -> Mutant:
    tree = ast.parse(path.read_text("utf-8"))
    site = list(sites(tree))[n]
    before, new = said(site.statement), chance.choice(list(site.options))
    gone = (
        getattr(site.holder, site.field)
        if site.index is None
        else getattr(site.holder, site.field)[site.index]
    )
    site.put(new)
    after = said(new if gone is site.statement else site.statement)
    module = str(path.relative_to(ROOT))
    return Mutant(
        folder, module, site.statement.lineno, before, after, ast.unparse(ast.fix_missing_locations(tree))
    )


def copies(folder: Path, count: int) -> SimpleQueue[Path]:
    """Return copies of what is tracked or new in the checkout, each compiled so that a change is seen by its content."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    queue: SimpleQueue[Path] = SimpleQueue()
    for n in range(count):
        for name in filter(None, names):
            if (ROOT / name).is_file():
                (folder / str(n) / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, folder / str(n) / name)
        compiled = [
            sys.executable,
            "-m",
            "compileall",
            "-q",
            "--invalidation-mode",
            "checked-hash",
            "planmodel",
        ]
        subprocess.run(compiled, cwd=folder / str(n), check=True)
        queue.put(folder / str(n))
    return queue


def outcome(tree: Path, folder: str, limit: float | None) -> str:
    """Run a folder's tests in a copy, and return whether they `passed` or `failed`, or `ran on` past a limit."""
    plain = ["-o", "addopts=", "-p", "no:cacheprovider", "--hypothesis-profile=ci", "--hypothesis-seed=0"]
    command = [sys.executable, "-m", "pytest", "-x", "-q", *plain, FOLDERS[folder]]
    path = os.pathsep.join([str(tree), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    once = {
        "PYTHONPATH": path,
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    with (tree / "said.txt").open("wb") as out:
        run = subprocess.Popen(
            command,
            cwd=tree,
            env=os.environ | once,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return "failed" if run.wait(limit) else "passed"
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
            return "ran on"


def try_out(mutant: Mutant, free: SimpleQueue[Path], limit: float) -> str:
    """Put a mutant in the place of its module in a copy that is free, run the tests, and mend the copy."""
    tree = free.get()
    module = tree / mutant.module
    sound = module.read_bytes()
    try:
        module.write_text(mutant.text, "utf-8")
        fate = outcome(tree, mutant.folder, limit)
        print({"failed": ".", "ran on": "t", "passed": "S"}[fate], end="", flush=True)
        return fate
    finally:
        module.write_bytes(sound)
        free.put(tree)


def limits(folders: Sequence[str], free: SimpleQueue[Path]) -> dict[str, float]:
    """Return how long each folder's tests may take; they must pass as the code stands."""
    found = {}
    tree = free.get()
    for folder in folders:
        start = time.monotonic()
        if outcome(tree, folder, None) != "passed":
            sys.exit(f"{FOLDERS[folder]} fails as the code stands:\n{(tree / 'said.txt').read_text('utf-8')}")
        found[folder] = AT_LEAST + PATIENCE * (time.monotonic() - start)
    free.put(tree)
    return found


def reasons() -> dict[tuple[str, str, str], str]:
    """Return why known survivors survive, by module and by the statement before and after."""
    with (ROOT / "tests" / "mutants_survivors.csv").open(encoding="utf-8", newline="") as file:
        return {(row["module"], row["before"], row["after"]): row["reason"] for row in csv.DictReader(file)}


def report(mutants: Sequence[Mutant], fates: Sequence[str]) -> bool:
    """Print what became of them, and return whether enough were killed."""
    print(f"\n{'':18}{'drawn':>7}{'killed':>8}{'ran on':>8}{'survived':>10}")
    for folder in [*dict.fromkeys(m.folder for m in mutants), "all"]:
        own = [fate for m, fate in zip(mutants, fates, strict=True) if folder in (m.folder, "all")]
        print(
            f"{folder:18}{len(own):7}{own.count('failed'):8}{own.count('ran on'):8}{own.count('passed'):10}"
        )
    known = reasons()
    for mutant in (m for m, fate in zip(mutants, fates, strict=True) if fate == "passed"):
        why = known.get((mutant.module, mutant.before, mutant.after), "NO REASON GIVEN")
        print(f"{mutant.module}:{mutant.line}: {why}\n  - {mutant.before}\n  + {mutant.after}")
    share = 1 - fates.count("passed") / max(len(fates), 1)
    print(f"killed, or ran on: {share:.1%} (at least {BAR:.0%})")
    return share >= BAR


def main() -> int:
    """Draw, try and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=SEED, help=f"of the draw (default: {SEED})")
    parser.add_argument("--count", type=int, default=COUNT, help=f"how many are drawn (default: {COUNT})")
    parser.add_argument("--only", choices=list(FOLDERS), action="append", help="a folder, or several")
    parser.add_argument("--jobs", type=int, default=2, help="at once (default: 2)")
    given = parser.parse_args()
    folders = given.only or list(FOLDERS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    start = time.monotonic()
    mutants = draw(folders, given.count, given.seed)
    with TemporaryDirectory() as folder, ThreadPoolExecutor(given.jobs) as pool:
        free = copies(Path(folder), given.jobs)
        limit = limits(list(dict.fromkeys(m.folder for m in mutants)), free)
        fates = list(pool.map(lambda mutant: try_out(mutant, free, limit[mutant.folder]), mutants))
    enough = report(mutants, fates)
    print(f"{(time.monotonic() - start) / 60:.0f} minutes")
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())

"""Print how fast planmodel is, as ratios measured in one run on one machine, each against its limit.

Run it alone: `python tests/benchmarks/speed.py`. Times are the best of several interleaved rounds.
"""

# ruff: noqa: E402 (NumPy reads the number of threads when it is imported)

from __future__ import annotations

import os

# The limits are for one thread.
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import itertools
import logging
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import planmodel as pm
from planmodel.questions.odds.marginal import probabilities
from planmodel.questions.stress.reverse import failing_path

ROOT = Path(__file__).parents[2]
MARGINALS = """
import planmodel as pm
from planmodel.questions.odds.marginal import probabilities
for name, p in zip(pm.load_plan().targets["name"], probabilities(pm.build_model(pm.load_plan()).run())):
    print(name, round(float(p), 3))
"""
PEAK = """
import re
import planmodel as pm
def peak():  # of this process alone: getrusage would carry over its parent's
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
[getattr(pm, name) for name in pm.__all__]
before = peak()
pm.joint(pm.build_model(pm.load_plan()).run(), draws={draws})
print(peak() - before)
"""


def line(what: str, figure: float, limit: float | None, unit: str = "") -> None:
    """Print one figure with its limit, and whether it keeps it."""
    against = "" if limit is None else f"limit {limit:g}{unit}: {'pass' if figure <= limit else 'over'}"
    print(f"{what:<74} {figure:>8.3g}{unit:<4} {against}", flush=True)


def best(actions: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the shortest time of each action (seconds), interleaved so that all meet the same machine."""
    shortest = dict.fromkeys(actions, float("inf"))
    for _ in range(rounds):
        for name, action in actions.items():
            start = time.perf_counter()
            action()
            shortest[name] = min(shortest[name], time.perf_counter() - start)
    return shortest


def process(code: str) -> Callable[[], str]:
    """Return an action that runs code in a fresh Python."""
    return lambda: (
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout
    )


def starting_light() -> None:
    """Print what the command and the package take before they do anything, beside Python's own start."""
    times = best(
        {
            "python": process("pass"),
            "import": process("import planmodel"),
            "help": process("from planmodel.cli import main; main(['--help'])"),
        },
        rounds=10,
    )
    print(f"python -c pass in a fresh process: {1000 * times['python']:.0f} ms")
    line("import planmodel in a fresh process", 1000 * times["import"], 50, " ms")
    line("planmodel --help in a fresh process", 1000 * times["help"], 100, " ms")
    line("import planmodel / python -c pass", times["import"] / times["python"], 3)
    line("planmodel --help / python -c pass", times["help"] / times["python"], 6)


def starting_up() -> None:
    times = best(
        {
            "pandas": process("import pandas"),
            "planmodel": process("import planmodel"),
            "core": process("import planmodel as pm; [getattr(pm, name) for name in pm.__all__]"),
            "marginals": process(MARGINALS),
        },
        rounds=7,
    )
    print(f"import pandas in a fresh process: {1000 * times['pandas']:.0f} ms")
    line("fresh process to 13 marginals printed / import pandas", times["marginals"] / times["pandas"], 2.5)
    line("import planmodel / import pandas", times["planmodel"] / times["pandas"], 1.5)
    line("import planmodel and every public name / import pandas", times["core"] / times["pandas"], None)


def running_again(model: pm.Model) -> None:
    scenarios = [pm.Scenario(f"s{n}", paths={("city_credit", 2025): (n / 10, 0.0)}) for n in range(50)]
    times = best({"run": lambda: [probabilities(model.run(scenario)) for scenario in scenarios]}, rounds=7)
    line("13 marginals again for a changed scenario", 1000 * times["run"] / len(scenarios), 2, " ms")


def breaking(model: pm.Model) -> None:
    out = model.run("credit_squeeze")
    times = best(
        {
            "breaks, all targets": lambda: pm.breaks(out),
            "breaks, all targets in sentences": lambda: pm.words.break_words(out, pm.breaks(out)),
            "one failing path": lambda: failing_path(out, "assets.core"),
            "worst case of a part": lambda: pm.worst_case(out, "assets.core"),
            "at least 7 of 13, nearest way to fail": lambda: pm.breaks_count(out),
            "plausibility of a scenario": lambda: pm.plausibility(out),
        },
        rounds=7,
    )
    for name, seconds in times.items():
        line(name, 1000 * seconds, 100, " ms")


def what_matters(model: pm.Model, out: pm.Outlook) -> None:
    target = "value_added_share.core"
    catalogue = pm.severity_catalogue(model)
    times = best(
        {
            "tornado of a part": lambda: pm.tornado(out, target),
            "variance shares of a part": lambda: pm.variance_shares(out, target),
            "Shapley effects of nine sources": lambda: pm.shapley(out, target),
            "odds of a part over two drivers, 441 cells": lambda: pm.heat_map(
                out, target, "city_credit", "margin"
            ),
            "every story at every severity, every target": lambda: pm.severity_catalogue(model).table,
            "the catalogue's distances and joint odds": catalogue.summary,
        },
        rounds=7,
    )
    for name, seconds in times.items():
        line(name, 1000 * seconds, 100, " ms")
    start = time.perf_counter()
    pm.discover(out, "value_added.district")
    line("discovery, its library imported first", time.perf_counter() - start, 5, " s")
    start = time.perf_counter()
    pm.discover(out, "value_added.district")
    line("discovery again", time.perf_counter() - start, 5, " s")


def what_it_takes(out: pm.Outlook) -> None:
    near = ["headquarters.district", "headquarters.core", "premium.district"]
    times = best(
        {
            "growth needed from here": lambda: pm.growth_needed(out),
            "most likely path on which all 13 targets hold": lambda: pm.driver_paths(out),
        },
        rounds=5,
    )
    for name, seconds in times.items():
        line(name, 1000 * seconds, 100, " ms")
    mixes = best(
        {
            "cheapest mix of measures, 3 targets": lambda: pm.seek(out, near, 0.6),
            "nearest mix of measures, 13 targets (none is enough)": lambda: pm.seek(out),
        },
        rounds=3,
    )
    for name, seconds in mixes.items():
        line(name, seconds, 5, " s")


def tracking(out: pm.Outlook) -> None:
    figures = (288.9, 310, 400, 2020, 2022, 2025)
    times = best(
        {
            "progress and one class": lambda: pm.classify(pm.progress(*figures)),
            "scoreboard of the medians, six schemes": lambda: pm.scoreboard(out, "median"),
            "odds of every class": lambda: pm.class_odds(out),
            "milestones with their odds": lambda: pm.milestones(out, "growth"),
            "cascade of an indicator": lambda: pm.cascade(out, "value_added", rule="own"),
            "revision rule, four years": lambda: pm.revisions(out),
        },
        rounds=7,
    )
    for name, seconds in times.items():
        line(name, 1000 * seconds, 100, " ms")


def drawing(out: pm.Outlook) -> None:
    n, width = 20_000, out.sampler().width
    normal = np.random.Generator(np.random.PCG64(0))
    times = best(
        {
            "normal": lambda: normal.standard_normal((n, width)),
            "chunks": lambda: sum(1 for _ in out.sampler().chunks(n, 0)),
            "draw": lambda: out.draw(n, seed=0),
        },
        rounds=9,
    )
    print(f"{n:,} draws of {width} values (every variable, five years), one thread")
    line("full draws, chunk by chunk / standard_normal of as many", times["chunks"] / times["normal"], 3)
    line("full draws, as a frame / standard_normal of as many", times["draw"] / times["normal"], 3)


def memory() -> None:
    for draws in (10_000, 1_000_000, 10_000_000):
        grown = float(process(PEAK.format(draws=draws))())
        line(f"peak memory of joint over the import, {draws:,} draws", grown, 100, " MB")


def draw_and_count(out: pm.Outlook, draws: int, seed: int) -> float:
    """At least 7 of 13 as one would write it in NumPy: draw the 2025 vector, compute the targets, count."""
    names = list(out.model.law.names)
    n = len(names)
    block = slice(len(out.mean) - n, len(out.mean))
    generator = np.random.default_rng(seed)
    values, vectors = np.linalg.eigh(out.cov[block, block])
    root = vectors * np.sqrt(np.maximum(values, 0))
    y = generator.standard_normal((draws, n)) @ root.T + out.mean[block]
    return float(np.mean(reached(out, {name: y[:, i] for i, name in enumerate(names)}).sum(axis=1) >= 7))


def reached(out: pm.Outlook, y: dict[str, np.ndarray]) -> np.ndarray:
    """Return which of the 13 targets each draw reaches."""
    table = out.plan.targets
    values = target_values(y)
    return np.column_stack(
        [values[name] >= level for name, level in zip(table["name"], table["threshold"], strict=True)]
    )


def target_values(y: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    values = {}
    for name in ("institutions", "headquarters", "value_added", "assets", "deposits_loans"):
        values[f"{name}.district"] = np.exp(y[f"{name}.district"])
        values[f"{name}.core"] = values[f"{name}.district"] / (1 + np.exp(-y[f"{name}.core"]))
    values["premium.district"] = np.exp(y["premium.district"])
    gdp = values["value_added.district"] + np.exp(y["other_gdp.district"])
    for area in ("district", "core"):
        values[f"value_added_share.{area}"] = 100 * values[f"value_added.{area}"] / gdp
    return values


def seven_of_thirteen(out: pm.Outlook) -> None:
    p = float(pm.joint(out).at[0, "at_least"])
    draws = int(np.ceil(p * (1 - p) / 0.001**2))
    # A new seed each time: what was counted once is remembered.
    seeds = itertools.count(1)
    times = best(
        {
            "ours": lambda: pm.joint(out, draws=draws, seed=next(seeds)),
            "numpy": lambda: draw_and_count(out, draws, next(seeds)),
        },
        rounds=7,
    )
    print(f"at least 7 of 13: {p:.4f}; {draws:,} draws for a standard error of 0.1 points")
    gap = abs(draw_and_count(out, draws, 2) - float(pm.joint(out, draws=draws, seed=2).at[0, "at_least"]))
    line("difference between the two, in standard errors of it", gap / (0.001 * np.sqrt(2)), 4)
    line("joint / NumPy draw and count", times["ours"] / times["numpy"], 1)
    peer = ema_workbench(out, 2000) / 2000 * draws
    line("joint / ema_workbench (2,000 experiments, scaled to as many)", times["ours"] / peer, None)


def ema_workbench(out: pm.Outlook, experiments: int) -> float:
    """Return the time (s) of the workbench for a model of the same 13 values, one experiment at a time."""
    from ema_workbench import Model, RealParameter, ScalarOutcome, perform_experiments

    logging.getLogger("EMA").setLevel(logging.ERROR)
    names = list(out.model.law.names)
    block = slice(len(out.mean) - len(names), len(out.mean))
    root = np.linalg.cholesky(out.cov[block, block] + 1e-12 * np.eye(len(names)))
    mean = out.mean[block]

    def values(**scores: float) -> dict[str, float]:
        y = root @ np.array([scores[f"e{n}"] for n in range(len(names))]) + mean
        found = target_values(dict(zip(names, y, strict=True)))
        return {name.replace(".", "_"): float(value) for name, value in found.items()}

    model = Model("plan", function=values)
    model.uncertainties = [RealParameter(f"e{n}", -4, 4) for n in range(len(names))]
    model.outcomes = [ScalarOutcome(name.replace(".", "_")) for name in out.plan.targets["name"]]
    start = time.perf_counter()
    perform_experiments(model, experiments, log_progress=True)
    return time.perf_counter() - start


def main() -> None:
    starting_light()
    starting_up()
    model = pm.build_model(pm.load_plan("jiangbei"), as_of=2023)
    out = model.run("baseline")
    running_again(model)
    breaking(model)
    what_matters(model, out)
    what_it_takes(out)
    drawing(out)
    seven_of_thirteen(out)
    memory()


if __name__ == "__main__":
    main()

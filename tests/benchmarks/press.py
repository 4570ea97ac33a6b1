"""Print how fast and how safe the press is, each figure beside its target, with its peers measured in the same run.

Run it alone: `python tests/benchmarks/press.py` (half an hour; `--faults 20` and `--reports 16` for less).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import test_press
from test_press import NAMES, Room, append, build_room, running

from planmodel.base.files import shipped
from planmodel.batch.warmth import PAGES
from planmodel.forks.client import shared_server

BIN = Path(sys.executable).parent
GRID = ["city_credit=4:10:{}", "national_premium=-5:5:6"]

# Runs of the peer that are measured; its time for all is scaled from them.
SAMPLE = 4


def line(what: str, figure: float, limit: float, unit: str = "", least: bool = False) -> None:
    """Print one figure with its limit, and whether it keeps it."""
    kept = figure >= limit if least else figure <= limit
    word = "at least" if least else "at most"
    print(
        f"{what:<84} {figure:>8.3g}{unit:<6} {word} {limit:g}{unit}: {'pass' if kept else 'over'}", flush=True
    )


def timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def command(*arguments: str) -> None:
    subprocess.run([str(BIN / arguments[0]), *arguments[1:]], check=True, capture_output=True)


def papermill(folder: Path, number: int, *options: str) -> None:
    """Make a notebook as one would without us: the command, one process a report."""
    source, target = shipped("notebooks", "report.ipynb"), folder / f"peer{number}.ipynb"
    scenario = ("-p", "scenario", "credit_squeeze", "-p", "seed", str(number))
    command("papermill", "--no-progress-bar", *options, str(source), str(target), *scenario)


def reports(folder: Path, number: int) -> None:
    """Compare reports a minute."""
    grid = [text.format(number // 6) for text in GRID]
    print(
        f"{number} reports of the notebook that ships (ours with page, workbook, tables and manifest; peers without)"
    )
    loop = timed(lambda: [papermill(folder, n) for n in range(SAMPLE)]) / SAMPLE
    with ThreadPoolExecutor(2) as pool:
        two = timed(lambda: list(pool.map(lambda n: papermill(folder, n), range(2 * SAMPLE)))) / (2 * SAMPLE)
    ours = (
        timed(lambda: command("planmodel", "report", "--grid", *grid, "--out", str(folder / "reports")))
        / number
    )
    again = timed(lambda: command("planmodel", "report", "--grid", *grid, "--out", str(folder / "reports")))
    alone = timed(lambda: notebooks_alone(folder, number)) / number
    for what, seconds in (
        (f"loop of the papermill command (measured on {SAMPLE}, scaled)", loop),
        (f"papermill command in 2 processes (measured on {2 * SAMPLE}, scaled)", two),
        ("planmodel report", ours),
        ("notebooks alone, by our engine in 2 workers", alone),
    ):
        print(f"  {what}: {60 / seconds:.1f} reports a minute", flush=True)
    line("planmodel report / loop of the papermill command", loop / ours, 12, " times", least=True)
    line("planmodel report / papermill command in 2 processes", two / ours, 5, " times", least=True)
    line("notebooks alone / loop of the papermill command", loop / alone, 12, " times", least=True)
    line("notebooks alone / papermill command in 2 processes", two / alone, 5, " times", least=True)
    line("the same command again, with nothing to make", again, 5, " s")


def notebooks_alone(folder: Path, number: int) -> None:
    """Make notebooks by our engine and nothing else: the peers' own work."""
    code = (
        "import sys; from pathlib import Path; from planmodel.batch.executors import executor\n"
        "from engine_run import run_one\n"
        "with executor(2) as pool:\n"
        "    jobs = [pool.submit(run_one, sys.argv[1], n) for n in range(int(sys.argv[2]))]\n"
        "    [job.result() for job in jobs]"
    )
    (folder / "engine_run.py").write_text(
        "def run_one(folder, n):\n"
        "    import papermill\n"
        "    from planmodel.base.files import shipped\n"
        "    papermill.execute_notebook(str(shipped('notebooks', 'report.ipynb')), f'{folder}/ours{n}.ipynb',\n"
        "        {'scenario': 'credit_squeeze', 'seed': n}, engine_name='planmodel', kernel_name='python3',\n"
        "        progress_bar=False, request_save_on_cell_execute=False)\n",
        encoding="utf-8",
    )
    environment = os.environ | {"PYTHONPATH": str(folder)}
    subprocess.run(
        [sys.executable, "-c", code, str(folder), str(number)],
        check=True,
        capture_output=True,
        env=environment,
    )


def sweeps(folder: Path) -> None:
    """Time sweeps of growing size, and watch their memory."""
    print(
        "sweeps: 13 targets, joint odds to 5% where they exceed 0.1%, plausibility; start of the command included"
    )
    small, large = (swept(folder, scenarios) for scenarios in (1000, 4000))
    line("1,000 scenarios swept", small[0], 20, " s")
    line("4,000 scenarios / 1,000 scenarios, time", large[0] / small[0], 4, " times")
    line(
        "4,000 scenarios / 1,000 scenarios, peak memory of all processes", large[1] / small[1], 1.1, " times"
    )
    check_sweep(folder / "sweep4000.parquet")


def swept(folder: Path, scenarios: int) -> tuple[float, int]:
    """Return the time of a sweep and its peak memory."""
    grid = [f"city_credit=4:10:{scenarios // 25}", "national_premium=-5:5:25"]
    out = str(folder / f"sweep{scenarios}.parquet")
    with watched_memory() as peak:
        seconds = timed(lambda: command("planmodel", "sweep", "--grid", *grid, "--out", out))
    return seconds, max(peak)


def check_sweep(path: Path) -> None:
    import pandas as pd

    table = pd.read_parquet(path)
    for event in ("all", "at_least", "indicators_all"):
        likely, error = table[event], table[f"{event}_standard_error"]
        above = likely > 0.001
        if above.any():
            line(
                f"largest relative standard error of {event} above 0.1%", (error / likely)[above].max(), 0.05
            )
    rare = table.loc[table["all"] <= 0.001, "all_upper"]
    print(
        f"  {len(rare)} of {len(table)} scenarios reach all targets with at most 0.1%; each has an upper bound"
    )


@contextlib.contextmanager
def watched_memory() -> Iterator[list[int]]:
    """Sum the proportional memory (MB) of our descendants every quarter of a second."""
    peak, left = [0], threading.Event()

    def watch() -> None:
        while not left.wait(0.25):
            peak.append(sum(map(memory, descendants(os.getpid()))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        left.set()
        watcher.join()


def memory(pid: int) -> int:
    try:
        for row in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if row.startswith("Pss:"):
                return int(row.split()[1]) // 1024
    except OSError:
        pass
    return 0


def descendants(pid: int) -> Iterator[int]:
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
            yield int(child)
            yield from descendants(int(child))


# ---- faults ---------------------------------------------------------------------------------------------------


def kill_command(room: Room, chance: random.Random) -> None:
    """Kill the command itself, at any moment."""
    process = room.start()
    time.sleep(chance.uniform(0.2, 8))
    process.send_signal(chance.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT]))
    process.wait()


def kill_forks(room: Room, chance: random.Random) -> None:
    """Kill any of the server's forks, workers and kernels, at a random moment."""
    left = threading.Event()

    def kill() -> None:
        left.wait(chance.uniform(0.1, 2.5))
        forks = list(descendants(shared_server(PAGES).pid or 0))
        if forks and not left.is_set():
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(forks), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    room.run()
    left.set()
    killer.join()


def kill_server(room: Room, chance: random.Random) -> None:
    """Kill the fork server at a random moment."""
    pid = shared_server(PAGES).pid or 0
    timer = threading.Timer(chance.uniform(0.1, 2.5), lambda: running(pid) and os.kill(pid, signal.SIGKILL))
    timer.start()
    room.run()
    timer.cancel()
    timer.join()


def poison(room: Room, chance: random.Random) -> None:
    """One scenario fails: by an error, an exit, a crash."""
    room.break_(chance.choice(NAMES), chance.choice(list(test_press.BREAKS.values())[:4])[0])
    assert room.run() == 1


def hang(room: Room, chance: random.Random) -> None:
    """One cell hangs."""
    room.break_(chance.choice(NAMES), "time.sleep(600)")
    assert room.run("--time-limit", "2") == 1


def lose(room: Room, chance: random.Random) -> None:
    """Files of finished reports are lost, cut off or changed, and the journal is torn."""
    room.run()
    name = f"{chance.choice(NAMES)}.{chance.choice(test_press.ENDS)}"
    path = room.out / name
    chance.choice([path.unlink, lambda: os.truncate(path, 100), lambda: append(path, b"x")])()
    append(room.out / test_press.JOURNAL, b'{"name": "one", "inputs": "')


FAULTS = (kill_command, kill_forks, kill_forks, kill_server, poison, hang, lose, kill_forks)


def faults(number: int, seed: int) -> None:
    """Break runs in many ways; after the same command again every report must be whole and right."""
    chance = random.Random(seed)
    broken: dict[str, int] = {}
    for n, fault in zip(range(number), itertools.cycle(FAULTS), strict=False):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
            with contextlib.redirect_stdout(io.StringIO()):
                room = build_room(Path(folder))
                fault(room, chance)
                room.mend()
                status = room.run()
            try:
                assert status == 0, f"exit status {status}"
                room.check()
            except AssertionError as error:
                broken[f"{n} {fault.__name__}"] = 1
                print(f"  fault {n}, {fault.__name__}: {error}", flush=True)
    line(f"{number} faults (seed {seed}): reports not whole after the next run", len(broken), 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=48)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        reports(Path(folder), options.reports)
        sweeps(Path(folder))
    faults(options.faults, options.seed)


if __name__ == "__main__":
    main()

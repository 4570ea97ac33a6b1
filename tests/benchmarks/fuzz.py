"""Break plans, scenarios and observations at random; run `python tests/benchmarks/fuzz.py`.

Each case changes the files of a plan, the one that ships or the one that `planmodel new` writes: bytes, cells,
rows and columns of tables, keys, values and types of YAML. Then it goes the whole way: plan, audit, evidence,
observations, scenario, model, outlook, odds, words. Only InputError may come out, within two seconds; a warning
of a library counts as an error, and so does a probability that is none.

A case follows from its seed and number alone: `--seed 1 --only 4711` runs one again and shows its traceback,
`--keep FOLDER` leaves its files there.
"""

from __future__ import annotations

import argparse
import csv
import faulthandler
import io
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import planmodel as pm
from planmodel.base.files import PACKAGE, shipped
from planmodel.plan.template import new_plan
from planmodel.show.charts.figures import figure_points
from planmodel.show.words.outlook import summary

CASES = 10_000
SECONDS = 2.0
DRAWS = 500
STAGES = (
    "load_plan",
    "audit",
    "load_evidence",
    "load_observations",
    "load_scenario",
    "build_model",
    "run",
    "reach",
    "words",
)
# What the template leaves out, so that these files are broken there as well.
TEMPLATE_EXTRAS = {
    "observations.csv": """\
variable,area,year,value,unit,bound,sd,comparable,grade,source,note
gdp,whole,2026,1050,亿元,exact,,yes,A,bureau,
finance,core,2027,66,亿元,about,1,yes,B,bureau,
finance_share,whole,2027,10.4,%,about,0.1,yes,B,bureau,
finance,whole,2028,105,亿元,at_least,,yes,B,bureau,
""",
    "effects.csv": """\
measure,variable,effect,sd,years_to_full,cost,basis,source
lend_more,finance.whole,0.5,0.5,2,1,assumption,example
""",
    "measures.csv": """\
measure,kind,system,number,name_zh,name_en,variables,locator
lend_more,measure,,1,扩大信贷,Lend more,finance.whole,example
""",
    "scenarios/story.yaml": """\
title: {zh: 测试, en: Test}
severity: mild
shocks:
  - {variable: finance, year: 2029, size: -3, unit: pp, persistence: 0.5}
measures: {lend_more: 0.5}
""",
}
# Where most cases fall: deep files would otherwise hide behind a plan that is refused.
WEIGHTS = {"plan.yaml": 5, "targets.csv": 5, "observations.csv": 5, "equations.csv": 4, "facts.csv": 3}
OTHER_WEIGHT = 2
SCENARIO_WEIGHT = 6  # of all scenario files together

CELLS = (
    *("", " ", "0", "-0", "1", "-1", "2", "100", "-100", "99.999999", "1e-9", "1e-300", "1e300", "1e309", "nan"),
    *("-inf", "0x10", "1_000", "1,000", "٣", "五", "%", "元", "亿元", "万人", "index", "yes", "no", "exact"),
    *("level", "count", "ratio", "growth", "multiple", "share", "increase", "base", "reference", "independent"),
    *("2020", "2021", "2025", "1900", "2200", "2020.0", "=1+1", "a.b", "on:margin", "on:", '"', "\n", "x" * 500),
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 5, 50, 2019, 2020, 2025, 2026, 10**30, 0.5, -0.0, 1e300, float("nan")),
    *(float("inf"), "", " ", "x", "baseline", "independent", "severe", "zh", "五", "a.b", "%", "亿元", "x" * 500),
    *([], {}, [None], [[]], {"zh": "名", "en": "name"}, {"zh": None}, {1: 2}, [{"variable": 1}], {"sd": 0.1}),
)  # fmt: skip
KEYS: tuple[Any, ...] = (
    *("zh", "en", "unit", "sd", "base", "area", "numerator", "denominator", "denominator_area", "part_of"),
    *("series", "status", "id", "drivers", "figures", "systems", "quantities", "x", "", "a.b", 1, 2024, -1, True),
)  # fmt: skip


class Hang(BaseException):
    """Raised by the alarm; no `except Exception` may swallow it."""


@dataclass(frozen=True)
class World:
    """A plan folder as it stands before anything is broken."""

    name: str
    folder: Path
    files: dict[str, bytes]

    def restore(self, changed: Sequence[str]) -> None:
        for file in changed:
            (self.folder / file).write_bytes(self.files[file])


@dataclass(frozen=True)
class Outcome:
    """What became of a case: `refused`, `ran`, `traceback` or `hang`; where, and how it was broken."""

    number: int
    kind: str
    stage: str
    place: str
    edits: tuple[str, ...]
    text: str = ""


def make_worlds(folder: Path) -> tuple[World, World]:
    """Write the plan that ships, its data beside it, and the template."""
    ours, template = folder / "ours", folder / "template"
    shutil.copytree(shipped("seeds", "jiangbei"), ours)
    for name in ("equations.csv", "effects.csv", "observations.csv"):
        shutil.copy(shipped("data", name), ours / name)
    (ours / "scenarios").mkdir()
    for path in shipped("data", "scenarios").glob("*.yaml"):
        shutil.copy(path, ours / "scenarios" / path.name)
    new_plan(template)
    for name, text in TEMPLATE_EXTRAS.items():
        (template / name).write_text(text, encoding="utf-8")
    return _read("ours", ours), _read("template", template)


def _read(name: str, folder: Path) -> World:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return World(name, folder, {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths})


def break_bytes(data: bytes, rng: random.Random) -> tuple[bytes, str]:
    start = rng.randrange(len(data) + 1)
    end = min(len(data), start + rng.choice((1, 1, 2, 10, 200)))
    noise = bytes(
        rng.choice((rng.randrange(256), rng.choice(b',:"{}[]\n -0%&*'))) for _ in range(end - start)
    )
    edits = {
        "overwritten": data[:start] + noise + data[end:],
        "left out": data[:start] + data[end:],
        "inserted": data[:start] + noise + data[start:],
        "twice": data[:end] + data[start:],
        "cut off": data[:start],
        "marked": b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n"),
    }
    how = rng.choice(list(edits))
    return edits[how], f"bytes {start}-{end} {how}"


def scaled(text: str, rng: random.Random) -> str:
    """A number near or far from the one that stands here; anything else is left."""
    try:
        number = float(text)
    except ValueError:
        return rng.choice(CELLS)
    return f"{number * rng.choice((-1, 0, 0.001, 0.5, 0.99, 1.01, 2, 10, 1000, 1e15)):.10g}"


def break_table(data: bytes, rng: random.Random) -> tuple[bytes, str]:
    rows = list(csv.reader(io.StringIO(data.decode("utf-8"))))
    how = rng.choice(("cell",) * 6 + ("row", "row", "column"))
    row, column = rng.randrange(len(rows)), rng.randrange(len(rows[0]))
    if how == "cell":
        row = rng.randrange(min(1, len(rows) - 1), len(rows))
        other = rows[rng.randrange(len(rows))]
        column = min(column, len(rows[row]) - 1)
        cell = rows[row][column]
        same = other[min(column, len(other) - 1)]
        rows[row][column] = rng.choice((rng.choice(CELLS), same, same, scaled(cell, rng), rng.choice(other)))
        how = f"cell ({row + 1}, {rows[0][column]}) {cell[:20]!r} -> {rows[row][column][:20]!r}"
    elif how == "row":
        how = rng.choice(("out", "twice", "moved", "short", "long", "alone")) + f" row {row + 1}"
        rows = _rows_broken(rows, row, how.split()[0], rng)
    else:
        how = rng.choice(("out", "twice", "named", "swapped")) + f" column {rows[0][column]}"
        rows = _columns_broken(rows, column, how.split()[0], rng)
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue().encode(), how


def _rows_broken(rows: list[list[str]], n: int, how: str, rng: random.Random) -> list[list[str]]:
    others = rows[:n] + rows[n + 1 :]
    if how == "twice":
        return [*rows[:n], rows[n], *rows[n:]]
    if how == "moved":
        return [rows[0], *rng.sample(rows[1:], len(rows) - 1)]
    if how == "short":
        return [*rows[:n], rows[n][:-1], *rows[n + 1 :]]
    if how == "long":
        return [*rows[:n], [*rows[n], "x"], *rows[n + 1 :]]
    return [rows[0], rows[n]] if how == "alone" else others


def _columns_broken(rows: list[list[str]], n: int, how: str, rng: random.Random) -> list[list[str]]:
    other = rng.randrange(len(rows[0]))
    result = []
    for number, row in enumerate(rows):
        cells = list(row) + [""] * (len(rows[0]) - len(row))
        if how == "out":
            del cells[n]
        elif how == "twice":
            cells.insert(n, cells[n])
        elif how == "named" and number == 0:
            cells[n] = rng.choice(CELLS)
        elif how == "swapped" and number > 0:
            cells[n], cells[other] = cells[other], cells[n]
        result.append(cells)
    return result


def nodes(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every mapping or list of a document, with each of its keys."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from nodes(value[key])


def break_yaml(data: bytes, rng: random.Random) -> tuple[bytes, str]:
    document = yaml.safe_load(data)
    places = list(nodes(document))
    if not places:
        return data, "nothing"
    holder, key = rng.choice(places)
    before, how = (
        repr(holder[key])[:30],
        rng.choice(("value", "value", "number", "key", "out", "added", "top")),
    )
    if how in ("value", "number"):
        number = holder[key]
        scale = rng.choice((-1, 0, 0.5, 2, 10, 1e6))
        numeric = how == "number" and isinstance(number, int | float)
        holder[key] = number * scale if numeric else rng.choice(VALUES)
        return _dump(document), f"{key!r}: {before} -> {repr(holder[key])[:30]}"
    if how == "out":
        del holder[key]
    elif how == "key" and isinstance(holder, dict):
        holder[rng.choice(KEYS)] = holder.pop(key)
    elif how == "top":
        document[rng.choice(list(document) + list(KEYS))] = rng.choice(VALUES)
    elif isinstance(holder, dict):
        holder[rng.choice(KEYS)] = rng.choice(VALUES)
    else:
        holder.append(rng.choice((*VALUES, holder[key])))
    return _dump(document), f"{how} at {key!r}: {before}"


class _Plain(yaml.SafeDumper):
    """Values written out, where one stands twice."""

    def ignore_aliases(self, _: Any) -> bool:
        return True


def _dump(document: Any) -> bytes:
    text: str = yaml.dump(document, Dumper=_Plain, allow_unicode=True, sort_keys=False)
    return text.encode()


def break_file(data: bytes, file: str, rng: random.Random) -> tuple[bytes, str]:
    if rng.random() < 0.2:
        return break_bytes(data, rng)
    try:
        return break_yaml(data, rng) if file.endswith(".yaml") else break_table(data, rng)
    except (yaml.YAMLError, csv.Error, UnicodeDecodeError, IndexError, ValueError, TypeError):
        return break_bytes(data, rng)  # broken already


def broken(world: World, rng: random.Random) -> tuple[dict[str, bytes], str, tuple[str, ...]]:
    """Return the files of a case that differ, its scenario, and what was done, in words."""
    stories = [file for file in world.files if file.startswith("scenarios/")]
    story = rng.choice(stories)
    files = [file for file in world.files if file not in stories] + [story]
    weights = [SCENARIO_WEIGHT if file == story else WEIGHTS.get(file, OTHER_WEIGHT) for file in files]
    changed: dict[str, bytes] = {}
    edits = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        file = rng.choices(files, weights)[0]
        changed[file], how = break_file(changed.get(file, world.files[file]), file, rng)
        edits.append(f"{world.name}/{file}: {how}")
    return changed, Path(story).stem, tuple(edits)


def go(folder: Path, story: str, at: Callable[[str], None]) -> None:
    """Everything from the files to the words; `at` hears of each stage."""
    at("load_plan")
    plan = pm.load_plan(folder)
    at("audit")
    pm.audit(plan)
    figure_points(plan)
    at("load_evidence")
    evidence = pm.load_evidence(plan)
    at("load_observations")
    observations = pm.load_observations(plan)
    at("load_scenario")
    scenario = pm.load_scenario(story, plan)
    at("build_model")
    model = pm.build_model(plan, evidence=evidence, observations=observations)
    at("run")
    out = model.run(scenario)
    at("reach")
    odds = pm.reach(out).set_index("target")["probability"]
    modelled = odds[[quantity.name for quantity in model.goals.quantities]]
    assert modelled.between(0, 1).all(), f"probabilities {modelled.tolist()}"
    at("words")
    for lang in ("zh", "en"):
        summary(out, lang, draws=DRAWS)


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raise Hang when the time is over; where not even that gets through, end the process and say where."""

    def ring(*_: object) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, ring)
    faulthandler.dump_traceback_later(30 * seconds, exit=True, file=sys.__stderr__)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGALRM, before)


def place_of(error: BaseException) -> str:
    """The last line of ours that the error went through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(PACKAGE)] or frames[-1:]
    file = Path(ours[-1].filename)
    return f"{file.name}:{ours[-1].lineno} {ours[-1].name}"


def run_case(worlds: Sequence[World], seed: int, number: int, again: bool = False) -> Outcome:
    rng = random.Random(f"{seed}:{number}")
    world = rng.choice(worlds)
    changed, story, edits = broken(world, rng)
    stage = [""]
    for file, data in changed.items():
        (world.folder / file).write_bytes(data)
    try:
        with alarm(SECONDS), warnings.catch_warnings():
            warnings.simplefilter("error")
            go(world.folder, story, stage.append)
        return Outcome(number, "ran", "words", "", edits)
    except pm.InputError as error:
        return Outcome(number, "refused", stage[-1], "", edits, str(error))
    except Hang as error:
        if not again:  # a busy machine is no hang: twice is
            return run_case(worlds, seed, number, again=True)
        place = f"Hang at {place_of(error)}"
        return Outcome(number, "hang", stage[-1], place, edits, traceback.format_exc())
    except Exception as error:  # noqa: BLE001 - to find any is what this is for
        place = f"{type(error).__name__} at {place_of(error)}"
        return Outcome(number, "traceback", stage[-1], place, edits, traceback.format_exc())
    finally:
        world.restore(list(changed))


def warm(worlds: Sequence[World]) -> None:
    """Go once with nothing broken: what is imported late is not on a case's clock."""
    for world in worlds:
        go(world.folder, "baseline", lambda _: None)


def run_cases(seed: int, numbers: Sequence[int]) -> list[Outcome]:
    """Run cases, all in one place of their own."""
    with tempfile.TemporaryDirectory() as made:
        worlds = make_worlds(Path(made))
        warm(worlds)
        return [run_case(worlds, seed, number) for number in numbers]


def keep(seed: int, number: int, folder: Path) -> None:
    """Leave the files of a case in a folder."""
    with tempfile.TemporaryDirectory() as made:
        rng = random.Random(f"{seed}:{number}")
        world = rng.choice(make_worlds(Path(made)))
        for file, data in broken(world, rng)[0].items():
            (world.folder / file).write_bytes(data)
        shutil.copytree(world.folder, folder)


def report(outcomes: Sequence[Outcome], seed: int, seconds: float) -> int:
    """Print counts by outcome, and each kind of failure with the seed that shows it; return how many failed."""
    counts = Counter((outcome.kind, outcome.stage) for outcome in outcomes)
    print(f"{len(outcomes):,} cases of seed {seed} in {seconds:.0f} s")
    for (kind, stage), count in sorted(counts.items(), key=lambda entry: STAGES.index(entry[0][1])):
        print(f"  {kind:<9} {stage:<18} {count:>6,}")
    failed = [outcome for outcome in outcomes if outcome.kind in ("traceback", "hang")]
    for place, count in Counter(outcome.place for outcome in failed).most_common():
        first = next(outcome for outcome in failed if outcome.place == place)
        print(f"{count:>5} x {place}, in {first.stage}: --seed {seed} --only {first.number}")
        print(f"        {'; '.join(first.edits)}")
    print(f"{len(failed)} tracebacks and hangs")
    return len(failed)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--only", type=int, help="the number of one case, to see its traceback")
    parser.add_argument("--keep", type=Path, help="where the files of that case are to be left")
    options = parser.parse_args()
    numbers = range(options.cases) if options.only is None else [options.only]
    if options.keep and options.only is not None:
        keep(options.seed, options.only, options.keep)
    start = time.perf_counter()
    outcomes = run_cases(options.seed, numbers)
    if options.only is not None:
        print(*outcomes[0].edits, outcomes[0].text, sep="\n")
    return 1 if report(outcomes, options.seed, time.perf_counter() - start) else 0


if __name__ == "__main__":
    sys.exit(main())

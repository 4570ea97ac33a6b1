"""The golden tables: every figure and sentence of the shipped scenarios, kept so that a restructuring can prove itself.

`python tests/golden_tables.py` makes them again and lists every difference; `--write` stores them anew, which is
right only after a change that is meant to move figures or words. Three tables lie in `tests/golden`, gzipped CSV:

- `long`: the rows of each scenario's long table, as of 2020 and 2023;
- `workbook`: each cell of its workbook, in both languages;
- `answers`: each cell of what the questions return, with their sentences in both languages.

Numbers are stored to the last bit. Two numbers agree within a relative tolerance (below one in absolute value: an
absolute one, since slack and distances come close to nought); texts, codes, order and seeded draws agree exactly.
"""

from __future__ import annotations

import argparse
import gzip
import io
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from openpyxl import load_workbook

import planmodel as pm
from planmodel.base.messages import WHOLE
from planmodel.model.model import Model
from planmodel.model.outlook import Outlook
from planmodel.report.report import Report
from planmodel.report.workbook import long_table, write_workbook
from planmodel.show.words.outlook import scenario_words, summary
from planmodel.show.words.track import track_words

FOLDER = Path(__file__).parent / "golden"
YEARS = (2020, 2023)
DRAWS, SEED = 20_000, 0
# Closed forms agree this closely on one machine; another processor adds up in another order.
STRICT, ELSEWHERE = 1e-12, 1e-7
SHOWN = 20

Row = tuple[str, ...]


def _text(value: object) -> str:
    """Return a cell as text: a float to its last bit, a missing one as nothing."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    return repr(float(value)) if isinstance(value, float) else str(value)


def cells(frame: pd.DataFrame, *where: str) -> Iterator[Row]:
    """Return every cell of a table: where it is from, row, column, value."""
    for name in frame.columns:
        for n, value in enumerate(frame[name].tolist()):
            yield (*where, str(n), str(name), _text(value))


def sentences(texts: Iterable[str], *where: str) -> Iterator[Row]:
    """Return sentences as cells."""
    for n, text in enumerate(texts):
        yield (*where, str(n), "words", text)


def long_rows(models: dict[int, Model]) -> Iterator[Row]:
    """Return the long tables of every scenario."""
    for year, model in models.items():
        for name in pm.scenario_names(model.plan):
            table = long_table(Report(model, model.run(name), DRAWS, SEED, "zh"))
            for row in table.drop(columns="model").itertuples(index=False):
                yield (str(year), *map(_text, row))


def workbook_rows(models: dict[int, Model]) -> Iterator[Row]:
    """Return every cell of every scenario's workbook, as Excel would read it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "report.xlsx"
        for year, model in models.items():
            for name in pm.scenario_names(model.plan):
                outlook = model.run(name)
                for lang in WHOLE:
                    write_workbook(Report(model, outlook, DRAWS, SEED, lang), path)
                    for sheet in load_workbook(path).worksheets:
                        for line in sheet.iter_rows():
                            for cell in line:
                                yield (str(year), name, lang, sheet.title, cell.coordinate, _text(cell.value))


# What is asked of each scenario: a table of codes and figures.
QUESTIONS: dict[str, Callable[[Outlook], pd.DataFrame]] = {
    "reach": lambda out: pm.reach(out, DRAWS, SEED),
    "joint": lambda out: pm.joint(out, draws=DRAWS, seed=SEED),
    "counts": lambda out: pm.counts(out, DRAWS, SEED),
    "plausibility": pm.plausibility,
    "growth_needed": pm.growth_needed,
    "scoreboard": lambda out: pm.scoreboard(out, "median"),
    "class_odds": pm.class_odds,
    "milestones": pm.milestones,
    "revisions": pm.revisions,
    "cascade": lambda out: pm.cascade(out, "value_added"),
    "worst_case": lambda out: pm.worst_case(out, "assets.district", 1.5),
    "tornado": lambda out: pm.tornado(out, "value_added.district"),
    "variance_shares": lambda out: pm.variance_shares(out, "value_added_share.district"),
    "shapley": lambda out: pm.shapley(out, "assets.core"),
    "driver_paths": lambda out: pd.DataFrame(pm.driver_paths(out, ["assets.district", "premium.district"])),
    "seek": lambda out: pd.DataFrame(pm.seek(out, ["assets.district"], 0.6, seed=SEED)),
}


def answer_rows(models: dict[int, Model]) -> Iterator[Row]:
    """Return what every question says of every scenario."""
    for year, model in models.items():
        for name in pm.scenario_names(model.plan):
            outlook = model.run(name)
            for question, ask in QUESTIONS.items():
                yield from cells(ask(outlook), str(year), name, "", question)
            for lang in WHOLE:
                yield from _spoken(outlook, lang, str(year), name, lang)
        yield from cells(pm.severity_catalogue(model).table, str(year), "", "", "severity_catalogue")
    for name in pm.scenario_names(model.plan):
        earlier, later = (models[year].run(name) for year in YEARS)
        yield from cells(pm.news(earlier, later), str(YEARS[-1]), name, "", "news")


def _spoken(outlook: Outlook, lang: str, *where: str) -> Iterator[Row]:
    """Return the answers that hold sentences."""
    breaks, together = pm.breaks(outlook), pm.breaks_count(outlook, seed=SEED)
    yield from cells(breaks.assign(words=pm.words.break_words(outlook, breaks, lang)), *where, "breaks")
    yield from cells(
        together.assign(words=pm.words.count_words(together, lang)).astype(object), *where, "breaks_count"
    )
    yield from sentences(summary(outlook, lang, DRAWS, SEED), *where, "summary")
    yield from sentences([scenario_words(outlook, lang)], *where, "scenario")
    yield from sentences(track_words(outlook, pm.revisions(outlook), lang), *where, "track")


TABLES = {
    "long": (("as_of", "scenario", "region", "variable", "unit", "year", "value"), long_rows),
    "workbook": (("as_of", "scenario", "lang", "sheet", "cell", "value"), workbook_rows),
    "answers": (("as_of", "scenario", "lang", "question", "row", "column", "value"), answer_rows),
}


def models() -> dict[int, Model]:
    """Return the shipped plan's model as of each golden year."""
    plan = pm.load_plan("jiangbei")
    return {year: pm.build_model(plan, year) for year in YEARS}


def stored(name: str) -> list[Row]:
    """Return a stored table's rows."""
    with gzip.open(FOLDER / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    return list(frame.itertuples(index=False, name=None))


def write(name: str, rows: Iterable[Row]) -> None:
    """Store a table; the same rows give the same file."""
    text = io.StringIO()
    pd.DataFrame(rows, columns=list(TABLES[name][0])).to_csv(text, index=False, lineterminator="\n")
    (FOLDER / f"{name}.csv.gz").write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def differences(name: str, rows: Iterable[Row], tolerance: float) -> list[str]:
    """Return every difference between a stored table and the rows made now, in order."""
    found = []
    for old, new in zip_longest(stored(name), rows, fillvalue=("nothing",)):
        if old[:-1] != new[:-1] or not same(old[-1], new[-1], tolerance):
            found.append(f"{name}: {' '.join(old[:-1])}: {old[-1]} -> {' '.join(new[:-1])}: {new[-1]}")
    return found


def same(old: str, new: str, tolerance: float) -> bool:
    """Whether two cells agree: texts exactly, numbers within a tolerance (relative, absolute below one)."""
    if old == new:
        return True
    try:
        a, b = float(old), float(new)
    except ValueError:
        return False
    return abs(a - b) <= tolerance * max(1.0, abs(a), abs(b))


def main() -> int:
    """Compare, or write with `--write`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="store the tables anew")
    parser.add_argument("--tolerance", type=float, default=STRICT, help="of numbers (default: 1e-12)")
    options, count = parser.parse_args(), 0
    for name, (_, make) in TABLES.items():
        if options.write:
            write(name, make(models()))
            continue
        found = differences(name, make(models()), options.tolerance)
        print("\n".join(found[:SHOWN]))
        count += len(found)
    print("stored" if options.write else f"{count} differences")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())

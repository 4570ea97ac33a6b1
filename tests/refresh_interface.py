"""Store the public interface again, and the reference of result columns: `make interface` does it.

`tests/interface/signatures.txt` holds what `planmodel.__all__` names, and the classes that its functions return, as
Python without bodies; `tests/interface/columns.csv` holds every result's columns. What breaks somebody's code (a name,
parameter or column that is gone, or another than before) is stored only when `changelog.d` has a fragment that says
breaking or deprecated; what is only added needs none.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import griffe

import planmodel as pm
from planmodel.base.columns import KINDS, RESULTS, UNITS, ResultColumn, definition

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests" / "interface"
SIGNATURES, COLUMNS = FOLDER / "signatures.txt", FOLDER / "columns.csv"
REFERENCE = ROOT / "docs" / "columns.md"
FRAGMENTS = ROOT / "changelog.d"

INTRODUCTION = """# Columns of every result

Made by `make interface` from `planmodel/base/columns.py`, against which every result is tested.

A name in angle brackets stands for a column each. A dot means a part of an answer: `seek.targets` is
`pm.seek(…).targets`, and `breaks.path` is `pm.breaks(…).path(target)`. `progress` is a series of floats.
"""

# The classes that users call; the others come from functions.
BUILT = ("InputError", "Scenario", "Shock")


def signatures() -> str:
    """Return the public interface as Python without bodies."""
    package = griffe.load("planmodel", search_paths=[ROOT])
    public = {name: _target(package[name]) for name in pm.__all__}
    returned = {
        str(each.returns).rpartition(".")[2]: package.modules_collection[each.returns.canonical_path]
        for each in public.values()
        if each.is_function and str(getattr(each.returns, "canonical_path", "")).startswith("planmodel.")
    }
    chosen = sorted((returned | public).items())
    return "\n".join(line for name, each in chosen for line in _lines(name, each))


def _target(each: griffe.Object | griffe.Alias) -> griffe.Object:
    return each.final_target if isinstance(each, griffe.Alias) else each


def _lines(name: str, each: griffe.Object) -> Iterator[str]:
    if each.is_module or each.is_attribute:
        yield f"{name}: {each.kind.value}\n"
        return
    if not each.is_class:
        yield f"def {each.signature(name=name)}: ...\n"
        return
    yield f"class {name}:"
    public = [
        member
        for member in map(_target, each.all_members.values())
        if not member.name.startswith("_") or (member.name == "__init__" and name in BUILT)
    ]
    for member in public:
        yield from (f"    {line}" for line in _member(member))
    yield "" if public else "    ...\n"


def _member(member: griffe.Object) -> Iterator[str]:
    if not member.is_function:
        yield f"{member.name}: {member.annotation or 'Any'}"
        return
    for label in ("classmethod", "staticmethod"):
        if label in member.labels:
            yield f"@{label}"
    yield f"def {member.signature()}: ..."


def columns() -> str:
    """Return every result's columns as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["result", "column", "kind", "unit", "dtype"])
    for result, names in RESULTS.items():
        for name in names:
            column = definition(result, name)
            writer.writerow([result, name, column.kind, column.unit, column.dtype])
    return text.getvalue()


def broken(before: tuple[str, str], after: tuple[str, str]) -> list[str]:
    """Return what would break somebody's code between two interfaces, each (signatures, columns)."""
    old, new = (griffe.visit("planmodel", SIGNATURES, code) for code, _ in (before, after))
    found = [_told(change) for change in griffe.find_breaking_changes(old, new)]
    was, now = (_by_result(table) for _, table in (before, after))
    for result, rows in was.items():
        left = [row for row in now.get(result, []) if row in rows]
        found += [f"{result}: column {', '.join(row)}: gone or another" for row in rows if row not in left]
        if sorted(left) == sorted(rows) and left != rows:
            found.append(f"{result}: the order of its columns")
    return found


def _told(change: griffe.Breakage) -> str:
    what = change.new_value if change.old_value is None else change.old_value
    return f"{change.obj.path}: {change.kind.value.lower()}: {getattr(what, 'name', what)}"


def _by_result(table: str) -> dict[str, list[tuple[str, ...]]]:
    rows: dict[str, list[tuple[str, ...]]] = {}
    for result, *row in list(csv.reader(io.StringIO(table)))[1:]:
        rows.setdefault(result, []).append(tuple(row))
    return rows


def announced() -> bool:
    """Whether the changelog's fragments say that something breaks or is deprecated."""
    return any([*FRAGMENTS.glob("*.breaking*.md"), *FRAGMENTS.glob("*.deprecated*.md")])


def stored() -> tuple[str, str]:
    """Return the interface that is stored."""
    return SIGNATURES.read_text(encoding="utf-8"), COLUMNS.read_text(encoding="utf-8")


def two_meanings() -> dict[str, list[str]]:
    """Return the names whose kind or unit depends on the result: each with what it is where."""
    meant: dict[str, dict[tuple[str, str], list[str]]] = {}
    for result, names in RESULTS.items():
        for name in names:
            column = definition(result, name)
            meant.setdefault(name, {}).setdefault((column.kind, column.unit), []).append(result)
    return {
        name: [
            f"{kind}{f' ({unit})' if unit else ''} in {', '.join(where)}"
            for (kind, unit), where in of.items()
        ]
        for name, of in sorted(meant.items())
        if len(of) > 1
    }


def reference() -> str:
    """Return the reference of result columns as Markdown."""
    lines = [INTRODUCTION]
    lines += _table(("kind", "dtype", "may be missing as", "meaning"), ((k, *v) for k, v in KINDS.items()))
    lines += _table(("unit", "meaning"), ((unit or "(empty)", text) for unit, text in UNITS.items()))
    for result, names in RESULTS.items():
        rows = ((f"`{name}`", *_cells(definition(result, name))) for name in names)
        lines += [f"## {result}", "", *_table(("column", "kind", "unit", "meaning"), rows)]
    lines += ["## Names that mean two things", ""]
    lines += [f"- `{name}`: {'; '.join(where)}" for name, where in two_meanings().items()]
    return "\n".join(lines) + "\n"


def _cells(column: ResultColumn) -> tuple[str, str, str]:
    return f"{column.kind}, or missing" if column.optional else column.kind, column.unit, column.description


def _table(header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> list[str]:
    lines = [header, ("---",) * len(header), *rows]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""]


def main() -> int:
    """Store interface and reference, unless something breaks that the changelog does not tell."""
    now = signatures(), columns()
    found = broken(stored(), now) if SIGNATURES.is_file() else []
    if found and not announced():
        print(
            *found, "Nothing stored: changelog.d has no fragment that says breaking or deprecated.", sep="\n"
        )
        return 1
    FOLDER.mkdir(exist_ok=True)
    for path, text in ((SIGNATURES, now[0]), (COLUMNS, now[1]), (REFERENCE, reference())):
        path.write_text(text, encoding="utf-8", newline="\n")
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())

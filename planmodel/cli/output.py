"""What the command gives back: tables for readers, JSON for programs, CSV files that are whole or not there."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.tables import check_file
from planmodel.show.labels import table

if TYPE_CHECKING:
    from planmodel.model.outlook import Outlook
    from planmodel.plan.plan import Plan


def deliver(
    options: argparse.Namespace,
    plan: Plan,
    frame: pd.DataFrame,
    scenario: str = "",
    as_of: int | None = None,
    outlook: Outlook | None = None,
) -> bool:
    """Write CSV and JSON where asked for; return whether the table is still to be printed for a reader.

    A table that an outlook gave has that outlook's manifest beside it.
    """
    if options.csv:
        _write_csv(frame, options.csv)
        if outlook is not None:
            _write_record(options, outlook)
    if not options.json:
        return True
    rows = [{key: _plain(value) for key, value in row.items()} for row in rows_of(frame)]
    content = {"plan": plan.name, "scenario": scenario, "as_of": as_of, "seed": options.seed, "rows": rows}
    print(json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False))
    return False


def _write_record(options: argparse.Namespace, outlook: Outlook) -> None:
    from planmodel.questions.odds.odds import DRAWS
    from planmodel.questions.record.manifest import manifest, manifest_path, write_manifest

    record = manifest(outlook, DRAWS, options.seed, options.lang)
    write_manifest(record, manifest_path(options.csv))


def _plain(value: Any) -> Any:
    """Return a value that JSON can hold; a missing number is null."""
    value = value.item() if hasattr(value, "item") else value
    missing = value is None or (isinstance(value, float) and not math.isfinite(value)) or str(value) == "<NA>"
    return None if missing else value


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table whole or not at all."""
    check_file(path, "--csv")
    temporary = path.with_name(f".{path.name}.part")
    try:
        frame.to_csv(temporary, index=False, lineterminator="\n")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def print_table(frame: pd.DataFrame, lang: str, heads: Mapping[str, str] | None = None) -> None:
    """Print a table for a reader, with labels in a language.

    `heads` gives column heads beyond the shared labels.
    """
    print_texts(table(frame, lang, heads))


def print_texts(frame: pd.DataFrame) -> None:
    """Print a table of texts in aligned columns; Chinese characters are two columns wide."""
    with pd.option_context(
        "display.unicode.east_asian_width", True, "display.width", None, "display.max_columns", None
    ):
        print(frame.to_string(index=False, max_colwidth=110))

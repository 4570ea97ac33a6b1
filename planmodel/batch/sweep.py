"""Thousands of scenarios without notebooks: a table with a row each, written as it is made."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from planmodel.base.extras import need
from planmodel.base.problems import InputError, Problem, phrase
from planmodel.base.tables import check_file
from planmodel.batch.executors import cores, executor
from planmodel.batch.sweep_rows import Part, Study, sweep_part
from planmodel.batch.warmth import TABLES

# Scenarios a part: long enough to be worth sending, short enough for all workers to end together.
PART = 25


class Writer(Protocol):
    """Writes a table part by part."""

    def write(self, frame: pd.DataFrame) -> None:
        """Add rows."""

    def close(self) -> None:
        """Finish the file."""


class CsvWriter:
    """Writes a table as CSV."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("w", encoding="utf-8", newline="")
        self._head = True

    def write(self, frame: pd.DataFrame) -> None:
        """Add rows."""
        frame.to_csv(self._stream, index=False, header=self._head, lineterminator="\n")
        self._head = False

    def close(self) -> None:
        """Finish the file."""
        self._stream.close()


class ParquetWriter:
    """Writes a table as Parquet, a row group a part, with what it was made from in the file's metadata."""

    def __init__(self, path: Path, about: dict[str, Any]) -> None:
        self._path, self._about = path, json.dumps(about)
        self._writer: Any = None

    def write(self, frame: pd.DataFrame) -> None:
        """Add rows."""
        import pyarrow as pa
        from pyarrow.parquet import ParquetWriter as Parquet

        table = pa.Table.from_pandas(frame, preserve_index=False)
        if self._writer is None:
            metadata = {**(table.schema.metadata or {}), b"planmodel": self._about.encode()}
            self._schema = table.schema.with_metadata(metadata)
            self._writer = Parquet(self._path, self._schema)
        self._writer.write_table(table.cast(self._schema))

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None and self._writer.is_open:
            self._writer.close()


def sweep(
    study: Study,
    total: int,
    path: Path,
    workers: int | None = None,
    cluster: str | None = None,
    progress: bool = True,
) -> None:
    """Write a table with one row a scenario, in the study's order, whole or not at all.

    Columns: scenario, title, severity; DRIVER_growth (% a year, of a grid); the probability of each target, under
    its name (closed form); expected (number of targets reached); and for the joint events `all`, `at_least` (of `k`
    targets) and `indicators_all` the probability, its standard_error (at most 5 % of it where it exceeds 0.1 %), the
    upper 95 % bound (upper) and the number of draws; delta and q (see `plausibility`). Probabilities are 0 to 1.

    The same seed gives the same numbers, whatever the number of workers and wherever they are.

    Parameters
    ----------
    study : Study
    total : int
        Number of its scenarios.
    path : Path
        Of a file that ends in .parquet or .csv.
    workers, cluster : optional
        See `executor`.

    Raises
    ------
    InputError
        If the file cannot be written that way.
    """
    need("sweep", "tqdm")
    from tqdm import tqdm

    temporary = path.with_name(f".{path.name}.part")
    writer = _writer(path, temporary, study)
    try:
        with (
            executor(workers, cluster, TABLES) as pool,
            tqdm(total=total, unit="scenario", disable=not progress) as bar,
        ):
            for rows in _in_order(pool, study, total, 3 * (workers or cores())):
                writer.write(pd.DataFrame(rows))
                bar.update(len(rows))
        writer.close()
        temporary.replace(path)
    finally:
        writer.close()
        temporary.unlink(missing_ok=True)


def _in_order(pool: Executor, study: Study, total: int, ahead: int) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of each part in order; at most `ahead` parts are under way, so that memory stays flat."""
    parts = (Part(study, start, min(start + PART, total)) for start in range(0, total, PART))
    waiting: deque[Future[list[dict[str, Any]]]] = deque()
    for part in parts:
        waiting.append(pool.submit(sweep_part, part))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _writer(path: Path, temporary: Path, study: Study) -> Writer:
    check_file(path, "--out")
    if path.suffix == ".csv":
        return CsvWriter(temporary)
    if path.suffix != ".parquet":
        raise InputError([Problem("--out", "", str(path), phrase("expected.parquet_or_csv"))])
    try:
        import pyarrow as pa  # noqa: F401 (whether it is there)
    except ImportError:
        expected = phrase("expected.pyarrow_or_csv")
        raise InputError([Problem("--out", "", phrase("found.parquet_without_pyarrow"), expected)]) from None
    return ParquetWriter(temporary, {**vars(study), "names": list(study.names), "grid": list(study.grid)})

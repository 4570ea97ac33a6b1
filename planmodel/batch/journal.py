"""The journal of a folder of reports: what was made from which inputs, so that nothing is lost and nothing made twice.

A line of JSON is added, and forced to the disk, when a report stands in its place. A line that broke off when the
machine died says nothing and harms nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from planmodel.base.files import hash_file
from planmodel.base.formats import FIRST, NEWEST, refuse_newer
from planmodel.base.problems import InputError, Problem, phrase

try:
    import fcntl
except ImportError:  # pragma: no cover (Windows has no such locks)
    fcntl = None  # type: ignore[assignment]

NAME = "journal.jsonl"


@dataclass(frozen=True)
class Entry:
    """What became of one report.

    Attributes
    ----------
    name : str
        Of its files.
    inputs : str
        Hash of everything that it was made from.
    files : mapping of file name to hash
        What it consists of; empty if it failed.
    figures : mapping
        Its numbers for the index.
    message : str
        Why it failed.
    about : mapping
        What the index says of it: its scenario, heading, severity and subtitle, and `world`, which is the same for
        reports that can be compared: of one plan, with the same figures known, in one language.
    """

    name: str
    inputs: str
    files: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Whether the report was made."""
        return bool(self.files)


class Journal:
    """The journal of a folder, held by one process at a time.

    Use it as a context manager. A second process that would write to the same folder is refused.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stream: IO[bytes] | None = None

    def __enter__(self) -> Journal:
        stream = (self.folder / NAME).open("ab")
        if fcntl is not None:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                stream.close()
                expected = phrase("expected.folder_of_no_run")
                raise InputError([Problem("--out", "", str(self.folder), expected)]) from None
        self._stream = stream
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream:
            self._stream.close()

    def entries(self) -> dict[str, Entry]:
        """Return the last entry of each report; lines that are not whole are passed over.

        Raises
        ------
        InputError
            If a newer planmodel wrote a line.
        """
        found: dict[str, Entry] = {}
        path = self.folder / NAME
        for number, line in enumerate(path.read_bytes().splitlines(), start=1):
            values = _parsed(line)
            refuse_newer(values.pop("format", FIRST), str(path), phrase("place.journal_line", n=number))
            try:
                entry = Entry(**values)
            except TypeError:
                continue
            found[entry.name] = entry
        return found

    def current(self, entry: Entry | None, inputs: str) -> bool:
        """Whether a report stands in its place, whole, made from these inputs."""
        return entry is not None and entry.inputs == inputs and self.whole(entry)

    def whole(self, entry: Entry) -> bool:
        """Whether a report was made and each of its files is what it was then."""
        try:
            return entry.done and all(hash_file(self.folder / name) == it for name, it in entry.files.items())
        except OSError:
            return False

    def add(self, entry: Entry) -> None:
        """Write an entry and wait until the disk has it."""
        assert self._stream is not None
        text = json.dumps({"format": NEWEST} | asdict(entry)).encode()
        # A line end in front, too: the line before may have broken off.
        self._stream.write(b"\n" + text + b"\n")
        self._stream.flush()
        os.fsync(self._stream.fileno())


def _parsed(line: bytes) -> dict[str, Any]:
    """Return what a line of the journal says; nothing if it broke off."""
    try:
        values = json.loads(line)
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}

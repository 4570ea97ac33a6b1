"""The journal of a folder of reports: what it takes down comes back, and what is torn or changed is not believed."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

import planmodel as pm
from planmodel.batch import journal
from planmodel.batch.journal import NAME, Entry, Journal, hash_file

FIGURES = {"reach": 0.5, "counts": [1, 2]}


@pytest.fixture
def report(tmp_path: Path) -> Entry:
    """A report of two files, as its entry says."""
    for name, content in (("one.html", b"page"), ("one.csv", b"table")):
        (tmp_path / name).write_bytes(content)
    files = {name: hash_file(tmp_path / name) for name in ("one.html", "one.csv")}
    return Entry("one", "inputs", files, FIGURES, "", {"world": "w"})


def test_what_is_added_comes_back(tmp_path: Path, report: Entry) -> None:
    failed = Entry("two", "inputs", message="no such target")
    with Journal(tmp_path) as kept:
        kept.add(report)
        kept.add(failed)
        assert kept.entries() == {"one": report, "two": failed}
    assert Journal(tmp_path).entries() == {"one": report, "two": failed}


def test_the_last_entry_of_a_report_counts(tmp_path: Path, report: Entry) -> None:
    with Journal(tmp_path) as kept:
        kept.add(Entry("one", "older", message="failed"))
    with Journal(tmp_path) as kept:
        kept.add(report)
        assert list(kept.entries().values()) == [report]


@pytest.mark.parametrize(
    "torn", [b'{"name": "two", "inp', b"\xff\x00", b"[1]", b"3", b'{"name": "two"}', b'{"unheard": 1}']
)
def test_a_torn_line_says_nothing_and_harms_nothing(tmp_path: Path, report: Entry, torn: bytes) -> None:
    """It stands between whole entries, with no line end of its own: the machine died while it was written."""
    other = dataclasses.replace(report, name="three")
    with Journal(tmp_path) as kept:
        kept.add(report)
    (tmp_path / NAME).write_bytes((tmp_path / NAME).read_bytes() + torn)
    with Journal(tmp_path) as kept:
        kept.add(other)
        assert kept.entries() == {"one": report, "three": other}


def test_each_entry_is_one_line(tmp_path: Path, report: Entry) -> None:
    with Journal(tmp_path) as kept:
        kept.add(report)
        kept.add(dataclasses.replace(report, message="two\nlines"))
    lines = [line for line in (tmp_path / NAME).read_bytes().split(b"\n") if line]
    assert [json.loads(line)["message"] for line in lines] == ["", "two\nlines"]


def test_an_entry_waits_for_the_disk(tmp_path: Path, report: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is still in the process's own buffer when the disk is told to write would be lost with the machine."""
    seen: list[bytes] = []
    monkeypatch.setattr(journal.os, "fsync", lambda _: seen.append((tmp_path / NAME).read_bytes()))
    with Journal(tmp_path) as kept:
        kept.add(report)
    assert [json.loads(content)["name"] for content in seen] == ["one"]


def test_a_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    with Journal(tmp_path):
        with pytest.raises(pm.InputError) as refused, Journal(tmp_path):
            pass
        assert refused.value.problems[0].found == str(tmp_path)
        assert refused.value.__suppress_context__
    with Journal(tmp_path) as kept:
        assert kept.entries() == {}


def test_a_journal_that_was_never_opened_closes_quietly(tmp_path: Path) -> None:
    Journal(tmp_path).__exit__(None, None, None)
    assert not list(tmp_path.iterdir())


def test_a_report_is_whole_while_its_files_are_what_they_were(tmp_path: Path, report: Entry) -> None:
    kept = Journal(tmp_path)
    assert report.done
    assert kept.whole(report)
    (tmp_path / "one.csv").write_bytes(b"tables")
    assert not kept.whole(report)
    (tmp_path / "one.csv").unlink()
    assert not kept.whole(report)


def test_a_report_that_failed_is_not_whole(tmp_path: Path) -> None:
    failed = Entry("one", "inputs", message="no such target")
    assert not failed.done
    assert not Journal(tmp_path).whole(failed)


def test_a_report_is_current_if_it_is_whole_and_made_from_these_inputs(tmp_path: Path, report: Entry) -> None:
    kept = Journal(tmp_path)
    assert kept.current(report, "inputs") is True
    assert kept.current(report, "others") is False
    assert kept.current(None, "inputs") is False
    (tmp_path / "one.html").unlink()
    assert kept.current(report, "inputs") is False


def test_files_of_one_byte_s_difference_have_different_hashes(tmp_path: Path) -> None:
    """A hash is the first half of SHA-256 in hexadecimal: 32 digits."""
    (tmp_path / "a").write_bytes(b"")
    (tmp_path / "b").write_bytes(b"\0")
    assert hash_file(tmp_path / "a") == "e3b0c44298fc1c149afbf4c8996fb924"
    assert hash_file(tmp_path / "a") != hash_file(tmp_path / "b")


def test_an_entry_does_not_change(report: Entry) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.name = "two"  # type: ignore[misc]


def test_a_journal_of_either_format_is_read_and_a_newer_one_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / NAME
    with Journal(tmp_path) as kept:
        kept.add(Entry("two", "hash"))
        assert json.loads(path.read_bytes())["format"] == 2
        path.write_bytes(path.read_bytes() + b'{"name": "one", "inputs": "hash"}\n')
        assert set(kept.entries()) == {"one", "two"}
        path.write_bytes(path.read_bytes() + b'{"format": 3, "name": "three", "inputs": ["hash"]}\n')
        newer = "line 4, format: found 3, expected 1 or 2 (a newer planmodel wrote it"
        with pytest.raises(pm.InputError, match=re.escape(f"{path}, {newer}")):
            kept.entries()

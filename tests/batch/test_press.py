"""The press under faults: nothing lost, nothing half written, nothing made twice, and names that are only data.

Each test breaks a run in one way, by real signals where there are any, then runs the same command again: every
report is there then, whole and right.
"""

from __future__ import annotations

import contextlib
import csv
import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import markupsafe
import nbformat
import pytest
import yaml
from conftest import equations, write_plan
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from planmodel import cli
from planmodel.batch import index, journal
from planmodel.batch.file_names import safe_name
from planmodel.batch.journal import NAME as JOURNAL
from planmodel.batch.warmth import PAGES
from planmodel.forks import server as fork_server
from planmodel.forks.client import ForkServer, can_fork, shared_server
from planmodel.report import pdf

pytestmark = pytest.mark.skipif(not can_fork(), reason="faults are tried where kernels are forked")

NAMES = ["one", "two", "three"]
ENDS = ["csv", "html", "ipynb", "manifest.json", "xlsx"]

# What a scenario's notebook does; a file named after it says what goes wrong, once or always.
CELL = """
import os, signal, time
from pathlib import Path
fault = Path(faults) / Path(scenario).stem
what = fault.read_text() if fault.is_file() else ""
if what.startswith("once "):
    fault.unlink()
(Path(faults) / "begun").open("a").write(Path(scenario).stem + "\\n")
print("about to", what)
exec(what.removeprefix("once "))
print("done", scenario)
"""


@dataclass
class Room:
    """A plan, three scenarios, a notebook that can be told to fail, and a folder for reports."""

    folder: Path

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def arguments(self) -> list[str]:
        return [
            *("report", *NAMES, "--plan", str(self.folder / "plan"), "--out", str(self.out)),
            *("--notebook", str(self.folder / "report.ipynb"), "--draws", "1000", "--lang", "en", "-j", "2"),
        ]

    def run(self, *more: str) -> int:
        return cli.main([*self.arguments, *more])

    def start(self, **surroundings: str) -> subprocess.Popen[bytes]:
        """Run the command as a process of its own that answers to Ctrl-C.

        A suite that was started in the background (``make test &``) inherits that SIGINT is ignored.
        """
        code = (
            "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
            "from planmodel.cli import main; sys.exit(main())"
        )
        command = [sys.executable, "-c", code, *self.arguments]
        nothing, environment = subprocess.DEVNULL, os.environ | surroundings
        return subprocess.Popen(command, stdout=nothing, stderr=nothing, env=environment)

    def break_(self, name: str, code: str, *, once: bool = False) -> None:
        (self.folder / "faults" / name).write_text(("once " if once else "") + code)

    def mend(self) -> None:
        for name in NAMES:
            (self.folder / "faults" / name).unlink(missing_ok=True)

    def begun(self) -> list[str]:
        """The reports whose notebooks have begun, each time that they did."""
        path = self.folder / "faults" / "begun"
        return path.read_text().split() if path.is_file() else []

    def standing(self, name: str) -> bool:
        return all((self.out / f"{name}.{end}").is_file() for end in ENDS)

    def check(self) -> None:
        """Every report is whole and right, and nothing else lies about."""
        expected = {f"{name}.{end}" for name in NAMES for end in ENDS} | {"index.html", JOURNAL}
        assert {path.name for path in self.out.iterdir()} == expected
        for name in NAMES:
            notebook = nbformat.read(self.out / f"{name}.ipynb", as_version=4)
            texts = [output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", ())]
            assert f"done {name}" in "".join(texts)
            page = (self.out / f"{name}.html").read_text(encoding="utf-8")
            assert page.rstrip().endswith("</html>")
            assert f"Story {name}" in page
            assert load_workbook(self.out / f"{name}.xlsx").sheetnames
            assert (
                json.loads((self.out / f"{name}.manifest.json").read_text(encoding="utf-8"))["scenario"]
                == name
            )
            with (self.out / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
                assert {row["scenario"] for row in csv.DictReader(stream)} == {name}
        index = (self.out / "index.html").read_text(encoding="utf-8")
        assert all(f"Story {name}" in index for name in NAMES)

    def wait_for(self, holds: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, "it did not come to that"
            time.sleep(0.01)


def write_scenario(folder: Path, name: str, title: str) -> None:
    content = {
        "title": {"zh": title, "en": title},
        "shocks": [{"variable": "value_added", "year": 2024, "size": -min(len(name), 40)}],
    }
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return build_room(tmp_path)


def build_room(tmp_path: Path) -> Room:
    write_plan(tmp_path / "plan", equations=equations("value_added.town", drift=(3.0, 1.0), innovation=2.0))
    (tmp_path / "plan" / "scenarios").mkdir()
    for name in NAMES:
        write_scenario(tmp_path / "plan" / "scenarios", name, f"Story {name}")
    faults = tmp_path / "faults"
    faults.mkdir()
    parameters = "plan = ''\nscenario = ''\nas_of = 0\ndraws = 0\nseed = 0\nlang = ''"
    cells = [
        nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(f"faults = {str(faults)!r}"),
        nbformat.v4.new_code_cell(CELL),
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), tmp_path / "report.ipynb")
    return Room(tmp_path)


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    """One server for all tests of this module that run the command in this process."""
    assert shared_server(PAGES).alive


def test_all_goes_well_and_nothing_is_made_twice(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    assert room.run() == 0
    room.check()
    assert sorted(room.begun()) == sorted(NAMES)
    assert room.run() == 0
    assert sorted(room.begun()) == sorted(NAMES)
    assert "0 made, 3 already up to date, 0 failed" in capsys.readouterr().err


def listed(room: Room, heading: str = "") -> list[str]:
    """The reports to which the index leads, in order; those below a heading, or those of its table."""
    index = (room.out / "index.html").read_text(encoding="utf-8").partition("<script>")[0]
    table, _, rest = index.partition("<h2>")
    part = rest.partition("<h2>")[0] if heading else table
    assert heading in part
    return re.findall(r'href="(\w+)\.html"', part)


def test_the_index_shows_every_whole_report_of_the_folder(room: Room) -> None:
    """Whichever run made them: the baseline first, then the plan's order; one that was harmed is left out."""
    assert room.run() == 0
    more = room.arguments[1 + len(NAMES) :]
    assert cli.main(["report", NAMES[0], *more]) == 0
    assert listed(room) == sorted(NAMES)
    assert cli.main(["report", "baseline", *more]) == 0
    assert listed(room) == ["baseline", *sorted(NAMES)]
    append(room.out / f"{NAMES[1]}.csv", b"x")
    assert cli.main(["report", NAMES[0], *more]) == 0
    assert listed(room) == ["baseline", *sorted({*NAMES} - {NAMES[1]})]


def test_reports_that_cannot_be_compared_stand_apart_in_the_index(room: Room) -> None:
    """Another year's or language's report is no row of the table, but is not lost from sight either."""
    assert room.run() == 0
    more = room.arguments[1 + len(NAMES) :]
    assert cli.main(["report", NAMES[0], *more, "--as-of", "2022"]) == 0
    assert listed(room) == [NAMES[0]]
    assert sorted(listed(room, "Other reports in this folder")) == sorted({*NAMES} - {NAMES[0]})


def test_a_scenario_that_says_something_else_since_stands_apart(room: Room) -> None:
    """What a row would show is another scenario's under this name; one whose file is gone stays what it was."""
    assert room.run() == 0
    change(room, "one", "size: -3", "size: -4")
    (room.folder / "plan" / "scenarios" / "two.yaml").unlink()
    more = room.arguments[1 + len(NAMES) :]
    assert cli.main(["report", "three", *more]) == 0
    assert listed(room) == ["three", "two"]
    assert listed(room, "Other reports in this folder") == ["one"]
    assert cli.main(["report", "one", *more]) == 0
    assert listed(room) == ["one", "three", "two"]


def test_points_of_a_grid_stand_by_their_figures(room: Room) -> None:
    """4 % before 10 %, and a fall before both, in whatever order they were made."""
    more = room.arguments[1 + len(NAMES) :]
    titles = {"g_10": "growth 10%", "g_4": "growth 4%", "g_m2p5": "growth -2.5%"}
    for name, title in titles.items():
        write_scenario(room.folder, name, title)
        assert cli.main(["report", str(room.folder / f"{name}.yaml"), *more]) == 0
    assert listed(room) == ["g_m2p5", "g_4", "g_10"]


BREAKS = {
    "an error": ("raise ValueError('poisoned')", "ValueError: poisoned"),
    "an exit": ("os._exit(1)", "DeadKernelError"),
    "a kill": ("os.kill(os.getpid(), signal.SIGKILL)", "DeadKernelError"),
    "a crash": ("import ctypes; ctypes.string_at(0)", "DeadKernelError"),
    "a hung cell": ("time.sleep(600)", "CellTimeoutError"),
}


@pytest.mark.parametrize("fault", BREAKS)
def test_a_failing_notebook_is_kept_and_the_others_go_on(
    room: Room, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    code, said = BREAKS[fault]
    room.break_("two", code)
    assert room.run("--time-limit", "3") == 1
    assert f"two: {said}" in capsys.readouterr().err
    assert room.standing("one")
    assert room.standing("three")
    assert not any((room.out / f"two.{end}").exists() for end in ENDS)
    left = nbformat.read(room.out / "two.failed.ipynb", as_version=4)
    outputs = [output for cell in left.cells for output in cell.get("outputs", ())]
    assert said.split(":")[0] in [output.get("ename") for output in outputs]
    assert said.split(":")[0] in (room.out / "index.html").read_text(encoding="utf-8")
    room.mend()
    assert room.run() == 0
    assert sorted(room.begun()) == sorted([*NAMES, "two"])
    room.check()


def test_an_earlier_page_does_not_stand_for_a_report_that_fails(room: Room) -> None:
    assert room.run() == 0
    room.break_("two", "raise ValueError")
    assert room.run("--seed", "7") == 1
    assert not any((room.out / f"two.{end}").exists() for end in ENDS)
    room.mend()
    assert room.run() == 0
    room.check()


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The process numbers of the workers that this process asks for."""
    pids: list[int] = []
    start = fork_server._Worker.__init__

    def noted(self: Any, server: ForkServer) -> None:
        start(self, server)
        pids.append(self.process.pid)

    monkeypatch.setattr(fork_server._Worker, "__init__", noted)
    return pids


@contextlib.contextmanager
def when(holds: Callable[[], bool], action: Callable[[], object]) -> Iterator[None]:
    """Do something from a thread as soon as something holds."""
    left = threading.Event()

    def watch() -> None:
        while not left.is_set():
            if holds():
                action()
                return
            time.sleep(0.005)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        left.set()
        watcher.join()


def test_killed_workers_are_replaced_and_what_they_did_is_done_once_more(
    room: Room, workers: list[int]
) -> None:
    """At most one report's work is repeated for each worker that is killed; its kernel does not outlive it."""
    room.break_(
        "two", "print(os.getpid(), file=open(Path(faults, 'kernel'), 'w')); time.sleep(600)", once=True
    )
    killed: list[int] = []

    def kill() -> None:
        time.sleep(0.2)
        killed.extend(workers)
        for pid in workers.copy():
            os.kill(pid, signal.SIGKILL)

    with when(lambda: "two" in room.begun(), kill):
        assert room.run() == 0
    room.check()
    assert len(room.begun()) <= len(NAMES) + len(killed)
    kernel = int((room.folder / "faults" / "kernel").read_text())
    room.wait_for(lambda: not running(kernel), 10)


def test_without_its_server_a_run_fails_in_part_or_not_and_the_next_mends_it(room: Room) -> None:
    """Whatever was under way when the server died, every report is there after the next run."""
    room.break_("two", "time.sleep(600)", once=True)
    server = shared_server(PAGES)
    with when(lambda: "two" in room.begun(), lambda: os.kill(server.pid or 0, signal.SIGKILL)):
        room.run()
    assert room.run() == 0
    room.check()
    assert shared_server(PAGES).alive


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name
)
def test_a_command_that_is_killed_is_run_again(room: Room, number: signal.Signals) -> None:
    """A real process, killed while one report stands and another is being made."""
    room.break_("three", "time.sleep(600)", once=True)
    process = room.start()
    try:
        room.wait_for(lambda: room.standing("one") and "three" in room.begun())
        noted = (room.out / JOURNAL).read_bytes()
        room.wait_for(lambda: (room.out / "index.html").is_file() and "one" in listed(room), 10)
    finally:
        process.send_signal(number)
    assert process.wait(20) != 0
    assert {"one"} <= {*listed(room)} <= {"one", "two"}
    for path in room.out.glob("*.html"):
        assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")
    done = [name for name in NAMES if f'"{name}"'.encode() in noted]
    assert room.run() == 0
    room.check()
    assert all(room.begun().count(name) == 1 for name in done)


def test_kernels_and_workers_end_with_a_command_that_is_killed(room: Room) -> None:
    room.break_(
        "one", "print(os.getpid(), file=open(Path(faults, 'kernel'), 'w')); time.sleep(600)", once=True
    )
    process = room.start()
    told = room.folder / "faults" / "kernel"
    room.wait_for(lambda: told.is_file() and told.read_text().strip() != "")
    process.kill()
    process.wait()
    room.wait_for(lambda: not running(int(told.read_text())), 10)


def test_a_command_that_is_killed_leaves_nothing_in_the_temporary_directory(room: Room) -> None:
    """Neither the folder of its fork server nor the files with the keys of its kernels."""
    room.break_("one", "time.sleep(600)", once=True)
    with tempfile.TemporaryDirectory() as place:
        process = room.start(TMPDIR=place)
        try:
            room.wait_for(lambda: "one" in room.begun())
            assert any(Path(place).iterdir())
        finally:
            process.kill()
            process.wait()
        room.wait_for(lambda: not any(Path(place).iterdir()), 10)


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.fixture
def small_disk(room: Room) -> Iterator[Path]:
    """A disk of three megabytes in place of the folder for reports."""
    room.out.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(room.out)]
    if os.getuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs to be allowed to mount a disk")
    try:
        yield room.out
    finally:
        subprocess.run(["umount", "-l", str(room.out)], check=True)


def test_a_full_disk_leaves_whole_reports_and_is_said(
    room: Room, small_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ballast = small_disk / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as stream:
        while True:
            stream.write(bytes(4096))
    os.truncate(ballast, ballast.stat().st_size - 100_000)
    assert room.run() == 1
    assert "No space left" in capsys.readouterr().err
    for name in NAMES:
        assert room.standing(name) or not (small_disk / f"{name}.html").exists()
    ballast.unlink()
    assert room.run() == 0
    room.check()


def test_a_journal_that_cannot_be_written_is_a_failure_and_is_mended(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(journal.os, "fsync", full)
        assert room.run() == 1
    assert room.run() == 0
    room.check()


def test_an_index_that_cannot_be_written_leaves_the_reports(
    room: Room, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(index.Index, "write", full)
        assert room.run() == 1
    assert "No space left" in capsys.readouterr().err
    assert room.run() == 0
    room.check()
    assert sorted(room.begun()) == sorted(NAMES)


def append(path: Path, content: bytes) -> None:
    path.write_bytes(path.read_bytes() + content)


HARMS: dict[str, Callable[[Path], object]] = {
    "a torn line in the journal": lambda out: append(out / JOURNAL, b'{"name": "two", "inp'),
    "nonsense in the journal": lambda out: append(out / JOURNAL, b"\xff\x00[1]\n{}\n"),
    "leftovers of a run": lambda out: (out / ".making-x" / "two").mkdir(parents=True),
}
LOSSES: dict[str, Callable[[Path], object]] = {
    "a file gone": lambda out: (out / "two.xlsx").unlink(),
    "a file cut off": lambda out: os.truncate(out / "two.html", 1000),
    "a file changed": lambda out: append(out / "two.csv", b"x"),
}


@pytest.mark.parametrize("harm", [*HARMS, *LOSSES])
def test_what_is_harmed_is_made_again_and_nothing_else(room: Room, harm: str) -> None:
    assert room.run() == 0
    {**HARMS, **LOSSES}[harm](room.out)
    assert room.run() == 0
    room.check()
    assert sorted(room.begun()) == sorted([*NAMES, *(["two"] if harm in LOSSES else [])])


def test_without_a_journal_all_is_made_again(room: Room) -> None:
    assert room.run() == 0
    (room.out / JOURNAL).unlink()
    assert room.run() == 0
    room.check()
    assert len(room.begun()) == 2 * len(NAMES)


CHANGES: dict[str, tuple[int, Callable[[Room], list[str]]]] = {
    "seed": (3, lambda _: ["--seed", "5"]),
    "a scenario's numbers": (1, lambda room: change(room, "two", "size: -3", "size: -4")),
    "a scenario's title": (1, lambda room: change(room, "two", "zh: Story", "zh: The story")),
    "the plan": (3, lambda room: change(room, "../targets", "120", "125", end="csv")),
    "the notebook": (3, lambda room: change(room, "../../report", "about to", "going to", end="ipynb")),
    "nothing": (0, lambda _: []),
}


def change(room: Room, name: str, old: str, new: str, end: str = "yaml") -> list[str]:
    path = room.folder / "plan" / "scenarios" / f"{name}.{end}"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return []


@pytest.mark.parametrize("what", CHANGES)
def test_reports_are_made_again_when_what_they_were_made_from_has_changed(room: Room, what: str) -> None:
    assert room.run() == 0
    stale, do = CHANGES[what]
    assert room.run(*do(room)) == 0
    assert len(room.begun()) == len(NAMES) + stale


def test_two_runs_do_not_write_to_one_folder(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    assert room.run() == 0
    with journal.Journal(room.out):
        assert room.run("--seed", "9") == 2
    assert "no other run" in capsys.readouterr().err
    room.check()


HOSTILE = "<script>alert(1)</script>"
TITLES = [
    HOSTILE,
    "../../etc/passwd",
    "a \"quote\" and 'another'",
    "two\nlines",
    "情景：压力",
    "x" * 300,
    "=1+1",
    "{{ 7*7 }}",
]


def test_names_and_titles_are_data(room: Room, tmp_path: Path) -> None:
    """Escaped in pages, safe in paths, unchanged in tables, never a formula, never obeyed."""
    mine = tmp_path / "mine"
    mine.mkdir()
    names = ["<script>", "a 'b' \"c\"", "two\nlines", "情景", "y" * 240, "..", "con", "index"]
    for name, title in zip(names, TITLES, strict=True):
        write_scenario(mine, name, title)
    arguments = [str(mine), *room.arguments[len(NAMES) + 1 :]]
    assert cli.main(["report", *arguments]) == 0
    made = {path.name.removesuffix(".html") for path in room.out.glob("*.html")} - {"index"}
    assert made == {safe_name(name) for name in names}
    assert all(len(name) <= 60 + 9 and name.isascii() for name in made)
    index = (room.out / "index.html").read_text(encoding="utf-8")
    for name, title in zip(names, TITLES, strict=True):
        page = (room.out / f"{safe_name(name)}.html").read_text(encoding="utf-8")
        for text in (page, index):
            assert HOSTILE not in text
            assert str(markupsafe.escape(title)) in text
        with (room.out / f"{safe_name(name)}.csv").open(encoding="utf-8", newline="") as stream:
            assert {row["scenario"] for row in csv.DictReader(stream)} == {name}
        book = load_workbook(room.out / f"{safe_name(name)}.xlsx")
        assert not [
            cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"
        ]
    assert {path.name for path in tmp_path.iterdir()} == {"plan", "faults", "report.ipynb", "mine", "out"}


@pytest.mark.parametrize("name", ["baseline", "a_1", "x" * 60])
def test_a_safe_name_stays_as_it_is(name: str) -> None:
    assert safe_name(name) == name


@given(st.text(), st.text())
def test_names_of_files_are_short_plain_and_each_its_own(one: str, other: str) -> None:
    name = safe_name(one)
    assert re.fullmatch(r"[a-z0-9_]{1,60}|([a-z0-9_]{1,60}-)?[0-9a-f]{8}", name)
    assert (name == safe_name(other)) == (one == other)
    assert safe_name(name) == name or "-" in name


def test_a_report_can_be_printed(room: Room) -> None:
    """With --pdf each report has a PDF, and one that stands without is made again; it is printed from the page."""
    if not any(shutil.which(name) for name in pdf.BROWSERS):
        pytest.skip("needs Chromium")
    assert room.run() == 0
    assert room.run("--pdf") == 0
    assert all((room.out / f"{name}.pdf").read_bytes().startswith(b"%PDF-") for name in NAMES)
    assert room.run("--pdf") == 0
    assert len(room.begun()) == 2 * len(NAMES)


def test_without_a_browser_a_pdf_is_refused_at_once(
    room: Room, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pdf, "BROWSERS", ())
    assert room.run("--pdf") == 2
    assert "Chromium" in capsys.readouterr().err
    assert not room.out.exists()

"""Forked kernels: ordinary in what they do, quick to start, apart from each other, and for their user alone."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from papermill.exceptions import PapermillExecutionError

from planmodel.base.files import shipped
from planmodel.batch.kernels import PlanKernelManager
from planmodel.batch.warmth import KERNELS, TABLES
from planmodel.forks import provisioner as fork_provisioner
from planmodel.forks import server as fork_server
from planmodel.forks.client import FOLDERS, ForkServer, can_fork, shared_server, sweep_up
from planmodel.forks.server import KERNEL, ForkPool, WorkerLostError
from planmodel.show.theme import PNG_TYPE, SPEC_TYPE, SVG_TYPE

pytestmark = pytest.mark.skipif(not can_fork(), reason="needs Linux with handles on processes")

KERNELSPEC = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


@pytest.fixture(scope="module")
def server() -> ForkServer:
    return shared_server(KERNELS)


@pytest.fixture
def run(server: ForkServer, tmp_path: Path) -> Callable[..., list[str]]:
    """Run cells with an engine; return what each printed."""

    def run(*cells: str, engine: str = "planmodel", **options: Any) -> list[str]:
        assert server.alive
        book = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata=KERNELSPEC
        )
        nbformat.write(book, tmp_path / "in.ipynb")
        done = execute(tmp_path / "in.ipynb", tmp_path / "out.ipynb", engine, **options)
        return ["".join(output.get("text", "") for output in cell.outputs).strip() for cell in done.cells]

    return run


def execute(source: Path, target: Path, engine: str, parameters: Any = None, **options: Any) -> Any:
    return papermill.execute_notebook(
        source, target, parameters, engine_name=engine, progress_bar=False, kernel_name="python3", **options
    )


def test_outputs_are_those_of_an_ordinary_kernel(server: ForkServer, tmp_path: Path) -> None:
    """Cell by cell, pictures included: the report notebook in a forked kernel and in papermill's own."""
    assert server.alive
    parameters = {"scenario": "credit_squeeze", "draws": 5000, "seed": 3}
    source = shipped("notebooks", "report.ipynb")
    forked = execute(source, tmp_path / "forked.ipynb", "planmodel", parameters)
    plain = execute(source, tmp_path / "plain.ipynb", "nbclient", parameters)
    assert len(forked.cells) == len(plain.cells)
    for one, other in zip(forked.cells, plain.cells, strict=True):
        assert one.get("outputs") == other.get("outputs")
        assert one.get("execution_count") == other.get("execution_count")
    kinds = {kind for c in forked.cells for output in c.get("outputs", ()) for kind in output.get("data", ())}
    assert {SVG_TYPE, PNG_TYPE} <= kinds


@pytest.mark.parametrize("engine", ["planmodel", "planmodel-ordinary"])
def test_a_report_draws_no_png(engine: str, tmp_path: Path) -> None:
    """Its page shows SVG: either engine leaves the other picture out where it is told to."""
    cell = "from planmodel.show.theme import Shown\nShown({'mark': 'bar', 'data': {'values': []}}, 'en')"
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)], metadata=KERNELSPEC)
    nbformat.write(book, tmp_path / "in.ipynb")
    done = execute(tmp_path / "in.ipynb", tmp_path / "out.ipynb", engine, png=False)
    assert set(done.cells[0].outputs[0].data) == {SPEC_TYPE, SVG_TYPE, "text/plain"}


def test_server_has_one_thread_and_a_folder_of_its_own(server: ForkServer) -> None:
    assert len(list(Path(f"/proc/{server.pid}/task").iterdir())) == 1
    assert server.path.parent.stat().st_mode & 0o777 == 0o700
    assert server.path.parent.stat().st_uid == os.getuid()


def test_kernels_that_start_at_once_get_sockets_of_their_own(server: ForkServer) -> None:
    """Ports would be found by one process and taken by another; files in the server's folder are not."""
    managers = [PlanKernelManager() for _ in range(20)]
    for manager in managers:
        manager.write_connection_file()
    places = {(manager.transport, manager.ip) for manager in managers}
    assert len(places) == len(managers)
    assert {transport for transport, _ in places} == {"ipc"}
    assert {Path(place).parent for _, place in places} == {server.path.parent}
    for manager in managers:
        manager.cleanup_connection_file()


def test_only_its_own_user_is_answered() -> None:
    assert fork_server.allowed(os.getuid())
    assert not fork_server.allowed(os.getuid() + 1)
    one, other = socket.socketpair()
    with one, other:
        assert fork_server.peer_of(one) == (os.getpid(), os.getuid())


KNOCK = """
import os, socket, sys
os.setuid(65534)
s = socket.socket(socket.AF_UNIX); s.settimeout(10)
try:
    s.connect(sys.argv[1])
    s.sendall(b'{"kind": "kernel", "arguments": [], "environment": {}, "folder": "/"}\\n')
    print("answered" if s.recv(4) else "refused")
except PermissionError:
    print("not let in")
except ConnectionError:
    print("refused")
"""


@pytest.mark.skipif(os.getuid() != 0, reason="needs to become another user")
def test_another_user_neither_reaches_the_socket_nor_is_answered() -> None:
    own = ForkServer.start(KERNELS)
    try:
        for mode, said in ((0o700, "not let in"), (0o777, "refused")):
            own.path.parent.chmod(mode)
            own.path.chmod(0o777)
            knock = [sys.executable, "-c", KNOCK, str(own.path)]
            done = subprocess.run(knock, capture_output=True, text=True, check=True)
            assert done.stdout.strip() == said
        own.path.parent.chmod(0o700)
        process, connection = own.ask("worker")
        connection.close()
        process.wait(10)
    finally:
        own.close()


def test_nothing_passes_from_one_notebook_to_the_next(run: Callable[..., list[str]]) -> None:
    leave = "import pandas as pd, numpy as np, sys; left = 1; pd.options.display.precision = 2; sys.left = 1"
    look = "print('left' in globals(), pd.options.display.precision, hasattr(sys, 'left'))"
    assert run(leave + "\n" + look) == ["True 2 True"]
    assert run("import pandas as pd, sys\n" + look) == ["False 6 False"]


def test_random_streams_differ(run: Callable[..., list[str]]) -> None:
    drawn = "import random, numpy as np; print(random.random(), np.random.rand())"
    assert len({number for _ in range(3) for number in run(drawn)[0].split()}) == 6


def test_a_kernel_stands_where_and_with_what_papermill_says(
    run: Callable[..., list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRESS_TEST", "said later than the server started")
    said = run("import os; print(os.getcwd()); print(os.environ['PRESS_TEST'])", cwd=tmp_path)
    assert said[0].splitlines() == [str(tmp_path), "said later than the server started"]


@pytest.mark.parametrize("end", ["os._exit(3)", "os.kill(os.getpid(), 9)"])
def test_a_kernel_that_dies_harms_no_other_and_leaves_its_notebook(
    run: Callable[..., list[str]], tmp_path: Path, end: str
) -> None:
    with pytest.raises(PapermillExecutionError, match="DeadKernelError"):
        run("print('before')", f"import os; {end}", "print('never')")
    left = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    outputs = [output for cell in left.cells for output in cell.get("outputs", ())]
    assert "before" in [output.get("text", "").strip() for output in outputs]
    assert "DeadKernelError" in [output.get("ename") for output in outputs]
    assert run("print('after')") == ["after"]


@pytest.mark.parametrize("engine", ["planmodel", "planmodel-ordinary"])
def test_a_cell_that_takes_too_long_is_stopped(run: Callable[..., list[str]], engine: str) -> None:
    start = time.monotonic()
    with pytest.raises(PapermillExecutionError, match="CellTimeoutError"):
        run("import time; time.sleep(60)", engine=engine, execution_timeout=1)
    assert time.monotonic() - start < 20


def test_interrupt_and_restart(server: ForkServer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert server.alive
    # What JUPYTER_DEFAULT_PROVISIONER_NAME would have set, had it been there when the first kernel started.
    monkeypatch.setattr(KernelProvisionerFactory.instance(), "default_provisioner_name", "planmodel")
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=30)
        assert isinstance(manager.provisioner, fork_provisioner.ForkProvisioner)
        client.execute_interactive("x = 1", timeout=30)
        busy = client.execute("import time; print('on', flush=True); time.sleep(60)")
        time.sleep(0.5)
        manager.interrupt_kernel()
        reply = client.get_shell_msg(timeout=10)
        while reply["parent_header"].get("msg_id") != busy:
            reply = client.get_shell_msg(timeout=10)
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        manager.restart_kernel(now=True)
        client.wait_for_ready(timeout=30)
        again = client.execute_interactive("x", timeout=30, output_hook=lambda _: None)
        assert again["content"]["ename"] == "NameError"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.context.destroy()


def test_where_forks_are_impossible_the_kernel_is_ordinary_and_it_is_said(
    run: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(fork_provisioner, "can_fork", lambda: False)
    with caplog.at_level(logging.WARNING):
        assert run("import os; print(os.getppid())") == [str(os.getpid())]
    assert "ordinary process" in caplog.text


def test_server_forks_and_folder_end_with_the_process_that_started_it() -> None:
    code = (
        "import sys, time; from planmodel.forks.client import ForkServer; s = ForkServer.start('planmodel.batch.warmth:kernels');"
        "p, c = s.ask('worker'); print(s.path.parent, s.pid, p.pid, flush=True);"
        "time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        folder, *numbers = owner.stdout.readline().split()
        pids = [int(text) for text in numbers]
        owner.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while any(running(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [pid for pid in pids if running(pid)]
    assert not Path(folder).exists()


def running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def test_nonsense_does_not_stop_the_server(server: ForkServer) -> None:
    for words in (b"", b"\n", b"{}\n", b'{"kind": "kernel"}\n', b"\xff\xfe\n", b'["a"]\n'):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(server.path))
            connection.sendall(words)
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(10)
            connection.recv(64)
    process, connection = server.ask(KERNEL, ["--help"])
    connection.close()
    assert process.wait(20) == 0


@pytest.fixture
def pool(server: ForkServer) -> Iterator[ForkPool]:
    with ForkPool(server, 2) as pool:
        yield pool


def test_pool_returns_results_and_raises_errors(pool: ForkPool) -> None:
    assert [job.result(30) for job in [pool.submit(abs, -n) for n in range(5)]] == [0, 1, 2, 3, 4]
    with pytest.raises(ZeroDivisionError):
        pool.submit(divmod, 1, 0).result(30)
    assert len(pool.processes) <= 2


def test_work_of_a_lost_worker_is_done_once_more(pool: ForkPool) -> None:
    first = pool.submit(os.getpid).result(30)
    jobs = [pool.submit(time.sleep, 1.0) for _ in range(2)]
    time.sleep(0.3)
    os.kill(first, signal.SIGKILL)
    assert [job.result(30) for job in jobs] == [None, None]


def test_work_that_kills_its_worker_fails_and_the_pool_goes_on(pool: ForkPool) -> None:
    with pytest.raises(WorkerLostError):
        pool.submit(os._exit, 1).result(30)
    assert pool.submit(abs, -3).result(30) == 3


START = (
    "import sys, time\n"
    "from planmodel.forks.client import ForkServer\n"
    "server = ForkServer.start('planmodel.batch.warmth:tables')\n"
    "print(server.pid, server.path.parent, flush=True)\n"
    "time.sleep(600)"
)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_folders_of_servers_that_were_killed_are_swept_up(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Owner and server are killed at once, so that neither can clean up; the next start does, and spares the living."""
    # The name of a socket has to be short: pytest's own folders lie too deep.
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        monkeypatch.setenv("TMPDIR", place)
        (killed, pid, dead), (_, _, living) = (started(stack) for _ in range(2))
        os.kill(pid, number)
        killed.kill()
        monkeypatch.setattr(tempfile, "tempdir", place)
        deadline = time.monotonic() + 10
        while dead.exists() and time.monotonic() < deadline:
            sweep_up()
            time.sleep(0.05)
        assert not dead.exists()
        assert (living / "socket").exists()


def started(stack: ExitStack) -> tuple[subprocess.Popen[str], int, Path]:
    """Start a process that owns a fork server; return it, the server's number and its folder."""
    owner = stack.enter_context(
        subprocess.Popen([sys.executable, "-c", START], stdout=subprocess.PIPE, text=True)
    )
    stack.callback(owner.kill)
    assert owner.stdout
    pid, folder = owner.stdout.readline().split()
    return owner, int(pid), Path(folder)


def test_a_folder_that_is_just_being_made_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One without a lock file goes only when it is older than any start takes."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = tmp_path / f"{FOLDERS}x"
    folder.mkdir()
    sweep_up()
    assert folder.exists()
    os.utime(folder, (0, 0))
    sweep_up()
    assert not folder.exists()


def test_a_server_that_is_asked_to_end_takes_its_folder_along() -> None:
    server = ForkServer.start(TABLES)
    os.kill(server.pid or 0, signal.SIGTERM)
    deadline = time.monotonic() + 10
    while server.path.parent.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not server.path.parent.exists()
    server.close()

"""How a process starts a fork server, asks it for forks, and watches over them."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

# A server's folder in the temporary directory, and the file in it that is locked as long as the server lives.
FOLDERS, LOCK = "planmodel-fork-", "lock"

# Seconds until a server that has not come up is given up.
START_LIMIT = 120.0

# The server must have one thread when it forks: these keep numerical libraries and the allocator from starting others.
ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}

# Arrays that come and go are kept, not given back to the system and asked for again, which takes a third of the time.
KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(1 << 28), "MALLOC_MMAP_THRESHOLD_": str(1 << 28)}


def can_fork() -> bool:
    """Whether this system has what fork servers need: Linux with handles on processes."""
    if sys.platform != "linux" or not hasattr(os, "pidfd_open"):
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return False
    return True


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[int]:
    """Hold the lock of a server's folder; whoever inherits the handle goes on holding it until it ends.

    Raises
    ------
    BlockingIOError
        If another process holds it.
    """
    import fcntl

    lock = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield lock
    finally:
        os.close(lock)


def sweep_up() -> None:
    """Remove the folders of this user's servers that were killed together with their owners.

    A folder whose lock is held belongs to a server that lives; one without a lock file is just being made, unless it
    is older than any start takes.
    """
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDERS}*"):
        with contextlib.suppress(OSError):
            about = folder.lstat()
            fresh = not (folder / LOCK).exists() and time.time() - about.st_mtime < START_LIMIT
            if about.st_uid == os.getuid() and stat.S_ISDIR(about.st_mode) and not fresh:
                with locked(folder):
                    shutil.rmtree(folder, ignore_errors=True)


class ForkedProcess:
    """A forked process as its client sees it: like `subprocess.Popen`, though it is another's child."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, handle: int) -> None:
        self.pid, self._handle = pid, handle
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return None while it runs. How it ended only its parent knows: 0 then."""
        if self.returncode is None and select.select([self._handle], [], [], 0)[0]:
            self.returncode = 0
            os.close(self._handle)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended."""
        if self.poll() is None:
            select.select([self._handle], [], [], timeout)
        if self.poll() is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        return 0

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class ForkServer:
    """A fork server, as its clients see it.

    Parameters
    ----------
    path : Path
        Its socket.
    process : Popen, optional
        The server itself, for the client that started it.
    """

    def __init__(self, path: Path, process: subprocess.Popen[bytes] | None = None) -> None:
        self.path, self._process = path, process

    @classmethod
    def start(cls, prepare: str) -> ForkServer:
        """Start a server and wait until it answers. It ends with this process.

        Parameters
        ----------
        prepare : str
            The function that does the imports of its forks, as ``module:name``; it is called with the server's folder.

        Raises
        ------
        RuntimeError
            If it does not come up.
        """
        sweep_up()
        # mkdtemp makes a folder that only its owner can enter.
        folder = Path(tempfile.mkdtemp(prefix=FOLDERS))
        path = folder / "socket"
        with locked(folder) as lock:
            process = subprocess.Popen(
                [sys.executable, "-m", "planmodel.forks.server", str(path), prepare],
                env=os.environ | ONE_THREAD | KEEP_MEMORY,
                stdin=subprocess.PIPE,
                start_new_session=True,
                pass_fds=[lock],
            )
        server = cls(path, process)
        deadline = time.monotonic() + START_LIMIT
        while not path.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                server.close()
                raise RuntimeError("the fork server did not start")
            time.sleep(0.01)
        return server

    @property
    def pid(self) -> int | None:
        """Number of the server's process, for the client that started it."""
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self.path.exists() and (self._process is None or self._process.poll() is None)

    def ask(
        self,
        kind: str,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        folder: str | Path | None = None,
    ) -> tuple[ForkedProcess, socket.socket]:
        """Return a new fork, with the connection that asked for it.

        Raises
        ------
        OSError
            If the server is gone or refuses.
        """
        request = {
            "kind": kind,
            "arguments": list(arguments),
            "environment": dict(os.environ if environment is None else environment),
            "folder": str(folder or Path.cwd()),
        }
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(self.path))
            connection.sendall(json.dumps(request).encode() + b"\n")
            size = struct.calcsize("i")
            answer, handles, _, _ = socket.recv_fds(connection, size, 1)
            if len(answer) < size or not handles:
                raise ConnectionError("the fork server refused")
        except BaseException:
            connection.close()
            raise
        return ForkedProcess(struct.unpack("i", answer)[0], handles[0]), connection

    def close(self) -> None:
        """End the server and its forks, if this process started it."""
        if self._process is None:
            return
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.path.parent, ignore_errors=True)


class _Shared:
    """The one server of this process, started when it is first needed."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.server: ForkServer | None = None


_shared = _Shared()


def shared_server(prepare: str) -> ForkServer:
    """Return this process's fork server; start it if there is none, or if it has died (`prepare`: see `start`).

    Raises
    ------
    RuntimeError
        If it does not come up.
    """
    with _shared.lock:
        if _shared.server is None or not _shared.server.alive:
            _shared.server = ForkServer.start(prepare)
            atexit.register(_shared.server.close)
        return _shared.server


def use_server(path: Path) -> None:
    """Make a server that another process started the one of this process."""
    with _shared.lock:
        _shared.server = ForkServer(path)

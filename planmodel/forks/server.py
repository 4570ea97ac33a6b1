"""The fork server, which has the imports done and forks kernels and workers from itself; and the pool of its workers.

A fresh Python spends seconds importing what every report needs; a fork of one that has it spends milliseconds.
The server stays single-threaded, as a fork copies only the thread that calls it. It listens on a socket in a folder
that only its user can enter, answers only that user, and ends with the process that started it.

`planmodel.forks.client` starts it and talks to it: ``python -m planmodel.forks.server SOCKET PREPARE``, where PREPARE
is a function, ``module:name``, that does the imports; it is called with the server's folder, where it may leave files.

Each thread of a pool speaks to one worker, which it replaces when the worker is lost: killed, or out of memory. What
the worker was doing is then done once more; the work of the others is untouched, unlike in a ProcessPoolExecutor,
which is broken for good by one death.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pickle
import random
import select
import shutil
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

from planmodel.forks.client import ForkedProcess, ForkServer, use_server

# Packages that others import if they are there, which takes time: jsonschema this one, to check a format that nothing
# here uses (a second), and every kernel its debugger.
NEEDLESS = ("rfc3987_syntax", "debugpy")

# Seconds that a client has to say what it wants.
PATIENCE = 5.0

KERNEL, WORKER = "kernel", "worker"

# A job is tried this often when its worker is lost: a job that kills every worker must end, too.
TRIES = 2

_HEAD = struct.Struct(">Q")


def peer_of(connection: socket.socket) -> tuple[int, int]:
    """Return process and user (pid, uid) at the other end of a Unix socket, as the operating system knows them."""
    size = struct.calcsize("3i")
    pid, uid, _gid = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return int(pid), int(uid)


def allowed(uid: int) -> bool:
    """Whether a user may ask for forks: only the one whom the server runs as."""
    return uid == os.getuid()


def prepare(function: str, folder: Path) -> None:
    """Import what the forks will need, by calling `module:name` with the server's folder."""
    for name in NEEDLESS:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    module, _, name = function.partition(":")
    getattr(importlib.import_module(module), name)(folder)


def freeze() -> None:
    """Move everything out of the garbage collector's sight: untouched memory stays shared between the forks."""
    gc.collect()
    gc.freeze()
    # A fork lives for seconds: it need not look for garbage after every 700 objects, which takes a twelfth of its time.
    gc.set_threshold(50_000, 20, 20)


class Server:
    """Listens, forks, and buries the dead."""

    def __init__(self, path: Path) -> None:
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(path))
        self.listener.listen(64)
        self.path = path
        self.owner = os.getppid()
        self.children: dict[int, int] = {}  # who asked for each

    def run(self) -> None:
        """Answer until the owner is gone: its end of our standard input closes then."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while os.getppid() == self.owner:
            ready, _, _ = select.select([self.listener, sys.stdin], [], [], 1.0)
            self._bury()
            if sys.stdin in ready:
                break
            if ready:
                connection, _ = self.listener.accept()
                with connection, contextlib.suppress(OSError, ValueError):
                    self._answer(connection)

    def close(self) -> None:
        """End the forks and take the folder away: the owner may have been killed, and cannot."""
        self._end(list(self.children))
        shutil.rmtree(self.path.parent, ignore_errors=True)

    def _bury(self) -> None:
        """Collect children that have ended. Only then is their number free for another process."""
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG)[0]) != 0:
                self.children.pop(ended, None)
                # Nobody is left to end the kernels of a worker that has died.
                self._end([child for child, asked_by in self.children.items() if asked_by == ended])

    def _end(self, children: list[int]) -> None:
        for child in children:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child, signal.SIGKILL)

    def _answer(self, connection: socket.socket) -> None:
        """Fork, and send the child's number with a handle on it, which no other process can ever inherit."""
        connection.settimeout(PATIENCE)
        asked_by, user = peer_of(connection)
        if not allowed(user):
            return
        with connection.makefile("r", encoding="utf-8") as lines:
            request = json.loads(lines.readline())
        child = os.fork()
        if child == 0:
            self._become(connection, request)
        self.children[child] = asked_by
        handle = os.pidfd_open(child)
        try:
            socket.send_fds(connection, [struct.pack("i", child)], [handle])
        finally:
            os.close(handle)

    def _become(self, connection: socket.socket, request: dict[str, Any]) -> NoReturn:
        """Be the child: never return to the server's loop."""
        status = 1
        try:
            self.listener.close()
            _settle(request)
            if request["kind"] == KERNEL:
                _run_kernel(request["arguments"], connection)
            else:
                connection.settimeout(None)
                work(connection, self.path)
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 0
        except BaseException:  # noqa: BLE001 (whatever it is, the server's loop is not for the child)
            import traceback

            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)


def _settle(request: dict[str, Any]) -> None:
    """Make a forked process one of its own: session, signals, input, environment, folder, random streams."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    # Forks would otherwise all draw what the server would have drawn next.
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def _run_kernel(arguments: list[str], connection: socket.socket) -> None:
    """Be a kernel. The connection is closed when its sockets listen: a client that tries earlier is late by a tenth of a second."""
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel_launcher.py", *arguments]
    # An ordinary kernel takes this from the environment, which ipykernel read when the server imported it.
    arguments = [*arguments, f"--IPKernelApp.parent_handle={os.getppid()}"]
    kernel = IPKernelApp.instance()
    kernel.initialize(arguments)
    connection.close()
    kernel.start()


def _send(connection: socket.socket, content: object) -> None:
    text = pickle.dumps(content)
    connection.sendall(_HEAD.pack(len(text)) + text)


def _receive(connection: socket.socket) -> bytes:
    (size,) = _HEAD.unpack(_exactly(connection, _HEAD.size))
    return _exactly(connection, size)


def _exactly(connection: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = connection.recv(min(size - len(parts), 1 << 20))
        if not part:
            raise ConnectionError("the other end is gone")
        parts += part
    return bytes(parts)


def work(connection: socket.socket, server: Path) -> None:
    """Be a worker: do what comes over the connection until its other end is gone."""
    use_server(server)
    while True:
        try:
            order = _receive(connection)
        except ConnectionError:
            return
        try:
            # Both ends are this user's own processes.
            function, arguments = pickle.loads(order)
            answer: tuple[bool, Any] = (True, function(*arguments))
        except Exception as error:  # noqa: BLE001 (it is raised again where the work was asked for)
            answer = (False, error)
        _send(connection, answer)


class WorkerLostError(RuntimeError):
    """The process that did the work has died; `code` and `values` let whoever catches it say so in a language."""

    code = "worker_lost"

    def __init__(self, pid: int) -> None:
        self.values = {"pid": pid}
        super().__init__(pid)

    def __str__(self) -> str:
        return f"worker process {self.values['pid']} has died"


class _Worker:
    """One worker process, as its thread sees it."""

    def __init__(self, server: ForkServer) -> None:
        self.process, self.connection = server.ask(WORKER)

    def call(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        try:
            _send(self.connection, (function, arguments))
            done, answer = pickle.loads(_receive(self.connection))
        except OSError as error:
            self.close()
            raise WorkerLostError(self.process.pid) from error
        if not done:
            raise answer
        return answer

    def close(self) -> None:
        self.connection.close()
        self.process.kill()


class ForkPool(ThreadPoolExecutor):
    """An executor of `workers` processes forked from a server.

    Functions and arguments must pickle. A job whose worker dies is done once more; then it fails with WorkerLostError.
    """

    def __init__(self, server: ForkServer, workers: int) -> None:
        super().__init__(workers, thread_name_prefix="press")
        self._server = server
        self._mine = threading.local()
        self._workers: list[_Worker] = []
        self._broken_off = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do `fn(*args)` in a worker process."""
        if kwargs:
            raise TypeError("a worker takes no keyword arguments")
        return super().submit(self._delegate, fn, args)

    def _delegate(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        for tries_left in reversed(range(TRIES)):
            if getattr(self._mine, "worker", None) is None:
                self._mine.worker = _Worker(self._server)
                self._workers.append(self._mine.worker)
            try:
                return self._mine.worker.call(function, arguments)
            except WorkerLostError:
                self._mine.worker = None
                if not tries_left or self._broken_off:
                    raise
        raise AssertionError  # pragma: no cover (the last try returns or raises)

    @property
    def processes(self) -> list[ForkedProcess]:
        """The worker processes that were started, dead ones too."""
        return [worker.process for worker in self._workers]

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        """End the pool; at once if the block was left by an error, such as a keyboard interrupt."""
        if kind is not None:
            self._broken_off = True
            super().shutdown(wait=False, cancel_futures=True)
            for worker in self._workers:
                worker.process.kill()
        self.shutdown()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the pool and its workers."""
        super().shutdown(wait, cancel_futures=cancel_futures)
        for worker in self._workers:
            worker.close()


def main(path: Path, function: str) -> None:
    """Serve at a path that the client chose, after calling the function that does the imports."""
    # As in a kernel of its own: the folder in which one happens to stand holds no libraries.
    if sys.path and (sys.path[0] == "" or Path(sys.path[0]) == Path.cwd()):
        del sys.path[0]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    server = Server(path.with_suffix(".new"))
    try:
        prepare(function, path.parent)
        freeze()
        # The client waits for this name: it appears when the first request can be answered at once.
        server.path.rename(path)
        server.path = path
        server.run()
    finally:
        server.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

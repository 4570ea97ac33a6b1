"""The fork server: a process that has the imports done and forks kernels and workers from itself.

A fresh Python spends seconds importing what every report needs; a fork of one that has it spends milliseconds.
The server stays single-threaded, as a fork copies only the thread that calls it. It listens on a socket in a folder
that only its user can enter, answers only that user, and ends with the process that started it.

`planmodel.forks.client` starts it and talks to it: ``python -m planmodel.forks.server SOCKET PURPOSE``.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import random
import select
import shutil
import signal
import socket
import struct
import sys
from pathlib import Path
from typing import Any, NoReturn

from planmodel.show.assets import Ahead

_REPORTS = (
    *("numpy", "pandas", "altair", "vl_convert", "scipy.special", "scipy.stats"),
    *("ipykernel.kernelapp", "ipykernel.zmqshell", "ipykernel.debugger", "psutil", "sqlite3", "faulthandler"),
    *("IPython.core.completer", "IPython.core.debugger", "IPython.core.oinspect", "IPython.core.logger"),
    *("IPython.extensions.storemagic", "tornado.platform.asyncio", "ipywidgets"),
    *("papermill", "nbconvert.filters.markdown_mistune", "openpyxl", "fontTools.subset", "jinja2"),
    *(
        "planmodel.show.charts.targets",
        "planmodel.report.report",
        "planmodel.show.sheets",
        "planmodel.show.words.outlook",
        "planmodel.show.charts.stress",
        "planmodel.show.charts.needs",
        "planmodel.show.words.needs",
        "planmodel.show.charts.news",
        "planmodel.show.words.track",
    ),
)

# What is imported by what the forks are for; statsmodels and scipy's optimisers are rarer and wait.
MODULES = {
    "tables": ("planmodel.batch.sweep_rows", "scipy.stats"),
    "kernels": _REPORTS,
    "pages": (*_REPORTS, "planmodel.report.making"),
}

# Packages that others import if they are there, which takes time: jsonschema this one, to check a format that nothing
# here uses (a second), and every kernel its debugger.
NEEDLESS = ("rfc3987_syntax", "debugpy")

# Seconds that a client has to say what it wants.
PATIENCE = 5.0

KERNEL, WORKER = "kernel", "worker"


def peer_of(connection: socket.socket) -> tuple[int, int]:
    """Return process and user (pid, uid) at the other end of a Unix socket, as the operating system knows them."""
    size = struct.calcsize("3i")
    pid, uid, _gid = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return int(pid), int(uid)


def allowed(uid: int) -> bool:
    """Whether a user may ask for forks: only the one whom the server runs as."""
    return uid == os.getuid()


def prepare(purpose: str = "kernels") -> None:
    """Import what the forks will need, and warm it up."""
    for name in NEEDLESS:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    for name in MODULES[purpose]:
        importlib.import_module(name)
    if purpose != "tables":
        from planmodel.batch.warmth import warm

        warm()


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
                from planmodel.forks.pool import work

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


def main(path: Path, purpose: str) -> None:
    """Serve at a path that the client chose."""
    # As in a kernel of its own: the folder in which one happens to stand holds no libraries.
    if sys.path and (sys.path[0] == "" or Path(sys.path[0]) == Path.cwd()):
        del sys.path[0]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    server = Server(path.with_suffix(".new"))
    try:
        ahead = Ahead(path.parent) if purpose == "pages" else None
        prepare(purpose)
        if ahead:
            ahead.finish()
        freeze()
        # The client waits for this name: it appears when the first request can be answered at once.
        server.path.rename(path)
        server.path = path
        server.run()
    finally:
        server.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

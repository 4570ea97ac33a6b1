"""A pool of worker processes forked from the fork server: an executor whose workers start warm and may die.

Each thread of the pool speaks to one worker, which it replaces when the worker is lost: killed, or out of memory. What
the worker was doing is then done once more; the work of the others is untouched, unlike in a ProcessPoolExecutor,
which is broken for good by one death.
"""

from __future__ import annotations

import pickle
import socket
import struct
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from planmodel.forks.client import ForkedProcess, ForkServer, use_server
from planmodel.forks.server import WORKER

# A job is tried this often when its worker is lost: a job that kills every worker must end, too.
TRIES = 2

_HEAD = struct.Struct(">Q")


class WorkerLostError(RuntimeError):
    """The process that did the work has died."""


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
            raise WorkerLostError(f"worker process {self.process.pid} has died") from error
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

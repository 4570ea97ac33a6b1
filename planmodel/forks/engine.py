"""Engines for papermill: one that forks kernels, and an ordinary one beside it.

Both leave a notebook that shows what went wrong, also where the kernel died or a cell took too long. papermill loads
engines itself, as entry points: import papermill first, never this module.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Mapping
from pathlib import Path
from queue import Empty
from typing import Any, ClassVar
from uuid import uuid4

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output
from papermill.engines import NBClientEngine
from traitlets import default

from planmodel.forks.client import can_fork, shared_server

# The kernel's notice about its transport would break into the progress bar. And jsonschema imports
# rfc3987_syntax if it is there, to check a format that nothing here uses: a second in every ordinary kernel.
QUIET = "--IPKernelApp.log_level=50"
KERNEL_ARGUMENTS = [
    QUIET,
    "--IPKernelApp.exec_lines=import sys; sys.modules.setdefault('rfc3987_syntax', None)",
]


class ForkKernelClient(AsyncKernelClient):
    """Waits for a kernel until it is idle, where others wait for a fifth of a second in which it says nothing."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel has answered and has said all that it says when it answers.

        Raises
        ------
        RuntimeError
            If it has died, or does not answer in `timeout` seconds.
        """
        deadline = math.inf if timeout is None else time.monotonic() + timeout
        while time.monotonic() < deadline:
            asked = self.kernel_info()
            with contextlib.suppress(Empty):
                reply = await self.get_shell_msg(timeout=1)
                while not _is_idle(await self.get_iopub_msg(timeout=0.2), asked):
                    pass
                self._handle_kernel_info_reply(reply)
                return
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
        raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")


def _is_idle(message: dict[str, Any], request: str) -> bool:
    """Whether a message says that the kernel is done with a request."""
    done = message["content"].get("execution_state") == "idle"
    return bool(done and message["parent_header"].get("msg_id") == request)


class ForkKernelManager(AsyncKernelManager):
    """Starts a kernel by a provisioner that forks.

    A subclass names the function that does the imports (`prepare`: see `ForkServer.start`), the provisioner's entry
    point, and what else stands in the environment of its kernels.
    """

    prepare: ClassVar[str]
    provisioned_by: ClassVar[str]
    variables: ClassVar[Mapping[str, str]] = {}

    def _server_folder(self) -> Path | None:
        """Return the fork server's folder; None where there can be none."""
        with contextlib.suppress(OSError, RuntimeError):
            return shared_server(self.prepare).path.parent if can_fork() else None
        return None

    @default("client_factory")
    def _client(self) -> type[AsyncKernelClient]:
        return ForkKernelClient

    # Free ports are found by one process and taken by another: two kernels that start at once may get the same.
    @default("transport")
    def _transport(self) -> str:
        return "ipc" if self._server_folder() else "tcp"

    @default("ip")
    def _sockets(self) -> str:
        """Return where the kernel's sockets lie: in the server's folder, which is its user's and goes with it."""
        folder = self._server_folder()
        return str(folder / uuid4().hex[:12]) if folder else "127.0.0.1"

    @default("connection_file")
    def _connection(self) -> str:
        """Return where the kernel's key is written: there, too, so that a killed run leaves it in no other place."""
        folder = self._server_folder()
        return str(folder / f"{uuid4().hex[:12]}.json") if folder else ""

    @property
    def kernel_spec(self) -> KernelSpec | None:
        """The kernel's specification, with the provisioner in it."""
        spec = super().kernel_spec
        if spec is not None:
            spec.metadata = {**spec.metadata, "kernel_provisioner": {"provisioner_name": self.provisioned_by}}
            spec.env = {**spec.env, **self.variables}
        return spec


class OrdinaryEngine(NBClientEngine):  # type: ignore[misc]
    """papermill's own engine; a dead kernel and a cell that takes too long become the cell's error."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
        """Run the notebook."""
        options.setdefault("extra_arguments", KERNEL_ARGUMENTS)
        try:
            return super().execute_managed_notebook(nb_man, kernel_name, **options)
        except (CellTimeoutError, DeadKernelError) as error:
            _mark(nb_man, error)
            return nb_man.nb


class ForkEngine(OrdinaryEngine):
    """Runs each notebook in a process forked from a server that has the imports done; a subclass names the manager."""

    manager: ClassVar[type[ForkKernelManager]]

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
        """Run the notebook."""
        options.setdefault("extra_arguments", [QUIET])
        # The notebook is done: there is nothing that the kernel could still want to put away.
        options.setdefault("shutdown_kernel", "immediate")
        return super().execute_managed_notebook(
            nb_man, kernel_name, kernel_manager_class=cls.manager, **options
        )


def _mark(nb_man: Any, error: Exception) -> None:
    """Put an error that papermill would not write down into the cell where it happened."""
    code = [(n, cell) for n, cell in enumerate(nb_man.nb.cells) if cell.cell_type == "code"]
    # papermill calls a cell that broke off completed; those after it are pending.
    begun = [pair for pair in code if pair[1].metadata.papermill.status != nb_man.PENDING]
    place, cell = begun[-1] if begun else code[0]
    kind, message = type(error).__name__, str(error).strip()
    words = {"ename": kind, "evalue": message.splitlines()[0], "traceback": [f"{kind}: {message}"]}
    # What the kernel said when it was interrupted would hide why.
    cell.outputs = [output for output in cell.outputs if output.output_type != "error"]
    cell.outputs.append(new_output("error", **words))  # type: ignore[no-untyped-call]
    nb_man.cell_exception(cell, cell_index=place, exception=error)

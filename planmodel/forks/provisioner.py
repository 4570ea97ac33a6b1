"""A kernel provisioner for Jupyter that forks kernels from a server which has the imports done.

A kernel is an ordinary IPython kernel in a fresh process; only its start differs.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, cast

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from planmodel.forks.client import ForkedProcess, can_fork, shared_server
from planmodel.forks.server import KERNEL

LAUNCHER = "ipykernel_launcher"

# Seconds in which a fork's sockets listen; after them its manager finds out what is wrong.
LISTENS_WITHIN = 30.0

_log = logging.getLogger("planmodel")


class ForkProvisioner(LocalProvisioner):
    """Starts a kernel as a fork; where that cannot be, as an ordinary process, and says so.

    A subclass names the function that does the imports (`prepare`: see `ForkServer.start`).
    """

    prepare: ClassVar[str]

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel."""
        reason = why_not(cmd)
        if not reason:
            arguments = cmd[cmd.index(LAUNCHER) + 1 :]
            try:
                # Starting the server takes seconds, in which an event loop must not stand still.
                loop = asyncio.get_running_loop()
                process = await loop.run_in_executor(
                    None, _fork, self.prepare, arguments, kwargs.get("env"), kwargs.get("cwd")
                )
            except (OSError, RuntimeError) as error:
                reason = str(error)
            else:
                # It has what this class uses of a Popen.
                self.process = cast("subprocess.Popen[bytes]", process)
                # A fork leads a process group of its own.
                self.pid = self.pgid = process.pid
                self.cwd = kwargs.get("cwd", Path.cwd())
                return self.connection_info
        _log.warning("The kernel starts as an ordinary process, which is slower: %s.", reason)
        return await super().launch_kernel(cmd, **kwargs)

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel and see it end, which takes milliseconds; its manager would look after a tenth of a second."""
        await super().kill(restart)
        for _ in range(20):
            if await self.poll() is not None:
                break
            await asyncio.sleep(0.005)


def why_not(command: Sequence[str]) -> str:
    """Return why a kernel cannot be a fork; an empty text if it can."""
    if not can_fork():
        return "this system has no handles on processes (Linux 5.3 or newer has)"
    if LAUNCHER not in command or command[0] != sys.executable:
        return "it is not an IPython kernel of this environment"
    return ""


def _fork(
    prepare: str, arguments: list[str], environment: Mapping[str, str] | None, folder: str | None
) -> ForkedProcess:
    """Fork a kernel, and wait until it listens."""
    process, connection = shared_server(prepare).ask(
        KERNEL, arguments, os.environ if environment is None else environment, folder
    )
    with connection, contextlib.suppress(OSError):
        connection.settimeout(LISTENS_WITHIN)
        connection.recv(1)  # there is nothing to read: it returns when the kernel closes its end, or has died
    return process

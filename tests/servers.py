"""JupyterLab and the dashboard as the browser tests start them: on a free port, with folders of their own."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from planmodel.lab.dashboard import one_thread

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
SECONDS = 60


@dataclass(frozen=True)
class Server:
    """A running server: its address, the token, and the folder that its kernels work in."""

    address: str
    token: str
    folder: Path

    def url(self, path: str) -> str:
        return f"{self.address}/{path}{'&' if '?' in path else '?'}token={self.token}"


def status(url: str) -> int:
    """The status of an answer; 0 while nobody listens."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


@contextmanager
def running(command: list[str], folder: Path, ready: str, port: int, token: str) -> Iterator[Server]:
    """Start a server, wait until it answers at `ready`, and end it."""
    settings = folder / ".jupyter"
    names = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    surroundings = one_thread(os.environ) | {
        f"JUPYTER_{name}": str(settings / name.lower()) for name in names
    }
    surroundings |= {"IPYTHONDIR": str(settings / "ipython"), "JUPYTER_TOKEN": token}
    address = f"http://127.0.0.1:{port}"
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=surroundings, stdout=log, stderr=log)
        try:
            end = time.monotonic() + SECONDS
            while not status(f"{address}/{ready}"):
                assert process.poll() is None, (folder / "server.log").read_text()
                assert time.monotonic() < end, (folder / "server.log").read_text()
                time.sleep(0.1)
            yield Server(address, token, folder)
        finally:
            process.terminate()
            process.wait(20)


def free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


@contextmanager
def jupyterlab(folder: Path, notebook: str) -> Iterator[Server]:
    """JupyterLab on a folder with a copy of a shipped notebook."""
    shutil.copy(NOTEBOOKS / notebook, folder)
    settings = folder / ".settings"
    (settings / "@jupyterlab" / "apputils-extension").mkdir(parents=True)
    # JupyterLab would ask whether it may fetch news.
    name = "notification.jupyterlab-settings"
    (settings / "@jupyterlab" / "apputils-extension" / name).write_text('{"fetchNews": "false"}')
    port, token = free_port(), secrets.token_hex(8)
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"),
        *(f"--port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}"),
        *("--LabApp.expose_app_in_browser=True", f"--LabApp.user_settings_dir={settings}"),
    ]
    with running(command, folder, "api", port, token) as server:
        yield server


@contextmanager
def dashboard(folder: Path, lang: str) -> Iterator[Server]:
    """`planmodel lab --dashboard`, from an empty folder."""
    port, token = free_port(), secrets.token_hex(8)
    command = [
        *(sys.executable, "-m", "planmodel.cli", "lab", "--dashboard", "--lang", lang),
        *("--port", str(port), "--token", token),
    ]
    with running(command, folder, "", port, token) as server:
        yield server

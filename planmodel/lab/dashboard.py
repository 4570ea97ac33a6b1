"""The bench as a page for people without notebooks: Voilà on this machine's own address, never without a token."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from planmodel.base.extras import need
from planmodel.base.problems import phrase

ADDRESS, FIRST_PORT, PORTS = "127.0.0.1", 8866, 100


def serve(plan: str, as_of: int, lang: str, token: str | None = None, port: int | None = None) -> int:
    """Serve the bench of a plan until it is stopped; print the address to open.

    Parameters
    ----------
    plan : str
        A plan that ships, or a folder.
    as_of : int
    lang : str
    token : str, optional
        What a visitor has to know: by default one that is made up.
    port : int, optional
        By default the first that nobody uses.
    """
    need("dashboard", "voila")
    token, port = token or secrets.token_urlsafe(24), port or free_port()
    with tempfile.TemporaryDirectory(prefix="planmodel-") as folder:
        notebook = Path(folder) / "bench.ipynb"
        write_notebook(notebook, plan, as_of, lang)
        # In a file that only its owner can read: what stands in a command line, every user of the machine sees.
        settings = {"Voila": {"token": token, "identity_provider_class": "planmodel.lab.dashboard_door.Door"}}
        (Path(folder) / "voila.json").write_text(json.dumps(settings), encoding="utf-8")
        print(f"http://{ADDRESS}:{port}/?token={token}", flush=True)
        return _run(notebook, port)


def write_notebook(path: Path, plan: str, as_of: int, lang: str) -> None:
    """Write the notebook behind the page: one cell with the bench, whose files go below the present folder."""
    import nbformat

    known = Path(plan)
    where = str(known.resolve()) if known.is_dir() else plan
    here = Path.cwd()
    arguments = {
        "plan": where,
        "as_of": as_of,
        "lang": lang,
        "scenarios": str(here / "scenarios"),
        "reports": str(here / "reports"),
    }
    source = f"from planmodel.lab.widgets import bench\n\nbench(**{arguments!r})"
    version: Any = nbformat.v4
    notebook = version.new_notebook(cells=[version.new_code_cell(source)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]


def free_port() -> int:
    """Return the first port that nobody uses, from Voilà's own on."""
    for port in range(FIRST_PORT, FIRST_PORT + PORTS):
        with socket.socket() as tried:
            if tried.connect_ex((ADDRESS, port)):
                return port
    raise OSError(phrase("found.no_free_port", first=FIRST_PORT, last=FIRST_PORT + PORTS - 1))


def one_thread(surroundings: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which small matrices stay on one thread: sharing them out takes longer than the sums."""
    return {"OPENBLAS_NUM_THREADS": "1", **surroundings}


def _run(notebook: Path, port: int) -> int:
    """Run Voilà on the notebook, without its code; end it with this process."""
    surroundings = one_thread(os.environ)
    for name, folder in (
        ("JUPYTER_CONFIG_PATH", notebook.parent),
        ("JUPYTER_PATH", resources.files("planmodel.show") / "templates" / "dashboard"),
    ):
        surroundings[name] = os.pathsep.join(filter(None, [str(folder), os.environ.get(name, "")]))
    arguments = [
        "--no-browser",
        f"--Voila.ip={ADDRESS}",
        f"--port={port}",
        "--Voila.port_retries=0",
        "--template=planmodel",
        "--strip_sources=True",
        # A kernel waits with the imports done: the first page comes in two seconds, not seven.
        "--preheat_kernel=True",
        "--pool_size=1",
        "--Voila.log_level=WARN",
    ]
    process = subprocess.Popen([sys.executable, "-m", "voila", *arguments, str(notebook)], env=surroundings)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        return process.wait()
    finally:
        process.terminate()
        process.wait()

"""The commands that make something: `new`, `calibrate`, and `lab`, which opens the notebooks."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from planmodel.base.extras import need
from planmodel.base.files import shipped
from planmodel.base.messages import text
from planmodel.base.problems import InputError, Problem, phrase


def new(options: argparse.Namespace) -> int:
    """Write a plan folder to start from."""
    from planmodel.plan.template import new_plan

    new_plan(options.folder)
    print(options.folder)
    return 0


def calibrate(options: argparse.Namespace) -> int:
    """Make the stored estimates again."""
    from planmodel.estimation.calibration import write_calibration
    from planmodel.estimation.own_growth import write_own_growth
    from planmodel.plan.plan import load_plan

    folder = options.out or shipped("data")
    _check_estimates_folder(folder, options.lang)
    write_calibration(folder)
    write_own_growth(load_plan("jiangbei"), folder)
    for name in ("calibration.csv", "reference_class.csv", "own_growth.csv"):
        print(folder / name)
    return 0


def _check_estimates_folder(folder: Path, lang: str) -> None:
    """Refuse a plan's own folder, where nothing reads the estimates that ship."""
    if not folder.is_dir():
        raise InputError([Problem("--out", "", str(folder), phrase("expected.folder_for_estimates"))])
    if (folder / "plan.yaml").is_file():
        found = phrase("found.folder_of_a_plan", folder=folder)
        raise InputError([Problem("--out", "", found, phrase("expected.folder_of_no_plan"))])
    if folder.resolve() != shipped("data").resolve():
        print(text("cli.estimates_elsewhere", lang, folder=shipped("data")), file=sys.stderr)


def lab(options: argparse.Namespace) -> int:
    """Open the first notebook in JupyterLab, or serve the bench as a page."""
    return _serve_bench(options) if options.dashboard else _open_notebooks(options)


def _serve_bench(options: argparse.Namespace) -> int:
    """Serve the bench of a plan that is there, as of a year that it has."""
    from planmodel.cli.plans import chosen_model, chosen_plan
    from planmodel.lab.dashboard import serve

    as_of = chosen_model(options, chosen_plan(options)).as_of
    return serve(options.plan, as_of, options.lang, options.token, options.port)


def _open_notebooks(options: argparse.Namespace) -> int:
    """Become JupyterLab."""
    from planmodel.lab.dashboard import one_thread

    if os.geteuid() == 0 and not options.allow_root:
        expected = phrase("expected.another_user")
        raise InputError([Problem("lab", "", phrase("found.run_as_root"), expected)])
    # JupyterLab reads its token there, and makes one where there is none.
    token = {"JUPYTER_TOKEN": options.token} if options.token else {}
    port = [f"--port={options.port}"] if options.port else []
    start = str(shipped("notebooks", "00_start.ipynb"))
    root = ["--allow-root"] if options.allow_root else []
    need("lab", "jupyterlab")
    command = [sys.executable, "-m", "jupyterlab", *port, *root, start]
    os.execve(sys.executable, command, one_thread(os.environ) | token)

"""Engines for papermill: one that forks kernels (``papermill --engine planmodel``), and an ordinary one beside it.

Both leave a notebook that shows what went wrong, also where the kernel died or a cell took too long. papermill loads
this module itself, as an entry point: import papermill first, never this module.
"""

from __future__ import annotations

from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output
from papermill.engines import NBClientEngine

from planmodel.charts.theme import PICTURES, draw_pictures

# The kernel's notice about its transport would break into the progress bar. And jsonschema imports
# rfc3987_syntax if it is there, to check a format that nothing here uses: a second in every ordinary kernel.
QUIET = "--IPKernelApp.log_level=50"
KERNEL_ARGUMENTS = [
    QUIET,
    "--IPKernelApp.exec_lines=import sys; sys.modules.setdefault('rfc3987_syntax', None)",
]


class ForkKernelManager(AsyncKernelManager):
    """Starts a kernel by our provisioner, and leaves the pictures of charts to this process, which is warm."""

    @property
    def kernel_spec(self) -> KernelSpec | None:
        """The kernel's specification, with our provisioner in it."""
        spec = super().kernel_spec
        if spec is not None:
            spec.metadata = {**spec.metadata, "kernel_provisioner": {"provisioner_name": "planmodel"}}
            spec.env = {**spec.env, PICTURES: "later"}
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
    """Runs each notebook in a process forked from a server that has the imports done."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
        """Run the notebook, then draw the pictures of its charts."""
        options.setdefault("extra_arguments", [QUIET])
        # The notebook is done: there is nothing that the kernel could still want to put away.
        options.setdefault("shutdown_kernel", "immediate")
        try:
            return super().execute_managed_notebook(
                nb_man, kernel_name, kernel_manager_class=ForkKernelManager, **options
            )
        finally:
            draw_pictures(nb_man.nb)


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

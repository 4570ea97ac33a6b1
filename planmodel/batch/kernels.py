"""The kernels of reports: forked with planmodel imported, their charts drawn by the process that runs the notebook.

What pyproject.toml registers as ``planmodel``. With JUPYTER_DEFAULT_PROVISIONER_NAME=planmodel any Jupyter tool forks
its kernels; papermill does with ``--engine planmodel``. papermill loads this module itself, as an entry point: import
papermill first, never this module.
"""

from __future__ import annotations

from typing import Any

from planmodel.batch.warmth import KERNELS
from planmodel.forks.engine import KERNEL_ARGUMENTS, ForkEngine, ForkKernelManager, OrdinaryEngine
from planmodel.forks.provisioner import ForkProvisioner
from planmodel.show.theme import LATER, PICTURES, SVG_ONLY, draw_pictures

SVG_ONLY_ARGUMENTS = [
    *KERNEL_ARGUMENTS,
    f"--IPKernelApp.exec_lines=import os; os.environ['{PICTURES}'] = '{SVG_ONLY}'",
]


class PlanProvisioner(ForkProvisioner):
    """Forks a kernel that has imported what reports need."""

    prepare = KERNELS


class PlanKernelManager(ForkKernelManager):
    """Starts such a kernel, and leaves the pictures of charts to this process, which is warm."""

    prepare, provisioned_by = KERNELS, "planmodel"
    variables = {PICTURES: LATER}  # noqa: RUF012 (as its class declares it)


class OrdinaryPlanEngine(OrdinaryEngine):
    """Runs each notebook in a kernel that imports everything itself."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, png: bool = True, **options: Any) -> Any:
        """Run the notebook; `png`: whether its charts are stored as PNG, too."""
        options.setdefault("extra_arguments", KERNEL_ARGUMENTS if png else SVG_ONLY_ARGUMENTS)
        return super().execute_managed_notebook(nb_man, kernel_name, **options)


class PlanEngine(ForkEngine):
    """Runs each notebook in a forked kernel, and draws the pictures of its charts."""

    manager = PlanKernelManager

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, png: bool = True, **options: Any) -> Any:
        """Run the notebook, then draw the pictures of its charts; `png`: as PNG, too."""
        try:
            return super().execute_managed_notebook(nb_man, kernel_name, **options)
        finally:
            draw_pictures(nb_man.nb, png)

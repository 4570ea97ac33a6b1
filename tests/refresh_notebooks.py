"""Run the notebooks again and store their outputs: ``make notebooks``.

What is stored is what a reader sees and nbval compares, and nothing that differs from run to run or from
one Python to the next: no times, no widget state, no version of the interpreter. The report is a template
whose outputs go into ``reports/``; it stays as it is.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
TEMPLATES = {"report.ipynb"}
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# What papermill, nbclient and JupyterLab note about a run.
RUN_NOTES = ("execution", "papermill", "ExecuteTime")
# The state of a widget is not stored, so its view would be empty: its text stays.
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def clean(notebook: NotebookNode) -> NotebookNode:
    """Drop what differs between runs and interpreters; cell ids and tags stay."""
    notebook.metadata = NotebookNode(kernelspec=KERNEL, language_info={"name": "python"})
    for cell in notebook.cells:
        for key in RUN_NOTES:
            cell.metadata.pop(key, None)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET_VIEW, None)
    return notebook


def run(path: Path) -> NotebookNode:
    """Execute a notebook in its own folder, as nbval does."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        kernel_name=KERNEL["name"],
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    return client.execute()


def main() -> int:
    """Refresh every notebook; one that fails is named and left as it was."""
    failed = []
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        if path.name in TEMPLATES:
            continue
        print(f"{path.name} ...", flush=True)
        try:
            nbformat.write(clean(run(path)), path)
        except (CellExecutionError, DeadKernelError) as error:
            print(error, file=sys.stderr)
            failed.append(path.name)
    if failed:
        print(f"left as they were: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

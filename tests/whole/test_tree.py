"""The tree: what stands at the root, and imports that never come back to where they started."""

from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

import planmodel

ROOT = Path(planmodel.__file__).parent
FOLDERS = {
    *("base", "law", "plan", "evidence", "scenario", "model", "questions", "estimation"),
    *("show", "report", "batch", "forks", "lab", "cli"),
}
FILES = {"__init__.py", "__init__.pyi", "py.typed"}

# Modules on the longest chain of imports, those made late among them. Catalogues and the voice made it two longer.
DEEPEST = 28


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """What each module imports, at its head or within a function."""
    graph = grimp.build_graph("planmodel", exclude_type_checking_imports=True, cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def test_the_root_holds_the_folders_of_the_design_and_nothing_else() -> None:
    """A wheel adds what ships with it; a run adds its caches."""
    shipped = {"seeds", "data", "notebooks", "__pycache__"}
    assert {path.name for path in ROOT.iterdir()} - shipped == FOLDERS | FILES


def test_no_import_comes_back_to_where_it_started(imports: dict[str, set[str]]) -> None:
    """Not even through imports that wait for a function to be called; `CycleError` names the circle."""
    TopologicalSorter(imports).prepare()


def test_the_longest_chain_of_imports_has_not_grown(
    imports: dict[str, set[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    below: dict[str, list[str]] = {}
    for module in TopologicalSorter(imports).static_order():
        below[module] = [module, *max((below[name] for name in imports[module]), key=len, default=[])]
    longest = max(below.values(), key=len)
    with capsys.disabled():
        print(f"\n{len(longest)} modules deep: {' > '.join(longest)}")
    assert len(longest) <= DEEPEST


def test_notebooks_import_nothing_deeper_than_the_package() -> None:
    """`import planmodel as pm`, or one of its homes."""
    deeper = [
        path.name
        for path in sorted((ROOT.parent / "notebooks").glob("*.ipynb"))
        if "planmodel." in path.read_text("utf-8")
    ]
    assert deeper == []

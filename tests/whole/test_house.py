"""The house around the package: set-up files in step with each other, names, what an import loads."""

import importlib
import os
import pkgutil
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
HOMES = ["charts", "labels", "messages", "sheets", "words"]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
# On PyPI only; environment.yml lists them below `pip:`.
NOT_ON_CONDA_FORGE = {"city-macro-data", "ema-workbench", "playwright", "pylopdf-fonts-zh-cn", "scoringrules"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pyproject() -> dict[str, Any]:
    return tomllib.loads(read("pyproject.toml"))


@pytest.fixture(scope="module")
def declared(pyproject: dict[str, Any]) -> dict[str, SpecifierSet]:
    """Everything that pyproject.toml asks for: the package, its extras, development."""
    project = pyproject["project"]
    lines = [*project["dependencies"], *pyproject["dependency-groups"]["dev"]]
    for extra in project["optional-dependencies"].values():
        lines += extra
    requirements = [Requirement(line) for line in lines]
    return {canonicalize_name(r.name): r.specifier for r in requirements if r.name != project["name"]}


@pytest.fixture(scope="module")
def environment() -> dict[str, Any]:
    return yaml.safe_load(read("environment.yml"))


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """The files that git tracks."""
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("not a git checkout")
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    return [path for name in listing.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def split_environment(environment: dict[str, Any]) -> tuple[dict[str, SpecifierSet], list[str]]:
    """Return the conda packages by name, and the lines below `pip:`."""
    pip = [line for entry in environment["dependencies"] if isinstance(entry, dict) for line in entry["pip"]]
    conda = [Requirement(entry) for entry in environment["dependencies"] if isinstance(entry, str)]
    return {r.name: r.specifier for r in conda}, pip


def test_environment_yml_uses_conda_forge_only(environment: dict[str, Any]) -> None:
    """Anaconda's `defaults` needs a paid licence in large organisations."""
    assert environment["channels"] == ["conda-forge"]
    assert set(environment) == {"name", "channels", "dependencies"}


def test_environment_yml_is_in_step_with_pyproject(
    environment: dict[str, Any], declared: dict[str, SpecifierSet]
) -> None:
    """The same packages in the same ranges, in both directions."""
    conda, pip = split_environment(environment)
    assert pip.pop() == "-e ."
    by_pip = {canonicalize_name(r.name): r.specifier for r in map(Requirement, pip)}
    assert set(by_pip) == NOT_ON_CONDA_FORGE
    del conda["pip"], conda["python"]
    assert conda | by_pip == declared


def test_environment_yml_admits_the_pythons_that_are_declared(
    environment: dict[str, Any], pyproject: dict[str, Any]
) -> None:
    """Its Python is `requires-python` up to the last version that is tested."""
    conda, _ = split_environment(environment)
    admitted = [v for v in map("3.{}".format, range(8, 20)) if v in conda["python"]]
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(pyproject["project"]["classifiers"]))
    assert admitted == named == list(PYTHONS)
    assert [v for v in PYTHONS if v not in SpecifierSet(pyproject["project"]["requires-python"])] == []


def locked() -> list[tuple[Requirement, int]]:
    """Every pin of the lock, with its number of hashes."""
    entries = read("requirements.lock").replace("\\\n", " ").splitlines()
    return [(Requirement(line.split("--hash")[0]), line.count("--hash=sha256:")) for line in entries]


@pytest.mark.parametrize("python", PYTHONS)
def test_lock_satisfies_every_declared_range(python: str, declared: dict[str, SpecifierSet]) -> None:
    """For each Python there is exactly one pin of each package, and it lies in the range."""
    target = {"python_version": python, "python_full_version": f"{python}.0"}
    pins: dict[str, str] = {}
    for requirement, _ in locked():
        if requirement.marker is None or requirement.marker.evaluate(target):
            assert requirement.name not in pins
            pins[requirement.name] = next(iter(requirement.specifier)).version
    assert {n: pins.get(n) for n, allowed in declared.items() if pins.get(n, "") not in allowed} == {}


def test_lock_has_hashes_and_no_addresses() -> None:
    """It installs with `pip --require-hashes` from whatever index the user's machine is set to."""
    assert [str(r) for r, hashes in locked() if hashes == 0 or not str(r.specifier).startswith("==")] == []
    assert "://" not in read("requirements.lock")


def test_no_registry_address_and_no_path_of_a_machine(tracked: list[Path]) -> None:
    """The project installs from any mirror and lies in any folder."""
    # Written so that this file holds no address either.
    hosts = r"pypi[.]org|python(?:hosted)|registry[.]npm(?:js)|deb[.]debian"
    banned = re.compile(hosts + r"|(?<![\w.)}])/(?:work|farm|root|home|opt)/")
    found = {}
    for path in tracked:
        text = path.read_bytes().decode("utf-8", errors="replace")
        if match := banned.search(text):
            found[path.relative_to(ROOT).as_posix()] = match.group()
    assert found == {}


def test_make_help_lists_every_target() -> None:
    """What `make help` prints is what the Makefile has."""
    if not shutil.which("make"):
        pytest.skip("no make")
    # The suite itself runs below make: its flags are not for this one.
    surroundings = {k: v for k, v in os.environ.items() if k not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        env=surroundings,
        capture_output=True,
        text=True,
        check=True,
    )
    listed = [line.split()[1] for line in shown.stdout.splitlines()]
    targets = re.findall(r"^([a-z]+):(?!=)", read("Makefile"), flags=re.MULTILINE)
    assert listed == targets
    assert {"report", "test", "lab", "notebooks", "bench", "check", "help"} <= set(listed)


def test_ci_runs_the_test_command_of_the_readme() -> None:
    """A green CI means what a reader of the README can see for himself."""
    lines = [line.strip() for line in read(".ci/run").splitlines()]
    assert [line for line in lines if line.startswith("make ")] == ["make test", "make check"]
    assert lines[-2:] == ["make test", "make check"]
    assert "export PLANMODEL_REQUIRE_BROWSER=1" in lines
    readme = [line.split("#")[0].strip() for line in read("README.md").splitlines()]
    assert {"make report", "make test"} <= set(readme)


def test_code_host_runs_the_same_on_every_declared_python() -> None:
    """Its matrix is the declared Pythons, its commands are .ci/run and `make docs`, its cache follows the lock."""
    jobs = yaml.safe_load(read(".github/workflows/test.yml"))["jobs"]
    assert jobs["test"]["strategy"]["matrix"] == {"python": list(PYTHONS)}
    commands = {name: [step["run"] for step in job["steps"] if "run" in step] for name, job in jobs.items()}
    assert commands == {"test": ["bash .ci/run"], "docs": ["make docs"]}
    set_up = [step["with"] for job in jobs.values() for step in job["steps"] if "setup-python" in str(step)]
    assert [step["python-version"] for step in set_up] == ["${{ matrix.python }}", PYTHONS[-1]]
    assert {step["cache-dependency-path"] for step in set_up} == {"requirements.lock"}


def test_contributing_lists_the_folders_of_the_contract(pyproject: dict[str, Any]) -> None:
    """In the contract's order, and each of them is there."""
    layers = pyproject["tool"]["importlinter"]["contracts"][0]["layers"]
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", read("CONTRIBUTING.md"), flags=re.MULTILINE)
    assert [re.findall(r"\w+", row) for row in rows] == [layer.split(" | ") for layer in layers]
    folders = {path.parent.name for path in (ROOT / "planmodel").glob("*/__init__.py")}
    assert folders == {folder for layer in layers for folder in layer.split(" | ")}


def test_citation_has_the_version_of_the_package(pyproject: dict[str, Any]) -> None:
    """CITATION.cff, the changelog and pyproject.toml name the same version and licence."""
    citation = yaml.safe_load(read("CITATION.cff"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["version"] == pyproject["project"]["version"]
    assert citation["license"] == pyproject["project"]["license"]
    newest = re.search(r"^## (\S+?),? ", read("CHANGELOG.md"), flags=re.MULTILINE)
    assert newest is not None
    assert newest.group(1) == citation["version"]


def test_public_names_are_not_modules() -> None:
    """No module takes a public function's name, even when all modules have been imported; five homes are modules."""
    package = importlib.import_module("planmodel")
    # Loads the engines as its entry points; they cannot be imported before it.
    importlib.import_module("papermill")
    for module in pkgutil.walk_packages(package.__path__, "planmodel."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    values = {name: getattr(package, name) for name in package.__all__}
    assert values
    assert [name for name, value in values.items() if isinstance(value, ModuleType)] == HOMES


def test_import_is_light() -> None:
    """`import planmodel` leaves the slow libraries to the functions that use them."""
    heavy = ["altair", "anywidget", "ipywidgets", "papermill", "statsmodels", "scipy.stats"]
    code = f"import planmodel, sys; print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"

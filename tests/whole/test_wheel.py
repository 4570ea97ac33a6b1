"""The wheel works by itself: no checkout, no network, an empty folder."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Started with every Python of the new environment, kernels included.
OFFLINE = """
import ipaddress, socket

connect = socket.socket.connect

def local_only(self, address):
    host = "127.0.0.1" if self.family == socket.AF_UNIX else address[0].replace("localhost", "127.0.0.1")
    if not ipaddress.ip_address(host).is_loopback:
        raise OSError(f"the network was asked for {address}")
    return connect(self, address)

socket.socket.connect = local_only
"""


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    """Run a command away from the checkout and return what it prints."""
    surroundings = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHONPATH", "JUPYTER_"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=surroundings | variables,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def binaries(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel in a new environment that borrows this one's packages, but not its planmodel."""
    folder = tmp_path_factory.mktemp("wheel") / "venv"
    # As the Makefile does: uv where it is present, else pip.
    if shutil.which("uv"):
        run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=ROOT)
        install = ["uv", "pip", "install", "--offline", "--python", folder / "bin" / "python"]
    else:
        run(sys.executable, "-m", "venv", folder, cwd=ROOT)
        install = [folder / "bin" / "python", "-m", "pip", "install", "--no-index", "--no-compile"]
    run(*install, "--quiet", "--no-deps", wheel, cwd=folder)
    (site_packages,) = folder.glob("lib/python*/site-packages")
    # A path named in a .pth file is searched, but the .pth files in it (the editable planmodel) are not read.
    borrowed = f"import offline\n{sysconfig.get_path('purelib')}\n"
    (site_packages / "borrowed.pth").write_text(borrowed, encoding="utf-8")
    (site_packages / "offline.py").write_text(OFFLINE, encoding="utf-8")
    return folder / "bin"


@pytest.fixture
def shared() -> str:
    """Return this environment's Jupyter data (nbconvert's templates), which is no package."""
    return str(Path(sys.prefix) / "share" / "jupyter")


def test_the_wheel_carries_the_plan_the_data_and_the_notebooks(wheel: Path) -> None:
    """The shipped folders lie inside the package; tests do not."""
    names = zipfile.ZipFile(wheel).namelist()
    for part in ("py.typed", "seeds/jiangbei/plan.yaml", "data/observations.csv", "notebooks/report.ipynb"):
        assert any(name.startswith(f"planmodel/{part}") for name in names), part
    assert {name.split("/")[0].split("-")[0] for name in names} == {"planmodel"}
    assert [name for name in names if "checkpoint" in name or "__pycache__" in name] == []


def test_the_installed_command_answers_from_an_empty_folder(binaries: Path, tmp_path: Path) -> None:
    """`planmodel reach` works offline, with the package from the wheel."""
    code = "import planmodel; print(planmodel.__file__)"
    imported = Path(run(binaries / "python", "-c", code, cwd=tmp_path).strip())
    assert binaries.parent in imported.parents
    answer = json.loads(run(binaries / "planmodel", "reach", "--json", cwd=tmp_path))
    assert len(answer["rows"]) == 13
    assert list(tmp_path.iterdir()) == []


def test_the_installed_command_writes_a_report(binaries: Path, tmp_path: Path, shared: str) -> None:
    """`planmodel report baseline` writes its pages into the folder where it is called."""
    run(binaries / "planmodel", "report", "baseline", cwd=tmp_path, JUPYTER_PATH=shared)
    assert (tmp_path / "reports" / "index.html").is_file()
    written = {path.suffix for path in (tmp_path / "reports").rglob("*baseline*")}
    assert {".ipynb", ".html", ".xlsx", ".csv"} <= written

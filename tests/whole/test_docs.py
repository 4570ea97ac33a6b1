"""The reference is built from the docstrings, and the next release's notes from their fragments."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

import planmodel as pm

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str) -> str:
    """Run a module of this Python in the project's folder; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The pages of the reference by name, built with a warning as an error."""
    folder = tmp_path_factory.mktemp("docs")
    run("sphinx", "--quiet", "--fail-on-warning", "--keep-going", "docs", str(folder))
    return {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.html")}


def test_every_public_name_is_in_the_reference(pages: dict[str, str]) -> None:
    listed = set(re.findall(r'id="planmodel\.(\w+)"', pages["reference"]))
    assert listed == {name for name in pm.__all__ if not isinstance(getattr(pm, name), ModuleType)}


def test_pages_need_no_network(pages: dict[str, str]) -> None:
    """They load nothing from another machine: no script, style, font or picture."""
    loaded = [
        found for page in pages.values() for found in re.findall(r"<(?:script|link|img)[^>]*//[^>]*>", page)
    ]
    assert loaded == []


def test_each_fragment_is_one_line_of_the_next_release() -> None:
    """A file with a type that towncrier does not know would be left out without a word."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]
    types = [kind["directory"] for kind in config["type"]]
    fragments = list((ROOT / config["directory"]).glob("*.md"))
    assert types == ["breaking", "deprecated", "added", "changed", "fixed"]
    assert [path.name for path in fragments if path.name.split(".")[-2] not in types] == []
    draft = run("towncrier", "build", "--draft", "--date", "unreleased").splitlines()
    texts = [path.read_text(encoding="utf-8").strip() for path in fragments]
    assert [text for text in texts if f"- {text}" not in draft] == []

"""Fixtures: the shipped plan, and small plans that a test writes for itself."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

import planmodel as pm
from planmodel.cli.language import VARIABLES
from planmodel.evidence.equations import EQUATION_COLUMNS
from planmodel.evidence.observations import OBSERVATION_COLUMNS
from planmodel.plan.plan import TARGET_COLUMNS

TARGET = {
    "indicator": "value_added",
    "area": "town",
    "unit": "亿元",
    "kind": "level",
    "part_of": "",
    "base_year": 2020,
    "base": 100,
    "base_step": 0,
    "base_bound": "exact",
    "target_year": 2025,
    "target": 120,
    "target_form": "level",
    "direction": "at_least",
    "obligation": "预期性",
    "price": "current",
    "name_zh": "指标",
    "name_en": "Indicator",
    "locator": "",
}
EQUATION = {"sd": "", "unit": "", "estimate": "", "basis": "assumption", "source": "test", "note": ""}
OBSERVATION = {
    "area": "town",
    "unit": "亿元",
    "bound": "exact",
    "sd": "",
    "comparable": "yes",
    "grade": "A",
    "source": "test",
    "note": "",
}
META = {
    "plan": "small",
    "title": {"zh": "小规划", "en": "A small plan"},
    "base_year": 2020,
    "target_year": 2025,
    "areas": {"town": {"zh": "镇", "en": "Town"}, "centre": {"zh": "中心", "en": "Centre"}},
    "quantities": {"gdp": {"zh": "地区生产总值", "en": "GDP", "unit": "亿元"}},
}

# Debian's Chromium, and what other systems call it.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

Rows = Sequence[Mapping[str, Any]]


def csv_text(columns: Sequence[str], rows: Rows) -> str:
    lines = [",".join(columns)] + [",".join(str(row.get(column, "")) for column in columns) for row in rows]
    return "\n".join(lines) + "\n"


def write_plan(
    folder: Path,
    targets: Rows = ({},),
    equations: Rows = (),
    observations: Rows = (),
    ratios: Mapping[str, Any] | None = None,
    drivers: Mapping[str, Any] | None = None,
) -> Path:
    """Write a small plan; each row states only what differs from the defaults above."""
    folder.mkdir(parents=True, exist_ok=True)
    meta = META | {key: value for key, value in (("ratios", ratios), ("drivers", drivers)) if value}
    (folder / "plan.yaml").write_text(
        yaml.safe_dump(meta, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    tables = {
        "targets": (TARGET_COLUMNS, [TARGET | row for row in targets]),
        "equations": (EQUATION_COLUMNS, [EQUATION | row for row in equations]),
        "observations": (OBSERVATION_COLUMNS, [OBSERVATION | row for row in observations]),
    }
    for name, (columns, rows) in tables.items():
        if rows:
            (folder / f"{name}.csv").write_text(csv_text(list(columns), rows), encoding="utf-8")
    return folder


def equations(variable: str, **coefficients: float | tuple[float, float]) -> list[dict[str, Any]]:
    """Rows of an equation: a number, or a number and its standard deviation."""
    rows = []
    for coefficient, value in coefficients.items():
        number, sd = value if isinstance(value, tuple) else (value, "")
        rows.append({"variable": variable, "coefficient": coefficient, "value": number, "sd": sd})
    return rows


@pytest.fixture(autouse=True)
def no_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever language this machine is set to, the command speaks what a test asks for, else the plan's."""
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture(scope="session")
def plan() -> pm.Plan:
    """The plan that ships."""
    return pm.load_plan("jiangbei")


@pytest.fixture
def make_plan() -> Callable[..., pm.Plan]:
    """Write a small plan folder and load it: make_plan(tmp_path, targets=…, equations=…, …)."""

    def make(folder: Path, **tables: Any) -> pm.Plan:
        return pm.load_plan(write_plan(folder / "small", **tables))

    return make


@pytest.fixture(scope="session")
def models(plan: pm.Plan) -> dict[int, pm.Model]:
    """The shipped plan's model as of its base year and as of 2023."""
    return {as_of: pm.build_model(plan, as_of=as_of) for as_of in (2020, 2023)}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The system's Chromium, driven by Playwright. Without either, a test is skipped and says so.

    Where PLANMODEL_REQUIRE_BROWSER=1 it fails instead.
    """
    required = os.environ.get("PLANMODEL_REQUIRE_BROWSER") == "1"
    found = [path for name in BROWSERS if (path := shutil.which(name))]
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        assert not required, "PLANMODEL_REQUIRE_BROWSER=1, and Playwright is not installed"
        pytest.skip("no Playwright: pip install 'planmodel[ui-test]'")
    if not found:
        assert not required, "PLANMODEL_REQUIRE_BROWSER=1, and there is no Chromium"
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found[0], args=["--no-sandbox"])
        yield browser
        browser.close()

"""One report, made where it is told to be made: by a worker process here, or by one of a cluster."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from planmodel.base.files import hash_file, shipped
from planmodel.base.messages import ENGLISH, Message, catalogue, text
from planmodel.base.problems import InputError, Problem, nearest, phrase
from planmodel.model.model import Model, build_model
from planmodel.plan.plan import load_plan
from planmodel.questions.odds.marginal import probabilities
from planmodel.questions.record.manifest import manifest, write_manifest
from planmodel.questions.stress.scenario_distance import plausibility
from planmodel.report.pages import report_page
from planmodel.report.pdf import write_pdf
from planmodel.report.report import Report
from planmodel.report.workbook import write_long_table, write_workbook
from planmodel.scenario.scenario import Scenario, load_scenario

PACKAGES = ("planmodel", "numpy", "scipy", "pandas", "altair", "vl-convert-python", "papermill")

# Engines of papermill, by the word that a user says.
ENGINES = {"fork": "planmodel", "ordinary": "planmodel-ordinary"}

ENDS = ("ipynb", "html", "xlsx", "csv", "manifest.json")


@dataclass(frozen=True)
class Job:
    """A report to be made: plain values, so that it travels to any machine that sees the same folders.

    `scenario` is what the notebook calls it: a name, or the path of a file. `fingerprint` is that of model and
    scenario, as the one who asks knows them.
    """

    name: str
    plan: str
    scenario: str
    as_of: int
    draws: int
    seed: int
    lang: str
    fingerprint: str
    making: Path
    notebook: Path
    engine: str = "fork"
    time_limit: int | None = None
    pdf: bool = False


@dataclass(frozen=True)
class Made:
    """What became of a job: its files by name with their hashes, and its figures; or why it failed."""

    name: str
    files: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""


def make_report(job: Job) -> Made:
    """Make a report's files in the folder `making`; leave the notebook that shows why if it fails.

    Errors of the notebook and of the disk are returned, not raised: they are this report's, not the batch's.
    """
    from papermill.exceptions import PapermillException

    try:
        job.making.mkdir(parents=True, exist_ok=True)
        report = _report(job)
        # This process waits while the kernel works: the report's tables are made meanwhile.
        with ThreadPoolExecutor(1) as beside:
            tables = beside.submit(_write_tables, job, report)
            notebook = _execute(job)
            tables.result()
        _write_page(job, report, notebook)
        files = {path.name: _settled(path) for path in sorted(job.making.iterdir())}
        return Made(job.name, files, figures(report))
    except (PapermillException, RuntimeError, OSError, ValueError) as error:
        return Made(job.name, message=failure(error, job.lang))


def failure(error: Exception, lang: str) -> str:
    """Return what went wrong in one line: a notebook's error by its name and words, without the traceback."""
    name = getattr(error, "ename", type(error).__name__)
    words = (getattr(error, "evalue", "") or _spoken(error, lang)).strip().splitlines()
    return f"{name}: {words[0] if words else ''}"


def _spoken(error: Exception, lang: str) -> str:
    """Return an error in a language; one that knows no other is said as it is."""
    code = getattr(error, "code", "")
    if isinstance(code, str) and f"forks.{code}" in catalogue(ENGLISH):
        return text(f"forks.{code}", lang, **getattr(error, "values", {}))
    what = error if isinstance(error, InputError) else next(iter(error.args), "")
    return text(what, lang) if isinstance(what, (InputError, Message)) else str(error)


def _settled(path: Path) -> str:
    """Force a file to the disk and return its hash."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
    return hash_file(path)


@lru_cache(maxsize=2)
def _model(plan: str, as_of: int) -> Model:
    return build_model(load_plan(plan), as_of)


def _report(job: Job) -> Report:
    """Return the results of a job, from the same inputs as the one who asks has seen."""
    for _ in range(2):
        model = _model(job.plan, job.as_of)
        scenario = load_scenario(job.scenario, model.plan)
        if fingerprint(model, scenario) == job.fingerprint:
            return Report(model, model.run(scenario), job.draws, job.seed, job.lang)
        # This process may have served another state of the same folder.
        _model.cache_clear()
    raise RuntimeError(phrase("found.changed_during_report"))


def fingerprint(model: Model, scenario: Scenario) -> str:
    """Return a hash of all that moves a report's numbers."""
    return f"{model.fingerprint}-{scenario.fingerprint}"


def _execute(job: Job) -> Any:
    """Run the notebook and return it."""
    import papermill
    from jupyter_core.utils import ensure_event_loop

    parameters = {
        "plan": job.plan,
        "scenario": job.scenario,
        "as_of": job.as_of,
        "draws": job.draws,
        "seed": job.seed,
        "lang": job.lang,
    }
    try:
        return papermill.execute_notebook(
            job.notebook,
            job.making / f"{job.name}.ipynb",
            parameters,
            engine_name=ENGINES[job.engine],
            kernel_name="python3",
            progress_bar=False,
            request_save_on_cell_execute=False,
            execution_timeout=job.time_limit,
            png=False,  # the page shows SVG
        )
    finally:
        # The client opens an event loop in each thread and leaves it open.
        ensure_event_loop().close()


def _write_tables(job: Job, report: Report) -> None:
    """Write what needs no notebook: workbook, long table and manifest."""
    write_workbook(report, job.making / f"{job.name}.xlsx")
    write_long_table(report, job.making / f"{job.name}.csv")
    record = manifest(report.outlook, report.draws, report.seed, job.lang, PACKAGES)
    write_manifest(record, job.making / f"{job.name}.manifest.json")


def _write_page(job: Job, report: Report, notebook: Any) -> None:
    lang, target = job.lang, job.making / f"{job.name}.html"
    heading = report.outlook.scenario.heading(lang)
    page = report_page(notebook, heading, subtitle(report.model, lang), _stamp(report), lang)
    target.write_text(page, encoding="utf-8")
    if job.pdf:
        write_pdf(target, target.with_suffix(".pdf"))


def subtitle(model: Model, lang: str) -> str:
    """Return the line below a page's title: plan and year."""
    return text("report.subtitle", lang, plan=model.plan.title(lang), year=model.as_of)


def _stamp(report: Report) -> str:
    """Return the line at the foot of a page; the manifest has the rest."""
    simulation = text("stamp_simulation", report.lang, seed=report.seed, draws=f"{report.draws:,}")
    made_by, known = f"planmodel {version('planmodel')}", report.outlook.fingerprint[:16]
    return " · ".join([made_by, report.outlook.scenario.name, simulation, known])


def figures(report: Report) -> dict[str, Any]:
    """Return a report's numbers for the index, as JSON holds them."""
    odds, likely = report.joint.iloc[0], probabilities(report.outlook)
    names = report.outlook.model.goals.names
    return {
        "probabilities": dict(zip(names, map(float, likely), strict=True)),
        **{str(key): value.item() if hasattr(value, "item") else value for key, value in odds.items()},
        **{key: float(plausibility(report.outlook)[key].iloc[0]) for key in ("delta", "q")},
    }


def shipped_notebook() -> Path:
    """Return the report notebook that ships."""
    return shipped("notebooks", "report.ipynb")


def check_engine(engine: str) -> None:
    """Raise an InputError for an engine that does not exist."""
    if engine not in ENGINES:
        first, second = ENGINES
        expected = phrase("expected.either", first=first, second=second)
        raise InputError([Problem("--engine", "", repr(engine), expected, nearest(engine, ENGINES))])

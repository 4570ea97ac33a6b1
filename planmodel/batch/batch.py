"""Reports in batch: many scenarios, each whole or not at all, made again only when something changed, and an index."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from planmodel.base.extras import need
from planmodel.base.files import PACKAGE, file_hash, shipped
from planmodel.base.problems import InputError, Problem, phrase
from planmodel.base.tables import check_folder
from planmodel.batch.executors import cores, executor
from planmodel.batch.file_names import safe_name
from planmodel.batch.index import Index, said_of
from planmodel.batch.journal import Entry, Journal
from planmodel.model.model import Model, build_model
from planmodel.plan.plan import load_plan
from planmodel.report.making import (
    ENDS,
    PACKAGES,
    Job,
    Made,
    check_engine,
    failure,
    fingerprint,
    make_report,
    shipped_notebook,
    subtitle,
)
from planmodel.report.pdf import find_browser
from planmodel.report.report import check_parameters
from planmodel.scenario.scenario import Scenario, load_scenario, save_scenario

# Where a run makes reports before they are moved into place; a run that was killed leaves its own behind.
MAKING = ".making-"

# Seconds without a report after which the index shows all that were made.
PATIENCE = 1.0

# Scenarios that have no file of their own, such as the points of a grid, get one here.
SCENARIOS = "scenarios"


@dataclass(frozen=True)
class ReportResult:
    """What became of one report; `message` says why it failed.

    `name` is that of its files; `fresh` is False where an earlier run had made it from the same inputs.
    """

    scenario: str
    ok: bool
    message: str = ""
    name: str = ""
    heading: str = ""
    severity: str = "baseline"
    fresh: bool = True
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class How:
    """How a batch is run, which changes nothing in the reports.

    Attributes
    ----------
    workers : int, optional
        Reports at a time: by default as many as there are cores.
    engine : str
        ``fork``, or ``ordinary`` for kernels that import everything themselves.
    time_limit : int, optional
        Seconds that a cell may take.
    notebook : Path, optional
        Another notebook than the one that ships, with the same parameters.
    cluster : str, optional
        Address of a Dask scheduler; empty for a local Dask cluster.
    pdf : bool
        Whether each report is written as PDF, too.
    progress : bool
        Whether a bar is shown.
    """

    workers: int | None = None
    engine: str = "fork"
    time_limit: int | None = None
    notebook: Path | None = None
    cluster: str | None = None
    pdf: bool = False
    progress: bool = True


@dataclass(frozen=True)
class _Order:
    """One report of a batch: its scenario, its job, and the hash of its inputs."""

    scenario: Scenario
    job: Job
    inputs: str
    about: Mapping[str, str]

    def result(self, entry: Entry, fresh: bool) -> ReportResult:
        """Say what became of it."""
        heading, severity = self.about["heading"], self.about["severity"]
        said = (self.job.name, heading, severity, fresh, entry.figures)
        return ReportResult(self.scenario.name, entry.done, entry.message, *said)


def run_reports(  # noqa: PLR0913 - a public signature, and what a report says depends on each
    plan: str,
    scenarios: Iterable[str | Scenario],
    as_of: int | None,
    draws: int,
    seed: int,
    lang: str,
    folder: Path,
    progress: bool = True,
    how: How | None = None,
) -> list[ReportResult]:
    """Write the report of each scenario into `folder`, and `index.html`, which compares them.

    A report is its executed notebook, page, workbook, long table and manifest. It is made aside and moved into
    place when it is whole, and noted in the folder's journal with the hash of its inputs; one that stands there
    already, made from the same inputs, is left alone. Of a scenario that fails, the notebook is kept as
    NAME.failed.ipynb with the error in it, an earlier report of it is removed, and the others go on.

    Returns
    -------
    list of ReportResult
        In the order of `scenarios`.

    Raises
    ------
    InputError
        If a parameter, the plan or a scenario is wrong, or if another run is writing to the folder: no report is
        written then.
    MissingExtraError
        If the extra ``report`` is not installed.
    """
    need("report", "papermill", "nbconvert", "ipykernel", "openpyxl", "altair", "vl_convert", "tqdm")
    need("report", "fontTools", "pylopdf_fonts_zh_cn")
    how = how or How(progress=progress)
    check_parameters(draws, seed, lang)
    check_engine(how.engine)
    check_folder(folder, "--out")
    if how.pdf:
        find_browser()
    model = build_model(load_plan(plan), as_of)
    chosen = _chosen(scenarios, model)
    folder.mkdir(parents=True, exist_ok=True)
    with Journal(folder) as journal, _aside(folder) as making:
        notebook = (how.notebook or shipped_notebook()).resolve()
        blank = Job(
            *("", plan, "", model.as_of, draws, seed, lang, "", making, notebook),
            *(how.engine, how.time_limit, how.pdf),
        )
        orders = [_order(name, *pair, blank, model, folder) for name, pair in chosen.items()]
        index = Index(model, world_of(model, lang), journal, lang, making)
        try:
            return _make_all(orders, journal, how, index)
        finally:
            index.write()


def _chosen(scenarios: Iterable[str | Scenario], model: Model) -> dict[str, tuple[str, Scenario]]:
    """Return each scenario once, by the name of its files, with what the notebook calls it."""
    chosen: dict[str, tuple[str, Scenario]] = {}
    for given in dict.fromkeys(scenarios):
        scenario = load_scenario(given, model.plan)
        name = safe_name(scenario.name)
        if name in chosen:
            found, expected = phrase("found.twice", name=scenario.name), phrase("expected.other_file_names")
            raise InputError([Problem("scenario", "", found, expected)])
        text = "" if isinstance(given, Scenario) else str(given)
        chosen[name] = (
            str(Path(text).resolve()) if text.endswith(".yaml") or "/" in text else text,
            scenario,
        )
    return chosen


def _order(name: str, text: str, scenario: Scenario, blank: Job, model: Model, folder: Path) -> _Order:
    """Return the order of one report; a scenario without a file gets one, so that its notebook can be run again."""
    if not text:
        path = folder.resolve() / SCENARIOS / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        aside = path.with_suffix(".part")
        save_scenario(scenario, aside)
        aside.replace(path)
        text = str(path)
    known = fingerprint(model, scenario)
    job = replace(blank, name=name, scenario=text, fingerprint=known, making=blank.making / name)
    about = {
        "scenario": scenario.name,
        "heading": scenario.heading(job.lang),
        "severity": scenario.severity,
        "subtitle": subtitle(model, job.lang),
        "world": world_of(model, job.lang),
        "given": text,
        "said": said_of(scenario),
    }
    return _Order(scenario, job, _inputs(job, scenario), about)


def world_of(model: Model, lang: str) -> str:
    """Return what reports that stand in one table have in common: plan, data, year, language and program."""
    return hashlib.sha256(f"{model.fingerprint}-{lang}-{_program()}".encode()).hexdigest()[:16]


def _inputs(job: Job, scenario: Scenario) -> str:
    """Return the hash of everything that a report is made from."""
    made_by = (_program(), file_hash(job.notebook))
    known = (job.plan, job.scenario, job.as_of, job.draws, job.seed, job.lang, job.fingerprint)
    return hashlib.sha256(json.dumps([known, said_of(scenario), made_by]).encode()).hexdigest()[:32]


@cache
def _program() -> str:
    """Return a hash of the program that makes reports: this package, and the versions of those behind it."""
    files = [*PACKAGE.rglob("*.py"), *PACKAGE.glob("show/templates/*.j*"), *shipped("data").glob("*.csv")]
    # What it says is the program's, too.
    files += shipped("data", "messages").glob("*.csv")
    versions = [version(name) for name in PACKAGES]
    return hashlib.sha256(json.dumps([file_hash(*sorted(files)), versions]).encode()).hexdigest()


@contextlib.contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """Make a folder to work in; remove those that runs left which were killed."""
    for left in folder.glob(f"{MAKING}*"):
        shutil.rmtree(left, ignore_errors=True)
    making = Path(tempfile.mkdtemp(prefix=MAKING, dir=folder)).resolve()
    try:
        yield making
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _make_all(orders: list[_Order], journal: Journal, how: How, index: Index) -> list[ReportResult]:
    """Make the reports that do not stand yet, show each in the index, and return what became of each."""
    from tqdm import tqdm

    noted = journal.entries()
    results: dict[str, ReportResult] = {}
    for order in orders:
        entry = noted.get(order.job.name)
        if entry is not None and journal.current(entry, order.inputs) and _has_all(entry, order.job):
            results[order.job.name] = order.result(entry, fresh=False)
    missing = [order for order in orders if order.job.name not in results]
    with tqdm(total=len(orders), initial=len(results), unit="report", disable=not how.progress) as bar:
        for order, made in _made(missing, how, index.catch_up):
            entry = _put_in_place(order, made, journal)
            results[order.job.name] = order.result(entry, fresh=True)
            index.add(order.scenario.name, entry)
            bar.update()
    return [results[order.job.name] for order in orders]


def _has_all(entry: Entry, job: Job) -> bool:
    return not job.pdf or f"{job.name}.pdf" in entry.files


def _made(orders: list[_Order], how: How, idle: Callable[[], None]) -> Iterator[tuple[_Order, Made]]:
    """Yield each report when it is made, in the order in which they are; call `idle` while none comes."""
    if not orders:
        return
    workers = min(how.workers or cores(), len(orders))
    with executor(workers, how.cluster) as pool:
        waiting: dict[Future[Made], _Order] = {pool.submit(make_report, order.job): order for order in orders}
        while waiting:
            ready = wait(waiting, PATIENCE, FIRST_COMPLETED).done
            for done in ready:
                order = waiting.pop(done)
                yield order, _result(done, order)
            if not ready:
                idle()


def _result(done: Future[Made], order: _Order) -> Made:
    try:
        return done.result()
    except Exception as error:  # noqa: BLE001 (a worker or a cluster may fail in any way: it is this report's failure)
        return Made(order.job.name, message=failure(error, order.job.lang))


def _put_in_place(order: _Order, made: Made, journal: Journal) -> Entry:
    """Move a report's files into place and note it; if it failed, keep the notebook that shows why."""
    job, folder = order.job, journal.folder
    failed = folder / f"{job.name}.failed.ipynb"
    try:
        if made.files:
            for name in made.files:
                (job.making / name).replace(folder / name)
            entry = Entry(job.name, order.inputs, made.files, made.figures, about=order.about)
            journal.add(entry)
            failed.unlink(missing_ok=True)
            shutil.rmtree(job.making, ignore_errors=True)
            return entry
    except OSError as error:
        made = Made(job.name, message=failure(error, job.lang))
    # A page that stood here before would look like this scenario's report.
    for end in (*ENDS, "pdf"):
        (folder / f"{job.name}.{end}").unlink(missing_ok=True)
    entry = Entry(job.name, order.inputs, message=made.message)
    with contextlib.suppress(OSError):
        (job.making / f"{job.name}.ipynb").replace(failed)
    shutil.rmtree(job.making, ignore_errors=True)
    with contextlib.suppress(OSError):
        journal.add(entry)
    return entry

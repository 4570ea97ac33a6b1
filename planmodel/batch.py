"""Reports in batch: the report notebook run for every scenario, with page, workbook, long table and index."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from planmodel.files import shipped
from planmodel.labels import Sheet, label, named, percent
from planmodel.manifest import manifest, write_manifest
from planmodel.model import Model, build_model
from planmodel.pages import index_page, report_page, vega_bundle
from planmodel.plan import load_plan
from planmodel.report import Report, check_parameters
from planmodel.scenario import Scenario, load_scenario
from planmodel.tables import InputError, Problem
from planmodel.workbook import write_long_table, write_workbook

# Each report is a kernel of its own; two at a time keep two cores busy and the memory small.
WORKERS = 2

# The kernel's notice about its transport would break into the progress bar. And jsonschema imports
# rfc3987_syntax if it is there, to check a format that nothing here uses: a second in every kernel.
KERNEL_ARGUMENTS = [
    "--IPKernelApp.log_level=40",
    "--IPKernelApp.exec_lines=import sys; sys.modules.setdefault('rfc3987_syntax', None)",
]

PACKAGES = ("planmodel", "numpy", "scipy", "pandas", "altair", "vl-convert-python", "papermill")


@dataclass(frozen=True)
class ReportResult:
    """What became of one report; `message` says why it failed."""

    scenario: str
    ok: bool
    message: str = ""
    report: Report | None = None


def run_reports(
    plan: str,
    scenarios: Iterable[str],
    as_of: int | None,
    draws: int,
    seed: int,
    lang: str,
    folder: Path,
    progress: bool = True,
) -> list[ReportResult]:
    """Write the report of each scenario into `folder`, and `index.html`, which compares them.

    A report is its executed notebook, page, workbook, long table and manifest; all of them are written, or none.
    Of a scenario that fails, the notebook is kept as NAME.failed.ipynb with the error in it, and the others go on.

    Returns
    -------
    list of ReportResult
        In the order of `scenarios`.

    Raises
    ------
    InputError
        If a parameter, the plan or a scenario is wrong: nothing is written then.
    """
    check_parameters(draws, seed, lang)
    model = build_model(load_plan(plan), as_of)
    chosen = _chosen(scenarios, model)
    folder.mkdir(parents=True, exist_ok=True)
    vega_bundle()
    with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as making:
        jobs = {
            name: Job(
                text, Report(model, model.run(scenario), draws, seed, lang), plan, Path(making) / name, folder
            )
            for name, (text, scenario) in chosen.items()
        }
        results = _in_parallel(jobs, progress)
        page = Path(making) / "index.html"
        page.write_text(_index(model, results, lang), encoding="utf-8")
        page.replace(folder / "index.html")
    return results


@dataclass(frozen=True)
class Job:
    """One report to be made in `making` and then moved to `folder`."""

    scenario: str
    report: Report
    plan: str
    making: Path
    folder: Path

    @property
    def name(self) -> str:
        """The name of its files."""
        return self.report.out.scenario.name

    @property
    def failed(self) -> Path:
        """Where the notebook of a report that fails is kept."""
        return self.folder / f"{self.name}.failed.ipynb"


def _chosen(scenarios: Iterable[str], model: Model) -> dict[str, tuple[str, Scenario]]:
    """Return each scenario once, by the name of its files, with what the notebook calls it."""
    chosen: dict[str, tuple[str, Scenario]] = {}
    for given in dict.fromkeys(map(str, scenarios)):
        scenario = load_scenario(given, model.plan)
        text = str(Path(given).resolve()) if given.endswith(".yaml") or "/" in given else given
        if scenario.name in chosen:
            expected = "scenarios whose files differ in name: reports are named after them"
            raise InputError([Problem("scenario", "", f"{scenario.name} twice", expected, "")])
        chosen[scenario.name] = (text, scenario)
    return chosen


def _in_parallel(jobs: dict[str, Job], progress: bool) -> list[ReportResult]:
    from tqdm import tqdm

    results: dict[str, ReportResult] = {}
    with (
        ThreadPoolExecutor(WORKERS) as pool,
        tqdm(total=len(jobs), unit="report", disable=not progress) as bar,
    ):
        waiting = {pool.submit(_make, job): name for name, job in jobs.items()}
        for done in as_completed(waiting):
            results[waiting[done]] = done.result()
            bar.update()
    return [results[name] for name in jobs]


def _make(job: Job) -> ReportResult:
    """Make one report and move it to its place, or keep the notebook that shows why not."""
    from papermill.exceptions import PapermillException

    job.making.mkdir()
    try:
        _execute(job)
        _write_files(job)
    except (PapermillException, RuntimeError, OSError, ValueError) as error:
        notebook = job.making / f"{job.name}.ipynb"
        if notebook.is_file():
            notebook.replace(job.failed)
        shutil.rmtree(job.making)
        return ReportResult(job.name, False, _message(error))
    for path in sorted(job.making.iterdir()):
        path.replace(job.folder / path.name)
    job.failed.unlink(missing_ok=True)
    return ReportResult(job.name, True, "", job.report)


def _message(error: Exception) -> str:
    """Return what went wrong in one line: a notebook's error by its name and words, without the traceback."""
    name = getattr(error, "ename", type(error).__name__)
    return f"{name}: {getattr(error, 'evalue', error)}"


def _execute(job: Job) -> None:
    import papermill
    from jupyter_core.utils import ensure_event_loop

    report = job.report
    parameters = {
        "plan": job.plan,
        "scenario": job.scenario,
        "as_of": report.out.as_of,
        "draws": report.draws,
        "seed": report.seed,
        "lang": report.lang,
    }
    try:
        papermill.execute_notebook(
            shipped("notebooks", "report.ipynb"),
            job.making / f"{job.name}.ipynb",
            parameters,
            kernel_name="python3",
            progress_bar=False,
            extra_arguments=KERNEL_ARGUMENTS,
        )
    finally:
        # The client opens an event loop in each thread and leaves it open.
        ensure_event_loop().close()


def _write_files(job: Job) -> None:
    import nbformat

    report, making = job.report, job.making
    notebook = nbformat.read(making / f"{job.name}.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    scenario, lang = report.out.scenario, report.lang
    page = report_page(notebook, scenario.heading(lang), _subtitle(report.model, lang), _stamp(report), lang)
    (making / f"{job.name}.html").write_text(page, encoding="utf-8")
    write_workbook(report, making / f"{job.name}.xlsx")
    write_long_table(report, making / f"{job.name}.csv")
    record = manifest(report.out, report.draws, report.seed, lang, PACKAGES)
    write_manifest(record, making / f"{job.name}.manifest.json")


def _subtitle(model: Model, lang: str) -> str:
    as_of = f"截至 {model.as_of} 年" if lang == "zh" else f"as of {model.as_of}"
    return f"{model.plan.title(lang)} · {as_of}"


def _stamp(report: Report) -> str:
    """Return the line at the foot of a page; the manifest has the rest."""
    words = f"planmodel {version('planmodel')} · {report.out.scenario.name} · seed {report.seed} · {report.draws:,} draws"
    return f"{words} · {report.out.fingerprint[:16]}"


def _index(model: Model, results: list[ReportResult], lang: str) -> str:
    from planmodel.charts import scenario_heat, show

    reports = [result.report for result in results if result.report is not None]
    chart, grid, most = None, "", label("at_least", lang)
    if reports:
        odds = pd.concat([r.reach.assign(scenario=r.out.scenario.heading(lang)) for r in reports])
        shown = show(scenario_heat(odds, model.plan, lang), lang)
        chart = {"spec": shown.spec, "picture": shown.svg}
        grid = _grid(odds, model, lang)
        k, n = int(reports[0].joint["k"].iloc[0]), len(model.plan.targets)
        most = f"至少 {k} 项达标（共 {n} 项）" if lang == "zh" else f"At least {k} of {n}"
    rows = [_index_row(report, lang) for report in reports]
    failed = [result for result in results if not result.ok]
    words = {"title": label("comparison", lang), "subtitle": _subtitle(model, lang), "most": most}
    return index_page(chart, rows, failed, grid, lang, stamp=f"planmodel {version('planmodel')}", **words)


def _index_row(report: Report, lang: str) -> dict[str, str]:
    odds, scenario = report.joint.iloc[0], report.out.scenario
    return {
        "name": scenario.name,
        "heading": scenario.heading(lang),
        "severity": label(scenario.severity, lang),
        "expected": f"{odds['expected']:.1f}",
        "most": percent(odds["at_least"], odds["at_least_standard_error"], odds["draws"]),
        "all": percent(odds["all"], odds["standard_error"], odds["draws"]),
    }


def _grid(odds: pd.DataFrame, model: Model, lang: str) -> str:
    """Return the probabilities by scenario and target as an HTML table."""
    texts = named(odds[["target", "scenario", "probability"]], model.plan, lang)
    texts["probability"] = [percent(p) for p in texts["probability"]]
    wide = texts.pivot(index="target", columns="scenario", values="probability")
    wide = wide.loc[texts["target"].unique(), texts["scenario"].unique()]
    wide.insert(0, label("target", lang), wide.index)
    return Sheet(wide).html

"""What the fork server does once, so that its forks need not: imports, caches, and the files that every page needs.

The functions `kernels`, `pages` and `tables` are what the server calls, with its folder.
"""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

from planmodel.show.assets import BUNDLE_FILE, FONT_FILE, use_ahead

# As the fork server is told of them.
KERNELS, PAGES, TABLES = (f"{__name__}:{name}" for name in ("kernels", "pages", "tables"))

_REPORTS = (
    *("numpy", "pandas", "altair", "vl_convert", "scipy.special", "scipy.stats"),
    *("ipykernel.kernelapp", "ipykernel.zmqshell", "ipykernel.debugger", "psutil", "sqlite3", "faulthandler"),
    *("IPython.core.completer", "IPython.core.debugger", "IPython.core.oinspect", "IPython.core.logger"),
    *("IPython.extensions.storemagic", "tornado.platform.asyncio", "ipywidgets"),
    *("papermill", "nbconvert.filters.markdown_mistune", "openpyxl", "fontTools.subset", "jinja2"),
    *("planmodel.report.report", "planmodel.show.sheets", "planmodel.show.charts.targets"),
    *("planmodel.show.charts.stress", "planmodel.show.charts.needs", "planmodel.show.charts.news"),
    *("planmodel.show.words.outlook", "planmodel.show.words.needs", "planmodel.show.words.track"),
)

_WRITE = """
import sys
from pathlib import Path
from planmodel.show.theme import small_font
from planmodel.report.pages import vega_bundle
Path(sys.argv[1]).write_bytes(small_font())
Path(sys.argv[2]).write_text(vega_bundle(), encoding="utf-8")
"""


def tables(folder: Path) -> None:  # noqa: ARG001 (the server's folder: nothing is left there)
    """Import what the rows of a sweep need."""
    _import("planmodel.batch.sweep_rows", "scipy.stats")


def kernels(folder: Path) -> None:  # noqa: ARG001 (the same)
    """Import what notebooks need. statsmodels and scipy's optimisers are rarer and wait."""
    _import(*_REPORTS)
    warm()


def pages(folder: Path) -> None:
    """Import what reports need, and write the small font and the bundle of scripts.

    They are made by a process of its own while this one imports: what makes the bundle starts threads, which a
    process that is to be forked must not have.
    """
    font = folder / FONT_FILE
    font.parent.mkdir()
    files = (str(font), str(folder / BUNDLE_FILE))
    making = subprocess.Popen([sys.executable, "-c", _WRITE, *files])
    _import(*_REPORTS, "planmodel.report.making")
    warm()
    making.wait()
    use_ahead(folder)


def _import(*modules: str) -> None:
    for name in modules:
        import_module(name)


def warm() -> None:
    """Make the tables and charts of a report of the plan that ships, and keep nothing of them.

    Altair reads its schema when the first chart is built, pandas and SciPy load parts when they are first used. The
    pictures are left out: what draws them starts threads, which do not survive a fork.
    """
    from planmodel.report.report import DRAWS_LOW, prepare
    from planmodel.show import sheets
    from planmodel.show.charts import targets as charts
    from planmodel.show.charts.targets import show
    from planmodel.show.labels import sheet
    from planmodel.show.words import outlook as words

    report = prepare(draws=DRAWS_LOW)
    plan, lang = report.outlook.plan, report.lang
    for chart in (
        charts.board(report.reach, plan, lang),
        charts.growth(report.reach, plan, lang),
        charts.fan(report.outlook, report.tightest[0], lang),
        charts.counts_chart(report.counts, lang),
    ):
        show(chart, lang)
    sheet(sheets.foundations(report.outlook, lang), lang, plan=plan).html  # noqa: B018 (it is made, not used)
    words.summary(report.outlook, lang, report.draws, report.seed)

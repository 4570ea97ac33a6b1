"""The bench's files: the scenario saved under a name, and the report that a batch would write of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from html import escape
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import ipywidgets as widgets

from planmodel.base.messages import label
from planmodel.base.problems import InputError
from planmodel.base.tables import is_name
from planmodel.lab.chart import PageLink
from planmodel.lab.saving import is_saved, save
from planmodel.lab.state import Session
from planmodel.plan.area import text_in

if TYPE_CHECKING:
    from planmodel.batch.batch import ReportResult

# How often the bar moves while a report is being made.
TICK = 0.25
TICKS = 40


class FilesPanel:
    """A name, a title, and the buttons that save the scenario and make its report.

    Files go into `scenarios` and `reports` and nowhere else. What exists is replaced only at the second press
    of the same button.
    """

    def __init__(
        self,
        session: Session,
        link: PageLink,
        plan: str,
        scenarios: Path,
        reports: Path,
        lang: str,
        say: Callable[[str], None],
    ) -> None:
        self.session, self.link, self.plan, self.lang, self.say = session, link, plan, lang, say
        self.scenarios, self.reports = scenarios, reports
        self.name = widgets.Text(placeholder="my_scenario", description=self._word("name"))
        self.name.tooltip = self._word("name_tip")
        self.title = widgets.Text(placeholder=text_in(session.heading, lang), description=self._word("title"))
        self.save_button = widgets.Button(description=self._word("save"), icon="save")
        self.report_button = widgets.Button(description=self._word("report"), icon="file-text-o")
        self.save_button.tooltip = self._word("save_tip").format(folder=scenarios)
        self.report_button.tooltip = self._word("report_tip").format(folder=reports)
        self.save_button.on_click(lambda _: self.save())
        self.report_button.on_click(lambda _: self.report())
        self.bar = widgets.IntProgress(max=TICKS, bar_style="info")
        self.bar.layout.display = "none"
        self._asked = ""
        row = [self.name, self.title, self.save_button, self.report_button, self.bar, self.link]
        self.box = widgets.HBox(row)
        self.box.add_class("planmodel-row")

    def _word(self, key: str) -> str:
        return label(f"bench_{key}", self.lang)

    def save(self) -> Path | None:
        """Save the scenario; return the file, or None where that was refused, which is then said."""
        name = self.name.value.strip()
        if not is_name(name):
            self.say(self._word("bad_name").format(name=name))
            return None
        path = self.scenarios / f"{name}.yaml"
        fresh = not path.exists() or self._asked == name
        if not fresh and is_saved(self.session, path, self.title.value):
            return path
        if not fresh:
            self._asked = name
            self.say(self._word("exists").format(path=path))
            return None
        try:
            save(self.session, self.scenarios, name, self.title.value, overwrite=self._asked == name)
        except (InputError, OSError) as error:
            self.say(str(error))
            return None
        self._asked = ""
        self.say(self._word("saved").format(path=path))
        return path

    def report(self) -> None:
        """Save the scenario and make its report, beside the work that goes on; the link appears when it is done."""
        path = self.save()
        if path is None or self.report_button.disabled:
            return
        self.report_button.disabled, self.link.page = True, b""
        self.bar.layout.display = None
        self.say(self._word("making"))
        work = Thread(target=self._make, args=(path, self.session.as_of), daemon=True)
        work.start()
        Thread(target=self._tick, args=(work,), daemon=True).start()

    def _tick(self, work: Thread) -> None:
        while work.is_alive():
            self.bar.value = self.bar.value % TICKS + 1
            time.sleep(TICK)
        self.bar.layout.display = "none"
        self.report_button.disabled = False

    def _make(self, path: Path, as_of: int) -> None:
        from planmodel.batch.batch import run_reports
        from planmodel.questions.odds.bounds import DRAWS

        try:
            result = run_reports(
                self.plan, [str(path)], as_of, DRAWS, 0, self.lang, self.reports, progress=False
            )[0]
        except (InputError, OSError, RuntimeError) as error:
            self.say(str(error))
            return
        self._made(result)

    def _made(self, result: ReportResult) -> None:
        if not result.ok:
            self.say(result.message)
            return
        page = self.reports / f"{result.name}.html"
        self.link.words = self._word("open_report").format(name=result.scenario)
        self.link.page = page.read_bytes()
        self.say(self._word("made").format(path=page))


def sentences(texts: list[str], kind: str) -> str:
    """Return sentences as the HTML of one block."""
    return f'<div class="planmodel-{kind}">{"".join(f"<p>{escape(text)}</p>" for text in texts)}</div>'


def message(text: str) -> str:
    """Return a line that screen readers announce."""
    return f'<div role="status">{escape(text)}</div>'

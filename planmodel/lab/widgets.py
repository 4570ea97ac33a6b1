"""The bench: a scenario moved by hand, and what becomes of the targets while it moves.

The state is a `Session`; the widgets only carry events to it and rows from it. No module outside
`planmodel.lab` imports ipywidgets or anywidget.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from planmodel.base.files import shipped
from planmodel.base.messages import label, languages, text
from planmodel.base.problems import InputError
from planmodel.lab import specs as lab_specs
from planmodel.lab.chart import LiveChart, PageLink
from planmodel.lab.choices import ChoiceControls
from planmodel.lab.controls import DriversControls, MeasureControls, ShockControls, close
from planmodel.lab.files import FilesPanel, message, sentences
from planmodel.lab.rows import ChartRows, ends_of
from planmodel.lab.state import Session
from planmodel.lab.words import all_texts, judgement, notice_words, quantity_options, together
from planmodel.plan.area import join_name, split_name, text_in
from planmodel.plan.plan import Plan, load_plan
from planmodel.questions.odds.bounds import DRAWS
from planmodel.questions.odds.verdicts import VERDICTS
from planmodel.scenario.scenario import Scenario
from planmodel.show.charts.targets import VERDICT_COLOURS

# Draws behind joint odds while the hand moves; at rest there are as many as anywhere else.
QUICK_DRAWS = 20_000


def bench(
    plan: str | Plan = "jiangbei",
    as_of: int | None = None,
    lang: str = "zh",
    scenario: str | Scenario = "baseline",
    scenarios: str | Path = "scenarios",
    reports: str | Path = "reports",
) -> Bench:
    """Return the bench of a plan, to be shown as the last line of a cell.

    Parameters
    ----------
    plan : str or Plan
        A plan's name or folder, or a plan.
    as_of : int, optional
        The last year whose observations are known; by default that of `build_model`.
    lang : str
        A language that there is a catalogue of; the bench can change it.
    scenario : str or Scenario
        What to start from.
    scenarios, reports : str or Path
        Folders that saved scenarios and reports go into; nothing is written anywhere else.

    Raises
    ------
    InputError
        If the plan or the scenario is wrong.
    """
    loaded = plan if isinstance(plan, Plan) else load_plan(plan)
    session = Session(loaded, as_of, scenario)
    return Bench(session, lang, Path(scenarios), Path(reports))


class Bench:
    """Widgets around a session. Shown again, or after the page was loaded again, it shows the same state."""

    def __init__(self, session: Session, lang: str, scenarios: Path, reports: Path) -> None:
        self.session, self.lang = session, lang
        self._folders = (scenarios, reports)
        self._switching = False
        self._rows: dict[tuple[int, str], ChartRows] = {}
        self.quantity = self._most_fragile()
        self.box = widgets.VBox()
        # A report that is being made outlives a change of language.
        self.link = PageLink()
        self.box.add_class("planmodel-bench")
        self._build()

    def __repr__(self) -> str:
        return label("bench_elsewhere", self.lang)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        shown = self.box._repr_mimebundle_(**options)
        return shown | {"text/plain": repr(self)}

    @property
    def rows(self) -> ChartRows:
        """The rows of the charts for the session's year and the bench's language."""
        key = (self.session.as_of, self.lang)
        if key not in self._rows:
            self._rows[key] = ChartRows(self.session.model, self.lang)
        return self._rows[key]

    def _most_fragile(self) -> str:
        """Return the target that the fan shows first: the one with the least slack."""
        rows = self.rows.board(self.session.outlook)
        slacks = {row["target"]: row["slack"] for row in rows if row["slack"] is not None}
        first = self.session.model.quantities[0].name
        return min(slacks, key=lambda name: slacks[name], default=first)

    def _word(self, key: str) -> str:
        return label(f"bench_{key}", self.lang)

    def _build(self) -> None:
        """Make every widget in the bench's language."""
        old = self.box.children
        self.message, self.heading = widgets.HTML(), widgets.HTML()
        self.joint, self.judgement = widgets.HTML(), widgets.HTML()
        texts = all_texts(self.session.plan)
        self.board = LiveChart(texts, self._answer, self._pick, title=label("board_title", self.lang))
        self.fan = LiveChart(texts, lambda _: None, lambda _: None, title=label("bench_fan", self.lang))
        scenarios, reports = self._folders
        self.files = FilesPanel(
            self.session, self.link, self._plan_name(), scenarios, reports, self.lang, self._say
        )
        self.choices = ChoiceControls(self.session, self.attempt, self.lang, self.speak)
        self.tabs = widgets.Tab(layout=widgets.Layout(width="270px", flex="0 0 auto"))
        self._build_controls()
        self._chart_specs()
        board = widgets.VBox([self.board, self._board_legend()])
        fan = widgets.VBox([self._fan_head(), self.fan, self._legend(self._word("legend"))])
        fan.add_class("planmodel-fan")
        charts = widgets.HBox([board, fan])
        charts.add_class("planmodel-charts")
        results = widgets.VBox([self.heading, self.joint, charts, self.judgement])
        results.add_class("planmodel-results")
        main = widgets.HBox([self.tabs, results])
        main.add_class("planmodel-main")
        self._refresh()
        self._answer("rest")
        self.box.children = [self.choices.box, self.files.box, self.message, main]
        for widget in old:
            close(widget, spared=self.link)

    def _row(self, children: list[Any]) -> Any:
        row = widgets.HBox(children)
        row.add_class("planmodel-row")
        return row

    def _plan_name(self) -> str:
        plan = self.session.plan
        return plan.name if plan.folder.parent == shipped("seeds") else str(plan.folder.resolve())

    def _build_controls(self) -> None:
        """Make the sliders, which depend on the year that the outlook stands at."""
        old = self.tabs.children
        kinds = (DriversControls, ShockControls, MeasureControls)
        self.panels: Any = [kind(self.session, self.attempt, self.lang) for kind in kinds]
        self.tabs.children = [panel.box for panel in self.panels]
        self.tabs.titles = [self._word(key) for key in ("drivers", "shocks", "measures")]
        self._controls_of = self.session.as_of
        for widget in old:
            close(widget)

    def speak(self, lang: str) -> None:
        """Change the bench's language; the state stays."""
        if lang in languages() and lang != self.lang:
            self.lang = lang
            self._build()

    def _fan_head(self) -> Any:
        plan, model = self.session.plan, self.session.model
        areas = [area for area in plan.areas if quantity_options(model, area, self.lang)]
        options = [(plan.area(area, self.lang), area) for area in areas]
        if quantity_options(model, "", self.lang):
            options.append((self._word("drivers"), ""))
        now = self.rows.quantity(self.quantity).area
        self.area = widgets.Dropdown(options=options, value=now, description=self._word("area"))
        self.indicator = widgets.Dropdown(
            options=quantity_options(model, now, self.lang),
            value=self.quantity,
            description=self._word("fan"),
        )
        self.area.add_class("planmodel-short")
        self.area.observe(lambda change: self._choose_area(change["new"]), "value")
        self.indicator.observe(lambda change: self._pick(change["new"]), "value")
        return self._row([self.indicator, self.area])

    def _choose_area(self, area: str) -> None:
        """Show the same indicator in another area where the area has it."""
        options = quantity_options(self.session.model, area, self.lang)
        names = [name for _, name in options]
        wanted = join_name(split_name(self.quantity)[0], area)
        if self.quantity not in names:
            self._pick(wanted if wanted in names else names[0])

    def _pick(self, name: str) -> None:
        """Show the fan of a quantity."""
        if self._switching or name == self.quantity:
            return
        self.quantity, area = name, self.rows.quantity(name).area
        # New options choose their first by themselves, which nobody has asked for.
        self._switching = True
        self.indicator.options = quantity_options(self.session.model, area, self.lang)
        self.indicator.value, self.area.value = name, area
        self._switching = False
        self._show_fan()

    def _board_legend(self) -> Any:
        keys = [key for key in VERDICTS if self.rows.without_base or key != "no_base"]
        squares = [
            f'<span style="color: {VERDICT_COLOURS[key]}">■</span> {label(key, self.lang)}' for key in keys
        ]
        return self._legend("&emsp;".join([*squares, self._word("tightest_note")]))

    def _legend(self, text: str) -> Any:
        return widgets.HTML(f'<p class="planmodel-legend">{text}</p>')

    def _chart_specs(self) -> None:
        plan, rows = self.session.plan, self.rows
        self.board.spec = lab_specs.board(rows.names, rows.without_base, self.lang)
        self.fan.spec = lab_specs.fan([plan.base_year, *plan.years])

    def attempt(self, act: Callable[[], object]) -> None:
        """Let something change the session and show what came of it, or say why it was refused."""
        self.session.quiet()
        try:
            act()
        except InputError as error:
            clash = any(problem.place == "shocks" for problem in error.problems)
            self._say(self._word("conflict") if clash else f"{self._word('refused')}{error}")
        else:
            self._say(notice_words(self.session, self.lang))
        self._refresh()

    def _say(self, text: str) -> None:
        self.message.value = message(text)

    def _refresh(self) -> None:
        """Show the session: charts first, then the controls that moved along."""
        session = self.session
        self.board.show({"board": self.rows.board(session.outlook, session.pinned)})
        self._show_fan()
        self.heading.value = self._title()
        if self._controls_of != session.as_of:
            self._build_controls()
        for panel in (self.choices, *self.panels):
            panel.follow()

    def _show_fan(self) -> None:
        session = self.session
        rows = self.rows.fan(session.outlook, self.quantity, session.pinned)
        low, high = ends_of(rows)
        self.fan.show(rows, {"low": low, "high": high})

    def _title(self) -> str:
        session, lang = self.session, self.lang
        words = text("bench_heading", lang, title=text_in(session.heading, lang), year=session.as_of)
        if session.pinned is not None:
            words += text("bench_pinned", lang, title=text_in(session.pinned_heading, lang))
        return sentences([words], "title")

    def _answer(self, when: str) -> None:
        """Work out what a move leaves for later: joint odds with few draws, then all of it at rest."""
        outlook = self.session.outlook
        draws = DRAWS if when == "rest" else QUICK_DRAWS
        for panel in self.panels[0].panels:
            panel.follow_outlook()
        self.joint.value = sentences(together(outlook, self.lang, draws), "joint")
        if when == "rest":
            self.judgement.value = sentences(judgement(outlook, self.lang), "judgement")

"""The bench's controls: drivers, shocks and measures as sliders that follow a session and move it."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from html import escape
from typing import Any

import ipywidgets as widgets

from planmodel.base.frames import rows_of
from planmodel.base.messages import label
from planmodel.lab.shapes import SHAPES
from planmodel.lab.state import Session
from planmodel.lab.words import driver_source, shape_name
from planmodel.plan.area import name_in
from planmodel.plan.variables import plan_drivers
from planmodel.report.page_sliders import effects_words
from planmodel.scenario.checks import LARGEST_SHOCK
from planmodel.show.labels import name_of, system_name
from planmodel.show.sheets import variable_name

# What a driver's sliders span by themselves; a scenario that goes farther widens them.
LOWEST, HIGHEST, LARGEST_SIZE = -20.0, 30.0, 10.0

# Ends that nothing can lie beyond: of efforts and persistence.
NATURAL = ((0.0, 1.0),)

DECIMALS_OF = {".1f": 1, ".2f": 2}

# Called with something that changes the session; it reports what was refused and shows what came of it.
Try = Callable[[Callable[[], object]], None]


class Controls:
    """A part of the controls. `follow` shows the session's state, without moving it in turn."""

    def __init__(self, session: Session, attempt: Try, lang: str) -> None:
        self.session, self.attempt, self.lang = session, attempt, lang
        self._following = False

    def word(self, key: str) -> str:
        """Return a word in the bench's language."""
        return label(f"bench_{key}", self.lang)

    def when_moved(self, widget: Any, act: Callable[[Any], object]) -> Any:
        """Let a person's moves of a widget act on the session; return the widget.

        A page puts a slider on its own nearest step, 6.800000000000001 for 6.8: that is no move.
        """

        def moved(change: Any) -> None:
            old, new = (on_step(widget, change[key]) for key in ("old", "new"))
            if not self._following and old != new:
                self.attempt(lambda: self._act(widget, act, new))

        widget.observe(moved, "value")
        return widget

    def _act(self, widget: Any, act: Callable[[Any], object], value: Any) -> None:
        """Act on a value; where it is a slider's end, say so: a page turns a larger one that was typed into it."""
        act(value)
        if isinstance(widget, widgets.FloatSlider):
            low, high = on_step(widget, widget.min), on_step(widget, widget.max)
            if value in (low, high) and (low, high) not in NATURAL:
                self.session.ended = (value, low, high)

    def follow(self) -> None:
        """Show what the session says now."""
        self._following = True
        try:
            self._follow()
        finally:
            self._following = False

    def _follow(self) -> None:
        raise NotImplementedError


def slider(low: float, high: float, fine: bool = False, **traits: Any) -> Any:
    """Return a slider in tenths, or in hundredths, with its label above it and its value beside it."""
    step, shown = (0.01, ".2f") if fine else (0.1, ".1f")
    widget = widgets.FloatSlider(
        value=max(low, 0.0), min=low, max=high, step=step, readout_format=shown, **traits
    )
    widget.add_class("planmodel-slider")
    return widget


def on_step(widget: Any, value: Any) -> Any:
    """Return a slider's value in the decimals that it shows; any other value as it is."""
    return round(value, DECIMALS_OF[widget.readout_format]) if hasattr(widget, "readout_format") else value


def put(widget: Any, value: float) -> None:
    """Set a slider to a value, widening it where the value lies outside."""
    shown = on_step(widget, value)
    if on_step(widget, widget.value) == shown:
        return
    with widget.hold_trait_notifications():
        widget.min, widget.max = min(widget.min, shown), max(widget.max, shown)
        widget.value = on_page(widget, shown)


def on_page(widget: Any, value: float) -> float:
    """Return a value as the page's slider computes it from its steps, to the last bit.

    Any other would be sent back as if a person had moved the slider, and might arrive after the next value.
    """
    span = widget.max - widget.min
    percent = widget.step * 100 / span
    steps = math.floor((value - widget.min) * 100 / span / percent + 0.5)
    return float(steps * percent * span / 100 + widget.min)


class DriverControls(Controls):
    """One driver: whether it has a path, its shape and size, and its growth in each open year."""

    def __init__(self, driver: str, session: Session, attempt: Try, lang: str, hold: Any) -> None:
        super().__init__(session, attempt, lang)
        self.driver, self.hold = driver, hold
        name = name_of(driver, session.plan, lang)
        options = [(shape_name(shape, lang), shape) for shape in ("model", *SHAPES, "by_year")]
        self.shape = widgets.Dropdown(options=options, description=name, tooltip=self.word("shape_tip"))
        self.shape.add_class("planmodel-slider")
        self.size = slider(-LARGEST_SIZE, LARGEST_SIZE, description=self.word("size"))
        self.years = {
            year: slider(
                LOWEST,
                HIGHEST,
                description=str(year),
                tooltip=driver_source(session, driver, year, lang),
            )
            for year in session.open_years
        }
        self.when_moved(self.shape, self._choose)
        self.when_moved(self.size, lambda size: session.set_shape(driver, self.shape.value, size))
        for year, widget in self.years.items():
            self.when_moved(widget, partial(self._set_year, year))
            widget.add_class("planmodel-year")
        self.box = widgets.VBox([self.shape, self.size, *self.years.values()])
        self.box.add_class("planmodel-driver")
        self.follow()
        self.follow_outlook()

    def _set_year(self, year: int, growth: float) -> None:
        self.session.set_growth(self.driver, year, growth, self.hold.value)

    def _choose(self, shape: str) -> None:
        session, driver = self.session, self.driver
        if shape == "model":
            session.release(driver)
        elif shape in SHAPES:
            session.set_shape(driver, shape, self.size.value)
        else:
            session.by_year(driver)

    def _follow(self) -> None:
        shape, size = self.session.shape(self.driver)
        self.shape.value = shape
        self.size.layout.display = None if shape in SHAPES else "none"
        put(self.size, size)
        if shape != "model":
            self._show_growth()

    def follow_outlook(self) -> None:
        """Show the outlook's growth where the driver has no path, and so moves whenever anything does."""
        self._following = True
        self._show_growth()
        self._following = False

    def _show_growth(self) -> None:
        for year, widget in self.years.items():
            put(widget, self.session.growth(self.driver, year))


class DriversControls(Controls):
    """All drivers, and whether growth over the open years together is held."""

    def __init__(self, session: Session, attempt: Try, lang: str) -> None:
        super().__init__(session, attempt, lang)
        hold = widgets.Checkbox(value=False, description=self.word("hold_growth"), indent=False)
        hold.tooltip = self.word("hold_growth_tip")
        drivers = plan_drivers(session.plan)
        self.panels = [DriverControls(driver, session, attempt, lang, hold) for driver in drivers]
        note = widgets.HTML(f"<p>{self.word('drivers_note')}</p>")
        self.box = widgets.VBox([note, hold, *(panel.box for panel in self.panels)])

    def _follow(self) -> None:
        for panel in self.panels:
            panel.follow()


class MeasureControls(Controls):
    """A slider a measure, by the plan's systems, and whether the sum of efforts is held."""

    def __init__(self, session: Session, attempt: Try, lang: str) -> None:
        super().__init__(session, attempt, lang)
        self.hold = widgets.Checkbox(value=False, description=self.word("hold_effort"), indent=False)
        self.hold.tooltip = self.word("hold_effort_tip")
        self.sliders: dict[str, Any] = {}
        self.sum = widgets.HTML()
        known, parts = set(session.measures), []
        for (kind, system), rows in session.plan.measures.groupby(["kind", "system"], sort=False):
            name = system_name(session.plan, str(kind), str(system), lang)
            parts.append(widgets.HTML(f"<h4>{escape(name)}</h4>"))
            parts += [self._slider(row) for row in rows_of(rows) if row["measure"] in known]
        note = widgets.HTML(f"<p>{self.word('measures_note')}</p>")
        self.box = widgets.VBox([note, self.hold, self.sum, *parts])
        self.follow()

    def _slider(self, row: dict[Any, Any]) -> Any:
        measure, session = str(row["measure"]), self.session
        widget = slider(0.0, 1.0, fine=True, description=name_in(row, self.lang))
        widget.tooltip = effects_words(session.model, measure, self.lang)
        self.sliders[measure] = self.when_moved(
            widget, lambda effort: session.set_measure(measure, effort, self.hold.value)
        )
        return widget

    def _follow(self) -> None:
        efforts = self.session.scenario.measures
        for measure, widget in self.sliders.items():
            put(widget, efforts.get(measure, 0.0))
        self.sum.value = f"<p>{self.word('effort_sum').format(sum=sum(efforts.values()))}</p>"


class ShockControls(Controls):
    """A block a shock, each with its variable, year, size, persistence, and a button that takes it away.

    Shocks in years that are history have no block: they move nothing, and the panel says how many there are.
    """

    def __init__(self, session: Session, attempt: Try, lang: str) -> None:
        super().__init__(session, attempt, lang)
        self.add = widgets.Button(description=self.word("add_shock"), icon="plus")
        self.add.on_click(lambda _: attempt(session.add_shock))
        self.blocks: dict[int, dict[str, Any]] = {}
        self.list, self.past = widgets.VBox(), widgets.HTML()
        note = widgets.HTML(f"<p>{self.word('shocks_note')}</p>")
        self.box = widgets.VBox([note, self.add, self.past, self.list])
        self.follow()

    def _follow(self) -> None:
        shocks = dict(enumerate(self.session.scenario.shocks))
        open_ones = {place: shock for place, shock in shocks.items() if shock.year > self.session.as_of}
        if list(open_ones) != list(self.blocks):
            for old in self.list.children:
                close(old)
            self.blocks = {place: self._block(place, n) for n, place in enumerate(open_ones, start=1)}
            self.list.children = [self._boxed(block) for block in self.blocks.values()]
        for place, shock in open_ones.items():
            block = self.blocks[place]
            block["variable"].value, block["year"].value = shock.variable, shock.year
            put(block["size"], shock.size)
            put(block["persistence"], shock.persistence)
        past = len(shocks) - len(open_ones)
        self.past.value = f"<p>{self.word('past_shocks').format(n=past)}</p>" if past else ""

    def _block(self, place: int, number: int) -> dict[str, Any]:
        session, word = self.session, self.word
        variables = [
            (variable_name(session.model, name, self.lang), name) for name in session.model.law.names
        ]
        block = {
            "variable": widgets.Dropdown(options=variables, description=f"{word('shock')} {number}"),
            "year": widgets.Dropdown(options=session.open_years, description=word("year")),
            "size": slider(-LARGEST_SHOCK / 2, LARGEST_SHOCK / 2, description=word("shock_size")),
            "persistence": slider(0.0, 1.0, fine=True, description=word("persistence")),
        }
        for key in ("variable", "year"):
            block[key].add_class("planmodel-slider")
        block["year"].add_class("planmodel-year")
        block["persistence"].tooltip = word("persistence_tip")
        for key, widget in block.items():
            self.when_moved(widget, partial(self._set, place, key))
        remove = widgets.Button(description=word("remove"), icon="trash")
        remove.on_click(lambda _: self.attempt(lambda: session.remove_shock(place)))
        return block | {"remove": remove}

    def _set(self, place: int, key: str, value: float | str) -> None:
        self.session.set_shock(place, **{key: value})

    def _boxed(self, block: dict[str, Any]) -> Any:
        box = widgets.VBox(list(block.values()))
        box.add_class("planmodel-driver")
        return box


def close(widget: Any, spared: Any = None) -> None:
    """Close a widget and everything in it but one, in the browser too."""
    if widget is spared:
        return
    for child in getattr(widget, "children", ()):
        close(child, spared)
    widget.close()

"""The bench's first row: which scenario, how severe, undo, reset, compare, as of which year, which language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from planmodel.base.messages import label, languages
from planmodel.lab.controls import Controls, Try
from planmodel.lab.state import Session
from planmodel.questions.stress.severities import stories, story_name
from planmodel.scenario.checks import SEVERITIES
from planmodel.scenario.scenario import Scenario, load_scenario, scenario_names
from planmodel.show.titles import story_title

USUAL = "moderate"
# Stands in the list for a scenario that is no file of the plan's: added up, saved elsewhere. No file can have its name.
OWN = "+"


class ChoiceControls(Controls):
    """Scenarios and stress stories to load or to add, and what concerns the bench as a whole."""

    def __init__(self, session: Session, attempt: Try, lang: str, speak: Callable[[str], None]) -> None:
        super().__init__(session, attempt, lang)
        self.families = stories(session.plan)
        self._shown: Scenario | None = None
        self.picked = widgets.Dropdown(options=self._scenarios(), description=label("scenario", lang))
        self.severity = widgets.Dropdown(
            options=[(label(key, lang), key) for key in SEVERITIES[1:]],
            value=USUAL,
            description=label("severity", lang),
        )
        self.picked.observe(lambda _: self._offer_severity(), "value")
        self._offer_severity()
        self.year = widgets.Dropdown(
            options=session.as_of_years,
            value=session.as_of,
            description=self.word("as_of"),
            tooltip=self.word("as_of_tip"),
        )
        self.when_moved(self.year, session.set_as_of)
        language = widgets.ToggleButtons(
            options=[(label("language_name", each), each) for each in languages()], value=lang
        )
        language.observe(lambda change: speak(change["new"]), "value")
        language.add_class("planmodel-choice")
        for short in (self.severity, self.year):
            short.add_class("planmodel-short")
        self.undo = self._button("undo", "undo", session.undo)
        self.pin = self._button("pin", "thumb-tack", self._pin)
        self.reset = self._button("reset", "refresh", self._reset)
        buttons = [
            self._button("load", "folder-open-o", self._load),
            self._button("add", "plus", lambda: self._load(add=True)),
            self.undo,
            self.reset,
            self.pin,
        ]
        self.box = widgets.HBox([self.picked, self.severity, *buttons, self.year, language])
        self.box.add_class("planmodel-row")
        self.follow()

    def _scenarios(self) -> list[tuple[str, str]]:
        """Return every scenario's title and name: the baseline and extra measures first, then the stories."""
        plan, lang = self.session.plan, self.lang
        told = {file.name for family in self.families.values() for file in family.values()}
        names = [name for name in scenario_names(plan) or ["baseline"] if name not in told]
        options = [(load_scenario(name, plan).heading(lang), name) for name in names]
        for story, family in self.families.items():
            options.append((story_title(next(iter(family.values())), lang), story))
        return options

    def _offer_severity(self) -> None:
        """Offer severities of a story, its own first."""
        family = self.families.get(self.picked.value)
        self.severity.disabled = family is None
        self.severity.value = USUAL if family is None or USUAL in family else next(iter(family))

    def _show_loaded(self) -> None:
        """Let the list show the scenario that was loaded; one that the plan's files do not have comes first in it."""
        loaded = self._shown = self.session.loaded
        story, shipped = story_name(loaded), self._scenarios()
        known = [name for _, name in shipped]
        chosen = next((name for name in (loaded.name, story) if name in known), OWN)
        own = [(loaded.heading(self.lang), OWN)] if chosen == OWN else []
        self.picked.options = [*own, *shipped]
        self.picked.value = chosen
        if chosen == story and loaded.severity in SEVERITIES[1:]:
            self.severity.value = loaded.severity

    def _load(self, add: bool = False) -> None:
        picked = self.picked.value
        severity = self.severity.value if picked in self.families else ""
        self.session.load(self.session.loaded if picked == OWN else picked, severity, add)

    def _reset(self) -> None:
        """Return to the scenario that was loaded, on the list too."""
        self.session.reset()
        self._shown = None

    def _pin(self) -> None:
        """Compare with the outlook as it is now; where it is pinned already, with nothing."""
        if self.session.pinned is self.session.outlook:
            self.session.unpin()
        else:
            self.session.pin()

    def _button(self, key: str, icon: str, act: Callable[[], object]) -> Any:
        button = widgets.Button(description=self.word(key), tooltip=self.word(f"{key}_tip"), icon=icon)
        button.on_click(lambda _: self.attempt(act))
        return button

    def _follow(self) -> None:
        if self._shown is not self.session.loaded:
            self._show_loaded()
        self.year.value = self.session.as_of
        self.undo.disabled = not self.session.steps
        pinned = self.session.pinned is self.session.outlook
        self.pin.description = self.word("unpin" if pinned else "pin")

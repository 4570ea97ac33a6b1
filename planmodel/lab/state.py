"""The bench without its widgets: the scenario under edit, what can be done to it, undone and compared.

Median growth is that of the single normal with the outlook's mean and covariance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from planmodel.base.messages import WHOLE, text
from planmodel.base.problems import InputError, Problem, phrase
from planmodel.evidence.observations import default_as_of, load_observations
from planmodel.lab.setting import Origin, Setting, exact, in_order, without
from planmodel.lab.shapes import SHAPES, expected_growth, held, held_growth, path_of_shape
from planmodel.law.law import PERCENT
from planmodel.model.model import Model, build_model
from planmodel.model.outlook import Outlook
from planmodel.plan.plan import Plan
from planmodel.plan.variables import plan_drivers
from planmodel.scenario.scenario import Scenario, Shock, combine, load_scenario
from planmodel.show.doors import at_severity

# Steps that can be undone; a scenario is a few hundred bytes.
MOST_STEPS = 500
# Growth is set to a hundredth of a point: a saved file stays readable.
DECIMALS = 2
# Sliders show a tenth of a point.
SHOWN = 1
# What a new shock says before anyone moves it.
NEW_SIZE, NEW_PERSISTENCE = -5.0, 0.5


class Session:
    """A scenario under edit and its outlook; every edit is checked, runs the model and can be undone.

    Moves of one control in a row count as one step. An edit that the model refuses raises InputError and
    changes nothing.

    Parameters
    ----------
    plan : Plan
    as_of : int, optional
        The last year whose observations are known; by default that of `build_model`.
    scenario : str or Scenario
        What to start from.
    """

    def __init__(self, plan: Plan, as_of: int | None = None, scenario: str | Scenario = "baseline") -> None:
        self.plan = plan
        self._observations = load_observations(plan)
        year = default_as_of(plan, self._observations) if as_of is None else as_of
        self._models: dict[int, Model] = {}
        self._expected: dict[int, dict[str, dict[int, float]]] = {}
        loaded = load_scenario(scenario, plan)
        self._setting = Setting(loaded, loaded, year)
        self._outlook = self.model.run(loaded)
        self._steps: list[Setting] = []
        self._moving = ""
        # What moves of one control in a row started from.
        self._started: tuple[str, dict[Any, float]] = ("", {})
        # What else the last edit did, as the key of a label, and the shocks and paths that it concerns.
        self.notice = ""
        self.noticed: list[tuple[str, int]] = []
        # A slider's end that the last edit took, and both ends.
        self.ended: tuple[float, float, float] | None = None
        self.pinned: Outlook | None = None
        self.pinned_heading: Mapping[str, str] = {}

    @property
    def scenario(self) -> Scenario:
        """The scenario under edit."""
        return self._setting.scenario

    @property
    def loaded(self) -> Scenario:
        """The scenario that the edits started from."""
        return self._setting.loaded

    @property
    def as_of(self) -> int:
        """The last year whose observations are known."""
        return self._setting.as_of

    @property
    def model(self) -> Model:
        """The plan's model as of that year; each year's is compiled once."""
        return self._model(self.as_of)

    @property
    def outlook(self) -> Outlook:
        """The outlook under the scenario."""
        return self._outlook

    @property
    def open_years(self) -> list[int]:
        """The years that a scenario moves."""
        return list(range(self.as_of + 1, self.plan.target_year + 1))

    @property
    def as_of_years(self) -> list[int]:
        """The years that the outlook can stand at: up to the last observation, one year being left open."""
        known = [self.plan.base_year, *map(int, self._observations["year"])]
        last = max(min(max(known), self.plan.target_year - 1), self.as_of)
        return list(range(self.plan.base_year, last + 1))

    @property
    def edited(self) -> bool:
        """Whether the scenario says something else than the one that was loaded."""
        return self.scenario.fingerprint != self.loaded.fingerprint

    @property
    def steps(self) -> int:
        """How many edits can be undone."""
        return len(self._steps)

    @property
    def heading(self) -> Mapping[str, str]:
        """The scenario's title in each language; it says so if the scenario was edited."""
        titles = {lang: self.loaded.heading(lang) for lang in WHOLE}
        if not self.edited:
            return titles
        return {lang: text("live_adjusted", lang, title=title) for lang, title in titles.items()}

    def expected_growth(self, driver: str, year: int) -> float:
        """Return the growth (%) that the model expects of a driver without a scenario: its median."""
        return self._expectations()[driver][year]

    def growth(self, driver: str, year: int) -> float:
        """Return the growth (%) of a driver's path in a year; without a path, the outlook's median."""
        return self._growth(self.scenario, self._outlook, driver, year)

    def _growth(self, scenario: Scenario, outlook: Outlook, driver: str, year: int) -> float:
        path = scenario.paths.get((driver, year))
        if path is not None:
            return path[0]
        row, start = self.model.law.growth_row(driver, year)
        return PERCENT * math.expm1(float(row @ outlook.mean) - start)

    def has_path(self, driver: str) -> bool:
        """Whether the scenario gives a driver's path in the open years."""
        return any((driver, year) in self.scenario.paths for year in self.open_years)

    def shape(self, driver: str) -> tuple[str, float]:
        """Return the shape of a driver's path and its size; `model` where there is none, `by_year` for any other."""
        usual = "by_year" if self.has_path(driver) else "model"
        return self._setting.shapes.get(driver, (usual, 0.0))

    def load(self, scenario: str | Scenario, severity: str = "", add: bool = False) -> None:
        """Start from a scenario, at a severity if one is given; with `add`, put it on top of the one under edit."""
        loaded = (
            at_severity(scenario, severity, self.model) if severity else load_scenario(scenario, self.plan)
        )
        if add:
            loaded = combine([replace(self.scenario, title=self.heading), loaded])
        self._change("", Setting(loaded, loaded, self.as_of))

    def set_growth(self, driver: str, year: int, growth: float, hold: bool = False) -> None:
        """Let a driver grow at this rate (%) in a year; its other open years keep theirs.

        With `hold` the growth over all open years together stays as it is: the other years give way. Where every
        year is back at what it showed before its sliders were moved, the driver says again what it said then: a path
        of the same numbers would take its variance away.
        """
        what = f"growth {driver} {year} {hold}"
        start = self._start(what, {y: self.growth(driver, y) for y in self.open_years})
        growth = exact(growth, [start[year]], SHOWN)
        path = start | {year: growth if growth == start[year] else round(growth, DECIMALS)}
        if hold and growth != start[year]:
            path = held_growth(start, year, growth)
        origin = self._setting.origins.get(driver) or self._origin(driver)
        origin = replace(origin, moved=origin.moved | (set(path) if hold else {year}))
        drawn = self._drawn(driver, path, without(self._setting.shapes, driver))
        drawn = replace(drawn, origins={**drawn.origins, driver: origin})
        if all(round(path[y], SHOWN) == round(origin.shown[y], SHOWN) for y in path):
            drawn = drawn.returned(driver)
        self._change_drawn(what, self._settled(drawn))

    def set_shape(self, driver: str, shape: str, size: float) -> None:
        """Draw a driver's path by one number: `size` points beside what the model expects, in a shape of `SHAPES`."""
        if shape not in SHAPES:
            raise InputError(
                [Problem("bench", "shape", repr(shape), phrase("expected.one_of", names=", ".join(SHAPES)))]
            )
        expected = {year: self.expected_growth(driver, year) for year in self.open_years}
        path = {year: round(g, DECIMALS) for year, g in path_of_shape(expected, shape, size).items()}
        # Nothing beside the expectation is what the model expects, with its variance.
        path = path if size else {}
        shapes = {**self._setting.shapes, driver: (shape, size)}
        self._change_drawn(f"shape {driver} {shape}", self._drawn(driver, path, shapes))

    def release(self, driver: str) -> None:
        """Take a driver's path away in the open years; the shocks that it took the place of are back."""
        drawn = self._drawn(driver, {}, without(self._setting.shapes, driver))
        shocks = in_order([*drawn.scenario.shocks, *drawn.replaced[driver]], self.loaded.shocks)
        scenario = replace(drawn.scenario, shocks=tuple(shocks))
        self._change_drawn(
            f"release {driver}",
            replace(drawn, scenario=scenario, replaced=without(drawn.replaced, driver)),
        )

    def by_year(self, driver: str) -> None:
        """Offer a driver's path year by year; it says nothing else until a year is moved."""
        shapes = {**self._setting.shapes, driver: ("by_year", 0.0)}
        self._change(f"by year {driver}", replace(self._setting, shapes=shapes))

    def set_measure(self, measure: str, effort: float, hold: bool = False) -> None:
        """Set the extra effort on a measure, 0 to 1; with `hold` the others give way, so that their sum stays."""
        what, said = f"measure {measure} {hold}", self.scenario.measures
        start = self._start(what, {name: said.get(name, 0.0) for name in self.measures})
        effort = exact(effort, [start[measure], self.loaded.measures.get(measure, 0.0)], DECIMALS)
        efforts = held(start, measure, effort, 0.0, 1.0) if hold else start | {measure: effort}
        kept = {name: own for name, own in {**said, **efforts}.items() if own or name in self.loaded.measures}
        self._edit(what, measures=kept)

    @property
    def measures(self) -> list[str]:
        """The measures that move something."""
        return list(dict.fromkeys(self.model.effects["measure"]))

    def add_shock(self) -> None:
        """Add a shock on the first variable that is no driver, in the first open year."""
        variable = self.model.law.names[len(plan_drivers(self.plan))]
        new = Shock(variable, self.open_years[0], NEW_SIZE, NEW_PERSISTENCE)
        self._edit("", shocks=(*self.scenario.shocks, new))

    def set_shock(self, place: int, **changes: Any) -> None:
        """Change a shock's variable, year, size (points) or persistence."""
        shocks = list(self.scenario.shocks)
        where = (shocks[place].variable, shocks[place].year)
        alike = [shock for shock in self.loaded.shocks if (shock.variable, shock.year) == where]
        for key, decimals in (("size", SHOWN), ("persistence", DECIMALS)):
            if key in changes:
                changes[key] = exact(changes[key], [getattr(shock, key) for shock in alike], decimals)
        shocks[place] = replace(shocks[place], **changes)
        self._edit(f"shock {place} {' '.join(changes)}", shocks=tuple(shocks))

    def remove_shock(self, place: int) -> None:
        """Take a shock away."""
        shocks = self.scenario.shocks
        self._edit("", shocks=shocks[:place] + shocks[place + 1 :])

    def set_as_of(self, year: int) -> None:
        """Let the outlook stand at another year; a path drawn by one number becomes a path by year.

        What the scenario says about years that become history acts no more: the notice names it.
        """
        before = self.as_of
        self._change("", replace(self._setting, as_of=year, shapes={}, origins={}))
        self._note_history(before)

    def undo(self) -> None:
        """Take the last step back; without one, do nothing."""
        if self._steps:
            before = self.as_of
            self._show(self._steps.pop())
            self._note_history(before)

    def _note_history(self, before: int) -> None:
        """Note what the scenario says about years that have become history."""
        scenario = self.scenario
        said = [*scenario.paths, *((shock.variable, shock.year) for shock in scenario.shocks)]
        self.noticed = [entry for entry in dict.fromkeys(said) if before < entry[1] <= self.as_of]
        self.notice = "history" if self.noticed else ""

    def reset(self) -> None:
        """Return to the scenario that was loaded, which can itself be undone."""
        self._change("", Setting(self.loaded, self.loaded, self.as_of))

    def quiet(self) -> None:
        """Have nothing more to say about the last edit."""
        self.notice, self.noticed, self.ended = "", [], None

    def pin(self) -> None:
        """Keep the outlook to compare with."""
        self.pinned, self.pinned_heading = self._outlook, self.heading

    def unpin(self) -> None:
        """Compare with nothing."""
        self.pinned = None

    def _drawn(
        self, driver: str, path: Mapping[int, float], shapes: Mapping[str, tuple[str, float]]
    ) -> Setting:
        """Return the setting in which a driver has this path in the open years; history stays as the scenario has it.

        A path would undo the driver's shocks of the same years, so it takes their place; an empty path says that the
        driver is as the model expects.
        """
        setting = self._setting
        paths = {k: given for k, given in self.scenario.paths.items() if not setting.concerns(driver, *k)}
        paths |= {(driver, year): (growth, 0.0) for year, growth in path.items()}
        own = tuple(s for s in self.scenario.shocks if setting.concerns(driver, s.variable, s.year))
        kept = tuple(shock for shock in self.scenario.shocks if shock not in own)
        return replace(
            setting,
            scenario=replace(self.scenario, paths=paths, shocks=kept),
            shapes=shapes,
            origins=without(setting.origins, driver),
            replaced={**setting.replaced, driver: (*setting.replaced.get(driver, ()), *own)},
        )

    def _change_drawn(self, what: str, setting: Setting) -> None:
        fewer = len(setting.scenario.shocks) < len(self.scenario.shocks)
        self._change(what, setting)
        self.notice = "shocks_replaced" if fewer else ""

    def _settled(self, setting: Setting) -> Setting:
        """Return the setting without any path that slider moves left and that says nothing of its own.

        That is so where every moved year shows what it would show if all drivers said what they said before. One
        driver's moves also move what others show; so a slider can be back though another was moved in between.
        """
        back = setting
        for driver in setting.origins:
            back = back.returned(driver)
        if back is setting:
            return setting
        outlook = self._model(setting.as_of).run(back.scenario)
        same = all(
            round(setting.scenario.paths[driver, year][0], SHOWN)
            == round(self._growth(back.scenario, outlook, driver, year), SHOWN)
            for driver, origin in setting.origins.items()
            for year in origin.moved
        )
        return back if same else setting

    def _start(self, what: str, values: dict[Any, float]) -> dict[Any, float]:
        """Return what the controls said before moves of one control in a row: each acts on that, not on the last.

        With a sum that is held, values that went through many moves would not come back with the control.
        """
        if what != self._moving or what != self._started[0]:
            self._started = (what, values)
        return self._started[1]

    def _origin(self, driver: str) -> Origin:
        """Return what a driver shows and says now."""
        concerns, scenario = self._setting.concerns, self.scenario
        return Origin(
            {year: self.growth(driver, year) for year in self.open_years},
            {key: path for key, path in scenario.paths.items() if concerns(driver, *key)},
            tuple(shock for shock in scenario.shocks if concerns(driver, shock.variable, shock.year)),
        )

    def _edit(self, what: str, **changes: Any) -> None:
        self._change(what, replace(self._setting, scenario=replace(self.scenario, **changes)))

    def _change(self, what: str, setting: Setting) -> None:
        """Show a setting and remember the one before; moves of one control in a row (`what`) are one step."""
        before, moving = self._setting, self._moving
        self._show(setting)
        if not what or what != moving:
            self._steps = [*self._steps[1 - MOST_STEPS :], before]
        self._moving = what

    def _show(self, setting: Setting) -> None:
        outlook = self._model(setting.as_of).run(setting.scenario)
        self._setting, self._outlook, self._moving = setting, outlook, ""
        self.quiet()

    def _model(self, year: int) -> Model:
        if year not in self._models:
            self._models[year] = build_model(self.plan, year, observations=self._observations)
        return self._models[year]

    def _expectations(self) -> dict[str, dict[int, float]]:
        if self.as_of not in self._expected:
            self._expected[self.as_of] = expected_growth(self.model)
        return self._expected[self.as_of]

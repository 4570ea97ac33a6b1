"""The bench without its widgets: the scenario under edit, what can be done to it, undone and compared."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from planmodel.lab.setting import Origin, Setting, in_order
from planmodel.lab.shapes import SHAPES, expected_growth, held, held_growth, path_of_shape
from planmodel.labels import label
from planmodel.law import PERCENT
from planmodel.model import Model, build_model
from planmodel.observations import default_as_of, load_observations
from planmodel.outlook import Outlook
from planmodel.plan import Plan
from planmodel.scenario import Scenario, Shock, combine, load_scenario
from planmodel.scenario_checks import plan_drivers
from planmodel.stress.severities import at_severity
from planmodel.tables import InputError, Problem

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
        # What else the last edit did, as the key of a label, and the shocks and paths that it concerns.
        self.notice = ""
        self.noticed: list[tuple[str, int]] = []
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
        titles = {lang: self.loaded.heading(lang) for lang in ("zh", "en")}
        if not self.edited:
            return titles
        return {lang: label("live_adjusted", lang).format(title=title) for lang, title in titles.items()}

    def expected_growth(self, driver: str, year: int) -> float:
        """Return the growth (%) that the model expects of a driver without a scenario: its median."""
        return self._expectations()[driver][year]

    def growth(self, driver: str, year: int) -> float:
        """Return the growth (%) of a driver's path in a year; without a path, the outlook's median."""
        path = self.scenario.paths.get((driver, year))
        if path is not None:
            return path[0]
        law = self.model.law
        place, step = law.names.index(driver), year - self.plan.base_year
        levels = self._outlook.mean[place :: len(law.names)]
        before = law.base[place] if step == 1 else levels[step - 2]
        return PERCENT * math.expm1(float(levels[step - 1] - before))

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
        path = {y: self.growth(driver, y) for y in self.open_years}
        path = held_growth(path, year, growth) if hold else path | {year: round(growth, DECIMALS)}
        shapes = {name: shape for name, shape in self._setting.shapes.items() if name != driver}
        origin = self._setting.origins.get(driver) or self._origin(driver)
        if all(round(path[y], SHOWN) == round(origin.shown[y], SHOWN) for y in path):
            self._return(f"growth {driver} {year}", driver, origin, shapes)
        else:
            self._draw(f"growth {driver} {year}", driver, path, shapes, origin)

    def set_shape(self, driver: str, shape: str, size: float) -> None:
        """Draw a driver's path by one number: `size` points beside what the model expects, in a shape of `SHAPES`."""
        if shape not in SHAPES:
            raise InputError([Problem("bench", "shape", repr(shape), f"one of: {', '.join(SHAPES)}")])
        expected = {year: self.expected_growth(driver, year) for year in self.open_years}
        path = {year: round(g, DECIMALS) for year, g in path_of_shape(expected, shape, size).items()}
        # Nothing beside the expectation is what the model expects, with its variance.
        path = path if size else {}
        shapes = {**self._setting.shapes, driver: (shape, size)}
        self._draw(f"shape {driver} {shape}", driver, path, shapes)

    def release(self, driver: str) -> None:
        """Take a driver's path away in the open years."""
        shapes = {name: shape for name, shape in self._setting.shapes.items() if name != driver}
        self._draw(f"release {driver}", driver, {}, shapes)

    def by_year(self, driver: str) -> None:
        """Offer a driver's path year by year; it says nothing else until a year is moved."""
        shapes = {**self._setting.shapes, driver: ("by_year", 0.0)}
        self._change(f"by year {driver}", replace(self._setting, shapes=shapes))

    def set_measure(self, measure: str, effort: float, hold: bool = False) -> None:
        """Set the extra effort on a measure, 0 to 1; with `hold` the others give way, so that their sum stays."""
        efforts = {name: self.scenario.measures.get(name, 0.0) for name in self.measures}
        efforts = held(efforts, measure, effort, 0.0, 1.0) if hold else efforts | {measure: effort}
        kept = {name: value for name, value in efforts.items() if value}
        self._edit(f"measure {measure}", measures=kept)

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
        before, scenario = self.as_of, self.scenario
        self._change("", replace(self._setting, as_of=year, shapes={}, origins={}))
        said = [*scenario.paths, *((shock.variable, shock.year) for shock in scenario.shocks)]
        self.noticed = [entry for entry in dict.fromkeys(said) if before < entry[1] <= year]
        self.notice = "history" if self.noticed else ""

    def undo(self) -> None:
        """Take the last step back; without one, do nothing."""
        if self._steps:
            self._show(self._steps.pop())

    def reset(self) -> None:
        """Return to the scenario that was loaded, which can itself be undone."""
        self._change("", Setting(self.loaded, self.loaded, self.as_of))

    def pin(self) -> None:
        """Keep the outlook to compare with."""
        self.pinned, self.pinned_heading = self._outlook, self.heading

    def unpin(self) -> None:
        """Compare with nothing."""
        self.pinned = None

    def _draw(
        self,
        what: str,
        driver: str,
        path: Mapping[int, float],
        shapes: Mapping[str, tuple[str, float]],
        origin: Origin | None = None,
    ) -> None:
        """Give a driver this path in the open years, exactly; history stays as the scenario has it.

        A path would undo the driver's shocks of the same years, so it takes their place.
        """
        paths = {
            key: given
            for key, given in self.scenario.paths.items()
            if key[0] != driver or key[1] <= self.as_of
        }
        paths |= {(driver, year): (growth, 0.0) for year, growth in path.items()}
        kept = tuple(
            shock for shock in self.scenario.shocks if not (shock.variable == driver and shock.year in path)
        )
        fewer = len(kept) < len(self.scenario.shocks)
        scenario = replace(self.scenario, paths=paths, shocks=kept)
        origins = {name: one for name, one in self._setting.origins.items() if name != driver}
        origins |= {driver: origin} if origin else {}
        self._change(what, replace(self._setting, scenario=scenario, shapes=shapes, origins=origins))
        self.notice = "shocks_replaced" if fewer else ""

    def _origin(self, driver: str) -> Origin:
        """Return what a driver shows and says now."""
        return Origin(
            {year: self.growth(driver, year) for year in self.open_years},
            {key: path for key, path in self.scenario.paths.items() if self._concerns(driver, *key)},
            tuple(s for s in self.scenario.shocks if self._concerns(driver, s.variable, s.year)),
        )

    def _return(
        self, what: str, driver: str, origin: Origin, shapes: Mapping[str, tuple[str, float]]
    ) -> None:
        """Let a driver say what it said before its sliders were moved, in the order of the scenario that was loaded."""
        others = {k: path for k, path in self.scenario.paths.items() if not self._concerns(driver, *k)}
        all_paths = {**others, **origin.paths}
        shocks = [s for s in self.scenario.shocks if not self._concerns(driver, s.variable, s.year)]
        shocks = in_order([*shocks, *origin.shocks], self.loaded.shocks)
        scenario = replace(
            self.scenario,
            paths={key: all_paths[key] for key in in_order(all_paths, self.loaded.paths)},
            shocks=tuple(shocks),
        )
        origins = {name: one for name, one in self._setting.origins.items() if name != driver}
        self._change(what, replace(self._setting, scenario=scenario, shapes=shapes, origins=origins))

    def _concerns(self, driver: str, variable: str, year: int) -> bool:
        """Whether an entry of a scenario is about a driver's open years."""
        return variable == driver and year > self.as_of

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
        self.notice, self.noticed = "", []

    def _model(self, year: int) -> Model:
        if year not in self._models:
            self._models[year] = build_model(self.plan, year, observations=self._observations)
        return self._models[year]

    def _expectations(self) -> dict[str, dict[int, float]]:
        if self.as_of not in self._expected:
            self._expected[self.as_of] = expected_growth(self.model)
        return self._expected[self.as_of]

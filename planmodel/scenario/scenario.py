"""Scenarios: files that a person can read, review and sign; read, checked, combined and saved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from planmodel.base.documents import Document, read_yaml
from planmodel.base.files import is_file, shipped
from planmodel.base.naming import one_after_another
from planmodel.base.problems import InputError, Problem, nearest, phrase
from planmodel.base.tables import is_name
from planmodel.plan.area import text_in
from planmodel.plan.names import LANGUAGES, match
from planmodel.plan.plan import Plan, data_folder
from planmodel.scenario.checks import SEVERITIES, SEVERITY_WORDS, check_scenario, full_name


@dataclass(frozen=True)
class Shock:
    """A one-off change of a variable's growth (or of a share) by `size` points, fading by `persistence` a year."""

    variable: str
    year: int
    size: float
    persistence: float = 0.0


@dataclass(frozen=True)
class Origin:
    """What a question made a scenario of, for those who give it a title.

    Attributes
    ----------
    kind : str
        "severity" (a story at another severity) or "mix" (with measures that were sought).
    scenario : Scenario
        What it was made of.
    figure : float
        How many times the sizes of the story; the probability that was asked of the mix.
    """

    kind: str
    scenario: Scenario
    figure: float


@dataclass(frozen=True, eq=False, repr=False)
class Scenario:
    """What happens: driver paths, shocks and extra measures.

    Attributes
    ----------
    name : str
        Its file's name, or several joined by ``+``.
    paths : mapping of (driver, year) to (growth, sd)
        Growth in % a year that the driver takes, and its standard deviation in points (0: exactly). In a file
        `sd` is one number a driver, or a mapping of year to number.
    shocks : tuple of Shock
    measures : mapping of measure to intensity
        Extra effort, 0 none to 1 full.
    origin : Origin, optional
        What a question made it of, where it has no title yet.
    """

    name: str
    title: Mapping[str, str] = field(default_factory=dict)
    author: str = ""
    description: Mapping[str, str] = field(default_factory=dict)
    severity: str = "baseline"
    paths: Mapping[tuple[str, int], tuple[float, float]] = field(default_factory=dict)
    shocks: tuple[Shock, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict)
    origin: Origin | None = None

    def __post_init__(self) -> None:
        # The caller's dictionaries stay the caller's.
        for name in ("title", "description", "paths", "measures"):
            object.__setattr__(self, name, dict(getattr(self, name)))

    @property
    def fingerprint(self) -> str:
        """Hash of everything that moves numbers."""
        content = (sorted(self.paths.items()), self.shocks, sorted(self.measures.items()))
        return hashlib.sha256(repr(content).encode()).hexdigest()[:16]

    def heading(self, lang: str = "zh") -> str:
        """Return the title in a language, in English where it has none in that, or the name if it has no title."""
        return text_in(self.title, lang) or self.name

    def text(self, lang: str = "zh") -> str:
        """Return the description in a language; in English where it has none in that."""
        return text_in(self.description, lang)

    def __repr__(self) -> str:
        parts = f"{len(self.paths)} driver-years, {len(self.shocks)} shocks, {len(self.measures)} measures"
        return f"Scenario({self.name!r}, {self.severity}, {parts})"


def scenario_folder(plan: Plan) -> Path:
    """Return where a plan's scenario files lie."""
    return data_folder(plan) / "scenarios"


def scenario_names(plan: Plan) -> list[str]:
    """Return the names of a plan's scenarios, the baseline first."""
    names = sorted(path.stem for path in scenario_folder(plan).glob("*.yaml"))
    return sorted(names, key=lambda name: name != "baseline")


def load_scenario(scenario: str | Path | Scenario, plan: Plan) -> Scenario:
    """Read a scenario: a name, names joined by ``+``, or the path of a file.

    A text is a path if it ends in ``.yaml`` or holds a separator. A plan without scenario files has an empty
    baseline. Later scenarios override the paths and measures of earlier ones; shocks add up.

    Raises
    ------
    InputError
        With every problem found.
    """
    if isinstance(scenario, Scenario):
        return scenario
    given = str(scenario)
    if isinstance(scenario, Path) or _is_path(given):
        return _load_chain(Path(given), plan)
    given = resolve_scenario(given, plan)
    parts = []
    for name in given.split("+"):
        path = scenario_folder(plan) / f"{name}.yaml"
        if is_name(name) and is_file(path):
            parts.append(_load_chain(path, plan))
        elif name == "baseline":
            parts.append(_empty_baseline(plan))
        else:
            names = scenario_names(plan) or ["baseline"]
            expected = phrase("expected.scenario", names=", ".join(names))
            titles = [title for known in names for title in _titles(scenario_folder(plan) / f"{known}.yaml")]
            raise InputError(
                [Problem("scenario", "", repr(name), expected, nearest(name, [*names, *titles]))]
            )
    return combine(parts) if len(parts) > 1 else parts[0]


def _is_path(text: str) -> bool:
    return text.endswith(".yaml") or "/" in text or "\\" in text


def resolve_scenario(text: str, plan: Plan) -> str:
    """Return the name of the scenario that a text names, by its title in either language; else the text itself.

    Of names or titles joined by ``+`` each is looked up.

    Raises
    ------
    InputError
        If several scenarios have the title.
    """
    folder, names = scenario_folder(plan), scenario_names(plan)
    parts = text.split("+")
    if _is_path(text) or all(part in names or part == "baseline" for part in parts):
        return text
    titles = {name: _titles(folder / f"{name}.yaml") for name in names}
    whole = match(text, titles, "scenario")
    return whole if whole != text else "+".join(match(part, titles, "scenario") for part in parts)


def _titles(path: Path) -> list[str]:
    """Return the titles of a scenario's file; none where the file is broken: who loads it is told."""
    try:
        return list(map(str, read_yaml(path).value["title"].values()))
    except (InputError, AttributeError, KeyError, TypeError):
        return []


def combine(parts: list[Scenario]) -> Scenario:
    """Return several scenarios as one: later paths and measures override earlier ones, shocks add up.

    A shock that two of them share through a common base counts once.

    Raises
    ------
    InputError
        If a shock falls on a driver-year that has a path.
    """
    paths: dict[tuple[str, int], tuple[float, float]] = {}
    measures: dict[str, float] = {}
    shocks: list[Shock] = []
    for part in parts:
        paths |= part.paths
        measures |= part.measures
        shocks += [shock for shock in part.shocks if shock not in shocks]
    titles = {lang: " + ".join(part.heading(lang) for part in parts) for lang in LANGUAGES}
    texts = {lang: one_after_another((part.text(lang) for part in parts), lang) for lang in LANGUAGES}
    severity = max((part.severity for part in parts), key=SEVERITIES.index)
    name = "+".join(part.name for part in parts)
    result = Scenario(name, titles, parts[-1].author, texts, severity, paths, tuple(shocks), measures)
    check_shocks_on_paths(result)
    return result


def check_shocks_on_paths(scenario: Scenario) -> None:
    """Refuse a shock on a driver-year whose growth is given: the path would undo it."""
    problems = [
        Problem(
            scenario.name,
            "shocks",
            phrase("found.shock_on_path", variable=shock.variable, year=shock.year, growth=f"{path[0]:g}"),
            phrase("expected.shock_or_path"),
        )
        for shock in scenario.shocks
        if (path := scenario.paths.get((shock.variable, shock.year)))
    ]
    if problems:
        raise InputError(problems)


def _load_chain(path: Path, plan: Plan, seen: tuple[Path, ...] = ()) -> Scenario:
    """Read a file and the scenarios it builds on."""
    path = path.resolve() if is_file(path) else path
    if path in seen:
        chain = " → ".join(p.stem for p in (*seen, path))
        raise InputError([Problem(str(path), "base", chain, phrase("expected.scenario_not_circular"))])
    document = read_yaml(path)
    check_scenario(path, document, plan)
    own = _parse(path.stem, document, plan)
    base = document.value.get("base")
    if not base:
        check_shocks_on_paths(own)
        return own
    parts = [_load_base(name, path, document, plan, (*seen, path)) for name in str(base).split("+")]
    inherited = combine([*parts, own])
    return replace(
        inherited, name=own.name, title=own.title, description=own.description, severity=own.severity
    )


def _load_base(name: str, path: Path, document: Document, plan: Plan, seen: tuple[Path, ...]) -> Scenario:
    for folder in (path.parent, scenario_folder(plan)):
        if is_name(name) and is_file(folder / f"{name}.yaml"):
            return _load_chain(folder / f"{name}.yaml", plan, seen)
    if name == "baseline":
        return _empty_baseline(plan)
    names = {"baseline", *scenario_names(plan), *(p.stem for p in path.parent.glob("*.yaml"))} - {path.stem}
    expected = phrase("expected.one_of", names=", ".join(sorted(names)))
    raise InputError([Problem(str(path), document.place("base"), repr(name), expected, nearest(name, names))])


def _empty_baseline(plan: Plan) -> Scenario:
    """Return the baseline of a plan that has no file of it: that of a new plan."""
    return _parse("baseline", read_yaml(shipped("data", "template", "scenarios", "baseline.yaml")), plan)


def _parse(name: str, document: Document, plan: Plan) -> Scenario:
    value = document.value
    return Scenario(
        name,
        dict(value["title"]),
        str(value.get("author", "")),
        dict(value.get("description") or {}),
        SEVERITY_WORDS[value.get("severity", "baseline")],
        dict(_paths(value.get("drivers") or {})),
        tuple(
            Shock(full_name(s["variable"], plan), s["year"], float(s["size"]), float(s.get("persistence", 0)))
            for s in value.get("shocks") or ()
        ),
        {measure: float(intensity) for measure, intensity in (value.get("measures") or {}).items()},
    )


def _paths(drivers: Mapping[str, Any]) -> Iterator[tuple[tuple[str, int], tuple[float, float]]]:
    for driver, path in drivers.items():
        sd = path.get("sd", 0.0)
        for year, growth in path.items():
            if year != "sd":
                own = sd.get(year, 0.0) if isinstance(sd, dict) else sd
                yield (driver, int(year)), (float(growth), float(own))


def _drivers(paths: Mapping[tuple[str, int], tuple[float, float]]) -> dict[str, dict[Any, Any]]:
    """Return paths as a file states them: one `sd` a driver, or one a year where years differ."""
    drivers: dict[str, dict[Any, Any]] = {}
    deviations: dict[str, dict[int, float]] = {}
    for (driver, year), (growth, sd) in sorted(paths.items()):
        drivers.setdefault(driver, {})[year] = growth
        deviations.setdefault(driver, {})[year] = sd
    for driver, by_year in deviations.items():
        if any(by_year.values()):
            same = len(set(by_year.values())) == 1
            drivers[driver]["sd"] = next(iter(by_year.values())) if same else by_year
    return drivers


def another_scenario(plan: Plan, first: str, wanted: str) -> Scenario:
    """Return the scenario `wanted` to set beside a first one; if there is none, the plan's next; else the first."""
    names = [name for name in scenario_names(plan) if name != first]
    return load_scenario(wanted if wanted in names else next(iter(names), first), plan)


def save_scenario(scenario: Scenario, path: Path) -> None:
    """Write a scenario as a YAML file that `load_scenario` reads back to the same numbers."""
    content = {
        "title": dict(scenario.title) or dict.fromkeys(LANGUAGES, scenario.name),
        "author": scenario.author,
        "description": dict(scenario.description),
        "severity": scenario.severity,
        "drivers": _drivers(scenario.paths),
        "shocks": [{"unit": "pp", **vars(shock)} for shock in scenario.shocks],
        "measures": dict(scenario.measures),
    }
    kept = {key: value for key, value in content.items() if value}
    path.write_text(yaml.safe_dump(kept, allow_unicode=True, sort_keys=False), encoding="utf-8")

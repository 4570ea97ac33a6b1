"""What a scenario file may say: its keys, names, years and ranges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from planmodel.base.documents import Document
from planmodel.base.problems import Problems, nearest, phrase
from planmodel.plan.area import split_name
from planmodel.plan.plan import Plan
from planmodel.plan.ratio import denominator_of
from planmodel.plan.variables import plan_drivers, variable_names

SEVERITIES = ("baseline", "mild", "moderate", "severe")
# A severity may be written in either language.
SEVERITY_WORDS = {word: word for word in SEVERITIES} | dict(
    zip(("基准", "轻度", "中度", "重度"), SEVERITIES, strict=True)
)

KEYS = ("title", "author", "description", "base", "severity", "drivers", "shocks", "measures")
SHOCK_KEYS = ("variable", "year", "size", "unit", "persistence")
REQUIRED_SHOCK_KEYS = ("variable", "year", "size")

# Annual growth outside this range is a slip of the pen, not a scenario.
LOWEST_GROWTH, HIGHEST_GROWTH = -50.0, 100.0
LARGEST_SHOCK = 50.0


def full_name(variable: str, plan: Plan) -> str:
    """Return the model's name of a variable: an indicator alone means its whole area."""
    return _wholes(plan).get(variable, variable)


# A catalogue reads dozens of files of one plan; what follows from the plan alone is worked out once.
@lru_cache(maxsize=8)
def _wholes(plan: Plan) -> Mapping[str, str]:
    wholes: dict[str, str] = {}
    for name, target in plan.by_name.items():
        if not target.part_of:
            wholes.setdefault(target.indicator, name)
    return wholes


def check_scenario(path: Path, document: Document, plan: Plan) -> None:
    """Raise InputError with every problem of a scenario file."""
    problems = Problems(str(path))
    value = document.value
    if not isinstance(value, dict):
        problems.add(
            "",
            phrase("found.of_type", type=type(value).__name__),
            phrase("expected.keys", keys=", ".join(KEYS)),
        )
        problems.check()
    for key in value:
        if key not in KEYS:
            problems.add_unknown(document.place(key), key, KEYS, "key")
    _check_texts(value, document, problems)
    _check_drivers(value, document, plan, problems)
    _check_shocks(value, document, plan, problems)
    _check_measures(value, document, plan, problems)
    problems.check()


def _check_texts(value: Mapping[str, Any], document: Document, problems: Problems) -> None:
    for key in ("title", "description"):
        texts = value.get(key)
        if key == "title" and texts is None:
            problems.add(document.place(), phrase("found.no_title"), phrase("expected.title"))
        elif texts is not None and not (
            isinstance(texts, dict)
            and {"zh", "en"} <= set(texts)
            and all(isinstance(text, str) and text.strip() for text in texts.values())
        ):
            problems.add(document.place(key), repr(texts)[:60], phrase(f"expected.{key}"))
    severity = value.get("severity", "baseline")
    if not isinstance(severity, str) or severity not in SEVERITY_WORDS:
        problems.add_unknown(document.place("severity"), severity, SEVERITY_WORDS, "severity")
    if "base" in value and not isinstance(value["base"], str):
        problems.add(document.place("base"), repr(value["base"]), phrase("expected.scenario_name"))
    if "author" in value and not isinstance(value["author"], str):
        problems.add(document.place("author"), repr(value["author"]), phrase("expected.any_name"))


def _mapping(value: Mapping[str, Any], key: str, document: Document, problems: Problems) -> dict[Any, Any]:
    entry = value.get(key)
    if entry is not None and not isinstance(entry, dict):
        problems.add(document.place(key), repr(entry)[:60], phrase("expected.names_with_values"))
    return entry if isinstance(entry, dict) else {}


def _check_drivers(value: Mapping[str, Any], document: Document, plan: Plan, problems: Problems) -> None:
    for driver, path in _mapping(value, "drivers", document, problems).items():
        place = document.place("drivers", driver)
        if driver not in plan_drivers(plan):
            problems.add_unknown(place, driver, plan_drivers(plan), "driver")
        if not isinstance(path, dict) or not set(path) - {"sd"}:
            problems.add(place, repr(path)[:60], phrase("expected.growth_path"))
            continue
        for year, growth in path.items():
            place = document.place("drivers", driver, year)
            if year == "sd":
                _check_deviations(growth, path, place, problems)
                continue
            _check_year(year, plan, place, problems)
            _check_number(growth, LOWEST_GROWTH, HIGHEST_GROWTH, place, "growth", problems)


def _check_deviations(sd: object, path: Mapping[Any, Any], place: str, problems: Problems) -> None:
    """A path has one standard deviation, or one for each of some of its years."""
    for year, number in sd.items() if isinstance(sd, dict) else [("", sd)]:
        if year and year not in path:
            problems.add(place, phrase("found.the_year", year=repr(year)), phrase("expected.year_of_path"))
        _check_number(number, 0, LARGEST_SHOCK, place, "deviation", problems)


def _check_shocks(value: Mapping[str, Any], document: Document, plan: Plan, problems: Problems) -> None:
    shocks = value.get("shocks") or []
    if not isinstance(shocks, list):
        problems.add(document.place("shocks"), repr(shocks)[:60], phrase("expected.shocks"))
        return
    names = variable_names(plan)
    for n, shock in enumerate(shocks):
        place = document.place("shocks", n)
        if not isinstance(shock, dict):
            problems.add(place, repr(shock)[:60], phrase("expected.shock", keys=", ".join(SHOCK_KEYS)))
            continue
        _check_shock_keys(shock, place, problems)
        _check_shock_on_path(shock, value, place, problems)
        if "variable" in shock and full_name(str(shock["variable"]), plan) not in names:
            short = {split_name(name)[0] for name in names if not denominator_of(name)}
            problems.add_unknown(place, shock["variable"], names | short, "variable")
        if "year" in shock:
            _check_year(shock["year"], plan, place, problems)
        if "size" in shock:
            _check_number(shock["size"], -LARGEST_SHOCK, LARGEST_SHOCK, place, "size", problems)
        if "persistence" in shock:
            _check_number(shock["persistence"], 0, 1, place, "persistence", problems)
        if shock.get("unit", "pp") != "pp":
            problems.add(
                place,
                phrase("found.unit", unit=repr(shock["unit"])),
                phrase("expected.points"),
                nearest(shock["unit"], ["pp"]),
            )


def _check_shock_on_path(
    shock: Mapping[Any, Any], value: Mapping[str, Any], place: str, problems: Problems
) -> None:
    """A path would undo a shock on the same driver and year."""
    drivers = value.get("drivers")
    path = drivers.get(str(shock.get("variable"))) if isinstance(drivers, dict) else None
    year = shock.get("year")
    if isinstance(path, dict) and isinstance(year, int) and year in path:
        found = phrase("found.shock_on_path", variable=shock["variable"], year=year, growth=path[year])
        problems.add(place, found, phrase("expected.shock_or_path"))


def _check_shock_keys(shock: Mapping[Any, Any], place: str, problems: Problems) -> None:
    for key in shock:
        if key not in SHOCK_KEYS:
            problems.add_unknown(place, key, SHOCK_KEYS, "key")
    for key in REQUIRED_SHOCK_KEYS:
        if key not in shock:
            problems.add(
                place,
                phrase("found.no_key", key=key),
                phrase("expected.shock", keys=", ".join(REQUIRED_SHOCK_KEYS)),
            )


def _check_measures(value: Mapping[str, Any], document: Document, plan: Plan, problems: Problems) -> None:
    known: Iterable[str] = plan.measures["measure"]
    for measure, intensity in _mapping(value, "measures", document, problems).items():
        place = document.place("measures", measure)
        if measure not in set(known):
            problems.add_unknown(place, measure, known, "measure")
        _check_number(intensity, 0, 1, place, "intensity", problems)


def _check_year(year: object, plan: Plan, place: str, problems: Problems) -> None:
    if isinstance(year, bool) or not isinstance(year, int) or year not in plan.years:
        problems.add(
            place, repr(year), phrase("expected.year_between", first=plan.years[0], last=plan.years[-1])
        )


def _check_number(number: object, low: float, high: float, place: str, what: str, problems: Problems) -> None:
    plain = isinstance(number, int | float) and not isinstance(number, bool)
    if not plain or not low <= number <= high:  # type: ignore[operator]
        problems.add(
            place, repr(number)[:60], phrase(f"expected.{what}_between", low=f"{low:g}", high=f"{high:g}")
        )

"""What plan.yaml may say, before the tables are held against it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from planmodel.base.documents import Document
from planmodel.base.problems import Problems, nearest, phrase
from planmodel.base.units import KNOWN_UNITS

if TYPE_CHECKING:
    from planmodel.base.messages import Message

# What of an announced figure can be drawn from printed numbers.
STATUSES = ("complete", "two_points", "one_point", "no_data")
FIGURE_TEXTS = ("id", "zh", "en")

# Years that a plan may speak of, as in its tables.
FIRST_YEAR, LAST_YEAR = 1900, 2200
LONGEST_HORIZON = 30

# What a plan says about changing its targets, and where it says so.
RULE_KEYS = ("zh", "en", "locator")


def check_meta(document: Document, problems: Problems) -> None:
    """Check everything that plan.yaml says by itself; the tables are held against it later."""
    _check_keys(document, problems)
    _check_names(document, problems)
    check_rule(document, problems)
    check_units(document, problems)
    check_figures(document, problems)
    meta = document.value
    if not isinstance(meta.get("ratios") or {}, dict):
        problems.add(document.place("ratios"), repr(meta["ratios"])[:60], phrase("expected.ratios"))
    first, last = meta.get("base_year"), meta.get("target_year")
    if isinstance(first, int) and isinstance(last, int) and not 1 <= last - first <= LONGEST_HORIZON:
        expected = phrase("expected.years_after_base", most=LONGEST_HORIZON)
        problems.add(document.place("target_year"), str(last), expected)


def _check_keys(document: Document, problems: Problems) -> None:
    """Name each key that a plan must have and this one lacks, or that holds something else."""
    meta = document.value
    for key, kind, words in (
        ("plan", str, phrase("expected.short_name")),
        ("title", dict, phrase("expected.titles")),
        ("base_year", int, phrase("expected.year")),
        ("target_year", int, phrase("expected.year")),
        ("areas", dict, phrase("expected.named_areas")),
    ):
        if not isinstance(meta.get(key), kind):
            found = phrase("found.nothing") if key not in meta else repr(meta[key])
            problems.add(document.place(key), found, words, nearest(key, set(map(str, meta)) - {key}))


def _check_names(document: Document, problems: Problems) -> None:
    """Check that whatever has a name has it in both languages."""
    meta = document.value
    for key in ("title", "areas", "quantities", "drivers", "systems"):
        entries = meta.get(key) or {}
        if not isinstance(entries, dict):
            if key in ("quantities", "drivers", "systems"):
                problems.add(document.place(key), repr(entries)[:60], phrase(f"expected.named_{key}"))
            continue
        for name, names in ({key: entries} if key == "title" and key in meta else entries).items():
            if not is_name_pair(names):
                problems.add(
                    document.place(key), phrase("found.no_name_pair", name=name), phrase("expected.name_pair")
                )


def check_rule(document: Document, problems: Problems) -> None:
    """Check plan.yaml's `revision_rule`: the document's own words in both languages, with their place."""
    if "revision_rule" not in document.value:
        return
    rule = document.value["revision_rule"]
    if not isinstance(rule, dict):
        expected = phrase("expected.revision_rule", keys=", ".join(RULE_KEYS))
        problems.add(document.place("revision_rule"), repr(rule)[:60], expected)
        return
    for key in RULE_KEYS:
        if not (isinstance(rule.get(key), str) and rule[key].strip()):
            found = repr(rule[key])[:60] if key in rule else phrase("found.no_key", key=key)
            close = nearest(key, set(map(str, rule)) - set(RULE_KEYS))
            problems.add(
                document.place("revision_rule"), found, phrase("expected.text_of_key", key=key), close
            )
    for key in set(map(str, rule)) - set(RULE_KEYS):
        problems.add_unknown(document.place("revision_rule"), key, RULE_KEYS, "key")


def check_units(document: Document, problems: Problems) -> None:
    """Check the unit of each quantity and driver that has one."""
    for group in ("quantities", "drivers"):
        entries = document.value.get(group)
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            unit = entry.get("unit", "index") if isinstance(entry, dict) else "index"
            if unit not in KNOWN_UNITS:
                problems.add_unknown(document.place(group, name, "unit"), unit, KNOWN_UNITS, "unit")


def check_figures(document: Document, problems: Problems) -> None:
    """Check the announced figures: each with its id, a title in both languages and its series."""
    figures = document.value.get("figures")
    if figures is not None and not isinstance(figures, list):
        problems.add(document.place("figures"), repr(figures)[:60], phrase("expected.figures"))
    for n, figure in enumerate(figures if isinstance(figures, list) else ()):
        path = ("figures", n)
        if not isinstance(figure, dict):
            problems.add(document.place(*path), repr(figure)[:60], phrase("expected.figure"))
            continue
        for key in FIGURE_TEXTS:
            _check_text(figure, key, path, document, problems)
        series = figure.get("series")
        if not isinstance(series, list):
            _add(figure, "series", path, phrase("expected.series_list"), document, problems)
        for m, one in enumerate(series if isinstance(series, list) else ()):
            _check_series(one, (*path, "series", m), document, problems)


def _check_series(series: Any, path: tuple[Any, ...], document: Document, problems: Problems) -> None:
    if not isinstance(series, dict):
        expected = phrase("expected.series")
        problems.add(document.place(*path), repr(series)[:60], expected)
        return
    _check_text(series, "variable", path, document, problems)
    years = series.get("years")
    if not (isinstance(years, list) and all(_is_year(year) for year in years)):
        _add(series, "years", path, phrase("expected.years"), document, problems)
    if not _is_one_of(series.get("status"), STATUSES):
        if "status" in series:
            place = document.place(*path, "status")
            problems.add_unknown(place, series["status"], STATUSES, "status")
        else:
            _add(
                series,
                "status",
                path,
                phrase("expected.one_of", names=", ".join(STATUSES)),
                document,
                problems,
            )


def _check_text(
    entry: dict[Any, Any], key: str, path: tuple[Any, ...], document: Document, problems: Problems
) -> None:
    if not (isinstance(entry.get(key), str) and entry[key].strip()):
        _add(entry, key, path, phrase("expected.text_of_key", key=key), document, problems)


def _add(
    entry: dict[Any, Any],
    key: str,
    path: tuple[Any, ...],
    expected: Message,
    document: Document,
    problems: Problems,
) -> None:
    """Note a key that is missing or holds something else, with the key that may be meant."""
    if key in entry:
        problems.add(document.place(*path, key), repr(entry[key])[:60], expected)
        return
    problems.add(
        document.place(*path), phrase("found.no_key", key=key), expected, nearest(key, map(str, entry))
    )


def _is_year(year: object) -> bool:
    return isinstance(year, int) and not isinstance(year, bool) and FIRST_YEAR <= year <= LAST_YEAR


def _is_one_of(value: object, known: Iterable[str]) -> bool:
    return isinstance(value, str) and value in known


def is_name_pair(names: object) -> bool:
    """Whether an entry has a name, a text that is not empty, in both languages."""
    return isinstance(names, dict) and all(
        isinstance(names.get(lang), str) and names[lang].strip() for lang in ("zh", "en")
    )

"""Doors: how answers spoke before sentences had their home in `planmodel.words`. Old calls work here, and warn.

Questions return codes and figures alone. The public questions are asked here, so that what an answer once said by
itself, a column of sentences or a method that takes a language, still says it, and tells what to call instead.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import pandas as pd

from planmodel.base.messages import WHOLE
from planmodel.model.model import Model
from planmodel.model.outlook import Outlook
from planmodel.plan import audit as plan_audit
from planmodel.plan.plan import Plan
from planmodel.questions.needs import growth, mix, mix_result
from planmodel.questions.odds.bounds import DRAWS
from planmodel.questions.stress import catalogue, discovery, maps, reverse, reverse_count, severities
from planmodel.questions.stress.reverse_count import COUNT_DRAWS
from planmodel.scenario.scenario import Scenario
from planmodel.show.titles import titled
from planmodel.show.words.catalogue import catalogue_title, catalogue_words
from planmodel.show.words.discovery import discovery_words
from planmodel.show.words.mix import mix_words, used_measures
from planmodel.show.words.needs import path_words
from planmodel.show.words.plan import audit_findings
from planmodel.show.words.sensitivity import heat_map_words
from planmodel.show.words.stress import break_words, count_words

Frame = TypeVar("Frame", bound=pd.DataFrame)


def _moved(old: str, new: str) -> None:
    """Warn, at the line of whoever called the door, that what it does is done by another call."""
    warnings.warn(f"{old} is {new} now", DeprecationWarning, stacklevel=3)


class OldColumns(pd.DataFrame):
    """A table without the columns of sentences it once had: one is made when it is asked for, with a warning.

    `_old` has, by column, what to call instead and what makes its texts.
    """

    _metadata = ["_old"]  # noqa: RUF012 (as pandas declares it)
    _old: Mapping[str, tuple[str, Callable[[], list[str] | str]]] = MappingProxyType({})

    def __getitem__(self, key):  # type: ignore[no-untyped-def]
        names = key if isinstance(key, list) else [key] if isinstance(key, str) else []
        made = {}
        for name in (name for name in self._old if name in names and name not in self):
            instead, make = self._old[name]
            _moved(f"The column {name!r}", instead)
            made[name] = make()
        return pd.DataFrame(self).assign(**made)[key] if made else super().__getitem__(key)


class Audit(plan_audit.Audit, OldColumns):
    """The table of `audit`, which knows its plan."""

    _metadata = plan_audit.Audit._metadata

    @property
    def _constructor(self) -> type[Audit]:
        return Audit

    @property
    def _old(self) -> Mapping[str, tuple[str, Callable[[], list[str]]]]:  # type: ignore[override]
        instead = "planmodel.words.audit_findings(audit, lang)"
        return {f"words_{lang}": (instead, partial(audit_findings, self, lang)) for lang in WHOLE}


def audit(plan: Plan) -> Audit:
    """Return `planmodel.plan.audit.audit`; its sentences are `planmodel.words.audit_findings(audit, lang)`."""
    found = plan_audit.audit(plan)
    return _knowing(Audit(found), found)


def at_severity(scenario: str | Path | Scenario, severity: str, model: Model) -> Scenario:
    """Return `planmodel.questions.stress.severities.at_severity`, with a title and description."""
    return titled(severities.at_severity(scenario, severity, model))


def _with_title(outlook: Outlook) -> Outlook:
    """Return an outlook whose scenario has a title, also where a question made it."""
    scenario = titled(outlook.scenario)
    return outlook if scenario is outlook.scenario else replace(outlook, scenario=scenario)


class Breaks(OldColumns, reverse.Breaks):
    """The table of `breaks`, which also knows the failing path of each target."""

    _metadata = [*OldColumns._metadata, *reverse.Breaks._metadata]  # noqa: RUF012 (as pandas declares it)


class CountBreak(OldColumns, reverse_count.CountBreak):
    """The row of `breaks_count`, which also knows its path."""

    _metadata = [*OldColumns._metadata, *reverse_count.CountBreak._metadata]  # noqa: RUF012 (as pandas declares it)


def breaks(outlook: Outlook, lang: str | None = None) -> Breaks:
    """Return `planmodel.questions.stress.reverse.breaks`; given a language, with a column words, which is deprecated.

    What it says is `planmodel.words.break_words(outlook, breaks(outlook), lang)`.
    """
    instead = "planmodel.words.break_words(outlook, breaks(outlook), lang)"
    plain = reverse.breaks(outlook)
    result = _knowing(Breaks(plain), plain)
    result._old = {"words": (instead, partial(break_words, outlook, plain))}
    if lang is not None:
        _moved("breaks(outlook, lang)", instead)
        result["words"] = pd.Series(break_words(outlook, plain, lang), index=result.index, dtype="str")
    return result


def breaks_count(
    outlook: Outlook,
    at_least: int | None = None,
    lang: str | None = None,
    draws: int = COUNT_DRAWS,
    seed: int = 0,
) -> CountBreak:
    """Return `planmodel.questions.stress.reverse_count.breaks_count`; given a language, with words, as `breaks`.

    What it says is `planmodel.words.count_words(breaks_count(outlook), lang)`.
    """
    instead = "planmodel.words.count_words(breaks_count(outlook), lang)"
    plain = reverse_count.breaks_count(outlook, at_least, draws, seed)
    result = _knowing(CountBreak(plain), plain)
    result._old = {"words": (instead, partial(count_words, plain))}
    if lang is not None:
        _moved("breaks_count(…, lang=…)", instead)
        result["words"] = [count_words(plain, lang)]
    return result


class HeatMap(maps.HeatMap):
    """A map that says itself."""

    def words(self, lang: str = "zh") -> str:
        """Return where the odds are even, with the first driver as expected."""
        _moved("heat_map(…).words(lang)", "planmodel.words.heat_map_words(map, lang)")
        return heat_map_words(self, lang)


def heat_map(
    outlook: Outlook | Model,
    target: str,
    driver_x: str,
    driver_y: str,
    growth_x: Sequence[float] | None = None,
    growth_y: Sequence[float] | None = None,
) -> HeatMap:
    """Return `planmodel.questions.stress.maps.heat_map`, with its words."""
    return HeatMap(**vars(maps.heat_map(outlook, target, driver_x, driver_y, growth_x, growth_y)))


class Discovery(discovery.Discovery):
    """A region that says itself."""

    def words(self, lang: str = "zh") -> str:
        """Return the box in one sentence, with density, coverage and what holds without it."""
        _moved("discover(…).words(lang)", "planmodel.words.discovery_words(discovery, lang)")
        return discovery_words(self, lang)


def discover(
    outlook: Outlook,
    targets: str | Sequence[str],
    fail: bool = True,
    at_least: int | None = None,
    inputs: Sequence[str] | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> Discovery:
    """Return `planmodel.questions.stress.discovery.discover`, with its words."""
    return Discovery(**vars(discovery.discover(outlook, targets, fail, at_least, inputs, draws, seed)))


class SeverityCatalogue(catalogue.SeverityCatalogue):
    """A catalogue that says itself."""

    def title(self, story: str, lang: str = "zh") -> str:
        """Return what a story is called, without its severity."""
        _moved(
            "severity_catalogue(…).title(story, lang)",
            "planmodel.words.catalogue_title(catalogue, story, lang)",
        )
        return catalogue_title(self, story, lang)

    def words(self, lang: str = "zh") -> list[str]:
        """Return the worst story, margins that rise under stress and why, and odds that do not follow their margin."""
        _moved("severity_catalogue(…).words(lang)", "planmodel.words.catalogue_words(catalogue, lang)")
        return catalogue_words(self, lang)


def severity_catalogue(model: Model) -> SeverityCatalogue:
    """Return `planmodel.questions.stress.catalogue.severity_catalogue`, with its words."""
    found = catalogue.severity_catalogue(model)
    outlooks = {key: _with_title(outlook) for key, outlook in found.outlooks.items()}
    return SeverityCatalogue(**vars(found) | {"outlooks": outlooks})


class DriverPaths(growth.DriverPaths):
    """Paths that say themselves."""

    def words(self, lang: str = "zh") -> list[str]:
        """Return what the paths ask for, in sentences."""
        _moved("driver_paths(…).words(lang)", "planmodel.words.path_words(paths, outlook, lang)")
        return path_words(self, self.outlook, lang)


def driver_paths(outlook: Outlook, targets: str | Iterable[str] | None = None) -> DriverPaths:
    """Return `planmodel.questions.needs.growth.driver_paths`, with its words."""
    found = growth.driver_paths(outlook, targets)
    return _knowing(DriverPaths(found), found)


class Mix(mix_result.Mix):
    """A mix that says itself."""

    def words(self, lang: str = "zh") -> list[str]:
        """Return the answer in sentences."""
        _moved("seek(…).words(lang)", "planmodel.words.mix_words(mix, lang)")
        return mix_words(self, lang)

    def used(self, lang: str = "zh") -> pd.DataFrame:
        """Return the measures that the mix uses, as texts: measure, system, intensity, cost."""
        _moved("seek(…).used(lang)", "planmodel.words.used_measures(mix, lang)")
        return used_measures(self, lang)


def seek(  # noqa: PLR0913 - a public signature: what one may ask of a mix
    outlook: Outlook,
    targets: str | Iterable[str] | None = None,
    probability: float = 0.8,
    costs: Mapping[str, float] | None = None,
    measures: Iterable[str] | None = None,
    limits: Mapping[str, float] | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Mix:
    """Return `planmodel.questions.needs.mix.seek`, with its words."""
    found = mix.seek(outlook, targets, probability, costs, measures, limits, draws, seed)
    speaking = _knowing(Mix(found), found)
    speaking._answer = replace(found.answer, after=_with_title(found.outlook))
    return speaking


def _knowing(frame: Frame, other: pd.DataFrame) -> Frame:
    """Return a frame that knows what another knows beside its columns."""
    for name in other._metadata:
        setattr(frame, name, getattr(other, name))
    return frame


# What a question asks, answers and refuses is described where it is computed: `help` tells it here, too.
for _door, _question in (
    (at_severity, severities.at_severity),
    (audit, plan_audit.audit),
    (breaks, reverse.breaks),
    (breaks_count, reverse_count.breaks_count),
    (heat_map, maps.heat_map),
    (discover, discovery.discover),
    (severity_catalogue, catalogue.severity_catalogue),
    (driver_paths, growth.driver_paths),
    (seek, mix.seek),
):
    _door.__doc__ = f"{_question.__doc__}\n    {_door.__doc__}"

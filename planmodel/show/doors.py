"""The public questions whose answers speak: each asks its question and lets the answer say itself in a language.

Questions return codes and figures alone; sentences are made in `planmodel.show.words`. What answers said by themselves
before, they say here: a column `words`, or a method `words(lang)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import pandas as pd

from planmodel.model.model import Model
from planmodel.model.outlook import Outlook
from planmodel.questions.needs import growth, mix, mix_result
from planmodel.questions.odds.odds import DRAWS
from planmodel.questions.stress import catalogue, discovery, maps, reverse, reverse_count
from planmodel.questions.stress.reverse import Breaks
from planmodel.questions.stress.reverse_count import COUNT_DRAWS, CountBreak
from planmodel.show.words.catalogue import catalogue_title, catalogue_words
from planmodel.show.words.discovery import discovery_words
from planmodel.show.words.mix import mix_words, used_measures
from planmodel.show.words.needs import path_words
from planmodel.show.words.sensitivity import heat_map_words
from planmodel.show.words.stress import break_words, count_words

Frame = TypeVar("Frame", bound=pd.DataFrame)


def breaks(outlook: Outlook, lang: str = "zh") -> Breaks:
    """Return `planmodel.questions.stress.reverse.breaks` with a sentence in `lang` for each target: column words."""
    result = reverse.breaks(outlook)
    result["words"] = pd.Series(break_words(outlook, result, lang), index=result.index, dtype="str")
    return result


def breaks_count(
    outlook: Outlook,
    at_least: int | None = None,
    lang: str = "zh",
    draws: int = COUNT_DRAWS,
    seed: int = 0,
) -> CountBreak:
    """Return `planmodel.questions.stress.reverse_count.breaks_count` with a sentence in `lang`: column words."""
    result = reverse_count.breaks_count(outlook, at_least, draws, seed)
    result["words"] = [count_words(result, lang)]
    return result


class HeatMap(maps.HeatMap):
    """A map that says itself."""

    def words(self, lang: str = "zh") -> str:
        """Return where the odds are even, with the first driver as expected."""
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
        return catalogue_title(self, story, lang)

    def words(self, lang: str = "zh") -> list[str]:
        """Return the worst story, margins that rise under stress and why, and odds that do not follow their margin."""
        return catalogue_words(self, lang)


def severity_catalogue(model: Model) -> SeverityCatalogue:
    """Return `planmodel.questions.stress.catalogue.severity_catalogue`, with its words."""
    return SeverityCatalogue(**vars(catalogue.severity_catalogue(model)))


class DriverPaths(growth.DriverPaths):
    """Paths that say themselves."""

    def words(self, lang: str = "zh") -> list[str]:
        """Return what the paths ask for, in sentences."""
        return path_words(self, self.outlook, lang)


def driver_paths(outlook: Outlook, targets: str | Iterable[str] | None = None) -> DriverPaths:
    """Return `planmodel.questions.needs.growth.driver_paths`, with its words."""
    found = growth.driver_paths(outlook, targets)
    return _knowing(DriverPaths(found), found)


class Mix(mix_result.Mix):
    """A mix that says itself."""

    def words(self, lang: str = "zh") -> list[str]:
        """Return the answer in sentences."""
        return mix_words(self, lang)

    def used(self, lang: str = "zh") -> pd.DataFrame:
        """Return the measures that the mix uses, as texts: measure, system, intensity, cost."""
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
    return _knowing(Mix(found), found)


def _knowing(frame: Frame, other: growth.DriverPaths | mix_result.Mix) -> Frame:
    """Return a frame that knows what another knows beside its columns."""
    for name in other._metadata:
        setattr(frame, name, getattr(other, name))
    return frame


# What a question asks, answers and refuses is described where it is computed: `help` tells it here, too.
for _door, _question in (
    (breaks, reverse.breaks),
    (breaks_count, reverse_count.breaks_count),
    (heat_map, maps.heat_map),
    (discover, discovery.discover),
    (severity_catalogue, catalogue.severity_catalogue),
    (driver_paths, growth.driver_paths),
    (seek, mix.seek),
):
    _door.__doc__ = f"{_question.__doc__}\n    {_door.__doc__}"

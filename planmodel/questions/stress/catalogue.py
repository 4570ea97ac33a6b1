"""The catalogue: every stress story of a plan at every severity, and what it does to the targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from planmodel.base import columns
from planmodel.base.frames import rows_of
from planmodel.law.draws import share_error
from planmodel.law.gaussian import Array
from planmodel.model.model import Model
from planmodel.model.outlook import Outlook
from planmodel.plan.plan import Plan
from planmodel.questions.odds.odds import probabilities, required_growth
from planmodel.questions.stress.scenario_distance import plausibility
from planmodel.questions.stress.severities import (
    median_growth,
    severity_factors,
    stories,
    story_at,
)
from planmodel.scenario.checks import SEVERITIES

# Draws behind the joint odds of each cell: a standard error of at most 0.8 points.
DRAWS = 4096

# Slack and odds are good to 1e-8.
_UNMOVED = 1e-7


@dataclass(frozen=True, eq=False, repr=False)
class SeverityCatalogue:
    """Every stress story at every severity: the outlooks, and what they do to the targets.

    `outlooks` maps (story, severity) to its outlook; the baseline is ("baseline", "baseline").
    """

    model: Model
    outlooks: Mapping[tuple[str, str], Outlook]

    @cached_property
    def _frame(self) -> pd.DataFrame:
        goals, plan = self.model.goals, self.model.plan
        outs, k = list(self.outlooks.values()), len(goals.quantities)
        middle = np.concatenate([goals.medians(outlook.nodes) for outlook in outs])
        frame = pd.DataFrame(np.repeat(list(self.outlooks), k, axis=0), columns=["story", "severity"])
        frame["target"] = goals.names * len(outs)
        frame["probability"] = np.concatenate([probabilities(outlook) for outlook in outs])
        frame["slack"] = _slack(plan, frame["target"], middle) * np.tile(goals.sign, len(outs))
        return columns.frame("severity_catalogue", frame)

    @property
    def table(self) -> pd.DataFrame:
        """One row a story, severity and target.

        Columns story, severity, target, probability (closed form), slack (points of annual growth: the median's
        less the required; the margin that is monotone in severity).
        """
        return self._frame.copy()

    def summary(self, at_least: int | None = None, draws: int = DRAWS, seed: int = 0) -> pd.DataFrame:
        """Return how implausible each story is at each severity, and how many targets it leaves.

        Parameters
        ----------
        at_least : int, optional
            k of "at least k targets": by default the smallest majority.
        draws, seed : int
            Of the joint odds; the same random numbers serve every cell.

        Returns
        -------
        DataFrame
            story, severity; delta (s.d.), chi2_tail, q, n (see `plausibility`); expected (number of targets
            reached, closed form), k, at_least, at_least_standard_error.

        Raises
        ------
        InputError
            If k is not a number of targets.
        """
        goals = self.model.goals
        k = goals.enough(at_least)
        keys = pd.DataFrame(list(self.outlooks), columns=["story", "severity"])
        far = pd.concat([plausibility(outlook) for outlook in self.outlooks.values()], ignore_index=True)
        together = []
        for outlook in self.outlooks.values():
            levels = outlook.sampler(goals.quantities, [outlook.plan.target_year]).draw(draws, seed)
            together.append(np.mean(goals.hits(levels).sum(axis=1) >= k))
        result = pd.concat([keys, far[["delta", "chi2_tail", "q", "n"]]], axis=1)
        result["expected"] = self._frame["probability"].to_numpy().reshape(len(keys), -1).sum(axis=1)
        result["k"], result["at_least"] = k, together
        result["at_least_standard_error"] = share_error(result["at_least"].to_numpy(), draws)
        return columns.frame("severity_catalogue.summary", result)

    @property
    def directions(self) -> pd.DataFrame:
        """How each target answers to each story as it grows more severe, from the baseline on.

        Columns story, target; margin (falls, rises, unmoved or mixed, by slack); slack_change (points of annual
        growth, severe less baseline); probability_monotone (whether the probability goes the same way: a path that
        takes uncertainty away can turn it).
        """
        shape = len(self.outlooks), len(self.model.goals.quantities)
        cube = [self._frame[column].to_numpy().reshape(shape) for column in ("slack", "probability")]
        names = self._frame["target"].iloc[: shape[1]]
        rows = []
        for n, story in enumerate(self.stories):
            places = [0, *range(1 + 3 * n, 4 + 3 * n)]
            for t, target in enumerate(names):
                slack, odds = (table[places, t] for table in cube)
                margin, way = _direction(np.diff(slack)), _direction(np.diff(odds))
                rows.append((story, target, margin, slack[-1] - slack[0], way in (margin, "unmoved")))
        return columns.frame("severity_catalogue.directions", rows)

    @property
    def stories(self) -> list[str]:
        """The names of the stories, without the baseline."""
        return [story for story, severity in self.outlooks if severity == SEVERITIES[-1]]

    def __repr__(self) -> str:
        return f"SeverityCatalogue({self.model.plan.name!r}, {len(self.stories)} stories, as of {self.model.as_of})"


def _direction(moves: Array) -> str:
    falls, rises = bool(np.all(moves < _UNMOVED)), bool(np.all(moves > -_UNMOVED))
    if falls and rises:
        return "unmoved"
    return "falls" if falls else "rises" if rises else "mixed"


def _slack(plan: Plan, targets: pd.Series, middles: Array) -> Array:
    years = plan.target_year - plan.base_year
    rows = {row["name"]: (row["base"], row["threshold"]) for row in rows_of(plan.targets)}
    pairs = [(*rows[target], float(level)) for target, level in zip(targets, middles, strict=True)]
    return np.array(
        [required_growth(b, level, years) - required_growth(b, wanted, years) for b, wanted, level in pairs]
    )


def severity_catalogue(model: Model) -> SeverityCatalogue:
    """Return every stress story of the plan at every severity.

    Raises
    ------
    InputError
        If a scenario or the factors are wrong.
    """
    factors, growths = severity_factors(model.plan), median_growth(model)
    outlooks = {(SEVERITIES[0], SEVERITIES[0]): model.run("baseline")}
    for story, family in stories(model.plan).items():
        for severity in SEVERITIES[1:]:
            scenario = story_at(family, severity, model.plan, factors, growths)
            outlooks[story, severity] = model.run(scenario)
    return SeverityCatalogue(model, outlooks)

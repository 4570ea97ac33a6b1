"""The answer to what it takes: the mix as a table, what it does to each target, and the scenario that has it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planmodel.base import columns
from planmodel.law.draws import share_error
from planmodel.law.gaussian import Array
from planmodel.law.quantity import Moments, quantiles
from planmodel.model.outlook import Outlook
from planmodel.questions.needs.levers import Levers, Options
from planmodel.questions.odds.marginal import probabilities
from planmodel.scenario.scenario import Origin, Scenario


@dataclass(frozen=True, eq=False)
class Answer:
    """What a mix of measures does: see `Mix`."""

    outlook: Outlook
    after: Outlook
    probability: float
    assumed_costs: bool
    unit_costs: dict[str, float]
    targets: pd.DataFrame
    others: pd.DataFrame
    joint: pd.DataFrame


class Mix(pd.DataFrame):
    """The table of `seek`: one row a measure, with what the mix does as attributes.

    Attributes
    ----------
    targets : DataFrame
        The chosen targets: target, before and after (reach probability), required_probability, holds,
        shortfall (% of the target's level missing at the required probability; 0 where it holds), alone (the
        probability if the measures served this target only).
    others : DataFrame
        The plan's other targets: target, before, after.
    joint : DataFrame
        One row, simulated: before and after (all chosen targets together), each with its standard error; draws.
    feasible : bool
        Whether every chosen target holds with its probability.
    total_cost : float
        Of the extra effort.
    scenario : Scenario
        The outlook's scenario with the mix.
    outlook : Outlook
        What the model's run of that scenario returns.
    """

    _metadata = ["_answer"]  # noqa: RUF012 (as pandas declares it)
    _answer: Answer

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame

    @property
    def answer(self) -> Answer:
        """Everything behind the table."""
        return self._answer

    @property
    def targets(self) -> pd.DataFrame:
        """The chosen targets before and after."""
        return self._answer.targets.copy()

    @property
    def others(self) -> pd.DataFrame:
        """The other targets before and after."""
        return self._answer.others.copy()

    @property
    def joint(self) -> pd.DataFrame:
        """The simulated odds that all chosen targets hold together, before and after."""
        return self._answer.joint.copy()

    @property
    def feasible(self) -> bool:
        """Whether every chosen target holds with its probability."""
        return bool(self._answer.targets["holds"].all())

    @property
    def total_cost(self) -> float:
        """Cost of the extra effort."""
        return float(self["cost"].sum())

    @property
    def unit_costs(self) -> dict[str, float]:
        """Cost of full effort on each measure."""
        return dict(self._answer.unit_costs)

    @property
    def scenario(self) -> Scenario:
        """The scenario with the mix; `planmodel.save_scenario` writes it."""
        return self._answer.after.scenario

    @property
    def outlook(self) -> Outlook:
        """The outlook with the mix."""
        return self._answer.after


def describe(  # noqa: PLR0913 - what `seek` was asked and what it found, side by side
    outlook: Outlook,
    levers: Levers,
    options: Options,
    intensities: Array,
    alone: Array,
    probability: float,
    draws: int,
    seed: int,
) -> Mix:
    """Return the mix as a table, with exact probabilities and the simulated joint ones."""
    after = outlook.model.run(_scenario(outlook, levers.at(intensities), probability))
    places = list(levers.chosen)
    names = np.array(outlook.model.goals.names)
    both = pd.DataFrame({"target": names, "before": probabilities(outlook), "after": probabilities(after)})
    targets = both.iloc[places].reset_index(drop=True)
    targets["required_probability"] = probability
    targets["holds"] = targets["after"] >= probability
    targets["shortfall"] = np.where(targets["holds"], 0.0, _shortfalls(after, levers, probability))
    targets["alone"] = [levers.probabilities(*levers.law(row))[n] for n, row in enumerate(alone)]
    others = both.drop(index=places).reset_index(drop=True)
    table = outlook.plan.measures.set_index("measure").loc[list(options.measures)].reset_index()
    result = Mix(table[["measure", "kind", "system", "name_zh", "name_en"]])
    result["already"], result["intensity"] = options.already, intensities
    result["cost"] = options.cost * (intensities - options.already)
    joint = _joint(outlook, after, places, draws, seed)
    unit_costs = dict(zip(options.measures, map(float, options.cost), strict=True))
    result._answer = Answer(
        outlook, after, probability, options.assumed_costs, unit_costs, targets, others, joint
    )
    return result


def _scenario(outlook: Outlook, scenario: Scenario, probability: float) -> Scenario:
    """Name the scenario and say where its measures come from."""
    origin = Origin("mix", outlook.scenario, probability)
    return replace(scenario, name="mix", title={}, description={}, origin=origin)


def _shortfalls(after: Outlook, levers: Levers, probability: float) -> Array:
    """Return by how much (% of its level) a target misses at the value it reaches with the probability."""
    goals, places = levers.model.goals, list(levers.chosen)
    mean, cov = levers.law_of(after)
    result = np.empty(len(places))
    for n, k in enumerate(places):
        up = bool(goals.at_least[k])
        tail = np.array([1 - probability if up else probability])
        value = float(quantiles([goals.quantities[k]], Moments.of(mean[[n]], cov[[n]]), tail)[0, 0])
        gap = 1 - value / goals.thresholds[k]
        result[n] = 100 * (gap if up else -gap)
    return np.maximum(result, 0.0)


def _joint(before: Outlook, after: Outlook, places: list[int], draws: int, seed: int) -> pd.DataFrame:
    """Simulate the odds that all chosen targets hold together, with the same random numbers before and after."""
    row: dict[str, list[float]] = {}
    goals = before.model.goals
    chosen = [goals.quantities[k] for k in places]
    thresholds, up = goals.thresholds[places], goals.at_least[places]

    def hits(chunk: Array) -> Array:
        return np.array([((chunk >= thresholds) == up).all(axis=1).sum()], dtype=float)

    for name, outlook in (("before", before), ("after", after)):
        sampler = outlook.sampler(chosen, [outlook.plan.target_year])
        share = float(sampler.reduce(draws, seed, hits)[0]) / draws
        row[name] = [share]
        row[f"{name}_standard_error"] = [float(share_error(share, draws))]
    return columns.frame("seek.joint", pd.DataFrame(row).assign(draws=draws))

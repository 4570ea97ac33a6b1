"""How much the cheapest mix depends on what was assumed about its measures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from planmodel.base import columns
from planmodel.law.gaussian import Array
from planmodel.model.model import build_model
from planmodel.model.outlook import Outlook
from planmodel.questions.needs.levers import Levers, Options
from planmodel.questions.needs.mix import check_probability, options_of, solve
from planmodel.questions.stress.margins import chosen_targets

# Chosen: the s.d. of effects are the softest numbers of all, so half and twice; a cost twice.
SD_FACTORS = {"sd_half": 0.5, "sd_double": 2.0}
COST_FACTOR = 2.0


def mix_stability(
    outlook: Outlook,
    targets: str | Iterable[str] | None = None,
    probability: float = 0.8,
    costs: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Return how the cheapest mix changes when its assumptions do.

    Parameters
    ----------
    outlook, targets, probability, costs
        As for `planmodel.seek`.

    Returns
    -------
    DataFrame
        A row for each measure that is used in any case: measure, name_zh, name_en; intensity as assumed, with
        the s.d. of every effect halved (sd_half) and doubled (sd_double), and with this measure's own cost
        doubled (cost_double; NaN where it is not used as assumed). NaN where no mix is enough.

    Raises
    ------
    InputError
        As `planmodel.seek`.
    """
    check_probability(probability)
    chosen, options = chosen_targets(outlook, targets), options_of(outlook, None, costs or {}, {})
    levers = Levers.of(outlook, options.measures, chosen)
    assumed = _intensities(levers, options, probability)
    cases = {"intensity": assumed}
    for case, factor in SD_FACTORS.items():
        other = Levers.of(_rescaled(outlook, factor), options.measures, chosen)
        cases[case] = _intensities(other, options, probability)
    cases["cost_double"] = np.full(len(assumed), np.nan)
    for row in np.flatnonzero(assumed > options.already):
        cost = options.cost.copy()
        cost[row] *= COST_FACTOR
        dearer = _intensities(levers, replace(options, cost=cost), probability)
        cases["cost_double"][row] = dearer[row]
    names = outlook.plan.measures.set_index("measure").loc[list(options.measures), ["name_zh", "name_en"]]
    table = names.reset_index().assign(**cases)
    used = (table[list(cases)].fillna(0) > 0).any(axis=1)
    return columns.frame("mix_stability", table[used].reset_index(drop=True))


def _intensities(levers: Levers, options: Options, probability: float) -> Array:
    """Return the cheapest mix; NaN where none is enough."""
    found = solve(levers, options, probability)
    enough = levers.probabilities(*levers.law(found)) >= probability
    return found if enough.all() else np.full(len(found), np.nan)


def _rescaled(outlook: Outlook, factor: float) -> Outlook:
    """Return the outlook with the s.d. of every effect multiplied."""
    model = outlook.model
    effects = model.effects.assign(sd=model.effects["sd"] * factor)
    model = build_model(outlook.plan, model.as_of, model.evidence, model.observations, effects)
    return model.run(outlook.scenario)

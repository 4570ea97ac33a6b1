"""What it takes: the cheapest mix of a plan's measures that makes chosen targets hold with a probability."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
from scipy.special import ndtri

from planmodel.base.problems import InputError, Problem, Problems, phrase
from planmodel.law.gaussian import Array
from planmodel.model.goals import has_bounds
from planmodel.model.outlook import Outlook
from planmodel.plan.names import resolve
from planmodel.questions.needs.cone import Cones, cheapest, most_slack
from planmodel.questions.needs.levers import Levers, Options
from planmodel.questions.needs.mix_result import Mix, describe
from planmodel.questions.odds.bounds import DRAWS
from planmodel.questions.stress.margins import chosen_targets

# Rounds of linearisation: targets that are no part of a whole need two, parts a few more.
_MOST_ROUNDS = 30
_SETTLED = 1e-7
# Intensities are rounded to what a person can read; the score asked for is a little higher to make up for it.
_DIGITS = 6
_EXCESS = 1e-5
# Limit state in logs within which the worst shortfall counts as the smallest (0.1 % of the target's level): the last
# hundredth of a per cent of the worst target is not worth whole per cents of the others.
_TIE = 1e-3
# Cost of missing a target's level altogether, in costs of the dearest measure: shortfalls come before costs.
_PENALTY = 1e4


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
    """Return the cheapest mix of extra measures that makes each chosen target hold with a probability.

    Intensities z (0 none to 1 full extra effort, on top of the outlook's scenario) minimise Σ cost·z under
    m + a'z ≥ Φ⁻¹(p)·√(s² + Σ v z²) for each target: its limit state in logs has mean m and s.d. s without the measures,
    each effect a on it is uncertain with variance v. These are second-order cones for p ≥ ½. A part of a
    whole is linearised at the solution until its exact probability is p. Equally good measures get equal effort.

    If no mix is enough, the result is the one with the smallest worst shortfall (in % of a target's level that is
    missing at probability p); among those the one with the smallest sum of shortfalls, and of those the cheapest.

    Effects and costs are assumptions unless `effects.csv` or `costs` say otherwise: the ranking of measures is
    conditional on them.

    Parameters
    ----------
    outlook : Outlook
        As returned by `Model.run`.
    targets : str or iterable of str, optional
        By default every target of the plan that has a base.
    probability : float
        p of each target, from 0.5 to below 1.
    costs : mapping of measure to cost, optional
        Of full extra effort; others as in `effects.csv` (1 in the shipped plan).
    measures : iterable of str, optional
        Those that may be used: by default the plan's measures, without its safeguards, that have an effect.
    limits : mapping of measure to intensity, optional
        Upper bounds from 0 to 1; by default 1.
    draws, seed : int
        Of the simulated joint probability.

    Returns
    -------
    Mix
        A table: measure, kind, system, name_zh, name_en, already (intensity in the scenario), intensity (in
        all), cost. Its attributes: `targets`, `others`, `joint`, `feasible`, `total_cost`, `scenario`,
        `outlook`.

    Raises
    ------
    InputError
        If a name is unknown, a number out of range, or the outlook is not one that a model's run returns.
    """
    check_probability(probability)
    _check_outlook(outlook)
    chosen = chosen_targets(outlook, targets)
    options = options_of(outlook, measures, costs or {}, limits or {})
    levers = Levers.of(outlook, options.measures, chosen)
    intensities = solve(levers, options, probability)
    alone = serving_alone(levers, options, probability, intensities)
    return describe(outlook, levers, options, intensities, alone, probability, draws, seed)


def check_probability(probability: float) -> None:
    """Raise InputError for a probability below one half or not below one."""
    if not (math.isfinite(probability) and 0.5 <= probability < 1):
        expected = phrase("expected.probability_half_to_one")
        raise InputError([Problem("seek", "probability", f"{probability}", expected)])


def _check_outlook(outlook: Outlook) -> None:
    """The mix is found by runs of the model: what was added to the outlook afterwards would be lost."""
    ran = outlook.model.run(outlook.scenario)
    if has_bounds(outlook.bounds) or set(outlook.used) != set(ran.used):
        found = phrase("found.outlook_given_more")
        expected = phrase("expected.outlook_of_run")
        raise InputError([Problem("seek", "outlook", found, expected)])


def options_of(
    outlook: Outlook, measures: Iterable[str] | None, costs: Mapping[str, float], limits: Mapping[str, float]
) -> Options:
    """Return the measures that may be used; InputError with every name or number that is wrong."""
    effects, table = outlook.model.effects, outlook.plan.measures
    moved = set(effects["measure"])
    known = [name for name in table["measure"] if name in moved]
    default = set(table.loc[table["kind"] == "measure", "measure"])
    plan = outlook.plan
    names = [name for name in known if name in default] if measures is None else measures
    names = [resolve(name, known, plan, "seek") for name in names]
    costs, limits = (
        {resolve(name, known, plan, "seek"): number for name, number in given.items()}
        for given in (costs, limits)
    )
    problems = Problems("seek")
    for what, given in (("measures", names), ("costs", costs), ("limits", limits)):
        for name in given:
            if name not in known:
                problems.add_unknown(what, name, known, "measure_with_effect")
    for what, numbers, top in (("costs", costs, math.inf), ("limits", limits, 1.0)):
        for name, number in numbers.items():
            if not (math.isfinite(number) and 0 <= number <= top):
                expected = phrase("expected.zero_or_more" if what == "costs" else "expected.zero_to_one")
                problems.add(f"{what}, {name}", f"{number}", expected)
    if not names and measures is None:
        problems.add("measures", phrase("found.no_measure_with_effect"), phrase("expected.rows_in_effects"))
    problems.check()
    used = [name for name in known if name in set(names)]
    listed = effects.drop_duplicates("measure").set_index("measure")["cost"]
    already = np.array([float(outlook.scenario.measures.get(name, 0.0)) for name in used])
    return Options(
        tuple(used),
        np.array([float(costs.get(name, listed[name])) for name in used]),
        already,
        np.maximum(np.array([float(limits.get(name, 1.0)) for name in used]), already),
        not costs,
    )


def solve(levers: Levers, options: Options, probability: float) -> Array:
    """Return the intensities of the cheapest mix, or of the nearest one.

    Each round replaces parts by their tangents at the last solution, until the solution no longer moves.
    """
    lower, upper, score = options.already, options.upper, float(ndtri(probability)) + _EXCESS
    free, point = upper > lower, lower
    for _ in range(_MOST_ROUNDS if free.any() else 0):
        cones = levers.cones(score, point)
        if (cones.heights(lower) >= 0).all():
            return lower
        inner = cones.fixed(~free, lower)
        new = lower.copy()
        new[free] = _cheapest_or_nearest(options.cost[free], inner, lower[free], upper[free])
        moved, point = float(np.max(np.abs(new - point))), new
        if moved < _SETTLED:
            break
    return np.clip(point.round(_DIGITS), lower, upper)


def serving_alone(levers: Levers, options: Options, probability: float, point: Array) -> Array:
    """Return, a row a target, the intensities at which it falls least short; tangents are those at `point`."""
    lower, upper = options.already, options.upper
    free, result = upper > lower, np.tile(options.already, (len(levers.chosen), 1))
    if not free.any():
        return result
    cones = levers.cones(float(ndtri(probability)), point).fixed(~free, lower)
    for k, row in enumerate(result):
        row[free] = most_slack(cones.rows([k]), lower[free], upper[free])[0]
    return np.clip(result.round(_DIGITS), lower, upper)


def _cheapest_or_nearest(cost: Array, cones: Cones, lower: Array, upper: Array) -> Array:
    """Return the cheapest point where all constraints hold; else the one whose worst shortfall is smallest."""
    _, short = most_slack(cones, lower, upper)
    if short < 0:
        return cheapest(cost, cones, lower, upper)
    k = len(cones.constant)
    penalty = _PENALTY * max(float(cost.max()), 1.0)
    found = cheapest(
        np.append(cost, np.full(k, penalty)),
        cones.loosened(with_each=True),
        np.append(lower, np.zeros(k)),
        np.append(upper, np.full(k, short + _TIE)),
    )
    return found[: len(cost)]

"""Whether a driver is a means: one that, shocked alone, moves the target the way it is said to.

On a path found by conditioning every variable moves, also those from which a target merely learns: growth of value
added that was observed tells about deposits, but brings none. A sentence names only what acts.

Both read the single normal with the outlook's mean and covariance.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from planmodel.law.condition import Lines
from planmodel.law.gaussian import Array, condition
from planmodel.model.goals import Goals
from planmodel.model.outlook import Outlook
from planmodel.questions.stress.failure import LimitState

# A limit state that moves by less (logs) does not answer.
NO_ANSWER = 1e-9


def moved_alone(outlook: Outlook, driver: str, growth: Array) -> Array:
    """Return what shocks of one driver alone (log growth by open year) do to the mean of the whole vector.

    They go through the equations, as a scenario's shocks do; what the outlook knows stays.
    """
    law = outlook.model.law
    places = [law.position(driver, year) for year in law.years if year > outlook.as_of]
    shift = law.levels_per_growth[:, places] @ growth
    known = Lines.of(outlook.paths + outlook.observed, law.size)
    if not np.any(np.abs(known.rows @ shift) > NO_ANSWER):
        return np.asarray(shift)
    return condition(shift, outlook.shifted_cov, known.rows, np.zeros(len(known.rows)), known.noise)[0]


def answers(
    outlook: Outlook, limits: Iterable[tuple[LimitState, Array]], driver: str, growth: Array
) -> Array:
    """Return by how much the limit states of targets, with the rows of their (U, X), change under these shocks alone."""
    shift = moved_alone(outlook, driver, growth)
    return np.array(
        [
            limit.height(*(rows @ (outlook.mean + shift))) - limit.height(*(rows @ outlook.mean))
            for limit, rows in limits
        ]
    )


def is_means(
    outlook: Outlook, limits: Iterable[tuple[LimitState, Array]], driver: str, growth: Array, way: float
) -> bool:
    """Return whether the shocks alone take some of the targets `way` (1: towards being reached) and none the other."""
    moved = way * answers(outlook, limits, driver, growth)
    return bool(np.any(moved > NO_ANSWER) and np.all(moved >= -NO_ANSWER))


def limits_of(goals: Goals, numbers: Iterable[int]) -> list[tuple[LimitState, Array]]:
    """Return the limit states of some of a model's goals, each with the rows of its (U, X)."""
    return [(LimitState.of(goals, number), goals.rows[number]) for number in numbers]

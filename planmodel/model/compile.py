"""A plan's variables and the table of coefficients compiled into the arrays of the law."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from planmodel.base.frames import rows_of
from planmodel.base.problems import InputError, Problems, phrase
from planmodel.evidence.checks import check_equation
from planmodel.law.gaussian import Array
from planmodel.law.law import PERCENT, Coefficients
from planmodel.plan.variables import Variable


def gather(
    variables: Sequence[Variable], drivers: Sequence[str], table: pd.DataFrame, place: str
) -> Coefficients:
    """Turn the table of coefficients into arrays, drivers first.

    Raises
    ------
    InputError
        If a coefficient names a variable that does not exist, if an equation lacks what it needs, if equations
        are circular, or if the correlations are not those of any joint distribution.
    """
    names = (*drivers, *(variable.name for variable in variables))
    problems = Problems(place)
    known = {name: n for n, name in enumerate(names)}
    values = {
        (str(row["variable"]), str(row["coefficient"])): (float(row["value"]), float(row["sd"]))
        for row in rows_of(table)
    }
    n = len(names)
    arrays = {key: np.zeros(n) for key in ("drift", "drift_sd", "persistence", "innovation")}
    matrices = {key: np.zeros((n, n)) for key in ("on:", "drift_with:", "innovation_with:")}
    for (variable, coefficient), (value, sd) in values.items():
        if coefficient in ("base", "reference"):
            continue
        prefix = next((p for p in matrices if str(coefficient).startswith(p)), "")
        other = str(coefficient).removeprefix(prefix)
        missing = [name for name in (variable, *([other] if prefix else [])) if name not in known]
        for name in missing:
            problems.add_unknown(f"{variable}, {coefficient}", name, names, "variable")
        if missing:
            continue
        row = known[str(variable)]
        if prefix:
            matrices[prefix][row, known[other]] = value
        elif coefficient in arrays:
            arrays[str(coefficient)][row] = value if coefficient == "persistence" else value / PERCENT
        if coefficient == "drift" and np.isfinite(sd):
            arrays["drift_sd"][row] = sd / PERCENT
    _check_equations(variables, drivers, values, problems)
    _check_links(drivers, matrices, names, values, problems)
    base, base_cov = _bases(variables, drivers, values)
    return Coefficients(
        names,
        base,
        base_cov,
        arrays["drift"],
        _covariance(arrays["drift_sd"], matrices["drift_with:"], place, "drift_with"),
        _checked_weights(matrices["on:"], names, place),
        arrays["persistence"],
        _covariance(arrays["innovation"], matrices["innovation_with:"], place, "innovation_with"),
    )


def _check_equations(
    variables: Sequence[Variable],
    drivers: Sequence[str],
    values: Mapping[tuple[str, str], tuple[float, float]],
    problems: Problems,
) -> None:
    """Every variable of the plan has a whole equation; a driver has none, or a whole one."""
    given: dict[str, list[str]] = {}
    for variable, coefficient in values:
        if coefficient != "reference":
            given.setdefault(variable, []).append(coefficient)
    levels = {variable.name for variable in variables if variable.role in ("level", "other")}
    for name in (*drivers, *(variable.name for variable in variables)):
        if name in given or name not in drivers:
            check_equation(name, given.get(name, []), name in levels or name in drivers, problems)


def _check_links(
    drivers: Sequence[str],
    matrices: Mapping[str, Array],
    names: Sequence[str],
    values: Mapping[tuple[str, str], tuple[float, float]],
    problems: Problems,
) -> None:
    """Raise what was found of equations, and of how they hang together."""
    _check_moving_drivers(drivers, matrices["on:"], values, problems)
    _check_said_once(matrices, names, problems)
    problems.check()


def _check_moving_drivers(
    drivers: Sequence[str],
    weights: Array,
    values: Mapping[tuple[str, str], tuple[float, float]],
    problems: Problems,
) -> None:
    """A driver that others move with has an equation: without one it would stand still for certain."""
    given = {variable for variable, coefficient in values if coefficient != "reference"}
    for n, driver in enumerate(drivers):
        if driver not in given and weights[:, n].any():
            problems.add(driver, phrase("found.driver_without_equation"), phrase("expected.own_equation"))


def _check_said_once(matrices: Mapping[str, Array], names: Sequence[str], problems: Problems) -> None:
    """A correlation belongs to a pair: stated from both sides it would count twice."""
    for prefix in ("drift_with:", "innovation_with:"):
        both = (matrices[prefix] != 0) & (matrices[prefix].T != 0)
        for i, j in np.argwhere(np.triu(both)):
            found = phrase("found.correlation_twice", first=names[i], second=names[j])
            problems.add(prefix, found, phrase("expected.each_pair_once"))


def _bases(
    variables: Sequence[Variable],
    drivers: Sequence[str],
    values: Mapping[tuple[str, str], tuple[float, float]],
) -> tuple[Array, Array]:
    base = [np.log(values.get((name, "base"), (100.0, 0.0))[0]) for name in drivers]
    base += [variable.base for variable in variables]
    printed = sorted({name for variable in variables for name in variable.roundings})
    errors = np.zeros((len(base), len(printed)))
    for row, variable in enumerate(variables, start=len(drivers)):
        for name, effect in variable.roundings.items():
            errors[row, printed.index(name)] = effect
    return np.array(base), errors @ errors.T


def _covariance(sd: Array, correlations: Array, place: str, what: str) -> Array:
    correlation = correlations + correlations.T + np.eye(len(sd))
    if np.linalg.eigvalsh(correlation)[0] < -1e-9:
        problems = Problems(place)
        problems.add(what, phrase("found.contradicting_correlations"), phrase("expected.semidefinite"))
        problems.check()
    return correlation * np.outer(sd, sd)


def _checked_weights(weights: Array, names: Sequence[str], place: str) -> Array:
    """Growth must flow one way: a variable may not move with itself, directly or through others."""
    leads = np.linalg.matrix_power(np.eye(len(names)) + (weights != 0), len(names)) > 0
    circular = [names[i] for i in range(len(names)) if ((weights[i] != 0) & leads[:, i]).any()]
    if circular:
        problems = Problems(place)
        problems.add("on", phrase("found.circular", names=", ".join(circular)), phrase("expected.no_circle"))
        raise InputError(problems.found)
    return weights

"""The forms of a quantity: its value over its scale as a function of normal variables.

==========  ====================  ==========================================================
form        value / s             example
==========  ====================  ==========================================================
``log``     exp(U)                a level, U = log level
``logit``   σ(U)                  a share of GDP, U = log value added - log other GDP
``sum``     exp(U) + exp(X)       GDP = value added + other GDP
==========  ====================  ==========================================================

and a part of one is its value times σ(X), where X is the logit of the part's share of the whole.

A new form is a class and its line in `FORMS`; nothing else asks for a form by its name. The page of a report has
the same formulas in ``show/templates/law.js``. `tests/law/test_forms.py` asks every form the same questions.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

import numpy as np
from scipy.special import expit, log_expit

from planmodel.law.gaussian import Array


@dataclass(frozen=True)
class Drawn:
    """Draws of normal variables, a row each; what several quantities need of a row is computed once."""

    rows: Array
    _known: dict[tuple[Hashable, int], Array] = field(default_factory=dict)

    def of(self, function: Callable[[Array], Array], row: int) -> Array:
        """Return a function of a row of draws."""
        if (function, row) not in self._known:
            self._known[function, row] = function(self.rows[row])
        return self._known[function, row]


def _exp(u: Array) -> Array:
    return np.asarray(np.exp(u))


def _share(u: Array) -> Array:
    """Return σ(u) by the exponential of NumPy, several times as fast as `expit` on many draws."""
    return np.asarray(1 / (1 + np.exp(-u)))


class Form(ABC):
    """A function of one normal variable U that is positive and rises with U.

    Logs, edges and slopes are numbers for any finite U: searches look far out.
    """

    # Whether the log of the value is U itself.
    log_normal = False

    @abstractmethod
    def value(self, u: Array) -> Array:
        """Return value / s."""

    @abstractmethod
    def log_value(self, u: Array) -> Array:
        """Return log(value / s), accurate where the value is tiny."""

    @abstractmethod
    def edge(self, level: Array) -> Array:
        """Return the least U with log(value / s) ≥ level: plus or minus infinity where none or each will do."""

    @abstractmethod
    def slope(self, u: Array) -> Array:
        """Return the derivative of log(value) by U."""

    @abstractmethod
    def bend(self, u: Array) -> Array:
        """Return its second derivative."""

    def draw(self, drawn: Drawn, u: int) -> Array:
        """Return value / s of draws of U: row u."""
        return drawn.of(self.value, u)

    def read(self, second: bool) -> Reading:
        """Return how a quantity of this form, or with a second variable a part of it, is read off (U, X)."""
        return Part(self) if second else Whole(self)


@dataclass(frozen=True)
class Log(Form):
    """A level: exp(u)."""

    log_normal = True

    def value(self, u: Array) -> Array:
        return np.asarray(np.exp(u))

    def log_value(self, u: Array) -> Array:
        return u

    def edge(self, level: Array) -> Array:
        return level

    def slope(self, u: Array) -> Array:
        return np.ones_like(u)

    def bend(self, u: Array) -> Array:
        return np.zeros_like(u)

    def draw(self, drawn: Drawn, u: int) -> Array:
        return drawn.of(_exp, u)


@dataclass(frozen=True)
class Logit(Form):
    """A share: σ(u)."""

    def value(self, u: Array) -> Array:
        return np.asarray(expit(u))

    def log_value(self, u: Array) -> Array:
        return np.asarray(log_expit(u))

    def edge(self, level: Array) -> Array:
        return _logit_of_exp(level)

    def slope(self, u: Array) -> Array:
        return np.asarray(expit(-u))

    def bend(self, u: Array) -> Array:
        return np.asarray(-expit(-u) * expit(u))

    def draw(self, drawn: Drawn, u: int) -> Array:
        return drawn.of(_share, u)


class Reading(ABC):
    """A function of two normal variables that is positive and rises with each, or does not depend on X."""

    @property
    def log_normal(self) -> bool:
        """Whether the log of the value is U itself."""
        return False

    @abstractmethod
    def value(self, u: Array, x: Array) -> Array:
        """Return value / s."""

    @abstractmethod
    def log_value(self, u: Array, x: Array) -> Array:
        """Return log(value / s)."""

    @abstractmethod
    def edge(self, level: Array, x: Array) -> Array:
        """Return the least U that reaches a level, log(value / s), when X = x."""

    @abstractmethod
    def edge_second(self, level: Array, u: Array) -> Array:
        """Return the least X that reaches a level when U = u."""

    @abstractmethod
    def slopes(self, u: Array, x: Array) -> tuple[Array, Array]:
        """Return the derivatives of log(value) by U and by X."""

    @abstractmethod
    def bends(self, u: Array, x: Array) -> tuple[Array, Array, Array]:
        """Return its second derivatives: by U twice, by U and X, by X twice."""

    @abstractmethod
    def draw(self, drawn: Drawn, u: int, x: int) -> Array:
        """Return value / s of draws of U and X: rows u and x."""


@dataclass(frozen=True)
class Whole(Reading):
    """A form by itself, whatever X."""

    form: Form

    @property
    def log_normal(self) -> bool:
        return self.form.log_normal

    def value(self, u: Array, x: Array) -> Array:
        return self.form.value(u)

    def log_value(self, u: Array, x: Array) -> Array:
        return self.form.log_value(u)

    def edge(self, level: Array, x: Array) -> Array:
        return self.form.edge(level)

    def edge_second(self, level: Array, u: Array) -> Array:
        return np.where(self.form.log_value(u) >= level, -np.inf, np.inf)

    def slopes(self, u: Array, x: Array) -> tuple[Array, Array]:
        return self.form.slope(u), np.zeros_like(x)

    def bends(self, u: Array, x: Array) -> tuple[Array, Array, Array]:
        return self.form.bend(u), np.zeros_like(x), np.zeros_like(x)

    def draw(self, drawn: Drawn, u: int, x: int) -> Array:
        return self.form.draw(drawn, u)


@dataclass(frozen=True)
class Part(Reading):
    """A part of a form: its value times σ(x)."""

    form: Form

    def value(self, u: Array, x: Array) -> Array:
        return np.asarray(self.form.value(u) * expit(x))

    def log_value(self, u: Array, x: Array) -> Array:
        return np.asarray(self.form.log_value(u) + log_expit(x))

    def edge(self, level: Array, x: Array) -> Array:
        return self.form.edge(level - log_expit(x))

    def edge_second(self, level: Array, u: Array) -> Array:
        return _logit_of_exp(level - self.form.log_value(u))

    def slopes(self, u: Array, x: Array) -> tuple[Array, Array]:
        return self.form.slope(u), np.asarray(expit(-x))

    def bends(self, u: Array, x: Array) -> tuple[Array, Array, Array]:
        return self.form.bend(u), np.zeros_like(x), np.asarray(-expit(-x) * expit(x))

    def draw(self, drawn: Drawn, u: int, x: int) -> Array:
        return self.form.draw(drawn, u) * drawn.of(_share, x)


@dataclass(frozen=True)
class Sum(Reading):
    """A sum of two levels: exp(u) + exp(x)."""

    def value(self, u: Array, x: Array) -> Array:
        return np.asarray(np.exp(u) + np.exp(x))

    def log_value(self, u: Array, x: Array) -> Array:
        return np.asarray(np.logaddexp(u, x))

    def edge(self, level: Array, x: Array) -> Array:
        return _log_difference(level, x)

    def edge_second(self, level: Array, u: Array) -> Array:
        return _log_difference(level, u)

    def slopes(self, u: Array, x: Array) -> tuple[Array, Array]:
        first = np.asarray(expit(u - x))
        return first, 1 - first

    def bends(self, u: Array, x: Array) -> tuple[Array, Array, Array]:
        first, second = self.slopes(u, x)
        return first * second, -first * second, first * second

    def draw(self, drawn: Drawn, u: int, x: int) -> Array:
        return drawn.of(_exp, u) + drawn.of(_exp, x)

    def read(self, second: bool) -> Reading:
        """Return itself: a sum has its second variable."""
        if not second:
            raise ValueError("found a sum of one variable, expected a second one")
        return self


FORMS: dict[str, Form | Sum] = {
    "log": Log(),
    "logit": Logit(),
    "sum": Sum(),
}


def reading_of(form: str, second: bool) -> Reading:
    """Return how a quantity is read off (U, X), by the name of its form and whether it has a second variable.

    Raises
    ------
    ValueError
        If there is no such form.
    """
    if form not in FORMS:
        raise ValueError(f"found the form {form!r}, expected one of {', '.join(FORMS)}")
    return FORMS[form].read(second)


def _logit_of_exp(log_share: Array) -> Array:
    """Return logit(exp(log_share)); plus infinity where the share would exceed the whole."""
    inside = np.minimum(log_share, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        result = inside - np.log(-np.expm1(inside))
    return np.asarray(np.where(log_share < 0, result, np.inf))


def _log_difference(total: Array, addend: Array) -> Array:
    """Return log(exp(total) - exp(addend)); minus infinity where the addend is enough."""
    gap = np.minimum(addend - total, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(addend < total, total + np.log(-np.expm1(gap)), -np.inf))

"""A form that the package does not have, for the tests of what a new one costs."""

from __future__ import annotations

import numpy as np

from planmodel.law.forms import Form
from planmodel.law.gaussian import Array

# Beyond ±FAR the value is 1 or exp(u) to the last bit.
FAR = 36.0


class Complement(Form):
    """The share that a stock has reached: 1 - exp(-exp(u))."""

    def value(self, u: Array) -> Array:
        return np.asarray(-np.expm1(-np.exp(np.minimum(u, FAR))))

    def log_value(self, u: Array) -> Array:
        return np.where(u < -FAR, u, np.log(self.value(np.maximum(u, -FAR))))

    def edge(self, level: Array) -> Array:
        with np.errstate(divide="ignore"):
            found = np.log(-np.log(-np.expm1(np.minimum(level, 0.0))))
        return np.where(level < 0, found, np.inf)

    def slope(self, u: Array) -> Array:
        stock = np.exp(np.clip(u, -FAR, 6.0))
        return np.asarray(stock * np.exp(-stock) / -np.expm1(-stock))

    def bend(self, u: Array) -> Array:
        return np.asarray(self.slope(u) * (1 - np.exp(np.minimum(u, 6.0)) - self.slope(u)))

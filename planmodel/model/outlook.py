"""The outlook of a plan: one joint normal of every variable and year. Quantiles, conditioning, draws."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planmodel.base.records import records
from planmodel.evidence.observations import check_observations, sort_observations
from planmodel.law.draws import Sampler
from planmodel.law.gaussian import Array, FrozenArrays, condition_curved
from planmodel.law.quantity import Moments, Quantity, quantiles
from planmodel.model.observed import Conditions, year_rows
from planmodel.plan.plan import Plan
from planmodel.scenario.scenario import Scenario

if TYPE_CHECKING:
    from planmodel.model.model import Model


@dataclass(frozen=True, eq=False, repr=False)
class Outlook(FrozenArrays):
    """The joint distribution of a plan's variables under a scenario, given what has been observed.

    `shifted_mean` and `shifted_cov` are the law after shocks and measures; `conditions` are the driver paths
    and observations that it is then conditioned on, all at once, so that their order does not matter.
    """

    model: Model
    scenario: Scenario
    as_of: int
    shifted_mean: Array
    shifted_cov: Array
    conditions: Conditions
    ignored: tuple[str, ...]
    bounds: pd.DataFrame | None

    @property
    def plan(self) -> Plan:
        """The plan that the outlook is about."""
        return self.model.plan

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Everything that can be read off: targets in the plan's order, GDP, drivers."""
        return self.model.quantities

    @property
    def fingerprint(self) -> str:
        """Hash of plan, evidence, observations and scenario."""
        content = self.mean.tobytes() + self.cov.tobytes() + repr(self.conditions.used).encode()
        law = hashlib.sha256(content).hexdigest()[:16]
        return f"{self.model.fingerprint}-{self.scenario.fingerprint}-{law}"

    @cached_property
    def _posterior(self) -> tuple[Array, Array]:
        conditions = self.conditions
        if not len(conditions):
            return self.shifted_mean, self.shifted_cov
        mean, cov = condition_curved(
            self.shifted_mean,
            self.shifted_cov,
            conditions.basis,
            conditions.surface,
            np.concatenate([conditions.values, conditions.curve_values]),
            np.concatenate([conditions.noise, conditions.curve_noise]),
        )
        mean.flags.writeable = cov.flags.writeable = False
        return mean, cov

    @property
    def mean(self) -> Array:
        """Mean of the vector of logs and logits, year-major; not writeable."""
        return self._posterior[0]

    @property
    def cov(self) -> Array:
        """Its covariance; not writeable."""
        return self._posterior[1]

    def moments(self, quantities: Sequence[Quantity], years: Sequence[int]) -> Moments:
        """Return means and covariances of (U, X) of pairs of quantity and year."""
        law, base = self.model.law, self.plan.base_year
        rows = np.stack([year_rows(law, q, year - base) for q, year in zip(quantities, years, strict=True)])
        return Moments.of(rows @ self.mean, rows @ self.cov @ np.swapaxes(rows, 1, 2))

    def median(self, quantity: Quantity, year: int) -> float:
        """Return the median of a quantity in a year, in its unit."""
        return float(quantiles([quantity], self.moments([quantity], [year]), np.array([0.5]))[0, 0])

    def quantiles(self, probabilities: Iterable[float] = (0.1, 0.5, 0.9)) -> pd.DataFrame:
        """Return marginal quantiles of every target, of GDP and of the drivers, by year.

        Returns
        -------
        DataFrame
            Columns target, indicator, area, year, quantile, value (in the target's unit).
        """
        probabilities = np.asarray(list(probabilities), dtype=float)
        pairs = [(quantity, year) for quantity in self.quantities for year in self.plan.years]
        if not pairs:
            return pd.DataFrame(columns=["target", "indicator", "area", "year", "quantile", "value"])
        chosen, years = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        values = quantiles(chosen, self.moments(chosen, years), probabilities)
        repeats = len(probabilities)
        return pd.DataFrame(
            {
                "target": np.repeat([q.name for q in chosen], repeats),
                "indicator": np.repeat([q.indicator for q in chosen], repeats),
                "area": np.repeat([q.area for q in chosen], repeats),
                "year": np.repeat(years, repeats),
                "quantile": np.tile(probabilities, len(pairs)),
                "value": values.ravel(),
            }
        )

    def sampler(
        self, quantities: Sequence[Quantity] | None = None, years: Sequence[int] | None = None
    ) -> Sampler:
        """Return what draws the given quantities in the given years: all of them by default."""
        quantities = self.quantities if quantities is None else quantities
        years = list(self.plan.years) if years is None else years
        steps = [year - self.plan.base_year for year in years]
        return Sampler(
            self.mean,
            self.cov,
            quantities,
            [[year_rows(self.model.law, q, s) for q in quantities] for s in steps],
        )

    def draw(self, n: int = 10_000, seed: int = 0) -> pd.DataFrame:
        """Draw from the joint distribution.

        Parameters
        ----------
        n : int
            Number of draws.
        seed : int
            The same seed gives the same draws, whatever the machine's number of workers.

        Returns
        -------
        DataFrame
            A row a draw; columns (indicator, area, year), in the units of the plan.
        """
        columns = pd.MultiIndex.from_tuples(
            [(q.indicator, q.area, year) for year in self.plan.years for q in self.quantities],
            names=["indicator", "area", "year"],
        )
        return pd.DataFrame(self.sampler().draw(n, seed), columns=columns)

    def given(self, observations: pd.DataFrame, bounds: bool = False) -> Outlook:
        """Return the outlook given further observations.

        Comparable figures condition the joint normal; a figure that is in already is not used again.
        With `bounds`, figures such as "more than 490" are kept too and act on draws by weights.

        Parameters
        ----------
        observations : DataFrame
            As returned by `load_observations`.
        """
        check_observations(observations)
        law, plan = self.model.law, self.plan
        last = int(observations["year"].max()) if len(observations) else self.as_of
        as_of = max(self.as_of, min(last, plan.target_year))
        by_name = {quantity.name: quantity for quantity in self.quantities}
        used, limits, _ = sort_observations(observations, by_name, plan.years, as_of)
        known = set(self.conditions.used)
        new = [(name, year) not in known for name, year in zip(used["name"], used["year"], strict=True)]
        fresh = used.loc[new, list(observations.columns)]
        added = Conditions.of_observations(law, self.quantities, fresh, plan.base_year, as_of)
        kept = limits if bounds else self.bounds
        return replace(self, as_of=as_of, conditions=self.conditions.joined(added), bounds=kept)

    @property
    def notes(self) -> pd.DataFrame:
        """What was known or said and not used, with the reason: observations, and scenario entries for past years."""
        by_name = {quantity.name: quantity for quantity in self.quantities}
        _, _, unused = sort_observations(self.model.observations, by_name, self.plan.years, self.as_of)
        rows = [
            (
                f"{row['variable']}.{row['area']}".strip("."),
                row["year"],
                row["value"],
                row["unit"],
                row["reason"],
            )
            for row in records(unused)
        ]
        history = f"up to {self.as_of} is history"
        rows += [(entry, int(entry[-4:]), np.nan, "", history) for entry in self.ignored]
        frame = pd.DataFrame(rows, columns=["subject", "year", "value", "unit", "reason"])
        return frame.astype({"year": int, "value": float})

    def __repr__(self) -> str:
        return f"Outlook({self.plan.name!r}, {self.scenario.name!r}, as of {self.as_of})"

    def _repr_html_(self) -> str:
        rows = self.quantiles([0.5]).rename(columns={"value": "median"})
        medians = rows.loc[rows["year"] == self.plan.target_year, ["target", "year", "median"]]
        table = medians.to_html(index=False, escape=True, float_format="{:.4g}".format)
        return f"<p>{self!r}</p>{table}"

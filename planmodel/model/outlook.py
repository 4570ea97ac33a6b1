"""The outlook of a plan: one joint normal of every variable and year. Quantiles, conditioning, draws."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planmodel.base import columns
from planmodel.base.frames import rows_of
from planmodel.evidence.observations import check_observations, sort_observations
from planmodel.law.condition import Conditions, given
from planmodel.law.draws import Sampler
from planmodel.law.gaussian import Array, FrozenArrays
from planmodel.law.nodes import Nodes
from planmodel.law.quantity import Moments, Quantity
from planmodel.model.moves import Unused
from planmodel.model.observed import observed_conditions
from planmodel.plan.area import join_name
from planmodel.plan.names import resolve
from planmodel.plan.plan import Plan
from planmodel.scenario.scenario import Scenario

if TYPE_CHECKING:
    from planmodel.model.model import Model


@dataclass(frozen=True, eq=False, repr=False)
class Outlook(FrozenArrays):
    """The joint distribution of a plan's variables under a scenario, given what has been observed.

    `shifted_mean` and `shifted_cov` are the law after shocks and measures; `paths` and `observed` are what it is then
    conditioned on, all at once, so that their order does not matter.
    """

    model: Model
    scenario: Scenario
    as_of: int
    shifted_mean: Array
    shifted_cov: Array
    paths: Conditions
    observed: Conditions
    ignored: tuple[Unused, ...]
    bounds: pd.DataFrame | None

    @property
    def plan(self) -> Plan:
        """The plan that the outlook is about."""
        return self.model.plan

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Everything that can be read off: targets in the plan's order, GDP, drivers."""
        return self.model.quantities

    def quantity(self, name: str) -> Quantity:
        """Return one of them by its name, ``indicator.area`` or a driver's, or by what readers are shown for it."""
        known = self.model.by_name
        return known[name if name in known else resolve(name, known, self.plan)]

    @property
    def used(self) -> tuple[tuple[str, int], ...]:
        """Name and year of the observations that condition the outlook."""
        return tuple(condition.key for condition in self.observed)

    @property
    def fingerprint(self) -> str:
        """Hash of plan, evidence, observations and scenario."""
        content = self.mean.tobytes() + self.cov.tobytes() + repr(self.used).encode()
        law = hashlib.sha256(content).hexdigest()[:16]
        return f"{self.model.fingerprint}-{self.scenario.fingerprint}-{law}"

    @cached_property
    def nodes(self) -> Nodes:
        """The law as weighted normals; one for now."""
        return Nodes.single(*given(self.shifted_mean, self.shifted_cov, self.paths + self.observed))

    @property
    def mean(self) -> Array:
        """Mean of the vector of logs and logits, year-major; not writeable."""
        return self._single_normal[0]

    @property
    def cov(self) -> Array:
        """Its covariance; not writeable. Whoever reads mean and covariance uses the single normal that has them."""
        return self._single_normal[1]

    @cached_property
    def _single_normal(self) -> tuple[Array, Array]:
        mean, cov = self.nodes.mean, self.nodes.total_cov
        mean.flags.writeable = cov.flags.writeable = False
        return mean, cov

    def average(self, of_normal: Callable[[Array, Array], Array]) -> Array:
        """Return a figure of the whole law: that of each node's mean and covariance, by the nodes' weights."""
        return self.nodes.average(of_normal)

    def moments(self, quantities: Sequence[Quantity], years: Sequence[int]) -> Moments:
        """Return means and covariances of (U, X) of pairs of quantity and year, of the single normal."""
        return Moments.seen(self.model.law.pairs(quantities, years), self.mean, self.cov)

    def probability_above(self, quantities: Sequence[Quantity], years: Sequence[int], levels: Array) -> Array:
        """Return P(value ≥ s·exp(level)) of pairs of quantity and year: `levels` are log thresholds."""
        return self.nodes.probability_above(quantities, self.model.law.pairs(quantities, years), levels)

    def levels_at(
        self,
        quantities: Sequence[Quantity],
        years: Sequence[int],
        probabilities: Array,
        every: int = 1,
    ) -> Array:
        """Return the quantiles of pairs of quantity and year, one row a pair, in their units.

        `every` is that of `planmodel.law.quantity.quantiles`.
        """
        rows = self.model.law.pairs(quantities, years)
        return self.nodes.quantiles(quantities, rows, np.asarray(probabilities, dtype=float), every)

    def medians(self, quantities: Sequence[Quantity], years: Sequence[int]) -> Array:
        """Return the medians of pairs of quantity and year, in their units."""
        return self.nodes.medians(quantities, self.model.law.pairs(quantities, years))

    def median(self, quantity: Quantity, year: int) -> float:
        """Return the median of a quantity in a year, in its unit."""
        return float(self.medians([quantity], [year])[0])

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
            return columns.frame("quantiles")
        chosen, years = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        values = self.levels_at(chosen, years, probabilities)
        repeats = len(probabilities)
        return columns.frame(
            "quantiles",
            {
                "target": np.repeat([q.name for q in chosen], repeats),
                "indicator": np.repeat([q.indicator for q in chosen], repeats),
                "area": np.repeat([q.area for q in chosen], repeats),
                "year": np.repeat(years, repeats),
                "quantile": np.tile(probabilities, len(pairs)),
                "value": values.ravel(),
            },
        )

    def sampler(
        self, quantities: Sequence[Quantity] | None = None, years: Sequence[int] | None = None
    ) -> Sampler:
        """Return what draws the given quantities in the given years: all of them by default."""
        quantities = self.quantities if quantities is None else quantities
        years = list(self.plan.years) if years is None else years
        law = self.model.law
        return Sampler(self.nodes, quantities, [[law.pair(q, year) for q in quantities] for year in years])

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
        names = pd.MultiIndex.from_tuples(
            [(q.indicator, q.area, year) for year in self.plan.years for q in self.quantities],
            names=["indicator", "area", "year"],
        )
        return pd.DataFrame(self.sampler().draw(n, seed), columns=names)

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
        last = int(observations["year"].max()) if len(observations) else self.as_of
        as_of = max(self.as_of, min(last, self.plan.target_year))
        by_name = self.model.by_name
        used, limits, _ = sort_observations(observations, by_name, self.plan.years, as_of)
        known = set(self.used)
        new = [(name, year) not in known for name, year in zip(used["name"], used["year"], strict=True)]
        fresh = used.loc[new, list(observations.columns)]
        added = observed_conditions(self.model.law, by_name, fresh, as_of)
        kept = limits if bounds else self.bounds
        return replace(self, as_of=as_of, observed=self.observed + added, bounds=kept)

    @property
    def sorted_figures(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """The model's observations as `sort_observations` parts them: used, bounds, unused with the reason."""
        return sort_observations(self.model.observations, self.model.by_name, self.plan.years, self.as_of)

    @property
    def notes(self) -> pd.DataFrame:
        """What was known or said and not used: observations, then what the scenario says of history.

        Columns kind (observation, shock, path), subject (a variable), year, value, unit, reason: a code, or a
        figure's own note where its file says why it is not comparable.
        """
        rows = [
            (
                "observation",
                join_name(row["variable"], row["area"]),
                row["year"],
                row["value"],
                row["unit"],
                row["reason"],
            )
            for row in rows_of(self.sorted_figures[2])
        ]
        said = [(entry.kind, entry.subject, entry.year, np.nan, "", entry.reason) for entry in self.ignored]
        return columns.frame("notes", [*rows, *said])

    def __repr__(self) -> str:
        return f"Outlook({self.plan.name!r}, {self.scenario.name!r}, as of {self.as_of})"

    def _repr_html_(self) -> str:
        rows = self.quantiles([0.5]).rename(columns={"value": "median"})
        medians = rows.loc[rows["year"] == self.plan.target_year, ["target", "year", "median"]]
        table = medians.to_html(index=False, escape=True, float_format="{:.4g}".format)
        return f"<p>{self!r}</p>{table}"

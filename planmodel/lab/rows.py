"""What the bench's charts show, as rows of plain numbers and texts: quick enough for every move of a slider.

What a move does not change is worked out once for a model and a language.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from planmodel.base.frames import rows_of
from planmodel.base.messages import label, unit_name
from planmodel.law.gaussian import Array
from planmodel.law.quantity import COARSER, Quantity
from planmodel.model.model import Model
from planmodel.model.outlook import Outlook
from planmodel.plan.target import SIGNS
from planmodel.questions.odds.marginal import probabilities, required_growth
from planmodel.questions.odds.verdicts import verdict
from planmodel.report.page_sliders import point_rows
from planmodel.show.charts.fans import PROBABILITIES, base_level, target_words
from planmodel.show.labels import growth, level, name_of, percent
from planmodel.show.sheets import foundations, translated

ChartRow = dict[str, Any]

QUANTILES = tuple(f"q{100 * p:.0f}" for p in PROBABILITIES)


class ChartRows:
    """The rows of the board and of the fan for one model in one language."""

    def __init__(self, model: Model, lang: str) -> None:
        self.model, self.lang = model, lang
        self._fixed: dict[str, _Fixed] = {}
        self._other: tuple[Outlook | None, dict[str, Any]] = (None, {})

    @cached_property
    def _baseline(self) -> Outlook:
        return self.model.run()

    @cached_property
    def targets(self) -> list[ChartRow]:
        """What stays: target, name, base, required growth, threshold, where the plan says it."""
        plan, lang = self.model.plan, self.lang
        years = plan.target_year - plan.base_year
        bases = foundations(self._baseline, lang).set_index("target")["equations"]
        return [
            {
                "target": row["name"],
                "name": name_of(row["name"], plan, lang),
                "base": row["base"],
                "required": required_growth(row["base"], row["threshold"], years),
                "sign": float(SIGNS[row["direction"]]),
                "goal": f"{level(row['threshold'])} {unit_name(row['unit'], lang)}",
                "locator": translated(str(row["locator"]), lang),
                "equations": bases.get(row["name"], "–"),
            }
            for row in rows_of(plan.targets)
        ]

    @property
    def names(self) -> list[str]:
        """The names of the targets, in the plan's order."""
        return [row["name"] for row in self.targets]

    @property
    def without_base(self) -> bool:
        """Whether the model cannot speak about some target."""
        return len(self.model.goals.quantities) < len(self.targets)

    def quantity(self, name: str) -> Quantity:
        """Return a quantity by its name."""
        return self.model.by_name[name]

    def board(self, outlook: Outlook, pinned: Outlook | None = None) -> list[ChartRow]:
        """Return a row a target: probability, required and expected growth and slack, and texts for the chart.

        `probability` and the growth figures are the numbers of `planmodel.reach`; `saved` is the probability of
        the outlook to compare with. The tightest target, the one with the least slack, is marked.
        """
        chances, middles = _chances(outlook), _medians(outlook)
        others = self._pinned(pinned, "board", _chances) if pinned else {}
        years = outlook.plan.target_year - outlook.plan.base_year
        rows = []
        for row in self.targets:
            name = row["target"]
            chance, saved = chances.get(name, math.nan), others.get(name)
            expected = required_growth(row["base"], middles.get(name, math.nan), years)
            slack = (expected - row["required"]) * row["sign"]
            rows.append(row | {"probability": chance, "saved": saved, "expected": expected, "slack": slack})
        slacks = [row["slack"] for row in rows if not math.isnan(row["slack"])]
        tightest = min(slacks, default=math.nan)
        return [self._texts(row, row["slack"] == tightest) for row in rows]

    def _texts(self, row: ChartRow, tightest: bool) -> ChartRow:
        """Return a row with its numbers as texts; what is unknown is None, which JSON can say."""
        chance, saved = row["probability"], row["saved"]
        known = not math.isnan(chance)
        return {
            **{key: row[key] for key in ("target", "name", "goal", "locator", "equations")},
            "probability": chance if known else None,
            "saved": saved,
            "beside": max(chance if known else 0.0, saved or 0.0),
            "text": percent(chance),
            "verdict": label(verdict(chance), self.lang),
            "required": _known(row["required"]),
            "expected": _known(row["expected"]),
            "slack": _known(row["slack"]),
            "required_text": growth(row["required"]),
            "expected_text": growth(row["expected"]),
            "slack_text": growth(row["slack"]),
            "mark": label("bench_tightest", self.lang) if tightest else "",
        }

    def fan(self, outlook: Outlook, name: str, pinned: Outlook | None = None) -> dict[str, list[ChartRow]]:
        """Return the fan of a quantity: bands by year (`saved` is the median to compare with), points, target."""
        fixed, years = self._fixed_of(name), outlook.plan.years
        values = _quantiles(outlook, fixed.quantity, PROBABILITIES)
        saved: list[float | None] = [None] * len(years)
        if pinned:
            saved = self._pinned(
                pinned, name, lambda outlook: _quantiles(outlook, fixed.quantity, (0.5,))[:, 0].tolist()
            )
        bands: list[ChartRow] = []
        if not math.isnan(fixed.base):
            first = {"year": outlook.plan.base_year, "saved": fixed.base if pinned else None}
            bands.append(first | dict.fromkeys(QUANTILES, fixed.base))
        for year, median, row in zip(years, saved, values.tolist(), strict=True):
            bands.append({"year": year, "saved": median} | dict(zip(QUANTILES, row, strict=True)))
        return {"bands": bands, "points": fixed.points, "target": fixed.target}

    def _pinned(self, pinned: Outlook, what: str, work_out: Callable[[Outlook], Any]) -> Any:
        """Return something of the outlook to compare with, worked out once."""
        if self._other[0] is not pinned:
            self._other = (pinned, {})
        known = self._other[1]
        if what not in known:
            known[what] = work_out(pinned)
        return known[what]

    def _fixed_of(self, name: str) -> _Fixed:
        if name not in self._fixed:
            plan, quantity = self.model.plan, self.quantity(name)
            points = point_rows(self._baseline, quantity, self.lang)
            self._fixed[name] = _Fixed(quantity, base_level(plan, name), points, self._target(name))
        return self._fixed[name]

    def _target(self, name: str) -> list[ChartRow]:
        rows = self.model.plan.targets
        own = rows[rows["name"] == name]
        if not len(own):
            return []
        threshold = float(own["threshold"].iloc[0])
        return [{"value": threshold, "text": target_words(threshold, own["unit"].iloc[0], self.lang)}]


@dataclass(frozen=True)
class _Fixed:
    """What stays of a quantity's fan."""

    quantity: Quantity
    base: float
    points: list[ChartRow]
    target: list[ChartRow]


def ends_of(fan: dict[str, list[ChartRow]]) -> tuple[float, float]:
    """Return the lowest and the highest value of a fan's rows."""
    keys = {"bands": (*QUANTILES, "saved"), "points": ("value",), "target": ("value",)}
    values = [row[key] for name, own in keys.items() for row in fan[name] for key in own]
    known = [value for value in values if value is not None]
    return min(known), max(known)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _chances(outlook: Outlook) -> dict[str, float]:
    return dict(zip(outlook.model.goals.names, map(float, probabilities(outlook)), strict=True))


def _medians(outlook: Outlook) -> dict[str, float]:
    goals = outlook.model.goals
    if not goals.quantities:
        return {}
    return dict(zip(goals.names, map(float, goals.medians(outlook.nodes)), strict=True))


def _quantiles(outlook: Outlook, quantity: Quantity, probabilities: tuple[float, ...]) -> Array:
    """Return a chart's bands, solved on the coarser nodes alone; the board's numbers are not."""
    years = list(outlook.plan.years)
    same = [quantity] * len(years)
    return outlook.levels_at(same, years, np.array(probabilities), COARSER)

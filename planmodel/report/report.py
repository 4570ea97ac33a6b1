"""What a report notebook works on: checked parameters, the outlook under them, and its tables."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from planmodel.base.messages import languages
from planmodel.base.problems import Problems, nearest, phrase
from planmodel.model.model import Model, build_model
from planmodel.model.outlook import Outlook
from planmodel.plan.plan import load_plan
from planmodel.questions.needs.growth import growth_needed
from planmodel.questions.odds.joint import counts, joint
from planmodel.questions.odds.marginal import reach
from planmodel.questions.record.updates import news_since_base
from planmodel.questions.stress.reverse import Breaks
from planmodel.questions.track.revision import revisions
from planmodel.show.doors import breaks
from planmodel.show.words.updates import moved_targets

# Fewer draws say nothing about joint odds; more than this would take minutes.
DRAWS_LOW, DRAWS_HIGH = 1_000, 50_000_000

QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)


@dataclass(frozen=True, eq=False, repr=False)
class Report:
    """The results of one report, each computed once."""

    model: Model
    outlook: Outlook
    draws: int
    seed: int
    lang: str

    @property
    def out(self) -> Outlook:
        """The earlier name of `outlook`; it goes with the next minor release."""
        warnings.warn("Report.out is Report.outlook now", DeprecationWarning, stacklevel=2)
        return self.outlook

    @cached_property
    def reach(self) -> pd.DataFrame:
        """How likely each target is."""
        return reach(self.outlook, self.draws, self.seed)

    @property
    def targets(self) -> pd.DataFrame:
        """The same with units: a copy of `reach` without identifiers of indicator and area."""
        rows = self.reach.drop(columns=["indicator", "area"])
        rows.insert(1, "unit", self.outlook.plan.targets["unit"].tolist())
        return rows

    @cached_property
    def joint(self) -> pd.DataFrame:
        """The odds of all together, in one row."""
        return joint(self.outlook, draws=self.draws, seed=self.seed)

    @cached_property
    def counts(self) -> pd.DataFrame:
        """The distribution of the number of targets reached."""
        return counts(self.outlook, self.draws, self.seed)

    @cached_property
    def quantiles(self) -> pd.DataFrame:
        """Seven quantiles of every quantity, by year."""
        return self.outlook.quantiles(QUANTILES)

    @cached_property
    def breaks(self) -> Breaks:
        """What would break each target."""
        return breaks(self.outlook)

    @cached_property
    def needed(self) -> pd.DataFrame:
        """The growth that each target needs from here."""
        return growth_needed(self.outlook)

    @cached_property
    def revised(self) -> pd.DataFrame:
        """What the revision rule says of each target, as of each year so far."""
        return revisions(self.outlook)

    @cached_property
    def news(self) -> pd.DataFrame:
        """Why the odds moved since the base year, by observation."""
        return news_since_base(self.outlook)

    @cached_property
    def moved(self) -> list[str]:
        """The targets whose news is told; none as of the base year."""
        return moved_targets(self.news, self.outlook.plan)

    @property
    def tightest(self) -> list[str]:
        """The three targets least likely to be reached, then every ratio's denominator (GDP)."""
        rows = self.reach.dropna(subset="probability").sort_values("probability", kind="stable")
        rest = {variable.name for variable in self.model.variables if variable.role == "other"}
        others = [quantity.name for quantity in self.outlook.quantities if quantity.second in rest]
        return [*map(str, rows["target"].head(3)), *others]

    def __repr__(self) -> str:
        return f"Report({self.outlook!r}, {self.draws} draws, seed {self.seed}, {self.lang})"


def prepare(
    plan: str = "jiangbei",
    scenario: str = "baseline",
    as_of: int | None = None,
    draws: int = 200_000,
    seed: int = 0,
    lang: str = "zh",
) -> Report:
    """Check the parameters of a report and run its scenario.

    Raises
    ------
    InputError
        If a parameter, the plan or the scenario is wrong, with what was expected.
    """
    check_parameters(draws, seed, lang)
    model = build_model(load_plan(plan), as_of)
    return Report(model, model.run(scenario), draws, seed, lang)


def check_parameters(draws: object, seed: object, lang: object) -> None:
    """Raise an InputError that names every parameter that is wrong."""
    problems = Problems("parameters")
    if lang not in languages():
        problems.add(
            "lang",
            repr(lang),
            phrase("expected.one_of", names=", ".join(languages())),
            nearest(str(lang), languages()),
        )
    if not isinstance(draws, int) or not DRAWS_LOW <= draws <= DRAWS_HIGH:
        problems.add(
            "draws", repr(draws), phrase("expected.whole_number_between", low=DRAWS_LOW, high=DRAWS_HIGH)
        )
    if not isinstance(seed, int) or seed < 0:
        problems.add("seed", repr(seed), phrase("expected.whole_number_not_negative"))
    problems.check()

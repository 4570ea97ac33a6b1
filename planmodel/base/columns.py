"""Every column of every result: what kind of thing it holds, in which unit, and what it means.

A question makes its frame with `frame`, so that names, their order and dtypes stand here and nowhere else, and an
empty result has them too. `docs/columns.md` is made from this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

# What a column holds, its dtype, and its dtype where a value may be missing (a missing float is NaN).
KINDS = {
    "code": ("str", "str", "a word that programs compare; the catalogues have its word in each language"),
    "text": ("str", "str", "words for a reader"),
    "number": ("float64", "float64", "a figure in the unit of the column"),
    "probability": ("float64", "float64", "from 0 to 1"),
    "error": ("float64", "float64", "the standard error of a probability or share, from the number of draws"),
    "count": ("int64", "Int64", "how many"),
    "year": ("int64", "Int64", "a calendar year"),
    "flag": ("bool", "boolean", "true or false"),
}

UNITS = {
    "": "none",
    "own": "the unit of the quantity that the row is about (its column `unit`, or the plan's)",
    "%": "percent",
    "% a year": "compound growth",
    "log % a year": "log points times 100, a year",
    "log %": "log points times 100",
    "log %²": "square of log points times 100",
    "points": "points of annual growth",
    "s.d.": "standard deviations",
    "share": "a part of the whole: 1 is all of it",
    "probability": "difference of two probabilities, from -1 to 1",
    "targets": "number of targets",
    "cost": "the unit of the costs that were given",
    "intensity": "extra effort: 0 is none, 1 is full",
    "score": "points of a score",
    "nats": "natural logarithm",
    "1 or 0": "1 holds, 0 does not",
}


class ResultColumn(NamedTuple):
    """What one column of a result is."""

    kind: str
    unit: str
    meaning: str
    optional: bool = False
    # What a code may be, apart from empty; nothing where it is a name of the plan or of a file.
    codes: tuple[str, ...] = ()

    @property
    def description(self) -> str:
        """The meaning, with the codes that there are."""
        return f"{self.meaning[:-1]}: {', '.join(self.codes)}." if self.codes else self.meaning

    @property
    def dtype(self) -> str:
        """The pandas dtype."""
        plain, nullable, _ = KINDS[self.kind]
        return nullable if self.optional else plain


_C = ResultColumn

_SEVERITIES = ("baseline", "mild", "moderate", "severe")
_CHECKS = (
    *("share", "level", "ratio", "implied growth", "rest at base", "rest at target", "sum of parts"),
    *("rest of a sum", "common share", "earlier level", "figure"),
)
_INTERVALS = ("inside_50", "inside_80", "inside_90")

# A name has one meaning; where a question means another by it, "question.name" says so.
# A name in angle brackets stands for any number of columns, named by what the result is about.
COLUMNS = {
    # What a row is about.
    "target": _C("code", "", "A target of the plan, `indicator.area`."),
    "indicator": _C("code", "", "The indicator of a target or quantity."),
    "area": _C("code", "", "The area of a target or quantity; empty for a driver."),
    "quantity": _C("code", "", "A target, denominator or driver, by name."),
    "variable": _C("code", "", "A target, denominator or driver, by name."),
    "unit": _C("code", "", "The unit of the row's figures."),
    "year": _C("year", "", "The year of the row's figures."),
    "as_of": _C("year", "", "The last year of which figures were known."),
    "scenario": _C("code", "", "A scenario, by name."),
    "severity": _C("code", "", "How severe a story is.", codes=_SEVERITIES),
    "story": _C("code", "", "A stress story: a scenario's name without its severity."),
    "source": _C("code", "", "What uncertainty comes from: a driver's growth, or a variable's own growth."),
    "role": _C(
        "code", "", "What kind of source it is.", codes=("driver_growth", "own_growth", "whole_share")
    ),
    "measure": _C("code", "", "A measure of the plan, by name."),
    "system": _C("code", "", "The group that a measure belongs to."),
    "kind": _C(
        "code",
        "",
        "What an entry of a scenario is.",
        codes=("path", "path sd", "shock", "shock persistence", "measure"),
    ),
    "name": _C("code", "", "The variable or measure that an entry is about."),
    "subject": _C("code", "", "What a row is about: a variable or a fact by name."),
    "name_zh": _C("text", "", "A measure's name in Chinese."),
    "name_en": _C("text", "", "A measure's name in English."),
    "reason": _C(
        "code",
        "",
        "Why a forecast was not formed; empty if it was.",
        codes=("no_own_growth", "no_reference_class"),
    ),
    # Levels.
    "value": _C("number", "own", "A figure, or a level of the distribution."),
    "base": _C("number", "own", "The level in the base year."),
    "target_value": _C("number", "own", "The level that meets the target."),
    "median": _C("number", "own", "The outlook's median."),
    "level": _C("number", "own", "The level of a milestone."),
    "central": _C(
        "number", "own", "The level on the central path, where every log and logit is at its mean."
    ),
    "on_path": _C("number", "own", "The level on the path that was asked for."),
    "difference": _C("number", "own", "The level on the path less that on the central one."),
    "expected": _C("number", "targets", "The expected number of targets reached, in closed form."),
    "from_value": _C("number", "own", "The level that growth counts from."),
    "latest": _C("number", "own", "The latest comparable figure; the base if there is none."),
    "median_now": _C("number", "own", "The outlook's median in the as-of year."),
    "even_odds": _C("number", "own", "The level as likely reached as not: the median in the target year."),
    "start_value": _C("number", "own", "The last level known, from which a naive forecast starts."),
    "prior": _C("number", "own", "The level by the rule, before balancing."),
    "sd": _C("number", "own", "Standard deviation of the level."),
    "stated": _C("number", "own", "The printed figure; NaN where none is printed."),
    "implied": _C("number", "own", "What the other figures say."),
    "low": _C(
        "number", "own", "Lower end of the interval of `implied`, from the rounding of what is printed."
    ),
    "high": _C("number", "own", "Upper end of the interval of `implied`."),
    "projected": _C("number", "own", "Where growth as it was leads by the target year."),
    "projected_linear": _C("number", "own", "Where equal yearly steps as they were lead by the target year."),
    "required_increment": _C("number", "own", "The yearly step that is still needed."),
    # Growth.
    "required": _C("number", "% a year", "The growth needed from the latest level on to meet the target."),
    "needed": _C("number", "% a year", "The growth needed from `from_value` to the target year."),
    "history": _C("number", "% a year", "The target's own past growth, from the plan's document."),
    "median_growth": _C("number", "% a year", "The outlook's median growth over the same years."),
    "slack": _C(
        "number", "points", "The median's growth less the required; the other way round for at most."
    ),
    "slack_change": _C("number", "points", "Slack under the severe story less slack under the baseline."),
    "slack_alone": _C("number", "points", "Slack if this source moves and the other variables stay."),
    "central_growth": _C("number", "% a year", "Growth on the central path."),
    "path_growth": _C("number", "% a year", "Growth on the path that was asked for."),
    "needed_growth": _C("number", "% a year", "Growth on the path on which the chosen targets hold."),
    "growth_difference": _C("number", "points", "`path_growth` less `central_growth`."),
    "growth_x": _C("number", "% a year", "Constant growth of the first driver in the open years."),
    "growth_y": _C("number", "% a year", "Constant growth of the second driver in the open years."),
    "<input>": _C("number", "% a year", "Average growth of an input over the open years; a column an input."),
    "source_growth": _C(
        "number", "log % a year", "A source's average growth; of a share, that of its logit."
    ),
    "source_sd": _C("number", "log % a year", "Standard deviation of a source's average growth."),
    "growth": _C("number", "% a year", "Growth from the base."),
    "growth_needed": _C("number", "% a year", "Growth needed from the base to the target."),
    "required_from_median": _C(
        "number", "% a year", "Growth from the median in the as-of year to the target."
    ),
    "limit": _C("number", "% a year", "Growth that one in ten of the reference class exceeded."),
    "remaining_rate": _C("number", "% a year", "Growth that `even_odds` needs from the latest figure."),
    "average_rate": _C("number", "% a year", "Growth that `even_odds` needs from the base."),
    "spread": _C("number", "log % a year", "Standard deviation of a naive forecast's growth."),
    # Probabilities.
    "probability": _C("probability", "", "How likely the target is to be reached."),
    "standard_error": _C("error", "", "Standard error of the probability; 0 where it is in closed form."),
    "percentile": _C("number", "%", "Share of comparable cities' next windows that grew less than required."),
    "quantile": _C("probability", "", "The probability below `value`."),
    "all": _C("probability", "", "How likely all targets are to be reached together."),
    "at_least": _C("probability", "", "How likely k or more are to be reached."),
    "at_least_standard_error": _C("error", "", "Standard error of `at_least`."),
    "exactly": _C("probability", "", "How likely exactly k are to be reached."),
    "exactly_standard_error": _C("error", "", "Standard error of `exactly`."),
    "indicators_all": _C("probability", "", "How likely all targets for a whole area are reached together."),
    "indicators_all_standard_error": _C("error", "", "Standard error of `indicators_all`."),
    "lower": _C("probability", "", "Fréchet's lower bound of `all`."),
    "upper": _C("probability", "", "Fréchet's upper bound of `all`."),
    "first": _C("probability", "", "The probability under the first scenario."),
    "second": _C("probability", "", "The probability under the second scenario."),
    "change": _C("number", "probability", "How much the probability changes."),
    "probability_alone": _C("probability", "", "The probability if this source moves and the others stay."),
    "change_alone": _C("number", "probability", "How much `probability_alone` differs from the outlook's."),
    "probability_after": _C("probability", "", "The probability once the step's figure is known."),
    "failure_probability": _C("probability", "", "How likely the target is to be missed, exact."),
    "tail": _C("probability", "", "Φ(-distance)."),
    "chi2_tail": _C("probability", "", "P(χ² > distance²): how implausible the point or the scenario is."),
    "before": _C("probability", "", "The probability without the mix."),
    "before_standard_error": _C("error", "", "Standard error of `before`."),
    "after": _C("probability", "", "The probability with the mix."),
    "after_standard_error": _C("error", "", "Standard error of `after`."),
    "alone": _C("probability", "", "The probability if the measures served this target only."),
    "required_probability": _C("probability", "", "The probability that was asked for."),
    "quasi_p": _C("probability", "", "How likely the box would do as well by chance without this limit."),
    # Counts.
    "k": _C("count", "", "A number of targets."),
    "of": _C(
        "code",
        "",
        "What is counted, where indicators are targets for a whole area.",
        codes=("targets", "indicators"),
    ),
    "draws": _C(
        "count", "", "How many draws the simulated figures come from; with bounds, the effective number."
    ),
    "holding": _C("count", "", "How many targets hold on the central path."),
    "hits": _C("count", "", "How many of the draws are failures, or what was asked for."),
    "n": _C("count", "", "Number of variables times years after the as-of year."),
    "degrees": _C("count", "", "Degrees of freedom: the rank of the scenario's move."),
    "windows": _C("count", "", "How many windows of comparable cities a naive forecast rests on."),
    "outcomes": _C("count", "", "How many outcomes were scored."),
    "years_left": _C("count", "", "Years from the latest figure to the target year."),
    # Distances and shares of variance.
    "distance": _C(
        "number",
        "s.d.",
        "Distance of the nearest failing point from the central path; negative if that fails.",
    ),
    "exact": _C("flag", "", "Whether the row is exact (log-linear targets) or a linearisation (parts)."),
    "driver": _C("code", "", "The driver that by itself breaks the target most likely; empty if none does."),
    "driver_share": _C("number", "share", "The part of the variance that the driver's own path explains."),
    "driver_distance": _C("number", "s.d.", "Distance of the driver's path alone that breaks the target."),
    "tipped": _C("code", "", "The targets that change sides, joined by ` + `."),
    "delta": _C("number", "s.d.", "Mahalanobis distance of the scenario from the outlook without it."),
    "q": _C(
        "number",
        "share",
        "0.5 where a scenario cannot be told from the outlook, towards 1 where implausible.",
    ),
    "kl": _C("number", "nats", "Kullback–Leibler divergence of the shifted law from the outlook."),
    "side": _C("code", "", "Which way a source is moved from its mean.", codes=("below", "above")),
    "weight": _C("number", "log %", "What a point of the source's growth a year adds to the target's level."),
    "variance_share": _C("number", "share", "The source's part of the variance of the target's margin."),
    "effect": _C("number", "log %²", "The source's Shapley effect: its part of the variance of the margin."),
    "first_order": _C("number", "share", "First-order index: what knowing only this source explains."),
    "first_order_standard_error": _C("error", "", "Standard error of `first_order`."),
    "total_order": _C("number", "share", "Total-order index: what not knowing only this source leaves."),
    "total_order_standard_error": _C("error", "", "Standard error of `total_order`."),
    "shapley": _C("number", "share", "Shapley effect."),
    "shapley_standard_error": _C("error", "", "Standard error of `shapley`."),
    "margin": _C(
        "code",
        "",
        "How slack moves as a story grows more severe.",
        codes=("falls", "rises", "unmoved", "mixed"),
    ),
    "probability_monotone": _C("flag", "", "Whether the probability goes the same way as slack."),
    "base_rate": _C("probability", "", "Share of hits among all held-out draws."),
    "base_rate_standard_error": _C("error", "", "Standard error of `base_rate`."),
    "coverage": _C("probability", "", "Share of the hits that lie in the box."),
    "coverage_standard_error": _C("error", "", "Standard error of `coverage`."),
    "density": _C("probability", "", "Share of hits among the draws in the box."),
    "density_standard_error": _C("error", "", "Standard error of `density`."),
    "mass": _C("probability", "", "Share of the draws that lie in the box."),
    "mass_standard_error": _C("error", "", "Standard error of `mass`."),
    "largest_correlation": _C(
        "number", "share", "The largest correlation between two inputs, without its sign."
    ),
    "hit": _C("flag", "", "Whether the draw is a failure, or what was asked for."),
    "inside": _C("flag", "", "Whether the draw lies in the box."),
    # Needs.
    "from_year": _C("year", "", "The year that growth counts from."),
    "from_kind": _C("code", "", "What growth counts from.", codes=("observed", "base", "median", "no_base")),
    "already": _C("number", "intensity", "The effort that the scenario has already."),
    "intensity": _C("number", "intensity", "The effort of the mix."),
    "sd_half": _C("number", "intensity", "The effort with the s.d. of every effect halved."),
    "sd_double": _C("number", "intensity", "The effort with the s.d. of every effect doubled."),
    "cost_double": _C("number", "intensity", "The effort with this measure's own cost doubled."),
    "cost": _C("number", "cost", "Cost of the effort beyond what the scenario has."),
    "holds": _C("flag", "", "Whether the target has the probability that was asked for."),
    "shortfall": _C("number", "%", "Part of the target's level that is missing at that probability."),
    # Track.
    "basis": _C("code", "", "What was judged.", codes=("observed", "median", "outlook", "none")),
    "linear": _C("number", "share", "Share of the way from base to target that is done."),
    "log": _C("number", "share", "Share of the way that is done, in logs."),
    "cagr_ratio": _C("number", "share", "Annual growth so far over the annual growth needed from the base."),
    "schedule_ratio": _C("number", "share", "Share of the way over share of the time: 1 is on schedule."),
    "log_schedule_ratio": _C("number", "share", "Share of the way in logs over share of the time."),
    "projected_ratio": _C("number", "share", "Share of the way that `projected` comes to."),
    "time_share": _C("number", "share", "Share of the plan's time that is gone."),
    "status_index": _C("number", "score", "ESCAP's: ten times `linear`."),
    "anticipated_gap": _C("number", "%", "ESCAP's: what `schedule_ratio` lacks of 1, not below 0 once met."),
    "met": _C("flag", "", "Whether the level that growth counts from meets the target."),
    "near_limit": _C("number", "1 or 0", "Whether a target of 0 or 100% is missed by a point at most."),
    "level_lost": _C("number", "1 or 0", "Whether a target equal to its base was not kept."),
    "direction": _C("number", "", "1 where more is wanted, -1 where less is."),
    "base_year": _C("year", "", "The year of the base."),
    "target_year": _C("year", "", "The year of the target."),
    "<scheme>": _C(
        "code", "", "The scheme's class, or no_observation, no_base, undefined; a column a scheme."
    ),
    "statcan_score": _C("number", "score", "Statistics Canada's score, from -5 to 5."),
    "scheme": _C("code", "", "A scheme of classes, by name."),
    "code": _C("code", "", "A class of the scheme."),
    "share": _C("number", "%", "Cumulative share of the way from base to target."),
    "negative": _C("flag", "", "Whether the balanced level is below 0."),
    "latest_year": _C(
        "year", "", "The year of the latest comparable figure; the base year if there is none."
    ),
    "flag": _C("code", "", "What the revision rule says.", codes=("cut", "stretch", "keep")),
    "reasons": _C("code", "", "Why, joined by +.", codes=("growth", "probability", "schedule")),
    "mid_term": _C("flag", "", "Whether the as-of year is the plan's middle year."),
    # Record.
    "step": _C(
        "code", "", "What became known.", codes=("start", "scenario", "observation", "revision", "end")
    ),
    "observed": _C("year", "", "The year of the figure; at start and end the as-of year."),
    "surprise_sd": _C("number", "s.d.", "Log of the figure less log of the median expected."),
    "outlook": _C("code", "", "An outlook on record: the folder of its manifest."),
    "pit": _C("probability", "", "What probability the outlook had put below the figure."),
    "inside_50": _C("flag", "", "Whether the central 50% interval held the figure.", optional=True),
    "inside_80": _C("flag", "", "Whether the central 80% interval held the figure.", optional=True),
    "inside_90": _C("flag", "", "Whether the central 90% interval held the figure.", optional=True),
    "crps": _C("number", "log %", "Continuous ranked probability score of the log; less is better."),
    "log_score": _C("number", "nats", "Minus the log density of the log; less is better."),
    "crps_same_growth": _C("number", "log %", "CRPS of the naive forecast of growth as it was."),
    "crps_closed_windows": _C("number", "log %", "CRPS of the naive forecast of comparable cities' growth."),
    "reached": _C("flag", "", "Whether the target was reached.", optional=True),
    "brier": _C("number", "score", "Brier score of the probability; less is better."),
    "brier_same_growth": _C("number", "score", "Brier score of the naive forecast of growth as it was."),
    "brier_closed_windows": _C("number", "score", "Brier score of the naive forecast of comparable cities."),
    "score": _C("code", "", "Which score.", codes=("crps", "brier", "log_score", *_INTERVALS)),
    "mean": _C("number", "score", "Mean of the score over the outcomes."),
    "against": _C(
        "code",
        "",
        "What the score is held against; empty if nothing.",
        codes=("same_growth", "closed_windows", "nominal"),
    ),
    "benchmark": _C("number", "score", "Mean score of what it is held against, on the same outcomes."),
    "skill": _C("number", "share", "1 - mean/benchmark: below 0 is worse than the naive forecast."),
    "test": _C("code", "", "Which test.", codes=(*_INTERVALS, "pit")),
    "nominal": _C("probability", "", "The share of outcomes that the interval should hold."),
    "statistic": _C(
        "number", "score", "Kupiec's likelihood ratio; Kolmogorov and Smirnov's distance for pit."
    ),
    "p_value": _C("probability", "", "P-value of the test."),
    "exact_p_value": _C("probability", "", "P-value of the exact binomial test."),
    "method": _C("code", "", "A naive forecast.", codes=("same_growth", "closed_windows")),
    "start_year": _C("year", "", "The year of the last level known."),
    "bound": _C(
        "code", "", "What the figure says of the level.", codes=("exact", "about", "at_least", "at_most")
    ),
    "comparable": _C("code", "", "Whether the figure is on the plan's definition.", codes=("yes", "no")),
    "grade": _C(
        "code",
        "",
        "How good the source is, the best first.",
        codes=("A", "A-", "B", "C", "A-derived", "B-derived", "C-derived"),
    ),
    "note": _C("text", "", "What a reader of the figure should know."),
    "model": _C("code", "", "Which model a figure is from.", codes=("planmodel",)),
    "region": _C("code", "", "An area; what has none has a word for it."),
    "check": _C("code", "", "What was tested.", codes=_CHECKS),
    "verdict": _C(
        "code",
        "",
        "What came out.",
        codes=("consistent", "contradiction", "implication", "pattern", "unknown"),
    ),
    "other": _C(
        "code", "", "The whole that a stated share does fit, or the fact that is taken from a whole."
    ),
    "parts": _C("code", "", "The targets, or facts of growth, that the row holds together, joined by ` + `."),
    # The same name, meant otherwise by one question.
    "audit.quantity": _C("code", "", "What the figures are of, by name; empty if of none or of several."),
    "audit.year": _C("year", "", "The year of `implied`, where it has one.", optional=True),
    "audit.unit": _C("code", "", "The unit of the row's figures; of growth and shares %."),
    "audit.target_value": _C(
        "number", "own", "The level that growth leads to if the targets are met exactly."
    ),
    "reach.required": _C("number", "% a year", "The growth needed from the base to meet the target."),
    "reach.median": _C("number", "own", "The outlook's median in the target year."),
    "joint.standard_error": _C("error", "", "Standard error of `all`."),
    "joint.k": _C("count", "", "The k of `at_least`."),
    "counts.standard_error": _C("error", "", "Standard error of `at_least`."),
    "draw.<indicator, area, year>": _C(
        "number", "own", "A level; a row a draw, a column a quantity and year."
    ),
    "entry_differences.year": _C("year", "", "The year of the entry; a measure has none.", optional=True),
    "entry_differences.first": _C("number", "own", "What the first scenario says; NaN if nothing."),
    "entry_differences.second": _C("number", "own", "What the second scenario says; NaN if nothing."),
    "breaks_count.target": _C("code", "", "What is asked of the count: `at_least_7`."),
    "breaks_count.standard_error": _C("error", "", "Standard error of `failure_probability`."),
    "breaks_count.failure_probability": _C("probability", "", "How likely fewer than k hold, by draws."),
    "discover.low": _C("number", "% a year", "Lower limit of the source's growth; NaN if open."),
    "discover.high": _C("number", "% a year", "Upper limit of the source's growth; NaN if open."),
    "driver_paths.needed": _C("number", "own", "The level on the path on which the chosen targets hold."),
    "driver_paths.difference": _C("number", "points", "`needed_growth` less `central_growth`."),
    "seek.kind": _C("code", "", "What kind of measure it is.", codes=("measure", "safeguard")),
    "scoreboard.year": _C("year", "", "The year of the figure; missing if there is none.", optional=True),
    "scoreboard.met": _C("number", "1 or 0", "Whether the target is met; NaN if there is no figure."),
    "progress.met": _C("number", "1 or 0", "Whether the target is met."),
    "progress.target": _C("number", "own", "The level that meets the target."),
    "class_odds.from_value": _C("number", "own", "The value at which the class begins."),
    "class_odds.probability": _C("probability", "", "How likely the scheme puts the target into the class."),
    "milestones.probability": _C("probability", "", "How likely the milestone is to be reached."),
    "cascade.probability": _C("probability", "", "How likely the level is to be reached."),
    "cascade.area": _C("code", "", "A part of the whole; the last is `rest`."),
    "cascade.share": _C("number", "%", "Share of the whole."),
    "news.expected": _C("number", "own", "The median just before the figure was known."),
    "score.measure": _C("code", "", "What was observed.", codes=("level", "growth")),
    "naive_forecasts.growth": _C("number", "log % a year", "The growth that the naive forecast carries on."),
    "reliability.hits": _C(
        "count", "", "How many outcomes the interval held; missing for pit.", optional=True
    ),
    "reliability_table.low": _C("probability", "", "Lower end of the bin of probabilities."),
    "reliability_table.high": _C("probability", "", "Upper end of the bin of probabilities."),
    "reliability_table.probability": _C("probability", "", "Mean probability in the bin."),
    "reliability_table.reached": _C("number", "share", "Share of the bin's targets that were reached."),
    "notes.kind": _C(
        "code",
        "",
        "What was not used, a figure or what the scenario says.",
        codes=("observation", "shock", "path"),
    ),
    "notes.reason": _C(
        *("code", ""),
        "Why it was not used, in the figure's own note or a code.",
        codes=("history", "bound", "not_comparable", "not_a_variable", "not_a_plan_year"),
    ),
    "observations.variable": _C("code", "", "An indicator, denominator or driver; `area` says where."),
    "long.variable": _C("code", "", "An indicator, `targets` or `indicators`, and what of it, after a bar."),
    "observations.source": _C("text", "", "Where the figure is printed."),
}

_PATH = (
    *("quantity", "indicator", "area", "unit", "year", "central", "on_path", "difference"),
    *("central_growth", "path_growth", "growth_difference"),
)
_BREAKS = (
    *("target", "indicator", "area", "distance", "tail", "exact", "failure_probability"),
    *("chi2_tail", "driver", "driver_share", "driver_distance"),
)
_COUNT_BREAK = (
    *("target", "k", "holding", "distance", "tail", "failure_probability", "standard_error", "tipped"),
)

# The columns of each question in order; a part of an answer is "question.part".
RESULTS = {
    "audit": (
        *("check", "subject", "stated", "implied", "low", "high", "verdict", "quantity", "year", "unit"),
        *("other", "parts", "from_value", "target_value"),
    ),
    "observations": (
        *("variable", "area", "year", "value", "unit", "bound", "sd", "comparable", "grade"),
        *("source", "note"),
    ),
    "quantiles": ("target", "indicator", "area", "year", "quantile", "value"),
    "draw": ("<indicator, area, year>",),
    "notes": ("kind", "subject", "year", "value", "unit", "reason"),
    "reach": (
        *("target", "indicator", "area", "base", "target_value", "required", "history", "percentile"),
        *("median", "probability", "standard_error", "slack"),
    ),
    "joint": (
        *("all", "at_least", "k", "indicators_all", "expected", "lower", "upper", "standard_error"),
        *("at_least_standard_error", "indicators_all_standard_error", "draws"),
    ),
    "counts": ("of", "k", "exactly", "at_least", "standard_error", "exactly_standard_error"),
    "across": ("scenario", "target", "probability"),
    "entry_differences": ("kind", "name", "year", "first", "second"),
    "odds_differences": ("target", "first", "second", "change"),
    "breaks": _BREAKS,
    "breaks.path": _PATH,
    "breaks_count": _COUNT_BREAK,
    "breaks_count.path": _PATH,
    "worst_case": _PATH,
    "heat_map": ("growth_x", "growth_y", "probability"),
    "heat_map.break_even": ("growth_x", "growth_y"),
    "tornado": (
        *("source", "role", "side", "source_growth", "probability", "change", "slack"),
        *("probability_alone", "change_alone", "slack_alone"),
    ),
    "variance_shares": ("source", "role", "weight", "source_sd", "variance_share", "exact"),
    "shapley": (
        *("source", "role", "weight", "source_sd", "effect", "variance_share", "first_order"),
        *("total_order", "exact"),
    ),
    "sobol": (
        *("source", "first_order", "first_order_standard_error", "total_order"),
        *("total_order_standard_error", "shapley", "shapley_standard_error"),
    ),
    "discover": ("source", "role", "low", "high", "quasi_p"),
    "discover.summary": (
        *("base_rate", "base_rate_standard_error", "coverage", "coverage_standard_error", "density"),
        *("density_standard_error", "mass", "mass_standard_error", "hits", "draws"),
        "largest_correlation",
    ),
    "discover.points": ("<input>", "hit", "inside"),
    "severity_catalogue": ("story", "severity", "target", "probability", "slack"),
    "severity_catalogue.summary": (
        *("story", "severity", "delta", "chi2_tail", "q", "n", "expected", "k", "at_least"),
        "at_least_standard_error",
    ),
    "severity_catalogue.directions": ("story", "target", "margin", "slack_change", "probability_monotone"),
    "plausibility": ("delta", "chi2_tail", "degrees", "q", "n", "kl"),
    "growth_needed": (
        *("target", "indicator", "area", "from_year", "from_value", "from_kind", "target_value"),
        *("needed", "median_growth", "history", "slack", "met"),
    ),
    "driver_paths": (
        *("variable", "indicator", "area", "unit", "year", "central", "needed", "central_growth"),
        *("needed_growth", "difference"),
    ),
    "seek": ("measure", "kind", "system", "name_zh", "name_en", "already", "intensity", "cost"),
    "seek.targets": ("target", "before", "after", "required_probability", "holds", "shortfall", "alone"),
    "seek.others": ("target", "before", "after"),
    "seek.joint": ("before", "before_standard_error", "after", "after_standard_error", "draws"),
    "mix_stability": (
        *("measure", "name_zh", "name_en", "intensity", "sd_half", "sd_double", "cost_double"),
    ),
    "progress": (
        *("linear", "log", "cagr_ratio", "schedule_ratio", "projected", "required"),
        *("log_schedule_ratio", "projected_linear", "projected_ratio", "status_index"),
        *("anticipated_gap", "required_increment", "growth", "growth_needed", "time_share", "met"),
        *("near_limit", "level_lost", "direction", "base", "value", "target", "base_year", "year"),
        "target_year",
    ),
    "scoreboard": (
        *("target", "indicator", "area", "basis", "year", "value", "base", "target_value", "linear"),
        *("log", "cagr_ratio", "schedule_ratio", "log_schedule_ratio", "projected", "required"),
        *("time_share", "met", "<scheme>", "statcan_score"),
    ),
    "class_odds": (
        *("target", "indicator", "area", "scheme", "code", "year", "from_value", "probability"),
        "basis",
    ),
    "milestones": ("target", "indicator", "area", "year", "share", "level", "median", "probability"),
    "revisions": (
        *("target", "indicator", "area", "as_of", "latest_year", "latest", "years_left", "required"),
        *("median_now", "required_from_median", "limit", "schedule_ratio", "probability", "flag"),
        *("reasons", "even_odds", "remaining_rate", "average_rate", "mid_term"),
    ),
    "cascade": (
        *("indicator", "area", "year", "prior", "level", "sd", "share", "negative", "median"),
        "probability",
    ),
    "news": (
        *("target", "indicator", "area", "step", "variable", "observed", "value", "unit", "expected"),
        *("surprise_sd", "change", "probability_after"),
    ),
    "score": (
        *("outlook", "scenario", "severity", "as_of", "variable", "measure", "year", "value", "unit"),
        *("median", "pit", "inside_50", "inside_80", "inside_90", "crps", "log_score"),
        *("crps_same_growth", "crps_closed_windows", "probability", "reached", "brier"),
        *("brier_same_growth", "brier_closed_windows"),
    ),
    "score_summary": (
        *("outlook", "scenario", "as_of", "score", "outcomes", "mean", "against", "benchmark", "skill"),
    ),
    "reliability": ("test", "outcomes", "hits", "nominal", "statistic", "p_value", "exact_p_value"),
    "reliability_table": ("low", "high", "outcomes", "probability", "reached"),
    "naive_forecasts": (
        *("variable", "method", "start_year", "start_value", "growth", "spread", "windows", "reason"),
    ),
    "long": ("model", "scenario", "region", "variable", "unit", "year", "value"),
}


def definition(question: str, name: str) -> ResultColumn:
    """Return what a question means by a column."""
    own = f"{question}.{name}"
    return COLUMNS.get(own) or COLUMNS[name]


def columns_of(question: str, repeated: Sequence[str] = ()) -> dict[str, ResultColumn]:
    """Return a question's columns in order; `repeated` are the names that its bracketed one stands for."""
    found: dict[str, ResultColumn] = {}
    for name in RESULTS[question]:
        found |= dict.fromkeys(repeated if name.startswith("<") else [name], definition(question, name))
    return found


def frame(
    question: str,
    data: Mapping[str, Any] | Iterable[Any] | pd.DataFrame = (),
    repeated: Sequence[str] = (),
) -> pd.DataFrame:
    """Return a question's result with its columns in order, each of its dtype, also where there is no row.

    Parameters
    ----------
    question : str
        A key of `RESULTS`.
    data : mapping of column to values, rows, or a DataFrame
        Rows are tuples in order, or dictionaries; what a row does not say is missing.
    repeated : sequence of str
        The names that a bracketed column stands for.
    """
    import pandas as pd

    dtypes = {name: column.dtype for name, column in columns_of(question, repeated).items()}
    made = pd.DataFrame(
        data if isinstance(data, Mapping | pd.DataFrame) else list(data), columns=list(dtypes)
    )
    wrong = {n: dtype for (n, dtype), own in zip(dtypes.items(), made.dtypes, strict=True) if own != dtype}
    return made.astype(wrong) if wrong else made

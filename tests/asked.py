"""What can be asked of an outlook: every result of `planmodel.base.columns`, by its name."""

from collections.abc import Callable

import pandas as pd
import pytest

import planmodel as pm
from planmodel.plan.target import Target
from planmodel.questions.needs.mix_stability import mix_stability
from planmodel.questions.odds.comparison import across, entry_differences, odds_differences
from planmodel.questions.record.manifest import manifest
from planmodel.questions.record.naive import naive_forecasts
from planmodel.questions.record.skill import reliability, reliability_table, score_summary
from planmodel.report.report import Report
from planmodel.report.workbook import long_table

DRAWS = 2_000
# What a question needs beside the core.
EXTRAS = {
    "sobol": "SALib",
    "discover": "ema_workbench",
    "score": "scoringrules",
    "reliability": "scoringrules",
}


def divided(out: pm.Outlook) -> Target:
    """The first target for a whole that has another for a part of it, ratios apart."""
    targets = out.plan.by_name
    wholes = [target.whole for target in targets.values() if target.whole in out.model.goals.names]
    return targets[next(name for name in targets if name in wholes and targets[name].kind == "level")]


def target(out: pm.Outlook) -> str:
    return divided(out).name


def a_little_more(out: pm.Outlook) -> float:
    """A probability that the target has only with some measure."""
    return max(0.5, float(pm.reach(out).set_index("target").loc[target(out), "probability"]) + 0.01)


def baseline(out: pm.Outlook) -> pm.Scenario:
    return pm.load_scenario("baseline", out.plan)


def before(out: pm.Outlook) -> pm.Outlook:
    """The same outlook with nothing known yet."""
    return out.model.known_by(out.plan.base_year).run(out.scenario)


def drivers(out: pm.Outlook) -> list[str]:
    return list(out.plan.meta["drivers"])


def scores(out: pm.Outlook) -> pd.DataFrame:
    return pm.score({"first": manifest(before(out), DRAWS, 0, "zh")}, out.model.observations)


def many_scores(out: pm.Outlook) -> pd.DataFrame:
    """Scores of more outcomes than there are: reliability asks for twenty."""
    copies = [scores(out).assign(probability=0.5, brier=0.25, reached=True) for _ in range(8)]
    return pd.concat(
        [copy.assign(value=copy["value"] + n) for n, copy in enumerate(copies)], ignore_index=True
    )


def sobol(out: pm.Outlook) -> pd.DataFrame:
    margin = pm.margin_of(out, target(out))
    return pm.sobol(margin, margin.distributions, n=64)


ASK: dict[str, Callable[[pm.Outlook], pd.DataFrame]] = {
    "audit": lambda out: pm.audit(out.plan),
    "observations": lambda out: pm.load_observations(out.plan),
    "quantiles": lambda out: out.quantiles(),
    "draw": lambda out: out.draw(10),
    "notes": lambda out: out.notes,
    "reach": pm.reach,
    "joint": lambda out: pm.joint(out, draws=DRAWS),
    "counts": lambda out: pm.counts(out, DRAWS),
    "across": lambda out: across(out.model),
    "entry_differences": lambda out: entry_differences(out.scenario, baseline(out)),
    "odds_differences": lambda out: odds_differences(out.model, out.scenario, baseline(out)),
    "breaks": pm.breaks,
    "breaks.path": lambda out: pm.breaks(out).path(target(out)),
    "breaks_count": lambda out: pm.breaks_count(out, draws=DRAWS),
    "breaks_count.path": lambda out: pm.breaks_count(out, draws=DRAWS).path(),
    "worst_case": lambda out: pm.worst_case(out, target(out)),
    "heat_map": lambda out: pm.heat_map(out, target(out), *drivers(out)[:2]).table,
    "heat_map.break_even": lambda out: pm.heat_map(out, target(out), *drivers(out)[:2]).break_even,
    "tornado": lambda out: pm.tornado(out, target(out)),
    "variance_shares": lambda out: pm.variance_shares(out, target(out)),
    "shapley": lambda out: pm.shapley(out, target(out)),
    "sobol": sobol,
    "discover": lambda out: pm.discover(out, target(out)).table,
    "discover.summary": lambda out: pm.discover(out, target(out)).summary,
    "discover.points": lambda out: pm.discover(out, target(out)).points,
    "severity_catalogue": lambda out: pm.severity_catalogue(out.model).table,
    "severity_catalogue.summary": lambda out: pm.severity_catalogue(out.model).summary(draws=DRAWS),
    "severity_catalogue.directions": lambda out: pm.severity_catalogue(out.model).directions,
    "plausibility": pm.plausibility,
    "growth_needed": pm.growth_needed,
    "driver_paths": lambda out: pm.driver_paths(out, target(out)),
    "seek": lambda out: pm.seek(out, target(out), 0.9, draws=DRAWS),
    "seek.targets": lambda out: pm.seek(out, target(out), 0.9, draws=DRAWS).targets,
    "seek.others": lambda out: pm.seek(out, target(out), 0.9, draws=DRAWS).others,
    "seek.joint": lambda out: pm.seek(out, target(out), 0.9, draws=DRAWS).joint,
    "mix_stability": lambda out: mix_stability(out, target(out), a_little_more(out)),
    "progress": lambda out: pm.progress(100, 110, 150, 2020, 2022, out.plan.target_year),
    "scoreboard": pm.scoreboard,
    "class_odds": pm.class_odds,
    "milestones": pm.milestones,
    "revisions": pm.revisions,
    "cascade": lambda out: pm.cascade(out, divided(out).indicator),
    "news": lambda out: pm.news(before(out), out),
    "score": scores,
    "score_summary": lambda out: score_summary(scores(out)),
    "reliability": lambda out: reliability(many_scores(out)),
    "reliability_table": lambda out: reliability_table(many_scores(out)),
    "naive_forecasts": naive_forecasts,
    "long": lambda out: long_table(Report(out.model, out, DRAWS, 0, "zh")),
}


def needs(result: str) -> None:
    """Skip where an extra is not installed."""
    start = next((name for name in EXTRAS if result.startswith(name)), None)
    if start:
        pytest.importorskip(EXTRAS[start])

"""Whether a plan's targets can be reached, what would break them, what it takes, and how we know.

The public names; each is loaded when it is first used.

>>> import planmodel as pm
>>> plan = pm.load_plan("jiangbei")
>>> out = pm.build_model(plan).run("baseline")
>>> pm.reach(out)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planmodel.base.problems import InputError
    from planmodel.evidence.equations import Evidence, load_evidence, scale_sd, with_coefficients
    from planmodel.evidence.observations import load_observations
    from planmodel.model.model import Model, build_model
    from planmodel.model.outlook import Outlook
    from planmodel.plan.audit import audit
    from planmodel.plan.plan import Plan, load_plan
    from planmodel.questions.needs.growth import driver_paths, growth_needed
    from planmodel.questions.needs.mix import seek
    from planmodel.questions.odds.odds import counts, joint, reach, required_growth
    from planmodel.questions.record.scoring import score
    from planmodel.questions.record.updates import news
    from planmodel.questions.stress.catalogue import severity_catalogue
    from planmodel.questions.stress.discovery import discover
    from planmodel.questions.stress.margins import margin_of
    from planmodel.questions.stress.response import heat_map
    from planmodel.questions.stress.reverse import breaks, worst_case
    from planmodel.questions.stress.reverse_count import breaks_count
    from planmodel.questions.stress.scenario_distance import plausibility
    from planmodel.questions.stress.sensitivity import shapley, sobol, tornado, variance_shares
    from planmodel.questions.stress.severities import at_severity
    from planmodel.questions.track.cascades import cascade
    from planmodel.questions.track.metrics import progress
    from planmodel.questions.track.revision import revisions
    from planmodel.questions.track.schedule import milestones
    from planmodel.questions.track.schemes import classify
    from planmodel.questions.track.scoreboards import class_odds, scoreboard
    from planmodel.scenario.scenario import (
        Scenario,
        Shock,
        combine,
        load_scenario,
        save_scenario,
        scenario_names,
    )

# Where each public name lives: `import planmodel` loads nothing until a name is used.
_HOMES = {
    "Evidence": "evidence.equations",
    "InputError": "base.problems",
    "Model": "model.model",
    "Outlook": "model.outlook",
    "Plan": "plan.plan",
    "Scenario": "scenario.scenario",
    "Shock": "scenario.scenario",
    "at_severity": "questions.stress.severities",
    "audit": "plan.audit",
    "breaks": "questions.stress.reverse",
    "breaks_count": "questions.stress.reverse_count",
    "build_model": "model.model",
    "cascade": "questions.track.cascades",
    "class_odds": "questions.track.scoreboards",
    "classify": "questions.track.schemes",
    "combine": "scenario.scenario",
    "counts": "questions.odds.odds",
    "discover": "questions.stress.discovery",
    "driver_paths": "questions.needs.growth",
    "growth_needed": "questions.needs.growth",
    "heat_map": "questions.stress.response",
    "joint": "questions.odds.odds",
    "load_evidence": "evidence.equations",
    "load_observations": "evidence.observations",
    "load_plan": "plan.plan",
    "load_scenario": "scenario.scenario",
    "margin_of": "questions.stress.margins",
    "milestones": "questions.track.schedule",
    "news": "questions.record.updates",
    "plausibility": "questions.stress.scenario_distance",
    "progress": "questions.track.metrics",
    "reach": "questions.odds.odds",
    "required_growth": "questions.odds.odds",
    "revisions": "questions.track.revision",
    "save_scenario": "scenario.scenario",
    "scale_sd": "evidence.equations",
    "scenario_names": "scenario.scenario",
    "score": "questions.record.scoring",
    "scoreboard": "questions.track.scoreboards",
    "seek": "questions.needs.mix",
    "severity_catalogue": "questions.stress.catalogue",
    "shapley": "questions.stress.sensitivity",
    "sobol": "questions.stress.sensitivity",
    "tornado": "questions.stress.sensitivity",
    "variance_shares": "questions.stress.sensitivity",
    "with_coefficients": "evidence.equations",
    "worst_case": "questions.stress.reverse",
}

__all__ = [
    "Evidence",
    "InputError",
    "Model",
    "Outlook",
    "Plan",
    "Scenario",
    "Shock",
    "at_severity",
    "audit",
    "breaks",
    "breaks_count",
    "build_model",
    "cascade",
    "class_odds",
    "classify",
    "combine",
    "counts",
    "discover",
    "driver_paths",
    "growth_needed",
    "heat_map",
    "joint",
    "load_evidence",
    "load_observations",
    "load_plan",
    "load_scenario",
    "margin_of",
    "milestones",
    "news",
    "plausibility",
    "progress",
    "reach",
    "required_growth",
    "revisions",
    "save_scenario",
    "scale_sd",
    "scenario_names",
    "score",
    "scoreboard",
    "seek",
    "severity_catalogue",
    "shapley",
    "sobol",
    "tornado",
    "variance_shares",
    "with_coefficients",
    "worst_case",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'planmodel' has no attribute {name!r}")
    value = getattr(import_module(f"planmodel.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

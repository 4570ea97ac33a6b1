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
    from planmodel.cascades import cascade
    from planmodel.catalogue import severity_catalogue
    from planmodel.consistency import audit
    from planmodel.discovery import discover
    from planmodel.evidence import Evidence, load_evidence, scale_sd, with_coefficients
    from planmodel.margins import margin_of
    from planmodel.mix import seek
    from planmodel.model import Model, build_model
    from planmodel.needs import driver_paths, growth_needed
    from planmodel.observations import load_observations
    from planmodel.odds import counts, joint, reach, required_growth
    from planmodel.outlook import Outlook
    from planmodel.plan import Plan, load_plan
    from planmodel.response import heat_map
    from planmodel.revision import revisions
    from planmodel.scenario import Scenario, Shock, combine, load_scenario, save_scenario, scenario_names
    from planmodel.scenario_distance import plausibility
    from planmodel.schedule import milestones
    from planmodel.schemes import classify
    from planmodel.scoreboards import class_odds, scoreboard
    from planmodel.scoring import score
    from planmodel.sensitivity import shapley, sobol, tornado, variance_shares
    from planmodel.severities import at_severity
    from planmodel.stress import breaks, worst_case
    from planmodel.stress_count import breaks_count
    from planmodel.tables import InputError
    from planmodel.track import progress
    from planmodel.updates import news

# Where each public name lives: `import planmodel` loads nothing until a name is used.
_HOMES = {
    "Evidence": "evidence",
    "InputError": "tables",
    "Model": "model",
    "Outlook": "outlook",
    "Plan": "plan",
    "Scenario": "scenario",
    "Shock": "scenario",
    "at_severity": "severities",
    "audit": "consistency",
    "breaks": "stress",
    "breaks_count": "stress_count",
    "build_model": "model",
    "cascade": "cascades",
    "class_odds": "scoreboards",
    "classify": "schemes",
    "combine": "scenario",
    "counts": "odds",
    "discover": "discovery",
    "driver_paths": "needs",
    "growth_needed": "needs",
    "heat_map": "response",
    "joint": "odds",
    "load_evidence": "evidence",
    "load_observations": "observations",
    "load_plan": "plan",
    "load_scenario": "scenario",
    "margin_of": "margins",
    "milestones": "schedule",
    "news": "updates",
    "plausibility": "scenario_distance",
    "progress": "track",
    "reach": "odds",
    "required_growth": "odds",
    "revisions": "revision",
    "save_scenario": "scenario",
    "scale_sd": "evidence",
    "scenario_names": "scenario",
    "score": "scoring",
    "scoreboard": "scoreboards",
    "seek": "mix",
    "severity_catalogue": "catalogue",
    "shapley": "sensitivity",
    "sobol": "sensitivity",
    "tornado": "sensitivity",
    "variance_shares": "sensitivity",
    "with_coefficients": "evidence",
    "worst_case": "stress",
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

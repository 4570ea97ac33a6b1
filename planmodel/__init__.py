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
    from planmodel.consistency import audit
    from planmodel.evidence import Evidence, load_evidence, scale_sd, with_coefficients
    from planmodel.model import Model, build_model
    from planmodel.needs.growth import driver_paths, growth_needed
    from planmodel.needs.mix import seek
    from planmodel.observations import load_observations
    from planmodel.odds import counts, joint, reach, required_growth
    from planmodel.outlook import Outlook
    from planmodel.plan import Plan, load_plan
    from planmodel.record.scoring import score
    from planmodel.record.updates import news
    from planmodel.scenario import Scenario, Shock, combine, load_scenario, save_scenario, scenario_names
    from planmodel.scenario_distance import plausibility
    from planmodel.stress.catalogue import severity_catalogue
    from planmodel.stress.discovery import discover
    from planmodel.stress.margins import margin_of
    from planmodel.stress.response import heat_map
    from planmodel.stress.reverse import breaks, worst_case
    from planmodel.stress.reverse_count import breaks_count
    from planmodel.stress.sensitivity import shapley, sobol, tornado, variance_shares
    from planmodel.stress.severities import at_severity
    from planmodel.tables import InputError
    from planmodel.track.cascades import cascade
    from planmodel.track.metrics import progress
    from planmodel.track.revision import revisions
    from planmodel.track.schedule import milestones
    from planmodel.track.schemes import classify
    from planmodel.track.scoreboards import class_odds, scoreboard

# Where each public name lives: `import planmodel` loads nothing until a name is used.
_HOMES = {
    "Evidence": "evidence",
    "InputError": "tables",
    "Model": "model",
    "Outlook": "outlook",
    "Plan": "plan",
    "Scenario": "scenario",
    "Shock": "scenario",
    "at_severity": "stress.severities",
    "audit": "consistency",
    "breaks": "stress.reverse",
    "breaks_count": "stress.reverse_count",
    "build_model": "model",
    "cascade": "track.cascades",
    "class_odds": "track.scoreboards",
    "classify": "track.schemes",
    "combine": "scenario",
    "counts": "odds",
    "discover": "stress.discovery",
    "driver_paths": "needs.growth",
    "growth_needed": "needs.growth",
    "heat_map": "stress.response",
    "joint": "odds",
    "load_evidence": "evidence",
    "load_observations": "observations",
    "load_plan": "plan",
    "load_scenario": "scenario",
    "margin_of": "stress.margins",
    "milestones": "track.schedule",
    "news": "record.updates",
    "plausibility": "scenario_distance",
    "progress": "track.metrics",
    "reach": "odds",
    "required_growth": "odds",
    "revisions": "track.revision",
    "save_scenario": "scenario",
    "scale_sd": "evidence",
    "scenario_names": "scenario",
    "score": "record.scoring",
    "scoreboard": "track.scoreboards",
    "seek": "needs.mix",
    "severity_catalogue": "stress.catalogue",
    "shapley": "stress.sensitivity",
    "sobol": "stress.sensitivity",
    "tornado": "stress.sensitivity",
    "variance_shares": "stress.sensitivity",
    "with_coefficients": "evidence",
    "worst_case": "stress.reverse",
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

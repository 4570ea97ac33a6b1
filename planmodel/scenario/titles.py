"""Titles of scenarios, with and without their severity: a title holds it in brackets."""

from __future__ import annotations

from planmodel.base.labels import label
from planmodel.scenario.checks import SEVERITIES
from planmodel.scenario.scenario import Scenario


def story_title(scenario: Scenario, lang: str = "zh") -> str:
    """Return a scenario's title without its severity."""
    return scenario.heading(lang).removesuffix(brackets(scenario.severity, lang))


def title_with_severity(scenario: Scenario, lang: str = "zh") -> str:
    """Return a scenario's title with its severity, once: also where an edited title holds it in its middle."""
    heading, severity = scenario.heading(lang), brackets(scenario.severity, lang)
    return heading if scenario.severity == SEVERITIES[0] or severity in heading else f"{heading}{severity}"


def brackets(severity: str, lang: str) -> str:
    """Return a severity as a title has it at its end."""
    return f"（{label(severity, lang)}）" if lang == "zh" else f" ({label(severity, lang)})"

"""What a scenario is called and how it is described at a severity: a title holds it in brackets."""

from __future__ import annotations

from planmodel.base.messages import label, text
from planmodel.plan.area import stated
from planmodel.scenario.checks import SEVERITIES
from planmodel.scenario.scenario import Scenario


def story_title(scenario: Scenario, lang: str = "zh") -> str:
    """Return a scenario's title without its severity."""
    return scenario.heading(lang).removesuffix(brackets(scenario.severity, stated(scenario.title, lang)))


def title_with_severity(scenario: Scenario, lang: str = "zh") -> str:
    """Return a scenario's title with its severity, once: also where an edited title holds it in its middle."""
    heading, severity = scenario.heading(lang), brackets(scenario.severity, stated(scenario.title, lang))
    return heading if scenario.severity == SEVERITIES[0] or severity in heading else f"{heading}{severity}"


def brackets(severity: str, lang: str) -> str:
    """Return a severity as a title has it at its end."""
    return text("scenario.with_severity", lang, title="", severity=label(severity, lang))


def scaled_text(scenario: Scenario, severity: str, factor: float, lang: str) -> str:
    """Return the description of a story at another severity, whose sizes are `factor` times those of its file."""
    return text(
        "scenario.scaled",
        lang,
        text=scenario.text(lang),
        own=label(scenario.severity, lang),
        wanted=label(severity, lang),
        factor=f"{factor:.3g}",
    )

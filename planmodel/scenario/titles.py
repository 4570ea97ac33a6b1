"""What a scenario is called and how it is described at a severity: a title holds it in brackets."""

from __future__ import annotations

from planmodel.base.messages import label
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


def scaled_text(scenario: Scenario, severity: str, factor: float, lang: str) -> str:
    """Return the description of a story at another severity, whose sizes are `factor` times those of its file."""
    own, wanted = label(scenario.severity, lang), label(severity, lang)
    if lang == "zh":
        return (
            f"{scenario.text(lang)}（以上是{own}的数值。本情景为{wanted}：冲击及对基准的偏离是其 {factor:.3g} 倍，"
            "倍数为假设。）"
        )
    return (
        f"{scenario.text(lang)} (These are the sizes of the {own} story. This one is {wanted}: its shocks and its "
        f"distance from the baseline are {factor:.3g} times as large; the factor is an assumption.)"
    )

"""What a scenario is called and how it is described: at a severity, which a title holds in brackets, or with a mix."""

from __future__ import annotations

from dataclasses import replace

from planmodel.base.messages import WHOLE, label, paragraph, text
from planmodel.plan.area import stated
from planmodel.scenario.checks import SEVERITIES
from planmodel.scenario.scenario import Origin, Scenario


def titled(scenario: Scenario) -> Scenario:
    """Return a scenario that a question made with its title and description in every language that is whole."""
    origin = scenario.origin
    if origin is None:
        return scenario
    before = titled(origin.scenario)
    title, description = {"severity": _at_severity, "mix": _with_mix}[origin.kind], {}
    titles = {}
    for lang in WHOLE:
        titles[lang], added = title(scenario, origin, before, lang)
        description[lang] = paragraph((before.text(lang), added), lang)
    return replace(scenario, title=titles, description=description, origin=None)


def _at_severity(scenario: Scenario, origin: Origin, before: Scenario, lang: str) -> tuple[str, str]:
    own, wanted = label(before.severity, lang), label(scenario.severity, lang)
    added = text("scenario.at_severity", lang, own=own, wanted=wanted, factor=f"{origin.figure:.3g}")
    return f"{story_title(before, lang)}{_brackets(scenario.severity, lang)}", added


def _with_mix(_: Scenario, origin: Origin, before: Scenario, lang: str) -> tuple[str, str]:
    aim = f"{100 * origin.figure:g}"
    title = text("scenario.with_mix", lang, title=before.heading(lang), aim=aim)
    return title, text("scenario.mix_found", lang)


def story_title(scenario: Scenario, lang: str = "zh") -> str:
    """Return a scenario's title without its severity."""
    return scenario.heading(lang).removesuffix(_brackets(scenario.severity, stated(scenario.title, lang)))


def title_with_severity(scenario: Scenario, lang: str = "zh") -> str:
    """Return a scenario's title with its severity, once: also where an edited title holds it in its middle."""
    heading, severity = scenario.heading(lang), _brackets(scenario.severity, stated(scenario.title, lang))
    return heading if scenario.severity == SEVERITIES[0] or severity in heading else f"{heading}{severity}"


def _brackets(severity: str, lang: str) -> str:
    """Return a severity as a title has it at its end."""
    return text("scenario.severity", lang, severity=label(severity, lang))
